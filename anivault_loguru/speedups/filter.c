#include "types.h"

#include "loguru.h"
#include "names.h"
#include "thread.h"
#include "twin.h"

enum { B_PARTS };
enum { X_ENTRY, X_SEAL, X_EXCEPTION, X_WRITTEN };

static Shape board_shape, extra_shape;
static const char *const board_slots[] = {"parts", NULL};
static const char *const extra_slots[] = {"entry", "seal", "exception", "written", NULL};

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *function;   /* the twin */
    PyObject *board;      /* has the parts */
    PyObject *failed;     /* is told of errors */
    Kept kept;
} Filter;

/* Note in the record that it is written, for the other handlers; see `Extra`. */
static int
note_written(PyObject *parts, PyObject *record, PyObject *entry)
{
    PyObject *before = item(record, str_extra, &PyDict_Type);
    PyObject *extra = before ? PyObject_CallOneArg(OWN_PART(EXTRA), before) : NULL;
    if (!HAS(extra_shape, extra)) {
        Py_XDECREF(extra);
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "a record without its extra");
        return -1;
    }
    Py_XSETREF(AT(extra, extra_shape.at[X_ENTRY]), Py_NewRef(entry));
    Py_XSETREF(AT(extra, extra_shape.at[X_SEAL]), Py_NewRef(OWN_PART(SEAL)));
    Py_XSETREF(AT(extra, extra_shape.at[X_EXCEPTION]), Py_NewRef(Py_None));
    Py_XSETREF(AT(extra, extra_shape.at[X_WRITTEN]), Py_NewRef(Py_True));
    int set = PyDict_SetItem(record, str_extra, extra);
    Py_DECREF(extra);
    return set;
}

/* Leave a record to the twin that cannot be encoded here: 0, or -1. */
static int
let_through(PyObject *parts)
{
    PyObject *error = caught(), *answer = PyObject_CallOneArg(OWN_PART(LET_THROUGH), error);
    Py_DECREF(error);
    Py_XDECREF(answer);
    return answer ? 0 : -1;
}

/* Make the line of a record. 1, or 0 for the twin, or -1. */
static int
lay_out(Filter *self, PyObject *parts, Call *call, PyObject *record)
{
    PyObject *ids = NULL, *thread = NULL, *named = NULL;
    int result = find_record_mould(parts, call, record, &ids, &thread);
    if (result > 0) {
        PyObject *time = PyDict_GetItemWithError(record, str_time);
        call->moment = time ? PyObject_CallOneArg(OWN_PART(MICROS), time) : NULL;
        if (!call->moment || !PyLong_CheckExact(call->moment))
            result = PyErr_Occurred() ? -1 : 0;
    }
    if (result > 0) {
        call->text = PyObject_CallOneArg(PART(DUMPS), call->message);
        call->body = Py_NewRef(PART(UNFILLED));
        int fields = call->text ? encode_fields(parts, call, NULL) : -1;
        if (fields < 0 ||
            look_at(&self->kept, parts, call, call->text, fields ? call->body : NULL) < 0 ||
            !(named = thread_named(parts, thread)) ||
            pour(&self->kept, parts, call, ids, named) < 0)
            result = PyErr_ExceptionMatches(PART(UNENCODED)) ? let_through(parts) : -1;
    }
    Py_XDECREF(named);
    Py_XDECREF(thread);
    Py_XDECREF(ids);
    return result;
}

/* Write a record. 1: done. 0: nothing was done, and the twin is to do it. -1: an error. */
static int
write_record(Filter *self, PyObject *parts, Call *call, PyObject *record)
{
    int result = lay_out(self, parts, call, record);
    if (result <= 0)
        return result;
    PyObject *entry = entry_of(parts, call);
    if (!entry || note_written(parts, record, entry) < 0 || deliver(parts, call) < 0)
        result = -1;
    Py_XDECREF(entry);
    return result;
}

static PyObject *
filter_call(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Filter *self = (Filter *)callable;
    PyObject *parts = AT(self->board, board_shape.at[B_PARTS]);
    if (PyVectorcall_NARGS(nargsf) == 1 && !kwnames && PyDict_CheckExact(args[0]) &&
        HAS(board_shape, self->board) && parts && are_parts(parts, RECORD_PARTS)) {
        PyObject *extra = PyDict_GetItemWithError(args[0], str_extra);
        if (HAS(extra_shape, extra) && AT(extra, extra_shape.at[X_WRITTEN]) == Py_True)
            Py_RETURN_FALSE;
        Call call = {0};
        Py_INCREF(parts);
        if (self->kept.parts != parts)
            keep(&self->kept, Py_NewRef(parts));
        int done = write_record(self, parts, &call, args[0]);
        leave(&call);
        Py_DECREF(parts);
        if (done < 0) {
            PyObject *error = caught(), *answer = PyObject_CallOneArg(self->failed, error);
            Py_DECREF(error);
            if (!answer)
                return NULL;
            Py_DECREF(answer);
        }
        if (done)
            Py_RETURN_FALSE;
    }
    return PyObject_Vectorcall(self->function, args, nargsf, kwnames);
}

static PyObject *
filter_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *function, *board, *failed, *extra;
    if (!PyArg_ParseTuple(args, "OOOO:Filter", &function, &board, &failed, &extra) ||
        take_shape(&board_shape, (PyObject *)Py_TYPE(board), board_slots) < 0 ||
        take_shape(&extra_shape, extra, extra_slots) < 0)
        return NULL;
    Filter *self = (Filter *)type->tp_alloc(type, 0);
    if (self) {
        self->vectorcall = filter_call;
        self->function = Py_NewRef(function);
        self->board = Py_NewRef(board);
        self->failed = Py_NewRef(failed);
    }
    return (PyObject *)self;
}

static int
filter_traverse(Filter *self, visitproc visit, void *arg)
{
    Py_VISIT(self->function);
    Py_VISIT(self->board);
    Py_VISIT(self->failed);
    Py_VISIT(self->kept.parts);
    Py_VISIT(self->kept.hit);
    return 0;
}

static int
filter_clear(Filter *self)
{
    keep(&self->kept, NULL);
    return 0;
}

static void
filter_dealloc(Filter *self)
{
    PyObject_GC_UnTrack(self);
    filter_clear(self);
    Py_XDECREF(self->function);
    Py_XDECREF(self->board);
    Py_XDECREF(self->failed);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyObject *
filter_getattr(Filter *self, PyObject *name)
{
    return twin_s(self->function, (PyObject *)self, name);
}

PyTypeObject Filter_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "anivault_loguru._speedups.Filter",
    .tp_doc = "Writes a record as its twin does, which it asks for all but plain ones.",
    .tp_basicsize = sizeof(Filter),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_new = filter_new,
    .tp_dealloc = (destructor)filter_dealloc,
    .tp_traverse = (traverseproc)filter_traverse,
    .tp_clear = (inquiry)filter_clear,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Filter, vectorcall),
    .tp_getattro = (getattrofunc)filter_getattr,
};
