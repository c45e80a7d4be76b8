"""Messages with fields: `{api_key}`, `{0[password]}`, `%(token)s` are masked when filled in.

Once a message is formatted, nothing tells what stood in it under which name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from .formatting import Bounded, formatted, is_wide
from .patterns import pattern

__all__ = ["Templates"]

_LONG = 1000  # characters; longer messages are not kept to remember what they are
_NAMES = pattern(r"[^.\[\]]+")
# What `%` fills in by name, and `%%`, which it leaves alone.
_NAMED = pattern(
    r"%(?:%|\(([^()]{1,200})\)[-+ #0]{0,9}\d{0,9}(?:\.\d{0,9})?[hlL]?[diouxXeEfFgGcrsa])"
)


class _Hidden(str):
    """A marker that no conversion and no format specification changes."""

    __slots__ = ()

    def __format__(self, specification: str) -> str:
        return str(self)


class Templates(Bounded):
    """Formats messages as `str.format` does, but for the values of fields with sensitive names.

    Args:
        sensitive: tells of a name whether its value is secret.
        hide: makes what stands in the place of a secret.
    """

    def __init__(self, sensitive: Callable[[str], bool], hide: Callable[[str], str]) -> None:
        self._sensitive = sensitive
        self._hide = hide
        self._kind = lru_cache(maxsize=1024)(self._kind_of)

    def fill(self, message: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
        """Return the message with its fields filled in. Raises what `formatted` raises."""
        if type(message) is str:
            kind = self._kind(message) if len(message) < _LONG else self._kind_of(message)
            if kind == "plain":
                return message.format(*args, **kwargs)
            if kind == "secret":
                return self.vformat(message, args, kwargs)
        return formatted(message, args, kwargs)

    def fill_named(self, message: str, values: Mapping[str, Any]) -> str:
        """Return `message % values`, but for the values of sensitive names. Raises what that does.

        Source of the form: printf-style String Formatting in Python's documentation.
        """

        def hidden(found: re.Match[str]) -> str:
            name = found[1]
            if not name or not self._sensitive(name) or name not in values:
                return found[0]
            value = values[name]
            return found[0] if _is_nothing(value) else self._hide(str(value)).replace("%", "%%")

        return _NAMED.sub(hidden, message) % values

    def get_field(
        self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> tuple[Any, Any]:
        """Look a field's value up, and hide it if a name on the way to it is sensitive."""
        value, key = super().get_field(field_name, args, kwargs)
        if self._named(field_name) and not _is_nothing(value):
            value = _Hidden(self._hide(str(value)))
        return value, key

    def convert_field(self, value: Any, conversion: Any) -> Any:
        """Convert a value as `!r`, `!s` and `!a` say, but for a marker."""
        return value if type(value) is _Hidden else super().convert_field(value, conversion)

    def _kind_of(self, message: str) -> str:
        try:
            if any(self._named(name) for _, name, _, _ in self.parse(message) if name):
                return "secret"
        except ValueError:
            return "plain"  # It is for `str.format` to say what is wrong.
        return "wide" if is_wide(message) else "plain"

    def _named(self, field_name: str) -> bool:
        return any(map(self._sensitive, _NAMES.findall(field_name)))


def _is_nothing(value: object) -> bool:
    return value is None or value is True or value is False or value == ""
