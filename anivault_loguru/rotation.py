"""Policy without files: when to rotate, how backups are named and recognised, what to prune.

A backup of `app.log` is `app.2026-11-23_00-00-00_000000.log`, and `….log.gz` once compressed. The
stamp is in UTC, like the records: local time would name two moments alike when clocks go back. It
is the instant at which the file was closed: a daily rotation bears the boundary it stands for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from .patterns import pattern

__all__ = ["Backup", "Naming", "Retention", "next_boundary"]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_STAMP = pattern("([0-9]{4})-([0-9]{2})-([0-9]{2})_([0-9]{2})-([0-9]{2})-([0-9]{2})_([0-9]{6})")
_DAY = 86_400


class Backup(NamedTuple):
    """A rotated file: when it was closed (microseconds since 1970 UTC), its name and its state."""

    closed: int
    name: str
    compressed: bool
    partial: bool = False
    size: int = 0


class Naming:
    """Names the backups of one live file and recognises them, and nothing else.

    Args:
        file: the name of the live file, `app.log`.
    """

    def __init__(self, file: str) -> None:
        self._stem, dot, suffix = file.rpartition(".")
        if not dot:
            self._stem, suffix = file, ""
        self._suffix = dot + suffix
        # What may follow the stamp, and what it says: compressed, partial.
        self._states = {
            self._suffix: (False, False),
            f"{self._suffix}.gz": (True, False),
            f"{self._suffix}.gz.tmp": (True, True),
        }

    def name(self, closed: int) -> str:
        """Return the name of the backup closed at `closed`, microseconds since 1970 UTC."""
        moment = (_EPOCH + timedelta(microseconds=closed)).replace(tzinfo=None)
        stamp = moment.isoformat("_", "microseconds").replace(":", "-").replace(".", "_")
        return f"{self._stem}.{stamp}{self._suffix}"

    def parse(self, name: str, size: int = 0) -> Backup | None:
        """Return the backup that `name` names, or None for the live file and every stranger."""
        if not name.startswith(f"{self._stem}."):
            return None
        match = _STAMP.match(name, len(self._stem) + 1)
        state = self._states.get(name[match.end() :]) if match else None
        if match is None or state is None:
            return None
        try:
            moment = datetime(*map(int, match.groups()), tzinfo=timezone.utc)  # type: ignore[misc, arg-type]
        except ValueError:  # digits in the right places, but no date
            return None
        closed = (moment - _EPOCH) // timedelta(microseconds=1)
        return Backup(closed, name, *state, size)


@dataclass(frozen=True)
class Retention:
    """How much of the past is kept: days, backups, and their total bytes; 0 is no limit."""

    days: int = 0
    count: int = 0
    max_bytes: int = 0

    def surplus(self, backups: Iterable[Backup], *, now: int) -> list[Backup]:
        """Return the backups to remove, oldest first.

        A backup that is just being compressed stands there twice and counts as one.

        Args:
            backups: all backups of one live file.
            now: microseconds since 1970 UTC.
        """
        moments = [list(same) for _, same in groupby(sorted(backups), attrgetter("closed"))]
        oldest = now - self.days * _DAY * 1_000_000 if self.days else None
        total = sum(max(backup.size for backup in same) for same in moments)
        gone = 0
        for same in moments:
            kept = len(moments) - gone
            if not (
                (oldest is not None and same[0].closed < oldest)
                or (self.count and kept > self.count)
                or (self.max_bytes and total > self.max_bytes)
            ):
                break
            total -= max(backup.size for backup in same)
            gone += 1
        return [backup for same in moments[:gone] for backup in same]


def next_boundary(at: time | None, moment: float) -> float:
    """Return the first instant after `moment` at which the clock shows `at`; never if it is None.

    Both are seconds since 1970 UTC. A time without a zone is the machine's local time; one that a
    change to summer time skips is taken as if the clock had not been changed yet.
    """
    if at is None:
        return float("inf")
    zone = at.tzinfo
    day = datetime.fromtimestamp(moment, zone).date()
    for ahead in range(-1, 4):
        boundary = datetime.combine(day + timedelta(days=ahead), at).timestamp()
        if boundary > moment:
            return boundary
    return moment + _DAY
