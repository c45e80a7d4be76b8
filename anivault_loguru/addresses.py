"""Passwords in addresses: `scheme://user:password@host`, whatever stands in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property

from .clues import Clue
from .patterns import pattern
from .values import Span, hidden_spans, is_masked

__all__ = ["ADDRESSES", "CLUES", "HINT"]

Hide = Callable[[str], str]


class _Addresses:
    """The password of `scheme://user:password@host`, whatever stands in it.

    Args:
        first: the first character of what stands for `://`.
        rest: a pattern for the others.
        colon: stands for `:`, in lower case.
        sign: stands for `@`, in lower case.
    """

    def __init__(self, first: str, rest: str, colon: str, sign: str) -> None:
        # An address goes up to where it ends or the next one begins.
        run = rf"[^\x00-\x1f\s\"'<>\\`{first}]*"
        self._shape = rf"{first}{rest}({run}(?:{first}(?!{rest}){run})*){sign}"
        self._colon = re.compile(colon, re.IGNORECASE)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(self._shape, re.IGNORECASE | re.ASCII)

    def mask(self, text: str, hide: Hide) -> str:
        return hidden_spans(text, self._secrets(text), hide)

    def _secrets(self, text: str) -> Iterator[Span]:
        """Give the spans between the user's name and the last `@` of each address."""
        for match in self._pattern.finditer(text):
            begin, end = match.span(1)
            if end - begin < 2:
                continue
            user, *others = self._colon.split(match[1], 1)
            # Behind a slash neither a colon ends a user's name, nor an `@` what is before a host.
            if _ELSEWHERE.search(user) is not None:
                continue
            # A long name without a password is a token.
            secret = others[0] if others else user if len(user) >= 20 else ""
            if secret == _INSTEAD:
                secret = match[1]
            if secret and not is_masked(secret) and not _PORT.match(secret):
                yield end - len(secret), end


_ELSEWHERE = pattern("[/?#]")
_INSTEAD = "x-oauth-basic"  # stands where a password would, behind GitHub's tokens
_PORT = pattern(r"\d{1,5}[/?#]")


HINT = r""":\\*/\\*/[^ "'<>`]*@|(?i-u:%(?:25)?3a%(?:25)?2f%(?:25)?2f)"""
"""A Rust regular expression that matches where there may be such an address."""
CLUES: tuple[Clue, ...] = ("@", "3a%")
"""Of which one stands in whatever that matches; see `clues.py`."""

ADDRESSES = (
    ("@", _Addresses(":", r"\\{0,15}/\\{0,15}/", ":", "@")),
    ("%40", _Addresses("%", "3a%2f%2f", "%3a", "%40")),
    ("%2540", _Addresses("%", "253a%252f%252f", "%253a", "%2540")),
)
"""As they are (or in JSON that escapes slashes), percent-encoded, and encoded twice.

With each goes what it has, in lower case.
"""
