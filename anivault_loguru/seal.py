"""The seal: a record becomes an entry once, and the entry its masked line, for all channels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from .entry import Entry, Run, encode, exception_of, from_record
from .plain import dumps
from .tally import tally

__all__ = ["Extra", "Seal"]


class Extra(dict[str, Any]):
    """The extra of a record that was seen before, and what was made of it.

    loguru hands one record to every handler in turn. The sealed entry rides along here, where it
    is found again whatever happens in between, and goes when the record goes.
    """

    __slots__ = ("entry", "exception", "seal")

    entry: Entry | None
    exception: Any
    seal: Seal | None

    @classmethod
    def adopt(cls, record: dict[str, Any]) -> Extra:
        """Return the record's extra as an `Extra`, making it one first."""
        extra = record["extra"]
        if type(extra) is not cls:
            extra = cls(extra)
            extra.entry = extra.seal = None
            extra.exception = record["exception"]
            record["extra"] = extra
        return extra

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


class Seal:
    """Makes entries of records and lines of entries.

    Args:
        run: numbers the records of this process.
        mask_line: masks an encoded line.
        max_bytes: a longer line is cut, after masking, and says so in `fields.record_cut`.
        sealed: called after each entry; starts the monitor with the first one.
    """

    def __init__(
        self,
        *,
        run: Run,
        mask_line: Callable[[bytes], bytes],
        max_bytes: int,
        sealed: Callable[[], None] = lambda: None,
    ) -> None:
        self._run = run
        self._mask_line = mask_line
        self._max_bytes = max_bytes
        self._sealed = sealed

    def entry_of(self, record: dict[str, Any]) -> Entry | None:
        """Return the sealed entry of a loguru record: the same one for every channel.

        None if the record is another seal's.
        """
        extra = Extra.adopt(record)
        entry = extra.entry
        if entry is None:
            exception = exception_of(*extra.exception) if extra.exception else None
            extra.seal = self
            extra.entry = entry = from_record(record, self._run, exception)
            self.seal(entry)
        return entry if extra.seal is self else None

    def seal(self, entry: Entry) -> None:
        """Encode and mask the entry, put the line on it, and count the record."""
        encoded = encode(entry)
        line = self._mask_line(encoded)
        if len(line) > self._max_bytes:
            line = _cut(line, self._max_bytes)
        entry.line = line
        tally.sealed(entry, encoded)
        self._sealed()


def _cut(line: bytes, limit: int) -> bytes:
    """Shorten the texts of a line until it fits; the longest lose most."""
    document = orjson.loads(line)
    length = limit // 2
    while length >= 32:
        short = {key: _shortened(value, length) for key, value in document.items()}
        short["fields"] = {**short["fields"], "record_cut": len(line)}
        cut = dumps(short)
        if len(cut) <= limit:
            return cut
        length //= 4
    # Too many small values: none of them is more telling than another.
    short = {key: _shortened(value, 64) for key, value in document.items()}
    return dumps({**short, "fields": {"record_cut": len(line)}})


def _shortened(value: Any, length: int) -> Any:
    if type(value) is str:
        return value if len(value) <= length else value[:length] + "…"
    if type(value) is list:
        return [_shortened(item, length) for item in value]
    if type(value) is dict:
        return {key[:length]: _shortened(item, length) for key, item in value.items()}
    return value
