"""Draws the figures: one plain line, or a screen of 80 by 24 and up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from ...render import visible
from .window import Figures

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["line", "screen"]


def line(found: Figures) -> str:
    """Return all of it in one line for a pipe or a file."""
    at = datetime.fromtimestamp(found.at, timezone.utc).strftime("%H:%M:%S")
    return f"{at} " + " ".join(f"{name}={value}" for name, value in _cells(found, _figure))


def screen(found: Figures, height: int = 24) -> RenderableType:
    """Return a screen that fits into `height` lines of 80 columns."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    figures = Table.grid(padding=(0, 2))
    cells = [f"{name.replace('_', ' ')}: {value}" for name, value in _cells(found, _figure)]
    for start in range(0, len(cells), 4):
        figures.add_row(*cells[start : start + 4])
    left = max(height - 8 - len(cells) // 4, 4)
    components = Table(box=None, pad_edge=False)
    for title in ("component", "records/s", "errors/s", "kB/s"):
        components.add_column(title, justify="left" if title == "component" else "right")
    busiest = sorted(found.components.items(), key=lambda item: -item[1][0])[: left // 2]
    for name, (records, errors, size) in busiest:
        kilobytes = _figure(size / 1000)
        components.add_row(Text(visible(name)), _figure(records), _figure(errors), kilobytes)
    top = [
        Text(
            visible(f"{row['count']:>5} {row['type'] or 'log'}: {row['message']}  {row['place']}"),
            style="red",
            no_wrap=True,
            overflow="ellipsis",
        )
        for row in found.patterns[: left - len(busiest) - 1]
    ]
    heading = Text("the last minute", style="dim")
    errors_title = Text("errors" if top else "no errors", style="bold")
    return Group(heading, figures, Text(), components, Text(), errors_title, *top)


def _cells(found: Figures, shown: Callable[[float], str]) -> list[tuple[str, str]]:
    memory = sum(_process(row, "rss_bytes") for row in found.processes) / 1e6
    rate = "-" if found.hit_rate is None else f"{found.hit_rate:.0%}"
    share = found.errors / found.records if found.records else 0
    return [
        ("processes", str(len(found.processes))),
        ("memory_mb", shown(memory)),
        ("cpu_percent", shown(sum(_process(row, "cpu_percent") for row in found.processes))),
        ("records_per_s", shown(found.records)),
        ("errors_per_s", shown(found.errors)),
        ("error_rate", f"{share:.1%}"),
        ("kb_per_s", shown(found.bytes / 1000)),
        ("requests_per_s", shown(found.requests)),
        ("p50_ms", shown(found.latency[0])),
        ("p95_ms", shown(found.latency[1])),
        ("p99_ms", shown(found.latency[2])),
        ("hit_rate", rate),
        ("files_per_min", shown(found.files * 60)),
    ]


def _process(document: dict[str, dict[str, dict[str, float]]], name: str) -> float:
    return document["fields"].get("process", {}).get(name, 0)


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
