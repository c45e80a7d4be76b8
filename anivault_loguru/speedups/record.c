#include "record.h"

#include "json.h"
#include "names.h"

Shape mould_shape;
static const char *const mould_slots[] = {
    "template", "pick", "order", "code", "module", "literal", "text", "level", "level_no",
    "component", "event", "writes", "straights", "number", "tick", "sizes", "settle", NULL};

static PyTypeObject *method_wrapper;

int
prepare_records(void)
{
    PyObject *wrapper = PyObject_GetAttrString(Py_None, "__repr__");
    if (!wrapper)
        return -1;
    Py_XSETREF(method_wrapper, (PyTypeObject *)Py_NewRef(Py_TYPE(wrapper)));
    Py_DECREF(wrapper);
    return 0;
}

int
take_mould(PyObject *type)
{
    return take_shape(&mould_shape, type, mould_slots);
}

void
keep(Kept *kept, PyObject *parts)
{
    /* Letting go runs other code, which may log: all is exchanged before. */
    Kept old = *kept;
    *kept = (Kept){.parts = parts};
    Py_XDECREF(old.parts);
    Py_XDECREF(old.hit);
    Py_XDECREF(old.turn);
    Py_XDECREF(old.stamp);
}

void
leave(Call *call)
{
    Py_XDECREF(call->kwargs);
    Py_XDECREF(call->code);
    Py_XDECREF(call->mould);
    Py_XDECREF(call->message);
    Py_XDECREF(call->text);
    Py_XDECREF(call->body);
    Py_XDECREF(call->line);
    Py_XDECREF(call->scope);
    Py_XDECREF(call->number);
    Py_XDECREF(call->tick);
    Py_XDECREF(call->moment);
    Py_XDECREF(call->frame);
}

PyObject *
iterator_of(PyObject *next)
{
    PyObject *name = NULL, *iterator = NULL;
    if (!Py_IS_TYPE(next, method_wrapper))
        return NULL;
    name = PyObject_GetAttr(next, str_dunder_name);
    if (name && PyUnicode_CompareWithASCIIString(name, "__next__") == 0)
        iterator = PyObject_GetAttr(next, str_dunder_self);
    Py_XDECREF(name);
    if (iterator && !PyIter_Check(iterator))
        Py_CLEAR(iterator);
    PyErr_Clear();
    return iterator;
}

int
is_traced(PyObject *parts)
{
    int traced = PyDict_Contains(PART(MODULES), str_otel);
    if (traced > 0) {
        PyObject *span = PyObject_CallNoArgs(PART(ACTIVE_SPAN));
        traced = span ? PyObject_IsTrue(span) : -1;
        Py_XDECREF(span);
    }
    return traced;
}

PyObject *
caught(void)
{
    PyObject *kind, *error, *trace;
    PyErr_Fetch(&kind, &error, &trace);
    PyErr_NormalizeException(&kind, &error, &trace);
    if (trace)
        PyException_SetTraceback(error, trace);
    Py_XDECREF(kind);
    Py_XDECREF(trace);
    return error;
}

int
encode_fields(PyObject *parts, Call *call, PyObject *around)
{
    PyObject *fields, *body;
    if (around && PyDict_GET_SIZE(around)) {
        fields = PyDict_Copy(around);
        if (fields && call->kwargs && PyDict_Update(fields, call->kwargs) < 0)
            Py_CLEAR(fields);
    }
    else if (call->kwargs && PyDict_GET_SIZE(call->kwargs))
        fields = Py_NewRef(call->kwargs);
    else
        return 0;
    if (!fields)
        return -1;
    if (PART(POURED) != Py_None)
        body = PyObject_CallOneArg(PART(POURED), fields);
    else if (!(body = plain_json(fields)) && !PyErr_Occurred()) {
        PyObject *of[] = {fields, PART(SIMPLER), PART(OPTIONS)};
        body = PyObject_Vectorcall(PART(DUMPS), of, 3, NULL);
    }
    Py_DECREF(fields);
    Py_XSETREF(call->body, body);
    return body ? 1 : -1;
}
