"""Matches of a slow pattern in a long text, looked for only where a fast test says there are any.

Of a text with very many words that only look like names, the engine of `re` takes as long for each
as for a name; the one without backtracking passes over all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from operator import attrgetter

from .scan import Scan, is_unicode

__all__ = ["Blocks"]

_SHORT = 4096  # characters, of which the fast test would spare little
_BLOCK = 1 << 14
_NEAR = 1024
_LAP = 256  # characters around a name in which the fast test sees all it has to
_REACH = 2048  # and a match ends
_HAS_GROUP = attrgetter("lastindex")  # None where no group took part in a match


class Blocks:
    """Gives the matches in which a group took part.

    Args:
        pattern: begins with some characters of `run`, and goes on behind the last of them.
        hint: a Rust regular expression that matches wherever a group of `pattern` takes part, if
            a line end stands behind the text.
        run: a class of characters, as it stands between brackets.
    """

    def __init__(self, pattern: re.Pattern[str], hint: str, run: str) -> None:
        self._pattern = pattern
        self._scan = Scan([hint])
        self._run = re.compile(f"[{run}]*(?: [{run}]*|)")

    def matches(self, text: str, start: int = 0) -> Iterator[re.Match[str]]:
        """Give the matches from `start` on."""
        if len(text) - start < _SHORT or not (text.isascii() or is_unicode(text)):
            return filter(_HAS_GROUP, self._pattern.finditer(text, start))
        return self._in_blocks(text, start)

    def _in_blocks(self, text: str, start: int) -> Iterator[re.Match[str]]:
        hit, size = self._scan.hit, len(text)
        # Where one was found the next is near: for each of many, not all of a block is tested.
        near = start > 0
        while start < size:
            end = start + (_NEAR if near else _BLOCK)
            run = self._run.match(text, end)
            end = run.end() if run else end
            part = "" if near else text[max(0, start - _LAP) : end + _LAP]
            if near or hit(part if end + _LAP < size else part + "\n"):
                near = False
                found = self._pattern.finditer(text, start, end + _REACH)
                for match in filter(_HAS_GROUP, found):
                    if match.start() >= end:
                        break
                    yield match
                    end = max(end, match.end())
            start = end
