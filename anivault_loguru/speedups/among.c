#include "types.h"

#define LETTERS 0x20000 /* of the first two planes */

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    unsigned char bits[LETTERS / 8];
} Among;

static PyObject *
among_call(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    const unsigned char *bits = ((Among *)callable)->bits;
    if (PyVectorcall_NARGS(nargsf) != 1 || kwnames || !PyUnicode_Check(args[0]) ||
        PyUnicode_READY(args[0]) < 0) {
        PyErr_SetString(PyExc_TypeError, "a text was expected");
        return NULL;
    }
    int kind = PyUnicode_KIND(args[0]);
    const void *data = PyUnicode_DATA(args[0]);
    for (Py_ssize_t i = 0, size = PyUnicode_GET_LENGTH(args[0]); i < size; i++) {
        Py_UCS4 letter = PyUnicode_READ(kind, data, i);
        if (letter < LETTERS && bits[letter >> 3] & (1 << (letter & 7)))
            Py_RETURN_TRUE;
    }
    Py_RETURN_FALSE;
}

static PyObject *
among_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *letters;
    if (!PyArg_ParseTuple(args, "U:Among", &letters) || PyUnicode_READY(letters) < 0)
        return NULL;
    Among *self = (Among *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    self->vectorcall = among_call;
    for (Py_ssize_t i = 0, size = PyUnicode_GET_LENGTH(letters); i < size; i++) {
        Py_UCS4 letter = PyUnicode_READ_CHAR(letters, i);
        if (letter >= LETTERS) {
            Py_DECREF(self);
            PyErr_SetString(PyExc_ValueError, "a letter beyond the first two planes");
            return NULL;
        }
        self->bits[letter >> 3] |= (unsigned char)(1 << (letter & 7));
    }
    return (PyObject *)self;
}

PyTypeObject Among_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "anivault_loguru._speedups.Among",
    .tp_doc = "Tells whether any letter of a text is among those given.",
    .tp_basicsize = sizeof(Among),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_new = among_new,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Among, vectorcall),
};
