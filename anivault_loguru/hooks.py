"""The hooks the interpreter calls for warnings and for exceptions that nobody caught.

Each logs one record with the function and line it is about, not those of the hook. What stood
before is called too where it is somebody's own, and stands again after `Hook.undo`, unless it was
replaced in between. A hook that cannot be taken out any more, because somebody chained to it, turns
transparent.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from types import FrameType, ModuleType, TracebackType
from typing import Any, NamedTuple

from ._core import context, core
from ._express import logger
from .faults import faults, is_interruption
from .lanes import lane
from .message import fill_named
from .plain import text_of
from .short import short
from .tally import tally

__all__ = ["Hook", "Origin", "install_hooks", "log_from", "message_of", "raised"]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = datetime.resolution
Raised = tuple[type[BaseException], BaseException, "TracebackType | None"]


def install_hooks(*, console: bool, shown: Callable[[], int] | None = None) -> list[Hook]:
    """Replace the hooks for warnings and uncaught exceptions by ones that log.

    Args:
        console: our console shows these records, masked. The interpreter's own hook for
            exceptions, which would print them once more as they are, is then left out.
        shown: how many records the console has shown so far: one that it did not show, for its
            level or because it was removed, is left to the interpreter's hook. None: it shows all.
    """
    hooks = [
        Hook(sys, "excepthook", _report_uncaught, quiet=console, shown=shown),
        Hook(threading, "excepthook", _report_thread, quiet=console, shown=shown),
        Hook(sys, "unraisablehook", _report_unraisable, quiet=console, shown=shown),
    ]
    # After logging.captureWarnings(True) they come as records of "py.warnings" anyway.
    if warnings.showwarning is not getattr(logging, "_showwarning", None):
        hooks.append(Hook(warnings, "showwarning", _report_warning, quiet=True))
    return hooks


class Hook:
    """A replaced hook: itself the callable that stands in its place, and the way back.

    Args:
        owner: the module whose attribute `name` is the hook.
        report: logs what the hook is called with; true when the interpreter's own hook would only
            say the same.
        quiet: leave the interpreter's own hook out then. Anyone else's is always called.
    """

    def __init__(
        self,
        owner: ModuleType,
        name: str,
        report: Callable[..., bool],
        *,
        quiet: bool,
        shown: Callable[[], int] | None = None,
    ) -> None:
        self._owner = owner
        self._name = name
        self._report = report
        self._previous: Callable[..., object] = getattr(owner, name)
        self._redundant = quiet and _is_interpreters_own(owner, name, self._previous)
        self._shown = shown
        self._live = True
        setattr(owner, name, self)

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        said = False
        if self._live:
            try:
                before = self._shown() if self._shown else -1
                said = self._report(*args, **kwargs)
                said = said and before != (self._shown() if self._shown else 0)
            except Exception as error:
                if is_interruption(error):
                    raise
                faults.lost(self._name, error)
        if not (said and self._redundant):
            self._previous(*args, **kwargs)

    def undo(self) -> None:
        """Put back what stood before, if this hook still stands; report nothing from now on."""
        self._live = False
        if getattr(self._owner, self._name) is self:
            setattr(self._owner, self._name, self._previous)


def _is_interpreters_own(owner: ModuleType, name: str, hook: object) -> bool:
    if any(hook is getattr(owner, own, None) for own in (f"__{name}__", f"_{name}_orig")):
        return True
    # On Python 3.10 loguru imports this backport, which puts a printing hook of its own there.
    return getattr(hook, "__module__", None) == "exceptiongroup._formatting"


class Origin(NamedTuple):
    """Where a record comes from."""

    name: str
    function: str = ""
    line: int = 0
    path: str = ""
    thread: tuple[int, str] | None = None
    created: float | None = None

    def write(self, record: Any) -> None:
        """Write that into a loguru record, as a patcher."""
        record["name"] = self.name
        record["function"] = self.function
        record["line"] = self.line
        file_name = os.path.basename(self.path)
        record["module"] = os.path.splitext(file_name)[0]
        # The types of these three are private to loguru; the values at hand have them.
        record["file"] = type(record["file"])(file_name, self.path)
        if self.thread is not None:
            record["thread"] = type(record["thread"])(*self.thread)
        if self.created is not None:
            now = record["time"]
            record["time"] = type(now).fromtimestamp(self.created, now.tzinfo)

    def place(self) -> tuple[str, str, int, str]:
        """Return logger, function, line and thread."""
        thread = self.thread[1] if self.thread else threading.current_thread().name
        return self.name, self.function, self.line, thread

    def micros(self) -> int:
        """Return when it was made, or now, in microseconds since 1970 UTC."""
        if self.created is None:
            return time.time_ns() // 1000
        return (datetime.fromtimestamp(self.created, timezone.utc) - _EPOCH) // _MICROSECOND


def log_from(
    origin: Origin,
    level: str | int,
    message: str,
    *,
    extra: dict[str, object],
    exception: Raised | None = None,
    depth: int = 0,
) -> None:
    """Log `message` as it is, with no formatting and no markup, as if `origin` had.

    Args:
        depth: frames between this function and the one whose module `logger.disable` goes by.
    """
    if exception is None and _relayed(origin, level, message, extra, sys._getframe(depth)):
        return
    bound = logger.opt(depth=depth, exception=exception).bind(**extra)
    bound.patch(origin.write).log(level, message)


def _relayed(
    origin: Origin, level: str | int, message: str, extra: dict[str, object], frame: FrameType
) -> bool:
    """Write straight to the channels; False if loguru has to be asked."""
    known = core.levels_lookup.get(level)
    enabled = core.enabled.get(frame.f_globals.get("__name__"))
    to = lane()
    if to is None or known is None or known[2] >= to.ceiling or enabled is None:
        return False
    if enabled and known[2] >= core.min_level:
        begun = tally.begin()
        try:
            moment = origin.micros()
        except (OverflowError, ValueError):  # no time of this world
            return False
        whole = {**core.extra, **context.get(), **extra}
        to.write(known[1], known[2], moment, text_of(message), whole, origin.place())
        tally.end(begun)
    return True


def message_of(record: logging.LogRecord) -> str:
    """Return `record.getMessage()`, but with the values of sensitive names masked. Raises alike."""
    values = record.args
    own = type(record).getMessage is logging.LogRecord.getMessage
    if own and values and isinstance(values, Mapping):
        return fill_named(str(record.msg), values)
    return record.getMessage()


def raised(exc_info: Any) -> Raised | None:
    """Return `exc_info` if it is the triple of an exception, which others may have left empty."""
    if isinstance(exc_info, tuple) and len(exc_info) == 3:
        kind, error, traceback = exc_info
        if isinstance(error, BaseException):
            return kind, error, traceback
    return None


def _report_uncaught(kind: type[BaseException], error: object, traceback: object) -> bool:
    return _log_uncaught("CRITICAL", "Uncaught exception", (kind, error, traceback))


def _report_thread(args: threading.ExceptHookArgs) -> bool:
    name = args.thread.name if args.thread is not None else "unknown"
    exc_info = (args.exc_type, args.exc_value, args.exc_traceback)
    return _log_uncaught("ERROR", f"Uncaught exception in thread {name}", exc_info)


def _report_unraisable(args: sys.UnraisableHookArgs) -> bool:
    try:
        place = short.of(repr(args.object), 200)
    except Exception:  # the object may be half torn down
        place = f"<{type(args.object).__name__}>"
    what = f"{args.err_msg or 'Exception ignored in'} {place}"
    exc_info = (args.exc_type, args.exc_value, args.exc_traceback)
    return _log_uncaught("ERROR", what, exc_info)


def _log_uncaught(level: str, what: str, exc_info: tuple[Any, Any, Any]) -> bool:
    kind, error, traceback = exc_info
    if issubclass(kind, (KeyboardInterrupt, SystemExit)):
        return False
    origin = Origin("__main__")
    while traceback is not None:
        origin = _origin_of(traceback.tb_frame, traceback.tb_lineno)
        traceback = traceback.tb_next
    text = "" if error is None else text_of(error)
    message = f"{what}: {kind.__name__}" + (f": {text}" if text else "")
    log_from(origin, level, message, extra={"event": "uncaught"}, exception=raised(exc_info))
    return True


def _report_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: object = None,
    line: str | None = None,
) -> bool:
    if file is not None:
        return False  # the caller asks for its text in a place of its own
    frame: FrameType | None = sys._getframe()
    while frame and not (frame.f_lineno == lineno and frame.f_code.co_filename == filename):
        frame = frame.f_back
    origin = _origin_of(frame, lineno) if frame else Origin("py.warnings", "", lineno, filename)
    extra: dict[str, object] = {"event": "warning", "category": category.__name__}
    extra.update(filename=filename, lineno=lineno)
    log_from(origin, "WARNING", text_of(message), extra=extra)
    # The interpreter's own hook has more to do while warnings.catch_warnings records.
    theirs = getattr(getattr(warnings, "_showwarnmsg_impl", None), "__module__", "")
    # Where no handler takes a warning, the interpreter's own hook is all that is left.
    return theirs == "warnings" and core.min_level <= logging.WARNING


def _origin_of(frame: FrameType, line: int | None) -> Origin:
    name = frame.f_globals.get("__name__") or "__main__"
    return Origin(name, frame.f_code.co_name, line or 0, frame.f_code.co_filename)
