/* The types that nothing compiled asks for anything. */

#ifndef TYPES_H
#define TYPES_H

#include "base.h"

extern PyTypeObject Among_Type, Filter_Type, Increment_Type, Table_Type;

#endif
