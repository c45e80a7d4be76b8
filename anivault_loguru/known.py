"""Values known to be secret, found however they are encoded."""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property, lru_cache
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
_MANY = 500  # forms for one regular expression


class Known:
    """Secrets to look for.

    Args:
        secrets: the values, each of `SHORTEST` characters at least.
        hide: makes what stands in the place of one.
    """

    def __init__(self, secrets: Iterable[str], hide: Callable[[str], str]) -> None:
        self._hide = hide
        self._forms = {form: secret for secret in secrets for form in _forms(secret)}

    def patterns(self) -> list[str]:
        """For a scan: one pattern for every form of every secret, if they are not too many."""
        if len(self._forms) > _MANY:
            return []
        return [literal(form) for form in self._forms if is_unicode(form)]

    def clues(self) -> list[Clue]:
        """Of which one stands in whatever one of the patterns matches; see `clues.py`."""
        return [*map(tuple, self._forms)] if len(self._forms) <= _MANY else []

    def sieve(self) -> Sieve | None:
        """Where they are too many for a scan, what looks for all of them."""
        if len(self._forms) <= _MANY:
            return None
        return Sieve(form.encode("utf-8", "surrogatepass") for form in self._forms)

    def mask(self, text: str) -> str:
        """Return `text` without them; where one begins another, the longer one is found."""
        if len(self._forms) > _FEW:
            return _replaced(text, self._words, lambda form: self._hide(self._forms[form]))
        for form in self._longest_first:
            if form in text:
                first, *others = text.split(form)
                secret = self._forms[form]
                text = "".join((first, *(self._hide(secret) + other for other in others)))
        return text

    @cached_property
    def _longest_first(self) -> list[str]:
        return sorted(self._forms, key=len, reverse=True)

    @cached_property
    def _words(self) -> _Words:
        return _Words(self._forms, SHORTEST)


class _Words:
    """Words to find in a text in a time that does not depend on their number.

    Args:
        words: each of `head` characters at least.
        head: so many characters say which words may begin.
    """

    def __init__(self, words: Collection[str], head: int) -> None:
        self._words = words
        self._head = head
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for word in words:
            lengths[word[:head]].add(len(word))
        self._lengths = {start: sorted(found, reverse=True) for start, found in lengths.items()}

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
