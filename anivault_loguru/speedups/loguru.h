/* What stands in a record of loguru's. */

#ifndef LOGURU_H
#define LOGURU_H

#include "base.h"

#include "record.h"

/* A value of a record, borrowed; NULL if it is missing or has another type. */
PyObject *item(PyObject *record, PyObject *key, PyTypeObject *type);

/* Find the mould for a record, and take apart what it holds. 1, 0 for the twin, or -1. */
int find_record_mould(PyObject *parts, Call *call, PyObject *record, PyObject **ids,
                      PyObject **thread);

#endif
