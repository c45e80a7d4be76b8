"""Which records are wanted. Most of the others are told by their bytes, without being decoded."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["LEVELS", "FieldTest", "Selection"]

LEVELS = {
    "TRACE": 5,
    "DEBUG": 10,
    "INFO": 20,
    "SUCCESS": 25,
    "WARNING": 30,
    "ERROR": 40,
    "CRITICAL": 50,
}
"""The numbers of the levels that every program has."""

# How each line of the native schema begins. What matches needs no decoding to be told apart.
_HEAD = re.compile(
    rb'\{"timestamp":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)","level":"([^"\\]*)",'
    rb'"component":"([^"\\]*)","event":"([^"\\]*)","message":"'
)
# What every JSON encoder writes as it is.
_PLAIN = re.compile(r"[A-Za-z0-9_.:, -]+")
_LITERAL = re.compile(r"[A-Za-z0-9_:, -]+")
_TEST = re.compile(r"\s*([^\s=!<>~]+)\s*(>=|<=|!=|==|=|>|<|~)\s*(.*?)\s*", re.DOTALL)
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    "==": operator.eq,
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
_WORDS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True)
class FieldTest:
    """A comparison with one field: `status_code>=500`, `cache.hit=false`, `endpoint~^/3/`.

    Numbers compare as numbers, everything else as text; `~` looks for a regular expression. A
    record that lacks the field fails. Names are dotted paths into `fields`, or top-level keys.
    """

    name: str
    sign: str
    wanted: str

    @classmethod
    def parse(cls, text: str) -> FieldTest:
        """Return the test that `text` writes. Raises ValueError with a sentence."""
        match = _TEST.fullmatch(text)
        if match is None:
            raise ValueError(f"no test of a field: {text!r}; expected NAME>=VALUE, or = != < > ~")
        if match[2] == "~":
            _pattern(match[3])
        return cls(*match.groups())

    def passes(self, document: dict[str, Any]) -> bool:
        """Say whether a record has the field, and its value passes."""
        missing = object()
        value = _descend(document.get("fields", {}), self.name, missing)
        if value is missing:
            value = document.get(self.name, missing)
        if value is missing:
            return False
        if self.sign == "~":
            return re.search(self.wanted, str(value)) is not None
        compare = _OPERATORS[self.sign]
        if value is None or isinstance(value, bool):
            return self.sign in ("=", "==", "!=") and compare(value, _WORDS.get(self.wanted, ""))
        if isinstance(value, int | float):
            try:
                return compare(value, float(self.wanted))
            except ValueError:
                return self.sign == "!="
        return compare(str(value), self.wanted)


def _descend(tree: object, path: str, missing: object) -> object:
    """The value at a dotted path; keys may hold dots themselves."""
    if not isinstance(tree, dict):
        return missing
    if path in tree:
        return tree[path]
    key, _, rest = path.partition(".")
    return _descend(tree[key], rest, missing) if rest and key in tree else missing


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(f"no regular expression: {text!r}: {error}") from None


def _runs(*texts: str) -> list[str]:
    """What a line that has these texts for values surely holds, in quotes where that is certain.

    A quote makes a needle rarer, and so faster to look for. At the end of a text, `…` or `*`
    stands for anything.
    """
    found = []
    for text in texts:
        begun = text.rstrip("…*")
        if _PLAIN.fullmatch(begun):
            found.append(f'"{begun}' + '"' * (begun == text))
        else:
            found += _PLAIN.findall(begun)
    return found


@dataclass(frozen=True)
class Selection:
    """What a record has to be; what is not given takes every record.

    Attributes:
        level: the least level. A level that is not in `LEVELS` is always taken: nothing in the
            line says how severe it is.
        components: the names of components.
        events: the names of events.
        request_id: the request's id, or its beginning and `…` or `*`.
        since: stamp of the native schema; earlier records are not taken.
        until: stamp of the native schema; records of that moment and later are not taken.
        grep: looked for in the line as it stands in the file, in its message and stack trace.
        fields: tests that all have to pass.
    """

    level: str | None = None
    components: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    request_id: str | None = None
    since: str = ""
    until: str = "~"
    grep: re.Pattern[str] | None = None
    fields: tuple[FieldTest, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is left out."""
        return self != Selection()

    @property
    def needle(self) -> bytes:
        """Bytes that every line which is wanted holds; empty if nothing is known of it."""
        # A record of OpenTelemetry's schema whose event is `log` does not say so.
        named = [*self.events] if len(self.events) == 1 and "log" not in self.events else []
        named += [*self.components] if len(self.components) == 1 else []
        runs = _runs(self.request_id or "", *named)
        if self.grep is not None and not self.grep.flags & re.IGNORECASE:
            runs += [self.grep.pattern] if _LITERAL.fullmatch(self.grep.pattern) else []
        return max(runs, key=len, default="").encode()

    def rejects(self, data: bytes) -> bool:
        """Say by its first bytes that a line is not wanted; False if that takes decoding."""
        head = _HEAD.match(data)
        if head is None:
            return False
        stamp, level, component, event = head.groups()
        return not (
            self._takes_level(level.decode("utf-8", "replace"))
            and (not self.components or component.decode("utf-8", "replace") in self.components)
            and (not self.events or event.decode("utf-8", "replace") in self.events)
            and self.since <= stamp.decode() < self.until
        )

    def takes(self, document: dict[str, Any], data: bytes) -> bool:
        """Say whether a decoded record, which stands in the file as `data`, is wanted."""
        return (
            self._takes_level(document["level"])
            and (not self.components or document["component"] in self.components)
            and (not self.events or document["event"] in self.events)
            and self.since <= document["timestamp"] < self.until
            and (self.request_id is None or self._takes_request(document.get("request_id", "")))
            and all(test.passes(document) for test in self.fields)
            and (self.grep is None or self._finds(self.grep, document, data))
        )

    def _takes_level(self, level: str) -> bool:
        return self.level is None or LEVELS.get(level, 50) >= LEVELS[self.level]

    def _takes_request(self, request_id: str) -> bool:
        wanted = self.request_id or ""
        if wanted.endswith(("…", "*")):
            return request_id.startswith(wanted[:-1])
        return request_id == wanted

    @staticmethod
    def _finds(pattern: re.Pattern[str], document: dict[str, Any], data: bytes) -> bool:
        stack = document.get("exception", {}).get("stacktrace", "")
        texts = (data.decode("utf-8", "replace"), document["message"], stack)
        return any(type(text) is str and pattern.search(text) for text in texts)
