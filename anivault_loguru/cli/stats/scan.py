"""Adds up files. Lines of the native schema are told by their bytes, a block at a time.

Decoding every line would cost most of the time. A block whose lines all look like lines of ours
from beginning to end is counted by one regular expression; decoded are only errors and the few
events that have figures in them, and some of these are read by an expression too. Any other block
is decoded line by line. So a line that is damaged between its ends only is not noticed here:
`validate` is for that.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import NamedTuple

import orjson

from ..reading import STDIN, Copies, Selection, Source, blocks_of, decode
from .totals import ERRORS, Totals

__all__ = ["Scan"]

# A whole line: the second, the head, and an end that no torn line has. `.*` runs to the end of the
# line and goes back once: linear.
_LINE = re.compile(
    rb'\{"timestamp":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d{6}Z",'
    rb'("level":"[^"\\]*","component":"[^"\\]*","event":"[^"\\]*"),"message":"'
    rb'.*,"seq":\d+(?:,".*)?\}\n'
)
_START = b'{"timestamp":"'
_MS = rb'"duration_ms":(-?\d+(?:\.\d+)?)[,}]'
_REQUEST = re.compile(
    rb'"fields":\{"endpoint":"([^"\\?]*)[^"\\]*","status_code":(\d+|null),' + _MS
).search
_OPERATION = re.compile(rb'"fields":\{"operation":"([^"\\]*)",' + _MS).search
_LOOKUP = re.compile(
    rb'"fields":\{"cache_key":"(?:[^"\\]|\\.)*","event_type":"(?:hit|miss)","hit":(true|false)[,}]'
).search
_HEADS = 10_000
_second, _head = itemgetter(0), itemgetter(1)

_Add = Callable[[bytes, Source], None]


class _Head(NamedTuple):
    """What the beginning of a line says, and who takes lines that have more to say."""

    level: str
    component: str
    is_error: bool
    add: _Add | None


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
        rows = _LINE.findall(block)
        starts = block.count(b"\n" + _START) + block.startswith(_START)
        # As many whole lines as there are newlines, beginnings of lines, and beginnings at all.
        if not len(rows) == block.count(b"\n") == starts == block.count(_START) > 0:
            return False
        if not block.endswith(b"\n"):
            return False
        first, last = min(map(_second, rows)).decode(), max(map(_second, rows)).decode()
        since, until = self._selection.since[:19], self._selection.until[:19]
        if last < since or first > until:
            return True
        heads = set(map(_head, rows))
        if first <= since or last >= until or not self._learn(heads, source):
            return False
        detailed = {head: self._known[head].add for head in heads if self._known[head].add}
        if detailed:
            for line, (_, head) in zip(block.split(b"\n"), rows, strict=False):
                if add := detailed.get(head):
                    add(line, source)
            rows = [row for row in rows if not self._known[row[1]].is_error]
        for second, number in Counter(map(_second, rows)).items():
            self.totals.add_times(second.decode(), number)
        self._heads.update(map(_head, rows))
        return True

    def _learn(self, heads: set[bytes], source: Source) -> bool:
        """Get to know the heads of a block; False if one of them is no JSON."""
        if len(self._known) > _HEADS:
            self._count_heads()
        for head in heads:
            known = self._known.get(head)
            if known is None:
                try:
                    level, component, event = orjson.loads(b"{%b}" % head).values()
                except ValueError:
                    return False
                is_error = level in ERRORS
                add = self._add_line if is_error else self._details().get(event)
                known = self._known[head] = _Head(level, component, is_error, add)
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

    def _details(self) -> dict[str, _Add]:
        return {
            "api_request": self._add_request,
            "performance": self._add_operation,
            "cache": self._add_lookup,
            "metrics.summary": self._add_detail,
        }

    def _add_detail(self, line: bytes, _: Source) -> None:
        document = decode(line)
        if document is not None:
            self.totals.add_detail(document)

    def _add_request(self, line: bytes, source: Source) -> None:
        if found := _REQUEST(line):
            route = self.totals.route(found[1].decode("utf-8", "replace"))
            status = None if found[2] == b"null" else int(found[2])
            self.totals.add_request(route, status, float(found[3]))
        else:
            self._add_detail(line, source)

    def _add_operation(self, line: bytes, source: Source) -> None:
        if found := _OPERATION(line):
            self.totals.add_operation(found[1].decode("utf-8", "replace"), float(found[2]))
        else:
            self._add_detail(line, source)

    def _add_lookup(self, line: bytes, source: Source) -> None:
        if found := _LOOKUP(line):
            self.totals.cache[found[1] == b"true"] += 1
        else:
            self._add_detail(line, source)
