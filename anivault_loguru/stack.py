"""Exceptions as text: type, message and stack trace, never the values of variables.

Causes, contexts, groups and notes stand in the stack trace as Python prints them. A stack deeper
than 200 frames, as a recursion error has, shows its first and last hundred and says how many it
left out.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from .plain import text_of

__all__ = ["exception_of"]

_ENDS = 100
_CHAIN = 100


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
    # The limit is negative to keep the last frames, where it happened.
    told = traceback.TracebackException(
        kind,
        value,  # type: ignore[arg-type]  # None is fine there
        trace,
        limit=-_ENDS,
        compact=True,
    )
    if value is not None:
        _complete(told, value, trace, [])
    return told.format()


class _Ends(traceback.StackSummary):
    """A stack whose middle was left out."""

    first: traceback.StackSummary
    left_out: int

    def format(self, **kwargs: Any) -> list[str]:
        return [
            *self.first.format(**kwargs),
            f"  [{self.left_out} frames left out]\n",
            *super().format(**kwargs),
        ]


def _complete(
    told: traceback.TracebackException,
    value: BaseException,
    trace: TracebackType | None,
    seen: list[traceback.TracebackException],
) -> None:
    """Give every stack of the chain that was cut its first frames, and the count of the rest."""
    if any(told is other for other in seen) or len(seen) >= _CHAIN:
        return
    seen.append(told)
    depth = sum(1 for _ in traceback.walk_tb(trace))
    if depth > 2 * _ENDS:
        ends = _Ends(told.stack)
        ends.first = traceback.extract_tb(trace, limit=_ENDS)
        ends.left_out = depth - 2 * _ENDS
        told.stack = ends
    elif depth > _ENDS:
        told.stack = traceback.extract_tb(trace)
    inner = [(told.__cause__, value.__cause__), (told.__context__, value.__context__)]
    inner += zip(
        getattr(told, "exceptions", None) or [], getattr(value, "exceptions", ()), strict=False
    )
    for told_inner, value_inner in inner:
        if told_inner is not None and value_inner is not None:
            _complete(told_inner, value_inner, value_inner.__traceback__, seen)
