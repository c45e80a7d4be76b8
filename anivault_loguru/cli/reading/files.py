"""Which files there are to read, and in which order."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = ["STDIN", "Source", "default_folder", "sources_of"]

STDIN = "-"

_NAME = re.compile(
    r"(?P<stem>.+)\.(?P<day>\d{4}-\d\d-\d\d)_(?P<hour>\d\d)-(?P<minute>\d\d)-(?P<second>\d\d)"
    r"_(?P<micros>\d{6})\.log(?:\.gz)?"
)


@dataclass(frozen=True, order=True)
class Source:
    """One file to read. Sources sort by channel, and within it by time, the live file last.

    Attributes:
        channel: what a live file and its backups have in common: the path without `.log`.
        closed: the stamp at which a backup was closed; a tilde, which sorts last, if it is live.
        path: the file; `-` is standard input.
    """

    channel: str
    closed: str
    path: str

    @classmethod
    def of(cls, path: str) -> Source:
        """Return the source that a path is, by its name alone."""
        folder, name = os.path.split(path)
        match = _NAME.fullmatch(name)
        if match is None:
            return cls(path.removesuffix(".gz").removesuffix(".log"), "~", path)
        stamp = "{day}T{hour}:{minute}:{second}.{micros}Z".format(**match.groupdict())
        return cls(os.path.join(folder, match["stem"]), stamp, path)

    @property
    def is_live(self) -> bool:
        """Whether its name is that of a live file, or no name of ours at all."""
        return self.closed == "~"


def sources_of(paths: Iterable[str]) -> list[Source]:
    """Return what `paths` name, each file once, by channel and time.

    A folder stands for its live files and backups. A backup that stands there compressed and not,
    because a process died in between, is one source: the one that is not compressed.
    """
    kept: dict[str, Source] = {}
    for path in paths:
        for found in _expanded(path):
            source = Source.of(found)
            key = found if found == STDIN else os.path.abspath(found)
            if not source.is_live:
                key = key.removesuffix(".gz")
            if key not in kept or kept[key].path.endswith(".gz"):
                kept[key] = source
    return sorted(kept.values())


def _expanded(path: str) -> Iterator[str]:
    if path == STDIN or not os.path.isdir(path):
        yield path
        return
    for name in sorted(os.listdir(path)):
        if name.endswith((".log", ".log.gz")):
            yield os.path.join(path, name)


def default_folder() -> str:
    """Return the folder that programs here log to. Raises `ConfigError`.

    Where `ANIVAULT_LOG_DIR` says it, nothing else is read: settings take long to import.
    """
    named = os.environ.get("ANIVAULT_LOG_DIR", "")
    if named.strip():
        return os.path.abspath(os.path.expanduser(named))
    from ...settings import load

    return str(load().dir)
