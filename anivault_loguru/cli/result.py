"""The file that a command writes: whole or not at all, and readable by its owner alone."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

__all__ = ["result"]


@contextmanager
def result(path: str) -> Iterator[BinaryIO]:
    """Yield a file to write that takes its place at `path` in the end; `-` is standard output.

    Where the block raises, what was at `path` stays. Logs are private, and so is what is made of
    them: mode 0600.
    """
    if path == "-":
        yield sys.stdout.buffer
        return
    folder, name = os.path.split(os.path.abspath(path))
    if os.path.isdir(path):
        raise IsADirectoryError(f"{path!r} is a folder")
    descriptor, scratch = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    try:
        with open(descriptor, "wb") as file:
            yield file
        os.replace(scratch, path)
    except BaseException:
        os.unlink(scratch)
        raise
