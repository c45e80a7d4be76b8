"""The board: which channels take a record, for both lanes; and what loguru sees of a channel.

To loguru a channel is a handler whose filter does the work. loguru calls a handler's filter before
it formats the record and before it takes the handler's lock; the record is written there, and the
answer is False. So nothing is formatted twice, and a log call in a signal handler that interrupts
another one finds no lock taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeAlias

from . import metrics
from .compiled import Filter, Parts, made
from .entry import Entry, component_of
from .extra import Extra
from .faults import faults, is_interruption
from .seal import Seal

__all__ = ["Board", "Sink", "Straight", "Taker", "Way"]

_WAYS = 1024
Straight: TypeAlias = "tuple[Callable[[bytes], None], Callable[[Entry, BaseException], None]]"
"""What appends a line, and what is told of the error that it raises."""

Way: TypeAlias = "tuple[tuple[Callable[[Entry], None], ...], bool, tuple[Straight | None, ...]]"
"""What writes a record, whether it is numbered, and for each writer how a line goes straight."""


class Taker(Protocol):
    """A channel or the console."""

    @property
    def name(self) -> str:
        """As in the settings."""

    @property
    def level(self) -> int:
        """The least level number that it takes."""

    @property
    def numbers(self) -> bool:
        """Whether what only it takes is numbered."""

    @property
    def straight(self) -> Straight | None:
        """How a line goes where `write` brings its entry; None if that does more."""

    def takes(self, component: str) -> bool:
        """Tell whether records of `component` go here."""

    def write(self, entry: Entry) -> None:
        """Write the entry. Never raises."""

    def close(self) -> None:
        """Let go of what is open."""


class Board:
    """Who is there to take records, looked up by component and level.

    Args:
        takers: channels and console, in the order in which they write.
    """

    __slots__ = ("_state", "parts")

    def __init__(self, takers: Iterable[Taker] = ()) -> None:
        self.parts: Parts | None = None
        """What a compiled filter works with; None: its twin takes all records."""
        self.show(takers)

    def show(self, takers: Iterable[Taker]) -> None:
        """Let these take the records from now on."""
        # One tuple, replaced whole: no route of those who are gone gets among the new ones.
        routes: dict[tuple[str, int], Way] = {}
        self._state = tuple(takers), routes

    def way(self, component: str, level_no: int) -> Way:
        """Return what writes such a record, and whether it is numbered."""
        takers, ways = self._state
        way = ways.get((component, level_no))
        if way is None:
            those = [t for t in takers if level_no >= t.level and t.takes(component)]
            writes = tuple(taker.write for taker in those)
            numbered = any(taker.numbers for taker in those)
            way = writes, numbered, tuple(taker.straight for taker in those)
            if len(ways) < _WAYS:  # the components may come from data
                ways[component, level_no] = way
        return way


class Sink:
    """What loguru adds and removes: one for each channel.

    The first one that meets a record writes it to all channels that take it, so that loguru's walk
    along the others costs next to nothing.

    Args:
        channel: the channel that this handler stands for.
        seal: makes entries. A record that another seal has made an entry of is left alone: while
            configurations change, it meets the sinks of both.
        board: knows the channels that are there.
    """

    def __init__(self, channel: Taker, seal: Seal, board: Board) -> None:
        self._channel = channel
        self._seal = seal
        self._board = board
        self.take = made(Filter, self.filter, self.filter, board, self.fail, Extra)
        """The filter for loguru: `filter`, compiled if it can be."""

    def filter(self, record: dict[str, Any]) -> bool:
        """Write the record, if it is not yet. Always False: loguru has nothing left to do."""
        try:
            logged, extra = record, record["extra"]
            if type(extra) is Extra:
                if extra.written:
                    return False
                logged = extra.logged(record)
            component = component_of(logged["extra"])
            writes, numbered, _ = self._board.way(component, logged["level"].no)
            if writes:
                entry = self._seal.entry_of(record, numbered=numbered)
                if entry is not None:
                    record["extra"].written = True
                    for write in writes:
                        write(entry)
        except BaseException as error:
            self.fail(error)
        return False

    def fail(self, error: BaseException) -> None:
        """Count a record that was lost to an error; an interruption goes to its application."""
        if is_interruption(error):
            # Maybe after the record got its number: a gap that nothing explains is worse
            # than one record too many in the count.
            metrics.increment("records_dropped", channel=self._channel.name)
            raise error
        faults.lost(self._channel.name, error)

    def write(self, message: str) -> None:
        """Take nothing: the filter lets nothing through."""

    def stop(self) -> None:
        """Let go of the file, when loguru removes the handler."""
        self._channel.close()
