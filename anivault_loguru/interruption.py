"""What is no failure of ours, whatever we were doing when it came: Ctrl-C, a timeout."""

from __future__ import annotations

import functools
import signal
from types import CodeType

__all__ = ["is_interruption"]


def is_interruption(error: BaseException) -> bool:
    """Tell whether the application interrupts us: no failure of ours, but to be let through.

    That is what is no `Exception` (KeyboardInterrupt), and whatever one of its signal handlers
    raised, such as a timeout: its traceback then leads through the handler.
    """
    if not isinstance(error, Exception):
        return True
    trace = error.__traceback__
    if trace is None:
        return False
    handlers = {_code_of(signal.getsignal(number)) for number in signal.valid_signals()} - {None}
    while trace is not None:
        if trace.tb_frame.f_code in handlers:
            return True
        trace = trace.tb_next
    return False


def _code_of(handler: object) -> CodeType | None:
    while isinstance(handler, functools.partial):
        handler = handler.func
    for callable_ in (handler, type(handler).__call__ if callable(handler) else None):
        code = getattr(getattr(callable_, "__func__", callable_), "__code__", None)
        if isinstance(code, CodeType):
            return code
    return None
