"""Checks one line by itself: UTF-8, JSON, the keys of the schema and their order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

import orjson

from ...schemas import native_of, schema_of
from . import schema

__all__ = ["check", "number_of"]

Fault = tuple[int, str]


class _Form:
    """What a line is checked by: its published schema, and the order of the keys there."""

    def __init__(self, name: str) -> None:
        document = json.loads(schema.published(name))
        self.keys = tuple(document["properties"])
        self.problems = schema.compiled(document)


_form = cache(_Form)
_COUNTED = {
    **dict.fromkeys("timestamp level event thread run".split(), str),
    "fields": dict,
    "seq": int,
}


def check(data: bytes, name: str | None = None) -> tuple[dict[str, Any] | None, list[Fault]]:
    """Return the record of a line, under native keys, and what is wrong: the byte, a sentence.

    Args:
        data: the line, without its newline.
        name: the schema it has to have; None for that whose names it has.
    """
    if not data:
        return None, [(0, "an empty line")]
    try:
        document = orjson.loads(data)
        # A line as we write it comes out of its document again, byte by byte.
        if orjson.dumps(document) != data:
            document = _decoded(data)
    except (ValueError, RecursionError, TypeError):
        found = list(_undecodable(data))
        return None, found or [(0, "JSON that not every reader takes: a lone surrogate, or depth")]
    if name is None:
        name = (type(document) is dict and schema_of(document)) or "native"
    form = _form(name)
    faults = [(0, str(problem)) for problem in form.problems(document)]
    record = native_of(document) if type(document) is dict else None
    if record is None or (faults and not _is_counted(record)):
        return None, faults
    if not _is_moment(record["timestamp"]):
        return None, [*faults, (0, "its stamp is no moment that there is")]
    if not faults and [key for key in form.keys if key in document] != list(document):
        faults.append((0, "keys are out of order"))
    return record, faults


def _is_counted(record: dict[str, Any]) -> bool:
    """Tell whether a record that is not valid says what its run is kept account by."""
    return _COUNTED.items() <= {key: type(value) for key, value in record.items()}.items()


def _is_moment(stamp: str) -> bool:
    try:
        datetime.fromisoformat(stamp[:-1])
    except ValueError:
        return False
    return True


def number_of(data: bytes) -> tuple[Any, Any, str]:
    """Return run, number and stamp of a line that was checked; nothing of what is no record."""
    try:
        record = native_of(orjson.loads(data)) or {}
        return record["run"], record["seq"], record["timestamp"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None, None, ""


def _undecodable(data: bytes) -> Iterator[Fault]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        yield error.start, f"not UTF-8: byte 0x{data[error.start]:02x} ({error.reason})"
        return
    if not text.strip():
        yield 0, "an empty line"
        return
    try:
        _decoded(text)
    except json.JSONDecodeError as error:
        yield len(text[: error.pos].encode("utf-8", "surrogatepass")), f"not JSON: {error.msg}"
    except (ValueError, RecursionError) as error:
        yield 0, f"not JSON: {error}"


def _decoded(text: bytes | str) -> Any:
    """Decode strictly: no key twice, no NaN. Numbers of any length are numbers."""
    return json.loads(
        text, object_pairs_hook=_unique, parse_constant=_refuse, parse_int=lambda n: int(n[:4000])
    )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"key {twice!r} stands twice in one object")
    return document


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
