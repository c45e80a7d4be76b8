#include "record.h"

#include "json.h"

static int
ends_with(PyObject *bytes, const char *tail)
{
    Py_ssize_t length = (Py_ssize_t)strlen(tail), before = PyBytes_GET_SIZE(bytes) - length;
    return before >= 0 && memcmp(PyBytes_AS_STRING(bytes) + before, tail, (size_t)length) == 0;
}

/* The JSON of the time stamp. Of one that ends in a second's digits, only these are made anew: of
   micro- and of nanoseconds, as the schemas have them. */
static PyObject *
stamp(Kept *kept, PyObject *parts, Call *call)
{
    long long moment = PyLong_AsLongLong(call->moment), second = moment / 1000000;
    PyObject *whole;
    if (moment < 0) {
        PyErr_Clear();
        return PyObject_CallOneArg(PART(STAMPED), call->moment);
    }
    if (kept->stamp && second == kept->second && kept->parts == parts)
        whole = Py_NewRef(kept->stamp);
    else {
        PyObject *begun = PyLong_FromLongLong(second * 1000000);
        whole = begun ? PyObject_CallOneArg(PART(STAMPED), begun) : NULL;
        Py_XDECREF(begun);
        if (!whole)
            return NULL;
        if (!PyBytes_CheckExact(whole) ||
            !(ends_with(whole, ".000000Z\"") || ends_with(whole, "000000000\""))) {
            Py_DECREF(whole);
            return PyObject_CallOneArg(PART(STAMPED), call->moment);
        }
        if (kept->parts == parts) {
            Py_XSETREF(kept->stamp, Py_NewRef(whole));
            kept->second = second;
        }
    }
    Py_ssize_t size = PyBytes_GET_SIZE(whole);
    PyObject *text = PyBytes_FromStringAndSize(PyBytes_AS_STRING(whole), size);
    Py_DECREF(whole);
    if (text) {
        char *place = PyBytes_AS_STRING(text) + size - (ends_with(text, "Z\"") ? 3 : 5);
        for (long micros = (long)(moment % 1000000); micros; micros /= 10)
            *place-- = (char)('0' + micros % 10);
    }
    return text;
}

/* The value for a hole: `order` says which, none that they are in their order. None beyond them. */
static PyObject *
value_for(Py_ssize_t hole, PyObject *values, PyObject *order)
{
    if (hole < PyBytes_GET_SIZE(order))
        hole = (unsigned char)PyBytes_AS_STRING(order)[hole];
    return hole < PyTuple_GET_SIZE(values) ? PyTuple_GET_ITEM(values, hole) : Py_None;
}

/* What `template % pick(values)` gives, for the holes that a mould has: %b, %d and %%. NULL without
   an error if there is something else. */
static PyObject *
filled(PyObject *template, PyObject *values, PyObject *order)
{
    const char *from = PyBytes_AS_STRING(template), *end = from + PyBytes_GET_SIZE(template), *hole;
    Py_ssize_t count = PyBytes_GET_SIZE(order), size = end - from;
    if (!count)
        count = PyTuple_GET_SIZE(values);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *value = value_for(i, values, order);
        size += PyBytes_CheckExact(value) ? PyBytes_GET_SIZE(value) : DIGITS;
    }
    char usual[1024], *begin = usual, *to;
    PyObject *line = NULL;
    if (size > (Py_ssize_t)sizeof(usual)) {
        if (!(line = PyBytes_FromStringAndSize(NULL, size)))
            return NULL;
        begin = PyBytes_AS_STRING(line);
    }
    to = begin;
    Py_ssize_t next = 0;
    while ((hole = memchr(from, '%', (size_t)(end - from))) && hole + 1 < end) {
        memcpy(to, from, (size_t)(hole - from));
        to += hole - from;
        from = hole + 2;
        if (hole[1] == '%') {
            *to++ = '%';
            continue;
        }
        PyObject *value = next < count ? value_for(next++, values, order) : Py_None;
        if (hole[1] == 'b' && PyBytes_CheckExact(value)) {
            memcpy(to, PyBytes_AS_STRING(value), (size_t)PyBytes_GET_SIZE(value));
            to += PyBytes_GET_SIZE(value);
        }
        else if (hole[1] == 'd' && PyLong_CheckExact(value)) {
            long long number = PyLong_AsLongLong(value);
            if (number == -1 && PyErr_Occurred()) {
                PyErr_Clear();
                break;
            }
            to = decimal(number, to);
        }
        else
            break;
    }
    if (hole || next != count) {
        Py_XDECREF(line);
        return NULL;
    }
    memcpy(to, from, (size_t)(end - from));
    to += end - from;
    if (!line)
        return PyBytes_FromStringAndSize(begin, to - begin);
    _PyBytes_Resize(&line, to - begin);
    return line;
}

int
pour(Kept *kept, PyObject *parts, Call *call, PyObject *ids, PyObject *thread)
{
    Py_ssize_t count = PyTuple_GET_SIZE(ids), at = 0;
    PyObject *values = PyTuple_New(count + 5);
    if (!values)
        return -1;
    PyObject_GC_UnTrack(values); /* nobody may find it half filled */
    PyObject *value = stamp(kept, parts, call);
    if (!value)
        goto failed;
    PyTuple_SET_ITEM(values, at++, value);
    PyTuple_SET_ITEM(values, at++, Py_NewRef(call->text));
    for (Py_ssize_t i = 0; i < count; i++)
        PyTuple_SET_ITEM(values, at++, Py_NewRef(PyTuple_GET_ITEM(ids, i)));
    PyTuple_SET_ITEM(values, at++, Py_NewRef(call->body));
    PyTuple_SET_ITEM(values, at++, Py_NewRef(thread));
    if (!(value = drawn(call->number, MOULD(M_NUMBER))))
        goto failed;
    PyTuple_SET_ITEM(values, at++, value);
    call->line = filled(MOULD(M_TEMPLATE), values, MOULD(M_ORDER));
    if (!call->line && !PyErr_Occurred()) {
        if (MOULD(M_PICK) != Py_None) {
            PyObject *picked = PyObject_CallOneArg(MOULD(M_PICK), values);
            if (!picked)
                goto failed;
            Py_SETREF(values, picked);
        }
        call->line = PyNumber_Remainder(MOULD(M_TEMPLATE), values);
    }
failed:
    Py_DECREF(values);
    return call->line ? 0 : -1;
}
