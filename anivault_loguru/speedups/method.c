#include "method.h"

#include "twin.h"

static PyObject *
method_call(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Method *self = (Method *)callable;
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    PyObject *parts = self->kept.parts;
    if (parts && nargs >= 2) {
        if (!PyTuple_GET_SIZE(parts))
            Py_RETURN_NONE;
        Py_INCREF(parts);
        int done = log_call(self, parts, args, nargs, kwnames);
        Py_DECREF(parts);
        if (done < 0)
            return NULL;
        if (done)
            Py_RETURN_NONE;
    }
    return PyObject_Vectorcall(self->function, args, nargsf, kwnames);
}

static PyObject *
method_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *function, *logger, *scope, *mould;
    if (!PyArg_ParseTuple(args, "OOOO:Method", &function, &logger, &scope, &mould))
        return NULL;
    if (take_call_shapes(logger, scope, mould) < 0)
        return NULL;
    Method *self = (Method *)type->tp_alloc(type, 0);
    if (self) {
        self->vectorcall = method_call;
        self->function = Py_NewRef(function);
    }
    return (PyObject *)self;
}

static int
method_traverse(Method *self, visitproc visit, void *arg)
{
    Py_VISIT(self->function);
    Py_VISIT(self->kept.parts);
    Py_VISIT(self->kept.hit);
    Py_VISIT(self->kept.turn);
    for (int i = 0; i < NEAR; i++) {
        Py_VISIT(self->near[i].mould);
        Py_VISIT(self->near[i].number);
        Py_VISIT(self->near[i].tick);
    }
    return 0;
}

/* Exchange the parts, and the moulds with them; the reference is used up. */
static void
rearm(Method *self, PyObject *parts)
{
    Near old[NEAR];
    memcpy(old, self->near, sizeof(old));
    memset(self->near, 0, sizeof(old));
    keep(&self->kept, parts);
    for (int i = 0; i < NEAR; i++) {
        Py_XDECREF(old[i].mould);
        Py_XDECREF(old[i].number);
        Py_XDECREF(old[i].tick);
    }
}

static int
method_clear(Method *self)
{
    rearm(self, NULL);
    return 0;
}

static PyObject *
method_arm(Method *self, PyObject *parts)
{
    if (parts != Py_None && !(PyTuple_Check(parts) && !PyTuple_GET_SIZE(parts)) &&
        !are_parts(parts, CALL_PARTS)) {
        PyErr_SetString(PyExc_TypeError, "None, () or Parts were expected");
        return NULL;
    }
    rearm(self, parts == Py_None ? NULL : Py_NewRef(parts));
    Py_RETURN_NONE;
}

static void
method_dealloc(Method *self)
{
    PyObject_GC_UnTrack(self);
    method_clear(self);
    Py_XDECREF(self->function);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyObject *
method_get(PyObject *self, PyObject *object, PyObject *type)
{
    return object && object != Py_None ? PyMethod_New(self, object) : Py_NewRef(self);
}

static PyObject *
method_getattr(Method *self, PyObject *name)
{
    return twin_s(self->function, (PyObject *)self, name);
}

static PyMethodDef method_methods[] = {
    {"arm", (PyCFunction)method_arm, METH_O, "Take calls with `Parts`; none with (); leave all."},
    {NULL},
};

PyTypeObject Method_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "anivault_loguru._speedups.Method",
    .tp_doc = "A method of the logger: logs as its twin does, which it asks for all but plain calls.",
    .tp_basicsize = sizeof(Method),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
                Py_TPFLAGS_METHOD_DESCRIPTOR,
    .tp_new = method_new,
    .tp_dealloc = (destructor)method_dealloc,
    .tp_traverse = (traverseproc)method_traverse,
    .tp_clear = (inquiry)method_clear,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Method, vectorcall),
    .tp_descr_get = method_get,
    .tp_getattro = (getattrofunc)method_getattr,
    .tp_methods = method_methods,
};
