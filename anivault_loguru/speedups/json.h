/* JSON of the plainest kinds. */

#ifndef JSON_H
#define JSON_H

#include "base.h"

#define DIGITS 20 /* of a number of 64 bits, with its sign */

/* Write a number, and return where it ends. */
char *decimal(long long number, char *to);

/* The JSON of a text, or of an object of single values, as long as they are of the plainest kinds:
   orjson, for which this is written, is fast with much and long in beginning. NULL without an error
   for all else. */
PyObject *plain_json(PyObject *value);

/* How many arrays and objects begin in JSON, at the most. */
Py_ssize_t nested(const char *bytes, Py_ssize_t size);

#endif
