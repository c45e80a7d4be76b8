"""The arguments that commands over channel files share."""

from __future__ import annotations

import argparse
import re
from datetime import datetime, timezone, tzinfo

from ..saying import say
from .files import default_folder
from .moments import parse_moment
from .selection import LEVELS, FieldTest, Selection

__all__ = [
    "add_paths",
    "add_period",
    "add_selection",
    "complain",
    "folder_or_paths",
    "selection_of",
    "zone_of",
]


def add_paths(parser: argparse.ArgumentParser) -> None:
    """Add the folders and files to read."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="DIR|FILE",
        help="folders and files, plain or .gz; - is standard input (default: the folder that "
        "programs here log to)",
    )


def add_period(parser: argparse.ArgumentParser) -> None:
    """Add `--since`, `--until` and `--utc`."""
    parser.add_argument(
        "--since", metavar="WHEN", help="10m, 2h, 3d, 09:30, yesterday, 2026-11-23, or a stamp"
    )
    parser.add_argument("--until", metavar="WHEN", help="the same; this moment is not included")
    parser.add_argument("--utc", action="store_true", help="times in UTC, not local time")


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Add what narrows the records down."""
    wanted = parser.add_argument_group("which records (all that is given has to hold)")
    level = wanted.add_argument("--level", type=_level, metavar="LEVEL", help="this level and up")
    level.completer = lambda **_: list(LEVELS)  # type: ignore[attr-defined]  # argcomplete's
    wanted.add_argument(
        "--errors", dest="level", action="store_const", const="ERROR", help="--level ERROR"
    )
    wanted.add_argument(
        "--component", type=_names, default=[], action="extend", metavar="A,B", help="of these"
    )
    wanted.add_argument("--event", type=_names, default=[], action="extend", metavar="A,B")
    wanted.add_argument("--request-id", metavar="ID", help="ID… or ID* is the beginning of one")
    wanted.add_argument(
        "--grep",
        type=_pattern,
        metavar="RE",
        help="found in the line as it stands in the file, in the message or the stack trace",
    )
    wanted.add_argument(
        "--field",
        type=_test,
        default=[],
        action="append",
        metavar="TEST",
        help="status_code>=500, hit=false, endpoint~^/3/ (quote it: > is the shell's)",
    )


def zone_of(args: argparse.Namespace) -> tzinfo | None:
    """The zone of times: UTC, or None for the machine's own."""
    return timezone.utc if args.utc else None


def selection_of(args: argparse.Namespace) -> Selection:
    """Return the selection that the arguments describe. Raises ValueError for a moment."""
    now, zone = datetime.now(timezone.utc), zone_of(args)
    return Selection(
        level=getattr(args, "level", None),
        components=frozenset(getattr(args, "component", ())),
        events=frozenset(getattr(args, "event", ())),
        request_id=getattr(args, "request_id", None),
        since=parse_moment(args.since, now, zone) if args.since else "",
        until=parse_moment(args.until, now, zone) if args.until else "~",
        grep=getattr(args, "grep", None),
        fields=tuple(getattr(args, "field", ())),
    )


def folder_or_paths(paths: list[str]) -> list[str]:
    """Return what is to be read: `paths`, or the default folder. Raises ValueError."""
    if paths:
        return paths
    try:
        return [default_folder()]
    except ValueError as error:  # a ConfigError, whose import takes long
        raise ValueError(f"the settings do not say which folder: {error}") from None


def complain(command: str, text: object) -> int:
    """Say on stderr what was wrong with the arguments; return the exit status for that."""
    say(f"anivault-log {command}: {text}")
    return 2


def _level(text: str) -> str:
    name = {"WARN": "WARNING", "FATAL": "CRITICAL"}.get(text.upper(), text.upper())
    if name not in LEVELS:
        raise argparse.ArgumentTypeError(f"no level: {text!r}; there are {', '.join(LEVELS)}")
    return name


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        # Not the text itself, nor a name in it: it may be a secret that is looked for.
        reason = re.sub(r""" (['"]).*\1""", "", str(error))
        raise argparse.ArgumentTypeError(f"no regular expression: {reason}") from None


def _test(text: str) -> FieldTest:
    try:
        return FieldTest.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
