"""Verifies an audit log: that no record of the chain was changed, moved, added or removed.

Names file and line of every break, and what was expected there. Keys come from --key-file, else
from the settings (ANIVAULT_LOG_AUDIT__KEY, ANIVAULT_LOG_AUDIT__KEY_FILE). A folder is verified
whole, with its backups, and with the note of the last confirmed record that stands beside the
files; of files that are named only those. Status 0 if the chain is whole, 1 if
it is broken, 2 if something could not be read.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import orjson

from ..chain import GENESIS, Key
from ..gate import SUFFIX, note_at
from ..keys import keys_in
from ..render import visible
from ..rotation import Backup, Naming
from ..schemas import native_of
from ..settings import ConfigError, Settings, load
from ..survey import lines_of
from ..verification import Finding, Verifier
from .saying import say

__all__ = ["add_arguments", "run"]

_ATTEMPTS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        help="a folder, or files; default: the configured folder",
    )
    parser.add_argument(
        "--key-file",
        metavar="FILE",
        action="append",
        default=[],
        help="keys of the chain, one a line, oldest first; may be given more than once",
    )
    parser.add_argument(
        "--head",
        metavar="DIGEST",
        action="append",
        default=[],
        help="a digest that was noted elsewhere and must be in the chain",
    )
    parser.add_argument(
        "--anchors",
        metavar="FILE",
        action="append",
        default=[],
        help="metrics.log or its backups: the digests in its summaries must be in the chain",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")


def run(args: argparse.Namespace) -> int:
    """Verify, print what was found, return the exit status."""
    try:
        settings = load()
    except ConfigError as error:
        say(f"settings: {error}")
        return 2
    try:
        keys = _keys(args.key_file, settings)
        for _ in range(_ATTEMPTS):
            before = _state(args.paths, settings)
            verifier, unread = _verified(args, settings, keys)
            if not (verifier.breaks or unread) or _state(args.paths, settings) == before:
                break  # else somebody wrote or rotated meanwhile: that may be all that is wrong
    except (OSError, ValueError) as error:
        say(error)
        return 2
    if args.json:
        _print_json(verifier, unread)
    else:
        _print_text(verifier, unread, keys)
    return 2 if unread else 1 if verifier.breaks else 0


def _state(paths: Sequence[str], settings: Settings) -> list[tuple[str, int]]:
    files, _ = _files(paths, settings)
    return [(path, os.path.getsize(path)) for path in files if os.path.exists(path)]


def _verified(
    args: argparse.Namespace, settings: Settings, keys: Sequence[Key]
) -> tuple[Verifier, list[str]]:
    """Return what was verified, and what could not be read."""
    files, live = _files(args.paths, settings)
    # Before the files are read: who writes meanwhile only adds to them.
    note = note_at(live + SUFFIX) if live else None
    anchors = [anchor for path in args.anchors for anchor in _anchors(path)]
    if not files and note is None:
        raise FileNotFoundError(f"there is no audit log {live!r}")
    heads = {*args.head, *([note.head] if note else [])} - {GENESIS}
    anchored = {head for _, head in anchors}
    verifier = Verifier(keys, wanted=heads | anchored, whole=bool(live))
    unread = []
    verifier.read(live, ())
    for path in files:
        try:
            verifier.read(path, lines_of(path))
        except OSError as error:
            unread.append(f"{path}: {error}")
    first = str(_record(verifier.first).get("timestamp", ""))
    verifier.finish(heads | {head for stamp, head in anchors if stamp >= first})
    if anchors and verifier.seen.isdisjoint(anchored) and not verifier.breaks:
        what = "no anchor is in the chain: it is another one"
        verifier.breaks.append(Finding(files[-1], 0, what))
    return verifier, unread


def _files(paths: Sequence[str], settings: Settings) -> tuple[list[str], str]:
    """Return the files of a chain, oldest first; and the live one, if they are all there are."""
    tables = settings.channels.values()
    name = next((table.file for table in tables if "audit" in table.components), "audit.log")
    folders = [path for path in paths or [str(settings.dir)] if os.path.isdir(path)]
    if not folders:
        missing = [path for path in paths if not os.path.isfile(path)]
        if missing or not paths:
            raise FileNotFoundError(f"there is no {(missing or [str(settings.dir)])[0]!r}")
        return _ordered(paths), ""
    if len(folders) > 1 or len(paths) > 1:
        raise ValueError("a folder is a chain of its own: name one, or files")
    parse = Naming(name).parse
    names = [found for found in os.listdir(folders[0]) if found == name or parse(found)]
    files = _ordered([os.path.join(folders[0], found) for found in names])
    return files, os.path.join(folders[0], name)


def _ordered(paths: Iterable[str]) -> list[str]:
    """Put backups in the order in which they were closed, and what is no backup last.

    One that was being compressed stands there twice: its plain form counts.
    """
    backups: list[Backup] = []
    live: list[str] = []
    for path in paths:
        stem = os.path.basename(path).partition(".")[0]
        backup = Naming(f"{stem}.log").parse(os.path.basename(path))
        if backup is None:
            live.append(path)
        elif not backup.partial:
            backups.append(Backup(backup.closed, path, backup.compressed))
    groups = groupby(sorted(backups), attrgetter("closed"))
    return [min(same, key=attrgetter("compressed")).name for _, same in groups] + live


def _keys(paths: Sequence[str], settings: Settings) -> list[Key]:
    table = settings.audit
    if not paths and table.key is not None:
        return [Key(table.key.get_secret_value().encode())]
    if not paths and table.key_file is not None:
        paths = [str(table.key_file)]
    return [key for path in paths for key in keys_in(path)]


def _anchors(path: str) -> list[tuple[str, str]]:
    """Return the time and the digest of each summary record of a file."""
    found = []
    for line in lines_of(path):
        if b"audit_head" in line:
            record = _record(line)
            head = (record.get("fields") or {}).get("audit_head")
            if head and isinstance(head, str):
                found.append((str(record["timestamp"]), head))
    return found


def _record(line: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return (native_of(document) if isinstance(document, dict) else None) or {}


def _print_text(verifier: Verifier, unread: list[str], keys: Sequence[Key]) -> None:
    for text in unread:
        say(text)
    for note in verifier.notes:
        print(visible(f"note: {note}"))
    for found in verifier.breaks:
        print(visible(str(found)))
    first, last = (_record(line).get("timestamp") for line in (verifier.first, verifier.last))
    told = f"{verifier.records} records, from {first} to {last}, head {verifier.head}"
    if not unread and not verifier.breaks:
        print(f"ok, {told}")
        return
    print(f"broken: {len(verifier.breaks)} breaks in {told}")
    if not keys and verifier.records and verifier.sealed_with is None:
        print("no line has a seal that is made without a key: if there is one, give --key-file")


def _print_json(verifier: Verifier, unread: list[str]) -> None:
    result = {
        "ok": not unread and not verifier.breaks,
        "records": verifier.records,
        "from": _record(verifier.first).get("timestamp"),
        "to": _record(verifier.last).get("timestamp"),
        "head": verifier.head,
        "breaks": [found._asdict() for found in verifier.breaks],
        "notes": [found._asdict() for found in verifier.notes],
        "unread": unread,
    }
    print(orjson.dumps(result, option=orjson.OPT_INDENT_2).decode())
