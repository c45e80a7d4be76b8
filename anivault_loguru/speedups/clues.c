#include "clues.h"

#define BUNDLES 64

#define STEP(at, n) (self->steps[n][(at)[n]])
#define FIRST_STEPS(at) (STEP(at, 0) & STEP(at, 1) & STEP(at, 2) & STEP(at, 3))
#define LAST_STEPS(at) (STEP(at, 4) & STEP(at, 5) & STEP(at, 6) & STEP(at, 7))

/* Tell whether a clue begins at one of so many places; `REACH` bytes can be read at each. */
static int
are_clues(const Clues *self, const unsigned char *at, Py_ssize_t places)
{
    const unsigned char *end = at + places;
    for (; at + 4 <= end; at += 4) {
        uint64_t a = FIRST_STEPS(at), b = FIRST_STEPS(at + 1), c = FIRST_STEPS(at + 2),
                 d = FIRST_STEPS(at + 3);
        if ((a | b | c | d) && ((a & LAST_STEPS(at)) | (b & LAST_STEPS(at + 1)) |
                                (c & LAST_STEPS(at + 2)) | (d & LAST_STEPS(at + 3))))
            return 1;
    }
    for (; at < end; at++)
        if (FIRST_STEPS(at) & LAST_STEPS(at))
            return 1;
    return 0;
}

int
has_clue(const Clues *self, const char *bytes, Py_ssize_t size)
{
    unsigned char last[2 * REACH] = {0};
    Py_ssize_t places = size < REACH ? 0 : size - REACH + 1, rest = size - places;
    if (are_clues(self, (const unsigned char *)bytes, places))
        return 1;
    memcpy(last, bytes + places, (size_t)rest);
    return are_clues(self, last, rest);
}

static PyObject *
clues_call(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Clues *self = (Clues *)callable;
    if (PyVectorcall_NARGS(nargsf) != 1 || kwnames || !PyUnicode_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "a text was expected");
        return NULL;
    }
    Py_ssize_t size;
    const char *bytes = PyUnicode_AsUTF8AndSize(args[0], &size);
    if (!bytes)
        PyErr_Clear(); /* a lone surrogate */
    else if (!has_clue(self, bytes, size))
        Py_RETURN_FALSE;
    return PyObject_CallOneArg(self->scan, args[0]);
}

/* Put a clue into a bundle: for each of its places the bytes that may stand there. */
static int
put_clue(Clues *self, PyObject *clue, uint64_t bundle)
{
    if (!PyTuple_Check(clue) || PyTuple_GET_SIZE(clue) > REACH) {
        PyErr_SetString(PyExc_TypeError, "a tuple of at most 8 bytes objects was expected");
        return -1;
    }
    for (Py_ssize_t step = 0; step < REACH; step++) {
        if (step >= PyTuple_GET_SIZE(clue)) {
            for (int byte = 0; byte < 256; byte++)
                self->steps[step][byte] |= bundle;
            continue;
        }
        char *bytes;
        Py_ssize_t size;
        if (PyBytes_AsStringAndSize(PyTuple_GET_ITEM(clue, step), &bytes, &size) < 0)
            return -1;
        for (Py_ssize_t i = 0; i < size; i++)
            self->steps[step][(unsigned char)bytes[i]] |= bundle;
    }
    return 0;
}

static int
put_bundle(Clues *self, PyObject *clues, uint64_t bundle)
{
    if (!PyList_Check(clues)) {
        PyErr_SetString(PyExc_TypeError, "a list of clues was expected");
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(clues); i++)
        if (put_clue(self, PyList_GET_ITEM(clues, i), bundle) < 0)
            return -1;
    return 0;
}

static PyObject *
clues_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *bundles, *scan;
    if (!PyArg_ParseTuple(args, "O!O:Clues", &PyList_Type, &bundles, &scan))
        return NULL;
    if (PyList_GET_SIZE(bundles) > BUNDLES) {
        PyErr_SetString(PyExc_ValueError, "at most 64 bundles were expected");
        return NULL;
    }
    Clues *self = (Clues *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    self->vectorcall = clues_call;
    self->scan = Py_NewRef(scan);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(bundles); i++)
        if (put_bundle(self, PyList_GET_ITEM(bundles, i), (uint64_t)1 << i) < 0) {
            Py_DECREF(self);
            return NULL;
        }
    return (PyObject *)self;
}

static int
clues_traverse(Clues *self, visitproc visit, void *arg)
{
    Py_VISIT(self->scan);
    return 0;
}

static void
clues_dealloc(Clues *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(self->scan);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

PyTypeObject Clues_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "anivault_loguru._speedups.Clues",
    .tp_doc = "Tells what a scan does, of texts that it hits only if they have a clue; see clues.py.",
    .tp_basicsize = sizeof(Clues),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_new = clues_new,
    .tp_dealloc = (destructor)clues_dealloc,
    .tp_traverse = (traverseproc)clues_traverse,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Clues, vectorcall),
};
