"""Many words in one pass over bytes: Aho-Corasick where the wheel exists, plain Python elsewhere.

Both give the same answers: the leftmost match, and of those that begin there the longest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

try:
    from ahocorasick_rs import BytesAhoCorasick, MatchKind
except ImportError:  # musl and Windows on Arm have no wheel.
    BytesAhoCorasick = None  # type: ignore[assignment, misc]

__all__ = ["Scan"]


class Scan:
    """A fixed set of words, each of one byte or more, to look for in bytes, case and all.

    The scan is fastest with at most 64 words: beyond, the library leaves its vectorised search.
    """

    def __init__(self, words: Iterable[bytes], *, native: bool = True) -> None:
        self.words = tuple(sorted({word for word in words if word}, key=lambda w: (-len(w), w)))
        self.find: Callable[[bytes], list[tuple[int, int, int]]] = _nothing
        """Give index in `words`, start and end of each word found, left to right, none twice."""
        if self.words and native and BytesAhoCorasick is not None:
            automaton = BytesAhoCorasick(self.words, matchkind=MatchKind.LeftmostLongest)
            self.find = automaton.find_matches_as_indexes
        elif self.words:
            self.find = _Pattern(self.words).find

    def hit(self, data: bytes) -> bool:
        """Tell whether any word stands in `data`."""
        return bool(self.find(data))

    def finds(self, data: bytes) -> Iterator[tuple[bytes, int]]:
        """Give each word found and where it begins, from left to right, none overlapping."""
        return ((self.words[index], start) for index, start, _ in self.find(data))

    def replace(self, data: bytes, by: Callable[[bytes], str]) -> bytes:
        """Return `data` with every word replaced by what `by` makes of it."""
        parts: list[bytes] = []
        done = 0
        for index, start, end in self.find(data):
            parts += (data[done:start], by(self.words[index]).encode())
            done = end
        return b"".join((*parts, data[done:])) if parts else data


class _Pattern:
    """The scan in plain Python."""

    def __init__(self, words: tuple[bytes, ...]) -> None:
        self._indexes = {word: index for index, word in enumerate(words)}
        self._pattern = re.compile(b"|".join(map(re.escape, words)))

    def find(self, data: bytes) -> list[tuple[int, int, int]]:
        indexes = self._indexes
        return [(indexes[m[0]], m.start(), m.end()) for m in self._pattern.finditer(data)]


def _nothing(data: bytes) -> list[tuple[int, int, int]]:
    return []
