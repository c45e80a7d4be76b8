"""Values known to be secret, found however they are encoded."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from urllib.parse import quote, quote_plus

from .scan import Scan

__all__ = ["SHORTEST", "Known", "without_words"]

SHORTEST = 6
"""In characters. A shorter value would be found in innocent text everywhere."""

_MANY = 32  # to look for one after another


class Known:
    """Secrets to look for.

    Args:
        secrets: the values.
        hide: makes what stands in the place of one.
        native: whether the scan may use the native library.
    """

    def __init__(
        self, secrets: Iterable[str], hide: Callable[[str], str], *, native: bool = True
    ) -> None:
        self._hide = hide
        self._native = native
        self._secrets = {form: secret for secret in secrets for form in _forms(secret)}

    @cached_property
    def _scan(self) -> Scan:
        return Scan(self._secrets, native=self._native)

    def hit(self, data: bytes) -> bool:
        """Tell whether one of them stands in `data`."""
        return self._scan.hit(data)

    def once(self, data: bytes) -> bool:
        """Tell the same for data that is looked at only once: making a scan takes longer."""
        if len(self._secrets) > _MANY:
            return self.hit(data)
        return any(form in data for form in self._secrets)

    def mask(self, text: str) -> str:
        """Return `text` without them; where one begins another, the longer one is found."""
        data = text.encode("utf-8", "surrogatepass")
        masked = self._scan.replace(data, lambda form: self._hide(self._secrets[form]))
        return text if masked is data else masked.decode("utf-8", "surrogatepass")


def without_words(words: Iterable[str], text: str, hide: Callable[[str], str]) -> str:
    """Return `text` without those of the words that stand in it as words of their own."""
    data = text.encode("utf-8", "surrogatepass")
    parts: list[bytes] = []
    done = 0
    for word, start in Scan(word.encode("utf-8", "surrogatepass") for word in words).finds(data):
        end = start + len(word)
        beside = data[max(0, start - 1) : start] + data[end : end + 1]
        if not _JOINED.search(beside):
            parts += (data[done:start], hide(word.decode("utf-8", "surrogatepass")).encode())
            done = end
    return b"".join((*parts, data[done:])).decode("utf-8", "surrogatepass") if parts else text


_JOINED = re.compile(rb"[\w*\x80-\xff]")


@lru_cache(maxsize=512)
def _forms(secret: str) -> frozenset[bytes]:
    """Return `secret` as it is, `repr`'d, URL-encoded, base64, and JSON-escaped up to thrice."""
    raw = secret.encode("utf-8", "surrogatepass")
    if secret.isascii() and secret.isalnum():
        return frozenset({raw, *_base64(raw)})
    texts = {secret, repr(secret)[1:-1], repr(raw)[2:-1]}
    for safe in ("", "/"):
        once = quote(raw, safe=safe)
        texts |= {once, quote(once, safe=""), once.replace("%2F", "%2f")}
    texts.add(quote_plus(raw))
    escaped = set(texts)
    for ascii_only in (True, False):
        level = {secret}
        for _ in range(4):  # in a text thrice escaped, in a line once more
            level = {json.dumps(text, ensure_ascii=ascii_only)[1:-1] for text in level}
            escaped |= level
    escaped |= {json.dumps(text, ensure_ascii=False)[1:-1] for text in texts}
    found = {text.encode("utf-8", "surrogatepass") for text in escaped}
    return frozenset(found | _base64(raw))


def _base64(raw: bytes) -> set[bytes]:
    """The three ways in which the bytes may lie in a base64 text, without their neighbours."""
    found: set[bytes] = set()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + raw)
        # The first and last characters depend on what stands next to the secret.
        inner = encoded[(0, 2, 3)[shift] : -4 if (len(raw) + shift) % 3 else None]
        if len(inner) >= SHORTEST:
            found |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return found
