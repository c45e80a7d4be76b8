"""The records of one request in time: when each came, what it took, drawn as rows with bars."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from itertools import pairwise
from typing import Any, NamedTuple

from ..render import visible
from .reading import Found
from .record_text import RecordText, is_error, local
from .screen import DIM, LEVEL_STYLES, Screen, cells, cut, padded

__all__ = ["Moment", "Timeline", "header"]

_LONG_GAP = 0.25


class Moment(NamedTuple):
    """Milliseconds: since the request began, since the record before, and what an event took."""

    offset: float
    gap: float
    took: float | None


class Timeline:
    """Places records, which come in the order of time, on a line.

    The request begins with the earliest moment known: that of the first record, or the beginning
    of an event that a record tells afterwards.

    Attributes:
        moments: one for each record.
        duration: from the beginning to the last record, in milliseconds.
    """

    def __init__(
        self, documents: Sequence[Mapping[str, Any]], screen: Screen, full: bool = False
    ) -> None:
        self._documents = documents
        self._screen = screen
        self._text = RecordText(screen, full=full)
        times = [_milliseconds(document["timestamp"]) for document in documents]
        took = [_took(document) for document in documents]
        begin = min(at - (spent or 0) for at, spent in zip(times, took, strict=True))
        begin = max(begin, times[0] - 86_400_000)  # what took longer than a day is a mistake
        gaps = [0.0, *(round(b - a, 3) for a, b in pairwise(times))]
        self.duration = round(times[-1] - begin, 3)
        self.moments = [
            Moment(round(at - begin, 3), gap, spent)
            for at, gap, spent in zip(times, gaps, took, strict=True)
        ]

    def rows(self) -> Iterator[str]:
        """Yield the text of each record, with its newlines."""
        screen, style = self._screen, self._screen.style
        width = 24 if (screen.width or 120) >= 110 else 12
        processes = [cut(visible(str(row.get("process", ""))), 10) for row in self._documents]
        names = [cut(visible(document["component"]), 14) for document in self._documents]
        widest = max(map(cells, names))
        numbers = max(map(cells, processes)) if len(set(processes)) > 1 else 0
        rows = zip(self._documents, self.moments, names, processes, strict=True)
        for document, moment, name, process in rows:
            offset = f"{'+' + _text(moment.offset):>10}"
            gap = f"{_text(moment.gap) if moment.gap else '':>9}"
            is_long = moment.gap > _LONG_GAP * self.duration
            level = visible(document["level"])
            bar = self._bar(moment, width)
            head = [
                offset,
                style(gap, "33" if is_long else DIM),
                style(bar, "31" if is_error(document) else "36"),
                style(level[:1] or "?", LEVEL_STYLES.get(level, "1")),
                style(padded(name, widest), "36"),
                *([style(padded(process, numbers, right=True), "35")] if numbers else []),
            ]
            indent = 10 + 1 + 9 + 1 + width + 1 + 1 + 1 + widest + 1 + (numbers + bool(numbers))
            yield " ".join(head) + " " + self._text.brief(document, indent)

    def _bar(self, moment: Moment, width: int) -> str:
        scale = (width - 1) / (self.duration or 1)
        end = min(round(moment.offset * scale), width - 1)
        if moment.took is None:
            drawn = self._screen.sign("·", "|")
            return " " * end + drawn + " " * (width - 1 - end)
        begin = min(max(round((moment.offset - moment.took) * scale), 0), end)
        drawn = self._screen.sign("━", "=") * (end - begin + 1)
        return " " * begin + drawn + " " * (width - 1 - end)


def header(found: Sequence[Found], screen: Screen, zone: tzinfo | None = None) -> str:
    """Return the headline of a request: when, how long, how many, where."""
    documents = [row.document for row in found]
    timeline = Timeline(documents, screen)
    errors = sum(map(is_error, documents))
    processes = len({(row.get("run"), row.get("process")) for row in documents})
    channels = sorted({os.path.basename(row.source.channel) for row in found})
    begin = local(documents[0]["timestamp"], zone)
    parts = [
        screen.style(f"request {visible(documents[0]['request_id'])}", "1"),
        f"{begin:%Y-%m-%d %H:%M:%S}",
        screen.style(_text(timeline.duration), "1"),
        _number(len(documents), "record"),
        screen.style(_number(errors, "error"), "1;31" if errors else "32"),
        _number(processes, "process", "processes"),
        screen.style(visible(", ".join(channels)), DIM),
    ]
    return "   ".join(parts) + "\n\n"


def _number(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _took(document: Mapping[str, Any]) -> float | None:
    took = document.get("fields", {}).get("duration_ms")
    if isinstance(took, int | float) and not isinstance(took, bool) and 0 <= took < 1e12:
        return float(took)
    return None


def _milliseconds(stamp: str) -> float:
    moment = datetime.fromisoformat(stamp[:-1])
    return (moment - datetime(1970, 1, 1)).total_seconds() * 1000


def _text(milliseconds: float) -> str:
    if milliseconds < 1000:
        return f"{milliseconds:.1f} ms"
    if milliseconds < 120_000:
        return f"{milliseconds / 1000:.2f} s"
    if milliseconds < 7_200_000:
        return f"{milliseconds / 60_000:.1f} min"
    return f"{milliseconds / 3_600_000:.1f} h"
