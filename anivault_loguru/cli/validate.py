"""Checks files: UTF-8, one JSON object a line, the documented keys in order.

Names file, line and byte of everything that is not so. Status 0 if all is well, 1 if something was
found, 2 if something could not be read.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections.abc import Iterator
from typing import Any

from ..entry import problems
from ..render import visible
from .reading import STDIN, Line, files_of, lines_of

__all__ = ["add_arguments", "findings", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        default=[STDIN],
        help="files or folders; standard input if none is given, or for -",
    )


def run(args: argparse.Namespace) -> int:
    """Check every file, print what was found, return the exit status."""
    records = found = unread = 0
    files = files_of(args.paths)
    for path in files:
        name = "standard input" if path == STDIN else visible(path)
        try:
            for line in lines_of(path):
                records += 1
                for offset, text in findings(line):
                    found += 1
                    print(f"{name}:{line.number}: byte {offset}: {visible(text)}")
        except (OSError, zlib.error) as error:
            unread += 1
            print(f"{name}: {error}", file=sys.stderr)
    print(f"{records} lines in {len(files)} files, {found} findings", file=sys.stderr)
    return 2 if unread else 1 if found else 0


def findings(line: Line) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with one line: the byte in the file, and a sentence."""
    try:
        text = line.data.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = line.data[error.start]
        yield line.offset + error.start, f"not UTF-8: byte 0x{byte:02x} ({error.reason})"
        return
    try:
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        place = line.offset + len(text[: error.pos].encode())
        yield place, f"not JSON: {error.msg}"
    except (ValueError, RecursionError) as error:
        yield line.offset, f"not JSON: {error}"
    else:
        for problem in problems(document):
            yield line.offset, problem


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"key {twice!r} stands twice in one object")
    return document


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
