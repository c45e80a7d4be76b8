"""Looks at what surrounds the log, and says for each problem what to do about it.

examples:
  anivault-log doctor              the folder that programs here log to
  anivault-log doctor logs/        another one, by the same settings
  anivault-log doctor --json       for programs

Looked at: loguru and its lane, settings, encodings, clock, terminal, limits of open files; the
folder, its permissions, its file system, free space against the caps, other processes at the
files, rotation locks; what is kept of each channel, and whether that obeys the policy.

Nothing is changed; one nameless file is made and locked in the folder, to try it.

Status 0 if there is no problem (notes are none), 1 if there is one, 2 if DIR is no folder.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import time
from collections.abc import Iterator
from typing import Any

from ...rotation import Retention
from ...settings import Settings, load, sources
from ..config import mistakes
from ..reading import sources_of
from ..saying import masked, say
from ..screen import Screen
from . import disk, folder, processes, surroundings, view
from .check import NOTE, OK, PROBLEM, Check
from .retention import Kept, cap_of, kept, obeys

__all__ = ["add_arguments", "run"]

_SHOWN = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    text = "the folder of the channel files; the configured one if not given"
    parser.add_argument("folder", metavar="DIR", nargs="?", help=text)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print what is found, each problem with its remedy, and return the exit status."""
    if args.folder and not os.path.isdir(args.folder):
        say(f"{args.folder} is not a folder")
        return 2
    now = time.time()
    settings, checks = _settings()
    path = os.path.abspath(args.folder) if args.folder else str(settings.dir) if settings else ""
    channels = _channels(settings, path) if settings and path else []
    checks = [
        *surroundings.lane(),
        *checks,
        *_surroundings(settings, channels, now, _newest(path)),
    ]
    if path:
        checks += _folder(path, channels, now, settings.max_record_bytes if settings else 0)
    if settings and settings.audit.key_file:
        checks += folder.audit_keys(str(settings.audit.key_file))
    checks = [one._replace(text=masked(one.text), remedy=masked(one.remedy)) for one in checks]
    if args.json:
        print(json.dumps(_document(masked(path), checks, channels), indent=2))
    else:
        view.draw(checks, channels, now, Screen.of_stdout())
    return 1 if any(check.state == PROBLEM for check in checks) else 0


def _settings() -> tuple[Settings | None, list[Check]]:
    found = mistakes(os.environ)
    if found:
        checks = [Check("settings", PROBLEM, text) for text in found]
        remedy = "Mend them: with mistakes no program that logs here starts."
        return None, [*checks[:-1], checks[-1]._replace(remedy=remedy)]
    origins = {re.sub(", (table|top).*", "", text) for text in sources().values()} - {"default"}
    said = ", ".join(sorted(origins)[:_SHOWN]) + f" and {len(origins) - _SHOWN} more" * (
        len(origins) > _SHOWN
    )
    return load(), [Check("settings", OK, f"from {said}" if origins else "all are defaults")]


def _surroundings(
    settings: Settings | None, channels: list[Kept], now: float, newest: float
) -> Iterator[Check]:
    yield from surroundings.encodings(os.environ)
    yield from surroundings.clock(os.environ, newest, now)
    if settings:
        console = settings.console
        yield from surroundings.terminal(console.enabled, console.format, os.environ)
    largest = max((one.max_bytes for one in channels), default=0)
    yield from surroundings.limits(len(channels), largest)


def _folder(path: str, channels: list[Kept], now: float, longest: int) -> Iterator[Check]:
    yield from folder.folder(path)
    there = sources_of([path]) if os.path.isdir(path) else []
    beside = folder.companions(path, [one.file for one in channels])
    yield from folder.permissions([*(source.path for source in there), *beside])
    yield from folder.files_utf8(there)
    if channels:
        yield from folder.strangers(there, {one.file for one in channels})
    yield from disk.file_system(path, disk.kind_of(os.path.realpath(path), disk.mounts()))
    # What is kept by days alone, as audit records are, is no oversight, and grows by their number.
    free = [one.channel for one in channels if cap_of(one) is None and not one.retention.days]
    cap = sum(cap_of(one) or one.bytes for one in channels)
    if channels:
        yield from disk.space(path, sum(one.bytes for one in channels), cap, free)
    holders, closed = processes.holders(path)
    yield from processes.others(holders, closed)
    yield from processes.locks([os.path.join(path, one.file) for one in channels], holders)
    found = [check for one in channels for check in obeys(one, now, longest)]
    yield from found or [Check("retention", OK, "what is on disk obeys the policy")]


def _channels(settings: Settings, path: str) -> list[Kept]:
    return [
        kept(
            path,
            name,
            table.file,
            table.max_bytes,
            Retention(table.retention_days, table.retention_count, table.retention_bytes),
            table.compression == "gz",
        )
        for name, table in settings.channels.items()
    ]


def _newest(path: str) -> float:
    """When a file of the folder was last changed, in seconds since 1970 UTC; 0 if there is none."""
    if not os.path.isdir(path):
        return 0.0
    with os.scandir(path) as entries:
        return max((entry.stat(follow_symlinks=False).st_mtime for entry in entries), default=0.0)


def _document(path: str, checks: list[Check], channels: list[Kept]) -> dict[str, Any]:
    return {
        "folder": path,
        "problems": sum(check.state == PROBLEM for check in checks),
        "notes": sum(check.state == NOTE for check in checks),
        "checks": [check._asdict() for check in checks],
        "channels": [
            {
                "channel": one.channel,
                "file": one.file,
                "max_bytes": one.max_bytes,
                "retention_days": one.retention.days,
                "retention_count": one.retention.count,
                "retention_bytes": one.retention.max_bytes,
                "files": one.files,
                "bytes": one.bytes,
                "oldest": one.oldest or None,
            }
            for one in channels
        ],
    }
