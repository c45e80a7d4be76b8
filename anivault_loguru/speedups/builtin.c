#include "builtin.h"

int
take_builtin(Builtin *builtin)
{
    PyObject *module = PyImport_ImportModule(builtin->module);
    PyObject *function = module ? PyObject_GetAttrString(module, builtin->name) : NULL;
    Py_XDECREF(module);
    if (function && PyCFunction_CheckExact(function)) {
        builtin->does = PyCFunction_GET_FUNCTION(function);
        Py_XSETREF(builtin->function, Py_NewRef(function));
    }
    Py_XDECREF(function);
    return function ? 0 : -1;
}
