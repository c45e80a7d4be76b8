/* The module `_speedups`: the way of a log call that was met before, from the caller's frame to the
   disk, compiled.

   Everything here has its twin in Python, which is complete; the headers name it. What is out of the
   ordinary is found out before anything is done, and left to the twin.

   No signal handler of Python runs between two steps unless a step calls into Python, and no other
   thread unless the interpreter's lock is let go of: in a turn at a slow file alone.

   What Python's objects hold is read where their `__slots__` put it. */

#include "base.h"

#include "append.h"
#include "clues.h"
#include "method.h"
#include "names.h"
#include "parts.h"
#include "record.h"
#include "sieve.h"
#include "sum.h"
#include "types.h"

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "anivault_loguru._speedups",
    .m_size = -1,
};

/* By these it is seen whether this was compiled of the sources that it is beside. */
static PyObject *
names_of_parts(void)
{
    static const char *const names[] = {
        EACH_PART(NAME_OF) EACH_CALL_PART(NAME_OF) EACH_RECORD_PART(NAME_OF)};
    const Py_ssize_t count = sizeof(names) / sizeof(*names);
    PyObject *found = PyTuple_New(count);
    for (Py_ssize_t i = 0; found && i < count; i++) {
        PyObject *name = PyUnicode_FromString(names[i]);
        if (name)
            PyTuple_SET_ITEM(found, i, name);
        else
            Py_CLEAR(found);
    }
    return found;
}

PyMODINIT_FUNC
PyInit__speedups(void)
{
    PyTypeObject *const types[] = {
        &Among_Type, &Append_Type, &Clues_Type, &Filter_Type, &Increment_Type, &Method_Type,
        &Sieve_Type, &Sum_Type, &Table_Type};
    if (make_names() < 0 || prepare_append() < 0 || prepare_records() < 0 || prepare_calls() < 0)
        return NULL;
    PyObject *made = PyModule_Create(&module), *parts = names_of_parts();
    if (made && (!parts || PyModule_AddObjectRef(made, "PARTS", parts) < 0))
        Py_CLEAR(made);
    Py_XDECREF(parts);
    for (size_t i = 0; made && i < sizeof(types) / sizeof(*types); i++)
        if (PyModule_AddType(made, types[i]) < 0)
            Py_CLEAR(made);
    return made;
}
