"""Secrets inside texts: named values, addresses, keys, known formats, home paths.

One scan says which words a text has, and only the matchers of those words run over it. Each of
them looks at a bounded piece around a word and goes on behind what it masked, so that the time is
linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial
from typing import Protocol

from .formats import FORMATS, compiled
from .named import Named
from .names import fold
from .paths import Homes
from .scan import Scan
from .values import MARKED

__all__ = ["Texts"]

_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_PEM_END = re.compile(r"-----END [A-Z0-9 ]{0,40}-----")
_PEM_BODY = re.compile(r"(?:[A-Za-z0-9+/=\s:,.\-]|\\{1,8}[nrt]?)*")
_BEARER = re.compile(
    r"bearer\s{1,4}(?P<secret>"
    r"(?=[a-z._~+/\-]{0,512}(?:[0-9=]|(?-i:[a-z][A-Z])))[A-Za-z0-9._~+/=\-]{12,})",
    re.IGNORECASE | re.ASCII,
)
Hide = Callable[[str], str]
Patterns = list[tuple[re.Pattern[str], int]]
_SHORT = 4096
# Words that mean something only where there is an `@` or a `%` besides.
_MARKED = frozenset({b"://", b"%3a%2f%2f", b"%253a%252f", b"3aaa"})


class _Matcher(Protocol):
    def mask(self, text: str, folded: str, hide: Hide) -> str:
        """Return `text` with what this matcher finds masked."""

    def seen(self, text: str, at: int) -> bool:
        """Tell whether the word at `at` makes `mask` change `text`; rather too often than not."""


class _Shapes:
    """The formats that share a keyword; compiled when the keyword is first seen."""

    def __init__(self, patterns: Callable[[], Patterns]) -> None:
        self._compile = patterns

    @cached_property
    def _patterns(self) -> Patterns:
        return self._compile()

    def mask(self, text: str, folded: str, hide: Hide) -> str:
        for pattern, _ in self._patterns:
            text = pattern.sub(partial(hidden_group, hide), text)
        return text

    def seen(self, text: str, at: int) -> bool:
        return any(pattern.match(text, max(0, at - back)) for pattern, back in self._patterns)


class _Keys:
    """PEM private keys, as far as what follows looks like one where the closing line is missing."""

    def mask(self, text: str, folded: str, hide: Hide) -> str:
        parts: list[str] = []
        done = 0
        while (match := _PEM.search(text, done)) is not None:
            body = _PEM_BODY.match(text, match.end())
            stop = body.end() if body else match.end()
            end = _PEM_END.search(text, match.end(), stop)
            stop = end.end() if end else stop
            parts += (text[done : match.start()], hide(text[match.start() : stop]))
            done = stop
        return "".join((*parts, text[done:])) if parts else text

    def seen(self, text: str, at: int) -> bool:
        return _PEM.match(text, at) is not None


class _Paths:
    def __init__(self, homes: Homes) -> None:
        self._homes = homes
        self.seen = homes.seen

    def mask(self, text: str, folded: str, hide: Hide) -> str:
        return self._homes.mask(text)


def _behind(mark: str) -> re.Pattern[str]:
    """An address up to where it ends or the next one begins."""
    piece = rf"[^\x00-\x1f\s\"'<>\\`{mark[0]}]|{mark[0]}(?!{mark[1:]})"
    return re.compile(rf"{mark}((?:{piece})+)", re.IGNORECASE | re.ASCII)


# How `://`, `:` and `@` look: as they are, percent-encoded, and encoded twice.
_SCHEMES = (
    (_behind("://"), ":", "@"),
    (_behind("%3a%2f%2f"), "%3a", "%40"),
    (_behind("%253a%252f%252f"), "%253a", "%2540"),
)


class _Addresses:
    """The password of `scheme://user:password@host`, whatever stands in it."""

    def mask(self, text: str, folded: str, hide: Hide) -> str:
        for pattern, colon, sign in _SCHEMES:
            text = pattern.sub(partial(_address, colon, sign, hide), text)
        return text

    def seen(self, text: str, at: int) -> bool:
        return any(
            (match := pattern.match(text, at)) is not None
            and _address(colon, sign, lambda _: "", match) != match[0]
            for pattern, colon, sign in _SCHEMES
        )


class Texts:
    """The matchers over one text.

    Args:
        sensitive: tells of a name whether its value is secret.
        stems: in lower case, a piece of each such name.
        homes: the home folders.
        native: whether scans may use the native library.
    """

    def __init__(
        self,
        sensitive: Callable[[str], bool],
        stems: Iterable[str],
        homes: Homes,
        *,
        native: bool = True,
    ) -> None:
        table: dict[str, list[_Matcher]] = {"-----begin": [_Keys()]}
        addresses = _Addresses()
        for word in ("://", "%3a%2f%2f", "%253a%252f"):
            table[word] = [addresses]
        for stem in (*stems, "sig"):
            table[stem] = [Named(stem, sensitive)]
        table.setdefault("bearer", []).append(_Shapes(lambda: [(_BEARER, 0)]))
        for keyword in dict.fromkeys(row.keyword for row in FORMATS):
            table.setdefault(keyword, []).append(_Shapes(partial(compiled, keyword)))
        paths = _Paths(homes)
        for word in homes.words:
            table.setdefault(word, []).append(paths)
        self._table = {word.encode("utf-8", "surrogatepass"): table[word] for word in table}
        self._hidden = {word: list(_overlapped(word, self._table)) for word in self._table}
        self._order = {word: number for number, word in enumerate(self._table)}
        marked = _MARKED & self._table.keys()
        self.scan = Scan(self._table.keys() - marked, native=native)
        self._marked = Scan(marked, native=native)

    def mask(self, text: str, hide: Hide) -> str:
        """Return `text` with every secret in it replaced by what `hide` makes of it."""
        folded = fold(text)
        data = folded.encode("utf-8", "surrogatepass").lower()
        finds = self.finds(data[:_SHORT])
        if not finds and (len(data) <= _SHORT or not self.finds(data)):
            return text
        found = dict.fromkeys(word for word, _ in finds) if len(data) <= _SHORT else self._table
        words = {word for word in found if word in data}
        words |= {other for word in words for _, other in self._hidden[word] if other in data}
        # In the order of the table: keys and addresses hold what looks like names.
        ordered = sorted(words, key=self._order.__getitem__)
        for matcher in dict.fromkeys(m for word in ordered for m in self._table[word]):
            masked = matcher.mask(text, folded, hide)
            if masked is not text:
                folded = fold(masked)
                text = masked
        return text

    def finds(self, data: bytes) -> list[tuple[bytes, int]]:
        """Give each word found in bytes of lower case, and where it begins.

        Only where there is a `%` or an `@` is it looked for the words that are nothing without.
        """
        found = list(self.scan.finds(data))
        return [*found, *self._marked.finds(data)] if 37 in data or 64 in data else found

    def seen(self, text: str, data: bytes, word: bytes, at: int) -> bool:
        """Tell whether the word found at `at` in a text or a line marks something to mask.

        Args:
            text: one character for each byte.
            data: its bytes, in lower case.
            word: the word found.
            at: where.
        """
        for matcher in self._table[word]:
            if matcher.seen(text, at):
                return True
        for offset, other in self._hidden[word]:
            if data.startswith(other, at + offset):
                for matcher in self._table[other]:
                    if matcher.seen(text, at + offset):
                        return True
        return False


def _overlapped(word: bytes, words: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The words that may begin inside `word`, where a scan for what does not overlap has passed."""
    for other in words:
        for offset in range(len(word)):
            rest = word[offset:]
            if other != word and (other.startswith(rest) or rest.startswith(other)):
                yield offset, other


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
