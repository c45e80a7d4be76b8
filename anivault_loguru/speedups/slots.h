/* What Python's objects hold, read where their `__slots__` put it. */

#ifndef SLOTS_H
#define SLOTS_H

#include "base.h"

#define AT(object, offset) (*(PyObject **)((char *)(object) + (offset)))

/* Where the slots of a class are. Those of a class that is imported anew are where they were. */
typedef struct {
    PyTypeObject *type;
    Py_ssize_t at[20]; /* as many as the largest has */
} Shape;

#define HAS(shape, object) ((object) && Py_TYPE(object) == (shape).type)

/* Learn where the slots of these names are, of which NULL is the last: 0, or -1. */
int take_shape(Shape *shape, PyObject *type, const char *const *names);

/* The integer in a slot; -1 for none, which then has an error set only if it is beyond 64 bits. */
static inline long long
number_at(PyObject *object, Py_ssize_t offset)
{
    PyObject *value = AT(object, offset);
    return value && PyLong_CheckExact(value) ? PyLong_AsLongLong(value) : -1;
}

static inline int
put_number(PyObject *object, Py_ssize_t offset, long long number)
{
    PyObject *value = PyLong_FromLongLong(number);
    if (!value)
        return -1;
    Py_XSETREF(AT(object, offset), value);
    return 0;
}

#endif
