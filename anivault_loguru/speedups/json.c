#include "json.h"

char *
decimal(long long number, char *to)
{
    char digits[DIGITS], *from = digits + DIGITS;
    unsigned long long rest = number < 0 ? 0ULL - (unsigned long long)number
                                         : (unsigned long long)number;
    do
        *--from = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0)
        *--from = '-';
    size_t size = (size_t)(digits + DIGITS - from);
    memcpy(to, from, size);
    return to + size;
}

#define ROOM 512 /* bytes of JSON that is written here */

/* Write a value of the plainest kinds, and return where it ends; NULL for others, or without room. */
static char *
put_plain(PyObject *value, char *to, const char *end)
{
    const char *name = value == Py_None ? "null" : value == Py_True ? "true"
                     : value == Py_False ? "false" : NULL;
    if (name)
        return end - to < 5 ? NULL : stpcpy(to, name);
    if (PyLong_CheckExact(value)) {
        int beyond;
        long long number = PyLong_AsLongLongAndOverflow(value, &beyond);
        return beyond || end - to < DIGITS ? NULL : decimal(number, to);
    }
    if (!PyUnicode_CheckExact(value) || !PyUnicode_IS_COMPACT_ASCII(value) ||
        end - to < PyUnicode_GET_LENGTH(value) + 2)
        return NULL;
    const unsigned char *from = PyUnicode_1BYTE_DATA(value);
    *to++ = '"';
    for (Py_ssize_t left = PyUnicode_GET_LENGTH(value); left; left--, from++) {
        if (*from < ' ' || *from == '"' || *from == '\\' || *from == 0x7f)
            return NULL;
        *to++ = (char)*from;
    }
    *to++ = '"';
    return to;
}

static char *
put_plain_members(PyObject *fields, char *to, const char *end)
{
    PyObject *key, *value;
    Py_ssize_t next = 0;
    *to++ = '{';
    while (PyDict_Next(fields, &next, &key, &value)) {
        if (!PyUnicode_CheckExact(key) || !(to = put_plain(key, to, end)) || to == end)
            return NULL;
        *to++ = ':';
        if (!(to = put_plain(value, to, end)) || to == end)
            return NULL;
        *to++ = ',';
    }
    to -= to[-1] == ',';
    *to++ = '}';
    return to;
}

PyObject *
plain_json(PyObject *value)
{
    char room[ROOM], *end = room + ROOM - 1;
    end = PyDict_CheckExact(value) ? put_plain_members(value, room, end)
                                   : put_plain(value, room, end);
    return end ? PyBytes_FromStringAndSize(room, end - room) : NULL;
}

Py_ssize_t
nested(const char *bytes, Py_ssize_t size)
{
    Py_ssize_t count = 0;
    for (Py_ssize_t i = 0; i < size; i++)
        count += (bytes[i] == '{') | (bytes[i] == '[');
    return count;
}
