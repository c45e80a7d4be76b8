"""Keeps account of the runs: which numbers came, and whether their stamps rise.

A bit stands for each number, in pages of 1024: a million records of one run take 300 kB, and the
order in which files are read does not matter.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ..reading import STDIN, Source

__all__ = ["Account", "Gap", "Run"]

_PAGE = 1024
_FULL = (1 << _PAGE) - 1
# Of 100 bytes for a run and 300 for a page: 100 MB, or 200 million records.
_ROOM = 200_000
# What a program logs last.
_ENDS = frozenset({"logging.stopped", "metrics.summary"})
_ERRORS = frozenset({"ERROR", "CRITICAL"})


class Gap(NamedTuple):
    """Numbers of a run that no file holds, from `first` to `last`."""

    run: str
    first: int
    last: int


@dataclass(slots=True)
class Run:
    """What is known of a run besides its numbers.

    Attributes:
        last: its latest stamp.
        thread: the first thread that was seen.
        threads: whether there were others.
        dropped: how many records its summaries say were dropped.
        highest: its highest number.
        ended: whether the record of that number says so: it was not killed, and does not go on.
        pruned: its highest number among the records up to the stamp `pruned`.
    """

    last: str
    thread: str
    threads: bool = False
    dropped: int = 0
    highest: int = 0
    ended: bool = False
    pruned: int = 0


class Account:
    """Takes records one after the other, those of a file together.

    Args:
        tolerance: how far, in seconds, stamps of a run may fall within a channel.
        copies: the names of channels in which records stand once more.
        pruned: up to this stamp some channel's records may have been pruned.
        room: how many runs and pages are kept.

    Attributes:
        runs: what is known of each run.
        not_shown: how many missing records `gaps` left out.
        explained: how many were missing, but may have been pruned.
        full: whether there was no room for some runs or numbers.
    """

    def __init__(
        self,
        *,
        tolerance: float,
        copies: Collection[str] = (),
        pruned: str = "",
        room: int = _ROOM,
    ) -> None:
        self.runs: dict[str, Run] = {}
        self.not_shown = self.explained = 0
        self.full = False
        self._tolerance = timedelta(seconds=tolerance)
        self._copies = copies
        self._pruned = pruned
        self._room = room
        self._own: dict[tuple[str, int], int] = {}
        self._copied: dict[tuple[str, int], int] = {}
        self._channel = ""
        self._is_copy = False
        self._stamps: dict[str, str] = {}

    def take(self, source: Source, document: dict[str, Any]) -> Iterator[str]:
        """Enter a valid record, and yield what is wrong with its stamp or number."""
        stamp = document["timestamp"]
        if source.channel != self._channel:
            self._begin(source)
        name, seq = document["run"], document["seq"]
        run = self.runs.get(name)
        if run is None:
            if len(self.runs) >= self._room:
                self.full = True
                return
            run = self.runs[name] = Run(stamp, document["thread"])
        if document["thread"] != run.thread:
            run.threads = True
        run.last = max(run.last, stamp)
        if document["event"] == "metrics.summary":
            run.dropped = max(run.dropped, _dropped(document["fields"]))
        before = self._stamps.get(name, "")
        self._stamps[name] = max(before, stamp)
        if stamp < before and (fall := _seconds(stamp, before)) > self._tolerance:
            self._stamps[name] = stamp
            yield f"the stamp is {fall} before an earlier one of run {name}: a clock set back?"
        if seq > run.highest:
            run.highest, run.ended = seq, document["event"] in _ENDS
        if stamp <= self._pruned:
            run.pruned = max(run.pruned, seq)
        if seq and not self._enter(name, seq, document["level"]):
            yield f"seq {seq} of run {name} came before"

    def _begin(self, source: Source) -> None:
        self._channel = source.channel
        self._is_copy = os.path.basename(source.channel) in self._copies
        self._stamps.clear()

    def _enter(self, run: str, seq: int, level: str) -> bool:
        page, bit = (run, seq // _PAGE), 1 << seq % _PAGE
        pages = self._copied if self._is_copy else self._own
        bits = pages.get(page, 0)
        if bits & bit and self._channel == STDIN and level in _ERRORS:
            pages = self._copied  # `cat *.log`: a copy from error.log
            bits = pages.get(page, 0)
        if bits & bit:
            return False
        if not bits and len(self._own) + len(self._copied) >= self._room:
            self.full = True
        else:
            pages[page] = bits | bit
        return True

    def fill(self, name: str, seq: int) -> None:
        """Enter a record that was read later, or once more: it only fills a gap."""
        run = self.runs.get(name)
        if run is not None and 0 < seq < run.highest:
            page = (name, seq // _PAGE)
            self._own[page] = self._own.get(page, 0) | 1 << seq % _PAGE

    def gaps(self, limit: int) -> list[Gap]:
        """Return the first gaps of all runs, in their order; the others are counted only."""
        found: list[Gap] = []
        self.not_shown = self.explained = 0
        for gap in () if self.full else self._gaps():
            if gap.last < self.runs[gap.run].pruned:
                self.explained += gap.last - gap.first + 1
            elif len(found) < limit:
                found.append(gap)
            else:
                self.not_shown += gap.last - gap.first + 1
        return found

    def _gaps(self) -> Iterator[Gap]:
        run, number = "", 0  # the highest number so far
        for page in sorted(self._own.keys() | self._copied.keys()):
            if page[0] != run:
                run, number = page[0], 0
            bits = self._own.get(page, 0) | self._copied.get(page, 0)
            start = page[1] * _PAGE
            for first, last in _spans(bits):
                if 0 < number < start + first - 1:
                    yield Gap(run, number + 1, start + first - 1)
                number = start + last


def _spans(bits: int) -> Iterator[tuple[int, int]]:
    """Yield first and last of each row of ones."""
    place = 0
    while bits:
        zeros = (bits & -bits).bit_length() - 1
        bits >>= zeros
        ones = (~bits & (bits + 1)).bit_length() - 1
        yield place + zeros, place + zeros + ones - 1
        bits >>= ones
        place += zeros + ones


def _dropped(fields: dict[str, Any]) -> int:
    log = fields.get("log")
    dropped = log.get("dropped") if isinstance(log, dict) else 0
    return dropped if type(dropped) is int else 0


def _seconds(earlier: str, later: str) -> timedelta:
    try:
        moments = [datetime.fromisoformat(stamp[:-1]) for stamp in (earlier, later)]
    except ValueError:  # the digits are in place, but there is no such day
        return timedelta()
    return moments[1] - moments[0]
