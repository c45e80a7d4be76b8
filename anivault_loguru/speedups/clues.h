/* Clues: passes over texts in which there is nothing to scan for; see clues.py. */

#ifndef CLUES_H
#define CLUES_H

#include "base.h"

#define REACH 8 /* bytes of a clue that are compared, at the most */

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    uint64_t steps[REACH][256]; /* a bit for each bundle that may have a byte so far from its begin */
    PyObject *scan;             /* asked of a text that has a clue */
} Clues;

extern PyTypeObject Clues_Type;

int has_clue(const Clues *self, const char *bytes, Py_ssize_t size);

#endif
