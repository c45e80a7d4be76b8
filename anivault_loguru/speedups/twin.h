/* What the types share that stand for a function of Python's, their twin. */

#ifndef TWIN_H
#define TWIN_H

#include "base.h"

/* An attribute of what has a twin: name, text, signature and the like are the twin's. */
PyObject *twin_s(PyObject *function, PyObject *self, PyObject *name);

#endif
