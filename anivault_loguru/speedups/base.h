/* Python, which has to be included first of all. */

#ifndef BASE_H
#define BASE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stddef.h>

#endif
