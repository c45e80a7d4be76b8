"""Channels: where sealed entries go. Both lanes meet in `write(entry)`.

To loguru a channel is a handler whose filter does the work. loguru calls a handler's filter before
it formats the record and before it takes the handler's lock; the channel writes there and answers
False. So nothing is formatted twice, and a log call in a signal handler that interrupts another one
finds no lock taken.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TextIO, TypeAlias

import orjson

from . import metrics
from .audited import AuditFile
from .background import Background
from .entry import Entry, component_of
from .faults import faults, is_interruption
from .render import human
from .seal import Extra, Seal
from .writer import Writer

__all__ = ["Board", "Channel", "Console", "Route", "Sink", "Taker", "Way"]

_WAYS = 1024
Way: TypeAlias = "tuple[tuple[Callable[[Entry], None], ...], bool]"
"""What writes a record, and whether it is numbered."""


class Route:
    """Which components a channel takes.

    Args:
        components: the names; none means all that `claimed` does not hold, `*` all there are.
        claimed: the components that some channel names.
    """

    def __init__(self, components: frozenset[str], claimed: frozenset[str]) -> None:
        self._named = components
        self._all = "*" in components
        self._others = None if components else claimed

    def takes(self, component: str) -> bool:
        """Tell whether records of `component` go here."""
        if self._others is not None:
            return component not in self._others
        return self._all or component in self._named


class Channel:
    """One file: takes the entries of its route, from its level up.

    Args:
        name: as in the settings.
        level: the least level number; loguru's handler checks it.
        route: which components.
        writer: the file.
        text: lines for people instead of JSON (`serialize = false`).
        aside: takes the line where the file did not: stderr, if the console does not show it.
        queue: where the entries wait for a thread that writes them; None to write them at once.
    """

    def __init__(
        self,
        name: str,
        *,
        level: int,
        route: Route,
        writer: Writer | AuditFile,
        text: bool = False,
        aside: Callable[[Entry], None] = lambda entry: None,
        queue: Background | None = None,
    ) -> None:
        self.name = name
        self.level = level
        self.numbers = True
        self.writer = writer
        self._append = writer.append
        self._route = route
        self._text = text
        self._aside = aside
        self._queue = queue

    def takes(self, component: str) -> bool:
        """Tell whether records of `component` go here."""
        return self._route.takes(component)

    def write(self, entry: Entry) -> None:
        """Append the entry's line; what can't be written is counted and said on stderr."""
        if self._queue is not None:
            self._queue.put(self, entry)
            return
        try:
            self._append(_text_line(entry) if self._text else entry.line)
        except Exception as error:
            if is_interruption(error):
                raise
            self._lost(entry, error)

    def take(self, entries: list[Entry]) -> None:
        """Append the lines of many entries, which waited in the queue."""
        lines = [self._line(entry) for entry in entries]
        self.writer.append_all(lines, lambda number, error: self._lost(entries[number], error))

    def drop(self, entry: Entry) -> None:
        """Count an entry for which the queue has no room."""
        faults.lost(self.name, "the queue is full")

    def close(self) -> None:
        """Let go of the file."""
        self.writer.close()

    def _line(self, entry: Entry) -> bytes:
        return _text_line(entry) if self._text else entry.line

    def _lost(self, entry: Entry, error: Exception) -> None:
        faults.lost(self.name, error)
        self._aside(entry)


class Console:
    """Shows entries on stderr, whatever stderr is at that moment.

    Args:
        level: the least level number.
        form: `human`, `ndjson`, or `auto`: human on a terminal.
        color: `always`, `never`, or `auto`: on a terminal.
        stream: where to.
        numbers: whether what only the console takes is numbered: it is where there are no files.
        no_color: `auto` never colours: NO_COLOR is set, or the terminal is a dumb one.
    """

    name = "console"

    def __init__(
        self,
        *,
        level: int,
        form: str = "auto",
        color: str = "auto",
        stream: Callable[[], TextIO | None] = lambda: sys.stderr,
        no_color: bool = False,
        numbers: bool = True,
    ) -> None:
        self.level = level
        self.numbers = numbers
        self._form = form
        self._color = color
        self._no_color = no_color
        self._stream = stream
        self._thread = threading.local()
        self._echo: TextIO | None = None
        self.shown = 0

    def takes(self, component: str) -> bool:
        """Take the records of every component."""
        return True

    def write(self, entry: Entry) -> None:
        """Show the entry. A stream that fails loses it, counted; pythonw has none to fail."""
        stream = self._stream()
        nested = getattr(self._thread, "writing", False)
        if stream is not None and nested:
            # What we wrote to this stream was logged: it belongs to somebody who logs output.
            self._echo = stream
        if stream is not None and stream is self._echo:
            stream = sys.__stderr__
        if stream is None:
            return
        self._thread.writing = True
        try:
            text = self._rendered(entry, stream)
            if text:
                _put(stream, text)
                self.shown += 1
        except Exception as error:
            if is_interruption(error):
                raise
            faults.lost(self.name, error)
        finally:
            self._thread.writing = nested

    def close(self) -> None:
        """Leave the stream alone: it is not ours."""

    def _rendered(self, entry: Entry, stream: TextIO) -> str:
        terminal = _is_terminal(stream)
        if not (self._form == "human" or (self._form == "auto" and terminal)):
            return entry.line.decode()
        if entry.event == "metrics.summary":
            return ""  # figures for the file and for programs: nobody reads them in passing
        auto = self._color == "auto" and terminal and not self._no_color
        return human(orjson.loads(entry.line), color=auto or self._color == "always")


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

    def __init__(self, takers: Iterable[Taker] = ()) -> None:
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
            way = (tuple(t.write for t in those), any(t.numbers for t in those))
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

    def filter(self, record: dict[str, Any]) -> bool:
        """Write the record, if it is not yet. Always False: loguru has nothing left to do."""
        extra = record["extra"]
        if type(extra) is Extra and extra.written:
            return False
        try:
            writes, numbered = self._board.way(component_of(extra), record["level"].no)
            if writes:
                entry = self._seal.entry_of(record, numbered=numbered)
                if entry is not None:
                    record["extra"].written = True
                    for write in writes:
                        write(entry)
        except BaseException as error:
            if is_interruption(error):
                # Maybe after the record got its number: a gap that nothing explains is worse
                # than one record too many in the count.
                metrics.increment("records_dropped", channel=self._channel.name)
                raise
            faults.lost(self._channel.name, error)
        return False

    def write(self, message: str) -> None:
        """Take nothing: the filter lets nothing through."""

    def stop(self) -> None:
        """Let go of the file, when loguru removes the handler."""
        self._channel.close()


def _text_line(entry: Entry) -> bytes:
    return human(orjson.loads(entry.line), dated=True).encode("utf-8", "backslashreplace")


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except Exception:
        return False


def _put(stream: TextIO, text: str) -> None:
    encoding = getattr(stream, "encoding", None)
    if type(encoding) is str:
        # A stream that is not UTF-8 keeps what it failed to encode and glues it to a later line.
        text = text.encode(encoding, "backslashreplace").decode(encoding)
    stream.write(text)
    stream.flush()
