"""Masking: what is secret leaves as `***MASKED***`, a home path as `~`.

A line is tested once for everything without which nothing in it can be secret: pieces of names,
beginnings of tokens, registered values. Only a line that has some of it is decoded, masked value
by value (everything under a sensitive name; within texts what the matchers of `texts.py` find) and
encoded again. Working on the decoded line means that whatever an application logged is a text, a
number, a list or a mapping by then, and that nothing of its own is changed.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import orjson

from .clues import Clues
from .compiled import Among
from .documents import HARMLESS, KEPT, Documents
from .faults import faults, is_interruption
from .formatting import formatted
from .known import SHORTEST, Known
from .letters import LETTERS, fold
from .living import Living
from .names import Names
from .paths import Homes, homes
from .plain import HIDDEN, dumps, secrets_met
from .scan import Scan, is_unicode, literal
from .templates import Templates
from .texts import Texts
from .values import hidden_spans, secrets_of

__all__ = ["MARKER", "Masker", "masked"]

MARKER = "***MASKED***"

_TIMES = 8  # no more: a pattern of the user may match what it left
_PARTS = ("message", "fields")

# Whether some letter of a text looks like another one.
_alike: Callable[[str], bool] = Among(LETTERS) if Among else Scan([f"[{LETTERS}]"]).may_hit


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
    ) -> None:
        hide = hide or _marker
        self.enabled = enabled
        self._hide = hide
        self._patterns = [re.compile(pattern) for pattern in patterns]
        self._names = Names(keys, allow)
        self._homes = tuple(homes)
        self._templates = Templates(self._names.sensitive, hide)
        self._lock = threading.RLock()
        self._secrets: dict[str, None] = {}
        self._pending: deque[str] = deque()
        self._known = Known((), hide)
        self._base: Callable[[str], bool] | None = None
        self._hit: Callable[[str], bool]
        self._prepare()
        for secret in secrets:
            self.register(secret)
        _maskers.add(self)

    def register(self, secret: str) -> None:
        """Mask `secret` from now on: as it is, and JSON-, URL-, `repr`- and base64-encoded.

        Shorter than 6 characters it is not taken: it would mask innocent text everywhere.
        """
        if len(secret) >= SHORTEST and secret not in self._secrets:
            # Without a lock: a signal handler may register while its thread holds any of them.
            self._secrets[secret] = None
            self._pending.append(secret)
            self._hit = self._first_hit

    def clean(self, text: str) -> bool:
        """Tell at the least cost that nothing in `text` is to be masked.

        It may say no though nothing is: `mask_text` and `mask_line` tell for certain. A line is
        clean if it is made of pieces each of which is clean, be they the texts in it or stretches
        of its JSON, as long as no piece ends inside a text or a key. What was clean may not be
        any more once `register` was called.
        """
        return not self._hit(text) and (text.isascii() or self._clean_beyond_ascii(text))

    def look(self) -> Callable[[str], bool]:
        """Return what `clean` asks of an ASCII text: whether something in it may be masked.

        It holds until `register` is called.
        """
        if self._hit == self._first_hit:
            self._renew()
        return self._hit

    alike = staticmethod(_alike)
    """Tells whether some letter of a text looks like another one, which `look` does not see."""

    def mask_line(self, line: bytes) -> bytes:
        """Return `line` masked. If that fails, what is left of it holds no text of the record."""
        try:
            text = line.decode()
            if not self._hit(text) and (text.isascii() or self._clean_beyond_ascii(text)):
                return line
            document = orjson.loads(line)
            masked, masked_line = self._masked(document)
            return line if masked == document else masked_line
        except Exception as error:
            if is_interruption(error):
                raise
            faults.say("masking", "a record is withheld", type(error).__name__)
            return dumps(_withheld(line, error))

    def mask_document(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return a copy of a decoded line, masked: names, values and texts at every depth."""
        return self._masked(document)[0]

    def mask_parts(self, message: str, fields: dict[str, Any]) -> dict[str, Any] | None:
        """Return a line's `message` and `fields` as they are in the masked line.

        None if something was found in them that is masked in the rest of the line too, or if it
        fails: `mask_line` deals with either.
        """
        found = _met()
        try:
            if not self._documents.innocent(_PARTS):
                return None
            shown = self._documents.mask(fields, found) if fields else fields
            parts = {"message": self.mask_text(message), "fields": shown}
        except Exception as error:
            if is_interruption(error):
                raise
            return None
        return None if found else parts

    def mask_text(self, text: str) -> str:
        """Return `text` masked: home paths, named secrets, known formats, registered values."""
        if not self._hit(text) and (text.isascii() or self._clean_beyond_ascii(text)):
            return text
        for pattern in self._patterns:
            text = hidden_spans(text, secrets_of(pattern.finditer(text)), self._hide)
        if self._secrets:
            text = self._known.mask(text)
        return self._texts.mask(text, self._hide)

    def settle(self, text: str) -> str:
        """Return `text` masked again and again until nothing changes any more.

        That is mostly after the first time: only of malformed text, where a quote or a word that
        was masked told what stands behind it, more is found.
        """
        for _ in range(_TIMES):
            masked = self.mask_text(text)
            if masked == text:
                break
            text = masked
        return text

    def fill(self, message: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
        """Format a message as `formatted` does; the values of sensitive fields are masked."""
        if not self.enabled:
            return formatted(message, args, kwargs)
        return self._templates.fill(message, args, kwargs)

    def fill_named(self, message: str, values: Mapping[str, Any]) -> str:
        """Do `message % values`; the values of sensitive names are masked."""
        return self._templates.fill_named(message, values) if self.enabled else message % values

    def is_sensitive(self, name: str) -> bool:
        """Tell whether what stands under `name` is to be masked."""
        return self.enabled and self._names.sensitive(name)

    def forked(self) -> None:
        """Begin anew in a forked child, where the thread that held the lock does not exist."""
        self._lock = threading.RLock()

    @cached_property
    def _texts(self) -> Texts:
        """Made when it is first needed, as the scan is."""
        return Texts(self._names, Homes(self._homes))

    def _prepare(self) -> None:
        """Make what depends on the registered values, but for the scan.

        That is made when it is first needed: many a program registers values, or logs nothing.
        """
        self._documents = Documents(self._names.sensitive, self.clean, self.mask_text, self._hide)
        if not self.enabled:
            self._hit = _never
        elif self._patterns:
            self._hit = _always
        else:
            self._hit = self._first_hit

    def _renew(self) -> None:
        known = self._known
        with self._lock:
            count = -1
            while self._pending or count != len(known):  # One may be registered meanwhile.
                while self._pending:
                    known.add(self._pending.popleft())
                count = len(known)
                self._prepare()
                if self.enabled and not self._patterns:
                    self._hit = self._hit_of(known)

    def _hit_of(self, known: Known) -> Callable[[str], bool]:
        """Return the test of a text; of few secrets known from the start, the scan sees to them."""
        first = self._base is None
        if self._base is None:
            scan = Scan([*self._texts.hints, literal(HIDDEN), *known.patterns()])
            clues = Clues([*self._texts.clues, HIDDEN, *known.clues()])
            self._base = clues.before(scan.hit)
        return self._base if first and known.few else known.beside(self._base)

    def _first_hit(self, text: str) -> bool:
        self._renew()
        return self._hit(text)

    def _clean_beyond_ascii(self, text: str) -> bool:
        """Tell the same of a text that the scan passed: some letters only look like others."""
        if not is_unicode(text):
            return False
        return not _alike(text) or (folded := fold(text)) == text or not self._hit(folded)

    def _masked(self, document: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Return a document masked, and the line that it makes."""
        found = _met()
        masked: dict[str, Any] = self._documents.mask(document, found)
        line = dumps(masked)
        if found:
            # `got {api_key}` with api_key=S: the value under the name stands in the message too.
            again = self._documents.without(found, masked, line)
            if again is not masked:
                return again, dumps(again)
        return masked, line


_maskers: Living[Masker] = Living(Masker.forked)


def _met() -> set[str]:
    """Return the secrets that stand as asterisks in the line just encoded."""
    return {secret for secret in secrets_met() if len(secret) >= KEPT}


def _never(text: str) -> bool:
    return False


def _always(text: str) -> bool:
    return True


def masked(text: str) -> str:
    """Return what an error quotes, masked: by the rules in force, if any are, and by our own."""
    return Masker(homes=homes()).mask_text(faults.mask(text))


def _marker(secret: str) -> str:
    return MARKER


def _withheld(line: bytes, error: Exception) -> dict[str, Any]:
    """Stand in for a line that could not be masked: its keys, and only numbers as values."""
    try:
        document = orjson.loads(line)
    except Exception:
        document = {}
    kept = {
        key: value if key in HARMLESS or type(value) is int else MARKER
        for key, value in document.items()
        if key != "exception"
    }
    return {**kept, "fields": {"masking_failed": type(error).__name__}}
