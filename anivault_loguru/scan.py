"""Many words in one pass over bytes: Aho-Corasick where the wheel exists, plain Python elsewhere.

Both give the same answers: the leftmost match, and of those that begin there the longest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

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
        self._native = None
        self._pattern: re.Pattern[bytes] | None = None
        if self.words and native and BytesAhoCorasick is not None:
            self._native = BytesAhoCorasick(self.words, matchkind=MatchKind.LeftmostLongest)
        elif self.words:
            self._pattern = re.compile(b"|".join(map(re.escape, self.words)))

    def hit(self, data: bytes) -> bool:
        """Tell whether any word stands in `data`."""
        if self._native is not None:
            return bool(self._native.find_matches_as_indexes(data))
        return self._pattern is not None and self._pattern.search(data) is not None

    def finds(self, data: bytes) -> Iterator[tuple[bytes, int]]:
        """Give each word found and where it begins, from left to right, none overlapping."""
        if self._native is not None:
            for index, start, _ in self._native.find_matches_as_indexes(data):
                yield self.words[index], start
        elif self._pattern is not None:
            for match in self._pattern.finditer(data):
                yield match[0], match.start()

    def replace(self, data: bytes, by: bytes) -> bytes:
        """Return `data` with every word replaced, scanning each byte once."""
        parts: list[bytes] = []
        end = 0
        for word, start in self.finds(data):
            parts += (data[end:start], by)
            end = start + len(word)
        return b"".join((*parts, data[end:])) if parts else data
