"""Interception: what others say through the standard library arrives in our channels.

Three sources: records of `logging`, warnings, and exceptions that nobody caught. asyncio needs no
hook of its own: its loops report through the logger "asyncio".
"""

from __future__ import annotations

import functools
import logging
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from ._core import level_number
from .faults import faults, is_interruption
from .hooks import Hook, Origin, install_hooks, log_from, message_of, raised
from .plain import text_of

__all__ = ["Interception"]

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_LEVELS = {
    5: "TRACE",
    10: "DEBUG",
    20: "INFO",
    25: "SUCCESS",
    30: "WARNING",
    40: "ERROR",
    50: "CRITICAL",
}
_HTTP = frozenset({"aiohttp", "httpcore", "httpx", "requests", "urllib3"})
_NESTED = 16


class Interception:
    """Hands records, warnings and uncaught exceptions to the logger while it is installed.

    Loggers with `propagate = False` keep their records to themselves. Records of `filelock` below
    WARNING are not taken: they tell of the locks that writing a record takes.

    Args:
        level: the least level number that any channel wants; the root logger lets it through.
        console: our console shows the records, masked. Plain `StreamHandler`s of the root logger
            on stdout and stderr, and the interpreter's own exception hooks, are then set aside.
        shown: how many records the console has shown; see `install_hooks`.
    """

    def __init__(
        self, *, level: int, console: bool, shown: Callable[[], int] | None = None
    ) -> None:
        self._level = level
        self._console = console
        self._handler: _Handler | None = None
        self._root: _Root | None = None
        self._shown = shown
        self._hooks: list[Hook] = []
        self._calls: list[_Followed] = []

    def install(self) -> None:
        """Start; when started already, only `ensure`."""
        if self._root is not None:
            self.ensure()
            return
        self._handler = _spare.pop() if _spare else _Handler()
        self._handler.setLevel(self._level)
        self._root = _Root(self._handler, self._level, quiet=self._console)
        self._hooks = install_hooks(console=self._console, shown=self._shown)
        self._calls = [_Followed(name, self.ensure) for name in ("addHandler", "setLevel")]

    def ensure(self) -> None:
        """Put our handler back if somebody reconfigured `logging`, at next to no cost.

        What they configured then counts as what stood before. The hooks are left to whoever
        replaced them: pytest and `warnings.catch_warnings` do so all the time.
        """
        handler = self._handler
        if handler is not None and handler not in logging.getLogger().handlers:
            self._root = _Root(handler, self._level, quiet=self._console)

    def remove(self) -> None:
        """Stop, and restore what stood before, unless somebody replaced it since."""
        for call in self._calls:
            call.undo()
        self._calls = []
        if self._root is not None:
            self._root.undo()
            self._root = None
        if self._handler is not None:
            _spare.append(self._handler)
            self._handler = None
        for hook in reversed(self._hooks):
            hook.undo()
        self._hooks = []


class _Followed:
    """A method of the root logger that is followed by a look whether our handler is still there.

    `logging.config` and `basicConfig(force=True)` take all handlers out before they add theirs.
    """

    def __init__(self, name: str, then: Callable[[], None]) -> None:
        self._name = name
        method = getattr(logging.getLogger(), name)

        @functools.wraps(method)
        def followed(*args: Any, **kwargs: Any) -> None:
            method(*args, **kwargs)
            then()

        self._stands = followed
        setattr(logging.getLogger(), name, followed)

    def undo(self) -> None:
        """Give the method back, unless somebody has wrapped it since."""
        if vars(logging.getLogger()).get(self._name) is self._stands:
            delattr(logging.getLogger(), self._name)


class _Root:
    """The root logger with our handler on it, and the way back."""

    def __init__(self, handler: logging.Handler, level: int, *, quiet: bool) -> None:
        root = logging.getLogger()
        self._handler = handler
        self._level_before = root.level
        self._level = min(root.level, level)
        places = enumerate(root.handlers)
        self._aside = [(i, other) for i, other in places if quiet and _writes_to_screen(other)]
        for _, other in self._aside:
            root.removeHandler(other)
        root.addHandler(handler)
        root.setLevel(self._level)

    def undo(self) -> None:
        root = logging.getLogger()
        if self._handler not in root.handlers:
            return  # reconfigured since: theirs stands
        root.removeHandler(self._handler)
        for index, other in self._aside:
            if other not in root.handlers:
                root.handlers.insert(index, other)
        if root.level == self._level:
            root.setLevel(self._level_before)


def _writes_to_screen(handler: logging.Handler) -> bool:
    if type(handler) is not logging.StreamHandler:
        return False
    return handler.stream in (sys.stderr, sys.stdout, sys.__stderr__, sys.__stdout__)


class _Handler(logging.Handler):
    """Hands records on, without taking the lock that a `logging.Handler` has.

    The channels have their own. Holding a second one while they write would stop two threads for
    good as soon as something under a channel's lock logs.

    What is logged on a thread while it hands a record on (by an object whose `__repr__` logs)
    follows after that record; when that takes no end, the rest is dropped and counted.
    """

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.local()

    def handle(self, record: logging.LogRecord) -> bool:
        if record.name == "filelock" and record.levelno < logging.WARNING:
            return False
        if isinstance(vars(record).get("extra"), dict) and _comes_from_loguru():
            return False
        accepted: object = self.filter(record)
        if not accepted:
            return False
        # From Python 3.12 on, a filter may answer with another record.
        self.emit(accepted if isinstance(accepted, logging.LogRecord) else record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        waiting: list[logging.LogRecord] | None = getattr(self._thread, "waiting", None)
        if waiting is None:
            self._hand_on_all([record])
        elif len(waiting) < _NESTED:
            waiting.append(record)
        else:
            faults.lost("logging", "too many records while one was handed on")

    def _hand_on_all(self, waiting: list[logging.LogRecord]) -> None:
        self._thread.waiting = waiting
        try:
            for record in waiting:  # which may grow meanwhile
                try:
                    _hand_on(record)
                except Exception as error:
                    if is_interruption(error):
                        raise
                    faults.lost("logging", error)
        finally:
            self._thread.waiting = None


# `logging` knows its handlers by a WeakSet: none of ours is to go, see `Living`.
_spare: list[_Handler] = []


def _comes_from_loguru() -> bool:
    """Tell whether a sink of loguru hands on what is in our channels already."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_globals.get("__name__") == "loguru._simple_sinks":
            return True
        frame = frame.f_back
    return False


def _hand_on(record: logging.LogRecord) -> None:
    exception = raised(record.exc_info)
    name = text_of(record.name)
    extra = {text_of(key): value for key, value in vars(record).items() if key not in _STANDARD}
    try:
        message = message_of(record)
    except Exception as error:
        if is_interruption(error):
            raise
        message = text_of(record.msg)
        extra["format_error"] = f"{type(error).__name__}: {text_of(error)}"
    # A record that came through a SocketHandler has its traceback as text only.
    stack = record.stack_info or (exception is None and record.exc_text)
    if stack:
        extra["stack"] = stack
    if name == "py.warnings":
        extra.setdefault("event", "warning")
    elif name.partition(".")[0] in _HTTP:
        extra.setdefault("component", "http")
    log_from(
        _origin_of(record, name),
        _level_of(record),
        message,
        extra=extra,
        exception=exception,
        depth=_caller_depth(record),
    )


def _origin_of(record: logging.LogRecord, name: str) -> Origin:
    """Read the record's origin; `makeLogRecord` lets any value be anywhere, or none."""
    return Origin(
        name,
        function=text_of(record.funcName or ""),
        line=record.lineno if isinstance(record.lineno, int) else 0,
        path=text_of(record.pathname or ""),
        thread=(record.thread, record.threadName) if record.thread and record.threadName else None,
        created=record.created if isinstance(record.created, float) else None,
    )


def _level_of(record: logging.LogRecord) -> str | int:
    name = _LEVELS.get(record.levelno)
    if name is not None:
        return name
    try:
        if level_number(record.levelname) == record.levelno:
            return record.levelname
    except (TypeError, ValueError):  # loguru has no level of that name
        pass
    return int(record.levelno)


_INNER_FILES = frozenset(
    function.__code__.co_filename for function in (logging.Logger.log, log_from, _level_of)
)


def _caller_depth(record: logging.LogRecord) -> int:
    """How far the application is above `log_from`, so that `logger.disable` knows its module.

    Others may stand between: Sentry wraps what calls the handlers.
    """
    depth, nearest = 0, 0
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        file = frame.f_code.co_filename
        if not nearest and file not in _INNER_FILES:
            nearest = depth
        if nearest and (file == record.pathname or not record.pathname):
            return depth
        depth, frame = depth + 1, frame.f_back
    return nearest
