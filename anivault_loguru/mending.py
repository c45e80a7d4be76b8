"""Records that a user's patcher leaves damaged: what loguru and we rely on is put back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .interruption import is_interruption
from .plain import text_of

__all__ = ["Mending", "patch"]


def patch(record: dict[str, Any], patcher: Callable[[dict[str, Any]], None]) -> None:
    """Run a patcher of the user's. What it raises, or damages, is said in a field of the record."""
    before, failure = record.copy(), ""
    try:
        patcher(record)
    except Exception as error:
        if is_interruption(error):
            raise
        failure = f"{type(error).__name__}: {text_of(error)}"
    _mend(record, before)
    if failure:
        record["extra"]["format_error"] = failure


class Mending:
    """Two patchers of one record, to be called before the user's and after them."""

    __slots__ = ("_before",)

    def keep(self, record: dict[str, Any]) -> None:
        """Remember the record."""
        self._before = record.copy()

    def mend(self, record: dict[str, Any]) -> None:
        """Mend the record."""
        _mend(record, self._before)


def _mend(record: dict[str, Any], before: dict[str, Any]) -> None:
    """Put back what is gone from a record, and say so in a field of it.

    Args:
        record: as the patchers left it.
        before: a copy of what it was.
    """
    damaged = sorted(before.keys() - record.keys())
    if "extra" not in damaged and not isinstance(record["extra"], dict):
        damaged.append("extra")
    if "level" not in damaged and not _is_level(record["level"]):
        damaged.append("level")
    if damaged:
        record.update({key: before[key] for key in damaged})
        record["extra"]["format_error"] = f"a patcher damaged {', '.join(damaged)}"


def _is_level(level: object) -> bool:
    return isinstance(getattr(level, "no", None), int) and hasattr(level, "name")
