/* The names that attributes and keys are asked for by, as Python has them. */

#ifndef NAMES_H
#define NAMES_H

#include "base.h"

/* Where the variable is called otherwise than the name. */
#define EACH_OTHER_NAME(X)                                                                        \
    X(private_name, "_name") X(dunder_name, "__name__") X(dunder_self, "__self__")                \
    X(kept_thread, "anivault_loguru.thread") X(otel, "opentelemetry.trace")
#define EACH_NAME(X)                                                                              \
    X(append, "append") X(append_anew, "append_anew") X(ready, "ready") X(settle, "settle")       \
    X(name, "name") X(message, "message") X(extra, "extra") X(function, "function")               \
    X(line, "line") X(exception, "exception") X(level, "level") X(no, "no")                       \
    X(process, "process") X(id, "id") X(thread, "thread") X(component, "component")               \
    X(event, "event") X(app, "app") X(log, "log") X(request_id, "request_id")                     \
    X(trace_id, "trace_id") X(span_id, "span_id") X(time, "time") EACH_OTHER_NAME(X)

#define DECLARE(variable, text) extern PyObject *str_##variable;
EACH_NAME(DECLARE)
#undef DECLARE

/* Make them: 0, or -1. */
int make_names(void);

#endif
