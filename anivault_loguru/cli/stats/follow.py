"""Follows all live files of a folder: what is appended, through rotation, deletion and new files.

A rotated file is read to its end, by the descriptor that is held, before the new one is begun.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import orjson

__all__ = ["Follower"]

# What a rotation leaves until it is compressed: its lines were read while it was live.
_BACKUP = re.compile(r"\.\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_\d{6}\.log$")
_TAIL = 2_000_000
_AT_ONCE = 8_000_000


class Follower:
    """Reads the `*.log` files of `folder`, from the last 2 MB of each on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, _File] = {}
        self._began = False

    def poll(self) -> Iterator[tuple[dict[str, Any], int]]:
        """Yield the decoded lines that came in since the last call, each with its size in bytes.

        A record that stands in two files comes twice; what is no line of ours is passed over.
        """
        try:
            names = {name for name in os.listdir(self._folder) if name.endswith(".log")}
        except OSError:
            names = set()
        for name in sorted({*names, *self._files}):
            if _BACKUP.search(name):
                continue
            yield from self._poll(name)
        self._began = True

    def _poll(self, name: str) -> Iterator[tuple[dict[str, Any], int]]:
        path = self._folder / name
        for _ in range(2):
            known = self._files.get(name)
            if known is not None:
                yield from known.documents()
                if known.is_at(path):
                    return
                known.close()
                del self._files[name]
            try:
                # What appears while we watch is read from its start, a fresh file after a rotation.
                self._files[name] = _File(path, tail=0 if self._began else _TAIL)
            except OSError:
                return


class _File:
    def __init__(self, path: Path, *, tail: int) -> None:
        self._file: BinaryIO = open(path, "rb", buffering=0)  # noqa: SIM115
        self._rest = b""
        self._inode = _inode(os.fstat(self._file.fileno()))
        size = os.fstat(self._file.fileno()).st_size
        if tail and size > tail:
            self._file.seek(size - tail)
            self._rest = b"?"  # the line that the tail begins in is no whole one

    def documents(self) -> Iterator[tuple[dict[str, Any], int]]:
        while data := self._file.read(_AT_ONCE):
            *lines, self._rest = (self._rest + data).split(b"\n")
            for line in lines:
                try:
                    document = orjson.loads(line)
                except ValueError:
                    continue
                if isinstance(document, dict) and {"run", "seq", "timestamp"} <= document.keys():
                    yield document, len(line) + 1

    def is_at(self, path: Path) -> bool:
        try:
            found = os.stat(path)
        except OSError:
            return False
        return _inode(found) == self._inode and found.st_size >= self._file.tell()

    def close(self) -> None:
        self._file.close()


def _inode(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino
