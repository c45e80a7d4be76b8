/* Sieve: tells whether a text may hold one of many words; see sieve.py. */

#ifndef SIEVE_H
#define SIEVE_H

#include "base.h"

/* A set of numbers by open addressing, at most half full. */
typedef struct {
    uint64_t *slots;      /* 0: nothing is there */
    int bits;             /* of the number of slots; 0: the set is empty */
    int has_zero;
} Numbers;

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    Numbers longs, shorts;
    PyObject *other;      /* asked of a text in which no word may stand */
} Sieve;

extern PyTypeObject Sieve_Type;

int may_hold(const Sieve *self, const char *bytes, Py_ssize_t size);

#endif
