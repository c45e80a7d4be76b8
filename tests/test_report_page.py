"""The report in the real Chromium: what it draws, says and asks for; keys, themes, phone, print."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from chromium import Chromium, program
from written import line

from anivault_loguru.cli.report.findings import Findings
from anivault_loguru.cli.report.page import Source, page

pytestmark = pytest.mark.skipif(
    program() is None, reason="Chromium is not installed (Debian package chromium)"
)

# The pixels of a canvas, by way of a copy that is made to be read.
PIXELS = """((canvas) => {
    const context = new OffscreenCanvas(canvas.width, canvas.height)
        .getContext("2d", { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    return context.getImageData(0, 0, canvas.width, canvas.height).data; })"""
# How many pixels of each canvas are not clear.
DRAWN = f"""[...document.querySelectorAll("canvas")].map((canvas) =>
    {PIXELS}(canvas).filter((value, place) => place % 4 == 3 && value).length)"""
# The opaque colours of the first.
INK = f"""(() => {{ const data = {PIXELS}(document.querySelector("canvas")), seen = new Set();
    for (let i = 0; i < data.length; i += 4)
        if (data[i + 3] == 255) seen.add([data[i], data[i + 1], data[i + 2]].join());
    return [...seen]; }})()"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """One browser for all tests."""
    with Chromium(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with every chart and table, and words that are too long for a phone."""
    lines = []
    for n in range(400):
        level = ("INFO", "INFO", "WARNING", "ERROR")[n % 4]
        requests = {"endpoint": "/3/tv/" + "x" * 200, "status_code": 200, "duration_ms": 1 + n}
        process = {"process": {"rss_bytes": 5e7 + n}}
        lines += [
            line(9 * n, event="api_request", fields=requests, level=level, message="y" * 200),
            line(9 * n, event="cache", fields={"hit": n % 3 > 0}, component="z" * 100),
            line(9 * n, event="file.processed"),
            line(9 * n, event="metrics.summary", run="a", fields=process),
            line(9 * n, event="metrics.summary", run="b", fields=process),
            line(9 * n, event="performance", fields={"operation": "scan", "duration_ms": n}),
        ]
    return written(tmp_path_factory.mktemp("full"), lines)


def written(folder: Path, lines: list[bytes]) -> Path:
    """The report of lines as a file."""
    found = Findings()
    for each in lines:
        found.take(orjson.loads(each), len(each))
    found.finish()
    path = folder / "report.html"
    path.write_text(page(found, Source("Report", "logs", "2026-11-24 12:00")), "utf-8")
    return path


def test_it_draws_every_chart_without_a_word_and_without_a_request(
    browser: Chromium, full: Path
) -> None:
    """Six canvases with something on them; nothing on the console; one request: the file."""
    browser.screen(1280, 900)
    browser.open(full)
    drawn = browser.evaluate(DRAWN)
    assert len(drawn) == 6
    assert all(pixels > 500 for pixels in drawn)
    assert browser.said == []
    assert browser.asked == [full.as_uri()]


def test_an_empty_report_says_nothing_wrong(browser: Chromium, tmp_path: Path) -> None:
    """No charts, no error on the console."""
    browser.open(written(tmp_path, []))
    assert browser.evaluate("document.querySelectorAll('canvas').length") == 0
    assert browser.said == []


def test_a_single_record_is_drawn(browser: Chromium, tmp_path: Path) -> None:
    """One bucket is no line, but it is something on the chart."""
    fields = {"endpoint": "/a", "status_code": 200, "duration_ms": 5}
    browser.open(written(tmp_path, [line(0, event="api_request", fields=fields)]))
    assert len(browser.evaluate(DRAWN)) == 3
    assert browser.said == []


def test_the_policy_keeps_scripts_and_requests_out(browser: Chromium, full: Path) -> None:
    """A script that gets into the page does not run, and nothing can be fetched or sent."""
    browser.open(full)
    browser.evaluate(
        "(() => { const s = document.createElement('script'); s.textContent = 'window.got = 1';"
        " document.body.append(s); const i = document.createElement('img');"
        " i.src = 'http://127.0.0.1:9/a.png'; i.setAttribute('onerror', 'window.got = 2');"
        " document.body.append(i); })()"
    )
    fetched = "fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')"
    assert browser.evaluate(fetched) == "refused"
    assert browser.evaluate("window.got") is None
    assert any("Content Security Policy" in text for text in browser.said)


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_page_never_scrolls_sideways(browser: Chromium, full: Path, width: int) -> None:
    """On a phone wide tables scroll within their frame; every chart is as wide as its card."""
    browser.screen(width, 800)
    browser.open(full)
    assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert browser.evaluate(
        "[...document.querySelectorAll('.uplot')].every((plot) =>"
        " Math.abs(plot.getBoundingClientRect().width - plot.parentElement.clientWidth) < 2)"
    )


def test_light_and_dark_follow_the_reader(browser: Chromium, full: Path) -> None:
    """Background, and the ink of charts that are already drawn, change with the preference."""
    look = "getComputedStyle(document.body).backgroundColor"
    browser.screen(1280, 900)
    browser.open(full)
    light = browser.evaluate(look), browser.evaluate(INK)
    browser.screen(1280, 900, dark=True)
    browser.until(f"String({INK}) !== {','.join(light[1])!r}")
    dark = browser.evaluate(look), browser.evaluate(INK)
    assert light[0] == "rgb(246, 247, 248)"
    assert dark[0] == "rgb(17, 20, 23)"
    assert not set(light[1]) & set(dark[1])
    assert browser.said == []


def test_the_keyboard_reads_and_zooms(browser: Chromium, full: Path) -> None:
    """Tab reaches a chart; arrows read values aloud and beside the legend; + zooms, 0 shows all."""
    browser.screen(1280, 900)
    browser.open(full)
    focused = "document.activeElement.dataset.chart"
    while browser.evaluate(focused) is None:
        browser.press("Tab")
    assert browser.evaluate(focused) == "records"
    said = "document.querySelector('[data-said=records]').textContent"
    browser.press("Home")
    first = browser.evaluate(said)
    assert first.startswith("23 Nov, 01:00:00: Records ")
    browser.press("ArrowRight")
    assert browser.evaluate(said) > first
    assert browser.evaluate("document.querySelector('[data-keys=records] b').textContent") != ""
    # The cursor of the other charts goes along.
    assert browser.evaluate("document.querySelector('[data-keys=memory] b').textContent") != ""
    before = browser.evaluate(DRAWN)
    browser.press("+")
    browser.until(f"String({DRAWN}) !== '{','.join(map(str, before))}'")
    browser.press("0")
    browser.until(f"String({DRAWN}) === '{','.join(map(str, before))}'")


def test_what_a_chart_says_is_what_its_table_says(browser: Chromium, full: Path) -> None:
    """The values at the cursor, rounded alike."""
    browser.screen(1280, 900)
    browser.open(full)
    browser.evaluate("document.querySelector('[data-chart=latency]').focus()")
    for key in ("Home", "ArrowRight", "ArrowRight"):
        browser.press(key)
    for name in ("records", "latency", "throughput", "cache", "memory"):
        shown = browser.evaluate(
            f"[...document.querySelectorAll('[data-keys={name}] b')].map((b) => b.textContent)"
        )
        row = f"document.querySelectorAll('[aria-labelledby={name}] tbody tr')[2].cells"
        table = browser.evaluate(f"[...{row}].slice(1).map((cell) => cell.textContent)")
        assert [re.sub(r" ms|%", "", text) for text in shown] == table


def test_every_focus_stop_has_a_name(browser: Chromium, full: Path) -> None:
    """As Chromium's accessibility tree has it; tables and headings are there as such."""
    browser.open(full)
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    kept = [node for node in nodes if not node.get("ignored")]

    def stands(node: dict[str, object], name: str) -> bool:
        return any(p["name"] == name and p["value"]["value"] for p in node.get("properties", []))  # type: ignore[attr-defined]

    stops = [node for node in kept if stands(node, "focusable")]
    assert len(stops) > 15
    assert all(node["name"]["value"] for node in stops if node["role"]["value"] != "main")
    roles = {node["role"]["value"] for node in kept}
    assert {"heading", "table", "columnheader", "rowheader", "main", "region"} <= roles


def test_it_prints_in_light_colours_with_its_charts(browser: Chromium, full: Path) -> None:
    """From a dark screen too; afterwards the screen is as it was."""
    browser.screen(1280, 900, dark=True)
    browser.open(full)
    browser.until(f"!String({INK}).includes('34,87,196')")
    before = browser.evaluate(INK)
    pdf = base64.b64decode(browser.call("Page.printToPDF")["data"])
    assert pdf.startswith(b"%PDF")
    browser.until("document.documentElement.className === ''")
    assert browser.evaluate(INK) == before
    browser.evaluate("dispatchEvent(new Event('beforeprint'))")
    printed = browser.evaluate(INK)
    browser.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not set(printed) & set(before)
    assert browser.said == []
