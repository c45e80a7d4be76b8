"""What loguru's own sinks show of an exception besides its stack trace.

With `backtrace` they print the frames above the `try`, with `diagnose` what the names in each line
of code stand for.
"""

from __future__ import annotations

import inspect
import linecache
import traceback
from collections.abc import Iterator
from itertools import islice
from types import (
    BuiltinFunctionType,
    FrameType,
    FunctionType,
    MethodType,
    ModuleType,
    TracebackType,
)
from typing import Any

from .interruption import is_interruption
from .patterns import pattern

__all__ = ["shown_of"]

_MOST_ERRORS = 100  # as many as `stack.py` tells
_MOST_FRAMES = 3000
_MOST_VALUES = 3000
_LONG_LINE = 10_000
_LONG_VALUE = 10_000  # loguru prints 128 characters; a secret may begin in them and go on
_ITEMS = 200  # of a container: two characters each, they are more than loguru prints
_NAMES = pattern(r"[^\W\d]\w*(?:\s*\.\s*[^\W\d]\w*)*")
_DOT = pattern(r"\s*\.\s*")
_NAMED_IN_CODE = (BuiltinFunctionType, FunctionType, MethodType, ModuleType, type)
_EMPTY: tuple[object, ...] = ("", b"", [], (), {}, set(), frozenset())


def shown_of(
    error: BaseException | None, trace: TracebackType | None, *, values: bool
) -> list[str | dict[str, Any]]:
    """Return the lines of code that loguru may show, each with its place.

    Args:
        error: the exception; its causes, contexts and groups are followed.
        trace: its traceback.
        values: whether to add what the names in these lines stand for, one mapping for each.

    Raises:
        OverflowError: there are more than can be looked through.
        Exception: what code of the exception's own raises: loguru would meet that as well.
    """
    lines: dict[str, None] = {}
    found: dict[tuple[str, int], tuple[object, dict[str, Any]]] = {}
    for count, (frame, number) in enumerate(_frames(error, trace)):
        code = frame.f_code
        source = linecache.getline(code.co_filename, number).strip()
        if count > _MOST_FRAMES or len(source) > _LONG_LINE or len(found) > _MOST_VALUES:
            raise OverflowError
        lines[f'File "{code.co_filename}", line {number}, in {code.co_name}\n    {source}'] = None
        for name, value in _values(source, frame) if values else ():
            if (name, id(value)) not in found:
                # With the value itself, for no other can have its id then.
                found[name, id(value)] = value, _member(name, value)
    return [*lines, *(member for _, member in found.values())]


def _frames(
    error: BaseException | None, trace: TracebackType | None
) -> Iterator[tuple[FrameType, int]]:
    above = trace.tb_frame.f_back if trace is not None else None
    while above is not None:
        yield above, above.f_lineno or 0
        above = above.f_back
    rest = [(error, trace)]
    seen: set[int] = set()
    while rest:
        error, trace = rest.pop()
        while trace is not None:
            yield trace.tb_frame, trace.tb_lineno or 0
            trace = trace.tb_next
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        if len(seen) > _MOST_ERRORS:
            raise OverflowError
        traceback.format_exception_only(type(error), error)
        group = getattr(error, "exceptions", ())
        inner = (error.__cause__, error.__context__, *(group if type(group) is tuple else ()))
        rest += [
            (other, other.__traceback__) for other in inner if isinstance(other, BaseException)
        ]


def _values(source: str, frame: FrameType) -> Iterator[tuple[str, object]]:
    """Give what the names in a line of code stand for: variables, and attributes without a call."""
    local, everywhere = frame.f_locals, frame.f_globals
    for chain in _NAMES.findall(source):
        name, *attributes = _DOT.split(chain)
        if name not in local and name not in everywhere:
            continue
        value = local[name] if name in local else everywhere[name]
        yield name, value
        for attribute in attributes:
            try:
                value = inspect.getattr_static(value, attribute)
            except AttributeError:
                break
            yield attribute, value


def _member(name: str, value: Any) -> dict[str, Any]:
    if value is None or value is True or value is False:
        return {name: value}
    kind = type(value)
    if isinstance(value, _NAMED_IN_CODE) or any(kind is type(e) and value == e for e in _EMPTY):
        name = ""  # nothing is secret for the sake of its name
    if kind in (str, bytes, list, tuple):
        value = value[:_LONG_VALUE] if kind in (str, bytes) else value[:_ITEMS]
    elif kind is dict:
        value = dict(islice(value.items(), _ITEMS))
    elif kind in (set, frozenset):
        value = list(islice(value, _ITEMS))
    if kind is str or hasattr(kind, "model_fields") or hasattr(kind, "get_secret_value"):
        return {name: value}  # what a secret of pydantic's holds is known once it is encoded
    try:
        return {name: repr(value)[:_LONG_VALUE]}
    except Exception as error:
        if is_interruption(error):
            raise
        return {"": f"<unprintable {kind.__name__} object>"}
