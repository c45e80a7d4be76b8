#include "method.h"

#include <frameobject.h>

#include "builtin.h"
#include "json.h"
#include "names.h"
#include "thread.h"

enum { G_EXPRESS, G_SCOPE };
enum { S_KIND, S_IDS, S_FIELDS, S_BASE, S_AROUND, S_OWNER, S_DEPTH, S_NAMED };

static Shape logger_shape, scope_shape;
static const char *const logger_slots[] = {"_express", "_scope", NULL};
static const char *const scope_slots[] = {
    "kind", "ids", "fields", "base", "around", "owner", "depth", "named", NULL};
static Builtin time_in_nanos = {.module = "time", .name = "time_ns"};

int
prepare_calls(void)
{
    return prepare_threads() < 0 ? -1 : take_builtin(&time_in_nanos);
}

int
take_call_shapes(PyObject *logger, PyObject *scope, PyObject *mould)
{
    if (take_shape(&logger_shape, logger, logger_slots) < 0 ||
        take_shape(&scope_shape, scope, scope_slots) < 0)
        return -1;
    return take_mould(mould);
}

#define SCOPE(slot) AT(call->scope, scope_shape.at[slot])

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
    PyObject *thread = own_thread(parts);
    int poured = thread ? pour(kept, parts, call, SCOPE(S_IDS), thread) : -1;
    Py_XDECREF(thread);
    return poured;
}

/* Set an error again, as it was; the reference is used up. */
static void
again(PyObject *error)
{
    PyErr_Restore(Py_NewRef(Py_TYPE(error)), error, PyException_GetTraceback(error));
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
    if (begin(&self->kept, parts, call) < 0)
        return -1;
    if (encode(&self->kept, parts, call, args, nargs) == 0) {
        if (deliver(parts, call) < 0)
            return -1;
    }
    else if (!PyErr_ExceptionMatches(PART(UNENCODED)) || entire(parts, call) < 0)
        return -1;
    if (call->begun != 0.0) {
        PyObject *begun = PyFloat_FromDouble(call->begun);
        PyObject *answer = begun ? PyObject_CallOneArg(OWN_PART(END), begun) : NULL;
        Py_XDECREF(begun);
        if (!answer)
            return -1;
        Py_DECREF(answer);
    }
    return 1;
}

int
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
