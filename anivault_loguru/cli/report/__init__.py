"""Make one HTML file of channel files: charts and tables that open offline, in any browser.

It shows records and errors over time, latency percentiles, throughput, cache hit rate and memory,
the most frequent errors and the slowest requests. Folders stand for their live files and backups;
a record that stands in error.log too counts once.

examples:
  anivault-log report                              the configured folder, as report.html
  anivault-log report logs/ -o monday.html --since 2026-11-23 --until 2026-11-24
  anivault-log report logs/network.log --since 2h --title "Network, since the release"

Status 0 if the report was written, lines that hold no record are counted in it; 2 if something
could not be read or written.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from datetime import datetime, timezone

from ..reading import Reader
from ..reading.options import add_paths, add_period, folder_or_paths, selection_of
from ..result import result
from ..saying import say
from .findings import Findings
from .page import Source, page
from .wording import amount, size

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    add_paths(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        default="report.html",
        help="the file to write, - for standard output (default: report.html)",
    )
    add_period(parser)
    parser.add_argument("--title", default="Log report", help="the heading")


def run(
    args: argparse.Namespace, clock: Callable[[], datetime] = lambda: datetime.now(timezone.utc)
) -> int:
    """Write the report; return the exit status."""
    try:
        paths, selection = folder_or_paths(args.paths), selection_of(args)
    except ValueError as error:
        return _failed(str(error))
    missing = [path for path in paths if path != "-" and not os.path.exists(path)]
    if missing:
        return _failed(f"no file or folder {missing[0]}")
    reader = Reader(paths, selection)
    found = Findings()
    for record in reader.unordered():
        found.take(record.document, len(record.line.data) + 1)
    found.finish()
    made = clock().astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M")
    source = Source(args.title, _place(paths), made, _notes(reader, found))
    text = page(found, source).encode()
    try:
        with result(args.output) as file:
            file.write(text)
    except OSError as error:
        return _failed(str(error))
    total = found.timeline.total()
    said = f"{amount(total.records, 'record')}, {amount(total.errors, 'error')}, {size(len(text))}"
    say(f"{args.output}: {said}")
    for note in reader.unread:
        _failed(note)
    return 2 if reader.unread else 0


def _failed(what: str) -> int:
    say(f"anivault-log report: {what}")
    return 2


def _place(paths: list[str]) -> str:
    """Where the records are from."""
    whole = ("standard input" if path == "-" else os.path.abspath(path) for path in paths)
    return ", ".join(map(_without_home, whole))


def _without_home(text: str) -> str:
    """Write `~` for the home folder, which tells a name, in a path or a sentence."""
    home = os.path.expanduser("~").rstrip(os.sep)
    if not home:
        return text
    return re.sub(re.escape(home) + r"(?![\w.-])", "~", text)


def _notes(reader: Reader, found: Findings) -> tuple[str, ...]:
    notes = []
    if reader.broken:
        places = ", ".join(os.path.basename(place) for place in reader.places)
        more = ", …" if reader.broken > len(reader.places) else ""
        lines = amount(reader.broken, "line")
        notes.append(f"{lines} could not be read as a record and left out ({places}{more}).")
    outside = found.timeline.view().outside
    if outside:
        notes.append(
            f"{amount(outside, 'record')} far from all others in time count in the totals, "
            "but lie outside the charts."
        )
    notes += [f"Not read to its end: {_without_home(text)}" for text in reader.unread]
    return tuple(notes)
