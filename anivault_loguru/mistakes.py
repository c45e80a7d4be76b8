"""What is wrong with a setting, said in one line: key, source, value found, what is expected."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from .patterns import pattern

__all__ = ["ConfigError", "KeyPath", "Mistake", "clashes", "dotted", "masked", "mistakes_of"]

KeyPath = tuple[str | int, ...]


class ConfigError(ValueError):
    """A setting is wrong: one line for each mistake, with key, source, value, expectation."""


class Mistake(NamedTuple):
    """A key path, the value found there, and what was expected: words, or the known keys."""

    path: KeyPath
    found: object
    expected: str | Sequence[str]

    def line(self, where: str) -> str:
        """Say it in one line; `where` is the source that holds the value."""
        where = masked(where)
        path = (part if isinstance(part, int) else masked(part) for part in self.path)
        start = f"{dotted(tuple(path))} ({where}): "
        shown = _shown(self.path, self.found)
        if isinstance(self.expected, str):
            spelling = _spelling(self.expected, where)
            return f"{start}found {shown}, expected {self.expected}{spelling}"
        import difflib  # only for those who made a mistake

        if self.path[0] in ("audit", "masking", "otlp"):
            shown = _MARKER  # the key may be one that is secret, misspelt
        close = difflib.get_close_matches(str(self.path[-1]), self.expected, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(self.expected)}"
        return f"{start}unknown key, found {shown}; {hint}"


def dotted(path: KeyPath) -> str:
    """Write a key path as TOML does: `channels.network.file`, `masking.patterns[0]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            bare = re.fullmatch(r"[\w*-]+", part)
            text += "." * bool(text) + (part if bare else json.dumps(part))
    return text


_TABLE = "a table"
_CHANNEL = "a table, or false to remove the channel"
_TEXT = "text that is not empty"
_EXPECTED = {
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "finite_number": "a finite number",
    "float_parsing": "a number",
    "float_type": "a number",
    "missing": "this key",
    "string_type": "text",
    "string_too_short": _TEXT,
    "too_short": _TEXT,
    "tuple_type": "a list of texts",
    "dict_type": _TABLE,
    "model_type": _TABLE,
}


def _spelling(expected: str, where: str) -> str:
    """Say how a table is written in the environment, if that is where it is wrong."""
    if expected not in (_TABLE, _CHANNEL) or not where.startswith("environment"):
        return ""
    return f" (as JSON text, or its keys as {where.rsplit(maxsplit=1)[-1]}__KEY)"


def mistakes_of(
    error: ValidationError, known_keys: Callable[[KeyPath], Sequence[str]]
) -> Iterator[Mistake]:
    """Yield the mistakes pydantic found; `known_keys` gives the keys of the table at a path."""
    for item in error.errors(include_url=False):
        path = tuple(part for part in item["loc"] if part != "[key]")
        kind = item["type"]
        if kind == "default_factory_not_called":  # a default that follows from a wrong value
            continue
        expected: str | Sequence[str] = _EXPECTED.get(kind, item["msg"])
        if expected == _TEXT and item["ctx"]["min_length"] > 1:
            expected = f"text of at least {item['ctx']['min_length']} characters"
        if kind == "extra_forbidden":
            expected = known_keys(path[:-1])
        elif kind == "value_error":
            expected = str(item["ctx"]["error"])
        elif kind == "literal_error":
            expected = str(item["ctx"]["expected"])
        elif kind == "model_type" and path[0] == "channels":
            expected = _CHANNEL
        yield Mistake(path, item["input"], expected)


def clashes(channels: Mapping[str, Any]) -> Iterator[Mistake]:
    """Find what only two channels together can have wrong."""
    files: dict[str, str] = {}
    components: dict[str, str] = {}
    for name, channel in channels.items():
        if name != name.lower():
            yield Mistake(("channels", name), name, "a channel name in lower case")
        # Windows and macOS take names that differ in case or composition for one file.
        file = unicodedata.normalize("NFC", channel.file.casefold())
        other = files.setdefault(file, name)
        if other != name:
            expected = f"a file of its own: channel {masked(other)} writes it too"
            yield Mistake(("channels", name, "file"), channel.file, expected)
        for component in () if "*" in channel.components else dict.fromkeys(channel.components):
            other = components.setdefault(component, name)
            if other != name:
                expected = f"a component of one channel only: channel {masked(other)} names it too"
                yield Mistake(("channels", name, "components"), component, expected)


_MARKER = "***MASKED***"
_SENSITIVE = pattern(
    r"secret|token|passw|pwd|api_?key|auth|credential|cookie|session|private|^key$", re.IGNORECASE
)
# Where what is meant to be secret may stand in another shape: a table as text, a bare header.
_SECRET = frozenset(
    {("audit",), ("masking",), ("otlp",), ("masking", "patterns"), ("otlp", "headers")}
)


def _shown(path: KeyPath, value: object) -> str:
    """Show a value in a message: masked, then cut at 80 characters."""
    if path[:2] in _SECRET or any(_SENSITIVE.search(str(part)) for part in path):
        return _MARKER
    if isinstance(value, dict | list | tuple):
        return "a table" if isinstance(value, dict) else "a list"
    try:
        # In the text itself, where no escape stands before a name.
        text = masked(repr(masked(value) if isinstance(value, str) else value))
    except ValueError:  # Python writes no number of more than 4300 digits
        return "a very large number"
    return text if len(text) <= 80 else text[:80] + "…"


def masked(text: str) -> str:
    """Return what an error quotes, masked."""
    from . import masking  # only for those who made a mistake

    return masking.masked(text)
