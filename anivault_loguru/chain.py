"""The audit chain: each line of the audit file seals itself and names the line before it.

A line is that of any record with two keys more, always last, always of this form:

    {"timestamp":…,"seq":17,"prev":"<64 hex digits>","digest":"<64 hex digits>"}

- `prev` is the `digest` of the record before, in this file or at the end of the one before; for
  the very first record it is 64 zeros.
- `digest` is over the bytes of the line from its first `{` to the quote that ends `prev`: all but
  `,"digest":"…"}` and the newline. It is their SHA-256, or with a key their HMAC-SHA-256 (RFC 2104,
  the key's UTF-8 bytes), as lower-case hex. Nothing is parsed or written anew: a changed space or
  order of keys is a changed line.

So one line is verified with nothing but a shell:

    body=$(sed -n 17p audit.log | sed 's/,"digest":"[0-9a-f]*"}$//')
    printf %s "$body" | sha256sum
    printf %s "$body" | openssl dgst -sha256 -hmac "$KEY"

Three events are the chain's own. `chain.recovered` says why the file was not as it was left; a
piece of a line that a crash left stands before it, and its `sha256` is in `piece_sha256`.
`chain.pruned` holds in `head` the last digest of a backup that was removed by the rules.
`chain.key_rotated` is sealed with the key `new`; its `proof` is the old key's HMAC (without an old
key the SHA-256) of the text `chain.key_rotated PREV NEW`, where NEW is the id of the new key. The
id of a key is the first 16 hex digits of the SHA-256 of `anivault_loguru audit key` and the key.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import NamedTuple

__all__ = [
    "GENESIS",
    "KEYLESS",
    "KEY_ROTATED",
    "PRUNED",
    "RECOVERED",
    "Key",
    "Sealed",
    "key_of",
    "link",
    "proof",
    "sealed",
]

GENESIS = "0" * 64
"""What the first record of a chain has for `prev`."""

RECOVERED, PRUNED, KEY_ROTATED = "chain.recovered", "chain.pruned", "chain.key_rotated"

_PREV, _DIGEST, _END = b',"prev":"', b'","digest":"', b'"}'
_HEX = 64
# Places in a line without its newline, counted from its end.
_DIGEST_AT = -len(_END) - _HEX
_BODY_END = _DIGEST_AT - len(_DIGEST) + 1
_PREV_AT = _BODY_END - 1 - _HEX
_LINKS = _PREV_AT - len(_PREV)


class Key:
    """What digests are made with: a secret, or none. Its text shows the id alone."""

    __slots__ = ("_secret", "id")

    def __init__(self, secret: bytes = b"") -> None:
        self._secret = secret
        named = hashlib.sha256(b"anivault_loguru audit key" + secret).hexdigest()
        self.id = named[:16] if secret else "none"

    def __repr__(self) -> str:
        return f"<Key {self.id}>"

    def hide(self, register: Callable[[str], object]) -> None:
        """Hand the secret to what masks it wherever it stands."""
        if self._secret:
            register(self._secret.decode("utf-8", "backslashreplace"))

    def digest(self, data: bytes) -> str:
        """Return the digest of `data`, 64 hex digits."""
        if self._secret:
            return hmac.digest(self._secret, data, "sha256").hex()
        return hashlib.sha256(data).hexdigest()


KEYLESS = Key()
"""The key of a chain without one: its digests anyone can make."""


class Sealed(NamedTuple):
    """A line taken apart: the bytes that are sealed, the digest before it, its own."""

    body: bytes
    prev: str
    digest: str


def link(line: bytes, prev: str, key: Key = KEYLESS) -> tuple[bytes, str]:
    """Return a record's line, newline included, linked to `prev`, and its digest."""
    body = line[:-2] + _PREV + prev.encode() + b'"'
    digest = key.digest(body)
    return body + _DIGEST[1:] + digest.encode() + _END + b"\n", digest


def sealed(line: bytes) -> Sealed | None:
    """Take a line, without its newline, apart; None if it has not the form of a linked one."""
    if (
        line[_LINKS:_PREV_AT] == _PREV
        and line[_BODY_END - 1 : _DIGEST_AT] == _DIGEST
        and line[-len(_END) :] == _END
        and line.startswith(b"{")
        and (line[_PREV_AT : _BODY_END - 1] + line[_DIGEST_AT : -len(_END)]).isalnum()
    ):
        return Sealed(
            line[:_BODY_END],
            line[_PREV_AT : _BODY_END - 1].decode(),
            line[_DIGEST_AT : -len(_END)].decode(),
        )
    return None


def key_of(found: Sealed, keys: Sequence[Key]) -> Key | None:
    """Return the key that a line is sealed with, the later ones tried first; None if none is."""
    for key in reversed(keys):
        if hmac.compare_digest(key.digest(found.body), found.digest):
            return key
    return None


def proof(old: Key, prev: str, new: str) -> str:
    """Return what shows that the old key's owner went over to the key with the id `new`."""
    return old.digest(f"{KEY_ROTATED} {prev} {new}".encode())
