#include "types.h"

#include "json.h"

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *function;   /* the twin */
    PyObject *apart;      /* a set: names that are the twin's; bytes: see `parted` */
    PyObject *dumps, *simpler, *options;
} Table;

/* The end of a JSON text that is well formed up to there: of a string, or of a value, before what
   follows it in its object. */
static const char *
after_string(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        at += *at == '\\';
    return at + 1;
}

static const char *
after_value(const char *at, const char *end)
{
    for (Py_ssize_t depth = 0; at < end; at++) {
        while (at < end && *at == '"')
            at = after_string(at, end);
        if (at >= end || (!depth && (*at == ',' || *at == '}')))
            break;
        depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
    }
    return at;
}

static int
is_single(PyObject *value)
{
    return PyUnicode_CheckExact(value) || PyLong_CheckExact(value) || PyFloat_CheckExact(value) ||
           PyBool_Check(value) || value == Py_None;
}

/* Tell whether a value that is encoded like this is so, too, after the twin has made it plain. */
static int
is_plain(PyObject *value, char first)
{
    if (first != '{' && first != '[')
        return is_single(value) ||
               (first == '"' && strcmp(Py_TYPE(value)->tp_name, "orjson.Fragment") != 0);
    Py_ssize_t count = PyTuple_CheckExact(value) ? PyTuple_GET_SIZE(value) : 0;
    for (Py_ssize_t i = 0; i < count; i++)
        if (!is_single(PyTuple_GET_ITEM(value, i)))
            return 0;
    return PyTuple_CheckExact(value) || PyList_CheckExact(value) || PyDict_CheckExact(value);
}

#define APART 32 /* members */

/* Put the members of an object that are arrays or objects behind it, into one of their own, which
   begins with `apart`. NULL without an error for the twin: for odd values, for very many, and where
   what was encoded is not what is there. */
static PyObject *
parted(PyObject *found, PyObject *fields, PyObject *apart)
{
    struct { const char *at; size_t size; } others[APART];
    const char *at = PyBytes_AS_STRING(found) + 1, *end = at + PyBytes_GET_SIZE(found) - 1;
    Py_ssize_t key_size = PyBytes_GET_SIZE(apart), next = 0, count = 0;
    PyObject *poured = PyBytes_FromStringAndSize(NULL, PyBytes_GET_SIZE(found) + key_size + 1);
    PyObject *key, *value;
    if (!poured)
        return NULL;
    char *to = PyBytes_AS_STRING(poured);
    *to++ = '{';
    while (PyDict_Next(fields, &next, &key, &value)) {
        const char *begin = at;
        at = after_string(at, end);
        if (at + 1 >= end || *begin != '"' || *at != ':')
            goto other;
        char first = *++at;
        at = after_value(at, end);
        if (at >= end || !is_plain(value, first))
            goto other;
        size_t size = (size_t)(++at - begin); /* with what follows it */
        if (first != '{' && first != '[') {
            memcpy(to, begin, size);
            to += size;
            to[-1] = ',';
        }
        else if (count < APART) {
            others[count].at = begin;
            others[count++].size = size;
        }
        else
            goto other;
    }
    if (at != end)
        goto other;
    if (!count) {
        Py_DECREF(poured);
        return Py_NewRef(found);
    }
    to -= to[-1] == ',';
    *to++ = '}';
    memcpy(to, PyBytes_AS_STRING(apart), (size_t)key_size);
    to += key_size;
    for (Py_ssize_t i = 0; i < count; i++) {
        memcpy(to, others[i].at, others[i].size);
        to += others[i].size;
        to[-1] = i + 1 < count ? ',' : '}';
    }
    _PyBytes_Resize(&poured, to - PyBytes_AS_STRING(poured));
    return poured;
other:
    Py_DECREF(poured);
    return NULL;
}

/* Tell whether fields are ones that are the twin's: 1, 0 or -1. `*flat` if each is a single value. */
static int
are_twin_s(Table *self, PyObject *fields, int *flat)
{
    PyObject *key, *value;
    Py_ssize_t next = 0;
    *flat = 1;
    if (!PyDict_CheckExact(fields))
        return 1;
    while (PyDict_Next(fields, &next, &key, &value)) {
        if (!PyUnicode_CheckExact(key))
            return 1; /* what is compared and hashed by code of the application's */
        if (PyBytes_Check(self->apart))
            *flat &= is_single(value);
        else {
            int taken = PySet_Contains(self->apart, key);
            if (taken)
                return taken;
        }
    }
    return 0;
}

static PyObject *
table_call(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Table *self = (Table *)callable;
    int flat, twin_s = PyVectorcall_NARGS(nargsf) == 1 && !kwnames
                           ? are_twin_s(self, args[0], &flat) : 1;
    if (twin_s < 0)
        return NULL;
    if (!twin_s) {
        PyObject *of[] = {args[0], self->simpler, self->options}, *poured = NULL;
        PyObject *found = plain_json(args[0]);
        if (!found && !PyErr_Occurred())
            found = PyObject_Vectorcall(self->dumps, of, 3, NULL);
        if (!found)
            return NULL;
        /* Bytes of one are Python's own, and not to be written to. */
        if (PyBytes_CheckExact(found) && PyBytes_GET_SIZE(found) > 2) {
            if (PyBytes_Check(self->apart))
                poured = flat || !nested(PyBytes_AS_STRING(found) + 1, PyBytes_GET_SIZE(found) - 1)
                             ? Py_NewRef(found)
                             : parted(found, args[0], self->apart);
            else if ((poured = PyBytes_FromStringAndSize(PyBytes_AS_STRING(found),
                                                         PyBytes_GET_SIZE(found) - 1)))
                *PyBytes_AS_STRING(poured) = ',';
        }
        Py_DECREF(found);
        if (poured || PyErr_Occurred())
            return poured;
    }
    return PyObject_Vectorcall(self->function, args, nargsf, kwnames);
}

static PyObject *
table_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *function, *apart, *dumps, *simpler, *options;
    if (!PyArg_ParseTuple(args, "OOOOO:Table", &function, &apart, &dumps, &simpler, &options))
        return NULL;
    if (!PyFrozenSet_CheckExact(apart) && !PyBytes_CheckExact(apart)) {
        PyErr_SetString(PyExc_TypeError, "a set of names or a key was expected");
        return NULL;
    }
    Table *self = (Table *)type->tp_alloc(type, 0);
    if (self) {
        self->vectorcall = table_call;
        self->function = Py_NewRef(function);
        self->apart = Py_NewRef(apart);
        self->dumps = Py_NewRef(dumps);
        self->simpler = Py_NewRef(simpler);
        self->options = Py_NewRef(options);
    }
    return (PyObject *)self;
}

static int
table_traverse(Table *self, visitproc visit, void *arg)
{
    Py_VISIT(self->function);
    Py_VISIT(self->apart);
    Py_VISIT(self->dumps);
    Py_VISIT(self->simpler);
    return 0;
}

static void
table_dealloc(Table *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(self->function);
    Py_XDECREF(self->apart);
    Py_XDECREF(self->dumps);
    Py_XDECREF(self->simpler);
    Py_XDECREF(self->options);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

PyTypeObject Table_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "anivault_loguru._speedups.Table",
    .tp_doc = "Encodes fields for a schema's mould as its twin does, which it asks for odd ones.",
    .tp_basicsize = sizeof(Table),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_new = table_new,
    .tp_dealloc = (destructor)table_dealloc,
    .tp_traverse = (traverseproc)table_traverse,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Table, vectorcall),
};
