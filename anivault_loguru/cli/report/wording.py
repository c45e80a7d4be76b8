"""Numbers, sizes and times as words and digits for people, in English and UTC."""

from __future__ import annotations

from datetime import datetime, timezone

__all__ = ["amount", "clock", "day_and_time", "figure", "moment", "size", "span"]

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_SPANS = ((604_800, "week"), (86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def amount(number: float, one: str, many: str = "") -> str:
    """Return `1 file`, `2,091 files`."""
    return f"{number:,.0f} {one if number == 1 else many or one + 's'}"


def figure(number: float) -> str:
    """Return a number with three digits that count, and no exponent: `0.25`, `47.1`, `1,724`."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def size(number: float) -> str:
    """Return bytes as `47.1 MB`."""
    units = ["bytes", "kB", "MB", "GB", "TB"]
    while number >= 999.5 and len(units) > 1:
        number /= 1000
        del units[0]
    return f"{figure(number)} {units[0]}"


def span(seconds: float) -> str:
    """Return a time as `15 minutes`, in the largest unit that needs no more than one decimal."""
    for length, name in _SPANS:
        if seconds >= length:
            number = round(seconds / length, 1)
            return f"{number:g} {name}" + ("" if number == 1 else "s")
    return f"{seconds:.1g} seconds" if seconds else "0 seconds"


def clock(second: int, width: int = 1) -> str:
    """Return a time as `2026-11-24 03:15`, as fine as `width` seconds ask for."""
    clocks = "%Y-%m-%d %H:%M:%S" if width < 60 else "%Y-%m-%d %H:%M"
    return _utc(second).strftime("%Y-%m-%d" if width >= 86_400 else clocks)


def day_and_time(second: int, width: int = 1) -> str:
    """Return a time as `24 Nov 03:15`, on one line; the year is told elsewhere."""
    at = _utc(second)
    clocks = "\xa0%H:%M:%S" if width < 60 else "\xa0%H:%M"
    return f"{at.day}\xa0{_MONTHS[at.month - 1]}" + ("" if width >= 86_400 else at.strftime(clocks))


def moment(timestamp: str) -> str:
    """Return a record's timestamp to the second, without what marks it as UTC."""
    return timestamp[:19].replace("T", " ")


def _utc(second: int) -> datetime:
    # The first bucket may begin before the first day that there is.
    return datetime.fromtimestamp(max(second, -62_135_596_800), timezone.utc)
