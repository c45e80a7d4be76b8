/* Sum: adds up whole numbers. */

#ifndef SUM_H
#define SUM_H

#include "base.h"

typedef struct {
    PyObject_HEAD
    long long total;
} Sum;

extern PyTypeObject Sum_Type;

#endif
