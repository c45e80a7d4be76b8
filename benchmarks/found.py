"""What stands in the files after torture: whole lines by their numbers, and the torn ones."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from pathlib import Path

__all__ = ["STRANGERS", "found_in"]

_MESSAGE = re.compile(rb"<(\w+-\d+) (\d+) ([^>]*)>")
# Files of other people, named like ours.
STRANGERS = (
    *("app.log.bak", "app.1.txt", "app.audit.log", "app.notes.log", "app.2026-11-23.log.txt"),
    *("app.log.old", "app.log.2.orig", "myapp.log", "app.2.log", "app.log.lock.txt", "app.csv"),
)


def found_in(folder: Path) -> tuple[Counter[str], int]:
    """Return how often each line is there, live or rotated, and how many are torn."""
    found: Counter[str] = Counter()
    torn = 0
    for path in folder.iterdir() if folder.exists() else ():
        if "lock" in path.name or path.suffix == ".tmp" or path.name == "ballast":
            continue
        if path.name in STRANGERS or path.with_name(path.name + ".gz").exists():
            continue
        data = path.read_bytes()
        try:
            data = gzip.decompress(data) if path.suffix == ".gz" else data
        except (EOFError, OSError):
            torn += 1
            continue
        for line in data.splitlines():
            whole = [
                name.decode()
                for name, length, text in _MESSAGE.findall(line)
                if len(text.decode("utf-8", "replace")) == int(length)
            ]
            if len(whole) == 1 and line.count(b"<") == 1:
                found[whole[0]] += 1
            elif b"<" in line:
                torn += 1
    return found, torn
