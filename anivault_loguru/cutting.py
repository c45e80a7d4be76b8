"""Cutting a line that is too long: its texts are shortened until it fits, the longest most.

The first of its tables says in `record_cut` how many bytes it had.
"""

from __future__ import annotations

from typing import Any

import orjson

from .plain import dumps

__all__ = ["fitted"]


def fitted(line: bytes, limit: int, tables: tuple[str, ...]) -> bytes:
    """Return a line with its texts shortened until it has no more than `limit` bytes.

    Args:
        line: the line.
        limit: to which it is cut.
        tables: the keys under which fields stand; those of the first get `record_cut`.
    """
    document = orjson.loads(line)
    table, *others = tables
    length = limit // 2
    while length >= 32:
        short = {key: _shortened(value, length) for key, value in document.items()}
        short[table] = {**short[table], "record_cut": len(line)}
        cut = dumps(short)
        if len(cut) <= limit:
            return cut
        length //= 4
    # Very many small values, or texts of control characters: what fits of the fields stays.
    document = {key: value for key, value in document.items() if key not in others}
    length = 64
    while length > 1:
        short = {key: _shortened(value, length) for key, value in document.items()}
        fields, short[table] = short[table], {"record_cut": len(line)}
        room = limit - len(dumps(short))
        if room >= 0:
            break
        length //= 2
    for key, value in fields.items():
        size = len(dumps({key: value}))
        if size <= room:
            short[table][key] = value
            room -= size
    return dumps(short)


def _shortened(value: Any, length: int) -> Any:
    if type(value) is str:
        return value if len(value) <= length else value[:length] + "…"
    if type(value) is list:
        return [_shortened(item, length) for item in value]
    if type(value) is dict:
        return {key[:length]: _shortened(item, length) for key, item in value.items()}
    return value
