"""Draws the totals as text: headline, plot, tables; the same for a terminal and a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timezone, tzinfo

from ...render import visible
from ..record_text import local
from ..screen import DIM, LEVEL_STYLES, Screen, cells, cut, padded
from .plot import bar, columns, spark
from .totals import Memory, Totals

__all__ = ["text"]

_WIDTH = 100
_BAR = 24
_ROWS = 12
_WIDEST = 6
_MARGIN = len("  10,000 " + " errors")
_BOLD = "1"
_RED = "31"
_CYAN = "36"
_GREEN = "32"

_Row = Sequence[str]


def text(totals: Totals, screen: Screen, zone: tzinfo | None = None) -> str:
    """Return the whole text, its lines at most as wide as the screen."""
    view = _View(totals, screen, zone)
    sections = [
        view.headline(),
        view.rates(),
        view.levels(),
        view.components(),
        view.latencies(),
        view.memory(),
        view.patterns(),
    ]
    return "\n".join("".join(f"{line}\n" for line in lines) for lines in sections if lines)


class _View:
    def __init__(self, totals: Totals, screen: Screen, zone: tzinfo | None) -> None:
        self._totals = totals
        self._screen = screen
        self._zone = zone
        self._width = screen.width or _WIDTH
        self._dots = screen.sign("…", "...")

    def headline(self) -> list[str]:
        """What was read, over which time, and the figures that say most."""
        totals, style = self._totals, self._screen.style
        files = f"{totals.files} files, {_size(totals.bytes)}"
        if not totals.records:
            return [f"no records in {files}", *self._left_out()]
        dash = self._screen.sign("–", "-")
        period = f"{self._moment(totals.first)} {dash} {self._moment(totals.last)}"
        lookups = totals.cache.total()
        figures = [
            style(f"{totals.records:,} records", _BOLD),
            style(
                f"{totals.errors:,} errors ({totals.errors / totals.records:.2%})",
                "1;31" if totals.errors else _GREEN,
            ),
        ]
        if lookups:
            figures.append(f"cache hit rate {totals.cache[True] / lookups:.1%} of {lookups:,}")
        return [style(f"{period}   {files}", DIM), "   ".join(figures), *self._left_out()]

    def _left_out(self) -> list[str]:
        notes = []
        if broken := self._totals.broken:
            lines = f"{broken:,} lines hold" if broken != 1 else "1 line holds"
            notes.append(self._screen.style(f"{lines} no record: see anivault-log validate", "33"))
        if copies := self._totals.copies:
            notes.append(self._screen.style(f"{copies:,} copies not counted", DIM))
        return ["   ".join(notes)] if notes else []

    def rates(self) -> list[str]:
        """Records and errors over time."""
        step, bins = self._totals.rates.bins(self._width - _MARGIN)
        if not bins:
            return []
        style, signs = self._screen.style, self._screen.signs
        wide = max(min((self._width - _MARGIN) // len(bins), _WIDEST), 1)
        records, errors = ([row[n] for row in bins for _ in range(wide)] for n in (1, 2))
        lines = [self._title(f"over time, {_duration(step)} a bar")]
        for number, row in enumerate(columns(records, 4, signs)):
            label = f"{max(records):>8,} " if number == 0 else " " * 9
            lines.append(style(label, DIM) + style(row.rstrip(), _CYAN))
        if any(errors):
            label = style(f"{max(errors):>8,} ", DIM)
            lines.append(label + style(columns(errors, 1, signs)[0], _RED) + " errors")
        begin, end = (self._clock(bins[n][0]) for n in (0, -1))
        gap = len(records) - len(begin) - len(end)
        axis = f"{begin}{' ' * gap}{end}" if gap > 0 else begin
        return [*lines, style(" " * 9 + axis, DIM)]

    def levels(self) -> list[str]:
        """Records of each level, with its share."""
        rows = []
        for level, number in self._totals.by_level.most_common():
            share = number / self._totals.records
            drawn = self._screen.style(
                bar(share, _BAR, self._screen.signs), LEVEL_STYLES.get(level, "")
            )
            rows.append((visible(level), f"{number:,}", f"{share:.1%}", drawn))
        return self._table(("level", "records", "share", ""), rows, "lrrl") if rows else []

    def components(self) -> list[str]:
        """The busiest components."""
        totals = self._totals
        rows = []
        for component, number in totals.by_component.most_common(_ROWS):
            errors = totals.errors_by_component[component]
            shown = self._screen.style(f"{errors:,}", _RED if errors else DIM)
            share = number / totals.records
            drawn = self._screen.style(bar(share, _BAR, self._screen.signs), _CYAN)
            name = cut(visible(component), 24, self._dots)
            rows.append((name, f"{number:,}", shown, f"{share:.1%}", drawn))
        table = self._table(("component", "records", "errors", "share", ""), rows, "lrrrl")
        return [*table, *self._more(len(totals.by_component))] if rows else []

    def latencies(self) -> list[str]:
        """Percentiles of requests and operations, the most frequent first."""
        found = [
            (f"{'api' if kind == 'api_request' else 'op'}  {name}", latency)
            for kind, of_kind in self._totals.latencies.items()
            for name, latency in of_kind.items()
        ]
        found.sort(key=lambda row: -row[1].count)
        room = max(self._width - 60, 16)
        rows = []
        for name, latency in found[:_ROWS]:
            figures = latency.figures()
            failed = self._screen.style(f"{latency.failed:,}", _RED if latency.failed else DIM)
            rows.append(
                (
                    cut(visible(name), room, self._dots),
                    f"{latency.count:,}",
                    failed if name.startswith("api") else "",
                    *(_ms(figures[f"{key}_ms"]) for key in ("p50", "p95", "p99", "max")),
                )
            )
        header = ("latency in ms", "count", "failed", "p50", "p95", "p99", "max")
        return [*self._table(header, rows, "lrrrrrr"), *self._more(len(found))] if rows else []

    def memory(self) -> list[str]:
        """Resident memory of the processes that measured it longest."""
        known = sorted(self._totals.memory.items(), key=lambda item: -len(item[1].points))
        rows = [self._memory(run, memory) for run, memory in known[: _ROWS // 2]]
        header = ("memory in MB", "process", "first", "last", "peak", "")
        more = self._more(len(known), _ROWS // 2)
        return [*self._table(header, rows, "lrrrrl"), *more] if rows else []

    def _memory(self, run: str, memory: Memory) -> _Row:
        sizes = [size / 1e6 for _, size in memory.points]
        width = max(min(self._width - 58, 60), 8)
        drawn = spark([sizes[n * len(sizes) // width] for n in range(width)], self._screen.signs)
        if len(sizes) < width:
            drawn = spark(sizes, self._screen.signs)
        first, last, peak = (f"{size:.1f}" for size in (sizes[0], sizes[-1], max(sizes)))
        drawn = self._screen.style(drawn, _GREEN) if len(sizes) > 1 else ""
        return visible(run), str(memory.process), first, last, peak, drawn

    def patterns(self) -> list[str]:
        """The most frequent errors: what, how often, when last, where."""
        found = self._totals.patterns.top()
        if not found:
            return []
        lines = [self._title("errors, the most frequent first")]
        for row in found:
            kind = f"{row['type']}: " if row["type"] else ""
            what = visible(f"{kind}{row['message']}")
            last = self._moment(row["last_seen"][:19])
            where = visible(f"{row['component']}  {row['place']}")
            count = self._screen.style(f"{row['count']:>8,} ", _RED)
            lines.append(count + cut(what, self._width - 9, self._dots))
            place = cut(f"last {last}  {where}", self._width - 9, self._dots)
            lines.append(" " * 9 + self._screen.style(place, DIM))
        return lines

    def _table(self, header: _Row, rows: Sequence[_Row], sides: str) -> list[str]:
        plain = [[_bare(cell) for cell in row] for row in [header, *rows]]
        widths = [max(map(cells, column)) for column in zip(*plain, strict=True)]
        lines = [self._line(header, widths, sides, _BOLD)]
        return [*lines, *(self._line(row, widths, sides) for row in rows)]

    def _line(self, row: _Row, widths: list[int], sides: str, style: str = "") -> str:
        placed = []
        for cell, width, side in zip(row, widths, sides, strict=True):
            bare = _bare(cell)
            filled = (
                padded(bare, width, side == "r").replace(bare, cell, 1) if bare else " " * width
            )
            placed.append(self._screen.style(filled, style))
        return "  ".join(placed).rstrip()

    def _more(self, number: int, most: int = _ROWS) -> Iterator[str]:
        if number > most:
            yield self._screen.style(f"{self._dots} {number - most} more", DIM)

    def _title(self, title: str) -> str:
        return self._screen.style(title, _BOLD)

    def _moment(self, second: str) -> str:
        return f"{local(second + 'Z', self._zone):%Y-%m-%d %H:%M:%S}"

    def _clock(self, seconds: float) -> str:
        moment = datetime.fromtimestamp(seconds, timezone.utc).astimezone(self._zone)
        days = self._totals.first[:10] != self._totals.last[:10]
        return f"{moment:%m-%d %H:%M}" if days else f"{moment:%H:%M:%S}"


def _bare(cell: str) -> str:
    """A cell without our colours; what is of the files is escaped already."""
    while (start := cell.find("\x1b[")) >= 0:
        cell = cell[:start] + cell[cell.index("m", start) + 1 :]
    return cell


def _size(number: float) -> str:
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:.3g} GB"


def _ms(value: float) -> str:
    if value >= 1e6:
        return f"{value:.2e}"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}"


def _duration(seconds: int) -> str:
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
