"""Moments as people write them, for `--since` and `--until`."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

__all__ = ["micros_of", "parse_moment", "stamp_of"]

_AGE = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d|w)(?:\s*ago)?")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_CLOCK = re.compile(r"(\d\d?):(\d\d)(?::(\d\d))?")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_EXPECTED = "10m, 2h, 3d, 09:30, today, yesterday, 2026-11-23, 2026-11-23T09:30, or a whole stamp"


def parse_moment(text: str, now: datetime, zone: tzinfo | None = None) -> str:
    """Return the moment that `text` names, as a stamp of the native schema, which is UTC.

    An age (`90s`, `10m`, `2h`, `3d`, `1w`) is counted back from `now`; a time of day is the last
    such time; dates and times without a zone are in `zone`, the machine's if None.

    Raises:
        ValueError: a sentence with what is expected.
    """
    word = text.strip()
    local = now.astimezone(zone)
    try:
        if age := _AGE.fullmatch(word.lower()):
            return stamp_of(now - timedelta(**{_UNITS[age[2]]: float(age[1])}))
        if clock := _CLOCK.fullmatch(word):
            hour, minute, second = (int(part or 0) for part in clock.groups())
            moment = datetime(local.year, local.month, local.day, hour, minute, second)
            ahead = _placed(moment, zone) > local
            return stamp_of(_placed(moment - timedelta(days=int(ahead)), zone))
        if word.lower() in ("now", "today", "yesterday"):
            if word.lower() == "now":
                return stamp_of(now)
            day = local.date() - timedelta(days=word.lower() == "yesterday")
            return stamp_of(_placed(datetime.combine(day, datetime.min.time()), zone))
        if re.fullmatch(r"\d{4}-\d\d-\d\d", word):
            day = date.fromisoformat(word)
            return stamp_of(_placed(datetime.combine(day, datetime.min.time()), zone))
        return stamp_of(_placed(datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", word)), zone))
    except (ValueError, OverflowError):
        raise ValueError(f"no moment: {text!r}; expected {_EXPECTED}") from None


def _placed(moment: datetime, zone: tzinfo | None) -> datetime:
    if moment.tzinfo is not None:
        return moment
    return moment.astimezone() if zone is None else moment.replace(tzinfo=zone)


def stamp_of(moment: datetime) -> str:
    """Return a moment that knows its zone as a stamp of the native schema."""
    utc = moment.astimezone(timezone.utc)
    return utc.replace(tzinfo=None).isoformat("T", "microseconds") + "Z"


def micros_of(stamp: str) -> int:
    """Return the microseconds from 1970 to a stamp of the native schema, which has to be one."""
    return _second_of(stamp[:19]) + int(stamp[20:26])


@lru_cache(4096)
def _second_of(text: str) -> int:
    moment = datetime.fromisoformat(text + "+00:00")
    return (moment - _EPOCH) // timedelta(microseconds=1)
