"""The report as one HTML file that needs nothing else: no network, no other file.

Everything that an application logged passes `_text`, which makes it visible and escapes it; the
data of the charts are numbers and our own words.
"""

from __future__ import annotations

import base64
import hashlib
import html
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import orjson

from ...render import visible
from .charts import Chart, Series, charts
from .findings import Findings
from .tables import Table, of_chart, tables
from .timeline import View
from .wording import amount, figure, moment, size, span

__all__ = ["Source", "page"]

_LONGEST = 300
_LICENCE = "https://github.com/leeoniya/uPlot, MIT licence, (c) 2022 Leon Sorokin"


@dataclass(frozen=True)
class Source:
    """What the report is about: a title, where the records are from, and what was wrong there."""

    title: str
    place: str
    made: str
    """When the report was made, in UTC."""
    notes: tuple[str, ...] = ()


def page(found: Findings, source: Source) -> str:
    """Return the HTML of a report. The same findings and source make the same text."""
    view = found.timeline.view()
    drawn = charts(view, found.timeline.total())
    wide, narrow = tables(found)
    style = _file("uplot.css") + _file("report.css")
    library, script = _file("uplot.js"), _file("report.js")
    policy = (
        f"default-src 'none'; script-src {_hash(library)} {_hash(script)}; "
        f"style-src {_hash(style)}; img-src data:; base-uri 'none'; form-action 'none'"
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>{_text(source.title)}</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
{_header(found, source)}
<main id="main" tabindex="-1">
{_figures(found)}
<noscript><p class="note">The charts need JavaScript. The table below each has its figures.</p>\
</noscript>
<div class="charts">
{"".join(_chart(chart, view) for chart in drawn)}</div>
{"".join(_section(table) for table in wide)}<div class="pairs">
{"".join(_section(table) for table in narrow)}</div>
</main>
<footer><p>Made by anivault_loguru on {_text(source.made)} UTC. All times are UTC. \
Percentiles are within 2% of the value. Charts drawn with uPlot ({_LICENCE}).</p></footer>
<script type="application/json" id="data">{_data(drawn, view)}</script>
<script>{library}</script>
<script>{script}</script>
</body>
</html>
"""


def _header(found: Findings, source: Source) -> str:
    lasted = ""
    if found.last:
        lasted = (
            f"<p><time>{_text(moment(found.first))}</time> to "
            f"<time>{_text(moment(found.last))}</time> UTC, {span(found.seconds)}</p>\n"
        )
    notes = "".join(f'<p class="note">{_text(note)}</p>\n' for note in source.notes)
    return (
        f"<header>\n<h1>{_text(source.title)}</h1>\n<p>{_text(source.place)}</p>\n{lasted}{notes}"
        "</header>"
    )


def _figures(found: Findings) -> str:
    total = found.timeline.total()
    failed = f"{total.failed / total.requests:.1%} failed" if total.requests else "none logged"
    latency = total.latency.quantiles(0.95)[0]
    hits = f"{total.hits / total.lookups:.1%}" if total.lookups else "–"
    records, minutes = max(total.records, 1), max(found.seconds, 1) / 60
    peak = max(total.memory.values(), default=0)
    cells = (
        ("Records", f"{total.records:,}", size(total.bytes)),
        ("Errors", f"{total.errors:,}", f"{total.errors / records:.2%} of records"),
        ("Warnings", f"{total.warnings:,}", f"{total.warnings / records:.2%} of records"),
        ("API requests", f"{total.requests:,}", failed),
        ("Latency p95", f"{figure(latency)} ms" if total.latency.count else "–", "of API requests"),
        ("Cache hit rate", hits, amount(total.lookups, "look-up")),
        ("Files processed", f"{total.files:,}", f"{figure(total.files / minutes)} a minute"),
        ("Most memory", size(peak) if peak else "–", "of one process"),
    )
    shown = "".join(
        f"<div><dt>{label}</dt><dd><strong>{value}</strong> <span>{more}</span></dd></div>\n"
        for label, value, more in cells
    )
    return f'<h2 class="unseen">Totals</h2>\n<dl class="figures">\n{shown}</dl>'


def _chart(chart: Chart, view: View) -> str:
    head = (
        f'<section class="card" aria-labelledby="{chart.name}">\n'
        f'<h2 id="{chart.name}">{chart.title}</h2>\n<p>{chart.summary}</p>\n'
    )
    if not chart.series:
        return head + "</section>\n"
    keys = "".join(_key(series) for series in chart.series)
    help_text = f"{chart.title}, chart. Left and right keys read it; a table follows."
    return (
        f'{head}<ul class="keys" data-keys="{chart.name}">{keys}</ul>\n'
        f'<div class="chart" data-chart="{chart.name}" tabindex="0" role="group" '
        f'aria-label="{help_text}"></div>\n'
        f'<p class="unseen" role="status" data-said="{chart.name}"></p>\n'
        f"<details><summary>Figures of {chart.title[0].lower()}{chart.title[1:]}</summary>"
        f"{_table(of_chart(chart, view))}</details>\n</section>\n"
    )


def _key(series: Series) -> str:
    """A legend's entry: how the series is drawn, its name, and room for the value read."""
    shape = '<rect width="10" height="10" x="7" y="0"/>'
    if series.style != "bars":
        shape = '<line x1="0" y1="5" x2="24" y2="5"/>'
    return (
        f'<li><svg class="{series.style} {series.tone}" width="24" height="10" '
        f'aria-hidden="true">{shape}</svg>{series.label} <b></b></li>'
    )


def _section(table: Table) -> str:
    body = _table(table) if table.rows else f"<p>{table.nothing}</p>\n"
    return (
        f'<section class="card" aria-labelledby="{table.name}">\n'
        f'<h2 id="{table.name}">{table.title}</h2>\n{body}</section>\n'
    )


def _table(table: Table) -> str:
    kinds = [*table.kinds, *["figure"] * (len(table.header) - len(table.kinds))]
    head = "".join(
        f'<th scope="col" class="{kind}">{name}</th>'
        for kind, name in zip(kinds, table.header, strict=True)
    )
    rows = "".join(
        f'<tr><th scope="row">{_text(row[0])}</th>'
        + "".join(
            f'<td class="{kind}">{_text(cell)}</td>'
            for kind, cell in zip(kinds[1:], row[1:], strict=True)
        )
        + "</tr>\n"
        for row in table.rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Table: {table.title}">'
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n"
    )


def _data(drawn: list[Chart], view: View) -> str:
    document = {
        "times": view.times,
        "width": view.width,
        "charts": [
            {
                "name": chart.name,
                "unit": chart.unit,
                "series": [
                    {
                        "label": series.label,
                        "style": series.style,
                        "tone": series.tone,
                        "values": [v if v is None else round(v, 3) for v in series.values],
                    }
                    for series in chart.series
                ],
            }
            for chart in drawn
            if chart.series
        ],
    }
    return orjson.dumps(document).decode().replace("<", "\\u003c")


def _text(text: str) -> str:
    """User data as HTML: nothing in it is markup, hidden, or changes the direction of writing."""
    shown = visible(text)
    return html.escape(shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…")


@lru_cache
def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
