"""How many records there were when: counted by the second, coarser where there are too many."""

from __future__ import annotations

from datetime import datetime, timezone

__all__ = ["Bin", "Rates"]

# Lengths of a stamp's beginning: a second, ten, a minute, ten, an hour, a day.
_PRECISIONS = (19, 18, 16, 15, 13, 10)
_SECONDS = (1, 10, 60, 600, 3600, 86400)
_MOST = 4096
_STEPS = (
    *(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800),
    *(3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600, 2_419_200),
)

Bin = tuple[float, int, int]
"""Where it begins (seconds since 1970 UTC), its records, its errors."""


class Rates:
    """Counts records and errors over time, in bounded memory."""

    def __init__(self) -> None:
        self._precision = 0
        self._counts: dict[str, list[int]] = {}

    def add(self, stamp: str, records: int, errors: int = 0) -> None:
        """Count so many records of the second with which `stamp` begins."""
        key = stamp[: _PRECISIONS[self._precision]]
        counts = self._counts.get(key)
        if counts is None:
            counts = self._counts[key] = [0, 0]
            while len(self._counts) > _MOST and self._precision < len(_PRECISIONS) - 1:
                self._coarsen()
                counts = self._counts[key[: _PRECISIONS[self._precision]]]
        counts[0] += records
        counts[1] += errors

    def bins(self, most: int) -> tuple[int, list[Bin]]:
        """Return the seconds of one bin, and all bins from the first record to the last.

        There are at most `most`, each as wide as a step on a clock, empty ones included.
        """
        counts = {_seconds(key): counts for key, counts in self._counts.items()}
        if not counts:
            return 0, []
        first, last = min(counts), max(counts)
        least = _SECONDS[self._precision]
        steps = (step for step in _STEPS if step >= least and (last - first) // step + 2 <= most)
        step = next(steps, int((last - first) // max(most - 1, 1)) + 1)
        start = first // step * step
        bins = [[0, 0] for _ in range(int((last - start) // step) + 1)]
        for second, (records, errors) in counts.items():
            row = bins[int((second - start) // step)]
            row[0] += records
            row[1] += errors
        return step, [(start + n * step, *row) for n, row in enumerate(bins)]  # type: ignore[misc]

    def _coarsen(self) -> None:
        self._precision += 1
        finer, self._counts = self._counts, {}
        for key, (records, errors) in finer.items():
            row = self._counts.setdefault(key[: _PRECISIONS[self._precision]], [0, 0])
            row[0] += records
            row[1] += errors


def _seconds(key: str) -> float:
    whole = key + "0000-01-01T00:00:00"[len(key) :]
    return datetime.fromisoformat(whole).replace(tzinfo=timezone.utc).timestamp()
