"""`anivault-log report`: the figures it shows, what it says of its sources, and the file itself."""

from __future__ import annotations

import os
import random
import re
import sys
from collections import Counter
from datetime import datetime, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import orjson
import pytest
from conftest import Logs
from hypothesis import given, settings
from hypothesis import strategies as st
from written import backup, line, put

from anivault_loguru import configure, events, logger, shutdown
from anivault_loguru.cli import main
from anivault_loguru.cli.report.counts import Counts
from anivault_loguru.cli.report.findings import Findings
from anivault_loguru.cli.report.grouped import Grouped
from anivault_loguru.cli.report.page import Source, page
from anivault_loguru.cli.report.timeline import Timeline
from anivault_loguru.cli.report.wording import amount, clock, figure, size, span

NOON = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)
BAD = "</script><script>alert(1)</script><!-- \"quoted' & \u202eevil\u2066 \u2028 \x1b[2J"


class Page(HTMLParser):
    """A page as a browser reads it: the text of each table's cells, its headings, its elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.links: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action")]
        if tag in ("h1", "h2", "th", "td", "p", "script", "style", "title", "strong"):
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open[-1]][-1] += data


def report(folder: Path, *options: str) -> str:
    """The page that the command makes of a folder."""
    output = folder.parent / "report.html"
    assert main(["report", str(folder), "-o", str(output), *options]) == 0
    return output.read_text("utf-8")


def gathered(lines: list[bytes]) -> Findings:
    """What is found in lines."""
    found = Findings()
    for each in lines:
        found.take(orjson.loads(each), len(each))
    found.finish()
    return found


def shown(lines: list[bytes], title: str = "Log report") -> str:
    """The page of lines."""
    return page(gathered(lines), Source(title, "logs", "2026-11-24 12:00"))


def work() -> None:
    """Log a little of everything."""
    for number in range(4):
        events.cache(f"k{number}", number > 0)
        events.api_request(f"/3/tv/{number + 100}", 503 if number == 3 else 200, 100.0 * number)
    events.file_processed("a.mkv", 10)
    events.performance("scan", 12.5)
    for _ in range(2):
        try:
            raise ValueError("no poster 7")
        except ValueError:
            logger.bind(component="tmdb").exception("failed", request_id="ab12")


# --- the figures


def test_the_figures_are_those_of_the_records(tmp_path: Path) -> None:
    """Totals, percentiles, hit rate, memory and errors; a record in two files counts once."""
    folder = tmp_path / "logs"
    configure(dir=folder, console={"enabled": False}, intercept=False)
    work()
    shutdown()
    records = {each for path in folder.glob("*.log") for each in path.read_bytes().splitlines()}
    text = report(folder)
    found = Page(text)
    assert found.texts["strong"][:4] == [str(len(records)), "2", "1", "4"]
    assert "25.0% failed" in text
    assert "75.0%" in found.texts["strong"]
    cells = found.texts["th"] + found.texts["td"]
    assert {"ValueError: no poster <n>", "ab12", "/3/tv/{id}", "scan", "/3/tv/103"} <= set(cells)
    assert "No memory figures" not in text


def test_counts_are_right_whatever_the_order() -> None:
    """Counts, sums, buckets and the slowest are the same for shuffled records."""
    lines = [
        line(
            7 * n,
            level=("INFO", "WARNING", "ERROR")[n % 3],
            component=f"c{n % 5}",
            event="api_request",
            fields={"endpoint": "/a", "status_code": 200, "duration_ms": n},
        )
        for n in range(900)
    ]
    shuffled = random.Random(1).sample(lines, len(lines))
    for found in (gathered(lines), gathered(shuffled)):
        total = found.timeline.total()
        assert (total.records, total.warnings, total.errors) == (900, 300, 300)
        assert total.bytes == sum(map(len, lines))
        assert {name: row.records for name, row in found.components.top(9)} == dict.fromkeys(
            (f"c{n}" for n in range(5)), 180
        )
        assert [request.duration_ms for request in found.slowest()] == list(range(899, 879, -1))
        assert found.seconds == 899 * 7
    one, other = (gathered(each).timeline.view().buckets for each in (lines, shuffled))
    assert [bucket.records for bucket in one] == [bucket.records for bucket in other]


def test_each_records_time_is_in_its_bucket() -> None:
    """The buckets count what a plain count by time finds."""
    seconds = [random.Random(3).randrange(90_000) for _ in range(2000)]
    view = gathered([line(second, seq=n) for n, second in enumerate(seconds)]).timeline.view()
    start = view.start - 1_795_395_600
    plain = Counter((second - start) // view.width for second in seconds)
    assert [bucket.records for bucket in view.buckets] == [
        plain[number] for number in range(len(view.buckets))
    ]


def test_memory_of_processes_adds_up_while_they_run() -> None:
    """Between two figures of a process the earlier holds; after its last it is gone."""
    lines = [
        line(second, event="metrics.summary", run=run, fields={"process": {"rss_bytes": rss}})
        for second, run, rss in [(0, "a", 10e6), (1, "b", 5e6), (2, "b", 7e6), (3, "a", 20e6)]
    ]
    text = shown(lines)
    data = orjson.loads(re.findall(r'id="data">(.*?)</script>', text)[0])
    memory = next(chart for chart in data["charts"] if chart["name"] == "memory")
    assert [row["values"] for row in memory["series"]] == [
        [10e6, 15e6, 17e6, 20e6],
        [10e6, 10e6, 10e6, 20e6],
    ]


# --- constant memory


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(-(10**10), 10**11), min_size=1, max_size=300))
def test_a_timeline_keeps_every_record_in_few_buckets(seconds: list[int]) -> None:
    """However far apart the times are: nothing is lost, no more buckets than asked for."""
    timeline = Timeline(most=20)
    for second in seconds:
        bucket, start, end = timeline.at(second)
        bucket.records += 1
        assert start <= second < end
    view = timeline.view(most=30)
    assert len(view.buckets) <= 30
    assert len(timeline._buckets) <= 20
    assert sum(bucket.records for bucket in view.buckets) + view.outside == len(seconds)
    assert timeline.total().records == len(seconds)


def test_a_wrong_clock_does_not_press_the_rest_together() -> None:
    """Records of 1970 among a thousand of an hour lie outside the charts, and are counted."""
    timeline = Timeline()
    timeline.at(5)[0].records += 1
    for second in range(1000):
        timeline.at(1_795_395_600 + 3 * second)[0].records += 1
    view = timeline.view()
    assert view.outside == 1
    assert view.width <= 15
    assert view.start >= 1_795_395_000


def test_a_long_pause_is_no_wrong_clock() -> None:
    """Two halves a month apart are both shown."""
    timeline = Timeline()
    for day in (0, 30):
        for second in range(500):
            timeline.at(day * 86_400 + second)[0].records += 1
    assert timeline.view().outside == 0


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 60), max_size=300))
def test_groups_keep_sums_and_few_names(numbers: list[int]) -> None:
    """Every sum is exact, whatever was folded; a name that is kept has no more than its own."""
    grouped = Grouped(most=10)
    for number in numbers:
        grouped.of(str(number)).records += 1
    rows = grouped.top(10)
    assert len(rows) <= 11
    assert sum(row.records for _, row in rows) == len(numbers)
    counts = Counter(map(str, numbers))
    assert all(row.records <= counts[name] for name, row in rows if name is not None)


def test_nothing_grows_with_the_number_of_names() -> None:
    """Twenty thousand components, runs, endpoints, errors and months: bounded tables, a page
    under 1 MB."""
    found = Findings()
    for n in range(20_000):
        name = f"{n}-" + "x" * 400
        fields = {"endpoint": f"/{name}", "status_code": 500, "duration_ms": n, "operation": name}
        event = ("api_request", "performance")[n % 2]
        document = orjson.loads(
            line(n * 1e5, component=name, run=name, level="ERROR", event=event, fields=fields)
        )
        found.take(document, 100)
    found.finish()
    for group in (found.components, found.runs, found.endpoints, found.operations):
        assert len(group._rows) <= 200
    assert len(found.slowest()) == 20
    assert len(found._pending) <= 1000
    text = page(found, Source("t", "logs", "2026-11-24 12:00"))
    assert len(text.encode()) < 1_000_000
    assert "(all others)" in text


# --- the page


@pytest.mark.parametrize("where", ["message", "component", "endpoint", "operation", "run", "level"])
def test_user_data_is_text_and_nothing_else(where: str) -> None:
    """Markup, quotes, comments, bidi controls and line separators are shown as they are written."""
    keys: dict[str, Any] = {"level": "ERROR", "event": "api_request", "fields": {}}
    if where in ("endpoint", "operation"):
        keys["event"] = "api_request" if where == "endpoint" else "performance"
        keys["fields"] = {where: BAD, "status_code": BAD, "duration_ms": 1}
    else:
        keys[where] = BAD
    keys["exception"] = {"type": BAD, "message": BAD, "stacktrace": f'  File "{BAD}", line 1, in x'}
    text = shown([line(0, request_id=BAD, **keys)], title=BAD)
    found = Page(text)
    assert found.tags["script"] == 3
    assert found.tags["img"] == found.tags["iframe"] == 0
    assert "<!--" not in text
    assert not set("\u202e\u2066\u2028\x1b") & set(text)
    escaped = BAD.translate({ord(c): ascii(c)[1:-1] for c in "\u202e\u2066\u2028"})
    escaped = escaped.replace("\x1b", "\\u001b")
    assert found.texts["h1"] == [escaped]
    assert escaped in found.texts["td"] + found.texts["th"]


def test_the_page_needs_nothing_else() -> None:
    """No address but its own anchor and an empty icon; a policy that allows no other."""
    text = shown([line(0)])
    assert Page(text).links == ["data:,", "#main"]
    policy = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)[0]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_licence_of_uplot_is_shipped() -> None:
    """Beside its file in the package, and named in each report."""
    from anivault_loguru.cli import report as package

    folder = Path(package.__file__).parent
    licence = (folder / "uplot.LICENSE").read_text()
    assert "The MIT License (MIT)" in licence
    assert "Leon Sorokin" in licence
    assert "Leon Sorokin" in shown([])
    assert "v1.6.32" in (folder / "uplot.js").read_text()[:100]


def test_headings_are_in_order_and_every_chart_has_a_table() -> None:
    """One h1, then h2s; each chart has a label, a legend and a table with the same figures."""
    lines = [line(n, event="cache", fields={"hit": n % 2 == 0}, seq=n) for n in range(10)]
    text = shown(lines)
    assert re.findall(r"<h(\d)", text) == ["1", *["2"] * (text.count("<h2"))]
    charts = re.findall(r'data-chart="(\w+)" tabindex="0" role="group" aria-label="[^"]+"', text)
    assert charts == ["records", "throughput", "cache"]
    assert text.count("<details>") == len(charts)
    assert all(f'data-keys="{name}"' in text for name in charts)
    assert '<th scope="row">2026-11-23 01:00:00</th><td class="figure">100</td>' in text


def test_what_was_not_logged_is_said() -> None:
    """No empty chart: a sentence that says where such figures come from."""
    text = shown([line(0)])
    for sentence in (
        "No errors and no warnings.",
        "No API requests were logged. They come from events.api_request().",
        "No cache look-ups were logged.",
        "No memory figures were logged.",
        "No errors were logged.",
    ):
        assert sentence in text
    assert "No records were found." in shown([])


@pytest.mark.parametrize("stamp", ["0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"])
def test_the_first_and_the_last_day_there_is(stamp: str) -> None:
    """No time that a record can have breaks the page."""
    assert stamp[:10] in shown([line(0, timestamp=stamp)])


def test_odd_values_are_no_figures_and_no_crash() -> None:
    """Numbers that are text, infinite, huge or missing; objects where text is expected."""
    odd: list[Any] = [None, "x", True, [], {}, -5, 2**63, 1e308, 0]
    lines = [
        line(
            n,
            event=event,
            run={"a": 1},
            process=[1],
            fields={"duration_ms": value, "status_code": value, "endpoint": value, "hit": value}
            | {"process": {"rss_bytes": value} if n % 2 else value, "operation": value},
        )
        for n, value in enumerate(odd)
        for event in ("api_request", "cache", "performance", "metrics.summary", "file.processed")
    ]
    found = Page(shown(lines))
    assert found.texts["strong"][0] == str(len(lines))


def test_words_for_numbers() -> None:
    """Three digits that count, no exponents, singular for one."""
    assert [figure(n) for n in (0, 0.1234, 47.06, 1724.4)] == ["0", "0.123", "47.1", "1,724"]
    assert [size(n) for n in (0, 999, 1000, 47_100_000, 3e15)] == [
        "0 bytes",
        "999 bytes",
        "1 kB",
        "47.1 MB",
        "3,000 TB",
    ]
    assert [amount(n, "line") for n in (0, 1, 2091)] == ["0 lines", "1 line", "2,091 lines"]
    assert [span(n) for n in (0, 0.05, 1, 90, 900, 86_400)] == [
        "0 seconds",
        "0.05 seconds",
        "1 second",
        "1.5 minutes",
        "15 minutes",
        "1 day",
    ]
    assert [clock(0, width) for width in (1, 60, 86_400)] == [
        "1970-01-01 00:00:00",
        "1970-01-01 00:00",
        "1970-01-01",
    ]


@pytest.mark.parametrize("scheme", [0, 1])
def test_every_tone_can_be_read_on_its_background(scheme: int) -> None:
    """Text and lines have a contrast of 4.5 to 1 at least, light and dark (WCAG 2.2, AA)."""
    from anivault_loguru.cli import report as package

    style = (Path(package.__file__).parent / "report.css").read_text()
    block = re.findall(r":root[^{]*\{([^}]*)\}", style)[scheme]
    tones = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))

    def luminance(tone: str) -> float:
        parts = (int(tone[place : place + 2], 16) / 255 for place in (1, 3, 5))
        red, green, blue = (
            x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for tone in ("ink", "soft", "accent", "bad", "fair", "good"):
        for ground in ("card", "page"):
            dark, light = sorted((luminance(tones[tone]), luminance(tones[ground])))
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (tone, ground)


# --- the command


def test_the_same_records_at_the_same_time_make_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing in the page is drawn or dated but by the clock that is handed in."""
    import argparse

    from anivault_loguru.cli import report as package

    put(tmp_path / "logs" / "app.log", [line(n, level="ERROR", message=f"m{n}") for n in range(50)])
    parser = argparse.ArgumentParser()
    package.add_arguments(parser)
    made = []
    for name in ("a.html", "b.html"):
        arguments = [str(tmp_path / "logs"), "-o", str(tmp_path / name)]
        assert package.run(parser.parse_args(arguments), clock=lambda: NOON) == 0
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
    assert b"2026-11-24 12:00 UTC" in made[0]


def test_since_and_until_bound_what_is_counted(tmp_path: Path) -> None:
    """Records of `until` itself are out."""
    put(tmp_path / "logs" / "app.log", [line(60 * n) for n in range(10)])
    text = report(
        tmp_path / "logs", "--since", "2026-11-23T01:02:00Z", "--until", "2026-11-23T01:05:00Z"
    )
    assert Page(text).texts["strong"][0] == "3"


def test_backups_and_copies_count_once(tmp_path: Path) -> None:
    """Live file, `.gz` backup and error.log together."""
    logs = tmp_path / "logs"
    put(logs / backup("app", 5), [line(1), line(2)])
    put(logs / backup("app", 5, ".log"), [line(1), line(2)])
    put(logs / "app.log", [line(6, level="ERROR")])
    put(logs / "error.log", [line(6, level="ERROR")])
    assert Page(report(logs)).texts["strong"][:2] == ["3", "1"]


def test_what_could_not_be_read_is_said_in_the_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Broken lines by place; a damaged backup by name, with status 2, and the rest is shown."""
    logs = tmp_path / "logs"
    put(logs / "app.log", [line(1), b"what?\n", line(2)])
    text = report(logs)
    assert "1 line could not be read as a record and left out (app.log:2)." in text
    damaged = put(logs / backup("app", 0), [line(3), line(4)])
    damaged.write_bytes(damaged.read_bytes()[:-12])
    assert main(["report", str(logs), "-o", str(tmp_path / "r.html")]) == 2
    notes = [text for text in Page((tmp_path / "r.html").read_text()).texts["p"] if "Not" in text]
    assert len(notes) == 1
    assert damaged.name in notes[0]
    assert "compressed data" in notes[0]
    assert damaged.name in capsys.readouterr().err


def test_a_title_and_where_the_records_are_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The heading is the title; the user's home reads `~`."""
    home = Path(os.environ["HOME"])
    put(home / "logs" / "app.log", [line(0)])
    output = tmp_path / "r.html"
    assert main(["report", str(home / "logs"), "--title", "Monday", "-o", str(output)]) == 0
    found = Page(output.read_text())
    assert found.texts["h1"] == found.texts["title"] == ["Monday"]
    assert found.texts["p"][0] == os.path.join("~", "logs")
    assert str(home) not in output.read_text()


def test_the_configured_folder_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without arguments: its records, into report.html of the working folder."""
    put(tmp_path / "logs" / "app.log", [line(0), line(1)])
    monkeypatch.setenv("ANIVAULT_LOG_DIR", str(tmp_path / "logs"))
    monkeypatch.chdir(tmp_path)
    assert main(["report"]) == 0
    assert (tmp_path / "report.html").exists()
    assert capsys.readouterr().err.startswith("report.html: 2 records, 0 errors, ")


def test_to_standard_output(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """`-o -` writes the page there and what is said to stderr."""
    put(tmp_path / "app.log", [line(0)])
    assert main(["report", str(tmp_path), "-o", "-"]) == 0
    assert capfdbinary.readouterr().out.startswith(b"<!DOCTYPE html>")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
def test_the_file_is_its_owners_alone_and_replaced_whole(tmp_path: Path) -> None:
    """Mode 0600, no scratch file left; what can't be written is said with status 2."""
    put(tmp_path / "logs" / "app.log", [line(0)])
    output = tmp_path / "out" / "r.html"
    output.parent.mkdir()
    output.write_text("old")
    assert main(["report", str(tmp_path / "logs"), "-o", str(output)]) == 0
    assert output.stat().st_mode & 0o777 == 0o600
    assert os.listdir(output.parent) == ["r.html"]
    assert main(["report", str(tmp_path / "logs"), "-o", str(output.parent)]) == 2
    assert main(["report", str(tmp_path / "logs"), "-o", str(tmp_path / "no" / "r.html")]) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["no/folder"], "no file or folder no/folder"), ([".", "--since", "soon"], "soon")],
)
def test_wrong_usage_is_said_with_status_2(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A sentence, no file."""
    monkeypatch.chdir(tmp_path)
    assert main(["report", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert os.listdir(tmp_path) == ["own-home"]


def test_merged_counts_are_sums() -> None:
    """Every number adds up, memory is the larger of each run."""
    one, two = Counts(records=1, memory={"a": 5}), Counts(records=2, files=3, memory={"a": 7})
    two.latency.add(4)
    one.merge(two)
    assert (one.records, one.files, one.latency.count, one.memory) == (3, 3, 1, {"a": 7})


def test_a_live_logger_can_be_reported(logs: Logs) -> None:
    """While programs write: the report reads what is there."""
    logger.info("hello")
    assert Page(report(logs.folder)).texts["strong"][0] == "1"
