"""Secrets in the structure of a decoded line: whatever stands under a sensitive name.

Besides mappings there are other ways of putting a name beside its value: `{"name": N, "value": S}`,
`["--token", S]`, and lists of pairs such as the headers of a request. What is found so may stand in
the rest of the line too, in its message above all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import Any

import orjson

from .known import SHORTEST, Known, traces_of, without_words
from .members import NAMING
from .values import MARKED, is_masked

__all__ = ["HARMLESS", "KEPT", "Documents"]

_HOLDERS = frozenset({"value", "Value", "input"})
KEPT = 4
"""In characters. A shorter secret stands in innocent texts by chance."""
_SOME = 12  # texts of a mapping: more of them are looked at together first
_MANY = 32  # secrets to look for one after another
HARMLESS = frozenset(
    {"timestamp", "level", "run"}
    | {"@timestamp", "log.level", "process.entity_id", "Timestamp", "SeverityText"}
)
"""The keys, of every schema, under which nothing secret stands."""


class Documents:
    """Masks decoded documents.

    Args:
        sensitive: tells of a name whether its value is secret.
        clean: tells of a text that nothing in it is secret, or says rather no than yes.
        mask_text: masks what is secret inside a text.
        hide: makes what stands in the place of a secret.
    """

    def __init__(
        self,
        sensitive: Callable[[str], bool],
        clean: Callable[[str], bool],
        mask_text: Callable[[str], str],
        hide: Callable[[str], str],
    ) -> None:
        self._sensitive = sensitive
        self._clean = clean
        self._mask_text = mask_text
        self._hide = hide
        # Names come from the program: they are few, and the same again and again.
        self._key = lru_cache(maxsize=2048)(lambda key: (mask_text(key), sensitive(key)))
        self.innocent = lru_cache(maxsize=256)(self._all_innocent)

    def mask(self, value: Any, found: set[str]) -> Any:
        """Return a masked copy of `value`; the texts under sensitive names are added to `found`."""
        if type(value) is str:
            return self._mask_text(value)
        if type(value) is dict:
            return self._mapping(value, found)
        if type(value) is list:
            return self._list(value, found)
        return value

    def without(self, found: set[str], masked: dict[str, Any], line: bytes) -> dict[str, Any]:
        """Return a masked document without the secrets found, wherever else in it they stand.

        Args:
            found: what `mask` has found.
            masked: the document; it is returned itself if none of them stands in it.
            line: that document, encoded.
        """
        spread: Iterable[str] = found
        if len(found) <= _MANY:
            holds = line.__contains__
            spread = [secret for secret in found if any(map(holds, traces_of(secret)))]
            if not spread:
                return masked
        known = Known((secret for secret in spread if len(secret) >= SHORTEST), self._hide)
        masked = {
            key: value if key in HARMLESS else _map_texts(value, known.mask)
            for key, value in masked.items()
        }
        short = [secret for secret in spread if len(secret) < SHORTEST]
        for key in ("message", "Body") if short else ():  # `Body` in the schema otel
            if type(masked.get(key)) is str:
                masked[key] = without_words(short, masked[key], self._hide)
        return masked

    def _mapping(self, value: dict[str, Any], found: set[str]) -> dict[str, Any]:
        texts = [item for item in value.values() if type(item) is str]
        clean, longest = len(texts) > _SOME and self._clean("\n".join(texts)), None
        if len(texts) > _SOME and not clean:
            # What there is, is mostly in the longest.
            longest = max(texts, key=len)
            clean = self._clean("\n".join([text for text in texts if text is not longest]))
        if self.innocent(tuple(value)):
            result = value.copy()
            for key, item in value.items():
                kind = type(item)
                if kind is dict or kind is list:
                    result[key] = self.mask(item, found)
                elif kind is str and (item is longest or not clean):
                    result[key] = self._mask_text(item)
            return result
        return self._renamed(value, found)

    def _all_innocent(self, keys: tuple[str, ...]) -> bool:
        """Tell whether these keys stay as they are, and no value is hidden for its key's sake."""
        return not {"value", "Value", "loc"} & set(keys) and all(
            self._key(key) == (key, False) for key in keys
        )

    def _renamed(self, value: dict[str, Any], found: set[str]) -> dict[str, Any]:
        """Mask a mapping of whose keys some are sensitive or masked themselves."""
        held = self._held(value) if not _HOLDERS.isdisjoint(value) else None
        result: dict[str, Any] = {}
        for key, item in value.items():
            name, secret = self._key(key)
            if name in result:
                name = _unlike(name, result)
            if secret or key == held:
                result[name] = self._hidden(item, found)
            else:
                result[name] = self.mask(item, found)
        return result

    def _held(self, value: dict[str, Any]) -> str | None:
        """Under which key the secret stands that another value of the mapping names."""
        for holder in ("value", "Value"):
            if holder in value:
                named = (name for key, name in value.items() if key.lower().endswith(NAMING))
                if any(type(name) is str and self._sensitive(name) for name in named):
                    return holder
        # As pydantic lists what it refused.
        place = value.get("loc")
        if type(place) is list and value.get("type") != "missing":
            last = place[-1] if place else None
            return "input" if type(last) is str and self._sensitive(last) else None
        return None

    def _list(self, value: list[Any], found: set[str], *, inner: bool = False) -> list[Any]:
        result: list[Any] = []
        named = False
        for index, item in enumerate(value):
            if named and type(item) is str and item[:1] != "-":
                result.append(self._hidden(item, found))
                named = False
                continue
            named = (
                type(item) is str
                and (item[:1] == "-" or (inner and index == 0 and len(value) == 2))
                and self._sensitive(item)
            )
            if type(item) is list:
                result.append(self._list(item, found, inner=True))
            else:
                result.append(self.mask(item, found))
        return result

    def _hidden(self, value: Any, found: set[str]) -> Any:
        """Hide a value under a sensitive name; None, booleans and empty values stay."""
        if value is None or value is True or value is False or value in ("", [], {}):
            return value
        text = value if type(value) is str else orjson.dumps(value).decode()
        if text[:1] in ("*", "•") and is_masked(text):
            return value
        found.update(_texts_in(value))
        return self._hide(text)


def _unlike(key: str, others: Collection[str]) -> str:
    """Return `key`, made different from the others where masking has made two keys one."""
    if key in others:
        key += "'"
    while key in others:
        key = f"{key}{len(others)}"
    return key


def _map_texts(value: Any, change: Callable[[str], str]) -> Any:
    if type(value) is str:
        return change(value)
    if type(value) is list:
        return [_map_texts(item, change) for item in value]
    if type(value) is dict:
        result: dict[str, Any] = {}
        for key, item in value.items():
            result[_unlike(change(key), result)] = _map_texts(item, change)
        return result
    return value


def _texts_in(value: Any) -> set[str]:
    """The texts and longer numbers under a sensitive name: they are secret elsewhere too."""
    if type(value) is str:
        return {value} if len(value) >= KEPT and not MARKED.fullmatch(value) else set()
    if type(value) is int and abs(value) > 9999:
        return {str(value)}
    items = value.values() if type(value) is dict else value if type(value) is list else ()
    return {text for item in items for text in _texts_in(item)}
