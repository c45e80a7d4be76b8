"""The extra of a record, and with it what our channels know of the record and others do not see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .entry import Entry

__all__ = ["Extra"]

_ABSENT = object()


class Extra(dict[str, Any]):
    """The extra of a record that was seen before, and what was made of it.

    loguru hands one record to every handler in turn. The sealed entry rides along here, where it
    is found again whatever happens in between, and goes when the record goes. So does what was
    masked for the sinks of others: our channels mask the record as it was logged.
    """

    __slots__ = ("covered", "entry", "exception", "seal", "written")

    covered: tuple[dict[str, Any], dict[str, Any]] | None
    """What `cover` took out of the record, and what it put there."""
    entry: Entry | None
    exception: Any
    seal: object
    written: bool

    @classmethod
    def adopt(cls, record: dict[str, Any]) -> Extra:
        """Return the record's extra as an `Extra`, making it one first."""
        extra = record["extra"]
        if type(extra) is not cls:
            extra = cls(extra)
            extra.covered = extra.entry = extra.seal = None
            extra.written = False
            extra.exception = record["exception"]
            record["extra"] = extra
        return extra

    @classmethod
    def cover(cls, record: dict[str, Any], changes: Mapping[str, Any]) -> None:
        """Put `changes` into the record, for everyone but `logged`."""
        extra = cls.adopt(record)
        before = {key: record.get(key) for key in changes} | {"extra": dict(extra)}
        record.update({key: value for key, value in changes.items() if key != "extra"})
        if "extra" in changes:
            extra.clear()
            extra.update(changes["extra"])
        extra.covered = before, {**changes, "extra": dict(extra)}

    @classmethod
    def uncover(cls, record: dict[str, Any]) -> None:
        """Take back what `cover` did to the record, but for what was changed since."""
        extra = record["extra"]
        if type(extra) is cls and extra.covered is not None:
            logged = extra.logged(record)
            extra.clear()
            extra.update(logged["extra"])
            record.update({**logged, "extra": extra})
            extra.covered = None

    def logged(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return the record with this extra as it was logged, and changed by others since."""
        if self.covered is None:
            return record
        before, after = self.covered
        fields = _undone(self, before["extra"], after["extra"])
        return {**_undone(record, before, after), "extra": fields}

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


def _undone(
    now: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, Any]:
    """Return `now` with `before` in the place of what `after` changed, if it still stands there."""
    changed = {key: value for key, value in now.items() if value is not after.get(key, _ABSENT)}
    kept = {key: value for key, value in before.items() if key in now or key not in after}
    return {**kept, **changed}
