"""Judges gaps: a record that is missing was lost, unless something explains it."""

from __future__ import annotations

from datetime import datetime, timedelta

from .account import Account, Gap

__all__ = ["judged"]

_LAST_MOMENT = timedelta(seconds=1)


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
    if after and after <= account.pruned:
        return text, "another channel was pruned up to a later moment"
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
