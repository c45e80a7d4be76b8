"""Quotes and brackets in texts: where they close, which are open, however often escaped."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial

from .patterns import pattern

__all__ = ["MOST", "REACH", "bracketed", "closing", "is_open", "line_end", "others_open"]

MOST = 5000
"""Secrets of one kind that are masked one by one in a text; what comes after them is hidden whole.

So no text takes long, however many secrets are put into it.
"""

REACH = 500  # characters within which a quote is looked for that may be open
_UNSEEN = 3  # of them, where the beginning of the line is not in reach
_BRACKETS = pattern(r"(?<!\\)(\\{0,15})([\"'])|[\[\](){}]")
# Within brackets what neither opens nor closes any: strings without escapes, lists of no lists.
_FLAT = r"[^\[\](){}\"'\\]"
_PLAIN = pattern(
    rf"(?:{_FLAT}+|\"[^\"\\]*\"(?!\"[^\W_])|'[^'\\]*'(?!'[^\W_])|[\[({{]{_FLAT}*[\])}}]){{0,999}}"
)
_QUOTED = pattern(r"(\\{0,15})([\"'`])\Z")
_LINE = pattern(r"(?:[^\r\n\\]+|\\(?!\\{0,15}[rn]))+")
_ANY = pattern(r"\\{0,15}[\"']")


def closing(
    text: str,
    slashes: str,
    quote: str,
    start: int,
    opened: Callable[[str], int],
    limit: int | None = None,
) -> int:
    """Where the quote closes before `limit`, or the end of the text.

    Each quoting of a text doubles its backslashes and puts one before each quote, except that
    `repr` leaves quotes of the other kind as they are: there `"a\\"b"` reads `"a\\\\"b"`, which
    only the quotes that are open around it tell from an end.
    """
    level = 1 << len(slashes).bit_length()
    end = text.find(quote, start, limit)
    most = -1  # layers that may have doubled the backslashes and left the quotes
    while end >= 0:
        first = end
        while first > start and text[first - 1] == "\\":
            first -= 1
        doubled = (
            not slashes and text.startswith(quote, end + 1) and text[end + 2 : end + 3].isalnum()
        )
        if doubled and len(quote) == 1 and end == first:
            end += 1  # 'it''s', as SQL and YAML escape it
        elif not slashes and end > first and text[end + 1 : end + 2].isalnum():
            pass  # 'it\'s', of which JSON doubles the backslash and leaves the quote
        elif end - first == len(slashes):
            return end - len(slashes)
        elif (end - first) % (2 * level) == len(slashes):
            if most < 0:
                most = opened(quote[0])
            if (end - first) % (level << most + 1) == len(slashes):
                return end - len(slashes)
        end = text.find(quote, end + 1, limit)
    return len(text)


def bracketed(text: str, start: int) -> int:
    """Where the bracket closes that opens at `start`; brackets within quotes do not count."""
    depth = 1
    position = start + 1
    opened = lru_cache(partial(others_open, text, start))
    for _ in range(MOST):
        plain = _PLAIN.match(text, position)
        match = _BRACKETS.search(text, plain.end() if plain else position)
        if match is None:
            break
        position = match.end()
        if match[2]:
            position = closing(text, match[1], match[2], position, opened) + len(match[0])
        else:
            depth += 1 if match[0] in "[({" else -1
            if depth == 0:
                return position
    return len(text)


def line_end(text: str, begin: int, start: int) -> int:
    """Where a header's value ends: with the quotes that hold the header, or with the line."""
    opened = _QUOTED.search(text, max(0, begin - 8), begin)
    if opened is None:
        return _end_of(_LINE.match(text, start), start)
    # Both are looked for no farther than a few times what the nearer one is away.
    near = start + REACH
    others = partial(others_open, text, begin)
    while True:
        end = _end_of(_LINE.match(text, start, near), start)
        certain = end < near - 8 or near >= len(text)  # At `near` an escape may be cut in two.
        limit = end if certain else near
        closed = closing(text, opened[1], opened[2], start, others, limit)
        if closed < limit:
            return _end_of(_LINE.match(text, start, closed), start)
        if certain:
            return end
        near += 4 * (near - start)


def _end_of(match: re.Match[str] | None, start: int) -> int:
    return match.end() if match else start


def is_open(text: str, begin: int, quote: str) -> bool:
    """Whether such a quote, with its backslashes, may be open where the name begins."""
    reach = max(0, begin - REACH)
    line = text.rfind("\n", reach, begin) + 1
    if reach and not line:
        return True  # It may be.
    return len(re.findall(rf"(?<!\\){re.escape(quote)}", text[line:begin])) % 2 == 1


def others_open(text: str, begin: int, quote: str) -> int:
    """How many quotes of another kind than `quote` may be open at `begin`."""
    reach = max(0, begin - REACH)
    line = text.rfind("\n", reach, begin) + 1
    if reach and not line:
        return _UNSEEN
    opened: set[str] = set()  # each with its backslashes
    for other in _ANY.findall(text, line, begin):
        if other[-1] != quote:
            opened ^= {other}
    return len(opened)
