"""The message of a log call with its arguments filled in, whatever they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .faults import is_interruption
from .formatting import formatted, is_literal
from .plain import text_of

__all__ = ["formatted_or_given", "set_filling"]

Filling = Callable[[Any, Sequence[Any], Mapping[str, Any]], str]
_fill: Filling = formatted


def set_filling(filling: Filling | None) -> None:
    """Let `filling` put arguments into messages: it masks some. None is for plain formatting."""
    global _fill
    _fill = filling or formatted


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
