/* The way of a log call that was met before, from the caller's frame to the disk, compiled.

   Everything here has its twin in Python, which is complete: `Lane.call` and `Lane._pour` in
   lane.py, `Writer.append` and `Live.append` in writer.py and live.py, what pours fields in
   layouts.py. What is out of the ordinary is found out before anything is done, and left to the
   twin.

   No signal handler of Python runs between two steps unless a step calls into Python, and no other
   thread unless the interpreter's lock is let go of: in a turn at a slow file alone.

   What Python's objects hold is read where their `__slots__` put it. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <frameobject.h>
#include <fcntl.h>
#include <pthread.h>
#include <structmember.h>
#include <sys/stat.h>
#if defined(__linux__)
#include <sys/vfs.h>
#elif defined(__APPLE__)
#include <sys/mount.h>
#endif
#include <time.h>
#include <unistd.h>

#define AT(object, offset) (*(PyObject **)((char *)(object) + (offset)))

/* Where the slots of a class are. Those of a class that is imported anew are where they were. */
typedef struct {
    PyTypeObject *type;
    Py_ssize_t at[20]; /* as many as the largest has */
} Shape;

static int
take_shape(Shape *shape, PyObject *type, const char *const *names)
{
    if (!PyType_Check(type)) {
        PyErr_SetString(PyExc_TypeError, "a class was expected");
        return -1;
    }
    Shape taken = {.type = (PyTypeObject *)type};
    for (Py_ssize_t i = 0; names[i]; i++) {
        PyObject *slot = PyObject_GetAttrString(type, names[i]);
        if (!slot)
            PyErr_Clear();
        if (!slot || !Py_IS_TYPE(slot, &PyMemberDescr_Type)) {
            Py_XDECREF(slot);
            PyErr_Format(PyExc_TypeError, "%s is no slot of %R", names[i], type);
            return -1;
        }
        taken.at[i] = ((PyMemberDescrObject *)slot)->d_member->offset;
        Py_DECREF(slot);
    }
    if (shape->type && memcmp(shape->at, taken.at, sizeof(taken.at)) != 0) {
        PyErr_Format(PyExc_TypeError, "the slots of %R are not where they were", type);
        return -1;
    }
    PyTypeObject *before = shape->type;
    Py_INCREF(type);
    *shape = taken;
    Py_XDECREF(before);
    return 0;
}

#define HAS(shape, object) ((object) && Py_TYPE(object) == (shape).type)

/* The slots, in the order of their names. */
enum { W_LIVE, W_CLOCK, W_LOOKED_AT, W_LOOK_AT, W_CAP };
enum { F_NUMBER, F_SIZE, F_END, F_INO, F_NAMES, F_TORN };
enum { G_EXPRESS, G_SCOPE };
enum { S_KIND, S_IDS, S_FIELDS, S_BASE, S_AROUND, S_OWNER, S_DEPTH, S_NAMED };
enum {
    M_TEMPLATE, M_PICK, M_ORDER, M_CODE, M_MODULE, M_LITERAL, M_TEXT, M_LEVEL, M_LEVEL_NO,
    M_COMPONENT, M_EVENT, M_WRITES, M_STRAIGHTS, M_NUMBER, M_TICK, M_SIZES, M_SETTLE
};

enum { N_TICK };
enum { B_PARTS };
enum { X_ENTRY, X_SEAL, X_EXCEPTION, X_WRITTEN };

static Shape writer_shape, live_shape, logger_shape, scope_shape, mould_shape, counter_shape,
    board_shape, extra_shape;
static const char *const writer_slots[] = {
    "_live", "_clock", "_looked_at", "_look_at", "_cap", NULL};
static const char *const live_slots[] = {
    "number", "size", "_end", "_ino", "_names", "_torn", NULL};
static const char *const logger_slots[] = {"_express", "_scope", NULL};
static const char *const scope_slots[] = {
    "kind", "ids", "fields", "base", "around", "owner", "depth", "named", NULL};
static const char *const mould_slots[] = {
    "template", "pick", "order", "code", "module", "literal", "text", "level", "level_no",
    "component", "event", "writes", "straights", "number", "tick", "sizes", "settle", NULL};

static const char *const counter_slots[] = {"tick", NULL};
static const char *const board_slots[] = {"parts", NULL};
static const char *const extra_slots[] = {"entry", "seal", "exception", "written", NULL};

static PyObject *str_append, *str_append_anew, *str_ready, *str_settle, *str_name, *str_message, *str_extra, *str_function, *str_line, *str_exception, *str_level, *str_no, *str_process, *str_id, *str_thread, *str_component, *str_event, *str_app, *str_log, *str_request_id, *str_trace_id, *str_span_id, *str_time,
    *str_private_name, *str_dunder_name, *str_dunder_self, *str_kept_thread, *str_otel;

/* The integer in a slot; -1 for none, which then has an error set only if it is beyond 64 bits. */
static long long
number_at(PyObject *object, Py_ssize_t offset)
{
    PyObject *value = AT(object, offset);
    return value && PyLong_CheckExact(value) ? PyLong_AsLongLong(value) : -1;
}

static int
put_number(PyObject *object, Py_ssize_t offset, long long number)
{
    PyObject *value = PyLong_FromLongLong(number);
    if (!value)
        return -1;
    Py_XSETREF(AT(object, offset), value);
    return 0;
}

/* ----------------------------------------------------------------------------------------- Sum */

typedef struct {
    PyObject_HEAD
    long long total;
} Sum;

static PyObject *
sum_append(Sum *self, PyObject *value)
{
    long long more = PyLong_AsLongLong(value);
    if (more == -1 && PyErr_Occurred())
        return NULL;
    self->total += more;
    Py_RETURN_NONE;
}

/* It holds no value that has to be added up. */
static Py_ssize_t
sum_length(PyObject *self)
{
    return 0;
}

static PyMemberDef sum_members[] = {
    {"total", T_LONGLONG, offsetof(Sum, total), READONLY, "Of all that was appended."},
    {NULL},
};
static PyMethodDef sum_methods[] = {
    {"append", (PyCFunction)sum_append, METH_O, "Add a whole number."},
    {NULL},
};
static PySequenceMethods sum_as_sequence = {.sq_length = sum_length};

static PyTypeObject Sum_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "anivault_loguru._speedups.Sum",
    .tp_doc = "Adds up whole numbers.",
    .tp_basicsize = sizeof(Sum),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = PyType_GenericNew,
    .tp_members = sum_members,
    .tp_methods = sum_methods,
    .tp_as_sequence = &sum_as_sequence,
};

/* ------------------------------------------------------------------------------------- Builtin */

/* A function of Python's, of which it is known what it does as long as nobody, for a test or for
   another kind of thread, has put something else in its place. */
typedef struct {
    const char *module, *name;
    PyObject *function;
    PyCFunction does;
} Builtin;

static Builtin time_in_nanos = {.module = "time", .name = "time_ns"},
    time_in_seconds = {.module = "time", .name = "time"},
    ident_of_thread = {.module = "_thread", .name = "get_ident"};

static int
take_builtin(Builtin *builtin)
{
    PyObject *module = PyImport_ImportModule(builtin->module);
    PyObject *function = module ? PyObject_GetAttrString(module, builtin->name) : NULL;
    Py_XDECREF(module);
    if (function && PyCFunction_CheckExact(function)) {
        builtin->does = PyCFunction_GET_FUNCTION(function);
        Py_XSETREF(builtin->function, Py_NewRef(function));
    }
    Py_XDECREF(function);
    return function ? 0 : -1;
}

static int
is(const Builtin *builtin, PyObject *function)
{
    return function == builtin->function && PyCFunction_GET_FUNCTION(function) == builtin->does;
}

static long long
nanos_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (long long)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---------------------------------------------------------------------------------------- JSON */

#define DIGITS 20 /* of a number of 64 bits, with its sign */

/* Write a number, and return where it ends. */
static char *
decimal(long long number, char *to)
{
    char digits[DIGITS], *from = digits + DIGITS;
    unsigned long long rest = number < 0 ? 0ULL - (unsigned long long)number
                                         : (unsigned long long)number;
    do
        *--from = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0)
        *--from = '-';
    size_t size = (size_t)(digits + DIGITS - from);
    memcpy(to, from, size);
    return to + size;
}

#define ROOM 512 /* bytes of JSON that is written here */

/* Write a value of the plainest kinds, and return where it ends; NULL for others, or without room. */
static char *
put_plain(PyObject *value, char *to, const char *end)
{
    const char *name = value == Py_None ? "null" : value == Py_True ? "true"
                     : value == Py_False ? "false" : NULL;
    if (name)
        return end - to < 5 ? NULL : stpcpy(to, name);
    if (PyLong_CheckExact(value)) {
        int beyond;
        long long number = PyLong_AsLongLongAndOverflow(value, &beyond);
        return beyond || end - to < DIGITS ? NULL : decimal(number, to);
    }
    if (!PyUnicode_CheckExact(value) || !PyUnicode_IS_COMPACT_ASCII(value) ||
        end - to < PyUnicode_GET_LENGTH(value) + 2)
        return NULL;
    const unsigned char *from = PyUnicode_1BYTE_DATA(value);
    *to++ = '"';
    for (Py_ssize_t left = PyUnicode_GET_LENGTH(value); left; left--, from++) {
        if (*from < ' ' || *from == '"' || *from == '\\' || *from == 0x7f)
            return NULL;
        *to++ = (char)*from;
    }
    *to++ = '"';
    return to;
}

static char *
put_plain_members(PyObject *fields, char *to, const char *end)
{
    PyObject *key, *value;
    Py_ssize_t next = 0;
    *to++ = '{';
    while (PyDict_Next(fields, &next, &key, &value)) {
        if (!PyUnicode_CheckExact(key) || !(to = put_plain(key, to, end)) || to == end)
            return NULL;
        *to++ = ':';
        if (!(to = put_plain(value, to, end)) || to == end)
            return NULL;
        *to++ = ',';
    }
    to -= to[-1] == ',';
    *to++ = '}';
    return to;
}

/* The JSON of a text, or of an object of single values, as long as they are of the plainest kinds:
   orjson, for which this is written, is fast with much and long in beginning. NULL without an error
   for all else. */
static PyObject *
plain_json(PyObject *value)
{
    char room[ROOM], *end = room + ROOM - 1;
    end = PyDict_CheckExact(value) ? put_plain_members(value, room, end)
                                   : put_plain(value, room, end);
    return end ? PyBytes_FromStringAndSize(room, end - room) : NULL;
}

/* -------------------------------------------------------------------------------------- Append */

/* The threads of a process append in turn, so that each knows the size that the one before it has
   found. Nothing in a turn waits for the interpreter's lock.

   That lock is kept in a turn, which takes a microsecond or two, while to get it back from other
   threads takes tens of them. It is let go of where the file is not on a disk of this machine's, and
   for the next lines once one took long: others are not to wait for a disk that has much to do. */
typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *writer;
    pthread_mutex_t turn;
    long forks;           /* of this process's ancestry, when the turn was made */
    long long seen;       /* the file that the last turn was at, */
    long long size;       /* and its size after it */
    long long judged;     /* of which file `is_quick` tells */
    int is_quick;
    int to_let_go;        /* for how many turns more, as one took long */
} Append;

#define LONG_TURN 10000000 /* nanoseconds; by a clock of milliseconds that costs nothing to read */
#define AFTER_A_LONG_TURN 100

#ifdef CLOCK_MONOTONIC_COARSE
#define COARSE_CLOCK CLOCK_MONOTONIC_COARSE
#else
#define COARSE_CLOCK CLOCK_MONOTONIC
#endif

/* Tell whether a file is on a disk of this machine's, or in its memory. */
static int
is_on_quick_disk(int number)
{
#if defined(__linux__)
    struct statfs found;
    if (fstatfs(number, &found) < 0)
        return 0;
    switch ((unsigned long)found.f_type) {
    case 0xef53:     /* ext2 to ext4 */
    case 0x58465342: /* XFS */
    case 0x9123683e: /* Btrfs */
    case 0x2fc12fc1: /* ZFS */
    case 0xf2f52010: /* F2FS */
    case 0x01021994: /* tmpfs */
    case 0x794c7630: /* overlayfs */
        return 1;
    }
    return 0;
#elif defined(__APPLE__)
    struct statfs found;
    return fstatfs(number, &found) == 0 && found.f_flags & MNT_LOCAL;
#else
    return 0;
#endif
}

static PyTypeObject Append_Type;

static long forks;

/* In a forked child: the turn may have been another thread's. */
static void
forked(void)
{
    forks++;
}

typedef struct {
    long long inode, size, names;
} Found;

/* Look at an open file, at no more of it than is needed: whoever asks for its times makes newer
   Linux write a finer one, and the inode with it, at the next write, which then takes twice as
   long. */
static int
look_at_file(int number, Found *found)
{
#if defined(STATX_SIZE) && defined(AT_EMPTY_PATH)
    struct statx some;
    if (statx(number, "", AT_EMPTY_PATH, STATX_INO | STATX_SIZE | STATX_NLINK, &some) == 0) {
        *found = (Found){(long long)some.stx_ino, (long long)some.stx_size, some.stx_nlink};
        return 0;
    }
#endif
    struct stat all;
    if (fstat(number, &all) < 0)
        return -1;
    *found = (Found){(long long)all.st_ino, all.st_size, (long long)all.st_nlink};
    return 0;
}

typedef struct {
    int number;           /* the descriptor */
    long long inode;
    const char *line;
    size_t size;
    long long cap;
    ssize_t written;      /* how much of it */
    Found found;          /* when it was written, or when there was no room */
    enum { FAILED, FULL, WRITTEN } result;
} Turn;

/* Write a line, if there is room for it, and end the turn. */
static void
end_turn(Append *self, Turn *turn)
{
    struct timespec begun, ended;
    long long most = turn->cap - (long long)turn->size;
    clock_gettime(COARSE_CLOCK, &begun);
    if ((self->seen != turn->inode || self->size > most) &&
        look_at_file(turn->number, &turn->found) == 0 && turn->found.inode == turn->inode &&
        turn->found.size > most)
        turn->result = FULL;
    else if ((turn->written = write(turn->number, turn->line, turn->size)) >= 0 &&
             look_at_file(turn->number, &turn->found) == 0) {
        self->seen = turn->found.inode;
        self->size = turn->found.size;
        turn->result = WRITTEN;
    }
    clock_gettime(COARSE_CLOCK, &ended);
    if ((ended.tv_sec - begun.tv_sec) * 1000000000LL + ended.tv_nsec - begun.tv_nsec > LONG_TURN)
        self->to_let_go = AFTER_A_LONG_TURN;
    else
        self->to_let_go -= self->to_let_go > 0;
    pthread_mutex_unlock(&self->turn);
}

static void
take_turn(Append *self, Turn *turn)
{
    if (self->forks != forks) {
        pthread_mutex_init(&self->turn, NULL);
        self->forks = forks;
    }
    if (self->judged != turn->inode) {
        self->is_quick = is_on_quick_disk(turn->number);
        self->judged = turn->inode;
    }
    if (self->is_quick && !self->to_let_go && pthread_mutex_trylock(&self->turn) == 0)
        end_turn(self, turn);
    else {
        Py_BEGIN_ALLOW_THREADS
        pthread_mutex_lock(&self->turn);
        end_turn(self, turn);
        Py_END_ALLOW_THREADS
    }
}

/* Nothing was done, because the writer has to look at its file, or to rotate it. */
#define UNREADY 2

/* Append a line, as `append` below does, or find that the writer is unready. */
static int
attempt(Append *self, PyObject *line)
{
    PyObject *writer = self->writer, *live = AT(writer, writer_shape.at[W_LIVE]);
    PyObject *clock = AT(writer, writer_shape.at[W_CLOCK]);
    double now;
    if (!clock)
        return 0;

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
    int in_time = from && to && PyFloat_CheckExact(from) && PyFloat_CheckExact(to) &&
                  PyFloat_AS_DOUBLE(from) <= now && now < PyFloat_AS_DOUBLE(to);
    /* The clock may be one in Python, and have let another thread run. */
    live = AT(writer, writer_shape.at[W_LIVE]);
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
    take_turn(self, &turn);

    int result = 1;
    PyObject *answer = NULL;
    if (turn.result == FULL)
        result = put_number(live, at[F_SIZE], turn.found.size) < 0 ? -1 : UNREADY;
    else if (turn.result == FAILED) {
        /* Interrupted, no room, a closed descriptor: the twin meets it again, and knows. */
        result = put_number(live, at[F_SIZE], end);
    }
    else if (turn.written == more && turn.found.size == end + more &&
             turn.found.inode == inode) {
        /* Nobody else has written since. */
        if (put_number(live, at[F_END], end + more) < 0 ||
            (end + more > number_at(live, at[F_SIZE]) &&
             put_number(live, at[F_SIZE], end + more) < 0))
            result = -1;
        else if (turn.found.names < names) {
            answer = PyObject_CallMethodObjArgs(writer, str_append_anew, line, NULL);
            result = answer ? 1 : -1;
        }
    }
    else {
        PyObject *ended = PyLong_FromLongLong(end), *count = PyLong_FromSsize_t(turn.written);
        if (ended && count)
            answer = PyObject_CallMethodObjArgs(writer, str_settle, live, line, ended, count, NULL);
        result = answer ? 1 : -1;
        Py_XDECREF(ended);
        Py_XDECREF(count);
    }
    Py_XDECREF(answer);
    Py_DECREF(live);
    return result;
}

/* How many new files others may fill before our turn, and how often a file may be found unready. */
#define FILES 100
#define LOOKS 3

/* Append a line. 1: it is in the file. 0: nothing was done, and the writer is to do it. -1: it is
   not in the file, and Python's error says why. */
static int
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
        self->forks = forks;
        pthread_mutex_init(&self->turn, NULL);
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
    pthread_mutex_destroy(&self->turn);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyMemberDef append_members[] = {
    {"to_let_go", T_INT, offsetof(Append, to_let_go), 0,
     "With how many lines more the interpreter's lock is let go of."},
    {NULL},
};

static PyTypeObject Append_Type = {
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

/* --------------------------------------------------------------------------------------- Among */

#define LETTERS 0x20000 /* of the first two planes */

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    unsigned char bits[LETTERS / 8];
} Among;

static PyObject *
among_call(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    const unsigned char *bits = ((Among *)callable)->bits;
    if (PyVectorcall_NARGS(nargsf) != 1 || kwnames || !PyUnicode_Check(args[0]) ||
        PyUnicode_READY(args[0]) < 0) {
        PyErr_SetString(PyExc_TypeError, "a text was expected");
        return NULL;
    }
    int kind = PyUnicode_KIND(args[0]);
    const void *data = PyUnicode_DATA(args[0]);
    for (Py_ssize_t i = 0, size = PyUnicode_GET_LENGTH(args[0]); i < size; i++) {
        Py_UCS4 letter = PyUnicode_READ(kind, data, i);
        if (letter < LETTERS && bits[letter >> 3] & (1 << (letter & 7)))
            Py_RETURN_TRUE;
    }
    Py_RETURN_FALSE;
}

static PyObject *
among_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *letters;
    if (!PyArg_ParseTuple(args, "U:Among", &letters) || PyUnicode_READY(letters) < 0)
        return NULL;
    Among *self = (Among *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    self->vectorcall = among_call;
    for (Py_ssize_t i = 0, size = PyUnicode_GET_LENGTH(letters); i < size; i++) {
        Py_UCS4 letter = PyUnicode_READ_CHAR(letters, i);
        if (letter >= LETTERS) {
            Py_DECREF(self);
            PyErr_SetString(PyExc_ValueError, "a letter beyond the first two planes");
            return NULL;
        }
        self->bits[letter >> 3] |= (unsigned char)(1 << (letter & 7));
    }
    return (PyObject *)self;
}

static PyTypeObject Among_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "anivault_loguru._speedups.Among",
    .tp_doc = "Tells whether any letter of a text is among those given.",
    .tp_basicsize = sizeof(Among),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_new = among_new,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Among, vectorcall),
};

/* --------------------------------------------------------------------------------------- Sieve */

/* A set of numbers by open addressing, at most half full. */
typedef struct {
    uint64_t *slots;      /* 0: nothing is there */
    int bits;             /* of the number of slots; 0: the set is empty */
    int has_zero;
} Numbers;

static uint64_t *
slot_for(const Numbers *numbers, uint64_t number)
{
    size_t last = ((size_t)1 << numbers->bits) - 1;
    size_t at = (size_t)(number * 0x9e3779b97f4a7c15u >> (64 - numbers->bits));
    while (numbers->slots[at] && numbers->slots[at] != number)
        at = (at + 1) & last;
    return &numbers->slots[at];
}

static int
has(const Numbers *numbers, uint64_t number)
{
    return number ? *slot_for(numbers, number) != 0 : numbers->has_zero;
}

static int
fill_numbers(Numbers *numbers, PyObject *set)
{
    PyObject *iterator = PyObject_GetIter(set), *item;
    Py_ssize_t count = iterator ? PyObject_Size(set) : -1;
    if (count > 0) {
        for (numbers->bits = 1; ((Py_ssize_t)1 << numbers->bits) < 2 * count; numbers->bits++)
            ;
        numbers->slots = PyMem_Calloc((size_t)1 << numbers->bits, sizeof(uint64_t));
        if (!numbers->slots)
            PyErr_NoMemory();
        while (numbers->slots && (item = PyIter_Next(iterator))) {
            uint64_t number = PyLong_AsUnsignedLongLong(item);
            Py_DECREF(item);
            if (PyErr_Occurred())
                break;
            numbers->has_zero |= !number;
            *slot_for(numbers, number) = number;
        }
    }
    Py_XDECREF(iterator);
    return PyErr_Occurred() ? -1 : 0;
}

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    Numbers longs, shorts;
    PyObject *other;      /* asked of a text in which no word may stand */
} Sieve;

static int
may_hold(const Sieve *self, const char *bytes, Py_ssize_t size)
{
    uint64_t piece = 0;
    uint32_t small;
    for (Py_ssize_t at = 0; self->longs.bits && at + 8 <= size; at += 4) {
        memcpy(&piece, bytes + at, 8);
        if (has(&self->longs, piece))
            return 1;
    }
    for (Py_ssize_t at = 0; self->shorts.bits && at + 4 <= size; at += 2) {
        memcpy(&small, bytes + at, 4);
        if (has(&self->shorts, small))
            return 1;
    }
    return 0;
}

static PyObject *
sieve_call(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Sieve *self = (Sieve *)callable;
    if (PyVectorcall_NARGS(nargsf) != 1 || kwnames || !PyUnicode_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "a text was expected");
        return NULL;
    }
    Py_ssize_t size;
    const char *bytes = PyUnicode_AsUTF8AndSize(args[0], &size);
    PyObject *held = NULL;
    if (!bytes) {
        PyErr_Clear(); /* a lone surrogate */
        held = PyUnicode_AsEncodedString(args[0], "utf-8", "surrogatepass");
        if (!held)
            return NULL;
        bytes = PyBytes_AS_STRING(held);
        size = PyBytes_GET_SIZE(held);
    }
    int may = may_hold(self, bytes, size);
    Py_XDECREF(held);
    if (may)
        Py_RETURN_TRUE;
    return PyObject_CallOneArg(self->other, args[0]);
}

static PyObject *
sieve_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *longs, *shorts, *other;
    if (!PyArg_ParseTuple(args, "OOO:Sieve", &longs, &shorts, &other))
        return NULL;
    Sieve *self = (Sieve *)type->tp_alloc(type, 0);
    if (self) {
        self->vectorcall = sieve_call;
        self->other = Py_NewRef(other);
        if (fill_numbers(&self->longs, longs) < 0 || fill_numbers(&self->shorts, shorts) < 0)
            Py_CLEAR(self);
    }
    return (PyObject *)self;
}

static int
sieve_traverse(Sieve *self, visitproc visit, void *arg)
{
    Py_VISIT(self->other);
    return 0;
}

static void
sieve_dealloc(Sieve *self)
{
    PyObject_GC_UnTrack(self);
    PyMem_Free(self->longs.slots);
    PyMem_Free(self->shorts.slots);
    Py_XDECREF(self->other);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyTypeObject Sieve_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "anivault_loguru._speedups.Sieve",
    .tp_doc = "Tells whether a text may hold one of many words, or is hit otherwise; see sieve.py.",
    .tp_basicsize = sizeof(Sieve),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_new = sieve_new,
    .tp_dealloc = (destructor)sieve_dealloc,
    .tp_traverse = (traverseproc)sieve_traverse,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Sieve, vectorcall),
};

/* --------------------------------------------------------------------------------------- Clues */

#define REACH 8 /* bytes of a clue that are compared, at the most */
#define BUNDLES 64

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    uint64_t steps[REACH][256]; /* a bit for each bundle that may have a byte so far from its begin */
    PyObject *scan;             /* asked of a text that has a clue */
} Clues;

#define STEP(at, n) (self->steps[n][(at)[n]])
#define FIRST_STEPS(at) (STEP(at, 0) & STEP(at, 1) & STEP(at, 2) & STEP(at, 3))
#define LAST_STEPS(at) (STEP(at, 4) & STEP(at, 5) & STEP(at, 6) & STEP(at, 7))

/* Tell whether a clue begins at one of so many places; `REACH` bytes can be read at each. */
static int
are_clues(const Clues *self, const unsigned char *at, Py_ssize_t places)
{
    const unsigned char *end = at + places;
    for (; at + 4 <= end; at += 4) {
        uint64_t a = FIRST_STEPS(at), b = FIRST_STEPS(at + 1), c = FIRST_STEPS(at + 2),
                 d = FIRST_STEPS(at + 3);
        if ((a | b | c | d) && ((a & LAST_STEPS(at)) | (b & LAST_STEPS(at + 1)) |
                                (c & LAST_STEPS(at + 2)) | (d & LAST_STEPS(at + 3))))
            return 1;
    }
    for (; at < end; at++)
        if (FIRST_STEPS(at) & LAST_STEPS(at))
            return 1;
    return 0;
}

static int
has_clue(const Clues *self, const char *bytes, Py_ssize_t size)
{
    unsigned char last[2 * REACH] = {0};
    Py_ssize_t places = size < REACH ? 0 : size - REACH + 1, rest = size - places;
    if (are_clues(self, (const unsigned char *)bytes, places))
        return 1;
    memcpy(last, bytes + places, (size_t)rest);
    return are_clues(self, last, rest);
}

static PyObject *
clues_call(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Clues *self = (Clues *)callable;
    if (PyVectorcall_NARGS(nargsf) != 1 || kwnames || !PyUnicode_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "a text was expected");
        return NULL;
    }
    Py_ssize_t size;
    const char *bytes = PyUnicode_AsUTF8AndSize(args[0], &size);
    if (!bytes)
        PyErr_Clear(); /* a lone surrogate */
    else if (!has_clue(self, bytes, size))
        Py_RETURN_FALSE;
    return PyObject_CallOneArg(self->scan, args[0]);
}

/* Put a clue into a bundle: for each of its places the bytes that may stand there. */
static int
put_clue(Clues *self, PyObject *clue, uint64_t bundle)
{
    if (!PyTuple_Check(clue) || PyTuple_GET_SIZE(clue) > REACH) {
        PyErr_SetString(PyExc_TypeError, "a tuple of at most 8 bytes objects was expected");
        return -1;
    }
    for (Py_ssize_t step = 0; step < REACH; step++) {
        if (step >= PyTuple_GET_SIZE(clue)) {
            for (int byte = 0; byte < 256; byte++)
                self->steps[step][byte] |= bundle;
            continue;
        }
        char *bytes;
        Py_ssize_t size;
        if (PyBytes_AsStringAndSize(PyTuple_GET_ITEM(clue, step), &bytes, &size) < 0)
            return -1;
        for (Py_ssize_t i = 0; i < size; i++)
            self->steps[step][(unsigned char)bytes[i]] |= bundle;
    }
    return 0;
}

static int
put_bundle(Clues *self, PyObject *clues, uint64_t bundle)
{
    if (!PyList_Check(clues)) {
        PyErr_SetString(PyExc_TypeError, "a list of clues was expected");
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(clues); i++)
        if (put_clue(self, PyList_GET_ITEM(clues, i), bundle) < 0)
            return -1;
    return 0;
}

static PyObject *
clues_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *bundles, *scan;
    if (!PyArg_ParseTuple(args, "O!O:Clues", &PyList_Type, &bundles, &scan))
        return NULL;
    if (PyList_GET_SIZE(bundles) > BUNDLES) {
        PyErr_SetString(PyExc_ValueError, "at most 64 bundles were expected");
        return NULL;
    }
    Clues *self = (Clues *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    self->vectorcall = clues_call;
    self->scan = Py_NewRef(scan);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(bundles); i++)
        if (put_bundle(self, PyList_GET_ITEM(bundles, i), (uint64_t)1 << i) < 0) {
            Py_DECREF(self);
            return NULL;
        }
    return (PyObject *)self;
}

static int
clues_traverse(Clues *self, visitproc visit, void *arg)
{
    Py_VISIT(self->scan);
    return 0;
}

static void
clues_dealloc(Clues *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(self->scan);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyTypeObject Clues_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "anivault_loguru._speedups.Clues",
    .tp_doc = "Tells what a scan does, of texts that it hits only if they have a clue; see clues.py.",
    .tp_basicsize = sizeof(Clues),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_new = clues_new,
    .tp_dealloc = (destructor)clues_dealloc,
    .tp_traverse = (traverseproc)clues_traverse,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Clues, vectorcall),
};

/* -------------------------------------------------------------------------------------- Method */

/* What is poured with: the fields of `Parts` in compiled.py, in their order. */
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

/* A mould that was met before, and where. It keeps its code, so that no other has its address. */
typedef struct {
    PyObject *code, *mould;
    PyObject *number, *tick; /* the mould's, as iterators; see `iterator_of` */
    int last;
    long long kind;
} Near;

#define NEAR 64

/* What is kept from one record to the next, as long as the parts are the same. */
typedef struct {
    PyObject *parts;
    PyObject *hit;        /* what `look` gives, once it was needed */
    PyObject *turn;       /* the part, as an iterator */
    long long second;     /* of the last stamp, and its text */
    PyObject *stamp;
} Kept;

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *function;   /* the twin */
    Kept kept;            /* no parts: the twin takes all calls; empty ones: nobody takes any */
    Near near[NEAR];
} Method;

/* Keep other parts, and forget what was kept for the old ones; the reference is used up. */
static void
keep(Kept *kept, PyObject *parts)
{
    /* Letting go runs other code, which may log: all is exchanged before. */
    Kept old = *kept;
    *kept = (Kept){.parts = parts};
    Py_XDECREF(old.parts);
    Py_XDECREF(old.hit);
    Py_XDECREF(old.turn);
    Py_XDECREF(old.stamp);
}

/* A call on its way; what is owned is let go of in `leave`. */
typedef struct {
    PyObject *kwargs, *code, *mould, *message, *text, *body, *line;
    PyObject *scope; /* owned as well: the logger may get another one meanwhile */
    PyObject *number, *tick; /* or NULL */
    PyObject *moment, *frame;
    double begun;
} Call;

static void
leave(Call *call)
{
    Py_XDECREF(call->kwargs);
    Py_XDECREF(call->code);
    Py_XDECREF(call->mould);
    Py_XDECREF(call->message);
    Py_XDECREF(call->text);
    Py_XDECREF(call->body);
    Py_XDECREF(call->line);
    Py_XDECREF(call->scope);
    Py_XDECREF(call->number);
    Py_XDECREF(call->tick);
    Py_XDECREF(call->moment);
    Py_XDECREF(call->frame);
}

static PyTypeObject *method_wrapper;

/* The iterator whose `__next__` is given; NULL without an error for any other callable. */
static PyObject *
iterator_of(PyObject *next)
{
    PyObject *name = NULL, *iterator = NULL;
    if (!Py_IS_TYPE(next, method_wrapper))
        return NULL;
    name = PyObject_GetAttr(next, str_dunder_name);
    if (name && PyUnicode_CompareWithASCIIString(name, "__next__") == 0)
        iterator = PyObject_GetAttr(next, str_dunder_self);
    Py_XDECREF(name);
    if (iterator && !PyIter_Check(iterator))
        Py_CLEAR(iterator);
    PyErr_Clear();
    return iterator;
}

/* What `next()` gives; straight from the iterator, if there is one, which has no end. */
static PyObject *
drawn(PyObject *iterator, PyObject *next)
{
    return iterator ? Py_TYPE(iterator)->tp_iternext(iterator) : PyObject_CallNoArgs(next);
}

#define SCOPE(slot) AT(call->scope, scope_shape.at[slot])
#define MOULD(slot) AT(call->mould, mould_shape.at[slot])

/* Find the scope of a call. 1, or 0 for the twin, or -1. */
static int
find_scope(PyObject *parts, Call *call, PyObject *logger, PyObject *const *values,
           PyObject *kwnames)
{
    PyObject *scope = AT(logger, logger_shape.at[G_SCOPE]), *around;
    int same = 0;
    if (PyContextVar_Get(OWN_PART(CONTEXT), NULL, &around) < 0)
        return -1;
    Py_XDECREF(around);
    if (HAS(scope_shape, scope)) {
        call->scope = Py_NewRef(scope);
        same = around == SCOPE(S_AROUND) && SCOPE(S_OWNER) == OWN_PART(SCOPES);
        if (same && (same = PyObject_RichCompareBool(SCOPE(S_BASE), OWN_PART(BASE), Py_EQ)) < 0)
            return -1;
    }
    if (!same) {
        scope = PyObject_CallOneArg(OWN_PART(SCOPE_OF), logger);
        if (!scope)
            return -1;
        Py_XSETREF(call->scope, scope);
        if (!HAS(scope_shape, scope))
            return 0;
    }

    Py_ssize_t count = kwnames ? PyTuple_GET_SIZE(kwnames) : 0;
    if (!count)
        return 1;
    int named = 0;
    call->kwargs = PyDict_New();
    if (!call->kwargs)
        return -1;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, i);
        int among = PySet_Contains(OWN_PART(NAMED), name);
        if (among < 0 || PyDict_SetItem(call->kwargs, name, values[i]) < 0)
            return -1;
        named |= among;
    }
    if (named) {
        scope = PyObject_CallFunctionObjArgs(OWN_PART(NARROWER), call->scope, call->kwargs, NULL);
        if (!scope)
            return -1;
        Py_SETREF(call->scope, scope);
        if (!HAS(scope_shape, scope))
            return 0;
    }
    return 1;
}

/* Find the mould of a place. 1, 0 or -1. */
static int
find_near(Method *self, PyObject *parts, Call *call, PyObject *module, int last)
{
    PyObject *kind = SCOPE(S_KIND);
    long long number = number_at(call->scope, scope_shape.at[S_KIND]);
    uintptr_t place = (uintptr_t)call->code + (uintptr_t)last;
    Near *near = &self->near[((place >> 1) ^ (place >> 7) ^ (uintptr_t)number) % NEAR];
    /* Armed anew since the call began, the method keeps what fits other parts. */
    if (self->kept.parts == parts && near->code == call->code && near->last == last &&
        near->kind == number && AT(near->mould, mould_shape.at[M_MODULE]) == module) {
        call->mould = Py_NewRef(near->mould);
        call->number = Py_XNewRef(near->number);
        call->tick = Py_XNewRef(near->tick);
        return 1;
    }
    PyObject *at = PyLong_FromUnsignedLongLong(place);
    PyObject *key = at ? PyTuple_Pack(2, at, kind) : NULL;
    Py_XDECREF(at);
    if (!key)
        return -1;
    PyObject *mould = PyDict_GetItemWithError(PART(MOULDS), key);
    Py_DECREF(key);
    if (!HAS(mould_shape, mould))
        return PyErr_Occurred() ? -1 : 0;
    call->mould = Py_NewRef(mould);
    if (MOULD(M_CODE) != call->code || MOULD(M_MODULE) != module)
        return 0;
    if (self->kept.parts == parts) {
        near->code = call->code;
        near->last = last;
        near->kind = number;
        Py_XSETREF(near->number, iterator_of(MOULD(M_NUMBER)));
        Py_XSETREF(near->tick, iterator_of(MOULD(M_TICK)));
        Py_XSETREF(near->mould, Py_NewRef(mould));
    }
    return 1;
}

/* Tell whether there is a span of OpenTelemetry around, whose ids the record gets; -1 for an error. */
static int
is_traced(PyObject *parts)
{
    int traced = PyDict_Contains(PART(MODULES), str_otel);
    if (traced > 0) {
        PyObject *span = PyObject_CallNoArgs(PART(ACTIVE_SPAN));
        traced = span ? PyObject_IsTrue(span) : -1;
        Py_XDECREF(span);
    }
    return traced;
}

/* How many frames above the lane's function the twin has its caller. */
#define OWN_DEPTH 2

/* Find the frame that the call is made in, and the mould of its place. 1, 0 or -1. */
static int
find_mould(Method *self, PyObject *parts, Call *call)
{
    PyFrameObject *caller = PyEval_GetFrame();
    long long depth = number_at(call->scope, scope_shape.at[S_DEPTH]);
    PyObject *globals;
    Py_XINCREF(caller);
    for (; caller && depth > OWN_DEPTH; depth--)
        Py_SETREF(caller, PyFrame_GetBack(caller));
    call->frame = (PyObject *)caller;
    if (!caller || depth != OWN_DEPTH)
        return PyErr_Occurred() ? -1 : 0;
    call->code = (PyObject *)PyFrame_GetCode(caller);
#if PY_VERSION_HEX >= 0x030B0000
    int last = PyFrame_GetLasti(caller);
    globals = PyFrame_GetGlobals(caller);
    Py_DECREF(globals); /* the frame holds them */
#else
    int last = caller->f_lasti < 0 ? -1 : caller->f_lasti * (int)sizeof(_Py_CODEUNIT);
    globals = caller->f_globals;
#endif
    PyObject *module = PyDict_GetItemWithError(globals, str_dunder_name);
    if (!module)
        return PyErr_Occurred() ? -1 : 0;
    int found = find_near(self, parts, call, module, last);
    if (found <= 0)
        return found;

    int traced = is_traced(parts);
    return traced < 0 ? -1 : !traced;
}

/* Begin: from here on the call is ours. */
static int
begin(Kept *kept, PyObject *parts, Call *call)
{
    if (!kept->turn && kept->parts == parts)
        kept->turn = iterator_of(OWN_PART(TURN));
    PyObject *turn = drawn(kept->parts == parts ? kept->turn : NULL, OWN_PART(TURN));
    if (!turn)
        return -1;
    Py_DECREF(turn);
    if (turn == Py_True) {
        PyObject *clock = PyObject_CallNoArgs(OWN_PART(CLOCK));
        if (!clock)
            return -1;
        call->begun = PyFloat_AsDouble(clock);
        Py_DECREF(clock);
        if (call->begun == -1.0 && PyErr_Occurred())
            return -1;
    }
    long long nanos;
    if (is(&time_in_nanos, OWN_PART(NOW)))
        nanos = nanos_now();
    else {
        PyObject *now = PyObject_CallNoArgs(OWN_PART(NOW));
        nanos = now ? PyLong_AsLongLong(now) : -1;
        Py_XDECREF(now);
        if (nanos == -1 && PyErr_Occurred())
            return -1;
    }
    call->moment = PyLong_FromLongLong(nanos / 1000 - (nanos % 1000 < 0));
    return call->moment ? 0 : -1;
}

/* The message with its arguments filled in, and its JSON. */
static int
encode_message(PyObject *parts, Call *call, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *named = SCOPE(S_NAMED);
    if (nargs || (call->kwargs && PyDict_GET_SIZE(call->kwargs)) || PyDict_GET_SIZE(named) ||
        !PyUnicode_CheckExact(call->message)) {
        PyObject *extra = call->kwargs ? Py_NewRef(call->kwargs) : PyDict_New();
        PyObject *names = extra ? PyDict_Copy(extra) : NULL;
        PyObject *message = NULL, *given = names ? PyTuple_New(nargs) : NULL;
        for (Py_ssize_t i = 0; given && i < nargs; i++)
            PyTuple_SET_ITEM(given, i, Py_NewRef(args[i]));
        if (given && PyDict_Update(names, named) == 0)
            message = PyObject_CallFunctionObjArgs(OWN_PART(FILL), call->message, given, names,
                                                   extra, NULL);
        Py_XDECREF(given);
        Py_XDECREF(names);
        if (!message) {
            Py_XDECREF(extra);
            return -1;
        }
        Py_SETREF(call->message, message);
        /* What could not be formatted is said in a field. */
        Py_XSETREF(call->kwargs, extra);
    }
    Py_XSETREF(call->text, plain_json(call->message));
    if (!call->text && !PyErr_Occurred())
        call->text = PyObject_CallOneArg(PART(DUMPS), call->message);
    return call->text ? 0 : -1;
}

static int
encode_fields(PyObject *parts, Call *call, PyObject *around)
{
    PyObject *fields, *body;
    if (around && PyDict_GET_SIZE(around)) {
        fields = PyDict_Copy(around);
        if (fields && call->kwargs && PyDict_Update(fields, call->kwargs) < 0)
            Py_CLEAR(fields);
    }
    else if (call->kwargs && PyDict_GET_SIZE(call->kwargs))
        fields = Py_NewRef(call->kwargs);
    else
        return 0;
    if (!fields)
        return -1;
    if (PART(POURED) != Py_None)
        body = PyObject_CallOneArg(PART(POURED), fields);
    else if (!(body = plain_json(fields)) && !PyErr_Occurred()) {
        PyObject *of[] = {fields, PART(SIMPLER), PART(OPTIONS)};
        body = PyObject_Vectorcall(PART(DUMPS), of, 3, NULL);
    }
    Py_DECREF(fields);
    Py_XSETREF(call->body, body);
    return body ? 1 : -1;
}

/* What bytes are, at the most: printable ASCII, UTF-8 without a character that has to be escaped, or
   what may hold one: DEL, or the first byte of the others that plain.py names. */
enum { PLAIN, WIDE, CONTROLS };

static int
kind_of(const unsigned char *bytes, Py_ssize_t size)
{
    unsigned char wide = 0, controls = 0;
    for (Py_ssize_t i = 0; i < size; i++) {
        unsigned char byte = bytes[i];
        wide |= byte > 127;
        controls |= (byte == 0x7f) | (byte == 0xc2) | (byte == 0xd8) | (byte == 0xe2);
    }
    return controls ? CONTROLS : wide ? WIDE : PLAIN;
}

/* What a function tells of a text, which is made of the bytes if it is not there yet. 1, 0, or -1. */
static int
tells(PyObject *function, const char *bytes, Py_ssize_t size, PyObject **text)
{
    if (!*text && !(*text = PyUnicode_DecodeUTF8(bytes, size, "strict")))
        return -1;
    PyObject *answer = PyObject_CallOneArg(function, *text);
    int is_true = answer ? PyObject_IsTrue(answer) : -1;
    Py_XDECREF(answer);
    return is_true;
}

/* Ask whether there may be something to mask in bytes, or the text that they are. 1, 0, or -1. */
static int
may_hide(Kept *kept, PyObject *parts, const char *bytes, Py_ssize_t size, PyObject *text, int kind)
{
    PyObject *hit = kept->hit && kept->parts == parts ? Py_NewRef(kept->hit)
                                                      : PyObject_CallNoArgs(PART(LOOK));
    if (!hit)
        return -1;
    Py_XINCREF(text);
    PyObject *asked = hit;
    int may = -1;
    if (Py_IS_TYPE(asked, &Sieve_Type)) {
        may = may_hold((Sieve *)asked, bytes, size) ? 1 : -1;
        asked = ((Sieve *)asked)->other;
    }
    if (may < 0 && Py_IS_TYPE(asked, &Clues_Type)) {
        may = has_clue((Clues *)asked, bytes, size) ? -1 : 0;
        asked = ((Clues *)asked)->scan;
    }
    if (may < 0)
        may = tells(asked, bytes, size, &text);
    if (may == 0 && kind == WIDE)
        may = tells(PART(ALIKE), bytes, size, &text);
    Py_XDECREF(text);
    if (kept->parts == parts)
        Py_XSETREF(kept->hit, hit);
    else
        Py_DECREF(hit);
    return may;
}

static int
message_may_hide(Kept *kept, PyObject *parts, PyObject *message, int kind)
{
    Py_ssize_t size;
    const char *bytes = PyUnicode_AsUTF8AndSize(message, &size);
    return bytes ? may_hide(kept, parts, bytes, size, message, kind) : -1;
}

static Py_ssize_t
nested(const char *bytes, Py_ssize_t size)
{
    Py_ssize_t count = 0;
    for (Py_ssize_t i = 0; i < size; i++)
        count += (bytes[i] == '{') | (bytes[i] == '[');
    return count;
}

/* See that there is nothing to mask in the JSON of message and fields, as far as there is any. */
static int
look_at(Kept *kept, PyObject *parts, Call *call, PyObject *text, PyObject *body)
{
    Py_ssize_t first = text ? PyBytes_GET_SIZE(text) : 0, rest = body ? PyBytes_GET_SIZE(body) : 0;
    PyObject *loose = PyBytes_FromStringAndSize(NULL, first + rest);
    int suspect = 1;
    if (!loose)
        return -1;
    char *to = PyBytes_AS_STRING(loose);
    if (text)
        memcpy(to, PyBytes_AS_STRING(text), (size_t)first);
    if (body)
        memcpy(to + first, PyBytes_AS_STRING(body), (size_t)rest);
    int kind = kind_of((const unsigned char *)to, first + rest);
    if (kind == CONTROLS)
        suspect = 1;
    else if (first + rest < PyLong_AsLong(PART(LONG_FROM)))
        suspect = may_hide(kept, parts, to, first + rest, NULL, kind);
    else if (first + rest <= PyLong_AsSsize_t(PART(MOST)) &&
             nested(to + first, rest) <= PyLong_AsSsize_t(PART(DEEP))) {
        suspect = text ? message_may_hide(kept, parts, call->message, kind) : 0;
        if (suspect == 0 && rest)
            suspect = may_hide(kept, parts, to + first, rest, NULL, kind);
    }
    if (suspect <= 0) {
        Py_DECREF(loose);
        return suspect;
    }

    PyObject *pair = PyObject_CallFunctionObjArgs(PART(LOOKED_AT), call->message, loose, call->text,
                                                  call->body, NULL);
    Py_DECREF(loose);
    if (!pair)
        return -1;
    if (PyTuple_CheckExact(pair) && PyTuple_GET_SIZE(pair) == 2) {
        Py_XSETREF(call->text, Py_NewRef(PyTuple_GET_ITEM(pair, 0)));
        Py_XSETREF(call->body, Py_NewRef(PyTuple_GET_ITEM(pair, 1)));
    }
    Py_DECREF(pair);
    return 0;
}

static int
ends_with(PyObject *bytes, const char *tail)
{
    Py_ssize_t length = (Py_ssize_t)strlen(tail), before = PyBytes_GET_SIZE(bytes) - length;
    return before >= 0 && memcmp(PyBytes_AS_STRING(bytes) + before, tail, (size_t)length) == 0;
}

/* The JSON of the time stamp. Of one that ends in a second's digits, only these are made anew: of
   micro- and of nanoseconds, as the schemas have them. */
static PyObject *
stamp(Kept *kept, PyObject *parts, Call *call)
{
    long long moment = PyLong_AsLongLong(call->moment), second = moment / 1000000;
    PyObject *whole;
    if (moment < 0) {
        PyErr_Clear();
        return PyObject_CallOneArg(PART(STAMPED), call->moment);
    }
    if (kept->stamp && second == kept->second && kept->parts == parts)
        whole = Py_NewRef(kept->stamp);
    else {
        PyObject *begun = PyLong_FromLongLong(second * 1000000);
        whole = begun ? PyObject_CallOneArg(PART(STAMPED), begun) : NULL;
        Py_XDECREF(begun);
        if (!whole)
            return NULL;
        if (!PyBytes_CheckExact(whole) ||
            !(ends_with(whole, ".000000Z\"") || ends_with(whole, "000000000\""))) {
            Py_DECREF(whole);
            return PyObject_CallOneArg(PART(STAMPED), call->moment);
        }
        if (kept->parts == parts) {
            Py_XSETREF(kept->stamp, Py_NewRef(whole));
            kept->second = second;
        }
    }
    Py_ssize_t size = PyBytes_GET_SIZE(whole);
    PyObject *text = PyBytes_FromStringAndSize(PyBytes_AS_STRING(whole), size);
    Py_DECREF(whole);
    if (text) {
        char *place = PyBytes_AS_STRING(text) + size - (ends_with(text, "Z\"") ? 3 : 5);
        for (long micros = (long)(moment % 1000000); micros; micros /= 10)
            *place-- = (char)('0' + micros % 10);
    }
    return text;
}

/* The JSON of the name of a thread. */
static PyObject *
thread_named(PyObject *parts, PyObject *name)
{
    PyObject *found = PyDict_GetItemWithError(PART(THREADS), name);
    if (found)
        return Py_NewRef(found);
    return PyErr_Occurred() ? NULL : PyObject_CallOneArg(PART(THREAD), name);
}

/* What stands for this thread, if its name is not made by code of its own; NULL for others. It is
   kept where all is that is a thread's own, and goes with it. */
static PyObject *
plain_thread(PyObject *parts)
{
    PyObject *own = is(&ident_of_thread, OWN_PART(GET_IDENT)) ? PyThreadState_GetDict() : NULL;
    PyObject *current = own ? PyDict_GetItemWithError(own, str_kept_thread) : NULL;
    if (current)
        return Py_NewRef(current);
    PyObject *ident = PyErr_Occurred() ? NULL : PyObject_CallNoArgs(OWN_PART(GET_IDENT));
    if (ident && (current = PyDict_GetItemWithError(OWN_PART(ACTIVE), ident))) {
        Py_INCREF(current);
        PyObject *naming = PyObject_GetAttr((PyObject *)Py_TYPE(current), str_name);
        if (naming != OWN_PART(NAMING) ||
            (own && PyDict_SetItem(own, str_kept_thread, current) < 0))
            Py_CLEAR(current);
        Py_XDECREF(naming);
    }
    Py_XDECREF(ident);
    return current;
}

/* The JSON of the name of this thread. */
static PyObject *
own_thread(PyObject *parts)
{
    /* `current_thread().name` is two calls into Python. */
    PyObject *current = plain_thread(parts), *name = NULL, *found = NULL;
    if (current)
        name = PyObject_GetAttr(current, str_private_name);
    if (!name && PyErr_ExceptionMatches(PyExc_AttributeError))
        PyErr_Clear();
    if (!name && !PyErr_Occurred()) {
        Py_XSETREF(current, PyObject_CallNoArgs(OWN_PART(CURRENT_THREAD)));
        name = current ? PyObject_GetAttr(current, str_name) : NULL;
    }
    Py_XDECREF(current);
    if (name)
        found = thread_named(parts, name);
    Py_XDECREF(name);
    return found;
}

/* The value for a hole: `order` says which, none that they are in their order. None beyond them. */
static PyObject *
value_for(Py_ssize_t hole, PyObject *values, PyObject *order)
{
    if (hole < PyBytes_GET_SIZE(order))
        hole = (unsigned char)PyBytes_AS_STRING(order)[hole];
    return hole < PyTuple_GET_SIZE(values) ? PyTuple_GET_ITEM(values, hole) : Py_None;
}

/* What `template % pick(values)` gives, for the holes that a mould has: %b, %d and %%. NULL without
   an error if there is something else. */
static PyObject *
filled(PyObject *template, PyObject *values, PyObject *order)
{
    const char *from = PyBytes_AS_STRING(template), *end = from + PyBytes_GET_SIZE(template), *hole;
    Py_ssize_t count = PyBytes_GET_SIZE(order), size = end - from;
    if (!count)
        count = PyTuple_GET_SIZE(values);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *value = value_for(i, values, order);
        size += PyBytes_CheckExact(value) ? PyBytes_GET_SIZE(value) : DIGITS;
    }
    char usual[1024], *begin = usual, *to;
    PyObject *line = NULL;
    if (size > (Py_ssize_t)sizeof(usual)) {
        if (!(line = PyBytes_FromStringAndSize(NULL, size)))
            return NULL;
        begin = PyBytes_AS_STRING(line);
    }
    to = begin;
    Py_ssize_t next = 0;
    while ((hole = memchr(from, '%', (size_t)(end - from))) && hole + 1 < end) {
        memcpy(to, from, (size_t)(hole - from));
        to += hole - from;
        from = hole + 2;
        if (hole[1] == '%') {
            *to++ = '%';
            continue;
        }
        PyObject *value = next < count ? value_for(next++, values, order) : Py_None;
        if (hole[1] == 'b' && PyBytes_CheckExact(value)) {
            memcpy(to, PyBytes_AS_STRING(value), (size_t)PyBytes_GET_SIZE(value));
            to += PyBytes_GET_SIZE(value);
        }
        else if (hole[1] == 'd' && PyLong_CheckExact(value)) {
            long long number = PyLong_AsLongLong(value);
            if (number == -1 && PyErr_Occurred()) {
                PyErr_Clear();
                break;
            }
            to = decimal(number, to);
        }
        else
            break;
    }
    if (hole || next != count) {
        Py_XDECREF(line);
        return NULL;
    }
    memcpy(to, from, (size_t)(end - from));
    to += end - from;
    if (!line)
        return PyBytes_FromStringAndSize(begin, to - begin);
    _PyBytes_Resize(&line, to - begin);
    return line;
}

/* Pour the values into the mould: `ids` as JSON, the name of the thread, this one's if it is NULL.
   With the last of them the record gets its number. */
static int
pour(Kept *kept, PyObject *parts, Call *call, PyObject *ids, PyObject *name)
{
    Py_ssize_t count = PyTuple_GET_SIZE(ids), at = 0;
    PyObject *values = PyTuple_New(count + 5);
    if (!values)
        return -1;
    PyObject_GC_UnTrack(values); /* nobody may find it half filled */
    PyObject *value = stamp(kept, parts, call);
    if (!value)
        goto failed;
    PyTuple_SET_ITEM(values, at++, value);
    PyTuple_SET_ITEM(values, at++, Py_NewRef(call->text));
    for (Py_ssize_t i = 0; i < count; i++)
        PyTuple_SET_ITEM(values, at++, Py_NewRef(PyTuple_GET_ITEM(ids, i)));
    PyTuple_SET_ITEM(values, at++, Py_NewRef(call->body));
    if (!(value = name ? thread_named(parts, name) : own_thread(parts)))
        goto failed;
    PyTuple_SET_ITEM(values, at++, value);
    if (!(value = drawn(call->number, MOULD(M_NUMBER))))
        goto failed;
    PyTuple_SET_ITEM(values, at++, value);
    call->line = filled(MOULD(M_TEMPLATE), values, MOULD(M_ORDER));
    if (!call->line && !PyErr_Occurred()) {
        if (MOULD(M_PICK) != Py_None) {
            PyObject *picked = PyObject_CallOneArg(MOULD(M_PICK), values);
            if (!picked)
                goto failed;
            Py_SETREF(values, picked);
        }
        call->line = PyNumber_Remainder(MOULD(M_TEMPLATE), values);
    }
failed:
    Py_DECREF(values);
    return call->line ? 0 : -1;
}

/* Encode the call's line. 0, or -1. */
static int
encode(Kept *kept, PyObject *parts, Call *call, PyObject *const *args, Py_ssize_t nargs)
{
    int literal = call->message == MOULD(M_LITERAL);
    call->text = Py_NewRef(MOULD(M_TEXT));
    call->body = Py_NewRef(PART(UNFILLED));
    if (!literal && encode_message(parts, call, args, nargs) < 0)
        return -1;
    int fields = encode_fields(parts, call, SCOPE(S_FIELDS));
    if (fields < 0)
        return -1;
    if ((!literal || fields) &&
        look_at(kept, parts, call, literal ? NULL : call->text, fields ? call->body : NULL) < 0)
        return -1;
    return pour(kept, parts, call, SCOPE(S_IDS), NULL);
}

/* Take the error that is set. */
static PyObject *
caught(void)
{
    PyObject *kind, *error, *trace;
    PyErr_Fetch(&kind, &error, &trace);
    PyErr_NormalizeException(&kind, &error, &trace);
    if (trace)
        PyException_SetTraceback(error, trace);
    Py_XDECREF(kind);
    Py_XDECREF(trace);
    return error;
}

/* Set an error again, as it was; the reference is used up. */
static void
again(PyObject *error)
{
    PyErr_Restore(Py_NewRef(Py_TYPE(error)), error, PyException_GetTraceback(error));
}

static PyObject *
entry_of(PyObject *parts, Call *call)
{
    PyTypeObject *type = (PyTypeObject *)PART(ENTRY);
    PyObject *entry = type->tp_alloc(type, 6);
    if (entry) {
        PyTuple_SET_ITEM(entry, 0, Py_NewRef(call->moment));
        PyTuple_SET_ITEM(entry, 1, Py_NewRef(MOULD(M_LEVEL)));
        PyTuple_SET_ITEM(entry, 2, Py_NewRef(MOULD(M_LEVEL_NO)));
        PyTuple_SET_ITEM(entry, 3, Py_NewRef(MOULD(M_COMPONENT)));
        PyTuple_SET_ITEM(entry, 4, Py_NewRef(MOULD(M_EVENT)));
        PyTuple_SET_ITEM(entry, 5, Py_NewRef(call->line));
    }
    return entry;
}

/* Hand the line to one who takes it: straight to its file, or as an entry. */
static int
hand(PyObject *parts, Call *call, PyObject *write, PyObject *straight)
{
    PyObject *error = NULL, *answer = NULL;
    if (straight != Py_None && Py_IS_TYPE(PyTuple_GET_ITEM(straight, 0), &Append_Type)) {
        int done = append((Append *)PyTuple_GET_ITEM(straight, 0), call->line);
        if (done > 0)
            return 0;
        if (done < 0)
            error = caught();
    }
    PyObject *entry = entry_of(parts, call);
    if (entry && error)
        answer = PyObject_CallFunctionObjArgs(PyTuple_GET_ITEM(straight, 1), entry, error, NULL);
    else if (entry)
        answer = PyObject_CallOneArg(write, entry);
    Py_XDECREF(entry);
    Py_XDECREF(error);
    Py_XDECREF(answer);
    return answer ? 0 : -1;
}

static int
deliver(PyObject *parts, Call *call)
{
    PyObject *writes = MOULD(M_WRITES), *straights = MOULD(M_STRAIGHTS);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(writes); i++)
        if (hand(parts, call, PyTuple_GET_ITEM(writes, i), PyTuple_GET_ITEM(straights, i)) < 0)
            return -1;
    return 0;
}

/* Count the record and its bytes. */
static int
count(PyObject *parts, Call *call)
{
    PyObject *sizes = MOULD(M_SIZES), *ticked = drawn(call->tick, MOULD(M_TICK));
    if (!ticked)
        return -1;
    Py_DECREF(ticked);
    if (Py_IS_TYPE(sizes, &Sum_Type)) {
        ((Sum *)sizes)->total += PyBytes_GET_SIZE(call->line);
        return 0;
    }
    PyObject *size = PyLong_FromSsize_t(PyBytes_GET_SIZE(call->line)), *done = NULL;
    if (size)
        done = PyObject_CallMethodOneArg(sizes, str_append, size);
    Py_XDECREF(size);
    if (done && PyObject_Size(sizes) > PyLong_AsSsize_t(PART(BATCH)))
        Py_SETREF(done, PyObject_CallNoArgs(MOULD(M_SETTLE)));
    Py_XDECREF(done);
    return done ? 0 : -1;
}

/* Let the lane lay out as a whole what cannot be poured. */
static int
entire(PyObject *parts, Call *call)
{
    PyObject *error = caught(), *answer = NULL;
    PyObject *kwargs = call->kwargs ? Py_NewRef(call->kwargs) : PyDict_New();
    if (kwargs)
        answer = PyObject_CallFunctionObjArgs(OWN_PART(ENTIRE), error, call->moment, call->message,
                                              call->scope, kwargs, call->frame, NULL);
    Py_XDECREF(kwargs);
    Py_XDECREF(error);
    Py_XDECREF(answer);
    return answer ? 0 : -1;
}

/* Write the record of a call. 1, or -1 and an error. */
static int
record(Method *self, PyObject *parts, Call *call, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *answer;
    if (begin(&self->kept, parts, call) < 0)
        return -1;
    if (encode(&self->kept, parts, call, args, nargs) == 0) {
        if (deliver(parts, call) < 0 || count(parts, call) < 0)
            return -1;
        if (PART(NOTICED) != Py_None) {
            if (!(answer = PyObject_CallNoArgs(PART(NOTICED))))
                return -1;
            Py_DECREF(answer);
        }
    }
    else if (!PyErr_ExceptionMatches(PART(UNENCODED)) || entire(parts, call) < 0)
        return -1;
    if (call->begun != 0.0) {
        PyObject *begun = PyFloat_FromDouble(call->begun);
        answer = begun ? PyObject_CallOneArg(OWN_PART(END), begun) : NULL;
        Py_XDECREF(begun);
        if (!answer)
            return -1;
        Py_DECREF(answer);
    }
    return 1;
}

/* Log a call. 1: done. 0: nothing was done, and the twin is to do it. -1: an error for the caller. */
static int
log_call(Method *self, PyObject *parts, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyObject *logger = args[0];
    if (!HAS(logger_shape, logger) || AT(logger, logger_shape.at[G_EXPRESS]) != Py_True)
        return 0;
    Call call = {.message = Py_NewRef(args[1])};
    int result = find_scope(parts, &call, logger, args + nargs, kwnames);
    if (result > 0)
        result = find_mould(self, parts, &call);
    if (result > 0)
        result = record(self, parts, &call, args + 2, nargs - 2);
    if (result < 0) {
        PyObject *error = caught(), *answer = PyObject_CallOneArg(OWN_PART(INTERRUPTS), error);
        int interrupts = answer ? PyObject_IsTrue(answer) : -1;
        Py_XDECREF(answer);
        if (interrupts > 0)
            again(error);
        else
            Py_DECREF(error);
        result = interrupts ? -1 : 1;
    }
    leave(&call);
    return result;
}

static PyObject *
method_call(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Method *self = (Method *)callable;
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    PyObject *parts = self->kept.parts;
    if (parts && nargs >= 2) {
        if (!PyTuple_GET_SIZE(parts))
            Py_RETURN_NONE;
        Py_INCREF(parts);
        int done = log_call(self, parts, args, nargs, kwnames);
        Py_DECREF(parts);
        if (done < 0)
            return NULL;
        if (done)
            Py_RETURN_NONE;
    }
    return PyObject_Vectorcall(self->function, args, nargsf, kwnames);
}

static PyObject *
method_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *function, *logger, *scope, *mould;
    if (!PyArg_ParseTuple(args, "OOOO:Method", &function, &logger, &scope, &mould))
        return NULL;
    if (take_shape(&logger_shape, logger, logger_slots) < 0 ||
        take_shape(&scope_shape, scope, scope_slots) < 0 ||
        take_shape(&mould_shape, mould, mould_slots) < 0)
        return NULL;
    Method *self = (Method *)type->tp_alloc(type, 0);
    if (self) {
        self->vectorcall = method_call;
        self->function = Py_NewRef(function);
    }
    return (PyObject *)self;
}

static int
method_traverse(Method *self, visitproc visit, void *arg)
{
    Py_VISIT(self->function);
    Py_VISIT(self->kept.parts);
    Py_VISIT(self->kept.hit);
    Py_VISIT(self->kept.turn);
    for (int i = 0; i < NEAR; i++) {
        Py_VISIT(self->near[i].mould);
        Py_VISIT(self->near[i].number);
        Py_VISIT(self->near[i].tick);
    }
    return 0;
}

/* Exchange the parts, and the moulds with them; the reference is used up. */
static void
rearm(Method *self, PyObject *parts)
{
    Near old[NEAR];
    memcpy(old, self->near, sizeof(old));
    memset(self->near, 0, sizeof(old));
    keep(&self->kept, parts);
    for (int i = 0; i < NEAR; i++) {
        Py_XDECREF(old[i].mould);
        Py_XDECREF(old[i].number);
        Py_XDECREF(old[i].tick);
    }
}

static int
method_clear(Method *self)
{
    rearm(self, NULL);
    return 0;
}

/* Tell whether an object is `Parts` with as many of its own. */
static int
are_parts(PyObject *parts, Py_ssize_t own)
{
    return PyTuple_Check(parts) && PyTuple_GET_SIZE(parts) == PARTS &&
           PyTuple_Check(PART(OWN)) && PyTuple_GET_SIZE(PART(OWN)) == own;
}

static PyObject *
method_arm(Method *self, PyObject *parts)
{
    if (parts != Py_None && !(PyTuple_Check(parts) && !PyTuple_GET_SIZE(parts)) &&
        !are_parts(parts, CALL_PARTS)) {
        PyErr_SetString(PyExc_TypeError, "None, () or Parts were expected");
        return NULL;
    }
    rearm(self, parts == Py_None ? NULL : Py_NewRef(parts));
    Py_RETURN_NONE;
}

static void
method_dealloc(Method *self)
{
    PyObject_GC_UnTrack(self);
    method_clear(self);
    Py_XDECREF(self->function);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyObject *
method_get(PyObject *self, PyObject *object, PyObject *type)
{
    return object && object != Py_None ? PyMethod_New(self, object) : Py_NewRef(self);
}

/* An attribute of what has a twin: name, text, signature and the like are the twin's. */
static PyObject *
twin_s(PyObject *function, PyObject *self, PyObject *name)
{
    if (PyUnicode_CompareWithASCIIString(name, "__wrapped__") == 0)
        return Py_NewRef(function);
    if (PyUnicode_CompareWithASCIIString(name, "__doc__") != 0) {
        PyObject *found = PyObject_GenericGetAttr(self, name);
        if (found || !PyErr_ExceptionMatches(PyExc_AttributeError))
            return found;
        PyErr_Clear();
    }
    return PyObject_GetAttr(function, name);
}

static PyObject *
method_getattr(Method *self, PyObject *name)
{
    return twin_s(self->function, (PyObject *)self, name);
}

static PyMethodDef method_methods[] = {
    {"arm", (PyCFunction)method_arm, METH_O, "Take calls with `Parts`; none with (); leave all."},
    {NULL},
};

static PyTypeObject Method_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "anivault_loguru._speedups.Method",
    .tp_doc = "A method of the logger: logs as its twin does, which it asks for all but plain calls.",
    .tp_basicsize = sizeof(Method),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
                Py_TPFLAGS_METHOD_DESCRIPTOR,
    .tp_new = method_new,
    .tp_dealloc = (destructor)method_dealloc,
    .tp_traverse = (traverseproc)method_traverse,
    .tp_clear = (inquiry)method_clear,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Method, vectorcall),
    .tp_descr_get = method_get,
    .tp_getattro = (getattrofunc)method_getattr,
    .tp_methods = method_methods,
};

/* -------------------------------------------------------------------------------------- Filter */

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *function;   /* the twin */
    PyObject *board;      /* has the parts */
    PyObject *failed;     /* is told of errors */
    Kept kept;
} Filter;

/* Take an attribute of what stands in a record; NULL if it is missing or has another type. */
static PyObject *
attribute(PyObject *record, PyObject *key, PyObject *name, PyTypeObject *type)
{
    PyObject *object = PyDict_GetItemWithError(record, key), *value = NULL;
    if (object) {
        Py_INCREF(object);
        value = PyObject_GetAttr(object, name);
        Py_DECREF(object);
    }
    if (value && !Py_IS_TYPE(value, type))
        Py_CLEAR(value);
    else if (!value && PyErr_ExceptionMatches(PyExc_AttributeError))
        PyErr_Clear();
    return value;
}

static PyObject *
item(PyObject *record, PyObject *key, PyTypeObject *type)
{
    PyObject *value = PyDict_GetItemWithError(record, key);
    return value && Py_IS_TYPE(value, type) ? value : NULL;
}

/* Take a name out of the fields: 1, or 0 if it is no text. */
static int
take_name(PyObject *fields, PyObject *key, PyObject *otherwise, PyObject **found)
{
    PyObject *value = PyDict_GetItemWithError(fields, key);
    if (value && !(PyUnicode_CheckExact(value) && PyUnicode_GET_LENGTH(value)))
        return 0;
    *found = Py_NewRef(value ? value : otherwise);
    return value ? PyDict_DelItem(fields, key) == 0 : 1;
}

/* Take request, trace and span id out of the fields, as JSON. 1, or 0 for the twin, or -1. */
static int
take_ids(PyObject *parts, PyObject *fields, PyObject **ids, long *there)
{
    PyObject *found[3], *const names[] = {str_request_id, str_trace_id, str_span_id};
    Py_ssize_t count = 0;
    int result = 1;
    for (int i = 0; result > 0 && i < 3; i++) {
        PyObject *value = PyDict_GetItemWithError(fields, names[i]);
        if (!value)
            continue;
        if (!PyUnicode_CheckExact(value)) {
            result = 0;
            break;
        }
        PyObject *json = PyDict_GetItemWithError(OWN_PART(IDS), value);
        json = json ? Py_NewRef(json) : PyObject_CallOneArg(OWN_PART(ID_OF), value);
        if (!json || json == Py_None || PyDict_DelItem(fields, names[i]) < 0) {
            result = json == Py_None ? 0 : -1;
            Py_XDECREF(json);
            break;
        }
        found[count++] = json;
        *there |= 1L << i;
    }
    if (result > 0 && !(*ids = PyTuple_New(count)))
        result = -1;
    while (count--) {
        if (result > 0)
            PyTuple_SET_ITEM(*ids, count, found[count]);
        else
            Py_DECREF(found[count]);
    }
    return result;
}

/* Find the mould for a record, and take apart what it holds. 1, 0 for the twin, or -1. */
static int
find_record_mould(PyObject *parts, Call *call, PyObject *record, PyObject **ids, PyObject **thread)
{
    enum { LEVEL, LEVEL_NO, COMPONENT, EVENT, THERE, MODULE, FUNCTION, LINE, PROCESS, PLACE };
    int traced = is_traced(parts);
    if (traced)
        return traced < 0 ? -1 : 0;
    PyObject *key = PyTuple_New(PLACE);
    if (!key)
        return -1;
    PyObject_GC_UnTrack(key); /* nobody may find it half filled */
    PyObject *message = item(record, str_message, &PyUnicode_Type);
    PyObject *extra = item(record, str_extra, &PyDict_Type);
    PyObject *module = item(record, str_name, &PyUnicode_Type);
    PyObject *function = item(record, str_function, &PyUnicode_Type);
    PyObject *line = item(record, str_line, &PyLong_Type);
    if (!message || !extra || !module || !function || !line ||
        !item(record, str_exception, Py_TYPE(Py_None))) {
        Py_DECREF(key);
        return 0;
    }
    PyTuple_SET_ITEM(key, MODULE, Py_NewRef(module));
    PyTuple_SET_ITEM(key, FUNCTION, Py_NewRef(function));
    PyTuple_SET_ITEM(key, LINE, Py_NewRef(line));
    call->message = Py_NewRef(message);
    call->kwargs = PyDict_Copy(extra);

    PyObject *level_no = NULL, *level = NULL, *process = NULL, *component = NULL, *event = NULL;
    long there = 0;
    int result = 0, beyond = 0;
    /* From level ERROR up, what is said is counted, too. */
    if (call->kwargs && (level_no = attribute(record, str_level, str_no, &PyLong_Type)) &&
        (level = attribute(record, str_level, str_name, &PyUnicode_Type)) &&
        (process = attribute(record, str_process, str_id, &PyLong_Type)) &&
        (*thread = attribute(record, str_thread, str_name, &PyUnicode_Type)) &&
        PyLong_AsLongAndOverflow(level_no, &beyond) < 40 && !beyond &&
        take_name(call->kwargs, str_component, str_app, &component) &&
        take_name(call->kwargs, str_event, str_log, &event))
        result = take_ids(parts, call->kwargs, ids, &there);
    if (PyErr_Occurred())
        result = -1;
    PyObject *flags = result > 0 ? PyLong_FromLong(there) : NULL;
    PyTuple_SET_ITEM(key, LEVEL, level);
    PyTuple_SET_ITEM(key, LEVEL_NO, level_no);
    PyTuple_SET_ITEM(key, COMPONENT, component);
    PyTuple_SET_ITEM(key, EVENT, event);
    PyTuple_SET_ITEM(key, THERE, flags);
    PyTuple_SET_ITEM(key, PROCESS, process);
    if (flags) {
        PyObject *mould = PyDict_GetItemWithError(PART(MOULDS), key);
        if (mould)
            Py_INCREF(mould);
        else if (!PyErr_Occurred())
            mould = PyObject_CallOneArg(OWN_PART(MAKE), key);
        result = !mould ? -1 : HAS(mould_shape, mould);
        if (result > 0)
            call->mould = mould;
        else
            Py_XDECREF(mould);
    }
    Py_DECREF(key);
    return result;
}

/* Note in the record that it is written, for the other handlers; see `Extra`. */
static int
note_written(Filter *self, PyObject *parts, Call *call, PyObject *record, PyObject *entry)
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

/* Write a record. 1: done. 0: nothing was done, and the twin is to do it. -1: an error. */
static int
write_record(Filter *self, PyObject *parts, Call *call, PyObject *record)
{
    PyObject *ids = NULL, *thread = NULL, *moment = NULL, *entry = NULL;
    int result = find_record_mould(parts, call, record, &ids, &thread);
    if (result > 0) {
        PyObject *time = PyDict_GetItemWithError(record, str_time);
        moment = time ? PyObject_CallOneArg(OWN_PART(MICROS), time) : NULL;
        result = moment && PyLong_CheckExact(moment) ? 1 : PyErr_Occurred() ? -1 : 0;
    }
    if (result > 0) {
        call->moment = Py_NewRef(moment);
        call->text = PyObject_CallOneArg(PART(DUMPS), call->message);
        call->body = Py_NewRef(PART(UNFILLED));
        int fields = call->text ? encode_fields(parts, call, NULL) : -1;
        if (fields < 0 ||
            look_at(&self->kept, parts, call, call->text, fields ? call->body : NULL) < 0 ||
            pour(&self->kept, parts, call, ids, thread) < 0) {
            result = -1;
            if (PyErr_ExceptionMatches(PART(UNENCODED))) {
                PyObject *error = caught();
                PyObject *answer = PyObject_CallOneArg(OWN_PART(LET_THROUGH), error);
                result = answer ? 0 : -1;
                Py_XDECREF(answer);
                Py_DECREF(error);
            }
        }
    }
    Py_XDECREF(moment);
    Py_XDECREF(thread);
    Py_XDECREF(ids);
    if (result <= 0)
        return result;
    if (!(entry = entry_of(parts, call)) || note_written(self, parts, call, record, entry) < 0 ||
        deliver(parts, call) < 0 || count(parts, call) < 0)
        result = -1;
    else if (PART(NOTICED) != Py_None) {
        PyObject *answer = PyObject_CallNoArgs(PART(NOTICED));
        Py_XDECREF(answer);
        result = answer ? 1 : -1;
    }
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

static PyTypeObject Filter_Type = {
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

/* ----------------------------------------------------------------------------------- Increment */

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *function;   /* the twin */
    PyObject *counters;
} Increment;

/* Add one to a counter that is there, without labels; the twin does all else. */
static PyObject *
increment_call(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Increment *self = (Increment *)callable;
    if (PyVectorcall_NARGS(nargsf) == 1 && !kwnames && PyUnicode_CheckExact(args[0])) {
        PyObject *counter = PyDict_GetItemWithError(self->counters, args[0]);
        if (HAS(counter_shape, counter) && AT(counter, counter_shape.at[N_TICK])) {
            PyObject *tick = Py_NewRef(AT(counter, counter_shape.at[N_TICK]));
            PyObject *ticked = PyObject_CallNoArgs(tick);
            Py_DECREF(tick);
            if (!ticked)
                return NULL;
            Py_DECREF(ticked);
            Py_RETURN_NONE;
        }
        if (!counter && PyErr_Occurred())
            return NULL;
    }
    return PyObject_Vectorcall(self->function, args, nargsf, kwnames);
}

static PyObject *
increment_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *function, *counters, *counter;
    if (!PyArg_ParseTuple(args, "OO!O:Increment", &function, &PyDict_Type, &counters, &counter) ||
        take_shape(&counter_shape, counter, counter_slots) < 0)
        return NULL;
    Increment *self = (Increment *)type->tp_alloc(type, 0);
    if (self) {
        self->vectorcall = increment_call;
        self->function = Py_NewRef(function);
        self->counters = Py_NewRef(counters);
    }
    return (PyObject *)self;
}

static int
increment_traverse(Increment *self, visitproc visit, void *arg)
{
    Py_VISIT(self->function);
    Py_VISIT(self->counters);
    return 0;
}

static void
increment_dealloc(Increment *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(self->function);
    Py_XDECREF(self->counters);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyObject *
increment_getattr(Increment *self, PyObject *name)
{
    return twin_s(self->function, (PyObject *)self, name);
}

static PyTypeObject Increment_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "anivault_loguru._speedups.Increment",
    .tp_doc = "Adds to a counter as its twin does, which it asks for all but ones without labels.",
    .tp_basicsize = sizeof(Increment),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_new = increment_new,
    .tp_dealloc = (destructor)increment_dealloc,
    .tp_traverse = (traverseproc)increment_traverse,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Increment, vectorcall),
    .tp_getattro = (getattrofunc)increment_getattr,
};

/* --------------------------------------------------------------------------------------- Table */

typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *function;   /* the twin */
    PyObject *apart;      /* a set: names that are the twin's; bytes: see `parted` */
    PyObject *dumps, *simpler, *options;
} Table;

/* The end of a JSON text that is well formed up to there: of a string, or of a value, before what
   follows it in its object. */
static const char *
after_string(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        at += *at == '\\';
    return at + 1;
}

static const char *
after_value(const char *at, const char *end)
{
    for (Py_ssize_t depth = 0; at < end; at++) {
        while (at < end && *at == '"')
            at = after_string(at, end);
        if (at >= end || (!depth && (*at == ',' || *at == '}')))
            break;
        depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
    }
    return at;
}

static int
is_single(PyObject *value)
{
    return PyUnicode_CheckExact(value) || PyLong_CheckExact(value) || PyFloat_CheckExact(value) ||
           PyBool_Check(value) || value == Py_None;
}

/* Tell whether a value that is encoded like this is so, too, after the twin has made it plain. */
static int
is_plain(PyObject *value, char first)
{
    if (first != '{' && first != '[')
        return is_single(value) ||
               (first == '"' && strcmp(Py_TYPE(value)->tp_name, "orjson.Fragment") != 0);
    Py_ssize_t count = PyTuple_CheckExact(value) ? PyTuple_GET_SIZE(value) : 0;
    for (Py_ssize_t i = 0; i < count; i++)
        if (!is_single(PyTuple_GET_ITEM(value, i)))
            return 0;
    return PyTuple_CheckExact(value) || PyList_CheckExact(value) || PyDict_CheckExact(value);
}

#define APART 32 /* members */

/* Put the members of an object that are arrays or objects behind it, into one of their own, which
   begins with `apart`. NULL without an error for the twin: for odd values, for very many, and where
   what was encoded is not what is there. */
static PyObject *
parted(PyObject *found, PyObject *fields, PyObject *apart)
{
    struct { const char *at; size_t size; } others[APART];
    const char *at = PyBytes_AS_STRING(found) + 1, *end = at + PyBytes_GET_SIZE(found) - 1;
    Py_ssize_t key_size = PyBytes_GET_SIZE(apart), next = 0, count = 0;
    PyObject *poured = PyBytes_FromStringAndSize(NULL, PyBytes_GET_SIZE(found) + key_size + 1);
    PyObject *key, *value;
    if (!poured)
        return NULL;
    char *to = PyBytes_AS_STRING(poured);
    *to++ = '{';
    while (PyDict_Next(fields, &next, &key, &value)) {
        const char *begin = at;
        at = after_string(at, end);
        if (at + 1 >= end || *begin != '"' || *at != ':')
            goto other;
        char first = *++at;
        at = after_value(at, end);
        if (at >= end || !is_plain(value, first))
            goto other;
        size_t size = (size_t)(++at - begin); /* with what follows it */
        if (first != '{' && first != '[') {
            memcpy(to, begin, size);
            to += size;
            to[-1] = ',';
        }
        else if (count < APART) {
            others[count].at = begin;
            others[count++].size = size;
        }
        else
            goto other;
    }
    if (at != end)
        goto other;
    if (!count) {
        Py_DECREF(poured);
        return Py_NewRef(found);
    }
    to -= to[-1] == ',';
    *to++ = '}';
    memcpy(to, PyBytes_AS_STRING(apart), (size_t)key_size);
    to += key_size;
    for (Py_ssize_t i = 0; i < count; i++) {
        memcpy(to, others[i].at, others[i].size);
        to += others[i].size;
        to[-1] = i + 1 < count ? ',' : '}';
    }
    _PyBytes_Resize(&poured, to - PyBytes_AS_STRING(poured));
    return poured;
other:
    Py_DECREF(poured);
    return NULL;
}

/* Tell whether fields are ones that are the twin's: 1, 0 or -1. `*flat` if each is a single value. */
static int
are_twin_s(Table *self, PyObject *fields, int *flat)
{
    PyObject *key, *value;
    Py_ssize_t next = 0;
    *flat = 1;
    if (!PyDict_CheckExact(fields))
        return 1;
    while (PyDict_Next(fields, &next, &key, &value)) {
        if (!PyUnicode_CheckExact(key))
            return 1; /* what is compared and hashed by code of the application's */
        if (PyBytes_Check(self->apart))
            *flat &= is_single(value);
        else {
            int taken = PySet_Contains(self->apart, key);
            if (taken)
                return taken;
        }
    }
    return 0;
}

static PyObject *
table_call(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Table *self = (Table *)callable;
    int flat, twin_s = PyVectorcall_NARGS(nargsf) == 1 && !kwnames
                           ? are_twin_s(self, args[0], &flat) : 1;
    if (twin_s < 0)
        return NULL;
    if (!twin_s) {
        PyObject *of[] = {args[0], self->simpler, self->options}, *poured = NULL;
        PyObject *found = plain_json(args[0]);
        if (!found && !PyErr_Occurred())
            found = PyObject_Vectorcall(self->dumps, of, 3, NULL);
        if (!found)
            return NULL;
        /* Bytes of one are Python's own, and not to be written to. */
        if (PyBytes_CheckExact(found) && PyBytes_GET_SIZE(found) > 2) {
            if (PyBytes_Check(self->apart))
                poured = flat || !nested(PyBytes_AS_STRING(found) + 1, PyBytes_GET_SIZE(found) - 1)
                             ? Py_NewRef(found)
                             : parted(found, args[0], self->apart);
            else if ((poured = PyBytes_FromStringAndSize(PyBytes_AS_STRING(found),
                                                         PyBytes_GET_SIZE(found) - 1)))
                *PyBytes_AS_STRING(poured) = ',';
        }
        Py_DECREF(found);
        if (poured || PyErr_Occurred())
            return poured;
    }
    return PyObject_Vectorcall(self->function, args, nargsf, kwnames);
}

static PyObject *
table_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *function, *apart, *dumps, *simpler, *options;
    if (!PyArg_ParseTuple(args, "OOOOO:Table", &function, &apart, &dumps, &simpler, &options))
        return NULL;
    if (!PyFrozenSet_CheckExact(apart) && !PyBytes_CheckExact(apart)) {
        PyErr_SetString(PyExc_TypeError, "a set of names or a key was expected");
        return NULL;
    }
    Table *self = (Table *)type->tp_alloc(type, 0);
    if (self) {
        self->vectorcall = table_call;
        self->function = Py_NewRef(function);
        self->apart = Py_NewRef(apart);
        self->dumps = Py_NewRef(dumps);
        self->simpler = Py_NewRef(simpler);
        self->options = Py_NewRef(options);
    }
    return (PyObject *)self;
}

static int
table_traverse(Table *self, visitproc visit, void *arg)
{
    Py_VISIT(self->function);
    Py_VISIT(self->apart);
    Py_VISIT(self->dumps);
    Py_VISIT(self->simpler);
    return 0;
}

static void
table_dealloc(Table *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(self->function);
    Py_XDECREF(self->apart);
    Py_XDECREF(self->dumps);
    Py_XDECREF(self->simpler);
    Py_XDECREF(self->options);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyTypeObject Table_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "anivault_loguru._speedups.Table",
    .tp_doc = "Encodes fields for a schema's mould as its twin does, which it asks for odd ones.",
    .tp_basicsize = sizeof(Table),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_new = table_new,
    .tp_dealloc = (destructor)table_dealloc,
    .tp_traverse = (traverseproc)table_traverse,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Table, vectorcall),
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "anivault_loguru._speedups",
    .m_size = -1,
};

/* By these it is seen whether this was compiled of the sources that it is beside. */
static PyObject *
names_of_parts(void)
{
    static const char *const names[] = {
        EACH_PART(NAME_OF) EACH_CALL_PART(NAME_OF) EACH_RECORD_PART(NAME_OF)};
    const Py_ssize_t count = sizeof(names) / sizeof(*names);
    PyObject *found = PyTuple_New(count);
    for (Py_ssize_t i = 0; found && i < count; i++) {
        PyObject *name = PyUnicode_FromString(names[i]);
        if (name)
            PyTuple_SET_ITEM(found, i, name);
        else
            Py_CLEAR(found);
    }
    return found;
}

PyMODINIT_FUNC
PyInit__speedups(void)
{
    static const struct { PyObject **at; const char *text; } names[] = {
        {&str_append, "append"},
        {&str_append_anew, "append_anew"},
        {&str_ready, "ready"},
        {&str_settle, "settle"},
        {&str_name, "name"},
        {&str_message, "message"},
        {&str_extra, "extra"},
        {&str_function, "function"},
        {&str_line, "line"},
        {&str_exception, "exception"},
        {&str_level, "level"},
        {&str_no, "no"},
        {&str_process, "process"},
        {&str_id, "id"},
        {&str_thread, "thread"},
        {&str_component, "component"},
        {&str_event, "event"},
        {&str_app, "app"},
        {&str_log, "log"},
        {&str_request_id, "request_id"},
        {&str_trace_id, "trace_id"},
        {&str_span_id, "span_id"},
        {&str_time, "time"},
        {&str_private_name, "_name"},
        {&str_dunder_name, "__name__"},
        {&str_dunder_self, "__self__"},
        {&str_kept_thread, "anivault_loguru.thread"},
        {&str_otel, "opentelemetry.trace"},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (!(*names[i].at = PyUnicode_InternFromString(names[i].text)))
            return NULL;
    static int told;
    if (!told && (told = 1, pthread_atfork(NULL, NULL, forked)) != 0)
        return PyErr_NoMemory();
    PyObject *wrapper = PyObject_GetAttrString(Py_None, "__repr__");
    if (!wrapper)
        return NULL;
    Py_XSETREF(method_wrapper, (PyTypeObject *)Py_NewRef(Py_TYPE(wrapper)));
    Py_DECREF(wrapper);
    if (take_builtin(&time_in_nanos) < 0 || take_builtin(&time_in_seconds) < 0 ||
        take_builtin(&ident_of_thread) < 0)
        return NULL;
    PyObject *made = PyModule_Create(&module), *parts = names_of_parts();
    if (made && (!parts || PyModule_AddObjectRef(made, "PARTS", parts) < 0))
        Py_CLEAR(made);
    Py_XDECREF(parts);
    if (made && (PyModule_AddType(made, &Append_Type) < 0 ||
                 PyModule_AddType(made, &Method_Type) < 0 ||
                 PyModule_AddType(made, &Filter_Type) < 0 ||
                 PyModule_AddType(made, &Among_Type) < 0 ||
                 PyModule_AddType(made, &Increment_Type) < 0 ||
                 PyModule_AddType(made, &Table_Type) < 0 ||
                 PyModule_AddType(made, &Clues_Type) < 0 ||
                 PyModule_AddType(made, &Sieve_Type) < 0 ||
                 PyModule_AddType(made, &Sum_Type) < 0))
        Py_CLEAR(made);
    return made;
}
