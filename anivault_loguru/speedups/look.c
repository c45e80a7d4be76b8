#include "record.h"

#include "clues.h"
#include "json.h"
#include "sieve.h"

/* What bytes are, at the most: printable ASCII, UTF-8 without a character that has to be escaped, or
   what may hold one: DEL, or the first byte of the others that plain.py names. */
enum { PLAIN, WIDE, CONTROLS };

static int
kind_of(const unsigned char *bytes, Py_ssize_t size)
{
    unsigned char wide = 0, controls = 0;
    for (Py_ssize_t i = 0; i < size; i++) {
        unsigned char byte = bytes[i];
        wide |= byte > 127;
        controls |= (byte == 0x7f) | (byte == 0xc2) | (byte == 0xd8) | (byte == 0xe2);
    }
    return controls ? CONTROLS : wide ? WIDE : PLAIN;
}

/* What a function tells of a text, which is made of the bytes if it is not there yet. 1, 0, or -1. */
static int
tells(PyObject *function, const char *bytes, Py_ssize_t size, PyObject **text)
{
    if (!*text && !(*text = PyUnicode_DecodeUTF8(bytes, size, "strict")))
        return -1;
    PyObject *answer = PyObject_CallOneArg(function, *text);
    int is_true = answer ? PyObject_IsTrue(answer) : -1;
    Py_XDECREF(answer);
    return is_true;
}

/* Ask whether there may be something to mask in bytes, or the text that they are. 1, 0, or -1. */
static int
may_hide(Kept *kept, PyObject *parts, const char *bytes, Py_ssize_t size, PyObject *text, int kind)
{
    PyObject *hit = kept->hit && kept->parts == parts ? Py_NewRef(kept->hit)
                                                      : PyObject_CallNoArgs(PART(LOOK));
    if (!hit)
        return -1;
    Py_XINCREF(text);
    PyObject *asked = hit;
    int may = -1;
    if (Py_IS_TYPE(asked, &Sieve_Type)) {
        may = may_hold((Sieve *)asked, bytes, size) ? 1 : -1;
        asked = ((Sieve *)asked)->other;
    }
    if (may < 0 && Py_IS_TYPE(asked, &Clues_Type)) {
        may = has_clue((Clues *)asked, bytes, size) ? -1 : 0;
        asked = ((Clues *)asked)->scan;
    }
    if (may < 0)
        may = tells(asked, bytes, size, &text);
    if (may == 0 && kind == WIDE)
        may = tells(PART(ALIKE), bytes, size, &text);
    Py_XDECREF(text);
    if (kept->parts == parts)
        Py_XSETREF(kept->hit, hit);
    else
        Py_DECREF(hit);
    return may;
}

static int
message_may_hide(Kept *kept, PyObject *parts, PyObject *message, int kind)
{
    Py_ssize_t size;
    const char *bytes = PyUnicode_AsUTF8AndSize(message, &size);
    return bytes ? may_hide(kept, parts, bytes, size, message, kind) : -1;
}

int
look_at(Kept *kept, PyObject *parts, Call *call, PyObject *text, PyObject *body)
{
    Py_ssize_t first = text ? PyBytes_GET_SIZE(text) : 0, rest = body ? PyBytes_GET_SIZE(body) : 0;
    PyObject *loose = PyBytes_FromStringAndSize(NULL, first + rest);
    int suspect = 1;
    if (!loose)
        return -1;
    char *to = PyBytes_AS_STRING(loose);
    if (text)
        memcpy(to, PyBytes_AS_STRING(text), (size_t)first);
    if (body)
        memcpy(to + first, PyBytes_AS_STRING(body), (size_t)rest);
    int kind = kind_of((const unsigned char *)to, first + rest);
    if (kind == CONTROLS)
        suspect = 1;
    else if (first + rest < PyLong_AsLong(PART(LONG_FROM)))
        suspect = may_hide(kept, parts, to, first + rest, NULL, kind);
    else if (first + rest <= PyLong_AsSsize_t(PART(MOST)) &&
             nested(to + first, rest) <= PyLong_AsSsize_t(PART(DEEP))) {
        suspect = text ? message_may_hide(kept, parts, call->message, kind) : 0;
        if (suspect == 0 && rest)
            suspect = may_hide(kept, parts, to + first, rest, NULL, kind);
    }
    if (suspect <= 0) {
        Py_DECREF(loose);
        return suspect;
    }

    PyObject *pair = PyObject_CallFunctionObjArgs(PART(LOOKED_AT), call->message, loose, call->text,
                                                  call->body, NULL);
    Py_DECREF(loose);
    if (!pair)
        return -1;
    if (PyTuple_CheckExact(pair) && PyTuple_GET_SIZE(pair) == 2) {
        Py_XSETREF(call->text, Py_NewRef(PyTuple_GET_ITEM(pair, 0)));
        Py_XSETREF(call->body, Py_NewRef(PyTuple_GET_ITEM(pair, 1)));
    }
    Py_DECREF(pair);
    return 0;
}
