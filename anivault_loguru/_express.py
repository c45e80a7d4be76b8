"""The logger: loguru's own, over loguru's own core, made fast, and unable to raise for its data.

A plain call, where only our channels listen, goes over the express lane (`lane.py`; `lanes.py` says
when). Every other goes over the plain lane: loguru's `_log`, which makes a record and hands it to
each handler. Both give the same line.

`bind`, `opt` and `patch` are overridden because loguru's name the base class in them. On the plain
lane loguru formats a message after the level and the module's activation are checked; to keep that
order, and to survive a format string that does not fit its arguments, the message is handed down as
a `Deferred`: loguru calls `str()` on it at the moment it would have formatted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ._core import Contextualized, LoguruLogger, core, first_options, last_patchers
from .compiled import Method, made
from .faults import faults, is_interruption
from .formatting import is_literal, is_wide
from .lane import Call
from .lanes import ask, call_of, calls, on_turn, renew_lane, silent
from .mending import Mending
from .message import Deferred
from .mould import Mould
from .plain import text_of
from .scope import Scope
from .tally import tally

__all__ = ["Logger", "logger", "set_listeners"]

_LEVELS = {
    "trace": 5,
    "debug": 10,
    "info": 20,
    "success": 25,
    "warning": 30,
    "error": 40,
    "critical": 50,
}
_complete: Callable[[], object]
_switched: Callable[[str | None, bool], object]


def set_listeners(
    complete: Callable[[], object] = lambda: None,
    switched: Callable[[str | None, bool], object] = lambda module, on: None,
) -> None:
    """Call `complete` in `logger.complete()`; `switched` with a module, and whether it logs now."""
    global _complete, _switched
    _complete, _switched = complete, switched


_new = object.__new__


class Logger(LoguruLogger):
    """loguru's logger with the same methods; a call to one of them never raises for its data.

    What loguru raises for mistakes in the code stays: an unknown level is a `ValueError`.
    Exceptions that are no `Exception` (KeyboardInterrupt, SystemExit) pass through.
    """

    if not TYPE_CHECKING:
        __slots__ = ("_express", "_scope")  # beside the dictionary that loguru's has

    def __init__(self, core_: Any, *options: Any) -> None:
        self._core = core_
        self._options = options
        # A later loguru may have more of them; what it binds and patches stands last.
        exception, _, record, lazy, colors, raw, _, *_, patchers, _ = options
        self._express = not (exception or record or lazy or colors or raw or patchers)
        self._scope: Scope | None = None

    def __repr__(self) -> str:
        return f"<anivault_loguru.logger handlers={list(self._core.handlers.values())!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the bound values only: the process that unpickles has its own core and files."""
        return _unpickled, self._options

    def add(self, sink: Any, **kwargs: Any) -> int:
        """Add a sink as loguru does, but with `diagnose` off: it prints the values of variables."""
        kwargs.setdefault("diagnose", False)
        return int(super().add(sink, **kwargs))

    def complete(self) -> Any:
        """Wait until all records logged so far are written, as loguru does for its queues.

        They are then sent to a collector, too, or dropped and counted, unless it takes none for
        five seconds or not all in half a minute.
        """
        _complete()
        return super().complete()

    def enable(self, name: str | None) -> None:
        """Let the module `name` and those in it log again, as loguru does; it is audited."""
        super().enable(name)
        _switched(name, True)

    def disable(self, name: str | None) -> None:
        """Silence the module `name` and those in it, as loguru does; it is audited."""
        super().disable(name)
        _switched(name, False)

    def bind(self, /, **kwargs: Any) -> Logger:
        """Return a logger that adds `kwargs` to the extra of each record."""
        options = self._options
        bound: Logger = _new(Logger)
        bound._core = self._core
        bound._options = (*options[:-1], {**options[-1], **kwargs})
        bound._express = self._express
        bound._scope = None
        return bound

    def contextualize(self, /, **kwargs: Any) -> Contextualized:
        """Add `kwargs` to the extra of every record of this thread and task inside the block."""
        return Contextualized(kwargs)

    def patch(self, patcher: Callable[[Any], None]) -> Logger:
        """Return a logger that hands each record to `patcher`; masking still comes after it."""
        *options, patchers, extra = self._options
        return Logger(self._core, *options, [*patchers, patcher], extra)

    def opt(self, **kwargs: Any) -> Logger:
        """Return a logger with loguru's options for the calls made on it."""
        options = super().opt(**kwargs)._options
        return Logger(self._core, *options)

    def log(self, level: str | int, message: Any, /, *args: Any, **kwargs: Any) -> None:
        """Log with a level given by name or number."""
        call = calls.get(level) if type(level) is str else ask
        if call is None:
            call = ask
            known = core.levels_lookup.get(level)
            if known is not None:
                call = calls[known[1]] = call_of(known[1], known[2])
        if not (self._express and call(self, message, args, kwargs)):
            self._log(level, False, self._options, message, args, kwargs)

    def _log(
        self,
        level: str | int,
        from_decorator: bool,
        options: Any,
        message: object,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        """The plain lane; every call that the express lane does not take, and `catch`, end here."""
        log, begun = super()._log, tally.begin()
        exception, depth, record, lazy, colors, raw, capture, *more, patchers, extra = options
        depth += 1  # one more frame than loguru counts: this one
        if not _is_level(level):
            log(level, from_decorator, (exception, depth, *options[2:]), message, args, kwargs)
            return
        if type(level) is str and core.levels_lookup[level][2] < core.min_level:
            return
        before: list[Callable[[Any], None]] = []
        if (args or kwargs) and (lazy or colors or record) and is_wide(message):
            # loguru formats these itself: it would build the text first.
            extra = {**extra, "format_error": "ValueError: a width that is not in the text"}
            lazy = colors = record = False
            args, kwargs = (), {}
        if (args or kwargs or type(message) is not str) and not (lazy or colors or record):
            if kwargs and capture:
                extra = {**extra, **kwargs}
            if not is_literal(message):
                message = deferred = Deferred(message, args, kwargs)
                before.append(deferred.note)
            args, kwargs = (), {}
        # The last patcher to run marks that the record has reached the handlers.
        reached: list[Any] = []
        last = last_patchers()
        # The core's patcher has masked what the record holds before these.
        whole = Mending()
        theirs = [whole.keep, *patchers, whole.mend] if patchers else []
        chain = [*before, *theirs, *last] if before or patchers else []
        chain.append(reached.append)
        options = (exception, depth, record, lazy, colors, raw, capture, *more, chain, extra)
        try:
            log(level, from_decorator, options, message, args, kwargs)
            tally.end(begun if reached else 0.0)
        except Exception as error:
            if reached or is_interruption(error):
                raise  # A sink added with catch=False: its exception is what the user asked for.
            # A patcher, a lazy argument or markup failed: the record is written without them.
            extra = {**extra, "format_error": f"{type(error).__name__}: {text_of(error)}"}
            options = (exception, depth, False, False, False, raw, capture, *more, last, extra)
            try:
                log(level, from_decorator, options, text_of(message), (), {})
            except Exception as hopeless:
                faults.lost("logger", hopeless)


def _is_level(level: object) -> bool:
    if type(level) is str:
        return level in core.levels_lookup
    return isinstance(level, int) and level >= 0


def _method(name: str, number: int) -> Callable[..., None]:
    """Return a method that logs with a level; it makes the call that the lanes have for it.

    A compiled one hands its twin what `parts` do not make it able to do.
    """
    call: Call | None = None
    level = name.upper()

    def log(self: Logger, message: Any, /, *args: Any, **kwargs: Any) -> None:
        if call is not None and not (self._express and call(self, message, args, kwargs)):
            self._log(level, False, self._options, message, args, kwargs)

    def turn(to: Call, parts: tuple[Any, ...] | None) -> None:
        nonlocal call
        call = None if to is silent else to  # a level that is off costs one call less
        if compiled is not None:
            compiled.arm(parts)

    log.__name__ = log.__qualname__ = name
    log.__doc__ = f"Log with level {level}: `message.format(*args, **kwargs)`."
    compiled: Any = made(Method, None, log, Logger, Scope, Mould)
    on_turn(level, number, turn)
    return compiled or log


for _name, _number in _LEVELS.items():
    setattr(Logger, _name, _method(_name, _number))


def _unpickled(*options: Any) -> Logger:
    return Logger(core, *options)


logger = _unpickled(*first_options)
set_listeners()
renew_lane()
