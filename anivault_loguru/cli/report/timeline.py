"""Figures over time in constant memory: buckets of one width, which grows with the time covered.

Only filled buckets are kept. When there are too many, each width is replaced by the next, and
buckets that fall together are merged: nothing has to be known of the times beforehand, and a
record from a wrong clock costs one bucket.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, count, pairwise

from .counts import Counts

__all__ = ["Timeline", "View"]

# Seconds; each is a multiple of the one before. Beyond, four times four weeks and so on.
_WIDTHS = (1, 5, 15, 60, 300, 900, 3600, 10_800, 43_200, 86_400, 604_800, 2_419_200)
_FEW = 20


@dataclass(frozen=True)
class View:
    """Countss without a gap from `start` on, each `width` seconds; `outside` records left out."""

    start: int
    width: int
    buckets: list[Counts]
    outside: int = 0

    @property
    def times(self) -> list[int]:
        """The second since 1970 at which each bucket begins."""
        return [self.start + self.width * number for number in range(len(self.buckets))]


class Timeline:
    """Takes times in any order.

    Args:
        most: so many filled buckets are kept at most.
    """

    def __init__(self, most: int = 1000) -> None:
        self._most = most
        self._width = 1
        self._buckets: dict[int, Counts] = {}

    def at(self, second: int) -> tuple[Counts, int, int]:
        """Return the bucket of a second since 1970, good until the next call, and its bounds."""
        index = second // self._width
        bucket = self._buckets.get(index)
        if bucket is None:
            bucket = self._buckets[index] = Counts()
            if len(self._buckets) > self._most:
                while len(self._buckets) > self._most:
                    self._buckets, self._width = _widened(self._buckets, self._width)
                return self.at(second)
        return bucket, index * self._width, (index + 1) * self._width

    def total(self) -> Counts:
        """Return the counts of all buckets together."""
        total = Counts()
        for bucket in self._buckets.values():
            total.merge(bucket)
        return total

    def view(self, most: int = 300) -> View:
        """Return all of it in at most `most` buckets without a gap.

        A few records that alone make it more than ten times as long, as a wrong clock does, are
        left out at either end.
        """
        if not self._buckets:
            return View(0, 1, [])
        first, last, outside = self._ends()
        width = self._width
        inside = {index: self._buckets[index] for index in self._buckets if first <= index <= last}
        while max(inside) - min(inside) >= most:
            inside, width = _widened(inside, width)
        start, end = min(inside), max(inside) + 1
        buckets = [inside.get(index) or Counts() for index in range(start, end)]
        return View(start * width, width, buckets, outside)

    def _ends(self) -> tuple[int, int, int]:
        """The first and last bucket to show, and how many records lie outside."""
        order = sorted(self._buckets)
        total = sum(bucket.records for bucket in self._buckets.values())
        before, after = self._strays(order, total), self._strays(order[::-1], total)
        for left, right in ((before, 0), (0, after), (before, after)):
            kept = order[left : len(order) - right]
            if total >= _FEW and order[-1] - order[0] > 10 * max(kept[-1] - kept[0], 1):
                outside = [*order[:left], *order[len(order) - right :]]
                return kept[0], kept[-1], sum(self._buckets[index].records for index in outside)
        return order[0], order[-1], 0

    def _strays(self, order: list[int], total: int) -> int:
        """How many buckets at one end might be strays: those before the widest gap that comes after
        a two-thousandth of all records, or a single one."""
        left, widest, found = max(total // 2000, 1), 0, 0
        for place, (index, following) in enumerate(pairwise(order)):
            left -= self._buckets[index].records
            if left < 0:
                break
            if abs(following - index) > widest:
                widest, found = abs(following - index), place + 1
        return found


def _widened(buckets: dict[int, Counts], width: int) -> tuple[dict[int, Counts], int]:
    """The same in buckets of the next width, and that width."""
    widths = chain(_WIDTHS, (_WIDTHS[-1] * 4**power for power in count(1)))
    wide = next(each for each in widths if each > width)
    merged: dict[int, Counts] = {}
    for index, bucket in buckets.items():
        merged.setdefault(index * width // wide, Counts()).merge(bucket)
    return merged, wide
