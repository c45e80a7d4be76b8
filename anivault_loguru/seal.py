"""The seal: makes an entry of a record, and its masked line, once for all channels.

Both lanes end in `Seal.seal`, and so give the same line.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from threading import current_thread
from time import time_ns
from typing import Any

import orjson

from .context import Parent, active_span
from .cutting import fitted
from .entry import NATIVE, Entry, Layout, Run, component_of, name_of
from .extra import Extra
from .plain import dumps, encoded, escaped, text_of
from .stack import exception_of
from .tally import tally

__all__ = ["DEEP", "LONG", "Seal", "micros"]

LONG = 500
"""Bytes of values from which on it is asked how deep they are nested: `plain` has a limit."""
DEEP = 200
"""Brackets that such values may open."""
_LONG_NAME = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = datetime.resolution


class Seal:
    """Makes entries of records and lines of entries.

    Args:
        run: numbers the records of this process.
        mask_line: masks an encoded line.
        clean: tells of a piece of a line that there is nothing in it to mask.
        look: gives what tells of a piece in ASCII, at less cost, that there may be something.
        mask_parts: masks message and fields alone; None if that takes the rest of the record.
        alike: tells of a piece beyond ASCII that it has to be looked at more closely than that.
        max_bytes: a longer line is cut, after masking, and has `record_cut` in its fields.
        parent: the ids that this process was given, for records that have none of their own.
        begun: called with the first entry of this process, before it is written.
        noticed: called after each entry, on the thread that logs.
        layout: the schema of the line.
    """

    def __init__(
        self,
        *,
        run: Run,
        mask_line: Callable[[bytes], bytes],
        clean: Callable[[str], bool] = lambda text: False,
        look: Callable[[], Callable[[str], bool]] | None = None,
        mask_parts: Callable[[str, dict[str, Any]], dict[str, Any] | None] = lambda *parts: None,
        alike: Callable[[str], bool] = lambda text: True,
        max_bytes: int,
        parent: Parent | None = None,
        begun: Callable[[], None] = lambda: None,
        noticed: Callable[[], None] | None = None,
        layout: Layout = NATIVE,
    ) -> None:
        self.run = run
        self.max_bytes = max_bytes
        self.layout = layout
        self.parent = Parent() if parent is None else parent
        self.noticed = noticed
        self.clean = clean
        self.look = look or (lambda: lambda text: not clean(text))
        self.alike = alike
        self._mask_line = mask_line
        self._mask_parts = mask_parts
        self._begun = begun
        self._met = ""

    @property
    def has_begun(self) -> bool:
        """Whether the first entry of this process was made."""
        return self._met is self.run.id

    def entry_of(self, record: dict[str, Any], *, numbered: bool = True) -> Entry | None:
        """Return the sealed entry of a loguru record: the same one for every channel.

        None if the record is another seal's.
        """
        extra = Extra.adopt(record)
        if extra.entry is None:
            extra.seal = self
            record = extra.logged(record)
            fields, level = record["extra"], record["level"]
            # What a patcher may have put there is brought back to its kind.
            extra.entry = self.seal(
                micros(record["time"]),
                text_of(level.name),
                level.no,
                component_of(fields),
                text_of(record["message"]),
                dict(fields),
                text_of(record["name"] or ""),
                text_of(record["function"] or ""),
                record["line"] if type(record["line"]) is int else 0,
                _number(record["process"], "id"),
                text_of(getattr(record["thread"], "name", record["thread"])),
                _exception(record["exception"]),
                numbered,
            )
        return extra.entry if extra.seal is self else None

    def seal(
        self,
        time: int,
        level: str,
        level_no: int,
        component: str,
        message: str,
        extra: dict[str, Any],
        logger: str,
        function: str,
        line_no: int,
        process: int,
        thread: str,
        exception: dict[str, str] | None = None,
        numbered: bool = True,
    ) -> Entry:
        """Number, lay out, encode, mask and count one record; `extra` is used up for its fields.

        `time` is in microseconds since 1970 UTC. A record that no file takes is not `numbered`: its
        `seq` is 0, so that the files have no gap.
        """
        event = "log"
        request_id = trace_id = span_id = None
        if extra:
            extra.pop("component", None)
            event = name_of(extra.pop("event", None)) or "log"
            request_id = extra.pop("request_id", None)
            trace_id = extra.pop("trace_id", None)
            span_id = extra.pop("span_id", None)
        if request_id is None:
            request_id = self.parent.request_id
        if trace_id is None:
            trace_id, span_id = active_span() or (self.parent.trace_id, self.parent.span_id)
        run, layout = self.run, self.layout
        document = layout.document(
            layout.stamp(time),
            level,
            level_no,
            component,
            event,
            message,
            name_of(request_id),
            name_of(trace_id),
            name_of(span_id),
            extra,
            logger,
            function,
            line_no,
            process,
            thread,
            run.id,
            run.next() if numbered else 0,
            exception,
        )
        encoded = dumps(document)
        line = self._mask_line(encoded)
        if len(line) > self.max_bytes:
            line = fitted(line, self.max_bytes, layout.tables)
        entry = Entry(time, level, level_no, component, event, line)
        tally.sealed(entry, encoded)
        if self._met is not run.id:
            # The first record of this process: in a forked child that is another one.
            self._met = run.id
            self._begun()
        if self.noticed is not None:
            self.noticed()
        return entry

    def looked_at(
        self, message: str, loose: bytes, text: bytes, body: bytes
    ) -> tuple[bytes, bytes]:
        """Return the JSON of message and fields, masked and with their controls escaped.

        What is asked of a long message itself is spared its way from JSON to text and back.

        Raises:
            JSONEncodeError: they leave no room, have to be cut, or hold what the rest may, too.
        """
        if len(loose) < LONG:
            # In plain ASCII they were looked at before, and are not clean.
            found = (loose.isascii() and b"\x7f" not in loose) or not self.clean(loose.decode())
        else:
            if body.count(b"{") + body.count(b"[") > DEEP or len(loose) > self.max_bytes // 2:
                raise orjson.JSONEncodeError
            found = not (self.clean(message) and self.clean(body.decode()))
        return self._masked(message, text, body) if found else (escaped(text), escaped(body))

    def _masked(self, message: str, text: bytes, body: bytes) -> tuple[bytes, bytes]:
        """Mask message and fields for `looked_at`."""
        # Not if the masked values would be counted and the thread's name then not be written. Nor
        # are another schema's fields the ones whose names matter.
        thread = current_thread().name
        named = type(thread) is str and thread.isprintable() and thread.isascii()
        named = named and len(thread) <= _LONG_NAME and self.clean(thread)
        if not named or self.layout.poured:
            raise orjson.JSONEncodeError
        fields = orjson.loads(body)
        masked = self._mask_parts(message, fields)
        if masked is None:
            raise orjson.JSONEncodeError
        new_text = escaped(text) if masked["message"] == message else encoded(masked["message"])
        new_body = escaped(body) if masked["fields"] == fields else encoded(masked["fields"])
        if len(new_text) + len(new_body) > self.max_bytes // 2:
            raise orjson.JSONEncodeError
        tally.masked(text + body, new_text + new_body)
        return new_text, new_body


def micros(moment: Any) -> int:
    """Return a moment in microseconds since 1970 UTC; now, for what is none."""
    try:
        return int((moment - _EPOCH) // _MICROSECOND)
    except (TypeError, AttributeError):  # no moment, or one without a zone
        return time_ns() // 1000


def _number(value: Any, name: str) -> int:
    number = getattr(value, name, value)
    return number if type(number) is int else 0


def _exception(raised: Any) -> dict[str, str] | None:
    if not raised:
        return None
    if isinstance(raised, tuple) and len(raised) == 3:
        return exception_of(*raised)
    return {"type": type(raised).__name__, "message": text_of(raised), "stacktrace": ""}
