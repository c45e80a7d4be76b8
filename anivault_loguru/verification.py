"""Verifying a chain: every line once, in order, and what of it is not as it was written.

A `Verifier` is fed the files of a chain, oldest first. What it finds has a file, a line, and what
was expected there. After a break it goes on with what stands there, so that one change is one
finding, and the next one is found too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson

from .chain import (
    GENESIS,
    KEY_ROTATED,
    KEYLESS,
    PRUNED,
    RECOVERED,
    Key,
    Sealed,
    key_of,
    proof,
    sealed,
)
from .schemas import native_of
from .survey import is_record

__all__ = ["Finding", "Verifier"]

_OWN = b'"chain.'


class Finding(NamedTuple):
    """What is to be said of a line: a break of the chain, or a note on it."""

    file: str
    line: int
    what: str
    expected: str = ""
    found: str = ""

    def __str__(self) -> str:
        text = f"{self.file}:{self.line}: {self.what}"
        if self.expected or self.found:
            text += f" (expected {self.expected or 'nothing'}, found {self.found or 'nothing'})"
        return text


class Verifier:
    """Verifies one chain.

    Args:
        keys: its keys, oldest first. The last record has to be sealed with the last one.
        wanted: digests to look out for.
        whole: whether the files are all there are: then the first line begins the chain, or
            follows a backup that a record says was removed.

    Attributes:
        records: linked lines so far.
        head: the digest of the last one.
        breaks: where the chain is broken, in order.
        notes: what is no break and ought to be known: where a crash was recovered from, and so on.
        seen: those of `wanted` that were met.
    """

    def __init__(
        self, keys: Sequence[Key] = (), *, wanted: Iterable[str] = (), whole: bool = True
    ) -> None:
        self.records = 0
        self.head = GENESIS
        self.breaks: list[Finding] = []
        self.notes: list[Finding] = []
        self.seen: set[str] = set()
        self.first = self.last = b""
        self._keys = [KEYLESS, *keys]
        self._key: Key | None = None
        self._wanted = frozenset(wanted)
        self._whole = whole
        self._also: frozenset[str] = frozenset()  # what may be `prev` too, after a break
        self._pieces: list[tuple[str, int, bytes]] = []
        self._start: tuple[str, int, str] | None = None
        self._pruned: set[str] = set()
        self._place = ("", 0)

    def read(self, name: str, lines: Iterable[bytes]) -> None:
        """Verify the lines of the next file, with their newlines; `name` is for the findings."""
        number = 0
        line = b"\n"
        if not self.records:
            self._place = name, 0
        for number, line in enumerate(lines, 1):
            found = sealed(line.removesuffix(b"\n"))
            if (
                found is not None
                and found.prev == self.head
                and self._key is not None
                and not self._pieces
                and self._key.digest(found.body) == found.digest
                and _OWN not in line
            ):
                self._pass(found)
                self._place = name, number
            elif found is None:
                self._pieces.append((name, number, line))
            else:
                self._look(name, number, found, line)
                self._place = name, number
            if found is not None:
                self.first = self.first or line
                self.last = line
        if number and not line.endswith(b"\n") and sealed(line):
            self._break(name, number, "the line is not ended", "a newline", "the end of the file")

    @property
    def sealed_with(self) -> Key | None:
        """The key of the last line; None if no key fitted any."""
        return self._key

    def finish(self, required: Iterable[str] = ()) -> None:
        """Look at what only the whole chain shows; the digests `required` have to be in it."""
        self._spell_pieces("")
        if self._start and self._whole and self._start[2] not in self._pruned:
            file, line, prev = self._start
            self._break(file, line, "the records before this one are missing", GENESIS, prev)
        key = self._keys[-1]
        if self.records and self._key is not key and len(self._keys) > 1:
            sealed_with = self._key.id if self._key else "none of the keys"
            what = "the chain does not end under the last key"
            self._break(*self._place, what, key.id, sealed_with)
        for head in sorted(set(required) - self.seen):
            what = "a record that was there is not: the end is missing, or this is another chain"
            self._break(*self._place, what, head, self.head)

    def _pass(self, found: Sealed) -> None:
        self.head = found.digest
        self.records += 1
        if found.digest in self._wanted:
            self.seen.add(found.digest)
        if self._also:
            self._also = frozenset()

    def _look(self, name: str, number: int, found: Sealed, line: bytes) -> None:
        """Take a line that is not plainly the next one."""
        own = _own(line) if _OWN in line else {}
        event, fields = own.get("event"), own.get("fields") or {}
        self._spell_pieces(fields.get("piece_sha256", "") if event == RECOVERED else "")
        key = key_of(found, [self._key] if self._key else self._keys)
        if key is None:
            rotated = fields if event == KEY_ROTATED else None
            key = self._other_key(name, number, found, rotated, self._key or self._keys[-1])
        self._order(name, number, found)
        if key is not None:
            self._key = key
            if event == PRUNED:
                self._pruned.add(str(fields.get("head")))
            elif event == RECOVERED:
                self.notes.append(Finding(name, number, str(own.get("message"))))
        before = self.head
        self._pass(found)
        if key is None:
            # The next line may follow what stands here, what stood here, or what was before it.
            self._also = frozenset({before, (self._key or self._keys[-1]).digest(found.body)})
        elif self._also or found.prev != before:
            self._also = frozenset({before})

    def _order(self, name: str, number: int, found: Sealed) -> None:
        if found.prev == self.head or found.prev in self._also:
            return
        if not self.records:
            if found.prev != GENESIS:
                self._start = (name, number, found.prev)
            return
        if found.digest == self.head:
            what = "the line before stands here once more"
        else:
            what = "it does not follow the line before: lines are missing, or in another order"
        self._break(name, number, what, f"prev {self.head}", found.prev)

    def _other_key(
        self, name: str, number: int, found: Sealed, rotated: dict[str, Any] | None, old: Key
    ) -> Key | None:
        """Say what it means that the key of the lines before does not fit a line."""
        key = key_of(found, self._keys)
        if key is None:
            expected = f"digest {old.digest(found.body)}"
            self._break(name, number, "the line was changed", expected, found.digest)
            return None
        places = [known.id for known in self._keys]
        if places.index(key.id) < places.index(old.id):
            what = "it is sealed with an earlier key"
            self._break(name, number, what, f"a seal of {old.id}", key.id)
            return None
        shown = proof(old, found.prev, key.id)
        if rotated is None or rotated.get("proof") != shown:
            what = "it is sealed with another key, and nothing of the old key's says so"
            self._break(name, number, what, f"proof {shown}", str((rotated or {}).get("proof", "")))
        return key

    def _spell_pieces(self, sha256: str) -> None:
        """Say of lines without links what they are: a torn one that was recovered from, or not."""
        pieces, self._pieces = self._pieces, []
        if not pieces:
            return
        whole = b"".join(line for _, _, line in pieces).removesuffix(b"\n")
        torn = hashlib.sha256(whole).hexdigest() == sha256
        for name, number, line in pieces:
            if torn and not is_record(line):
                self.notes.append(Finding(name, number, "a torn line, recovered from"))
            else:
                expected = "a line that ends in prev and digest"
                text = line.removesuffix(b"\n")[:40].decode("utf-8", "backslashreplace")
                self._break(name, number, "a line without links", expected, repr(text))

    def _break(self, file: str, line: int, what: str, expected: str = "", found: str = "") -> None:
        self.breaks.append(Finding(file, line, what, expected, found))


def _own(line: bytes) -> dict[str, Any]:
    """Return the native form of a record of the chain's own; empty if it is none."""
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    native = native_of(document) if isinstance(document, dict) else None
    if native is None or native.get("component") != "audit":
        return {}
    return native if isinstance(native.get("fields"), dict) else {}
