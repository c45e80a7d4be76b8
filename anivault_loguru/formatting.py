"""A message and its arguments as text, within bounds.

`"{x:>20000000}"` asks for twenty million characters, whoever wrote the format: such a width is
refused before the text is built.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Any

from .patterns import pattern

__all__ = ["Bounded", "formatted", "is_literal", "is_wide"]

_WIDEST = 100_000
# What looks like a specification with a long number in it, or with a field that may hold one.
_MAYBE = pattern(r":[^{}]{0,100}(?:\d{6}|\{)")
_RISK = pattern(r"\d{6}|\{")
_NUMBER = pattern(r"\d+")


def formatted(message: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """Return `message.format(*args, **kwargs)`.

    Raises:
        ValueError: a width or precision is above 100,000.
        Exception: what the format or an argument raises.
    """
    if is_wide(message):
        return _BOUNDED.vformat(message, args, kwargs)
    return str(message.format(*args, **kwargs))


def is_literal(message: object) -> bool:
    """Tell whether formatting leaves a message as it is, whatever the arguments."""
    return type(message) is str and "{" not in message and "}" not in message


def is_wide(message: object) -> bool:
    """Tell whether a message may ask for more than its arguments hold."""
    if not isinstance(message, str) or _MAYBE.search(message) is None:
        return False
    try:
        return any(_RISK.search(spec or "") for _, _, spec, _ in _BOUNDED.parse(message))
    except ValueError:  # which the bounded way tells before it has built anything
        return True


class Bounded(string.Formatter):
    """Formats as `str.format` does, but refuses widths above 100,000."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """Format a value by its specification, if that is not too wide."""
        if any(len(n) > 6 or int(n) > _WIDEST for n in _NUMBER.findall(format_spec)):
            raise ValueError(f"a width above {_WIDEST} characters: {format_spec[:40]!r}")
        return str(format(value, format_spec))


_BOUNDED = Bounded()
