/* What is poured with: `Parts`, `CallParts` and `RecordParts` of compiled.py, as tuples. */

#ifndef PARTS_H
#define PARTS_H

#include "base.h"

/* The fields of `Parts`, in their order. */
#define EACH_PART(X)                                                                              \
    X(MOULDS, "moulds") X(MODULES, "modules") X(ACTIVE_SPAN, "active_span")                       \
    X(DUMPS, "dumps") X(SIMPLER, "simpler") X(OPTIONS, "options") X(POURED, "poured")             \
    X(UNFILLED, "unfilled") X(LOOK, "look") X(ALIKE, "alike") X(LOOKED_AT, "looked_at")           \
    X(LONG_FROM, "long") X(MOST, "most") X(DEEP, "deep") X(THREADS, "threads")                    \
    X(THREAD, "thread") X(STAMPED, "stamped") X(ENTRY, "entry") X(BATCH, "batch")                 \
    X(NOTICED, "noticed") X(UNENCODED, "unencoded") X(OWN, "own")
/* `CallParts` */
#define EACH_CALL_PART(X)                                                                         \
    X(BASE, "base") X(CONTEXT, "context") X(SCOPES, "scopes") X(SCOPE_OF, "scope_of")             \
    X(NARROWER, "narrower") X(NAMED, "named") X(TURN, "turn") X(CLOCK, "clock")                   \
    X(END, "end") X(NOW, "now") X(FILL, "fill") X(GET_IDENT, "get_ident")                         \
    X(ACTIVE, "active") X(CURRENT_THREAD, "current_thread") X(NAMING, "naming")                   \
    X(ENTIRE, "entire") X(INTERRUPTS, "interrupts")
/* `RecordParts` */
#define EACH_RECORD_PART(X)                                                                       \
    X(MAKE, "make") X(IDS, "ids") X(ID_OF, "id_of") X(EXTRA, "extra") X(SEAL, "seal")             \
    X(MICROS, "micros") X(LET_THROUGH, "let_through")
#define NUMBER_OF(part, name) part,
#define NAME_OF(part, name) name,
enum { EACH_PART(NUMBER_OF) PARTS };
enum { EACH_CALL_PART(NUMBER_OF) CALL_PARTS };
enum { EACH_RECORD_PART(NUMBER_OF) RECORD_PARTS };

#define PART(index) PyTuple_GET_ITEM(parts, index)
#define OWN_PART(index) PyTuple_GET_ITEM(PART(OWN), index)

/* Tell whether an object is `Parts` with as many of its own. */
static inline int
are_parts(PyObject *parts, Py_ssize_t own)
{
    return PyTuple_Check(parts) && PyTuple_GET_SIZE(parts) == PARTS &&
           PyTuple_Check(PART(OWN)) && PyTuple_GET_SIZE(PART(OWN)) == own;
}

#endif
