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
from collections.abc import Iterable, Sequence, Set
from datetime import datetime
from functools import lru_cache
from itertools import compress
from operator import itemgetter, or_
from typing import Any, NamedTuple

import orjson

from ..reading import STDIN, Copies, Selection, Source, blocks_of, decode
from .totals import ERRORS, Totals

__all__ = ["Scan"]

_START = b'{"timestamp":"'
_STAMP = 27
_SECOND = 19
# What comes after the head of a line, and around its fields. None of them stands inside a text,
# where each quote has a backslash before it.
_MESSAGE = b'","message":"'
_FIELDS = b'"fields":'
_AFTER = b',"logger":"'
_NUMBER = b',"seq":'
# How far from its end a line has its number, unless it is an error.
_END = 30
# There too: the run of the program that wrote it, as we name runs.
_RUN = re.compile(rb'"run":"([0-9a-f]{8})","seq":([1-9]\d{0,15})\}\n')
_second_of = itemgetter(slice(_SECOND))
_end_of = itemgetter(slice(-_END, None))
# What is done once for each block takes as long as fifty lines.
_BLOCK = 1 << 18
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
        self._noted: set[bytes] = set()
        self._channels: dict[tuple[str, str, str], str] = {}
        self._shared = False

    def _read(self, source: Source) -> None:
        self.totals.files += 1
        self._noted.clear()
        try:
            for block in blocks_of(source.path, size=_BLOCK):
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
        lines = block.rsplit(_START)  # faster than `split`, which searches forwards
        if lines.pop(0) or block.count(b"\n") != len(lines) or not lines:
            return False  # not every line begins so
        heads = [line.partition(_MESSAGE)[0][_STAMP:] for line in lines]
        counts, times = Counter(heads), Counter(map(_second_of, lines))
        if not all(map(_is_second, times)) or not self._learn(counts.keys(), source):
            return False
        whole = _are_whole(lines)
        if not whole and not all(line.endswith(b"\n") for line in lines):
            return False  # a line that begins in the middle of another
        first, last = min(times).decode(), max(times).decode()
        since, until = self._selection.since[:_SECOND], self._selection.until[:_SECOND]
        if first <= since or last >= until:
            return whole and (last < since or first > until)
        special = {head for head in counts if self._known[head].is_special}
        if special or not whole:
            left_out = self._add_special(heads, lines, special, whole)
            counts.subtract(map(_head_of, left_out))
            times.subtract(map(_second_of, left_out))
        for second, number in times.items():
            if number:
                self.totals.add_times(second.decode(), number)
        self._heads.update(counts)
        return True

    def _learn(self, heads: Set[bytes], source: Source) -> bool:
        """Get to know the heads of a block; False if one of them is not as we write them."""
        if len(self._known) > _HEADS:
            self._count_heads()
        for head in heads - self._noted:
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
            self._noted.add(head)
        return True

    def _note(self, source: Source, level: str, component: str) -> None:
        """Notice whether two channels of one folder hold records of one kind that is no error."""
        if level not in ERRORS and len(self._channels) < _HEADS:
            key = (os.path.dirname(source.path), level, component)
            self._shared |= self._channels.setdefault(key, source.channel) != source.channel

    def _count_heads(self) -> None:
        for head, number in self._heads.items():
            if number:
                self.totals.add_many(self._known[head].level, self._known[head].component, number)
        self._heads.clear()
        self._known.clear()
        self._noted.clear()

    def _add_special(
        self, heads: list[bytes], lines: list[bytes], special: set[bytes], whole: bool
    ) -> list[bytes]:
        """Take in what is special to the lines of a block; return those that do not count."""
        errors = {head for head in special if self._known[head].level in ERRORS}
        alone = [*map(errors.__contains__, heads)]
        if not whole:
            torn = [not _are_whole([line]) for line in lines]
            alone = [*map(or_, alone, torn)]
            heads = [b"" if apart else head for apart, head in zip(alone, heads, strict=True)]
        left_out = [line for line in compress(lines, alone) if not self._add_alone(line)]
        events: dict[str, set[bytes]] = {}
        for head in special - errors:
            events.setdefault(self._known[head].event, set()).add(head)
        for event, same in events.items():
            self._add_details(event, [*compress(lines, map(same.__contains__, heads))])
        return left_out

    def _add_alone(self, line: bytes) -> bool:
        """Take in one line of a block; whether it counts: not if it is a copy, or no record.

        What ends as a copy does is not decoded.
        """
        found = _RUN.search(line, max(len(line) - _END - 15, 0))
        if found is not None:
            run, seq = found[1].decode(), int(found[2])
            if self._copies.knows_number(line[:10].decode(), run, seq):
                return False
        document = decode(_START + line)
        if document is None:
            self.totals.broken += 1
        elif not self._copies.has(document):
            self.totals.add_detail(document)
            return True
        return False

    def _add_details(self, event: str, lines: list[bytes]) -> None:
        """Take in what is special to records of one event, from their fields alone."""
        fields = None if event == "metrics.summary" else _fields_of(lines)
        if fields is not None:
            self.totals.add_fields(event, fields)
            return
        for line in lines:
            document = decode(_START + line)
            if document is not None:
                self.totals.add_detail(document)


def _head_of(line: bytes) -> bytes:
    return line.partition(_MESSAGE)[0][_STAMP:]


def _are_whole(lines: Sequence[bytes]) -> bool:
    """Whether each line ends as ours do, with its number."""
    ends = b"".join(map(_end_of, lines))
    return (
        len(ends) == _END * len(lines)
        and ends[_END - 2 :: _END] == b"}" * len(lines)
        and ends[_END - 1 :: _END] == b"\n" * len(lines)
        and ends.count(_NUMBER) == len(lines)
    )


def _fields_of(lines: Iterable[bytes]) -> list[dict[str, Any]] | None:
    """The fields of whole lines; None if that takes decoding all of them."""
    texts = [line.partition(_FIELDS)[2].rpartition(_AFTER)[0] for line in lines]
    try:
        found: list[Any] = orjson.loads(b"[%b]" % b",".join(texts))
    except ValueError:
        return None
    return found if [*map(type, found)] == [dict] * len(texts) else None


@lru_cache(4096)
def _is_second(text: bytes) -> bool:
    """Whether a stamp may begin so: `2026-11-23T01:02:03`."""
    try:
        second = text.decode()
        return datetime.fromisoformat(second).isoformat() == second
    except ValueError:
        return False
