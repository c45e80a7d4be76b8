"""The folder and its files: whose they are, who may read them, what does not belong there."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Collection, Iterable, Iterator

from ... import owned
from ...keys import keys_in
from ...rotation import Naming
from ..reading import Source, blocks_of
from .check import NOTE, OK, PROBLEM, Check, many

__all__ = ["audit_keys", "companions", "files_utf8", "folder", "permissions", "strangers"]

_SHOWN = 3
_LOOKED_AT = 100_000_000


def folder(path: str) -> Iterator[Check]:
    """Look at the folder itself."""
    link = f", which is {os.path.realpath(path)}" * os.path.islink(path)
    if not os.path.lexists(path):
        try:
            owned.inspect_folder(path)
        except OSError as error:
            remedy = "Name another folder: ANIVAULT_LOG_DIR, or `dir` in the TOML."
            yield Check("folder", PROBLEM, f"{path} can't be made: {error}", remedy)
            return
        yield Check("folder", NOTE, f"{path} is not there yet; the first record makes it")
        return
    try:
        owned.inspect_folder(path)
        found = os.stat(path)
    except OSError as error:
        yield Check("folder", PROBLEM, str(error), "Name another folder, or mend this one.")
        return
    mode = stat.S_IMODE(found.st_mode)
    if os.name == "posix" and found.st_uid != os.geteuid():
        text = f"{path}{link} belongs to user {found.st_uid}, not to user {os.geteuid()}"
        yield Check("folder", PROBLEM, text, "Log to a folder of this user: ANIVAULT_LOG_DIR.")
    elif os.name == "posix" and mode & 0o077:
        text = f"{path}{link}: mode {mode:04o}, others can get at it"
        yield Check("folder", PROBLEM, text, f"chmod 700 {shlex.quote(path)}")
    else:
        yield Check("folder", OK, f"{path}{link}, mode {mode:04o}")


def permissions(paths: Collection[str]) -> Iterator[Check]:
    """Look at who may do what with each file, and whether it is a plain file of this user's."""
    refused: list[str] = []
    modes: dict[int, list[str]] = {}
    for path in paths:
        try:
            owned.inspect(path)
            mode = stat.S_IMODE(os.lstat(path).st_mode)
        except FileNotFoundError:
            continue  # rotated or compressed meanwhile
        except OSError as error:
            refused.append(str(error))
            continue
        if os.name == "posix" and mode & 0o177:
            modes.setdefault(mode, []).append(path)
    remedy = "Nothing is written to it. Move it away; a file of ours is made in its place."
    for text in refused:
        yield Check("permissions", PROBLEM, text, remedy)
    for mode, those in sorted(modes.items()):
        who = "others can get at it" if mode & 0o077 else "it is executable"
        some = " ".join(map(shlex.quote, those[:_SHOWN])) + " …" * (len(those) > _SHOWN)
        text = f"{_names(those)}: mode {mode:04o}, {who}"
        remedy = f"chmod 600 {some} (a live file is corrected with the next record)"
        yield Check("permissions", PROBLEM, text, remedy)
    if not refused and not modes:
        yield Check("permissions", OK, f"{many(len(paths), 'file')}, for their owner alone")


def audit_keys(path: str) -> Iterator[Check]:
    """Look whether the keys of the audit chain can be read, and by nobody else."""
    try:
        count = len(keys_in(path))
    except (OSError, ValueError) as error:
        remedy = f"Programs that log do not start. A key a line, and chmod 600 {shlex.quote(path)}"
        yield Check("audit keys", PROBLEM, str(error), remedy)
    else:
        yield Check("audit keys", OK, f"{many(count, 'key')} in {path}, for their owner alone")


def companions(folder: str, files: Iterable[str]) -> list[str]:
    """Return what stands beside live files, by their names: locks, heads of chains."""
    starts = tuple(f"{file}." for file in files)
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return [os.path.join(folder, name) for name in names if name.startswith(starts)]


def strangers(sources: Iterable[Source], files: Collection[str]) -> Iterator[Check]:
    """Find log files of no channel: nothing prunes them. `files` are the channels' live files."""
    namings = [Naming(file) for file in files]
    names = [os.path.basename(source.path) for source in sources]
    others = [
        name
        for name in names
        if name not in files and not any(naming.parse(name) for naming in namings)
    ]
    if others:
        text = f"{_names(others)}: of no channel of the settings"
        yield Check("strangers", NOTE, text, "Nothing prunes them; remove them if they are old.")


def files_utf8(sources: Iterable[Source]) -> Iterator[Check]:
    """Find the first byte in each live file that is not UTF-8, in its first 100 MB."""
    found = [source for source in sources if source.is_live and os.path.isfile(source.path)]
    bad = False
    for source in found:
        try:
            place = _first_bad_byte(source.path)
        except OSError as error:
            bad = True
            remedy = "Only its owner can read it; run this as the user whose programs log."
            yield Check("content", PROBLEM, f"{source.path}: {error.strerror}", remedy)
            continue
        if place:
            bad = True
            text = f"{source.path}: not UTF-8 at line {place[0]}, byte {place[1]}"
            remedy = "Something else wrote to the file; see `anivault-log validate`."
            yield Check("content", PROBLEM, text, remedy)
    if found and not bad:
        yield Check("content", OK, f"{many(len(found), 'live file')} in UTF-8")


def _first_bad_byte(path: str) -> tuple[int, int] | None:
    line, byte = 1, 0
    for block in blocks_of(path):
        try:
            block.decode("utf-8")
        except UnicodeDecodeError as error:
            return line + block.count(b"\n", 0, error.start), byte + error.start
        line += block.count(b"\n")
        byte += len(block)
        if byte > _LOOKED_AT:
            break
    return None


def _names(paths: Collection[str]) -> str:
    names = [os.path.basename(path) for path in paths]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
