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
from .places import place_of, renamed
from .plain import dumps, text_of
from .shown import shown_of
from .stack import exception_of
from .substitute import substitute

__all__ = ["Patcher"]

_DEEP = 20
_PLAIN = (str, int, float, bool)


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
            changes |= {key: renamed(record[key], name=MARKER) for key in place_of(record)}
        if changes:
            Extra.cover(record, changes)

    def _changes(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return what of the record has to be another for foreign sinks."""
        message, extra, exception = record["message"], record["extra"], record["exception"]
        told = exception_of(*exception) if exception else None
        changes: dict[str, Any] = {}
        if told is not None and not self._is_harmless(exception, extra):
            changes["exception"] = _stand_in(exception, told)
        document = {"message": message, "fields": extra, "exception": told}
        line = dumps({**document, "place": place_of(record), "shown": _shown(extra)})
        masked_line = self._masker.mask_line(line)
        if masked_line is not line and masked_line != line:
            before, after = orjson.loads(line), orjson.loads(masked_line)
            changes |= _fields(extra, before, after)
            if after["message"] != before["message"]:
                changes["message"] = after["message"]
            if exception and after.get("exception") != before["exception"]:
                changes["exception"] = _stand_in(exception, after.get("exception") or {})
            for key, text in after["place"].items():
                if text != before["place"][key]:
                    changes[key] = renamed(record[key], name=text)
        return {**changes, **self._file(changes.get("file", record.get("file")))}

    def _file(self, file: Any) -> dict[str, Any]:
        path = text_of(getattr(file, "path", ""))
        masked = self._masker.mask_text(path)
        return {} if masked == path else {"file": renamed(file, path=masked)}

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


def _shown(extra: dict[str, Any]) -> dict[str, str]:
    """What `{extra}` shows of the values that are more than JSON has: they may say it otherwise."""
    return {text_of(key): _repr(value) for key, value in extra.items() if not _is_plain(value)}


def _is_plain(value: object, depth: int = 0) -> bool:
    kind = type(value)
    if value is None or kind in _PLAIN:
        return True
    if depth > _DEEP:
        return False
    if kind is list or kind is tuple:
        return all(_is_plain(item, depth + 1) for item in value)  # type: ignore[attr-defined]
    if kind is dict:
        return all(type(key) is str and _is_plain(item, depth + 1) for key, item in value.items())  # type: ignore[attr-defined]
    return False


def _repr(value: object) -> str:
    try:
        return repr(value)
    except Exception as error:
        if is_interruption(error):
            raise
        return ""  # a sink that asks for it gets nothing either


def _fields(
    extra: dict[str, Any], before: dict[str, Any], after: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """Return the extra that foreign sinks get in place of another, if they do."""
    fields = {
        key: extra[key] if key in extra and before["fields"].get(key) == value else value
        for key, value in after["fields"].items()
    }
    changed = after["fields"] != before["fields"]
    for (key, shown), masked in zip(before["shown"].items(), after["shown"].values(), strict=True):
        if masked != shown and fields.get(key) is extra.get(key, fields.get(key)):
            fields[key], changed = masked, True
    return {"extra": fields} if changed else {}


def _stand_in(exception: Any, masked: dict[str, str]) -> Any:
    """An exception of the same name whose text is masked, and which has no traceback to print."""
    told = masked.get("stacktrace") or masked.get("message") or MARKER
    return type(exception)(*substitute(exception.type, told))
