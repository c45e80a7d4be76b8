"""Checks decoded JSON by a JSON Schema, draft 2020-12, as far as the published schemas use it.

A schema that uses more is refused when it is read, so that nothing in it is silently not checked.
Unlike there, 1.0 is no integer: our records are written with integers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

__all__ = ["Check", "Fault", "compiled", "published"]


class Fault(NamedTuple):
    """What is wrong at a place, a dotted path that is empty for the whole: words around it."""

    place: str
    after: str
    before: str = ""

    def __str__(self) -> str:
        return f"{self.before}{repr(self.place) if self.place else 'the line'}{self.after}"


Check: TypeAlias = Callable[[Any], Sequence[Fault]]
"""Returns what is wrong with a value."""

_FOLDER = Path(__file__).parents[2] / "schema"
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_NAMES = {
    dict: "an object",
    list: "an array",
    str: "a string",
    int: "an integer",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


def published(name: str) -> str:
    """Return the text of a schema that the package ships, such as `native`."""
    return (_FOLDER / f"{name}.json").read_text("utf-8")


def compiled(schema: dict[str, Any]) -> Check:
    """Return the check that a schema stands for.

    Raises:
        ValueError: it uses a keyword that is not known here.
    """
    checks = []
    for keyword, argument in schema.items():
        if keyword in _ANNOTATIONS:
            continue
        if keyword not in _KEYWORDS:
            raise ValueError(f"The schema's keyword {keyword!r} is not known.")
        checks.append(_KEYWORDS[keyword](argument, schema))
    if len(checks) == 1:
        return checks[0]

    def check(value: Any) -> Sequence[Fault]:
        found: list[Fault] = []
        for one in checks:
            found += one(value)
        return found

    return check


def _below(name: str, found: Sequence[Fault]) -> list[Fault]:
    """Return faults of a value as those of what it is in, under `name`."""
    return [
        fault._replace(place=f"{name}.{fault.place}" if fault.place else name) for fault in found
    ]


def _type(names: str | list[str], _: dict[str, Any]) -> Check:
    asked = [names] if isinstance(names, str) else names
    types = frozenset(kind for name in asked for kind in _TYPES[name])
    expected = " or ".join(_NAMES[_TYPES[name][-1]] for name in asked)

    def check(value: Any) -> Sequence[Fault]:
        if type(value) in types:
            return ()
        return (Fault("", f" is {_NAMES[type(value)]}, not {expected}"),)

    return check


def _properties(schemas: dict[str, Any], _: dict[str, Any]) -> Check:
    checks = {name: compiled(schema) for name, schema in schemas.items() if schema is not True}

    def check(value: Any) -> Sequence[Fault]:
        found: list[Fault] = []
        for name, item in value.items() if type(value) is dict else ():
            if name in checks and (faults := checks[name](item)):
                found += _below(name, faults)
        return found

    return check


def _additional(allowed: bool | dict[str, Any], schema: dict[str, Any]) -> Check:
    known = frozenset(schema.get("properties", ()))
    others = compiled(allowed) if isinstance(allowed, dict) else None

    def check(value: Any) -> Sequence[Fault]:
        if allowed is True or type(value) is not dict or known.issuperset(value):
            return ()
        names = [name for name in value if name not in known]
        if others is None:
            return [Fault(name, "", "unknown key ") for name in names]
        return [fault for name in names for fault in _below(name, others(value[name]))]

    return check


def _required(names: list[str], _: dict[str, Any]) -> Check:
    asked = frozenset(names)

    def check(value: Any) -> Sequence[Fault]:
        if type(value) is not dict or asked <= value.keys():
            return ()
        return [Fault(name, "", "missing key ") for name in names if name not in value]

    return check


def _dependent_required(names: dict[str, list[str]], _: dict[str, Any]) -> Check:
    pairs = [(name, other) for name, others in names.items() for other in others]

    def check(value: Any) -> Sequence[Fault]:
        if type(value) is not dict or names.keys().isdisjoint(value):
            return ()
        return [
            Fault(name, f" without {other!r}")
            for name, other in pairs
            if name in value and other not in value
        ]

    return check


def _dependent_schemas(schemas: dict[str, Any], _: dict[str, Any]) -> Check:
    checks = {name: compiled(schema) for name, schema in schemas.items()}

    def check(value: Any) -> Sequence[Fault]:
        if type(value) is not dict or checks.keys().isdisjoint(value):
            return ()
        return [
            fault._replace(before=f"with {name!r}, {fault.before}")
            for name, one in checks.items()
            if name in value
            for fault in one(value)
        ]

    return check


def _pattern(pattern: str, _: dict[str, Any]) -> Check:
    search = re.compile(re.sub(r"(?<!\\)\$$", r"\\Z", pattern)).search

    def check(value: Any) -> Sequence[Fault]:
        if type(value) is not str or search(value):
            return ()
        return (Fault("", f" is {_shown(value)}, which does not fit {pattern}"),)

    return check


def _minimum(least: float, _: dict[str, Any]) -> Check:
    def check(value: Any) -> Sequence[Fault]:
        if type(value) not in (int, float) or value >= least:
            return ()
        return (Fault("", f" is {_shown(value)}, less than {least}"),)

    return check


def _min_length(least: int, _: dict[str, Any]) -> Check:
    def check(value: Any) -> Sequence[Fault]:
        if type(value) is not str or len(value) >= least:
            return ()
        return (Fault("", f" is shorter than {least}" if value else " is empty"),)

    return check


def _enum(values: list[Any], _: dict[str, Any]) -> Check:
    def check(value: Any) -> Sequence[Fault]:
        if any(type(value) is type(one) and value == one for one in values):
            return ()
        return (Fault("", f" is {_shown(value)}, not {' or '.join(map(_shown, values))}"),)

    return check


def _items(schema: dict[str, Any], _: dict[str, Any]) -> Check:
    one = compiled(schema)

    def check(value: Any) -> Sequence[Fault]:
        found: list[Fault] = []
        for number, item in enumerate(value if type(value) is list else ()):
            found += _below(str(number), one(item))
        return found

    return check


_ANNOTATIONS = frozenset("$schema $id $comment title description default examples format".split())
_KEYWORDS: dict[str, Callable[[Any, dict[str, Any]], Check]] = {
    "type": _type,
    "properties": _properties,
    "additionalProperties": _additional,
    "required": _required,
    "dependentRequired": _dependent_required,
    "dependentSchemas": _dependent_schemas,
    "pattern": _pattern,
    "minimum": _minimum,
    "minLength": _min_length,
    "enum": _enum,
    "const": lambda value, schema: _enum([value], schema),
    "items": _items,
}


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:60] + "…"
