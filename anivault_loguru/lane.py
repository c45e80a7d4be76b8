"""The express lane: from a log call to its files without loguru in between.

A lane is what a configuration and the state of loguru's core make possible, worked out when either
changes and not for each record: which channels take which component at which level, and up to
which level no one else listens.

A call from a place that was met before pours its values into that place's mould (`mould.py`). Every
other record is laid out and sealed as a whole: the first of a place, one with something to mask in
it, one that is an error, one whose values JSON lacks.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from sys import _getframe, modules
from threading import current_thread, get_ident
from types import FrameType
from typing import Any, TypeAlias

from orjson import JSONEncodeError

from . import metrics
from ._core import context, core
from .board import Board
from .compiled import CallParts, Parts
from .context import active_span
from .entry import component_of
from .faults import faults, is_interruption
from .formatting import is_literal
from .message import formatted_or_given
from .mould import SPARE, Mould, mould_of
from .plain import let_through
from .pouring import parts_of, pour_of
from .scope import NAMED, Caller, Scope, Scopes
from .seal import Seal
from .tally import tally

__all__ = ["Call", "Lane"]

_MOST = 1024  # of what is kept for names and places that may come from data
_ERROR = 40
# A place in the code, and the kind of scope around it.
_Key: TypeAlias = "tuple[int, int]"


Call: TypeAlias = "Callable[[Any, Any, tuple[Any, ...], dict[str, Any]], bool]"
"""Logs message, args and kwargs of a logger, for the method that the user called.

False if loguru has to be asked.
"""


class Lane:
    """Writes the records of plain log calls.

    Args:
        seal: makes entries.
        board: knows the channels.
        ceiling: the least level at which somebody else takes records: from there on loguru must
            make the record.
        now: nanoseconds since 1970 UTC.
    """

    def __init__(
        self,
        seal: Seal,
        board: Board,
        ceiling: float,
        now: Callable[[], int] = time.time_ns,
    ) -> None:
        self.ceiling = ceiling
        self._seal = seal
        self._way = board.way
        self._now = now
        self._scopes = Scopes(seal.parent, seal.clean)
        self._met: dict[str, dict[_Key, Mould | None]] = {}

    def call(self, level: str, level_no: int) -> Call:
        """Return what logs with this level."""
        moulds, met = self._moulds(level), set[_Key]()
        scopes, base, whole = self._scopes, core.extra, self._whole
        entire = partial(self._entire, level, level_no)
        pour = pour_of(self._seal, scopes, level, level_no, self._now, entire)

        def call(
            logger: Caller, message: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
        ) -> bool:
            try:
                scope = logger._scope
                if (
                    scope is None
                    or scope.around is not context.get()
                    or scope.owner is not scopes
                    or scope.base != base
                ):
                    scope = scopes.of(logger)
                if kwargs and not NAMED.isdisjoint(kwargs):
                    scope = scopes.narrower(scope, kwargs)
                try:
                    frame = _getframe(scope.depth)
                except ValueError:
                    kwargs.update(scope.named)
                    return False
                code = frame.f_code
                key = (id(code) + frame.f_lasti, scope.kind)
                mould = moulds.get(key)
                if (
                    mould is None
                    or mould.code is not code
                    or mould.module is not frame.f_globals.get("__name__")
                    or ("opentelemetry.trace" in modules and active_span())
                ):
                    if key in met:
                        met.remove(key)
                        self._meet(moulds, key, level, level_no, scope, frame, message)
                    elif key not in moulds and scope.kind >= 0 and len(met) < _MOST:
                        met.add(key)
                    return whole(level, level_no, scope, frame, message, args, kwargs)
                pour(mould, scope, frame, message, args, kwargs)
            except BaseException as error:
                if _interrupts(error):
                    raise
            return True

        return call

    def parts(self, level: str, level_no: int) -> Parts:
        """Return what a compiled method works with in place of `call`."""
        scopes = self._scopes
        own = CallParts(
            base=core.extra,
            context=context,
            scopes=scopes,
            scope_of=scopes.of,
            narrower=scopes.narrower,
            named=NAMED,
            turn=tally.turn,
            clock=tally.clock,
            end=tally.end,
            now=self._now,
            fill=formatted_or_given,
            get_ident=get_ident,
            active=getattr(threading, "_active", {}),
            current_thread=current_thread,
            naming=vars(threading.Thread).get("name"),
            entire=partial(self._entire, level, level_no),
            interrupts=_interrupts,
        )
        return parts_of(self._seal, scopes, self._moulds(level), own)

    def _moulds(self, level: str) -> dict[_Key, Mould | None]:
        return self._met.setdefault(level, {})

    def _meet(
        self,
        moulds: dict[_Key, Mould | None],
        key: _Key,
        level: str,
        level_no: int,
        scope: Scope,
        frame: FrameType,
        message: Any,
    ) -> None:
        """Make a mould for the calls of one place; None is kept where there can be none."""
        module = frame.f_globals.get("__name__")
        if type(module) is not str or not core.enabled.get(module):
            return
        if len(moulds) >= _MOST:
            moulds.clear()
        way = self._way(scope.component, level_no)
        code = frame.f_code
        place = module, code.co_name, frame.f_lineno or 0
        made = level_no < _ERROR and mould_of(self._seal, way, scope, level, level_no, place, code)
        moulds[key] = made or None
        if made and is_literal(message) and any(it is message for it in code.co_consts):
            text = self._scopes.clean(message)
            if text is not None and len(text) <= SPARE:
                made.literal, made.text = message, text

    def _entire(
        self,
        level: str,
        level_no: int,
        error: JSONEncodeError,
        moment: int,
        message: Any,
        scope: Scope,
        kwargs: dict[str, Any],
        frame: FrameType,
    ) -> None:
        """Write what cannot be poured, as `error` says."""
        let_through(error)
        extra = {**scope.base, **scope.around, **scope.bound, **kwargs}
        self.write(level, level_no, moment, message, extra, _place(frame))

    def _whole(
        self,
        level: str,
        level_no: int,
        scope: Scope,
        frame: FrameType,
        message: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> bool:
        module = frame.f_globals.get("__name__")
        enabled = core.enabled.get(module)
        if not enabled or type(module) is not str:
            # False: the module is disabled. None: loguru has not met it yet, and works it out.
            kwargs.update(scope.named)
            return enabled is False
        extra = {**scope.base, **scope.around, **scope.bound}
        if scope.captures:
            extra.update(kwargs)
        begun = tally.begin()
        moment = self._now() // 1000
        if args or kwargs or scope.named or type(message) is not str:
            message = formatted_or_given(message, args, {**kwargs, **scope.named}, extra)
        self.write(level, level_no, moment, message, extra, _place(frame))
        tally.end(begun)
        return True

    def write(
        self,
        level: str,
        level_no: int,
        moment: int,
        message: str,
        extra: dict[str, Any],
        place: tuple[str, str, int, str],
    ) -> None:
        """Write a record to the channels that take it; `extra` is used up.

        `moment` is in microseconds since 1970 UTC, `place` logger, function, line and thread.
        """
        component = component_of(extra)
        writes, numbered, _ = self._way(component, level_no)
        if not writes:
            return
        logger, function, line_no, thread = place
        entry = self._seal.seal(
            moment,
            level,
            level_no,
            component,
            message,
            extra,
            logger,
            function,
            line_no,
            self._seal.run.process,
            thread,
            None,
            numbered,
        )
        for write in writes:
            write(entry)


def _place(frame: FrameType) -> tuple[str, str, int, str]:
    """Logger, function, line and thread of a call."""
    name: str = frame.f_globals["__name__"]
    return name, frame.f_code.co_name, frame.f_lineno or 0, current_thread().name


def _interrupts(error: BaseException) -> bool:
    """Count a record that was lost to an error; tell whether it is for the application."""
    try:
        if is_interruption(error):
            # Maybe after the record got its number: the count explains the gap.
            metrics.increment("records_dropped", channel="logger")
            return True
        faults.lost("logger", error)
    except MemoryError:  # not even enough to count
        return not isinstance(error, Exception)
    return False
