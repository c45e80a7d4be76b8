"""Checks one line by itself: UTF-8, JSON, the keys of the schema and their order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from . import schema

__all__ = ["check", "number_of", "stamp_of"]

Fault = tuple[int, str]

_native = json.loads(schema.published("native"))
_keys = tuple(_native["properties"])
_problems = schema.compiled(_native)


def check(data: bytes) -> tuple[dict[str, Any] | None, list[Fault]]:
    """Return the record that a line holds, and what is wrong: the byte in the line, a sentence."""
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
    faults = [(0, str(fault)) for fault in _problems(document)]
    if not faults and not _is_moment(document["timestamp"]):
        faults.append((0, f"'timestamp' is {document['timestamp']}, and there is no such moment"))
    if not faults and [key for key in _keys if key in document] != list(document):
        faults.append((0, "keys are out of order"))
    return document, faults


def _is_moment(stamp: str) -> bool:
    try:
        datetime.fromisoformat(stamp[:-1])
    except ValueError:
        return False
    return True


def number_of(data: bytes) -> tuple[Any, Any]:
    """Return run and seq of a line, as far as it has them; cheap, for lines that were checked."""
    try:
        document = orjson.loads(data)
        return document["run"], document["seq"]
    except (ValueError, KeyError, TypeError):
        return None, None


def stamp_of(data: bytes) -> str:
    """Return the stamp of a line that was checked."""
    stamp: str = orjson.loads(data)["timestamp"]
    return stamp


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
