"""The express lane: from a log call to its files without loguru in between.

A lane is what a configuration and the state of loguru's core make possible, worked out when either
changes and not for each record: which channels take which component at which level, and up to
which level no one else listens.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from sys import _getframe
from threading import current_thread
from typing import Any, Protocol, TypeAlias

from . import metrics
from ._core import context, core
from .entry import Entry, Run, component_of
from .faults import faults, is_interruption
from .formatting import formatted
from .plain import text_of
from .seal import Seal
from .tally import tally

__all__ = ["Lane", "Taker", "formatted_or_given", "set_filling"]

_ROUTES = 1024
# What writes a record, and whether it is numbered.
_Route: TypeAlias = "tuple[tuple[Callable[[Entry], None], ...], bool]"


class Taker(Protocol):
    """A channel or the console."""

    level: int
    numbers: bool

    def takes(self, component: str) -> bool:
        """Tell whether records of `component` go here."""

    def write(self, entry: Entry) -> None:
        """Write the entry. Never raises."""


class Lane:
    """Writes the records of plain log calls.

    Args:
        seal: makes entries.
        run: knows the process.
        takers: the channels, in the order in which they write.
        ceiling: the least level at which somebody else takes records: from there on loguru must
            make the record.
        now: nanoseconds since 1970 UTC.
    """

    def __init__(
        self,
        seal: Seal,
        run: Run,
        takers: Iterable[Taker],
        ceiling: float,
        now: Callable[[], int] = time.time_ns,
    ) -> None:
        self.ceiling = ceiling
        self._seal = seal.seal
        self._run = run
        self._takers = tuple(takers)
        self._routes: dict[tuple[str, int], _Route] = {}
        self._now = now

    def log(
        self,
        level: str,
        level_no: int,
        options: Any,
        message: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> bool:
        """Write one record of the caller's caller; false if loguru has to be asked."""
        _, depth, _, _, _, _, capture, _, bound = options
        try:
            frame = _getframe(depth + 2)
        except ValueError:
            return False
        module = frame.f_globals.get("__name__")
        enabled = core.enabled.get(module)
        if not enabled or type(module) is not str:
            # False: the module is disabled. None: loguru has not met it yet, and works it out.
            return enabled is False
        if kwargs and capture:
            extra = {**core.extra, **context.get(), **bound, **kwargs}
        else:
            extra = {**core.extra, **context.get(), **bound}
        component = extra.get("component", "app")
        if type(component) is not str or not component:
            component = component_of(extra)
        route = self._routes.get((component, level_no))
        if route is None:
            route = self._route(component, level_no)
        writes, numbered = route
        if not writes:
            return True
        begun = tally.begin()
        now = self._now() // 1000
        try:
            if args or kwargs or type(message) is not str:
                message = formatted_or_given(message, args, kwargs, extra)
            entry = self._seal(
                now,
                level,
                level_no,
                component,
                message,
                extra,
                module,
                frame.f_code.co_name,
                frame.f_lineno or 0,
                self._run.process,
                current_thread().name,
                None,
                numbered,
            )
            for write in writes:
                write(entry)
            if begun:
                tally.end(begun)
        except BaseException as error:
            if is_interruption(error):
                # Maybe after the record got its number: the count explains the gap.
                metrics.increment("records_dropped", channel="logger")
                raise
            faults.lost("logger", error)
        return True

    def _route(self, component: str, level_no: int) -> _Route:
        takers = [
            taker for taker in self._takers if level_no >= taker.level and taker.takes(component)
        ]
        route = (
            tuple(taker.write for taker in takers),
            any(taker.numbers for taker in takers),
        )
        if len(self._routes) < _ROUTES:  # the components may come from data
            self._routes[component, level_no] = route
        return route


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
