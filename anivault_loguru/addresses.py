"""Passwords in addresses: `scheme://user:password@host`, whatever stands in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property, partial

from .values import is_masked

__all__ = ["ADDRESSES", "HINT"]

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
        piece = rf"[^\x00-\x1f\s\"'<>\\`{first}]|{first}(?!{rest})"
        self._shape = rf"{first}{rest}((?:{piece})+)"
        self._hide = partial(_address, colon, sign)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(self._shape, re.IGNORECASE | re.ASCII)

    def mask(self, text: str, hide: Hide) -> str:
        return self._pattern.sub(partial(self._hide, hide), text)


def _address(colon: str, sign: str, hide: Hide, match: re.Match[str]) -> str:
    """Hide what stands between the user's name and the last `@` of an address."""
    piece = match[1]
    if len(piece) < 3 or sign[0] not in piece:
        return match[0]
    lower = piece.lower()
    start, end = lower.find(colon), lower.rfind(sign)
    user = piece[: start if 0 <= start < end else max(end, 0)]
    if end < 0 or any(mark in user for mark in "/?#"):
        # Behind a slash neither a colon ends a user's name, nor an `@` what stands before a host.
        return match[0]
    secret = piece[start + len(colon) : end] if 0 <= start < end else ""
    if not 0 <= start < end and len(user) >= 20:
        start, secret = -len(colon), user  # a token alone
    if not secret or is_masked(secret) or _PORT.match(secret):
        return match[0]
    begin = match.start(1) - match.start() + start + len(colon)
    return match[0][:begin] + hide(secret) + match[0][begin + len(secret) :]


_PORT = re.compile(r"\d{1,5}[/?#]")


HINT = r""":\\*/\\*/[^ "'<>`]*@|(?i-u:%(?:25)?3a%(?:25)?2f%(?:25)?2f)"""
"""A Rust regular expression that matches where there may be such an address."""

ADDRESSES = (
    ("@", _Addresses(":", r"\\{0,7}/\\{0,7}/", ":", "@")),
    ("%40", _Addresses("%", "3a%2f%2f", "%3a", "%40")),
    ("%2540", _Addresses("%", "253a%252f%252f", "%253a", "%2540")),
)
"""As they are (or in JSON that escapes slashes), percent-encoded, and encoded twice.

With each goes what it has, in lower case.
"""
