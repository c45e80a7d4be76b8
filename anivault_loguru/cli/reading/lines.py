"""The lines of one file, plain or compressed, in constant memory."""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import BinaryIO, NamedTuple

from .files import STDIN

__all__ = ["LONGEST", "Line", "blocks_of", "lines_of"]

LONGEST = 32_000_000
"""Longer than any line of ours; a file without newlines must not eat the memory."""

_CHUNK = 1 << 16
_GZIP = b"\x1f\x8b"


class Line(NamedTuple):
    """One line of a file: its number from 1, the byte it begins at, and its bytes."""

    number: int
    offset: int
    data: bytes


def lines_of(
    path: str, needle: bytes = b"", file: BinaryIO | None = None, start: int = 0
) -> Iterator[Line]:
    """Yield the lines of one file, without their newline, in constant memory.

    Args:
        path: the file; `-` is standard input.
        needle: only lines that hold these bytes. Their `number` is 0: the others are not counted.
        file: the opened file, read from where it stands.
        start: the byte where to begin in a file that is not compressed. A line that began before
            is left out, and `number` is 0.

    Raises:
        OSError: the file can't be read, or its compression is broken. What could be read has come.
    """
    number, offset = 0, start
    blocks = blocks_of(path, file, max(start - 1, 0))
    if start:
        # From the byte before: if that is a newline, the line is whole.
        first = next(blocks, b"")
        cut = first.find(b"\n") + 1 or len(first)
        offset += cut - 1
        blocks = chain([first[cut:]], blocks)
    for block in blocks:
        if needle:
            for place, data in reversed([*_holding(block, needle)]):
                yield Line(0, offset + place, data)
            offset += len(block)
            continue
        pieces = block.split(b"\n")
        if not pieces[-1]:
            pieces.pop()  # what is after the last newline
        for data in pieces:
            number += not start
            yield Line(number, offset, data)
            offset += len(data) + 1


def _holding(block: bytes, needle: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that hold the needle, the last first: CPython searches faster backwards."""
    place = block.rfind(needle)
    while place >= 0:
        start = block.rfind(b"\n", 0, place) + 1
        end = block.find(b"\n", place)
        yield start, block[start : end if end >= 0 else len(block)]
        place = block.rfind(needle, 0, start)


def blocks_of(
    path: str, file: BinaryIO | None = None, start: int = 0, size: int | None = None
) -> Iterator[bytes]:
    """Yield a file in blocks of whole lines; only the last block may lack its newline.

    A block has about `size` bytes; 64 kB, unless it is given, are searched the fastest. What is
    longer than 32 MB without a newline is cut. Raises what `lines_of` raises.
    """
    rest: list[bytes] = []
    length = 0
    with _opened(path, file) as opened:
        if start:
            opened.seek(start)
        chunks = _chunks(opened, path, size or _CHUNK)
        while True:
            try:
                chunk = next(chunks, b"")
            except OSError:
                if rest:
                    yield b"".join(rest)
                raise
            end = chunk.rfind(b"\n") + 1
            if end or not chunk or length + len(chunk) > LONGEST:
                end = end or len(chunk)
                if block := b"".join((*rest, memoryview(chunk)[:end])):
                    yield block
                rest, length = [], 0
            if not chunk:
                return
            rest.append(chunk[end:])
            length += len(chunk) - end


@contextmanager
def _opened(path: str, file: BinaryIO | None) -> Iterator[BinaryIO]:
    if file is not None:
        yield file
    elif path == STDIN:
        if sys.stdin is None:
            raise OSError("standard input is closed")
        yield sys.stdin.buffer
    else:
        with open_either(path) as opened:
            yield opened


def open_either(path: str) -> BinaryIO:
    """Open a file; a backup that was compressed since its name was read is its `.gz`."""
    try:
        return open(path, "rb")
    except FileNotFoundError:
        if path.endswith(".gz") or not os.path.exists(path + ".gz"):
            raise
        return open(path + ".gz", "rb")


def _chunks(file: BinaryIO, path: str, size: int) -> Iterator[bytes]:
    # One read of what is there: a pipe's reader need not wait until a block is full.
    read: Callable[[int], bytes] = getattr(file, "read1", None) or file.read
    first = read(size)
    while len(first) == 1 and (more := read(size)):
        first += more
    if first.startswith(_GZIP):
        yield from _unpacked(first, lambda: read(size), path)
        return
    while first:
        yield first
        first = read(size)


def _unpacked(data: bytes, read: Callable[[], bytes], path: str) -> Iterator[bytes]:
    """Unpack gzip members one after the other, a bounded piece at a time."""
    while data:
        unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
        full = False
        while not unpacker.eof:
            if not data and not full and not (data := read()):
                raise OSError(f"{path!r} ends in the middle of its compressed data")
            before = unpacker.copy()
            try:
                piece = unpacker.decompress(data, _CHUNK)
            except zlib.error as error:
                yield from _salvaged(before, data)
                raise OSError(f"{path!r} has damaged compressed data ({error})") from error
            data = unpacker.unconsumed_tail
            full = len(piece) == _CHUNK
            if piece:
                yield piece
        # Zeros may pad the end (RFC 1952 allows members only; gzip's tools skip them).
        data = unpacker.unused_data.lstrip(b"\0") or read()


def _salvaged(unpacker: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """What comes before the damage, which a call that raises keeps to itself."""
    while True:
        try:
            piece = unpacker.decompress(data, 1)
        except zlib.error:
            return
        data = unpacker.unconsumed_tail
        yield piece
