"""Secrets inside texts: named values, addresses, keys, known formats, home paths.

A text has certain words where it has a secret, and only the matchers of the words it has run over
it. Each of them looks at a bounded piece around a word and goes on behind what it masked, so that
the time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import Protocol

from . import addresses, formats, named, pem, phrases
from .clues import Clue
from .letters import fold, unescaped
from .named import Named
from .names import STEMS, Names
from .paths import Homes
from .patterns import pattern
from .phrases import Phrases
from .scan import Scan
from .values import hidden_spans, secrets_of

__all__ = ["Texts"]

_BEARER = pattern(
    r"bearer\s{1,4}(?P<secret>(?=[A-Za-z0-9._~+/=\-]{12})"
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
        return hidden_spans(text, secrets_of(self._pattern.finditer(text)), hide)


_MATCHERS: tuple[tuple[str, _Matcher], ...] = (*pem.KEYS, *addresses.ADDRESSES)


class Texts:
    """The matchers over one text.

    Args:
        names: tells which names' values are secret.
        homes: the home folders.
    """

    def __init__(self, names: Names, homes: Homes) -> None:
        hints = (*names.hints, *named.HINTS)
        self._named = Named((*STEMS, *names.stems, "sig"), names.sensitive, names.hints)
        self._names = Scan(hints)
        keywords = dict.fromkeys(row.keyword for row in formats.FORMATS)
        self._shapes = [(word, _Shapes(word)) for word in keywords]
        self._phrases = Phrases()
        others = (*phrases.HINTS, *formats.hints(), *homes.hints)
        self._others = Scan(others)
        self._formats = Scan(formats.hints())
        self._homes = homes
        self._paths = Scan(homes.hints)
        self.hints = (pem.HINT, addresses.HINT, *hints, *others)
        """Rust regular expressions of which one matches where `mask` finds something."""
        self.clues: tuple[Clue, ...] = (
            *(*pem.CLUES, *addresses.CLUES, *names.clues, *named.CLUES, *phrases.CLUES),
            *formats.clues(),
            *homes.clues,
        )
        """Of which one stands in whatever one of these matches; see `clues.py`."""

    def mask(self, text: str, hide: Hide) -> str:
        """Return `text` with every secret in it replaced by what `hide` makes of it."""
        masked = self._masked(text, hide)
        plain = unescaped(masked)
        if plain == masked:
            return masked
        # Names and separators may be escaped; where that hides nothing, the escapes stay.
        shown = self._masked(plain, hide)
        return masked if shown == plain else shown

    def _masked(self, text: str, hide: Hide) -> str:
        lower = text.lower()
        # First of all: keys and addresses hold what looks like names.
        for word, matcher in _MATCHERS:
            if word in lower:
                text = matcher.mask(text, hide)
        text = self._mask_named(text, hide)
        if not self._others.may_hit(text):
            return text
        text = self._phrases.mask(text, hide)
        if self._formats.may_hit(text):
            lower = text.lower()
            for keyword, shapes in self._shapes:
                if keyword in lower:
                    text = shapes.mask(text, hide)
        shown = self._homes.mask(text) if self._paths.may_hit(text) else text
        # A name that stood at the end of a folder's stands alone now.
        return text if shown == text else self._mask_named(shown, hide)

    def _mask_named(self, text: str, hide: Hide) -> str:
        folded = fold(text)
        if not self._names.may_hit(folded):
            return text
        text = self._named.mask(text, folded, hide)
        if "bearer" in folded.lower():
            text = hidden_spans(text, secrets_of(_BEARER.finditer(text)), hide)
        return text
