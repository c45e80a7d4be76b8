"""Reading channel files: folders, live files, backups, `.gz`, standard input, line by line."""

from __future__ import annotations

import gzip
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple

__all__ = ["STDIN", "Line", "files_of", "lines_of"]

STDIN = "-"
# A line longer than any record of ours; a file without newlines must not eat the memory.
_LONGEST = 64_000_000


class Line(NamedTuple):
    """One line of a file: its number from 1, the byte it begins at, and its bytes."""

    number: int
    offset: int
    data: bytes


def files_of(paths: Iterable[str]) -> list[str]:
    """Return the files that `paths` name: a folder stands for its `.log` and `.log.gz` files."""
    found: list[str] = []
    for path in paths:
        if path != STDIN and os.path.isdir(path):
            names = sorted(os.listdir(path))
            found += [
                os.path.join(path, name) for name in names if name.endswith((".log", ".log.gz"))
            ]
        else:
            found.append(path)
    return found


def lines_of(path: str) -> Iterator[Line]:
    """Yield the lines of one file, without their newline, in constant memory.

    Raises:
        OSError: the file can't be read, or its compression is broken.
    """
    with _opened(path) as stream:
        number = offset = 0
        while data := stream.readline(_LONGEST):
            number += 1
            yield Line(number, offset, data.removesuffix(b"\n"))
            offset += len(data)


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    if path == STDIN:
        yield sys.stdin.buffer
        return
    with open(path, "rb") as raw:
        if raw.peek(2)[:2] != b"\x1f\x8b":
            yield raw
            return
        try:
            with gzip.GzipFile(fileobj=raw) as unpacked:
                yield unpacked  # type: ignore[misc]
        except EOFError as error:
            raise OSError(f"{path!r} ends in the middle of its compressed data") from error
