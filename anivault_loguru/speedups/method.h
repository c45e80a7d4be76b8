/* Method: a method of the logger. Its twins are `Lane.call` in lane.py and what `pour_of` in
   pouring.py returns. */

#ifndef METHOD_H
#define METHOD_H

#include "base.h"

#include "record.h"

/* A mould that was met before, and where. It keeps its code, so that no other has its address. */
typedef struct {
    PyObject *code, *mould;
    PyObject *number, *tick; /* the mould's, as iterators; see `iterator_of` */
    int last;
    long long kind;
} Near;

#define NEAR 64

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *function;   /* the twin */
    Kept kept;            /* no parts: the twin takes all calls; empty ones: nobody takes any */
    Near near[NEAR];
} Method;

extern PyTypeObject Method_Type;

/* Log a call. 1: done. 0: nothing was done, and the twin is to do it. -1: an error for the caller. */
int log_call(Method *self, PyObject *parts, PyObject *const *args, Py_ssize_t nargs,
             PyObject *kwnames);

/* Learn where the slots of these classes are: 0, or -1. */
int take_call_shapes(PyObject *logger, PyObject *scope, PyObject *mould);

/* See to what a process has to know before there are calls: 0, or -1. */
int prepare_calls(void);

#endif
