"""Counts by name in bounded memory: what is rare is folded into one row for all others."""

from __future__ import annotations

from .counts import Counts

__all__ = ["Grouped"]


class Grouped:
    """One `Counts` for each name. Sums over all rows are exact, however many names there are.

    Args:
        most: so many names are kept at most. Beyond, the rarer half becomes part of the rest.
    """

    def __init__(self, most: int = 200) -> None:
        self._most = most
        self._rows: dict[str, Counts] = {}
        self._rest = Counts()

    def of(self, name: str) -> Counts:
        """Return the counts of a name; they are good until the next call."""
        row = self._rows.get(name)
        if row is None:
            if len(self._rows) >= self._most:
                self._fold()
            row = self._rows[name] = Counts()
        return row

    def top(self, most: int) -> list[tuple[str | None, Counts]]:
        """Return the most frequent names; then, if there are more, a row whose name is None."""
        ordered = sorted(self._rows.items(), key=lambda item: (-item[1].records, item[0]))
        rest = Counts()
        for row in (self._rest, *(row for _, row in ordered[most:])):
            rest.merge(row)
        return [*ordered[:most], *([(None, rest)] if rest.records else [])]

    def _fold(self) -> None:
        ordered = sorted(self._rows, key=lambda name: self._rows[name].records)
        for name in ordered[: max(self._most // 2, 1)]:
            self._rest.merge(self._rows.pop(name))
