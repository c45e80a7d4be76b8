/* Append: a line's way into a writer's file. Its twins are `Writer.append` and `Live.append`. */

#ifndef APPEND_H
#define APPEND_H

#include "base.h"

typedef struct Append Append;

extern PyTypeObject Append_Type;

/* Append a line. 1: it is in the file. 0: nothing was done, and the writer is to do it. -1: it is
   not in the file, and Python's error says why. */
int append(Append *self, PyObject *line);

/* See to what a process has to know before the first is made: 0, or -1. */
int prepare_append(void);

#endif
