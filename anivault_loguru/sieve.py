"""A look for very many words at once, in a time that their number does not change.

Wherever a word stands in a text, one of its pieces stands at a whole step from the text's begin.
The text is cut there, by the interpreter's own casts, and each cut looked up among the pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from struct import calcsize, unpack_from
from typing import Literal

from .compiled import Sieve as Compiled
from .compiled import made

__all__ = ["SHORTEST", "Sieve"]

SHORTEST = 5
"""Bytes that a word must have."""


class Sieve:
    """Tells whether a text may hold one of the words, each of `SHORTEST` bytes at least.

    It never misses one; of two texts that share eight bytes (four, for words below eleven) it
    may take one for the other.
    """

    def __init__(self, words: Iterable[bytes]) -> None:
        self._long, self._short = set[int](), set[int]()
        self.update(words)

    def __len__(self) -> int:
        return len(self._long) + len(self._short)

    def update(self, words: Iterable[bytes]) -> None:
        """Look for more words; what `beside` has returned may not."""
        for word in words:
            if len(word) >= 11:
                self._long.update([unpack_from("Q", word, at)[0] for at in range(4)])
            else:
                self._short.update([unpack_from("I", word, at)[0] for at in range(2)])

    def merge(self, other: Sieve) -> None:
        """Look for the words of another one too."""
        self._long |= other._long
        self._short |= other._short

    def beside(self, other: Callable[[str], bool]) -> Callable[[str], bool]:
        """Return what tells whether a word may stand in a text, or `other` is true of it."""

        def twin(text: str) -> bool:
            return self.hit(text) or other(text)

        return made(Compiled, twin, self._long, self._short, other)

    def hit(self, text: str) -> bool:
        """Tell whether one may stand in `text`."""
        data = memoryview(text.encode("utf-8", "surrogatepass"))
        return (
            _meets(self._long, data, "Q", 0)
            or _meets(self._long, data, "Q", 4)
            or _meets(self._short, data, "I", 0)
            or _meets(self._short, data, "I", 2)
        )


def _meets(pieces: set[int], data: memoryview, form: Literal["Q", "I"], begin: int) -> bool:
    size = calcsize(form)
    count = (len(data) - begin) // size
    if count <= 0 or not pieces:
        return False
    return not pieces.isdisjoint(data[begin : begin + count * size].cast(form))
