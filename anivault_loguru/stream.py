"""Masking of a stream of text in constant memory, with lines of any length.

Text is given back up to a place where nothing that is masked goes on: usually the last line end.
Where a secret is longer than what is kept in memory, its marker is given and the rest passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from .patterns import pattern
from .values import MARK

__all__ = ["Stream"]

_BREAK = pattern(r"[\s,;&]")
_OPEN = pattern(rf"(?P<quote>[\"'`])?{MARK}\Z")
_TRIES = 4


class Stream:
    """Masks text that comes in pieces.

    Args:
        mask: masks a text.
        limit: how many characters to keep while no place to cut is found.
    """

    def __init__(self, mask: Callable[[str], str], *, limit: int = 1 << 18) -> None:
        self._mask = mask
        self._limit = limit
        self._kept = ""
        self._awaited = 0  # characters, before it is tried again to cut
        self._passing: re.Pattern[str] | None = None

    def feed(self, piece: str) -> str:
        """Take a piece of text, and return what can be told of the text so far."""
        if self._passing is not None:
            end = self._passing.search(piece)
            if end is None:
                return ""
            piece, self._passing = piece[end.start() :], None
        self._kept += piece
        if len(self._kept) < self._awaited:
            return ""
        shown = self._cut_at_line() or (self._cut() if len(self._kept) >= self._limit else "")
        self._awaited = 0 if shown else min(self._limit, 2 * len(self._kept))
        return shown

    def close(self) -> str:
        """Return what is left, masked."""
        kept, self._kept = self._kept, ""
        return self._mask(kept) if kept else ""

    def _cut_at_line(self) -> str:
        """Give the whole lines back, if nothing masked goes on behind their end."""
        end = self._kept.rfind("\n") + 1
        whole = None
        for _ in range(_TRIES):
            if end <= 0:
                return ""
            whole = self._mask(self._kept) if whole is None else whole
            shown = self._mask(self._kept[:end])
            if shown.endswith("\n") and whole.startswith(shown):
                self._kept = self._kept[end:]
                return shown
            end = self._kept.rfind("\n", 0, end // 2) + 1
        return ""

    def _cut(self) -> str:
        """Give back a part of a line longer than the limit."""
        text, whole = self._kept, self._mask(self._kept)
        for quarter in range(_TRIES, 0, -1):
            middle = len(text) * quarter // (2 * _TRIES)
            found = _BREAK.search(text, middle, len(text))
            end = found.start() if found else middle
            shown, rest = self._mask(text[:end]), text[end:]
            if shown + self._mask(rest) == whole and not _OPEN.search(shown):
                self._kept = rest
                return shown
        self._kept = ""
        opened = _OPEN.search(whole)
        if opened is not None:
            self._passing = re.compile(
                rf"(?<!\\){opened['quote']}|\n" if opened["quote"] else r"\n"
            )
        return whole
