"""What loguru says on stderr about a sink that failed: masked, and about that failure alone.

A sink that fails while an exception is handled fails in the context of it, and Python prints both.
"""

from __future__ import annotations

import sys
import traceback
from types import FrameType

from .faults import faults, is_interruption

__all__ = ["report"]

_CHAIN = 100


def report(handler_id: int, record: object, error: BaseException | None) -> None:
    """Tell what loguru tells, in its words. Never raises.

    Args:
        handler_id: the handler whose sink failed.
        record: what it was to write; None if that is not known.
        error: how it failed.
    """
    try:
        text = (
            f"--- Logging error in Loguru Handler #{handler_id} ---\n"
            f"Record was: {_shown(record)}\n"
            f"{_told(error)}"
            "--- End of logging error ---\n"
        )
        if sys.stderr:
            sys.stderr.write(faults.mask(text))
    except Exception as failure:
        if is_interruption(failure):
            raise
        faults.say("loguru", f"the sink of handler {handler_id} failed", type(error).__name__)


def _shown(record: object) -> str:
    try:
        return str(record)
    except Exception as error:
        if is_interruption(error):
            raise
        return "/!\\ Unprintable record /!\\"


def _told(error: BaseException | None) -> str:
    if error is None:
        return ""
    told = traceback.TracebackException(type(error), error, error.__traceback__)
    _forget_contexts(told, error, _frames(), [])
    return "".join(told.format())


def _frames() -> set[FrameType]:
    frames = set()
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        frames.add(frame)
        frame = frame.f_back
    return frames


def _forget_contexts(
    told: traceback.TracebackException,
    error: BaseException,
    frames: set[FrameType],
    seen: list[BaseException],
) -> None:
    """Leave out each exception that is being handled, in one of `frames`, while the sink runs."""
    if len(seen) >= _CHAIN or any(error is other for other in seen):
        told.__context__ = told.__cause__ = None
        return
    seen.append(error)
    context, cause = error.__context__, error.__cause__
    if told.__context__ is not None and context is not None:
        trace = context.__traceback__
        if trace is None or trace.tb_frame in frames:
            told.__context__ = None
        else:
            _forget_contexts(told.__context__, context, frames, seen)
    if told.__cause__ is not None and cause is not None:
        _forget_contexts(told.__cause__, cause, frames, seen)
