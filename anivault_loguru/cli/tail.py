"""Show records of all channels, merged in the order of time; with -f, those that come too.

Without -n: everything that is selected, if anything is; else the last 20 with -f and on a terminal,
and everything in a pipe or a file. A record that stands in error.log too is shown once. Lines that
hold no record are shown with a question mark, unless only selected records are, and counted on
stderr.

examples:
  anivault-log tail -f                               what programs here log, as they do
  anivault-log tail logs/ --errors --since 2h        errors of the last two hours
  anivault-log tail --component cache,tmdb -n 50     the last fifty of two components
  anivault-log tail --field 'status_code>=500'       by the value of a field
  anivault-log tail old.log.gz --grep 'time.?out'    in a backup
  anivault-log tail --request-id ab12 --json | jq .  lines as they stand in the files
  my-app 2>&1 | anivault-log tail -                  what a program writes to its console

exit status: 0 done; 2 wrong usage, or something could not be read; 130 stopped by Ctrl-C
"""

from __future__ import annotations

import argparse
import os
import select
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice

from .reading import STDIN, Found, Reader
from .reading.follow import Follower
from .reading.options import (
    add_paths,
    add_period,
    add_selection,
    complain,
    folder_or_paths,
    selection_of,
    zone_of,
)
from .record_text import RecordText
from .saying import say
from .screen import Screen

__all__ = ["add_arguments", "run"]

_LAST = 20
_PAUSE = 0.1
_BATCH = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `tail`."""
    add_paths(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what comes")
    parser.add_argument("-n", type=_count, metavar="N", help="only the last N before that")
    add_period(parser)
    add_selection(parser)
    parser.add_argument("--json", action="store_true", help="the lines as they stand in the files")
    parser.add_argument("--full", action="store_true", help="all fields, however long")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")


def run(args: argparse.Namespace) -> int:
    """Show what is selected, and return the exit status."""
    try:
        paths, selection = folder_or_paths(args.paths), selection_of(args)
    except ValueError as error:
        return complain("tail", error)
    follow = args.follow and paths != [STDIN]
    if missing := [path for path in paths if path != STDIN and not os.path.exists(path)]:
        if not follow:
            return complain("tail", f"there is no {missing[0]}")
        say(f"waiting for {', '.join(missing)}")
    if follow and any(path == STDIN for path in paths):
        return complain("tail", "standard input is followed by itself, not together with files")
    follower = Follower(paths) if follow else None
    reader = Reader(paths, selection, follower)
    shown = _Shown(args, bool(selection))
    last: int | None = args.n
    is_watched = follow or (sys.stdout.isatty() and paths != [STDIN])
    if last is None and not selection and is_watched:
        last = _LAST
    shown.put(reader.records(last=last, with_broken=shown.with_broken), paths == [STDIN])
    if follower is not None:
        _follow(follower, reader, shown)  # until Ctrl-C or a closed pipe
    for problem in reader.problems():
        say(f"anivault-log: {problem}")
    return 2 if reader.unread else 0


class _Shown:
    """Writes records to standard output, as text or as the lines they are."""

    def __init__(self, args: argparse.Namespace, selective: bool) -> None:
        self.with_broken = not args.json and not selective
        self._json = args.json
        self._text = RecordText(Screen.of_stdout(args.color), zone_of(args), args.full)

    def put(self, found: Iterable[Found], at_once: bool = False) -> None:
        """Write what is found; `at_once`, each record as it comes."""
        out = sys.stdout.buffer if self._json else sys.stdout
        for row in found:
            if self._json:
                sys.stdout.buffer.write(row.line.data + b"\n")
            elif row.document:
                sys.stdout.write(self._text.of(row.document))
            else:
                sys.stdout.write(self._text.broken(row.line.data))
            if at_once:
                out.flush()
        out.flush()


def _follow(follower: Follower, reader: Reader, shown: _Shown) -> None:
    while True:
        rows = _new(follower, reader, shown.with_broken)
        while batch := sorted(islice(rows, _BATCH)):
            shown.put(batch)
        if _nobody_reads():
            raise BrokenPipeError
        time.sleep(_PAUSE)


def _nobody_reads() -> bool:
    """Whether standard output is a pipe whose reader has gone: there may be no next write."""
    if os.name != "posix":
        return False
    look = select.poll()
    look.register(sys.stdout.fileno(), 0)
    return any(event & select.POLLERR for _, event in look.poll(0))


def _new(follower: Follower, reader: Reader, with_broken: bool) -> Iterator[Found]:
    stamp = ""
    for order, (source, line) in enumerate(follower.poll()):
        document = reader.take(source, line)
        if document:
            stamp = document["timestamp"]
        elif document is None or not with_broken:
            continue
        if not reader.is_copy(document):
            yield Found(stamp, order, document, line, source)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"not a number of records: {text!r}")
    return int(text)
