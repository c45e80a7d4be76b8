"""Judges gaps: a record that is missing was lost, unless something explains it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from itertools import groupby, islice
from operator import attrgetter

from ..reading import Source, lines_of
from .account import Account, Gap
from .lines import number_of

__all__ = ["judged", "pruned_until"]

# Lines looked at for the first that is a record.
_LINES = 1000

_LAST_MOMENT = timedelta(seconds=1)


def pruned_until(sources: Iterable[Source], copies: Collection[str]) -> str:
    """Return up to when some channel may have been pruned: its oldest record, if it has backups.

    Channels of `copies` do not count, for what was pruned there stands elsewhere.
    """
    latest = ""
    for channel, those in groupby(sources, attrgetter("channel")):
        oldest = next(those)
        if not oldest.is_live and os.path.basename(channel) not in copies:
            latest = max(latest, _first_stamp(oldest.path))
    return latest


def _first_stamp(path: str) -> str:
    if not os.path.isfile(path):
        return ""
    try:
        stamps = (number_of(line.data)[2] for line in islice(lines_of(path), _LINES))
        return next(filter(None, stamps), "")
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
    if after and run.threads and after >= _before(run.last):
        return text, "at the end of a run with several threads, killed or still going on"
    if run.dropped:
        text += f"; its metrics.summary says that {run.dropped} were dropped"
    return text, ""


def _before(stamp: str) -> str:
    try:
        return (datetime.fromisoformat(stamp[:-1]) - _LAST_MOMENT).isoformat("T", "microseconds")
    except (ValueError, OverflowError):
        return stamp
