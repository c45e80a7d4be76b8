"""Fields of pydantic models that are secret by another of their names: an alias says "password".

In what a model dumps such a field stands under its own name. Here it gets the name that tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, get_args

__all__ = ["Aliases", "aliases"]

_MOST = 1024  # models of which it is kept what their fields are called


class Aliases:
    """Knows which names are sensitive, once a configuration said so."""

    def __init__(self) -> None:
        self.judge(lambda name: False)

    def judge(self, sensitive: Callable[[str], bool]) -> None:
        """Let `sensitive` tell of a name whether it is."""
        self._sensitive = sensitive
        self._renames: dict[type, dict[str, str]] = {}
        self._concerned: dict[type, bool] = {}

    def shown(self, model: Any, dumped: Any) -> Any:
        """Return what a model dumped, with its secret fields under names that tell it."""
        kind = type(model)
        concerned = self._concerned.get(kind)
        if concerned is None:
            concerned = any(self._renames_of(one) for one in _models_of(kind))
            _keep(self._concerned, kind, concerned)
        return self._renamed(model, dumped) if concerned else dumped

    def _renamed(self, value: Any, dumped: Any) -> Any:
        if isinstance(dumped, dict):
            if _fields_of(type(value)):
                renames, values = self._renames_of(type(value)), vars(value)
            elif isinstance(value, Mapping):
                renames, values = {}, value
            else:
                return dumped
            result: dict[Any, Any] = {}
            for key, item in dumped.items():
                name: Any = renames.get(key, key)
                while name != key and (name in dumped or name in result):
                    name += "_"
                result[name] = self._renamed(values.get(key), item)
            return result
        if type(dumped) not in (list, tuple) or type(value) is not type(dumped):
            return dumped
        if len(dumped) != len(value):
            return dumped
        return [self._renamed(*pair) for pair in zip(value, dumped, strict=True)]

    def _renames_of(self, kind: type) -> dict[str, str]:
        """Return what a model's secret fields are called by, where their own names do not tell."""
        renames = self._renames.get(kind)
        if renames is None:
            renames = {}
            for name, field in _fields_of(kind).items():
                others = [text for text in _names_of(field) if self._sensitive(text)]
                for key in (name, getattr(field, "serialization_alias", None)):
                    if others and key is not None and not self._sensitive(key):
                        renames[key] = others[0]
            _keep(self._renames, kind, renames)
        return renames


def _keep(known: dict[type, Any], kind: type, value: object) -> None:
    if len(known) >= _MOST:
        known.clear()  # classes that are made again and again
    known[kind] = value


def _fields_of(kind: Any) -> dict[str, Any]:
    fields = getattr(kind, "model_fields", None) if hasattr(kind, "model_dump") else None
    return fields if type(fields) is dict else {}


def _names_of(field: Any) -> Iterator[str]:
    """Give the names under which a field is read and written."""
    for name in ("alias", "validation_alias", "serialization_alias"):
        yield from _texts_in(getattr(field, name, None))


def _texts_in(alias: Any) -> Iterable[str]:
    """Give the names of an alias: a text, an `AliasPath`, or `AliasChoices` of such."""
    if isinstance(alias, str):
        return (alias,)
    parts = getattr(alias, "path", None) or getattr(alias, "choices", None) or ()
    return [text for part in parts for text in _texts_in(part)]


def _models_of(kind: type) -> Iterator[type]:
    """Give a model, and those that its fields are declared to hold."""
    rest: list[Any] = [kind]
    seen: set[Any] = set()
    while rest:
        one = rest.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        rest += get_args(one)
        fields = _fields_of(one)
        if fields:
            yield one
        rest += [getattr(field, "annotation", None) for field in fields.values()]


aliases = Aliases()
