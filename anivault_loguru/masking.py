"""Masking: what is secret leaves as `***MASKED***`, a home path as `~`.

A line is scanned once for the few words without which nothing in it can be secret. Only on a hit
is it decoded, masked value by value (everything under a sensitive name; within texts what the
matchers of `texts.py` find) and encoded again. Working on the decoded line means that whatever an
application logged is a text, a number, a list or a mapping by then, and that nothing of its own is
changed.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, quote_plus

import orjson

from .formats import FORMATS
from .names import STEMS, Names
from .plain import dumps
from .scan import Scan
from .texts import MARKER, Homes, Texts, is_value

__all__ = ["MARKER", "Masker"]

_SHORTEST = 6
# A parameter of a URL; the letters alone stand in too many words.
_SIGNATURES = (b"sig=", b"sig%", b"signature=", b"signature%", b"x-amz-")
# First bytes of full-width, Cyrillic and Greek letters: a name may be spelt with look-alikes.
_LOOK_ALIKES = (b"\xef\xbc", b"\xef\xbd", b"\xd0", b"\xd1", b"\xce", b"\xcf")
_PLACES = (
    b"/home/",
    b"/users/",
    b"\\users\\",
    b"%2fhome%2f",
    b"%2fusers%2f",
    b"/root",
    b"-----begin",
)


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
    ) -> None:
        keys = tuple(keys)
        patterns = tuple(patterns)
        folders = Homes(homes)
        self._enabled = enabled
        self._always = bool(patterns)
        self._names = Names(keys, allow)
        stems = [*STEMS, *(form for key in keys for form in _spellings(key))]
        self._texts = Texts(self._names.sensitive, stems, patterns, folders)
        words = [stem.encode() for stem in stems] + [row.keyword.encode() for row in FORMATS]
        self._scan = Scan([*words, *_SIGNATURES, *_LOOK_ALIKES, *_PLACES, *folders.words()])
        self._lock = threading.RLock()
        self._secrets: frozenset[str] = frozenset()
        self._secret_scan: Scan | None = Scan(())
        for secret in secrets:
            self.register(secret)

    def register(self, secret: str) -> None:
        """Mask `secret` from now on: as it is, and JSON-, URL-, `repr`- and base64-encoded.

        Shorter than 6 characters it is not taken: it would mask innocent text everywhere.
        """
        if len(secret) < _SHORTEST or secret in self._secrets:
            return
        with self._lock:
            self._secrets |= {secret}
            self._secret_scan = None  # Built again at the next scan: registering stays cheap.

    def hit(self, line: bytes) -> bool:
        """Tell whether `line` may hold something to mask; if not, it is clean."""
        if not self._enabled:
            return False
        lower = line.lower()
        return (
            self._always
            or self._scan.hit(lower)
            or (b"@" in lower and (b"://" in lower or b"%3a%2f" in lower))
            or self._known().hit(line)
        )

    def mask_line(self, line: bytes) -> bytes:
        """Return `line` masked. If that fails, what is left of it holds no text of the record."""
        if not self.hit(line):
            return line
        try:
            return dumps(self.mask_document(orjson.loads(line)))
        except Exception as error:
            return dumps(_withheld(line, error))

    def mask_document(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return a copy of a decoded line, masked: names, values and texts at every depth."""
        found: set[str] = set()
        masked = self._value(document, found)
        if found:
            # `got {api_key}` with api_key=S: the value under the name stands in the message too.
            known = Scan(form for secret in found for form in _forms(secret))
            masked = _map_texts(masked, lambda text: _replaced(known, text))
        return masked  # type: ignore[no-any-return]

    def mask_text(self, text: str) -> str:
        """Return `text` masked: home paths, named secrets, known formats, registered values."""
        data = text.encode("utf-8", "surrogatepass")
        if not self.hit(data):
            return text
        return self._texts.mask(_replaced(self._known(), text))

    def is_sensitive(self, name: str) -> bool:
        """Tell whether what stands under `name` is to be masked."""
        return self._enabled and self._names.sensitive(name)

    def _known(self) -> Scan:
        scan = self._secret_scan
        if scan is None:
            with self._lock:
                scan = Scan(form for secret in self._secrets for form in _forms(secret))
                self._secret_scan = scan
        return scan

    def _value(self, value: Any, found: set[str]) -> Any:
        if type(value) is str:
            return self.mask_text(value)
        if type(value) is dict:
            return self._mapping(value, found)
        if type(value) is list:
            return self._list(value, found)
        return value

    def _mapping(self, value: dict[str, Any], found: set[str]) -> dict[str, Any]:
        # {"name": "DB_PASSWORD", "value": S}: the name of the value is itself a value.
        named = value.get("name", value.get("key"))
        hidden = "value" if type(named) is str and self._names.sensitive(named) else None
        result: dict[str, Any] = {}
        for key, item in value.items():
            if (key == hidden or self._names.sensitive(key)) and is_value(item):
                found.update(_texts_in(item))
                result[self.mask_text(key)] = MARKER
            else:
                result[self.mask_text(key)] = self._value(item, found)
        return result

    def _list(self, value: list[Any], found: set[str]) -> list[Any]:
        result: list[Any] = []
        option = False
        for item in value:
            # ["--token", S]: a command line as a list.
            if option and type(item) is str and item:
                found.add(item)
                result.append(MARKER)
                option = False
                continue
            option = type(item) is str and item[:1] == "-" and self._names.sensitive(item)
            result.append(self._value(item, found))
        return result


def _spellings(key: str) -> set[str]:
    """How a name may be spelt in lower case: `api_key`, `api-key`, `apikey`."""
    lower = key.lower()
    return {lower, lower.replace("_", "-"), lower.replace("-", "_"), lower.replace("_", "")} - {""}


def _forms(secret: str) -> set[bytes]:
    """The bytes under which a secret may stand in a line or a text."""
    raw = secret.encode("utf-8", "surrogatepass")
    texts = {secret, repr(secret)[1:-1], quote_plus(raw), quote(raw, safe=""), quote(raw)}
    escaped = {json.dumps(text)[1:-1] for text in texts}
    escaped |= {json.dumps(text, ensure_ascii=False)[1:-1] for text in texts}
    forms = {text.encode("utf-8", "surrogatepass") for text in texts | escaped}
    for shift in range(3):
        # The first and last characters of a base64 text depend on the neighbours of the secret.
        encoded = base64.b64encode(b"\0" * shift + raw)
        inner = encoded[(0, 2, 3)[shift] : -4 if (len(raw) + shift) % 3 else None]
        if len(inner) >= _SHORTEST:
            forms |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return forms


def _replaced(scan: Scan, text: str) -> str:
    data = text.encode("utf-8", "surrogatepass")
    masked = scan.replace(data, MARKER.encode())
    return text if masked is data or masked == data else masked.decode("utf-8", "surrogatepass")


def _texts_in(value: Any) -> set[str]:
    """The texts of four characters or more under a sensitive name: secret elsewhere too."""
    if type(value) is str:
        return {value} if len(value) >= 4 and value != MARKER else set()
    if type(value) is int and value > 9999:
        return {str(value)}
    items = value.values() if type(value) is dict else value if type(value) is list else ()
    return {text for item in items for text in _texts_in(item)}


def _map_texts(value: Any, change: Callable[[str], str]) -> Any:
    if type(value) is str:
        return change(value)
    if type(value) is list:
        return [_map_texts(item, change) for item in value]
    if type(value) is dict:
        return {key: _map_texts(item, change) for key, item in value.items()}
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
