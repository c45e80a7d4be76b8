"""Secrets inside texts: named values, addresses, keys, known formats, home paths.

A text has certain words where it has a secret, and only the matchers of the words it has run over
it. Each of them looks at a bounded piece around a word and goes on behind what it masked, so that
the time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cached_property, partial
from typing import Protocol

from . import formats
from .letters import fold
from .named import HINTS as NAMED
from .named import Named
from .names import HINTS as NAMES
from .paths import Homes
from .scan import Scan, literal
from .values import MARKED

__all__ = ["Texts", "hidden_group"]

_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_PEM_END = re.compile(r"-----END [A-Z0-9 ]{0,40}-----")
_PEM_BODY = re.compile(r"(?:[A-Za-z0-9+/=\s:,.\-]|\\{1,8}[nrt]?)*")
_BEARER = re.compile(
    r"bearer\s{1,4}(?P<secret>"
    r"(?=[a-z._~+/\-]{0,512}(?:[0-9=]|(?-i:[a-z][A-Z])))[A-Za-z0-9._~+/=\-]{12,})",
    re.IGNORECASE | re.ASCII,
)
Hide = Callable[[str], str]


class _Matcher(Protocol):
    def mask(self, text: str, hide: Hide) -> str:
        """Return `text` with what this matcher finds masked."""


class _Shapes:
    """The formats that share a keyword; compiled when the keyword is first seen."""

    def __init__(self, keyword: str) -> None:
        self._keyword = keyword

    @cached_property
    def _scan(self) -> Scan:
        return Scan(formats.hints(self._keyword))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return formats.compiled(self._keyword)

    def mask(self, text: str, hide: Hide) -> str:
        if not self._scan.may_hit(text):
            return text
        return self._pattern.sub(partial(hidden_group, hide), text)


class _Keys:
    """PEM private keys, as far as what follows looks like one where the closing line is missing."""

    def mask(self, text: str, hide: Hide) -> str:
        parts: list[str] = []
        done = 0
        closing = _PEM_END.search(text)
        while (match := _PEM.search(text, done)) is not None:
            while closing is not None and closing.start() < match.end():
                closing = _PEM_END.search(text, closing.end())
            limit = closing.start() if closing else len(text)
            body = _PEM_BODY.match(text, match.end(), limit)
            stop = body.end() if body else match.end()
            if closing and stop == limit:
                stop = closing.end()
            parts += (text[done : match.start()], hide(text[match.start() : stop]))
            done = stop
        return "".join((*parts, text[done:])) if parts else text


def _behind(mark: str) -> re.Pattern[str]:
    """An address up to where it ends or the next one begins."""
    piece = rf"[^\x00-\x1f\s\"'<>\\`{mark[0]}]|{mark[0]}(?!{mark[1:]})"
    return re.compile(rf"{mark}((?:{piece})+)", re.IGNORECASE | re.ASCII)


# How `://`, `:` and `@` look: as they are, percent-encoded, and encoded twice.
_SCHEMES = (("://", ":", "@"), ("%3a%2f%2f", "%3a", "%40"), ("%253a%252f%252f", "%253a", "%2540"))
_ADDRESS = r"""://[^ "'<>`]*@|(?i-u:%(?:25)?3a%(?:25)?2f%(?:25)?2f)"""


class _Addresses:
    """The password of `scheme://user:password@host`, whatever stands in it."""

    def __init__(self, mark: str, colon: str, sign: str) -> None:
        self._pattern = _behind(mark)
        self._colon, self._sign = colon, sign

    def mask(self, text: str, hide: Hide) -> str:
        if self._sign not in text:
            return text
        return self._pattern.sub(partial(_address, self._colon, self._sign, hide), text)


class Texts:
    """The matchers over one text.

    Args:
        sensitive: tells of a name whether its value is secret.
        stems: in lower case, a piece of each such name.
        keys: those of the stems that the hints of `names.py` do not cover.
        homes: the home folders.
    """

    def __init__(
        self,
        sensitive: Callable[[str], bool],
        stems: Iterable[str],
        keys: Iterable[str],
        homes: Homes,
    ) -> None:
        named = (*NAMES, *NAMED, *(f"(?i:{literal(key)})" for key in keys))
        self._named = Named((*stems, *keys, "sig"), sensitive)
        self._names = Scan(named)
        # First of all: keys and addresses hold what looks like names.
        self._words: list[tuple[str, _Matcher]] = [
            ("-----begin", _Keys()),
            *((row[0], _Addresses(*row)) for row in _SCHEMES),
        ]
        keywords = dict.fromkeys(row.keyword for row in formats.FORMATS)
        self._shapes = [(word, _Shapes(word)) for word in keywords]
        self._formats = Scan(formats.hints())
        self._homes = homes
        self._paths = Scan(homes.hints)
        self.hints = (
            *("-----BEGIN", _ADDRESS, *named, *homes.hints),
            *formats.hints(),
        )
        """Rust regular expressions of which one matches where `mask` finds something."""

    def mask(self, text: str, hide: Hide) -> str:
        """Return `text` with every secret in it replaced by what `hide` makes of it."""
        lower = text.lower()
        for word, matcher in self._words:
            if word in lower:
                text = matcher.mask(text, hide)
        folded = fold(text)
        if self._names.may_hit(folded):
            text = self._named.mask(text, folded, hide)
            if "bearer" in lower:
                text = _BEARER.sub(partial(hidden_group, hide), text)
        if self._formats.may_hit(text):
            lower = text.lower()
            for keyword, shapes in self._shapes:
                if keyword in lower:
                    text = shapes.mask(text, hide)
        return self._homes.mask(text) if self._paths.may_hit(text) else text


def hidden_group(hide: Hide, match: re.Match[str]) -> str:
    """Hide a match, or only its group `secret` if it has one."""
    if "secret" not in match.re.groupindex or match["secret"] is None:
        return match[0] if MARKED.fullmatch(match[0]) else hide(match[0])
    start, end = (index - match.start() for index in match.span("secret"))
    if MARKED.fullmatch(match["secret"]):
        return match[0]
    return match[0][:start] + hide(match["secret"]) + match[0][end:]


def _address(colon: str, sign: str, hide: Hide, match: re.Match[str]) -> str:
    """Hide what stands between the user's name and the last `@` of an address."""
    piece = match[1]
    lower = piece.lower()
    start, end = lower.find(colon), lower.rfind(sign)
    user = piece[: start if 0 <= start < end else max(end, 0)]
    if end < 0 or any(mark in user for mark in "/?#"):
        # Behind a slash neither a colon ends a user's name, nor an `@` what stands before a host.
        return match[0]
    secret = piece[start + len(colon) : end] if 0 <= start < end else ""
    if not 0 <= start < end and len(user) >= 20:
        start, secret = -len(colon), user  # a token alone
    if not secret or MARKED.fullmatch(secret) or _PORT.match(secret):
        return match[0]
    begin = match.start(1) - match.start() + start + len(colon)
    return match[0][:begin] + hide(secret) + match[0][begin + len(secret) :]


_PORT = re.compile(r"\d{1,5}[/?#]")
