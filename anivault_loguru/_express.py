"""The logger: loguru's own, over loguru's own core, made unable to raise for what it is given.

`bind`, `opt` and `patch` are overridden because loguru's name the base class in them, and `_log`
because every level method and `catch` end there. This module is the only one that touches names
that loguru keeps private.

loguru formats a message inside `_log`, after the level and the module's activation are checked.
To keep that order, and to survive a format string that does not fit its arguments, the message is
handed down as a `_Deferred`: loguru calls `str()` on it at the moment it would have formatted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import loguru
from loguru._defaults import LOGURU_AUTOINIT
from loguru._logger import Core as _Core
from loguru._logger import Logger as _LoguruLogger

from .entry import text_of
from .faults import faults, is_interruption

__all__ = [
    "Logger",
    "foreign_handlers",
    "level_number",
    "logger",
    "remove_default_handler",
    "set_completion",
    "set_last_patcher",
]

Record = dict[str, Any]
Patcher = Callable[[Record], None]

_core: _Core = loguru.logger._core  # type: ignore[attr-defined]
_last_patchers: tuple[Patcher, ...] = ()
_users_patcher: Patcher | None = None
_completion: Callable[[], None] | None = None


def set_last_patcher(patcher: Patcher | None) -> None:
    """Run `patcher` on every record after the user's own patchers; None for none.

    loguru runs the core's patcher first and a logger's patchers after it, so that whatever
    `logger.patch()` adds would get past a masking core patcher. Our logger runs it once more at
    the end; loguru's own, which other code may use, has only the core's.
    """
    global _last_patchers, _users_patcher
    if not _last_patchers:
        _users_patcher = _core.patcher
    _last_patchers = () if patcher is None else (patcher,)
    _core.patcher = _chained(_users_patcher)


def set_completion(flush: Callable[[], None] | None) -> None:
    """Call `flush` in `logger.complete()`; None for nothing."""
    global _completion
    _completion = flush


def _chained(users: Patcher | None) -> Patcher | None:
    if not _last_patchers:
        return users
    last = _last_patchers[0]
    if users is None:
        return last

    def both(record: Record) -> None:
        users(record)
        last(record)

    return both


def foreign_handlers(ours: frozenset[int]) -> Callable[[], bool]:
    """Return a test, cheap enough for every record: is there a handler whose id is not in `ours`?

    loguru replaces the dictionary of handlers on every add and remove, so its identity tells
    whether the answer must be worked out again.
    """
    seen: tuple[object, bool] = (None, False)

    def test() -> bool:
        nonlocal seen
        handlers = _core.handlers
        if seen[0] is not handlers:
            seen = (handlers, not ours.issuperset(handlers))
        return seen[1]

    return test


def remove_default_handler() -> None:
    """Remove the handler to stderr that loguru installs at import, if it is still there."""
    # Ids are given once: 0 is the default handler's, unless loguru was told to install none.
    if LOGURU_AUTOINIT and 0 in _core.handlers:
        loguru.logger.remove(0)


def level_number(level: str | int) -> int:
    """Return the number of a level given by name or number.

    Raises:
        ValueError: loguru has no level of that name.
    """
    return level if isinstance(level, int) else int(loguru.logger.level(level).no)


class _Deferred:
    """A message that is formatted when loguru asks for its text, and never raises then."""

    __slots__ = ("args", "error", "kwargs", "message")

    def __init__(self, message: object, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        self.message = message
        self.args = args
        self.kwargs = kwargs
        self.error = ""

    def __str__(self) -> str:
        if not (self.args or self.kwargs):
            return text_of(self.message)
        try:
            message: Any = self.message
            return str(message.format(*self.args, **self.kwargs))
        except Exception as error:
            self.error = f"{type(error).__name__}: {text_of(error)}"
            return text_of(self.message)

    def note(self, record: Record) -> None:
        """Patch the record: say in a field that the message could not be formatted."""
        if self.error:
            record["extra"]["format_error"] = self.error


class Logger(_LoguruLogger):
    """loguru's logger with the same methods; a call to one of them never raises for its data.

    What loguru raises for mistakes in the code stays: an unknown level is a `ValueError`.
    Exceptions that are no `Exception` (KeyboardInterrupt, SystemExit) pass through.
    """

    def __repr__(self) -> str:
        return f"<anivault_loguru.logger handlers={list(self._core.handlers.values())!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the bound values only: the process that unpickles has its own core and files."""
        return _unpickled, (self._options,)

    def add(self, sink: Any, **kwargs: Any) -> int:
        """Add a sink as loguru does, but with `diagnose` off: it prints the values of variables."""
        kwargs.setdefault("diagnose", False)
        return int(super().add(sink, **kwargs))

    def configure(self, **kwargs: Any) -> list[int]:
        """Configure loguru's core as loguru does; masking still comes after a `patcher` given."""
        global _users_patcher
        if kwargs.get("patcher") is not None:
            _users_patcher = kwargs["patcher"]
            kwargs["patcher"] = _chained(_users_patcher)
        return list(super().configure(**kwargs))

    def complete(self) -> Any:
        """Wait until all records logged so far are written, as loguru does for its queues."""
        if _completion is not None:
            _completion()
        return super().complete()

    def bind(self, /, **kwargs: Any) -> Logger:
        """Return a logger that adds `kwargs` to the extra of each record."""
        *options, extra = self._options
        return Logger(self._core, *options, {**extra, **kwargs})

    def patch(self, patcher: Patcher) -> Logger:
        """Return a logger that hands each record to `patcher`; masking still comes after it."""
        *options, patchers, extra = self._options
        return Logger(self._core, *options, [*patchers, patcher], extra)

    def opt(self, **kwargs: Any) -> Logger:
        """Return a logger with loguru's options for the calls made on it."""
        options = super().opt(**kwargs)._options
        return Logger(self._core, *options)

    def _log(
        self,
        level: str | int,
        from_decorator: bool,
        options: Any,
        message: object,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        log = super()._log
        exception, depth, record, lazy, colors, raw, capture, patchers, extra = options
        # One more frame than loguru counts: this one.
        depth += 1
        if not _is_level(level):
            options = (exception, depth, *options[2:])
            log(level, from_decorator, options, message, args, kwargs)
            return
        before: list[Patcher] = []
        if (args or kwargs or type(message) is not str) and not (lazy or colors or record):
            if kwargs and capture:
                extra = {**extra, **kwargs}
            message = deferred = _Deferred(message, args, kwargs)
            args, kwargs = (), {}
            before.append(deferred.note)
        # The last patcher to run marks that the record has reached the handlers.
        reached: list[Record] = []
        chain = [*before, *patchers, *_last_patchers, reached.append]
        options = (exception, depth, record, lazy, colors, raw, capture, chain, extra)
        try:
            log(level, from_decorator, options, message, args, kwargs)
        except Exception as error:
            if reached or is_interruption(error):
                raise  # A sink added with catch=False: its exception is what the user asked for.
            # A patcher, a lazy argument or markup failed: the record is written without them.
            extra = {**extra, "format_error": f"{type(error).__name__}: {text_of(error)}"}
            options = (exception, depth, False, False, False, raw, capture, _last_patchers, extra)
            try:
                log(level, from_decorator, options, text_of(message), (), {})
            except Exception as hopeless:
                faults.lost("logger", hopeless)


def _is_level(level: object) -> bool:
    if type(level) is str:
        return level in _core.levels_lookup
    return isinstance(level, int) and level >= 0


def _unpickled(options: Any) -> Logger:
    return Logger(_core, *options)


logger = _unpickled(loguru.logger._options)  # type: ignore[attr-defined]
