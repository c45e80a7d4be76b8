#include "twin.h"

PyObject *
twin_s(PyObject *function, PyObject *self, PyObject *name)
{
    if (PyUnicode_CompareWithASCIIString(name, "__wrapped__") == 0)
        return Py_NewRef(function);
    if (PyUnicode_CompareWithASCIIString(name, "__doc__") != 0) {
        PyObject *found = PyObject_GenericGetAttr(self, name);
        if (found || !PyErr_ExceptionMatches(PyExc_AttributeError))
            return found;
        PyErr_Clear();
    }
    return PyObject_GetAttr(function, name);
}
