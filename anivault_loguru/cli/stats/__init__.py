"""Show what the records add up to: levels, components, rates, latencies, cache, memory, errors.

Reads live files and backups; a record that stands in error.log too counts once. With --follow the
last minute of all programs that log there is shown instead, renewed every second until Ctrl-C;
without a terminal that is one plain line a second.

examples:
  anivault-log stats                      everything in the default folder
  anivault-log stats logs/ --since 2h     the last two hours
  anivault-log stats --json | jq .errors  as one JSON object
  anivault-log stats --follow             watch the programs that log there

exit status: 0 done; 2 wrong usage, or something could not be read; 130 stopped by Ctrl-C
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

from ..reading import STDIN, Reader, decode
from ..reading.follow import Follower
from ..reading.options import (
    add_paths,
    add_period,
    complain,
    folder_or_paths,
    selection_of,
    zone_of,
)
from ..saying import say
from ..screen import Screen
from .scan import Scan

__all__ = ["add_arguments", "run"]

_TAIL = 2_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `stats`."""
    add_paths(parser)
    add_period(parser)
    parser.add_argument("--json", action="store_true", help="one object with all figures")
    parser.add_argument("--follow", action="store_true", help="the last minute, until Ctrl-C")
    parser.add_argument(
        "--every", type=_seconds, default=1.0, metavar="SECONDS", help="with --follow; default: 1"
    )
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")


def run(args: argparse.Namespace) -> int:
    """Show the figures, and return the exit status."""
    try:
        paths, selection = folder_or_paths(args.paths), selection_of(args)
    except ValueError as error:
        return complain("stats", error)
    if args.follow:
        if args.json or STDIN in paths:
            return complain("stats", "--follow goes with neither --json nor standard input")
        return _follow(Follower(paths, tail=_TAIL), args.every)
    if missing := [path for path in paths if path != STDIN and not os.path.exists(path)]:
        return complain("stats", f"there is no {missing[0]}")
    scan = Scan(Reader(paths, selection).sources, selection)
    totals = scan.run()
    if args.json:
        import orjson

        sys.stdout.buffer.write(orjson.dumps(totals.figures()) + b"\n")
    else:
        from .view import text

        print(text(totals, Screen.of_stdout(args.color), zone_of(args)), end="")
    for problem in scan.unread:
        say(f"anivault-log: {problem}")
    return 2 if scan.unread else 0


def _follow(follower: Follower, every: float) -> int:
    from .live_view import line, screen
    from .window import Window

    window = Window()
    window.take(_new(follower))
    if not sys.stdout.isatty():
        while True:
            print(line(window.figures(time.time())), flush=True)
            time.sleep(every)
            window.take(_new(follower))
    from rich.console import Console
    from rich.live import Live

    console = Console()
    first = screen(window.figures(time.time()), console.height)
    with Live(first, console=console, screen=True, auto_refresh=False) as live:
        while True:
            time.sleep(every)
            window.take(_new(follower))
            live.update(screen(window.figures(time.time()), console.height), refresh=True)


def _new(follower: Follower) -> Iterator[tuple[dict[str, Any], int]]:
    """The records that came since the last look, and their sizes in bytes."""
    for _, line in follower.poll():
        document = decode(line.data)
        if document is not None:
            yield document, len(line.data) + 1


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0 to 3600")
    return seconds
