#include "types.h"

#include "slots.h"
#include "twin.h"

enum { N_TICK };

static Shape counter_shape;
static const char *const counter_slots[] = {"tick", NULL};

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *function;   /* the twin */
    PyObject *counters;
} Increment;

/* Add one to a counter that is there, without labels; the twin does all else. */
static PyObject *
increment_call(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Increment *self = (Increment *)callable;
    if (PyVectorcall_NARGS(nargsf) == 1 && !kwnames && PyUnicode_CheckExact(args[0])) {
        PyObject *counter = PyDict_GetItemWithError(self->counters, args[0]);
        if (HAS(counter_shape, counter) && AT(counter, counter_shape.at[N_TICK])) {
            PyObject *tick = Py_NewRef(AT(counter, counter_shape.at[N_TICK]));
            PyObject *ticked = PyObject_CallNoArgs(tick);
            Py_DECREF(tick);
            if (!ticked)
                return NULL;
            Py_DECREF(ticked);
            Py_RETURN_NONE;
        }
        if (!counter && PyErr_Occurred())
            return NULL;
    }
    return PyObject_Vectorcall(self->function, args, nargsf, kwnames);
}

static PyObject *
increment_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *function, *counters, *counter;
    if (!PyArg_ParseTuple(args, "OO!O:Increment", &function, &PyDict_Type, &counters, &counter) ||
        take_shape(&counter_shape, counter, counter_slots) < 0)
        return NULL;
    Increment *self = (Increment *)type->tp_alloc(type, 0);
    if (self) {
        self->vectorcall = increment_call;
        self->function = Py_NewRef(function);
        self->counters = Py_NewRef(counters);
    }
    return (PyObject *)self;
}

static int
increment_traverse(Increment *self, visitproc visit, void *arg)
{
    Py_VISIT(self->function);
    Py_VISIT(self->counters);
    return 0;
}

static void
increment_dealloc(Increment *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(self->function);
    Py_XDECREF(self->counters);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyObject *
increment_getattr(Increment *self, PyObject *name)
{
    return twin_s(self->function, (PyObject *)self, name);
}

PyTypeObject Increment_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "anivault_loguru._speedups.Increment",
    .tp_doc = "Adds to a counter as its twin does, which it asks for all but ones without labels.",
    .tp_basicsize = sizeof(Increment),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_new = increment_new,
    .tp_dealloc = (destructor)increment_dealloc,
    .tp_traverse = (traverseproc)increment_traverse,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Increment, vectorcall),
    .tp_getattro = (getattrofunc)increment_getattr,
};
