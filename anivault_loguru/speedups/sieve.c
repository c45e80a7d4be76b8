#include "sieve.h"

static uint64_t *
slot_for(const Numbers *numbers, uint64_t number)
{
    size_t last = ((size_t)1 << numbers->bits) - 1;
    size_t at = (size_t)(number * 0x9e3779b97f4a7c15u >> (64 - numbers->bits));
    while (numbers->slots[at] && numbers->slots[at] != number)
        at = (at + 1) & last;
    return &numbers->slots[at];
}

static int
has(const Numbers *numbers, uint64_t number)
{
    return number ? *slot_for(numbers, number) != 0 : numbers->has_zero;
}

static int
fill_numbers(Numbers *numbers, PyObject *set)
{
    PyObject *iterator = PyObject_GetIter(set), *item;
    Py_ssize_t count = iterator ? PyObject_Size(set) : -1;
    if (count > 0) {
        for (numbers->bits = 1; ((Py_ssize_t)1 << numbers->bits) < 2 * count; numbers->bits++)
            ;
        numbers->slots = PyMem_Calloc((size_t)1 << numbers->bits, sizeof(uint64_t));
        if (!numbers->slots)
            PyErr_NoMemory();
        while (numbers->slots && (item = PyIter_Next(iterator))) {
            uint64_t number = PyLong_AsUnsignedLongLong(item);
            Py_DECREF(item);
            if (PyErr_Occurred())
                break;
            numbers->has_zero |= !number;
            *slot_for(numbers, number) = number;
        }
    }
    Py_XDECREF(iterator);
    return PyErr_Occurred() ? -1 : 0;
}

int
may_hold(const Sieve *self, const char *bytes, Py_ssize_t size)
{
    uint64_t piece = 0;
    uint32_t small;
    for (Py_ssize_t at = 0; self->longs.bits && at + 8 <= size; at += 4) {
        memcpy(&piece, bytes + at, 8);
        if (has(&self->longs, piece))
            return 1;
    }
    for (Py_ssize_t at = 0; self->shorts.bits && at + 4 <= size; at += 2) {
        memcpy(&small, bytes + at, 4);
        if (has(&self->shorts, small))
            return 1;
    }
    return 0;
}

static PyObject *
sieve_call(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Sieve *self = (Sieve *)callable;
    if (PyVectorcall_NARGS(nargsf) != 1 || kwnames || !PyUnicode_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "a text was expected");
        return NULL;
    }
    Py_ssize_t size;
    const char *bytes = PyUnicode_AsUTF8AndSize(args[0], &size);
    PyObject *held = NULL;
    if (!bytes) {
        PyErr_Clear(); /* a lone surrogate */
        held = PyUnicode_AsEncodedString(args[0], "utf-8", "surrogatepass");
        if (!held)
            return NULL;
        bytes = PyBytes_AS_STRING(held);
        size = PyBytes_GET_SIZE(held);
    }
    int may = may_hold(self, bytes, size);
    Py_XDECREF(held);
    if (may)
        Py_RETURN_TRUE;
    return PyObject_CallOneArg(self->other, args[0]);
}

static PyObject *
sieve_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *longs, *shorts, *other;
    if (!PyArg_ParseTuple(args, "OOO:Sieve", &longs, &shorts, &other))
        return NULL;
    Sieve *self = (Sieve *)type->tp_alloc(type, 0);
    if (self) {
        self->vectorcall = sieve_call;
        self->other = Py_NewRef(other);
        if (fill_numbers(&self->longs, longs) < 0 || fill_numbers(&self->shorts, shorts) < 0)
            Py_CLEAR(self);
    }
    return (PyObject *)self;
}

static int
sieve_traverse(Sieve *self, visitproc visit, void *arg)
{
    Py_VISIT(self->other);
    return 0;
}

static void
sieve_dealloc(Sieve *self)
{
    PyObject_GC_UnTrack(self);
    PyMem_Free(self->longs.slots);
    PyMem_Free(self->shorts.slots);
    Py_XDECREF(self->other);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

PyTypeObject Sieve_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "anivault_loguru._speedups.Sieve",
    .tp_doc = "Tells whether a text may hold one of many words, or is hit otherwise; see sieve.py.",
    .tp_basicsize = sizeof(Sieve),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_new = sieve_new,
    .tp_dealloc = (destructor)sieve_dealloc,
    .tp_traverse = (traverseproc)sieve_traverse,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Sieve, vectorcall),
};
