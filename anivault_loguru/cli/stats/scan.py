"""Adds up files. Lines of the native schema are told by their bytes, a block at a time.

Decoding every line would cost most of the time. A block whose lines all begin and end like lines of
ours is counted by the heads of its lines; decoded are only errors, and the fields of those events
that have figures in them. Any other block is decoded line by line. So a line that is damaged
between its ends only is not noticed here: `validate` is for that.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from ..reading import STDIN, Copies, Selection, Source, blocks_of, decode
from .totals import ERRORS, Totals

__all__ = ["Scan"]

_START = b'{"timestamp":"'
_SECOND = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_STAMP = 27
# What comes after the head of a line, and around its fields. None of them stands inside a text,
# where each quote has a backslash before it.
_MESSAGE = b'","message":"'
_FIELDS = b'"fields":'
_AFTER = b',"logger":"'
_LONGEST_HEAD = 300
# How far from its end a line has its number, unless it is an error.
_END = -30
_HEADS = 10_000
_HEAD = ["timestamp", "level", "component", "event"]
_DETAILED = frozenset({"api_request", "performance", "cache", "metrics.summary"})


class _Head(NamedTuple):
    """What the beginning of a line says."""

    level: str
    component: str
    event: str

    @property
    def is_special(self) -> bool:
        """Whether its records are more than one more."""
        return self.level in ERRORS or self.event in _DETAILED


class Scan:
    """Adds up sources.

    Only errors are looked at for copies, for the usual copies are those in `error.log`. If it
    turns out that two channels of a folder hold other records of one level and component, every
    record has to be looked at, and all is read once more.

    Args:
        sources: what to read.
        selection: its `since` and `until` are heeded, nothing else.

    Attributes:
        totals: what was added up.
        unread: what could not be read, or not to its end, as texts.
    """

    def __init__(self, sources: Iterable[Source], selection: Selection) -> None:
        self._sources = sorted(sources, key=lambda source: (source.closed, source.channel))
        self._selection = selection
        self._exact = len(self._sources) > 1 and any(s.path == STDIN for s in self._sources)
        self._begin()

    def run(self) -> Totals:
        """Read everything and return the totals."""
        for source in self._sources:
            self._read(source)
        if self._shared and not self._exact:
            self._exact = True
            self._begin()
            return self.run()
        self._count_heads()
        self.totals.copies = self._copies.count
        return self.totals

    def _begin(self) -> None:
        self.totals = Totals()
        self.unread: list[str] = []
        self._copies = Copies()
        self._heads: Counter[bytes] = Counter()
        self._known: dict[bytes, _Head] = {}
        self._channels: dict[tuple[str, str, str], str] = {}
        self._shared = False

    def _read(self, source: Source) -> None:
        self.totals.files += 1
        try:
            for block in blocks_of(source.path):
                self.totals.bytes += len(block)
                if self._exact or not self._add_block(block, source):
                    for line in block.removesuffix(b"\n").split(b"\n"):
                        self._add_line(line, source)
        except OSError as error:
            self.unread.append(str(error))

    def _add_line(self, line: bytes, source: Source) -> None:
        document = decode(line)
        if document is None:
            self.totals.broken += 1
        elif self._selection.takes(document, line) and not self._copies.has(document):
            self.totals.add(document)
            self._note(source, document["level"], document["component"])

    def _add_block(self, block: bytes, source: Source) -> bool:
        """Count a block at once; False, having counted nothing, if it is not so simple."""
        lines = block.split(_START)
        if lines.pop(0) or block.count(b"\n") != len(lines) or not lines:
            return False  # not every line begins so
        heads = [line[_STAMP : line.find(_MESSAGE, _STAMP, _LONGEST_HEAD)] for line in lines]
        counts, seconds = Counter(heads), Counter([line[:19] for line in lines])
        if not self._learn(counts, seconds, source):
            return False
        first, last = min(seconds).decode(), max(seconds).decode()
        since, until = self._selection.since[:19], self._selection.until[:19]
        ends = [line.rfind(b',"seq":', _END) > 0 and line[-2:] == b"}\n" for line in lines]
        if not all(ends) and not all(line[-1:] == b"\n" for line in lines):
            return False  # a line that begins in the middle of another
        if first <= since or last >= until:
            return all(ends) and (last < since or first > until)
        special = {head: self._known[head] for head in counts if self._known[head].is_special}
        if special or not all(ends):
            details: dict[str, list[bytes]] = {}
            for line, head, is_whole in zip(lines, heads, ends, strict=True):
                known = special.get(head)
                if not is_whole or (known and known.level in ERRORS):
                    self._add_line(_START + line.removesuffix(b"\n"), source)
                    counts[head] -= 1
                    seconds[line[:19]] -= 1
                elif known:
                    details.setdefault(known.event, []).append(line)
            for event, rows in details.items():
                self._add_details(event, rows)
        for second, number in (+seconds).items():
            self.totals.add_times(second.decode(), number)
        self._heads.update(+counts)
        return True

    def _learn(self, heads: Iterable[bytes], seconds: Iterable[bytes], source: Source) -> bool:
        """Get to know the heads of a block; False if one of them is not as we write them."""
        if not all(map(_SECOND.fullmatch, seconds)):
            return False
        if len(self._known) > _HEADS:
            self._count_heads()
        for head in heads:
            known = self._known.get(head)
            if known is None:
                try:
                    found = orjson.loads(b'{"timestamp":"%b"}' % head)
                except ValueError:
                    return False
                _, *names = found.values()
                if list(found) != _HEAD or not all(type(name) is str for name in names):
                    return False
                known = self._known[head] = _Head(*names)
            self._note(source, known.level, known.component)
        return True

    def _note(self, source: Source, level: str, component: str) -> None:
        """Notice whether two channels of one folder hold records of one kind that is no error."""
        if level not in ERRORS and len(self._channels) < _HEADS:
            key = (os.path.dirname(source.path), level, component)
            self._shared |= self._channels.setdefault(key, source.channel) != source.channel

    def _count_heads(self) -> None:
        for head, number in self._heads.items():
            self.totals.add_many(self._known[head].level, self._known[head].component, number)
        self._heads.clear()
        self._known.clear()

    def _add_details(self, event: str, lines: list[bytes]) -> None:
        """Take in what is special to the events of a block, from their fields alone."""
        requests: dict[str, list[dict[str, Any]]] = {}
        for line in lines:
            fields = _fields_of(line)
            if fields is None or event == "metrics.summary":
                document = decode(_START + line)
                if document is not None:
                    self.totals.add_detail(document)
            elif event == "api_request":
                path = str(fields.get("endpoint", "")).partition("?")[0]
                requests.setdefault(path, []).append(fields)
            else:
                self.totals.add_fields(event, fields)
        for path, rows in requests.items():
            self.totals.add_requests(path, rows)


def _fields_of(line: bytes) -> dict[str, Any] | None:
    """The fields of a whole line; None if that takes decoding all of it."""
    start = line.find(_FIELDS, _STAMP) + len(_FIELDS)
    try:
        fields = orjson.loads(line[start : line.find(_AFTER, start)])
    except ValueError:
        return None
    return fields if type(fields) is dict else None
