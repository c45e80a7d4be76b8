#include "names.h"

#define DEFINE(variable, text) PyObject *str_##variable;
EACH_NAME(DEFINE)

int
make_names(void)
{
#define PLACE(variable, text) {&str_##variable, text},
    static const struct { PyObject **at; const char *text; } names[] = {EACH_NAME(PLACE)};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        if (!(*names[i].at = PyUnicode_InternFromString(names[i].text)))
            return -1;
    return 0;
}
