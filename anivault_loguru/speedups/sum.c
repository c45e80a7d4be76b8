#include "sum.h"

#include <structmember.h>

static PyObject *
sum_append(Sum *self, PyObject *value)
{
    long long more = PyLong_AsLongLong(value);
    if (more == -1 && PyErr_Occurred())
        return NULL;
    self->total += more;
    Py_RETURN_NONE;
}

/* It holds no value that has to be added up. */
static Py_ssize_t
sum_length(PyObject *self)
{
    return 0;
}

static PyMemberDef sum_members[] = {
    {"total", T_LONGLONG, offsetof(Sum, total), READONLY, "Of all that was appended."},
    {NULL},
};
static PyMethodDef sum_methods[] = {
    {"append", (PyCFunction)sum_append, METH_O, "Add a whole number."},
    {NULL},
};
static PySequenceMethods sum_as_sequence = {.sq_length = sum_length};

PyTypeObject Sum_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "anivault_loguru._speedups.Sum",
    .tp_doc = "Adds up whole numbers.",
    .tp_basicsize = sizeof(Sum),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = PyType_GenericNew,
    .tp_members = sum_members,
    .tp_methods = sum_methods,
    .tp_as_sequence = &sum_as_sequence,
};
