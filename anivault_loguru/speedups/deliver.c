#include "record.h"

#include "append.h"
#include "names.h"
#include "sum.h"

PyObject *
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
hand_to_all(PyObject *parts, Call *call)
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

int
deliver(PyObject *parts, Call *call)
{
    if (hand_to_all(parts, call) < 0 || count(parts, call) < 0)
        return -1;
    if (PART(NOTICED) == Py_None)
        return 0;
    PyObject *answer = PyObject_CallNoArgs(PART(NOTICED));
    Py_XDECREF(answer);
    return answer ? 0 : -1;
}
