/* A record on its way, from what was given to the bytes that are handed to the files. */

#ifndef RECORD_H
#define RECORD_H

#include "base.h"

#include "parts.h"
#include "slots.h"

enum {
    M_TEMPLATE, M_PICK, M_ORDER, M_CODE, M_MODULE, M_LITERAL, M_TEXT, M_LEVEL, M_LEVEL_NO,
    M_COMPONENT, M_EVENT, M_WRITES, M_STRAIGHTS, M_NUMBER, M_TICK, M_SIZES, M_SETTLE
};

extern Shape mould_shape;

/* Learn where the slots of a mould are: 0, or -1. */
int take_mould(PyObject *type);

/* What is owned is let go of in `leave`. */
typedef struct {
    PyObject *kwargs, *code, *mould, *message, *text, *body, *line;
    PyObject *scope; /* owned as well: the logger may get another one meanwhile */
    PyObject *number, *tick; /* the mould's, as iterators; or NULL */
    PyObject *moment, *frame;
    double begun;
} Call;

#define MOULD(slot) AT(call->mould, mould_shape.at[slot])

void leave(Call *call);

/* What is kept from one record to the next, as long as the parts are the same. */
typedef struct {
    PyObject *parts;
    PyObject *hit;        /* what `look` gives, once it was needed */
    PyObject *turn;       /* the part, as an iterator */
    long long second;     /* of the last stamp, and its text */
    PyObject *stamp;
} Kept;

/* Keep other parts, and forget what was kept for the old ones; the reference is used up. */
void keep(Kept *kept, PyObject *parts);

/* See to what a process has to know before there are records: 0, or -1. */
int prepare_records(void);

/* The iterator whose `__next__` is given; NULL without an error for any other callable. */
PyObject *iterator_of(PyObject *next);

/* What `next()` gives; straight from the iterator, if there is one, which has no end. */
static inline PyObject *
drawn(PyObject *iterator, PyObject *next)
{
    return iterator ? Py_TYPE(iterator)->tp_iternext(iterator) : PyObject_CallNoArgs(next);
}

/* Tell whether there is a span of OpenTelemetry around, whose ids the record gets; -1 for an error. */
int is_traced(PyObject *parts);

/* Take the error that is set. */
PyObject *caught(void);

/* Make the JSON of the fields around and of those given: 1, 0 if there are none, or -1. */
int encode_fields(PyObject *parts, Call *call, PyObject *around);

/* look.c: see that there is nothing to mask in the JSON of message and fields, as far as there is any, or
   let it be masked: 0, or -1. */
int look_at(Kept *kept, PyObject *parts, Call *call, PyObject *text, PyObject *body);

/* pour.c: pour the values into the mould: `ids` and the name of the thread as JSON. With the last of them
   the record gets its number. 0, or -1. */
int pour(Kept *kept, PyObject *parts, Call *call, PyObject *ids, PyObject *thread);

/* deliver.c */
PyObject *entry_of(PyObject *parts, Call *call);

/* Hand the line to all who take it, count it, and say so: 0, or -1. */
int deliver(PyObject *parts, Call *call);

#endif
