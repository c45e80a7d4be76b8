"""The survey: where a chain stands that somebody else, or a crash, may have written to.

Nothing is repaired here. What is not as it was left gets a reason, and goes into the chain itself
as a `chain.recovered` record.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import BinaryIO

import orjson

from .chain import GENESIS, Key, Sealed, key_of, sealed
from .gate import Note
from .rotation import Naming

__all__ = ["End", "Found", "end_of", "is_record", "last_backed_up", "lines_of", "survey"]

_CHUNK = 8192


@dataclass
class End:
    """How a file ends: its last linked line, what stands behind that, whether a newline does."""

    last: Sealed | None = None
    piece: bytes = b""
    ended: bool = True


@dataclass
class Found:
    """Where to go on: the digest before, the key it was sealed with, and what was wrong."""

    head: str
    key: Key | None
    ended: bool
    reasons: dict[str, str] = field(default_factory=dict)
    details: dict[str, object] = field(default_factory=dict)


def survey(
    path: str, before: Callable[[], Sealed | None], noted: Note | None, keys: Sequence[Key]
) -> Found:
    """Find out where the chain stands whose live file is at `path`.

    Args:
        path: the live file.
        before: gives the last linked line of the backups, if the live file has none.
        noted: what the last writer left at the gate.
        keys: those that may have sealed it.

    Raises:
        OSError: a file can't be read.
    """
    end = end_of(path)
    last = end.last or before()
    head = last.digest if last else GENESIS
    found = Found(head, key_of(last, keys) if last else None, end.ended)
    _look_behind(end, found)
    if last and found.key is None:
        found.reasons["unknown_seal"] = "no known key fits the last line"
    if noted is None:
        if last:
            found.reasons["no_note"] = "nothing tells what was confirmed last"
    elif noted.head != head:
        if _follows(lines_of(path), noted.head, keys):
            found.reasons["unconfirmed"] = "a process died before its records were confirmed"
        else:
            # The true order: whoever brings back what is missing has the whole chain again.
            found.reasons["missing"] = "the last confirmed record is not there"
            found.details["expected"] = found.head = noted.head
    return found


def _look_behind(end: End, found: Found) -> None:
    """Give the reason for what stands behind the last linked line, if anything does."""
    if end.piece:
        pieces = end.piece.split(b"\n")
        if any(map(is_record, pieces)):
            found.reasons["foreign"] = "lines without links stand in the file"
        else:
            found.reasons["torn"] = "a line was not written to its end"
        found.details["piece_bytes"] = len(end.piece)
        found.details["piece_sha256"] = hashlib.sha256(end.piece).hexdigest()
    elif not end.ended:
        found.reasons["torn"] = "the last line lacked its newline"


def end_of(path: str) -> End:
    """Tell how the file at `path` ends, reading no more of it than is needed.

    Raises:
        OSError: it can't be read.
    """
    with open(path, "rb") as file:
        size, chunk = file.seek(0, os.SEEK_END), _CHUNK
        while True:
            start = max(0, size - chunk)
            file.seek(start)
            data = file.read()
            if start:
                data = data[data.find(b"\n") + 1 :] if b"\n" in data else b""
            end = _end(data)
            if end.last is not None or start == 0:
                return end
            chunk *= 8


def _end(data: bytes) -> End:
    ended = not data or data.endswith(b"\n")
    data = data.removesuffix(b"\n")
    stop = len(data)
    while stop >= 0:
        begin = data.rfind(b"\n", 0, stop) + 1
        last = sealed(data[begin:stop])
        if last is not None:
            return End(last, data[stop + 1 :], ended)
        stop = begin - 1
    return End(None, data, ended)


def lines_of(path: str) -> Iterator[bytes]:
    """Yield the lines of a file, plain or `.gz`, with their newlines.

    Raises:
        OSError: it can't be read, or its compression is broken.
    """
    with open(path, "rb") as raw:
        opened: BinaryIO = raw
        if path.endswith(".gz"):
            opened = gzip.GzipFile(fileobj=raw)  # type: ignore[assignment]
        try:
            yield from opened
        except (EOFError, zlib.error) as error:
            raise OSError(f"the compressed data of {path!r} is damaged: {error}") from error


def is_record(line: bytes) -> bool:
    """Tell whether a line is a whole JSON object, which no torn write leaves without its links."""
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def _follows(lines: Iterable[bytes], head: str, keys: Sequence[Key]) -> bool:
    """Tell whether a record after `head`, and all after it, are linked to it in good order."""
    links = (found for line in lines if (found := sealed(line.removesuffix(b"\n"))))
    first = next((found for found in links if found.prev == head), None)
    if first is None:
        return False
    for found in chain([first], links):
        if found.prev != head or key_of(found, keys) is None:
            return False
        head = found.digest
    return True


def last_backed_up(folder: str, naming: Naming) -> Sealed | None:
    """Return the last linked line of the newest backup that has one."""
    backups = [found for name in os.listdir(folder) if (found := naming.parse(name))]
    for backup in sorted((b for b in backups if not b.partial), reverse=True):
        last = None
        for line in lines_of(os.path.join(folder, backup.name)):
            last = sealed(line.removesuffix(b"\n")) or last
        if last is not None:
            return last
    return None
