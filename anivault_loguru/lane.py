"""The express lane: from a log call to its files without loguru in between.

A lane is what a configuration and the state of loguru's core make possible, worked out when either
changes and not for each record: which channels take which component at which level, and up to
which level no one else listens.

A call from a place that was met before pours its values into that place's mould (`mould.py`). Every
other record is laid out and sealed as a whole: the first of a place, one with something to mask in
it, one that is an error, one whose values JSON lacks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from sys import _getframe, modules
from threading import current_thread
from types import FrameType
from typing import Any, Protocol, TypeAlias

from orjson import JSONEncodeError, dumps

from . import metrics
from ._core import context, core
from .channel import Board
from .context import active_span
from .entry import Entry, component_of
from .faults import faults, is_interruption
from .formatting import formatted
from .instruments import BATCH
from .mould import MADE, Mould, Scope, cut, holes_of, scope_of
from .plain import FRAGMENT, encoded, escaped, simpler, text_of
from .seal import Seal
from .tally import tally

__all__ = ["Call", "Caller", "Lane", "formatted_or_given", "set_filling"]

_MOST = 1024  # of what is kept for names and places that may come from data
_ERROR = 40
_NAMED = frozenset({"component", "event", "request_id", "trace_id", "span_id"})
# Characters of a name or id that is kept, and bytes that a line leaves free for four of them or for
# a message.
_NAME, _NAMES = 100, 2500
# Bytes of values from which on it is asked how deep they are nested: `plain` has a limit.
_LONG, _DEEP = 500, 200
_FEW = 64
# A place in the code, and the kind of scope around it.
_Key: TypeAlias = "tuple[int, int]"


class Caller(Protocol):
    """A logger: loguru's options, and room for the scope that was made of them."""

    _options: Any
    _scope: Scope | None


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
        self._threads: dict[str, bytes] = {}
        self._ids: dict[str, bytes] = {}

    def call(self, level: str, level_no: int) -> Call:
        """Return what logs with this level."""
        moulds: dict[_Key, Mould | None] = {}
        met: set[_Key] = set()
        whole, pour, base = self._whole, self._pour(level, level_no), core.extra

        def call(
            logger: Caller, message: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
        ) -> bool:
            scope = logger._scope
            if (
                scope is None
                or scope.around is not context.get()
                or scope.owner is not self
                or scope.base != base
            ):
                scope = self._scope(logger)
            if kwargs and not _NAMED.isdisjoint(kwargs):
                scope = self._narrower(scope, kwargs)
            try:
                frame = _getframe(scope.depth)
            except ValueError:
                return False
            code = frame.f_code
            key = (id(code) + frame.f_lasti, scope.kind)
            try:
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

    def _pour(self, level: str, level_no: int) -> Callable[..., None]:
        seal, now, turn, new = self._seal, self._now, tally.turn, tuple.__new__
        clean, noticed, threads = seal.clean, seal.noticed, self._threads
        stamped, change = seal.layout.stamped, seal.layout.fields
        nothing = encoded({} if change is None else change({}))

        def pour(
            mould: Mould,
            scope: Scope,
            frame: FrameType,
            message: Any,
            args: tuple[Any, ...],
            kwargs: dict[str, Any],
        ) -> None:
            begun = tally.clock() if turn() else 0.0
            moment = now() // 1000
            text, body, loose = mould.text, nothing, b""
            made = message is not mould.literal
            if made and (args or kwargs or scope.named or type(message) is not str):
                message = formatted_or_given(message, args, {**kwargs, **scope.named}, kwargs)
            fields = {**scope.fields, **kwargs} if scope.fields else kwargs
            try:
                if made:
                    text = loose = dumps(message)
                if fields:
                    body = dumps(fields if change is None else change(fields), simpler, FRAGMENT)
                    loose += body
                if loose:
                    if not loose.isascii() or 127 in loose:
                        text, body = escaped(text), escaped(body)
                    if not clean(loose.decode()) or (len(loose) > _LONG and not self._fits(loose)):
                        raise JSONEncodeError
                name = current_thread().name
                thread = threads.get(name) or self._thread(name)
                values = (stamped(moment), text, *scope.ids, body, thread, mould.number())
            except JSONEncodeError:
                extra = {**scope.base, **scope.around, **scope.bound, **kwargs}
                self._write(level, level_no, frame, moment, message, extra)
            else:
                line = mould.template % (values if mould.pick is None else mould.pick(values))
                entry = new(Entry, (moment, level, level_no, mould.component, mould.event, line))
                for write in mould.writes:
                    write(entry)
                mould.tick()
                mould.sizes.append(len(line))
                if len(mould.sizes) > BATCH:
                    mould.settle()
                if noticed is not None:
                    noticed()
            if begun:
                tally.end(begun)

        return pour

    def _scope(self, logger: Caller) -> Scope:
        """Set apart what stands around the calls of a logger, and keep it there."""
        _, depth, _, _, _, _, captures, _, bound = logger._options
        scope = self._scoped({**core.extra}, context.get(), bound, captures)
        scope.depth = depth + 2
        logger._scope = scope
        return scope

    def _narrower(self, outer: Scope, kwargs: dict[str, Any]) -> Scope:
        """Take out of a call's values those that the schema names, into a scope of its own."""
        named = {name: kwargs.pop(name) for name in _NAMED if name in kwargs}
        plain = all(type(value) is str for value in named.values())
        key = tuple(named.items()) if plain else ()
        scope = outer.narrower.get(key)
        if scope is None:
            bound = {**outer.bound, **named} if outer.captures else outer.bound
            scope = self._scoped(outer.base, outer.around, bound, outer.captures)
            scope.depth, scope.named = outer.depth, named
            if plain and len(outer.narrower) < _FEW:
                outer.narrower[key] = scope
        return scope

    def _scoped(
        self, base: dict[str, Any], around: dict[str, Any], bound: dict[str, Any], captures: bool
    ) -> Scope:
        extra = {**base, **around, **bound}
        scope = scope_of(extra, self._seal.parent, self._id) if captures else Scope()
        scope.base, scope.around, scope.bound = base, around, bound
        scope.captures, scope.owner = captures, self
        return scope

    def _id(self, text: str) -> bytes | None:
        """Return the clean JSON of an id; the next record is likely to have the same."""
        found = self._ids.get(text)
        if found is None and len(text) <= _NAME:
            found = self._tidy(text)
            if found is not None:
                if len(self._ids) >= _MOST:
                    self._ids.clear()
                self._ids[text] = found
        return found

    def _tidy(self, text: str) -> bytes | None:
        """Return the JSON of a text; None if there is something to mask in it."""
        try:
            found = encoded(text)
        except JSONEncodeError:
            return None
        return found if self._seal.clean(text) else None

    def _thread(self, name: str) -> bytes:
        """Return the clean JSON of a thread's name, and remember it.

        Raises:
            JSONEncodeError: it has none.
        """
        found = self._tidy(name) if type(name) is str and len(name) <= _NAME else None
        if found is None:
            raise JSONEncodeError
        if len(self._threads) < _MOST:
            self._threads[name] = found
        return found

    def _fits(self, values: bytes) -> bool:
        """Tell whether long values leave room in the line, and `plain` would not cut them."""
        nested = values.count(b"{") + values.count(b"[")
        return nested <= _DEEP and len(values) <= self._seal.max_bytes // 2

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
        module, code = frame.f_globals.get("__name__"), frame.f_code
        if type(module) is not str or not core.enabled.get(module):
            return
        if len(moulds) >= _MOST:
            moulds.clear()
        moulds[key] = None
        run = self._seal.run
        line = cut(
            *(self._seal.layout, scope, level, level_no),
            *(module, code.co_name, frame.f_lineno or 0, run.process, run.id),
        )
        writes, numbered = self._way(scope.component, level_no)
        if line is None or len(line) + 2 * _NAMES > self._seal.max_bytes // 2:
            return
        if level_no >= _ERROR or not writes or not self._seal.clean(line.decode()):
            return
        tick, sizes, settle = tally.handles(level, scope.component)
        mould = Mould(
            *holes_of(line),
            code=code,
            module=module,
            literal=MADE,
            text=b"",
            component=scope.component,
            event=scope.event,
            writes=writes,
            number=run.next if numbered else int,
            tick=tick,
            sizes=sizes,
            settle=settle,
        )
        if type(message) is str and any(constant is message for constant in code.co_consts):
            text = None if "{" in message or "}" in message else self._tidy(message)
            if text is not None and len(text) <= _NAMES:
                mould.literal, mould.text = message, text
        moulds[key] = mould

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
            return enabled is False
        extra = {**scope.base, **scope.around, **scope.bound}
        if scope.captures:
            extra.update(kwargs)
        begun = tally.begin()
        moment = self._now() // 1000
        if args or kwargs or scope.named or type(message) is not str:
            message = formatted_or_given(message, args, {**kwargs, **scope.named}, extra)
        self._write(level, level_no, frame, moment, message, extra)
        tally.end(begun)
        return True

    def _write(
        self,
        level: str,
        level_no: int,
        frame: FrameType,
        moment: int,
        message: str,
        extra: dict[str, Any],
    ) -> None:
        component = component_of(extra)
        writes, numbered = self._way(component, level_no)
        if not writes:
            return
        entry = self._seal.seal(
            moment,
            level,
            level_no,
            component,
            message,
            extra,
            frame.f_globals["__name__"],
            frame.f_code.co_name,
            frame.f_lineno or 0,
            self._seal.run.process,
            current_thread().name,
            None,
            numbered,
        )
        for write in writes:
            write(entry)


def _interrupts(error: BaseException) -> bool:
    """Count a record that was lost to an error; tell whether it is for the application."""
    if is_interruption(error):
        # Maybe after the record got its number: the count explains the gap.
        metrics.increment("records_dropped", channel="logger")
        return True
    faults.lost("logger", error)
    return False


Filling = Callable[[Any, Sequence[Any], Mapping[str, Any]], str]
_fill: Filling = formatted


def set_filling(filling: Filling | None) -> None:
    """Let `filling` put arguments into messages: it masks some. None is for plain formatting."""
    global _fill
    _fill = filling or formatted


def formatted_or_given(
    message: Any, args: tuple[Any, ...], kwargs: dict[str, Any], extra: dict[str, Any]
) -> str:
    """Return the message formatted; if that fails, as given, with `format_error` in `extra`."""
    if not (args or kwargs):
        return text_of(message)
    if type(message) is str and "{" not in message and "}" not in message:
        return message
    try:
        return _fill(message, args, kwargs)
    except Exception as error:
        if is_interruption(error):
            raise
        extra["format_error"] = f"{type(error).__name__}: {text_of(error)}"
        return text_of(message)
