"""Masking: what is secret leaves as `***MASKED***`, a home path as `~`.

A line is scanned once for the few words without which nothing in it can be secret, and a word that
is found is looked at once more where it stands: `cache_key` is no secret. Only if that does not
clear the line is it decoded, masked value by value (everything under a sensitive name; within texts
what the matchers of `texts.py` find) and encoded again. Working on the decoded line means that
whatever an application logged is a text, a number, a list or a mapping by then, and that nothing of
its own is changed.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import orjson

from .documents import Documents, unlike
from .faults import is_interruption
from .formatting import formatted
from .known import SHORTEST, Known, without_words
from .names import STEMS, Names, fold, stems_of
from .paths import Homes
from .plain import dumps
from .scan import Scan
from .templates import Templates
from .texts import Texts, hidden_group

__all__ = ["MARKER", "Masker"]

MARKER = "***MASKED***"

# First bytes of letters that look like ASCII ones: Greek, Cyrillic, circled, full-width, styled.
_LOOK_ALIKES = (
    *(b"\xce", b"\xcf", b"\xd0", b"\xd1", b"\xe2\x92", b"\xe2\x93", b"\xef\xbc", b"\xef\xbd"),
    b"\xf0\x9d",
)
_LOOKS = 32


class Masker:
    """Masks lines, texts and values by one set of rules.

    Args:
        keys: names that are sensitive besides those of `names.py`.
        allow: names that are not.
        patterns: regular expressions; what a group named `secret` (else the whole) matches is
            masked. They cost a search of every text of every record: no scan can save it.
        secrets: values to be masked wherever they stand.
        homes: home folders of the user; each is shown as `~`.
        enabled: when false, nothing is masked.
        hide: makes what stands in the place of a secret; None for always `MARKER`.
        native: whether scans may use the native library.
    """

    def __init__(
        self,
        *,
        keys: Iterable[str] = (),
        allow: Iterable[str] = (),
        patterns: Iterable[str] = (),
        secrets: Iterable[str] = (),
        homes: Iterable[str] = (),
        enabled: bool = True,
        hide: Callable[[str], str] | None = None,
        native: bool = True,
    ) -> None:
        keys = tuple(keys)
        hide = hide or _marker
        self._enabled = enabled
        self._native = native
        self._hide = hide
        self._patterns = [re.compile(pattern) for pattern in patterns]
        self._names = Names(keys, allow)
        stems = dict.fromkeys([*STEMS, *(stem for key in keys for stem in stems_of(key) if stem)])
        self._texts = Texts(self._names.sensitive, stems, Homes(homes), native=native)
        self._documents = Documents(self._names.sensitive, self.mask_text, self._masked_key, hide)
        self._templates = Templates(self._names.sensitive, hide)
        self._look_alikes = Scan(_LOOK_ALIKES, native=native)
        self._find = self._texts.scan.find
        self._more = bool(self._patterns)
        self._mask_key = lru_cache(maxsize=2048)(self.mask_text)
        self._lock = threading.RLock()
        self._secrets: frozenset[str] = frozenset()
        self._secret_scan: Known | None = Known((), hide, native=native)
        for secret in secrets:
            self.register(secret)

    def register(self, secret: str) -> None:
        """Mask `secret` from now on: as it is, and JSON-, URL-, `repr`- and base64-encoded.

        Shorter than 6 characters it is not taken: it would mask innocent text everywhere.
        """
        if len(secret) < SHORTEST or secret in self._secrets:
            return
        with self._lock:
            self._secrets |= {secret}
            self._more = True
            self._secret_scan = None  # Built again at the next scan: registering stays cheap.
            self._mask_key = lru_cache(maxsize=2048)(self.mask_text)

    def hit(self, line: bytes) -> bool:
        """Tell whether `line` may hold something to mask; if not, it is clean."""
        lower = line.lower()
        return self._hit(line, lower, len(self._find(lower)))

    def mask_line(self, line: bytes) -> bytes:
        """Return `line` masked. If that fails, what is left of it holds no text of the record."""
        lower = line.lower()
        finds = self._find(lower)
        # With an @ (64) or a % (37) there are more words to find.
        if not (finds or self._more or 64 in line or 37 in line) and line.isascii():
            return line
        try:
            if self._hit(line, lower, len(finds)):
                return dumps(self.mask_document(orjson.loads(line)))
            return line
        except Exception as error:
            if is_interruption(error):
                raise
            return dumps(_withheld(line, error))

    def mask_document(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return a copy of a decoded line, masked: names, values and texts at every depth."""
        found: set[str] = set()
        masked: dict[str, Any] = self._documents.mask(document, found)
        # `got {api_key}` with api_key=S: the value under the name stands in the message too.
        return self._without(masked, found) if found else masked

    def mask_text(self, text: str) -> str:
        """Return `text` masked: home paths, named secrets, known formats, registered values."""
        if not self._enabled:
            return text
        for pattern in self._patterns:
            text = pattern.sub(partial(hidden_group, self._hide), text)
        if self._secrets:
            text = self._known().mask(text)
        return self._texts.mask(text, self._hide)

    def fill(self, message: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
        """Format a message as `formatted` does; the values of sensitive fields are masked."""
        if not self._enabled:
            return formatted(message, args, kwargs)
        return self._templates.fill(message, args, kwargs)

    def is_sensitive(self, name: str) -> bool:
        """Tell whether what stands under `name` is to be masked."""
        return self._enabled and self._names.sensitive(name)

    def _masked_key(self, key: str) -> str:
        return self._mask_key(key)

    def _hit(self, line: bytes, lower: bytes, finds: int) -> bool:
        if not self._enabled:
            return False
        if (finds or 64 in line or 37 in line) and (finds > _LOOKS or self._seen(line, lower)):
            return True
        return (self._more and (bool(self._patterns) or self._known().hit(line))) or (
            not line.isascii() and self._seen_folded(line)
        )

    def _seen(self, line: bytes, lower: bytes) -> bool:
        """Look once more at each word found, where it stands."""
        finds = self._texts.finds(lower)
        if len(finds) > _LOOKS:
            return True
        text = line.decode("latin-1")
        documents = self._documents
        for word, at in finds:
            key = documents.key_at(text, at)
            if key:
                found = documents.names(key)
            else:
                found = self._texts.seen(text, lower, word, at) or documents.seen(text, at)
            if found:
                return True
        return False

    def _seen_folded(self, line: bytes) -> bool:
        """Look at the line as it reads with plain letters, if it has some that look like those."""
        if not self._look_alikes.hit(line):
            return False
        text = line.decode("utf-8", "surrogatepass")
        folded = fold(text)
        if folded == text:
            return False
        line = folded.encode("utf-8", "surrogatepass")
        return self._seen(line, line.lower())

    def _known(self) -> Known:
        known = self._secret_scan
        if known is None:
            with self._lock:
                known = Known(self._secrets, self._hide, native=self._native)
                self._secret_scan = known
        return known

    def _without(self, masked: dict[str, Any], found: set[str]) -> dict[str, Any]:
        """Mask the secrets found in a record wherever else in it they stand."""
        known = Known((s for s in found if len(s) >= SHORTEST), self._hide, native=self._native)
        if known.once(dumps(masked)):
            masked = {
                key: value if key in _HARMLESS else _map_texts(value, known.mask)
                for key, value in masked.items()
            }
        short = [secret for secret in found if len(secret) < SHORTEST]
        if short and type(masked.get("message")) is str:
            masked["message"] = without_words(short, masked["message"], self._hide)
        return masked


def _marker(secret: str) -> str:
    return MARKER


def _map_texts(value: Any, change: Callable[[str], str]) -> Any:
    if type(value) is str:
        return change(value)
    if type(value) is list:
        return [_map_texts(item, change) for item in value]
    if type(value) is dict:
        result: dict[str, Any] = {}
        for key, item in value.items():
            result[unlike(change(key), result)] = _map_texts(item, change)
        return result
    return value


def _withheld(line: bytes, error: Exception) -> dict[str, Any]:
    """Stand in for a line that could not be masked: its keys, and only numbers as values."""
    try:
        document = orjson.loads(line)
    except Exception:
        document = {}
    kept = {
        key: value if key in _HARMLESS or type(value) is int else MARKER
        for key, value in document.items()
        if key != "exception"
    }
    return {**kept, "fields": {"masking_failed": type(error).__name__}}


_HARMLESS = frozenset({"timestamp", "level", "run"})
