"""Judges gaps: a record that is missing was lost, unless something explains it."""

from __future__ import annotations

import os
from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import groupby, islice
from operator import attrgetter

from ..reading import Source
from .account import Account, Gap
from .files import Files
from .lines import number_of

__all__ = ["judged", "pruned_until"]

# Lines looked at for the first that is a record.
_LINES = 1000

_LAST_MOMENT = 1.0


def pruned_until(files: Files, copies: Collection[str], tolerance: float) -> str:
    """Return up to when some channel may have been pruned: its oldest record, if it has backups.

    Another process's or thread's may have been before it and younger, by up to `tolerance` seconds.
    Channels of `copies` do not count, for what was pruned there stands elsewhere.
    """
    latest = ""
    for channel, those in groupby(files.sources, attrgetter("channel")):
        oldest = next(those)
        if not oldest.is_live and os.path.basename(channel) not in copies:
            latest = max(latest, _first_stamp(files, oldest))
    return _shifted(latest, tolerance)


def _first_stamp(files: Files, source: Source) -> str:
    try:
        lines = islice(files.lines_of(source), _LINES)
        return next(filter(None, (number_of(line.data)[2] for line in lines)), "")
    except OSError:
        return ""  # told when all of it is read


def judged(gap: Gap, after: str, account: Account) -> tuple[str, str]:
    """Return what is missing in words, and what excuses it; empty if nothing does.

    Args:
        gap: the numbers.
        after: the stamp of the record that follows.
        account: what is known of the runs.
    """
    count = gap.last - gap.first + 1
    numbers = f"seq {gap.first}" if count == 1 else f"seq {gap.first} to {gap.last}"
    text = f"{numbers} of run {gap.run} missing after this"
    run = account.runs[gap.run]
    if after and run.threads and not run.ended and after >= _shifted(run.last, -_LAST_MOMENT):
        return text, "at the end of a run with several threads, killed or still going on"
    if run.dropped:
        text += f"; its metrics.summary says that {run.dropped} were dropped"
    return text, ""


def _shifted(stamp: str, seconds: float) -> str:
    try:
        moment = datetime.fromisoformat(stamp[:-1]) + timedelta(seconds=seconds)
        return moment.isoformat("T", "microseconds") + "Z"
    except (ValueError, OverflowError):
        return stamp
