"""Checks files: UTF-8, one JSON object a line, the documented keys, the order of the records.

examples:
  anivault-log validate                       the folder that programs here log to
  anivault-log validate logs/ old.log.gz      these; - is standard input
  anivault-log validate --print-schema        the JSON Schema (draft 2020-12) of a line
  anivault-log validate --schema ecs logs/    refuse lines that are in no Elastic Common Schema

Each finding names file, line and byte (in what was unpacked, for .gz). Of each run, the stamps of
a file must not fall by more than --tolerance: threads stamp a record before they write it, so lines
may change places by a little; more is a clock that was set back, or lines that were moved. A run's
numbers (seq) must not come twice; only error.log and other channels that take every component hold
copies. In folders a number must not be missing, either, over all files together. That is a note
and no finding where pruned backups explain it, and in the last second of a run with several
threads that was killed or goes on. Numbers before the first of a run were pruned.

Status 0 if all is well, 1 if something was found, 2 if something could not be read.
"""

from __future__ import annotations

import argparse
import os
import stat
import sys
import time
from collections.abc import Iterable

from ...schemas import NAMES
from ...settings import ConfigError, load
from ..reading import STDIN, Source, default_folder
from . import lines, output, schema
from .account import Account, Gap
from .files import Files, Numbered, Place
from .gaps import judged, pruned_until

__all__ = ["add_arguments", "run"]

_A_MOMENT = 0.05
_MOST_GAPS = 100_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    text = "files or folders; standard input for -, and if that is a pipe or a file"
    parser.add_argument("paths", metavar="PATH", nargs="*", help=text)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--limit",
        type=_count,
        default=100,
        metavar="N",
        help="findings shown of each file, 0 for all; all are counted (default: 100)",
    )
    parser.add_argument(
        "--tolerance",
        type=_seconds,
        default=1.0,
        metavar="SECONDS",
        help="how far stamps of a run may fall (default: 1)",
    )
    parser.add_argument(
        "--copies",
        action="append",
        metavar="CHANNEL",
        help="a channel that holds copies (default: those of the settings that take everything)",
    )
    text = "the schema that every line has to have (default: each that whose names it has)"
    parser.add_argument("--schema", choices=NAMES, help=text)
    parser.add_argument("--print-schema", action="store_true", help="print the schema and end")


def _count(text: str) -> int:
    count = int(text)
    if count < 0:
        raise argparse.ArgumentTypeError("a number from 0 is expected")
    return count


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= 1e9:
        raise argparse.ArgumentTypeError("a number of seconds is expected, from 0 to 1e9")
    return seconds


def run(args: argparse.Namespace) -> int:
    """Check every file, print what was found, return the exit status."""
    if args.print_schema:
        sys.stdout.write(schema.published(args.schema or "native"))
        return 0
    paths = args.paths or [STDIN if _is_given(sys.stdin) else default_folder()]
    report = (output.Json if args.json else output.Text)(args.limit)
    copies, texts = _channels(args.copies)
    with Files(paths, lambda source: os.path.basename(source.channel) not in texts) as files:
        pruned = pruned_until(files, copies, args.tolerance)
        account = Account(tolerance=args.tolerance, copies=copies, pruned=pruned)
        _check(files.lines(), args.schema, account, report)
        if any(os.path.isdir(path) for path in paths):
            if account.gaps(1):
                _fill(files, account)
            _show_gaps(files, account, report, args.limit, bool(texts))
            if account.explained:
                text = f"{account.explained} numbers missing up to {pruned}"
                report.note(None, f"{text}: another channel was pruned up to then")
    for path, error in files.unread.items():
        report.unread(path, error)
    return report.end(files=len(files.sources))


def _check(
    found: Iterable[tuple[Source, Numbered]],
    schema_name: str | None,
    account: Account,
    report: output.Report,
) -> None:
    """Look at every line by itself, and enter it into the account of its run."""
    for source, line in found:
        report.line(source.path)
        if line.fault:
            report.finding(line.place, line.fault)
            continue
        document, faults = lines.check(line.data, schema_name)
        if faults and not line.ended:
            report.finding(line.place, "the file ends in the middle of this line")
            continue
        for offset, text in faults:
            report.finding(line.place._replace(byte=line.place.byte + offset), text)
        if document is not None:
            for text in account.take(source, document):
                report.finding(line.place, text)


def _fill(files: Files, account: Account) -> None:
    """Look for what is missing in what came since: files were not opened at the same moment."""
    time.sleep(_A_MOMENT)
    for _, line in files.later():
        run, seq, _ = lines.number_of(line.data)
        if type(run) is str and type(seq) is int:
            account.fill(run, seq)


def _show_gaps(
    files: Files, account: Account, report: output.Report, limit: int, has_texts: bool
) -> None:
    gaps = account.gaps(limit or _MOST_GAPS)
    known = _neighbours(files, gaps)
    for gap in gaps:
        before, after = known.get((gap.run, gap.first - 1)), known.get((gap.run, gap.last + 1))
        place = before[0] if before else None
        text, excuse = judged(gap, after[1] if after else "", account)
        if has_texts:
            excuse = "perhaps in a channel of text (serialize = false), which is not read"
        if excuse:
            report.note(place, f"{text}: {excuse}")
        else:
            report.finding(place, text)
    if account.not_shown:
        report.finding(None, f"{account.not_shown} more records are missing")
    if account.full:
        report.note(None, "more runs or numbers than are kept account of: seq is checked in part")


def _neighbours(files: Files, gaps: list[Gap]) -> dict[tuple[str, int], tuple[Place, str]]:
    """Find where the records before and after each gap are, and their stamps: read once more."""
    wanted = {(gap.run, seq) for gap in gaps for seq in (gap.first - 1, gap.last + 1)}
    found: dict[tuple[str, int], tuple[Place, str]] = {}
    for _, line in files.lines() if wanted else ():
        run, seq, stamp = lines.number_of(line.data)
        if (run, seq) in wanted and (run, seq) not in found:
            found[run, seq] = line.place, stamp
            if len(found) == len(wanted):
                break
    return found


def _channels(copies: list[str] | None) -> tuple[set[str], set[str]]:
    """Return the channels of copies, and those of text; both by the settings, if they are sound."""
    try:
        channels = load().channels
    except ConfigError:
        return set(copies or ["error"]), set()
    named = {table.file.removesuffix(".log"): table for table in channels.values()}
    everything = {name for name, table in named.items() if "*" in table.components}
    return set(copies or everything), {n for n, table in named.items() if not table.serialize}


def _is_given(stream: object) -> bool:
    """Tell whether standard input is something to read, not a terminal or nothing."""
    try:
        mode = os.fstat(stream.fileno()).st_mode  # type: ignore[attr-defined]
    except (AttributeError, OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)
