"""Exceptions as text: type, message and stack trace, never the values of variables.

Causes, contexts, groups and notes stand in the stack trace as Python prints them. A stack deeper
than 200 frames, as a recursion error has, shows its first and last hundred and says how many it
left out.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from itertools import groupby
from types import CodeType, TracebackType
from typing import Any

from .plain import text_of

__all__ = ["exception_of"]

_ENDS = 100
_CHAIN = 100
_REPEATED = 3  # as in Python's own traceback module
_MOST = 2048


def exception_of(
    kind: type[BaseException] | None,
    value: BaseException | None,
    trace: TracebackType | None,
) -> dict[str, str] | None:
    """Return `type`, `message` and `stacktrace` of an exception; None for none. Never raises."""
    if kind is None:
        return None
    try:
        name = text_of(getattr(kind, "__name__", kind))
    except Exception:  # a metaclass can make even that fail
        name = "Exception"
    try:
        stack = "".join(_told(kind, value, trace))
    except Exception as error:
        stack = f"{name}: the stack trace could not be formatted ({type(error).__name__})\n"
    return {"type": name, "message": text_of(value), "stacktrace": stack}


def _told(
    kind: type[BaseException], value: BaseException | None, trace: TracebackType | None
) -> Iterator[str]:
    told = traceback.TracebackException(
        kind,
        value,  # type: ignore[arg-type]  # None is fine there
        trace,
        limit=0,  # the frames are told here, in `_Stack`
        compact=True,
    )
    _complete(told, value, trace, [])
    return told.format()


def _complete(
    told: traceback.TracebackException,
    value: BaseException | None,
    trace: TracebackType | None,
    seen: list[traceback.TracebackException],
) -> None:
    """Give every exception of the chain its stack."""
    if any(told is other for other in seen) or len(seen) >= _CHAIN:
        return
    seen.append(told)
    if trace is not None:
        told.stack = _Stack(trace)
    if value is None:
        return
    inner = [(told.__cause__, value.__cause__), (told.__context__, value.__context__)]
    inner += zip(
        getattr(told, "exceptions", None) or [], getattr(value, "exceptions", ()), strict=False
    )
    for told_inner, value_inner in inner:
        if told_inner is not None and value_inner is not None:
            _complete(told_inner, value_inner, value_inner.__traceback__, seen)


class _Stack(traceback.StackSummary):
    """A stack that tells its frames from memory, and of a deep one the ends."""

    def __init__(self, trace: TracebackType | None) -> None:
        super().__init__()
        while trace is not None:
            self.append(trace)  # type: ignore[arg-type]
            trace = trace.tb_next

    def format(self, **kwargs: Any) -> list[str]:
        traces: list[Any] = list(self)
        left_out = len(traces) - 2 * _ENDS
        if left_out <= 0:
            return _texts(traces)
        left_out_text = f"  [{left_out} frames left out]\n"
        return [*_texts(traces[:_ENDS]), left_out_text, *_texts(traces[-_ENDS:])]


def _texts(traces: list[TracebackType]) -> list[str]:
    """Tell frames as Python does: of a line that comes again and again the first three."""
    texts: list[str] = []
    for _, group in groupby(traces, lambda trace: (trace.tb_frame.f_code, trace.tb_lineno)):
        same = list(group)
        texts += map(_text, same[:_REPEATED])
        more = len(same) - _REPEATED
        if more > 0:
            texts.append(f"  [Previous line repeated {more} more time{'s' * (more > 1)}]\n")
    return texts


# What a frame says depends on its code and place alone: to find the source line, and what in it to
# underline, costs a hundred times as much as to know it.
_known: dict[int, tuple[CodeType, str]] = {}


def _text(trace: TracebackType) -> str:
    code = trace.tb_frame.f_code
    # While we hold the code, no other can have its address.
    place = id(code) + trace.tb_lasti
    known = _known.get(place)
    if known is not None and known[0] is code:
        return known[1]
    text = "".join(traceback.extract_tb(trace, limit=1).format())
    if len(_known) >= _MOST:
        _known.clear()
    _known[place] = code, text
    return text
