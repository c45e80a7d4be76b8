#include "slots.h"

#include <structmember.h>

int
take_shape(Shape *shape, PyObject *type, const char *const *names)
{
    if (!PyType_Check(type)) {
        PyErr_SetString(PyExc_TypeError, "a class was expected");
        return -1;
    }
    Shape taken = {.type = (PyTypeObject *)type};
    for (Py_ssize_t i = 0; names[i]; i++) {
        PyObject *slot = PyObject_GetAttrString(type, names[i]);
        if (!slot)
            PyErr_Clear();
        if (!slot || !Py_IS_TYPE(slot, &PyMemberDescr_Type)) {
            Py_XDECREF(slot);
            PyErr_Format(PyExc_TypeError, "%s is no slot of %R", names[i], type);
            return -1;
        }
        taken.at[i] = ((PyMemberDescrObject *)slot)->d_member->offset;
        Py_DECREF(slot);
    }
    if (shape->type && memcmp(shape->at, taken.at, sizeof(taken.at)) != 0) {
        PyErr_Format(PyExc_TypeError, "the slots of %R are not where they were", type);
        return -1;
    }
    PyTypeObject *before = shape->type;
    Py_INCREF(type);
    *shape = taken;
    Py_XDECREF(before);
    return 0;
}
