"""Masking of a stream of text in constant memory, with lines of any length.

Whole lines are given back as soon as nothing that is masked goes on behind them. Some text that was
given back stays in memory, and what comes is masked behind it: the value of a name on the line
before is found. Whether something goes on, the masker itself is asked, with texts that may come.

Of a secret longer than what is kept in memory the beginning and the end are kept, if the masker
takes them for the whole. A line that begins as a record of a log does ends whatever is open: a
quote that a program forgot to close does not hide the rest of its log.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from .letters import unescaped
from .patterns import pattern
from .values import MARK

__all__ = ["Stream"]

_SLICE = 1 << 16  # characters masked at once: the secrets in a text are masked up to a number
_CONTEXT = 2048  # characters given back and kept: farther no name stands before its value
_HELD = 1 << 13  # characters of a secret that goes on, before it is shortened
_TRIES = 4
_BREAK = pattern(r"[\s,;&]")
_OPEN = pattern(rf"{MARK}\Z")
_MARKER = "***MASKED***"
# What may come behind a line: of a block, an item, the end of a pair in its three states.
_PROBES = ("  x\n", "    - x\n", "  )\n\")\n')\n")
_NAMED = "  name: password\n"  # of a value before it
_NAMED_WITHIN = 1000
# What may end a secret that is not over, each by itself.
_ENDS = (
    *(f"{end} z\nz\n" for end in ("", *"\"'`<)", r"\"", r"\'", '"""', "'''", "))", ")))")),
    *('") z\nz\n', "') z\nz\n", "\n\nz\n", "    - x\nz\n", "\n-----END PRIVATE KEY----- z\n"),
)
_RECORD = pattern(
    r"^(?:\x1b\[[\d;]{0,12}m){0,3}(?:[\w.\-]{1,40} {1,9}\| )?[\[(<]?(?:"
    r"\d{4}[\-/]\d\d[\-/]\d\d[T ]\d\d:\d\d|\d\d:\d\d:\d\d|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d"
    r"|[DIWEF]\d{4} \d\d:\d\d|(?:time|ts|level)="
    r"|(?:TRACE|DEBUG|INFO|NOTICE|SUCCESS|WARN(?:ING)?|ERROR|CRITICAL|FATAL)(?:[\s:\]|]|\Z)"
    r"|\{\"(?:@?time(?:stamp)?|ts|level|severity|asctime|log|msg|message)\")",
    re.MULTILINE,
)


class Stream:
    """Masks text that comes in pieces.

    Args:
        mask: masks a text.
        limit: how many characters to keep while no place to cut is found.
    """

    def __init__(self, mask: Callable[[str], str], *, limit: int = 1 << 18) -> None:
        self._mask = mask
        self._limit = limit
        self._context = ""  # given back as `_shown`
        self._shown = ""
        self._kept = ""
        self._awaited = 0  # characters, before it is tried again to cut
        self._blind = False  # in a secret whose end is not known

    def feed(self, piece: str) -> str:
        """Take a piece of text, and return what can be told of the text so far."""
        told: list[str] = []
        for start in range(0, len(piece), _SLICE):
            part = piece[start : start + _SLICE]
            self._kept += part
            if "\n" in part or len(self._kept) >= self._limit:
                told.append(self._told())
        return "".join(told)

    def close(self) -> str:
        """Return what is left, masked."""
        kept, self._kept = self._kept, ""
        if not kept or self._blind:
            return ""
        return self._new(self._mask(self._context + kept))

    def _told(self) -> str:
        told: list[str] = []
        while not self._passes() and len(self._kept) >= self._awaited:
            shown = self._lines() or (self._part() if len(self._kept) >= self._limit else "")
            if not shown:
                # Of little it is tried again with each line: nobody shall wait for it.
                kept = len(self._kept)
                self._awaited = min(self._limit, 2 * kept) if kept > 2 * _HELD else 0
                break
            self._awaited = 0
            told.append(shown)
        return "".join(told)

    def _passes(self) -> bool:
        """Whether all that is kept is part of a secret whose end is not known."""
        if self._blind:
            record = _RECORD.search(self._kept, self._kept.find("\n") + 1 or len(self._kept))
            self._blind = record is None
            if record:
                self._kept = self._kept[record.start() :]
            else:
                self._kept = self._kept[max(0, self._kept.rfind("\n")) :][:_HELD]
        return self._blind

    def _lines(self) -> str:
        """Give the whole lines back up to where something begins that goes on."""
        end = self._kept.rfind("\n") + 1
        before = len(self._context)
        for _ in range(_TRIES):
            if end <= 0:
                return ""
            text = self._context + self._kept[:end]
            masked = self._mask(text)
            context, shown = (text, masked) if _OPEN.search(masked) else self._tail(text, masked)
            ahead = self._kept[end : end + _CONTEXT]
            found = self._unsettled(context, shown, ahead, max(0, len(context) - end))
            if found is None:
                if len(context) > 2 * self._limit:
                    context = context[-_CONTEXT:]
                    shown = self._mask(context)
                return self._give(end, masked, context, shown)
            begin, probe = len(text) - len(context) + found[0] - before, found[1]
            end = self._kept.rfind("\n", 0, max(0, begin - 1)) + 1
            if end <= 0:
                return self._ended(begin, probe) or self._shortened(begin)
        return ""

    def _give(self, end: int, masked: str, context: str = "", shown: str = "") -> str:
        """Give back what is kept up to `end`, and keep some of it as context."""
        new = self._new(masked)
        self._kept = self._kept[end:]
        self._context, self._shown = context, shown
        return new

    def _new(self, masked: str) -> str:
        """What of a masked text, of context and more, was not given back."""
        for shown in (self._shown, unescaped(self._shown)):
            if masked.startswith(shown):
                return masked[len(shown) :]
        return masked[_common(masked, self._shown) :]

    def _tail(self, text: str, masked: str) -> tuple[str, str]:
        """The end of a text, masked as it is in the text: nothing before it matters to it."""
        size = _CONTEXT
        while size < len(text):
            start = text.rfind("\n", 0, len(text) - size) + 1
            if start < len(text) - 2 * size:
                gap = _BREAK.search(text, len(text) - 2 * size, len(text) - size)
                start = gap.end() if gap else len(text) - 2 * size
            for _ in range(_TRIES):
                found = text[start:], self._mask(text[start:])
                if _ends_with(masked, found[1]):
                    return found
                # It may begin with a value, whose name is on the line before.
                start = text.rfind("\n", 0, max(0, start - 1)) + 1
            size *= 4
        return text, masked

    def _unsettled(self, text: str, masked: str, ahead: str, low: int) -> tuple[int, str] | None:
        """Where, behind `low`, something begins that may go on behind the text, and with what."""
        if _OPEN.search(masked):
            return self._begin(text, masked, "", low), ""
        for probe in (*_PROBES, ahead):
            if not probe:
                continue
            longer = self._mask(text + probe)
            # One marker may stand for more of a list: nothing is shown of the probe.
            if longer == masked or not _begins_with(longer, masked):
                return self._begin(text, longer, probe, low), probe
        value = text.lower().rfind("value", max(0, len(text) - _NAMED_WITHIN))
        if value >= 0:
            start = text.rfind("\n", 0, value) + 1
            line = text[start:]
            if start >= low and self._mask(line + _NAMED) != self._mask(line) + _NAMED:
                return start + 1, _NAMED
        return None

    def _begin(self, text: str, masked: str, probe: str, low: int) -> int:
        """The least part of a text that, with the probe, is masked as the whole of it is."""
        step = 64
        while (high := low + step) < len(text) and self._mask(text[:high] + probe) != masked:
            low, step = high, 4 * step
        high = min(high, len(text))
        while high - low > 1:
            middle = (low + high) // 2
            if self._mask(text[:middle] + probe) == masked:
                high = middle
            else:
                low = middle
        return high

    def _ended(self, begin: int, probe: str) -> str:
        """Give back what ends before a record of a log, if one follows."""
        first = self._kept.find("\n", max(0, begin - 1)) + 1
        record = _RECORD.search(self._kept, first) if first else None
        if record is None:
            return ""
        text = self._context + self._kept[: record.start()]
        masked = self._mask(text)
        if probe:
            masked = masked[: _common(masked, self._mask(text + probe))]
        if not _OPEN.search(masked):
            masked += _MARKER
        return self._give(record.start(), masked + "\n")

    def _shortened(self, begin: int) -> str:
        """Take the middle out of a long secret that begins there and goes on; "" in any case."""
        text = self._context + self._kept
        if len(self._kept) < min(_HELD, self._limit):
            return ""
        start = max(len(text) - _CONTEXT, text.rfind("\n", 0, len(text) - _CONTEXT // 4) + 1)
        while text[start - 1] == "\\":
            start -= 1
        wanted = [self._mask(text + end) for end in _ENDS]
        head = len(self._context) + begin + 64
        for _ in range(2 * _TRIES):
            head = text.find("\n", head, head + _CONTEXT) + 1 or head
            while text[head : head + 1] == "\\":
                head += 1
            if head >= start:
                break
            short = text[:head] + text[start:]
            if all(
                self._mask(short + end) == mask for end, mask in zip(_ENDS, wanted, strict=True)
            ):
                self._kept = short[len(self._context) :]
                break
            head += 1
        return ""

    def _part(self) -> str:
        """Give back a part of a line longer than the limit."""
        text = self._context + self._kept
        whole = self._mask(text)
        for quarter in range(_TRIES, 0, -1):
            middle = len(self._kept) * quarter // (2 * _TRIES)
            found = _BREAK.search(self._kept, middle)
            end = found.end() if found else middle
            part = self._context + self._kept[:end]
            masked = self._mask(part)
            if _begins_with(whole, masked) and not _OPEN.search(masked):
                return self._give(end, masked, *self._tail(part, masked))
        if _OPEN.search(whole):
            before = len(self._context)
            self._shortened(self._begin(text, whole, "", before) - before)
            if len(self._kept) < self._limit:
                return ""
        self._blind = True
        return self._give(len(self._kept), whole if _OPEN.search(whole) else self._shown + _MARKER)


def _begins_with(masked: str, beginning: str) -> bool:
    """Whether it does; what comes behind a text may be why its escapes are shown as letters."""
    return masked.startswith(beginning) or masked.startswith(unescaped(beginning))


def _ends_with(masked: str, end: str) -> bool:
    return masked.endswith(end) or unescaped(masked).endswith(unescaped(end))


def _common(first: str, second: str) -> int:
    """How long the beginning is that two texts share."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(first), len(second)))
