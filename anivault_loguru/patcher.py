"""Masking for sinks that are not ours: what a user's own handler gets to see of a record.

Our channels mask the line they write. A sink that a user adds gets loguru's record, so the record
is masked for it, and only then: while all handlers are ours, nothing is done here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from .extra import Extra
from .faults import faults, is_interruption
from .masking import MARKER, Masker
from .plain import dumps
from .shown import shown_of
from .stack import exception_of
from .substitute import substitute

__all__ = ["Patcher"]


class Patcher:
    """Masks message, extra and exception of a record in place; the objects logged stay untouched.

    Args:
        masker: the rules.
        foreign: tells whether a handler is installed that is not ours.
        diagnosing: tells whether one of these prints values of variables.
    """

    def __init__(
        self,
        masker: Masker,
        foreign: Callable[[], bool],
        diagnosing: Callable[[], bool] = lambda: True,
    ) -> None:
        self._masker = masker
        self._foreign = foreign
        self._diagnosing = diagnosing

    def __call__(self, record: dict[str, Any]) -> None:
        """Mask the record if a foreign sink may see it. Never raises."""
        if not self._foreign():
            return
        try:
            Extra.uncover(record)  # it may have been masked before the user's last patchers
            changes = self._changes(record)
        except Exception as error:
            if is_interruption(error):
                raise
            # Better nothing than the raw record.
            faults.say("patcher", "a record could not be masked", error)
            changes = {"extra": {}, "message": MARKER, "exception": None}
        if changes:
            Extra.cover(record, changes)

    def _changes(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return what of the record has to be another for foreign sinks."""
        message, extra, exception = record["message"], record["extra"], record["exception"]
        told = exception_of(*exception) if exception else None
        changes: dict[str, Any] = {}
        if told is not None and not self._is_harmless(exception, extra):
            changes["exception"] = _stand_in(exception, told)
        line = dumps({"message": message, "fields": extra, "exception": told})
        masked_line = self._masker.mask_line(line)
        if masked_line is line or masked_line == line:
            return changes
        before, after = orjson.loads(line), orjson.loads(masked_line)
        fields = {
            key: extra[key] if key in extra and before["fields"].get(key) == value else value
            for key, value in after["fields"].items()
        }
        if after["fields"] != before["fields"]:
            changes["extra"] = fields
        if after["message"] != message:
            changes["message"] = after["message"]
        if exception and after.get("exception") != before["exception"]:
            changes["exception"] = _stand_in(exception, after.get("exception") or {})
        return changes

    def _is_harmless(self, exception: Any, fields: dict[str, Any]) -> bool:
        """Tell whether nothing secret is in what loguru shows of an exception beyond its text."""
        if not self._masker.enabled:
            return True
        try:
            shown = shown_of(exception.value, exception.traceback, values=self._diagnosing())
            line = dumps({"fields": fields, "shown": shown})
            masked_line = self._masker.mask_line(line)
            return masked_line is line or (
                orjson.loads(masked_line).get("shown") == orjson.loads(line)["shown"]
            )
        except Exception as error:
            if is_interruption(error):
                raise
            return False


def _stand_in(exception: Any, masked: dict[str, str]) -> Any:
    """An exception of the same name whose text is masked, and which has no traceback to print."""
    told = masked.get("stacktrace") or masked.get("message") or MARKER
    return type(exception)(*substitute(exception.type, told))
