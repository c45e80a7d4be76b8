"""Error patterns: which errors happen, how often and since when, in bounded memory.

Errors of one kind are one group: the exception's type, the place that raised it, and its message
without numbers, hexadecimal digits and quoted parts. What is grouped is the masked line, so that a
pattern holds nothing that the line would not.

At most 100 groups are kept, by the Space-Saving algorithm (Metwally, Agrawal, El Abbadi:
Efficient Computation of Frequent and Top-k Elements in Data Streams, 2005): a new group takes the
place of the rarest and inherits its count, so that any group with more than a hundredth of all
errors is always among them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .entry import Entry, stamp
from .instruments import Folded
from .interruption import is_interruption
from .patterns import pattern
from .schemas import decoded

__all__ = ["ErrorPatterns", "normalised"]

_LONGEST = 300
_Key = tuple[str, str, str]
_Seen = tuple[_Key, int, str, str]

# Where a frame of the outermost exception is printed: plain, or in an exception group.
_FRAMES = ('  File "', '  |   File "')
_FRAME = pattern(r' {2}(?:\|   )?File "([^"\n]{1,1000})", line (\d{1,9}), in ([^\n]{1,200})')

_QUOTED = r"""(?<!\w)'[^'\n]*'(?!\w)|"[^"\n]*"|`[^`\n]*`"""
_HEX = (
    r"\b(?:0[xX][0-9a-fA-F]+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|(?=[0-9]*[a-fA-F])(?=[a-fA-F]*[0-9])[0-9a-fA-F]{8,})\b"
)
# The characters that one of the three begins with are looked for first: that halves the time.
_VARIABLE = pattern(
    r"""(?=[\da-fA-F'"`])"""
    rf"(?:(?P<quoted>{_QUOTED})|(?P<hex>{_HEX})|(?P<number>\d+(?:[.,:]\d+)*))"
)
_STANDS_FOR = {"quoted": "'…'", "hex": "<hex>", "number": "<n>"}


@dataclass(slots=True)
class _Group:
    count: int
    inherited: int
    first: int
    last: int
    component: str
    request_id: str


class ErrorPatterns(Folded[_Seen]):
    """The most frequent groups of errors; safe between threads and in signal handlers."""

    __slots__ = ("_groups", "_limit")

    def __init__(self, limit: int = 100, refuse: Callable[[], object] = lambda: None) -> None:
        self._limit = limit
        self._groups: dict[_Key, _Group] = {}
        super().__init__(refuse)

    def add(self, entry: Entry) -> None:
        """Count a sealed entry. One whose line can't be read is refused, not raised."""
        try:
            document = decoded(entry.line)
        except Exception as error:
            if is_interruption(error):
                raise
            self._refuse()
        else:
            self.add_document(document, entry.time)

    def add_document(self, document: dict[str, Any], time: int) -> None:
        """Count a decoded line of that time, in microseconds since 1970. Never raises."""
        try:
            exception = document.get("exception", {})
            key = (
                str(exception.get("type", ""))[:_LONGEST],
                _place(document, exception.get("stacktrace", "")),
                normalised(exception.get("message") if exception else document["message"]),
            )
            seen = (key, time, document["component"], document.get("request_id", ""))
        except Exception as error:
            if is_interruption(error):
                raise
            self._refuse()
        else:
            self._put(seen)

    def top(self, most: int = 10) -> list[dict[str, Any]]:
        """Return the most frequent groups, as JSON types.

        `type` (empty for a record without exception), `place` (`file:line in function`),
        `message` (normalised), `component` and `request_id` (empty if none) of the last example,
        `count`, of which at most `inherited` were errors of groups no longer kept, `first_seen`
        and `last_seen` (RFC 3339).
        """
        with self._lock:
            self._fold()
            groups = sorted(self._groups.items(), key=lambda item: -item[1].count)[:most]
            return [
                {
                    "type": kind,
                    "place": place,
                    "message": message,
                    "component": group.component,
                    "request_id": group.request_id,
                    "count": group.count,
                    "inherited": group.inherited,
                    "first_seen": stamp(group.first),
                    "last_seen": stamp(group.last),
                }
                for (kind, place, message), group in groups
            ]

    def reset(self) -> None:
        """Forget all groups."""
        with self._lock:
            self._fold()
            self._groups = {}

    def renew(self) -> None:
        """Begin anew in a forked child."""
        super().renew()
        self._groups = {}

    def _take(self, next_value: Callable[[], _Seen], size: int) -> None:
        for _ in range(size):
            self._count(*next_value())

    def _count(self, key: _Key, time: int, component: str, request_id: str) -> None:
        group = self._groups.get(key)
        if group is None:
            inherited = 0
            if len(self._groups) >= self._limit:
                rarest = min(self._groups, key=lambda known: self._groups[known].count)
                inherited = self._groups.pop(rarest).count
            group = _Group(inherited, inherited, time, time, component, request_id)
            self._groups[key] = group
        group.count += 1
        group.last = max(group.last, time)
        group.component = component
        group.request_id = request_id or group.request_id


def normalised(message: str) -> str:
    """Return the start of a message with what varies from error to error taken out.

    `'…'` stands for a quoted part, `<hex>` for hexadecimal digits, `<n>` for a number.
    """
    return _VARIABLE.sub(lambda found: _STANDS_FOR[found.lastgroup or ""], message[:_LONGEST])


def _place(document: dict[str, Any], stack: str) -> str:
    """The last frame of the outermost exception; without one, the place of the log call."""
    found = None
    if stack:
        stack = "\n" + stack
        found = _FRAME.match(stack, max(stack.rfind("\n" + frame) for frame in _FRAMES) + 1)
    if found:
        file, line, function = found.groups()
    else:
        file, line, function = document["logger"], document["line"], document["function"]
    return f"{file}:{line} in {function}"[-_LONGEST:]
