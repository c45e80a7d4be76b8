"""Looks at what surrounds the log: the encodings of this process, the folder, its files.

Each thing found comes with a remedy. Status 0 if all is well, 1 if something was found, 2 if the
settings or the folder can't be read.
"""

from __future__ import annotations

import argparse
import codecs
import locale
import os
import stat
import sys
from collections.abc import Iterator

from ..render import visible
from ..settings import ConfigError, load
from .reading import files_of, lines_of

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "folder",
        metavar="DIR",
        nargs="?",
        help="the folder of the channel files; the configured one if not given",
    )


def run(args: argparse.Namespace) -> int:
    """Print each finding with its remedy, and return the exit status."""
    try:
        folder = args.folder or str(load().dir)
    except ConfigError as error:
        print(f"settings: {error}", file=sys.stderr)
        return 2
    if args.folder and not os.path.isdir(folder):
        print(f"{visible(folder)} is not a folder", file=sys.stderr)
        return 2
    found = [*_encodings(), *_modes(folder), *_not_utf8(folder)]
    for what, remedy in found:
        print(f"{visible(what)}\n    {remedy}")
    print(f"folder {visible(folder)}: {len(found)} findings")
    return 1 if found else 0


def _encodings() -> Iterator[tuple[str, str]]:
    remedy = "Set PYTHONUTF8=1, or a locale such as C.UTF-8. The channel files are UTF-8 anyway."
    # What the environment asks for, not what this command made of its own streams.
    asked = os.environ.get("PYTHONIOENCODING", "").partition(":")[0]
    encodings = {
        "PYTHONIOENCODING": asked or "utf-8",
        "the locale": locale.getpreferredencoding(False),
        "file names": sys.getfilesystemencoding(),
    }
    for name, encoding in encodings.items():
        try:
            canonical = codecs.lookup(encoding).name
        except LookupError:
            canonical = "unknown"
        if canonical != "utf-8":
            yield f"{name}: the encoding is {encoding}, not UTF-8", remedy


def _modes(folder: str) -> Iterator[tuple[str, str]]:
    if os.name != "posix" or not os.path.isdir(folder):
        return
    for path in (folder, *files_of([folder])):
        mode = stat.S_IMODE(os.lstat(path).st_mode)
        if mode & 0o077:
            yield (
                f"{path}: mode {mode:04o}, others can get at it",
                "chmod go-rwx it; the next record written corrects a live file by itself.",
            )


def _not_utf8(folder: str) -> Iterator[tuple[str, str]]:
    """Find the first byte in each file that is not UTF-8."""
    for path in files_of([folder]) if os.path.isdir(folder) else ():
        try:
            for line in lines_of(path):
                try:
                    line.data.decode("utf-8")
                except UnicodeDecodeError as error:
                    place = f"line {line.number}, byte {line.offset + error.start}"
                    yield (
                        f"{path}: not UTF-8 at {place}",
                        "Something else wrote to the file; see `anivault-log validate`.",
                    )
                    break
        except OSError as error:
            yield f"{path}: {error}", "The file can't be read by this user, or is damaged."
