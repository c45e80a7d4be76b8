#include "append.h"

#include <structmember.h>

#include "builtin.h"
#include "names.h"
#include "slots.h"
#include "turn.h"

enum { W_LIVE, W_CLOCK, W_LOOKED_AT, W_LOOK_AT, W_CAP };
enum { F_NUMBER, F_SIZE, F_END, F_INO, F_NAMES, F_TORN };

static Shape writer_shape, live_shape;
static const char *const writer_slots[] = {
    "_live", "_clock", "_looked_at", "_look_at", "_cap", NULL};
static const char *const live_slots[] = {
    "number", "size", "_end", "_ino", "_names", "_torn", NULL};
static Builtin time_in_seconds = {.module = "time", .name = "time"};

struct Append {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *writer;
    Turns turns;
};

/* Nothing was done, because the writer has to look at its file, or to rotate it. */
#define UNREADY 2

/* Tell whether the writer need not look at its file yet: 1, 0, or -1 for an error. */
static int
is_in_time(PyObject *writer)
{
    PyObject *clock = AT(writer, writer_shape.at[W_CLOCK]);
    double now;
    if (is(&time_in_seconds, clock))
        now = (double)nanos_now() * 1e-9;
    else {
        Py_INCREF(clock);
        PyObject *moment = PyObject_CallNoArgs(clock);
        Py_DECREF(clock);
        if (!moment)
            return -1;
        now = PyFloat_CheckExact(moment) ? PyFloat_AS_DOUBLE(moment) : -1.0;
        Py_DECREF(moment);
    }
    PyObject *from = AT(writer, writer_shape.at[W_LOOKED_AT]);
    PyObject *to = AT(writer, writer_shape.at[W_LOOK_AT]);
    return from && to && PyFloat_CheckExact(from) && PyFloat_CheckExact(to) &&
           PyFloat_AS_DOUBLE(from) <= now && now < PyFloat_AS_DOUBLE(to);
}

/* Note what came of a turn, before which the file was known to end at `end`. As `attempt`. */
static int
settle(PyObject *writer, PyObject *live, PyObject *line, const Turn *turn, long long end)
{
    Py_ssize_t *at = live_shape.at, more = PyBytes_GET_SIZE(line);
    if (turn->result == FULL)
        return put_number(live, at[F_SIZE], turn->found.size) < 0 ? -1 : UNREADY;
    if (turn->result == FAILED)
        /* Interrupted, no room, a closed descriptor: the twin meets it again, and knows. */
        return put_number(live, at[F_SIZE], end);

    PyObject *answer = NULL;
    if (turn->written == more && turn->found.size == end + more &&
        turn->found.inode == turn->inode) {
        /* Nobody else has written since. */
        if (put_number(live, at[F_END], end + more) < 0 ||
            (end + more > number_at(live, at[F_SIZE]) &&
             put_number(live, at[F_SIZE], end + more) < 0))
            return -1;
        if (turn->found.names >= number_at(live, at[F_NAMES]))
            return 1;
        answer = PyObject_CallMethodObjArgs(writer, str_append_anew, line, NULL);
    }
    else {
        PyObject *ended = PyLong_FromLongLong(end), *count = PyLong_FromSsize_t(turn->written);
        if (ended && count)
            answer = PyObject_CallMethodObjArgs(writer, str_settle, live, line, ended, count, NULL);
        Py_XDECREF(ended);
        Py_XDECREF(count);
    }
    Py_XDECREF(answer);
    return answer ? 1 : -1;
}

/* Append a line, as `append` below does, or find that the writer is unready. */
static int
attempt(Append *self, PyObject *line)
{
    PyObject *writer = self->writer;
    if (!AT(writer, writer_shape.at[W_CLOCK]))
        return 0;
    int in_time = is_in_time(writer);
    if (in_time < 0)
        return -1;
    /* The clock may be one in Python, and have let another thread run. */
    PyObject *live = AT(writer, writer_shape.at[W_LIVE]);
    if (!in_time || !HAS(live_shape, live))
        return UNREADY;

    /* From the look at the size to the taking no other thread runs. */
    Py_ssize_t *at = live_shape.at, more = PyBytes_GET_SIZE(line);
    long long size = number_at(live, at[F_SIZE]), end = number_at(live, at[F_END]);
    long long number = number_at(live, at[F_NUMBER]), inode = number_at(live, at[F_INO]);
    long long names = number_at(live, at[F_NAMES]), cap = number_at(writer, writer_shape.at[W_CAP]);
    if (size < 0 || end < 0 || number < 0 || inode < 0 || names < 0 || cap < 0) {
        PyErr_Clear(); /* an inode's number of 64 bits, a cap of more */
        return 0;
    }
    if (AT(live, at[F_TORN]) != Py_False)
        return 0;
    if (more > cap || size > cap - more)
        return more > cap ? 0 : UNREADY;
    if (put_number(live, at[F_SIZE], size + more) < 0)
        return -1;

    Turn turn = {.number = (int)number, .inode = inode, .line = PyBytes_AS_STRING(line),
                 .size = (size_t)more, .cap = cap};
    Py_INCREF(live);
    take_turn(&self->turns, &turn);
    int result = settle(writer, live, line, &turn, end);
    Py_DECREF(live);
    return result;
}

/* How many new files others may fill before our turn, and how often a file may be found unready. */
#define FILES 100
#define LOOKS 3

int
append(Append *self, PyObject *line)
{
    if (!PyBytes_CheckExact(line))
        return 0;
    PyObject *live = NULL;
    int done = attempt(self, line), files = 0, looks = 0;
    while (done == UNREADY && files < FILES && looks < LOOKS) {
        PyObject *before = live, *more = PyLong_FromSsize_t(PyBytes_GET_SIZE(line));
        live = more ? PyObject_CallMethodOneArg(self->writer, str_ready, more) : NULL;
        Py_XDECREF(more);
        if (!live)
            return -1;
        Py_DECREF(live); /* from here on no more than an address: see `Writer._open` */
        *(live == before ? &looks : &files) += 1;
        done = attempt(self, line);
    }
    return done == UNREADY ? 0 : done;
}

static PyObject *
append_call(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Append *self = (Append *)callable;
    if (PyVectorcall_NARGS(nargsf) != 1 || (kwnames && PyTuple_GET_SIZE(kwnames))) {
        PyErr_SetString(PyExc_TypeError, "one line is appended at a time");
        return NULL;
    }
    int done = append(self, args[0]);
    if (done < 0)
        return NULL;
    if (done)
        Py_RETURN_NONE;
    return PyObject_CallMethodOneArg(self->writer, str_append, args[0]);
}

static PyObject *
append_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *writer, *live;
    if (!PyArg_ParseTuple(args, "OO:Append", &writer, &live))
        return NULL;
    if (take_shape(&writer_shape, (PyObject *)Py_TYPE(writer), writer_slots) < 0 ||
        take_shape(&live_shape, live, live_slots) < 0)
        return NULL;
    Append *self = (Append *)type->tp_alloc(type, 0);
    if (self) {
        self->vectorcall = append_call;
        self->writer = Py_NewRef(writer);
        make_turns(&self->turns);
    }
    return (PyObject *)self;
}

static int
append_traverse(Append *self, visitproc visit, void *arg)
{
    Py_VISIT(self->writer);
    return 0;
}

static void
append_dealloc(Append *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(self->writer);
    unmake_turns(&self->turns);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyMemberDef append_members[] = {
    {"to_let_go", T_INT, offsetof(Append, turns.to_let_go), 0,
     "With how many lines more the interpreter's lock is let go of."},
    {NULL},
};

PyTypeObject Append_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "anivault_loguru._speedups.Append",
    .tp_doc = "Appends a line to a writer's file, as its `append` does.",
    .tp_basicsize = sizeof(Append),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_new = append_new,
    .tp_dealloc = (destructor)append_dealloc,
    .tp_traverse = (traverseproc)append_traverse,
    .tp_members = append_members,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Append, vectorcall),
};

int
prepare_append(void)
{
    return prepare_turns() < 0 ? -1 : take_builtin(&time_in_seconds);
}
