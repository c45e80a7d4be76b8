"""Values known to be secret: the bytes under which one may stand in a line or a text."""

from __future__ import annotations

import base64
import json
from functools import lru_cache
from urllib.parse import quote, quote_plus

__all__ = ["SHORTEST", "forms"]

SHORTEST = 6
"""In characters. A shorter value would be found in innocent text everywhere."""


@lru_cache(maxsize=512)
def forms(secret: str) -> frozenset[bytes]:
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
