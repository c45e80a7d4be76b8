"""The message of a log call with its arguments filled in, whatever they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import mod
from typing import Any

from .faults import is_interruption
from .formatting import formatted, is_literal
from .plain import text_of

__all__ = ["Deferred", "fill_named", "formatted_or_given", "set_filling"]

Filling = Callable[[Any, Sequence[Any], Mapping[str, Any]], str]
_fill: Filling = formatted
_fill_named: Callable[[str, Mapping[str, Any]], str] = mod


def set_filling(
    filling: Filling | None, named: Callable[[str, Mapping[str, Any]], str] = mod
) -> None:
    """Let `filling` put arguments into messages, and `named` into those of `%`: they mask some.

    None is for plain formatting.
    """
    global _fill, _fill_named
    _fill, _fill_named = filling or formatted, named


def fill_named(message: str, values: Mapping[str, Any]) -> str:
    """Return `message % values` in the way that was set. Raises what that raises."""
    return _fill_named(message, values)


def formatted_or_given(
    message: Any, args: tuple[Any, ...], kwargs: dict[str, Any], extra: dict[str, Any]
) -> str:
    """Return the message formatted; if that fails, as given, with `format_error` in `extra`."""
    if not (args or kwargs):
        return text_of(message)
    if is_literal(message):
        return str(message)
    try:
        return _fill(message, args, kwargs)
    except Exception as error:
        if is_interruption(error):
            raise
        extra["format_error"] = f"{type(error).__name__}: {text_of(error)}"
        return text_of(message)


class Deferred:
    """A message that is formatted when loguru asks for its text, and never raises then."""

    __slots__ = ("args", "kwargs", "message", "noted")

    def __init__(self, message: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.message = message
        self.args = args
        self.kwargs = kwargs
        self.noted: dict[str, Any] = {}

    def __str__(self) -> str:
        return formatted_or_given(self.message, self.args, self.kwargs, self.noted)

    def note(self, record: dict[str, Any]) -> None:
        """Patch the record: say in a field that the message could not be formatted."""
        record["extra"].update(self.noted)
