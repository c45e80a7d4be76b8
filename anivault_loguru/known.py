"""Values known to be secret, found however they are encoded."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote, quote_plus

from .clues import Clue
from .patterns import pattern
from .scan import is_unicode, literal
from .sieve import Sieve

__all__ = ["SHORTEST", "Known", "traces_of", "without_words"]

SHORTEST = 6
"""In characters. A shorter value would be found in innocent text everywhere."""

_SHORTEST_WORD = 4
_FEW = 64  # forms looked for one after another
_RECENT = 8000  # pieces of forms in a sieve of their own
_MANY = 500  # forms for one regular expression


class Known:
    """Secrets to look for.

    Args:
        secrets: the values, each of `SHORTEST` characters at least.
        hide: makes what stands in the place of one.
    """

    def __init__(self, secrets: Iterable[str], hide: Callable[[str], str]) -> None:
        self._hide = hide
        self._forms: dict[str, str] = {}
        self._longest_first: list[str] = []
        self._words: _Words | None = None
        self._added: list[str] = []  # forms that are in no sieve yet
        self._all, self._recent = Sieve(()), Sieve(())
        self._held: Callable[[str], bool] | None = None
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Look for one more; while `mask` runs in other threads, but in one thread at a time."""
        for form in _forms(secret):
            self._forms[form] = secret
            self._added.append(form)
            if self._words is not None:
                self._words.add(form)
        if len(self._forms) <= _FEW:
            self._longest_first = sorted(self._forms, key=len, reverse=True)
        elif self._words is None:
            self._words = _Words(self._forms, SHORTEST)

    def __len__(self) -> int:
        """How many forms they have."""
        return len(self._forms)

    @property
    def few(self) -> bool:
        """Whether a scan may look for each of the forms."""
        return len(self._forms) <= _MANY

    def patterns(self) -> list[str]:
        """For a scan: one pattern for every form of every secret, if they are few."""
        return [literal(form) for form in self._forms if self.few and is_unicode(form)]

    def clues(self) -> list[Clue]:
        """Of which one stands in whatever one of the patterns matches; see `clues.py`."""
        return [*map(tuple, self._forms)] if self.few else []

    def beside(self, other: Callable[[str], bool]) -> Callable[[str], bool]:
        """Return what tells whether one may stand in a text, however many, or `other` is true.

        `other` is always the same. Those added last have a sieve for themselves, so that one more
        takes no time for all of them.
        """
        # At each step a signal handler may add one and come here, while this one stands still.
        added, self._added = self._added, []
        recent = None
        while recent is not self._recent:
            recent = self._recent
            recent.update(map(_bytes, added))
        if self._held is None or len(self._recent) > _RECENT:
            recent, self._recent = self._recent, Sieve(())
            self._all.merge(recent)
            self._held = self._all.beside(other)
        return self._recent.beside(self._held)

    def mask(self, text: str) -> str:
        """Return `text` without them; where one begins another, the longer one is found."""
        if self._words is not None:
            return _replaced(text, self._words, lambda form: self._hide(self._forms[form]))
        for form in self._longest_first:
            if form in text:
                first, *others = text.split(form)
                secret = self._forms[form]
                text = "".join((first, *(self._hide(secret) + other for other in others)))
        return text


def _bytes(form: str) -> bytes:
    return form.encode("utf-8", "surrogatepass")


class _Words:
    """Words to find in a text in a time that does not depend on their number.

    Args:
        words: each of `head` characters at least.
        head: so many characters say which words may begin.
    """

    def __init__(self, words: Collection[str], head: int) -> None:
        self._words = words
        self._head = head
        self._lengths: dict[str, list[int]] = {}
        for word in words:
            self.add(word)

    def add(self, word: str) -> None:
        """Find one more, which is among the words already."""
        lengths = self._lengths.get(word[: self._head], [])
        if len(word) not in lengths:
            self._lengths[word[: self._head]] = sorted([*lengths, len(word)], reverse=True)

    def found(self, text: str) -> Iterator[tuple[int, str]]:
        """Give each word and where it begins: the leftmost, of those the longest, none twice."""
        head, lengths = self._head, self._lengths
        done = 0
        for at in range(len(text) - head + 1):
            start = text[at : at + head]
            if start in lengths and at >= done:
                for length in lengths[start]:
                    word = text[at : at + length]
                    if word in self._words:
                        yield at, word
                        done = at + length
                        break


def _replaced(text: str, words: _Words, by: Callable[[str], str]) -> str:
    parts: list[str] = []
    done = 0
    for at, word in words.found(text):
        parts += (text[done:at], by(word))
        done = at + len(word)
    return "".join((*parts, text[done:])) if parts else text


def without_words(words: Iterable[str], text: str, hide: Callable[[str], str]) -> str:
    """Return `text` without those of the words that stand in it as words of their own."""
    parts: list[str] = []
    done = 0
    for at, word in _Words(frozenset(words), _SHORTEST_WORD).found(text):
        end = at + len(word)
        if not _JOINED.search(text[max(0, at - 1) : at] + text[end : end + 1]):
            parts += (text[done:at], hide(word))
            done = end
    return "".join((*parts, text[done:])) if parts else text


_JOINED = pattern(r"[\w*]")


@lru_cache(maxsize=512)
def _forms(secret: str) -> frozenset[str]:
    """Return `secret` as it is, `repr`'d, URL-encoded, base64, and JSON-escaped up to thrice."""
    raw = secret.encode("utf-8", "surrogatepass")
    if secret.isascii() and secret.isalnum():
        return frozenset({secret, *_base64(raw)})
    texts = {secret, repr(secret)[1:-1], repr(raw)[2:-1]}
    for safe in ("", "/"):
        once = quote(raw, safe=safe)
        lower = _HEX.sub(lambda found: found[0].lower(), once)
        texts |= {once, quote(once, safe=""), lower, quote(lower, safe="")}
        texts.add(once.replace("%2F", "%2f"))
    texts.add(quote_plus(raw))
    escaped = set(texts)
    for ascii_only in (True, False):
        level = {secret}
        for _ in range(4):  # in a text thrice escaped, in a line once more
            level = {json.dumps(text, ensure_ascii=ascii_only)[1:-1] for text in level}
            escaped |= level
    escaped |= {json.dumps(text, ensure_ascii=False)[1:-1] for text in texts}
    return frozenset(escaped | _base64(raw))


@lru_cache(maxsize=512)
def traces_of(secret: str) -> tuple[bytes, ...]:
    """Return pieces of which one stands in every line that holds `secret` in whatever form."""
    if secret.isascii() and (longest := max(_ALPHANUMERIC.findall(secret), key=len, default="")):
        forms = {longest, *_base64(secret.encode())}
    else:
        forms = set(_forms(secret))
    return tuple(form.encode("utf-8", "surrogatepass") for form in forms)


_HEX = pattern("%[0-9A-F]{2}")
_ALPHANUMERIC = pattern("[A-Za-z0-9]{3,}")  # no encoding but base64 changes these


def _base64(raw: bytes) -> set[str]:
    """The three ways in which the bytes may lie in a base64 text, without their neighbours."""
    found: set[str] = set()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw).decode()
        # The first and last characters depend on what stands next to the secret.
        inner = encoded[(0, 2, 3)[shift] : (None, -3, -2)[(len(raw) + shift) % 3]]
        if len(inner) >= SHORTEST:
            found |= {inner, inner.replace("+", "-").replace("/", "_")}
    return found
