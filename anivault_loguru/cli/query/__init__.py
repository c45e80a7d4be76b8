"""Ask channel files by SQL: the view `logs` has a row for each record of a folder, once.

Its columns are the keys of the record: timestamp (TIMESTAMPTZ, UTC), level, component, event,
message, request_id, trace_id, span_id, fields (JSON), logger, function, line, process, thread,
run, seq, exception (with exception.type, exception.message, exception.stacktrace).

The SQL is DuckDB's, one SELECT (or SHOW, DESCRIBE, SUMMARIZE); nothing but the files given is read
and nothing is written but the result. It needs the extra: pip install "anivault-loguru[query]".

examples:
  anivault-log query "SELECT component, count(*) FROM logs WHERE level = 'ERROR' GROUP BY 1"
  anivault-log query "SELECT timestamp, fields->>'endpoint', (fields->>'duration_ms')::DOUBLE AS ms
      FROM logs WHERE event = 'api_request' ORDER BY ms DESC LIMIT 10" logs/
  anivault-log query "FROM logs" logs/ -o logs.parquet
  my-app 2>&1 | anivault-log query "SELECT level, count(*) FROM logs GROUP BY 1" -
  anivault-log query "SELECT exception.type, count(*) FROM logs GROUP BY ALL" --format json

Status 0 if the question was answered, 2 if not, or not from all that the files hold: a damaged .gz
is read as far as it goes. A line that holds no record is left out, and counted on standard error.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from typing import TextIO

from ..reading import STDIN, sources_of
from ..reading.options import folder_or_paths
from ..result import result
from ..saying import say
from .answers import Answer, write_csv, write_json, write_table

__all__ = ["add_arguments", "run"]

_WIDEST = 120
_FORMATS = ("table", "csv", "json", "parquet")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("sql", metavar="SQL", help="one SELECT; the records are in the view logs")
    parser.add_argument(
        "paths",
        metavar="DIR|FILE",
        nargs="*",
        help="folders and files, plain or .gz; - is standard input (default: the folder that "
        "programs here log to)",
    )
    parser.add_argument(
        "--format", choices=_FORMATS, help="default: what FILE ends in, else a table"
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="write the result there, not to standard output"
    )


def run(args: argparse.Namespace) -> int:
    """Answer one question; return the exit status."""
    try:
        import duckdb
    except ModuleNotFoundError:
        return _failed('DuckDB is not installed: pip install "anivault-loguru[query]"')
    try:
        kind = _format(args)
        files = _Files(folder_or_paths(args.paths))
        with tempfile.TemporaryDirectory() as scratch:
            _answer(args, kind, files, scratch)
    except BrokenPipeError:
        raise
    except (OSError, ValueError, duckdb.Error) as error:
        return _failed(str(error))
    for note in files.left_out:
        _failed(note)
    return 2 if files.left_out else 0


def _format(args: argparse.Namespace) -> str:
    """The format asked for, else what the output's name ends in, else a table."""
    ending = os.path.splitext(args.output or "")[1].removeprefix(".").lower()
    kind: str = args.format or (ending if ending in _FORMATS else "table")
    if kind == "parquet" and not args.output:
        raise ValueError("Parquet is no text: name a file with -o FILE")
    return kind


def _answer(args: argparse.Namespace, kind: str, files: _Files, scratch: str) -> None:
    from .database import Database

    made = os.path.join(os.path.realpath(scratch), "answer.parquet")
    database = Database(files.channels, os.path.realpath(scratch), made)
    try:
        if kind == "parquet":
            database.write_parquet(args.sql, made)
            with result(args.output) as target, open(made, "rb") as source:
                shutil.copyfileobj(source, target)
        else:
            answer = database.ask(args.sql)
            if args.output in (None, "-"):
                _write(answer, kind, sys.stdout)
            else:
                with result(args.output) as target:
                    text = io.TextIOWrapper(target, "utf-8", newline="")
                    _write(answer, kind, text)
                    text.detach()
    finally:
        database.close()
    files.left_out += database.unread
    if database.broken:
        print(f"lines that hold no record, left out: {database.broken}", file=sys.stderr)


def _write(answer: Answer, kind: str, target: TextIO) -> None:
    if kind == "json":
        write_json(answer, target)
    elif kind == "csv":
        write_csv(answer, target, escaped=target.isatty())
    else:
        write_table(answer, target, _WIDEST if target.isatty() else None)
    target.flush()


class _Files:
    """The files that paths name, by channel, the smallest channel first, and what was left out."""

    def __init__(self, paths: Iterable[str]) -> None:
        roots = []
        for path in paths:
            if path == STDIN:
                roots.append(path)
                continue
            if not os.path.exists(path):
                raise ValueError(f"no file or folder {path}")
            roots.append(os.path.realpath(path))
        self.left_out: list[str] = []
        found: dict[str, list[str]] = {}
        for source in sources_of(roots):
            if source.path == STDIN:
                found[STDIN] = [STDIN]
                continue
            real = os.path.realpath(source.path)
            # A link in a log folder must not lead to anything else that this user can read.
            if not any(real == root or real.startswith(root + os.sep) for root in roots):
                self.left_out.append(f"{source.path} leads out of the folder: left out")
            elif not os.access(real, os.R_OK):
                self.left_out.append(f"{source.path} can't be read: left out")
            else:
                found.setdefault(source.channel, []).append(real)
        self.channels = sorted(found.values(), key=lambda files: sum(map(_size, files)))


def _size(path: str) -> int:
    return 0 if path == STDIN else os.path.getsize(path)


def _failed(what: str) -> int:
    say(f"anivault-log query: {what.rstrip()}")
    return 2
