"""Where a record comes from, as far as it is text: what sinks show by `{thread.name}` and the like.

Most of these are objects that other records may share, and which format themselves.
"""

from __future__ import annotations

import copy
from typing import Any

from .plain import text_of

__all__ = ["place_of", "renamed"]

_NAMED = ("name", "function", "module", "level", "thread", "process", "file")


def place_of(record: dict[str, Any]) -> dict[str, str]:
    """Return the names in a record, by its keys."""
    values = ((key, record.get(key)) for key in _NAMED)
    return {key: text_of(getattr(value, "name", value)) for key, value in values if value}


def renamed(value: Any, **attributes: str) -> Any:
    """Return a copy of a record's value with these attributes; of a text, the new `name`."""
    if not hasattr(value, "name"):
        return attributes["name"]
    other = copy.copy(value)
    for name, text in attributes.items():
        setattr(other, name, text)
    return other
