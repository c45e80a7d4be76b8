#include "loguru.h"

#include "names.h"

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

PyObject *
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

int
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
