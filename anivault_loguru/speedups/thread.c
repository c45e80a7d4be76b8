#include "thread.h"

#include "builtin.h"
#include "names.h"
#include "parts.h"

static Builtin ident_of_thread = {.module = "_thread", .name = "get_ident"};

int
prepare_threads(void)
{
    return take_builtin(&ident_of_thread);
}

PyObject *
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

PyObject *
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
