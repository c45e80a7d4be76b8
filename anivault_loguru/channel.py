"""Channels: where sealed entries go, a file each; and the console."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TextIO

from .audited import AuditFile
from .background import Background
from .board import Straight
from .entry import Entry
from .faults import faults, is_interruption
from .journal import Journal
from .render import human
from .schemas import decoded
from .writer import Writer, appending

__all__ = ["Channel", "Console", "Route"]


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
        self._append = appending(writer) if isinstance(writer, Writer) else writer.append
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
            self.failed(entry, error)

    @property
    def straight(self) -> Straight | None:
        """What appends a line as it is, at once, and is told of a failure; None if it is not so."""
        there = isinstance(self.writer, Writer) and self._queue is None and not self._text
        return (self._append, self.failed) if there else None

    def failed(self, entry: Entry, error: BaseException) -> None:
        """Count an entry whose line is not in the file; an interruption goes to its application."""
        if is_interruption(error):
            raise error
        faults.lost(self.name, error)
        self._aside(entry)

    def take(self, entries: list[Entry]) -> None:
        """Append the lines of many entries, which waited in the queue."""
        lines = [self._line(entry) for entry in entries]
        self.writer.append_all(lines, lambda number, error: self.failed(entries[number], error))

    def drop(self, entry: Entry) -> None:
        """Count an entry for which the queue has no room."""
        faults.lost(self.name, "the queue is full")

    def close(self) -> None:
        """Let go of the file."""
        self.writer.close()

    def _line(self, entry: Entry) -> bytes:
        return _text_line(entry) if self._text else entry.line


class Console:
    """Shows entries on stderr, whatever stderr is at that moment.

    Args:
        level: the least level number.
        form: `human`, `ndjson`, or `auto`: human on a terminal.
        color: `always`, `never`, or `auto`: on a terminal.
        stream: where to.
        numbers: whether what only the console takes is numbered: it is where there are no files.
        no_color: `auto` never colours: NO_COLOR is set, or the terminal is a dumb one.
        journal: marks what goes to the systemd journal; None where there is none.
    """

    name = "console"
    straight: Straight | None = None

    def __init__(
        self,
        *,
        level: int,
        form: str = "auto",
        color: str = "auto",
        stream: Callable[[], TextIO | None] = lambda: sys.stderr,
        no_color: bool = False,
        numbers: bool = True,
        journal: Journal | None = None,
    ) -> None:
        self.level = level
        self.numbers = numbers
        self._journal = journal
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
            if self._journal is not None:
                text = self._journal.marked(text, stream, entry.level_no)
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
        return human(decoded(entry.line), color=auto or self._color == "always")


def _text_line(entry: Entry) -> bytes:
    return human(decoded(entry.line), dated=True).encode("utf-8", "backslashreplace")


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
