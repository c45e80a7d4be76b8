"""Tells a record that came before: a copy in `error.log` has the same run and number."""

from __future__ import annotations

from typing import Any

__all__ = ["Copies"]

# Each page has a bit for 4096 records; 20,000 pages are 10 MB and the last 80 million records.
_PAGES = 20_000


class Copies:
    """Remembers which records came, a bit for each, the longest unused forgotten.

    The day belongs to the key, for two runs may draw the same eight digits in the course of years.
    """

    def __init__(self) -> None:
        self._pages: dict[tuple[str, str, int], bytearray] = {}
        self.count = 0

    def has(self, document: dict[str, Any]) -> bool:
        """Say whether this record came before, and remember it. `count` counts those that did.

        A record without a number (`seq` 0, other people's lines) is no copy of anything.
        """
        run, seq = document.get("run"), document.get("seq")
        if type(run) is not str or type(seq) is not int or seq < 1:
            return False
        return self.has_number(document["timestamp"][:10], run, seq)

    def has_number(self, day: str, run: str, seq: int) -> bool:
        """Do the same for the record of that day, run and number."""
        if self.knows_number(day, run, seq):
            return True
        key = (day, run, seq >> 12)
        page = self._pages.get(key)
        if page is None:
            if len(self._pages) >= _PAGES:
                del self._pages[next(iter(self._pages))]
            page = self._pages[key] = bytearray(512)
        page[(seq & 4095) >> 3] |= 1 << (seq & 7)
        return False

    def knows_number(self, day: str, run: str, seq: int) -> bool:
        """Do the same, but do not remember it if it is new."""
        page = self._pages.get((day, run, seq >> 12))
        if page is None or not page[(seq & 4095) >> 3] & 1 << (seq & 7):
            return False
        self.count += 1
        return True
