"""Shortens texts that are masked later, as parts of something else.

Half a password has no longer the shape by which it is known: nothing is cut before it is masked.
"""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["Short", "short"]

_FAR = 1 << 16  # nothing behind it is masked only to be cut off


class Short:
    """Gives the beginnings of long texts.

    Attributes:
        mask: masks a text before it is cut. None, as long as nothing is configured: then the word
            that would be cut in two is left out.
    """

    def __init__(self) -> None:
        self.mask: Callable[[str], str] | None = None

    def of(self, text: str, limit: int) -> str:
        """Return `text`, or if it is longer than `limit`, so many characters of it at most."""
        if len(text) <= limit:
            return text
        if self.mask is None:
            return _words(text, limit)
        return self.mask(_words(text, _FAR))[:limit]


def _words(text: str, limit: int) -> str:
    start = text[:limit]
    word = start.split()[-1:]
    if len(text) <= limit or not word or not start.endswith(word[0]):
        return start
    # A text of one word is cut where a value may begin.
    return start.removesuffix(word[0]) or re.split("[:=@]", start, maxsplit=1)[0]


short = Short()
