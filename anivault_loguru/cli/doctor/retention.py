"""What is kept of each channel: the policy, what is on disk, and whether that obeys it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone

from ...rotation import Backup, Naming, Retention
from ..reading import decode, lines_of
from .check import NOTE, PROBLEM, Check, age, many, size

__all__ = ["Kept", "cap_of", "kept", "obeys"]

_DAY = 86_400
# Lines looked at for the first that is a record.
_LINES = 100
_SHOWN = 3
_PATIENCE = 600


@dataclass(frozen=True)
class Kept:
    """One channel's policy and files. Ages are in days, sizes in bytes; 0 is no limit.

    Attributes:
        oldest: the stamp of the oldest record, empty if there is none, or the file is text.
        live: the size of the live file.
    """

    channel: str
    file: str
    max_bytes: int
    retention: Retention
    gzip: bool
    backups: tuple[Backup, ...]
    live: int
    oldest: str

    @property
    def bytes(self) -> int:
        """The size of all files."""
        return self.live + sum(backup.size for backup in self.backups)

    @property
    def files(self) -> int:
        """How many files there are."""
        return len(self.backups) + bool(self.live)


def kept(
    folder: str, channel: str, file: str, max_bytes: int, retention: Retention, gzip: bool
) -> Kept:
    """Look at the files of one channel."""
    naming = Naming(file)
    found = []
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        backup = naming.parse(name)
        if backup is not None:
            found.append(backup._replace(size=_size(os.path.join(folder, name))))
    found.sort()
    names = [*(backup.name for backup in found if not backup.partial), file]
    oldest = next(filter(None, (_first_stamp(os.path.join(folder, name)) for name in names)), "")
    live = _size(os.path.join(folder, file))
    return Kept(channel, file, max_bytes, retention, gzip, tuple(found), live, oldest)


def cap_of(one: Kept) -> int | None:
    """Return the most bytes that a channel can come to; None if no cap limits them."""
    if not one.max_bytes:
        return None
    caps = [one.retention.count * one.max_bytes, one.retention.max_bytes]
    caps = [cap for cap in caps if cap]
    return min(caps) + one.max_bytes if caps else None


def obeys(one: Kept, now: float, slack: int) -> Iterator[Check]:
    """Compare what is on disk with the policy; `slack` is the size of the longest record."""
    surplus = one.retention.surplus(
        (backup for backup in one.backups if not backup.partial), now=int(now * 1_000_000)
    )
    if surplus:
        names = ", ".join(backup.name for backup in surplus[:_SHOWN])
        yield _problem(
            f"{one.file}: {many(len(surplus), 'backup')} beyond the policy ({names}"
            + ", …)" * (len(surplus) > _SHOWN)
            + ")" * (len(surplus) <= _SHOWN),
            "The next program that logs there removes them, or remove them by hand.",
        )
    days, seconds = one.retention.days, now - _moment(one.oldest, now)
    # A backup's age counts from its last record; its first is a day older, as files are daily.
    if days and not surplus and seconds > (days + 1) * _DAY:
        yield _problem(
            f"{one.file}: its oldest record is {age(seconds)} old, beyond {many(days, 'day')}",
            "The file has not been rotated since: log to it, or remove it by hand.",
        )
    if one.max_bytes and one.live > one.max_bytes + slack:
        yield _problem(
            f"{one.file}: {size(one.live)}, beyond its cap of {size(one.max_bytes)}",
            "It could not be rotated: see the rotation lock and the permissions.",
        )
    waiting = [
        backup
        for backup in one.backups
        if one.gzip and not backup.compressed and now - backup.closed / 1e6 > _PATIENCE
    ]
    if waiting:
        text = f"{one.file}: {many(len(waiting), 'backup')} not compressed yet"
        remedy = "Done when no process has them open and some program logs there."
        yield Check("retention", NOTE, text, remedy)


def _problem(text: str, remedy: str) -> Check:
    return Check("retention", PROBLEM, text, remedy)


def _moment(stamp: str, default: float) -> float:
    try:
        return datetime.fromisoformat(stamp[:-1]).replace(tzinfo=timezone.utc).timestamp()
    except (ValueError, OverflowError):
        return default


def _size(path: str) -> int:
    try:
        found = os.lstat(path)
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def _first_stamp(path: str) -> str:
    """Return the stamp of the first record of a file; empty if it has none near its start."""
    if not _size(path):
        return ""
    try:
        for line in lines_of(path):
            document = decode(line.data)
            if document is not None:
                stamp: str = document["timestamp"]
                return stamp
            if line.number >= _LINES:
                break
    except OSError:
        return ""  # said among the contents
    return ""
