"""Show all records of one request, over all channels and processes, as a timeline.

Each row has the time since the request began, the time since the row before, and a bar: for an
event with a duration the time that it took, for any other the moment. The id may be the beginning
of one, and … or *.

examples:
  anivault-log trace ab12                  in the default folder
  anivault-log trace '3f2a91c*' logs/      as tail shows a long id on a terminal
  anivault-log trace ab12 --json           one JSON object

exit status: 0 done; 1 there is no such request; 2 wrong usage, or something could not be read;
130 stopped by Ctrl-C
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from dataclasses import replace
from typing import Any

from ..render import visible
from .reading import STDIN, Found, Reader
from .reading.options import (
    add_paths,
    add_period,
    complain,
    folder_or_paths,
    selection_of,
    zone_of,
)
from .saying import say
from .screen import Screen
from .timeline import Timeline, header

__all__ = ["add_arguments", "run"]

_MOST = 10_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `trace`."""
    parser.add_argument("request_id", metavar="REQUEST_ID")
    add_paths(parser)
    add_period(parser)
    parser.add_argument("--json", action="store_true", help="one object with all records")
    parser.add_argument("--full", action="store_true", help="all fields, and stack traces")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto")


def run(args: argparse.Namespace) -> int:
    """Show the request, and return the exit status."""
    try:
        paths = folder_or_paths(args.paths)
        selection = replace(selection_of(args), request_id=args.request_id)
    except ValueError as error:
        return complain("trace", error)
    if missing := [path for path in paths if path != STDIN and not os.path.exists(path)]:
        return complain("trace", f"there is no {missing[0]}")
    reader = Reader(paths, selection)
    found: list[Found] = []
    left_out = 0
    for row in reader.records():
        if len(found) < _MOST:
            found.append(row)
        else:
            left_out += 1
    for problem in reader.problems():
        say(f"anivault-log: {problem}")
    if not found:
        say(f"no record of request {args.request_id}")
        return 2 if reader.unread else 1
    ids = Counter(row.document["request_id"] for row in found)
    if len(ids) > 1:
        some = ", ".join(visible(name) for name in list(ids)[:5])
        return complain("trace", f"{len(ids)} requests begin like that: {some}")
    if args.json:
        _print_json(found)
    else:
        _print_text(found, args)
    if left_out:
        print(f"{left_out} more records are not shown; try --since and --until", file=sys.stderr)
    return 2 if reader.unread else 0


def _print_text(found: list[Found], args: argparse.Namespace) -> None:
    screen = Screen.of_stdout(args.color)
    sys.stdout.write(header(found, screen, zone_of(args)))
    timeline = Timeline([row.document for row in found], screen, args.full)
    for row in timeline.rows():
        sys.stdout.write(row)


def _print_json(found: list[Found]) -> None:
    import orjson

    documents = [row.document for row in found]
    timeline = Timeline(documents, Screen())
    rows: list[dict[str, Any]] = [
        {"offset_ms": moment.offset, "gap_ms": moment.gap, "took_ms": moment.took, **document}
        for moment, document in zip(timeline.moments, documents, strict=True)
    ]
    summary = {
        "request_id": documents[0]["request_id"],
        "first": documents[0]["timestamp"],
        "last": documents[-1]["timestamp"],
        "duration_ms": timeline.duration,
        "processes": sorted({str(document.get("process", "")) for document in documents}),
        "channels": sorted({os.path.basename(row.source.channel) for row in found}),
        "by_level": Counter(document["level"] for document in documents),
        "records": rows,
    }
    sys.stdout.buffer.write(orjson.dumps(summary) + b"\n")
