"""The demo's disk: files found under a folder, and a cache of their digests kept between runs."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = ["DigestCache", "FoundFile", "digest", "find_files"]

SAMPLE_BYTES = 1 << 20
_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages"})


@dataclass(frozen=True)
class FoundFile:
    """A regular file, with the path that the log shows for it."""

    path: str
    shown: str
    size: int
    mtime_ns: int

    @property
    def key(self) -> str:
        """The cache key: another size or time of change makes it another file."""
        return f"{self.path}|{self.size}|{self.mtime_ns}"


def find_files(root: str, limit: int, on_error: Callable[[OSError], None]) -> Iterator[FoundFile]:
    """Yield up to `limit` regular files under `root`, in the same order every time.

    Hidden and generated folders are left out; folders and files that cannot be read go to
    `on_error` and the walk goes on.
    """
    found = 0
    for folder, folders, names in os.walk(root, onerror=on_error):
        folders[:] = sorted(n for n in folders if n not in _SKIPPED_FOLDERS and n[0] != ".")
        for name in sorted(names):
            if found == limit:
                return
            path = os.path.join(folder, name)
            try:
                state = os.stat(path)
            except OSError as error:
                on_error(error)
                continue
            if stat.S_ISREG(state.st_mode):
                found += 1
                shown = os.path.relpath(path, root)
                yield FoundFile(path, shown, state.st_size, state.st_mtime_ns)


def digest(path: str) -> str:
    """Return the SHA-256, in hex, of the file's first mebibyte: enough to tell videos apart."""
    with open(path, "rb") as file:
        return hashlib.sha256(file.read(SAMPLE_BYTES)).hexdigest()


class DigestCache:
    """Digests by `FoundFile.key`, in one JSON file that only its owner may read."""

    def __init__(self, folder: str, *, limit: int = 20_000) -> None:
        self._folder = folder
        self._path = os.path.join(folder, "digests.json")
        self._limit = limit
        self._digests: dict[str, str] = {}

    def load(self) -> None:
        """Read what earlier runs kept; no file is an empty cache.

        Raises `OSError` or `ValueError` for a file that cannot be read; the cache is then empty.
        """
        with contextlib.suppress(FileNotFoundError), open(self._path, encoding="utf-8") as file:
            kept = json.load(file)
            if not isinstance(kept, dict):
                raise ValueError(f"The digest cache holds no JSON object: {self._path}")
            self._digests = {str(key): str(value) for key, value in kept.items()}

    def get(self, key: str) -> str | None:
        return self._digests.get(key)

    def put(self, key: str, value: str) -> None:
        self._digests[key] = value

    def save(self) -> None:
        """Replace the file on disk in one step, keeping the newest entries. Raises `OSError`."""
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        kept = dict(list(self._digests.items())[-self._limit :])
        handle, temporary = tempfile.mkstemp(dir=self._folder, prefix="digests.", suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(kept, file)
            os.replace(temporary, self._path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
