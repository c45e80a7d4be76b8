"""Values whose name stands in another member of the object: `{"name": "DB_PASSWORD", "value": S}`.

JSON, YAML, attributes and arguments have such objects, with the members in any order. The names of
a text that are values themselves are found once; for each key `value` those near it are judged.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from functools import cached_property
from operator import attrgetter
from typing import NamedTuple

from .blocks import Blocks
from .patterns import pattern
from .separators import NAME, NAME_CHARACTERS, QUOTE
from .values import GAP, LINE_END, MOST, Span, span_of

__all__ = ["NAMING", "Members"]

_NEAR = 1000  # characters between a name and its value
_FEW = 3  # names on either side of a value that may be its
_LONGEST = 64  # characters of a name before the piece that makes it one
# What ends a name that is a value; a space only that of `<password value=S>`.
_ENDS = (
    rf"{QUOTE}(?!\s{{0,3}}[:=])|\s{{0,3}}[,/}})\r\n]|\\{{1,15}}[nr]|\s{{0,3}}\Z"
    r"|\s{1,4}(?=value\s{0,3}=)"
)
_ENDS_LOOSE = r"""\\*["'`]|\s*[,/})\n\r]|\\+[nr]|\s+value\s*="""
_VALUE = re.compile(
    rf"(?:value|content(?==))(?:(?:(?<![{NAME}]value)|(?<=\\[nrt]value)|(?<= content))"
    rf"(?P<separator>(?:{QUOTE}{GAP}|\s{{0,3}})[:=]{GAP})(?=[^\s,])(?:(?P<pair>(?!))|(?P<xml>(?!))|(?P<part>(?!))|)|)"
)
_HAS_GROUP = attrgetter("lastindex")
_HINT = r"""(?:value|content)(?:\\*["'`])?(?:\s|\\+[nrt])*[:=]"""
_OPENED = frozenset("\"'`<")  # what may stand before a name in the place of a key
_KINDS = ("type", "kind", "class")  # {"type": "token", "value": "if"}
NAMING = ("name", "key", "id", "field", "variable", "param", "parameter", "property", "setting")
"""What the key of a name ends with, in lower case."""
_BRACKETS = re.compile(r"[\[\](){}<>]")
_QUOTED = pattern(r"(\\{0,15}[\"'`])[^\"'`\\]{0,1000}\1")
_LINE_END = pattern(LINE_END)
_LEADS = pattern(rf"(?:\A|[\n\"'`{{\[(]|\\[nrt])[ \t\-]{{0,60}}{QUOTE}?\Z|(?<!\w)-[ \t]{{1,4}}\Z")
# The next item of a list, or of paragraphs.
_NEXT = pattern(rf"{LINE_END}[ \t]*(?:-[ \t]|{LINE_END})")


class _Name(NamedTuple):
    """A sensitive name that is a value, in lower case; where it and its quotes end; its key."""

    name: str
    begin: int
    end: int
    key: str


class Members:
    """Finds the values.

    Args:
        stems: a pattern of the pieces of which every sensitive name has one.
        hints: a Rust regular expression that matches in every such name.
        sensitive: tells of a name whether its value is secret.
    """

    def __init__(self, stems: str, hints: str, sensitive: Callable[[str], bool]) -> None:
        self._stems = stems
        self._hints = hints
        self._sensitive = sensitive

    @cached_property
    def _values(self) -> Blocks:
        return Blocks(_VALUE, _HINT, NAME)

    @cached_property
    def _names(self) -> Blocks:
        # A name that ends in no such way is passed over as a whole.
        found = re.compile(rf"(?:{self._stems})[{NAME}]*(?:(?P<end>{_ENDS})|)")
        return Blocks(found, rf"(?:{self._hints})[{NAME}]*(?:{_ENDS_LOOSE})", NAME)

    def spans(self, text: str, folded: str, lower: str) -> Iterator[Span]:
        """Give the spans of the values; after very many that are none, the rest is one.

        Args:
            text: where they stand.
            folded: as long as it, with the plain names.
            lower: that in lower case.
        """
        names = self._named(folded, lower)
        before: deque[_Name] = deque(maxlen=_FEW)
        behind: deque[_Name] = deque()
        done = vain = 0
        for match in self._values.matches(lower):
            start, end = match.span()
            if start < done:
                continue
            while behind and behind[0].begin < start:
                before.appendleft(behind.popleft())
            while len(behind) < _FEW and (name := next(names, None)) is not None:
                (before.appendleft if name.begin < start else behind.append)(name)
            if not before and not behind:
                return
            # A line of a program is nothing but itself: `value = values[name]`.
            floor = (
                lower.rfind("\n", max(0, start - _NEAR), start)
                if match["separator"] == " = "
                else 0
            )
            near = (name for name in before if name.begin > floor)
            found = next((name for name in near if not _apart(lower, name.end, start)), None)
            if found is None:
                found = next((name for name in behind if _follows(lower, match, name)), None)
            span = span_of(text, match, found.name, start) if found else None
            if span is not None:
                yield span
                done = span[1]
            elif found is not None and (vain := vain + 1) > MOST:
                yield end, len(text)
                return

    def _named(self, folded: str, lower: str) -> Iterator[_Name]:
        """Give the names that are sensitive and stand as values."""
        for match in self._names.matches(lower):
            first, end = match.start(), match.start("end")
            lowest = max(0, first - _LONGEST)
            begin = lowest + len(folded[lowest:first].rstrip(NAME_CHARACTERS))
            if self._sensitive(folded[begin:end].rstrip("0123456789")):
                name = lower[begin:end]
                key = _key(lower[max(0, begin - _LONGEST) : begin])
                if (key or lower[begin - 1 : begin] in _OPENED) and (
                    name != "token" or key not in _KINDS
                ):
                    closed = match["end"][-1:] in _OPENED
                    yield _Name(name, begin, match.end("end") if closed else end, key)


def _key(before: str) -> str:
    """The key, in lower case, of what stands behind `before`; "" if there is none."""
    rest = before.rstrip("\"'`\\").rstrip()
    if rest[-1:] not in (":", "="):
        return ""
    rest = rest[:-1].rstrip(" \"'`\\")
    return rest[len(rest.rstrip(NAME_CHARACTERS)) :].lower()


def _follows(text: str, value: re.Match[str], name: _Name) -> bool:
    """Whether it is the name of a value before it; of one in a line before, if that is the next."""
    start, end = value.span()
    if not name.key.endswith(NAMING) or _apart(text, end, name.begin):
        return False
    if _LINE_END.search(text, end, name.begin) is None:
        return True
    if value["separator"] == " = ":
        return False
    if _LEADS.search(text, max(0, start - _LONGEST), start) is None:
        return False
    return not any(map(_HAS_GROUP, _VALUE.finditer(text, end, name.begin)))


def _apart(text: str, end: int, begin: int) -> bool:
    """Whether what ends at `end` and what begins at `begin` stand in different objects."""
    if begin - end > _NEAR:
        return True
    between = text[end:begin]
    if _NEXT.search(between):
        return True
    if _BRACKETS.search(between) is None:
        return False
    depth = 0
    for bracket in _BRACKETS.findall(_QUOTED.sub("", between)):
        if bracket in "<>":
            return True
        depth += 1 if bracket in "[({" else -1
        if depth < 0:
            return True
    return depth > 0
