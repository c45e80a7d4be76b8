"""Private keys in PEM, as they are or percent-encoded, whatever their lines begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .clues import Clue
from .patterns import pattern
from .values import Span, hidden_spans

__all__ = ["CLUES", "HINT", "KEYS"]

HINT = "-----BEGIN"
"""A Rust regular expression that matches where there may be such a key."""
CLUES: tuple[Clue, ...] = (HINT,)
"""Of which one stands in whatever that matches; see `clues.py`."""

# In a URL, spaces are `+` or `%20`.
_GAP = "(?: |[+]|%(?:25){0,2}20)"
_LABEL = rf"(?:[A-Z0-9]{{1,20}}{_GAP}){{0,4}}"
_BEGIN = pattern(rf"{HINT}{_GAP}{_LABEL}PRIVATE{_GAP}KEY(?:{_GAP}BLOCK)?-----")
_END = pattern(rf"-----END{_GAP}{_LABEL}[A-Z0-9]{{1,20}}-----")
# What lines begin with may stand between those of a key: `> `, `[app] `, `<br>`, `', '`. No name
# does: `", "a": "`.
_NO_NAME = r"(?![\"'`] ?:)"
_BODY = pattern(
    r"(?:[A-Za-z0-9+/=\s:,.\-]+|\\{1,8}[nrt]?|%(?:25){0,2}(?:0[aAdD]|2[0bBfF]|3[dD])"
    r"|<[bB][rR] ?/?>|&#(?:1[03]|[xX][aAdD]);"
    r"|(?<=[\snrt])[>|#*;!]{1,3}(?=[ \t>|]{0,8}[A-Za-z0-9+/=]{4})"
    rf"|{_NO_NAME}[^A-Za-z0-9+/=\s\\](?:{_NO_NAME}.){{0,40}}?"
    r"(?<![A-Za-z0-9+/])(?=[A-Za-z0-9+/]{40}))*"
)
_LINE = pattern(r"[A-Za-z0-9+/]{16}")
_REACH = 1 << 15  # characters, of which no key has more


class _Keys:
    """The keys, as far as what follows looks like one where the closing line is missing."""

    def mask(self, text: str, hide: Callable[[str], str]) -> str:
        """Return `text` with each of them replaced by what `hide` makes of it."""
        return hidden_spans(text, self._spans(text), hide)

    def _spans(self, text: str) -> Iterator[Span]:
        done = 0
        closing = _END.search(text)
        while (match := _BEGIN.search(text, done)) is not None:
            while closing is not None and closing.start() < match.end():
                closing = _END.search(text, closing.end())
            limit = closing.start() if closing else len(text)
            body = _BODY.match(text, match.end(), limit)
            stop = body.end() if body else match.end()
            if closing and (stop == limit or _is_key(text, match.end(), limit)):
                stop = closing.end()
            yield match.start(), stop
            done = stop


def _is_key(text: str, start: int, end: int) -> bool:
    """Whether all that stands between an opening and a closing line is a key."""
    if end - start > _REACH or text.find(HINT, start, end) >= 0:
        return False
    return _LINE.search(text, start, end) is not None


KEYS = (("-----begin", _Keys()),)
"""What masks them, and what a text with one has in lower case."""
