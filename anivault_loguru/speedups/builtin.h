/* Functions of Python's, of which it is known what they do. */

#ifndef BUILTIN_H
#define BUILTIN_H

#include "base.h"

#include <time.h>

/* That is known as long as nobody, for a test or for another kind of thread, has put something else
   in its place. */
typedef struct {
    const char *module, *name;
    PyObject *function;
    PyCFunction does;
} Builtin;

/* Learn which one it is: 0, or -1. */
int take_builtin(Builtin *builtin);

static inline int
is(const Builtin *builtin, PyObject *function)
{
    return function == builtin->function && PyCFunction_GET_FUNCTION(function) == builtin->does;
}

/* What `time.time_ns` gives. */
static inline long long
nanos_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (long long)now.tv_sec * 1000000000 + now.tv_nsec;
}

#endif
