"""Passwords in addresses: `scheme://user:password@host`, whatever stands in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .clues import Clue
from .patterns import pattern
from .values import Span, hidden_spans, is_masked

__all__ = ["ADDRESSES", "CLUES", "HINT"]

Hide = Callable[[str], str]

_GOES_ON = "A-Za-z0-9!#$%^*_~"


class _Addresses:
    """The password of `scheme://user:password@host`, whatever stands in it.

    Args:
        first: the first character of what stands for `://`.
        rest: a pattern for the others.
        escape: stands before the code of a character that is not written as it is.
    """

    def __init__(self, first: str, rest: str, escape: str = "") -> None:
        ends, opened, digit, closed, colon, sign = "[/?#]", r"\[", "[0-9a-f:.]", r"\]", ":", "@"
        if escape:
            ends = rf"(?:[/?#]|{escape}(?:2f|3f|23))"
            opened, closed, colon, sign = (escape + code for code in ("5b", "5d", "3a", "40"))
            digit = rf"(?:[0-9a-f.]|{colon})"
        # An address goes up to where it ends or the next one begins. A quote ends none if what
        # follows it goes on.
        run = rf"[^\x00-\x1f\s\"'<>\\`{first}]*"
        again = rf"{first}(?!{rest})|[\"'`](?=[{_GOES_ON}@])"
        shape = rf"{first}{rest}({run}(?:(?:{again}){run})*){sign}"
        self._pattern = pattern(shape, re.IGNORECASE | re.ASCII)
        self._colon = pattern(colon, re.IGNORECASE)
        # Behind a slash neither a colon ends a user's name, nor an `@` what is before a host; an
        # address of IPv6 is a host.
        host = rf"{opened}{digit}{{2,99}}(?:%[\w.%\-]{{1,40}})?{closed}"
        self._elsewhere = pattern(ends, re.IGNORECASE)
        self._host = pattern(rf"{host}(?:{colon}\d{{1,5}})?(?:{ends}|\Z)", re.IGNORECASE)
        self._port = pattern(rf"\d{{1,5}}(?:{ends}|[\"'`])", re.IGNORECASE)

    def mask(self, text: str, hide: Hide) -> str:
        return hidden_spans(text, self._secrets(text), hide)

    def _secrets(self, text: str) -> Iterator[Span]:
        """Give the spans between the user's name and the last `@` of each address."""
        for match in self._pattern.finditer(text):
            begin, end = match.span(1)
            if end - begin < 2:
                continue
            user, *others = self._colon.split(match[1], 1)
            if self._elsewhere.search(user) or self._host.match(match[1]):
                continue
            # A long name without a password is a token.
            secret = others[0] if others else user if len(user) >= 20 else ""
            if secret == _INSTEAD:
                secret = match[1]
            # What no name stands before is no port.
            port = user and self._port.match(secret)
            if secret and not is_masked(secret) and not port:
                yield end - len(secret), end


_INSTEAD = "x-oauth-basic"  # stands where a password would, behind GitHub's tokens


HINT = (
    rf""":\\*/\\*/[^ "'<>`]*(?:["'`][{_GOES_ON}][^ "'<>`]*)*["'`]?@"""
    r"|(?i-u:%(?:25)?3a(?:%(?:25)?2f%(?:25)?2f|//))"
)
"""A Rust regular expression that matches where there may be such an address."""
CLUES: tuple[Clue, ...] = ("@", ("3", "aA", "%/"))
"""Of which one stands in whatever that matches; see `clues.py`."""

ADDRESSES = (
    ("@", _Addresses(":", r"\\{0,15}/\\{0,15}/")),
    ("%40", _Addresses("%", "3a(?:%2f%2f|//)", "%")),
    ("%2540", _Addresses("%", "253a(?:%252f%252f|//)", "%25")),
)
"""As they are (or in JSON that escapes slashes), percent-encoded, and encoded twice.

With each goes what it has, in lower case.
"""
