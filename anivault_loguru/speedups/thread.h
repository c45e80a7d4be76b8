/* The JSON of the names of threads. */

#ifndef THREAD_H
#define THREAD_H

#include "base.h"

PyObject *thread_named(PyObject *parts, PyObject *name);

/* Of this thread's; of the parts of calls alone. */
PyObject *own_thread(PyObject *parts);

/* See to what a process has to know before: 0, or -1. */
int prepare_threads(void);

#endif
