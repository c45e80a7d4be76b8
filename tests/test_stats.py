"""`anivault-log stats`: what records add up to, read fast, and shown."""

from __future__ import annotations

import gzip
import itertools
import random
import re
import subprocess
import sys
import unicodedata
from datetime import timezone
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from written import backup, line, put, stamp

from anivault_loguru import configure, events, logger, shutdown
from anivault_loguru.cli import main
from anivault_loguru.cli.reading import Selection, decode, sources_of
from anivault_loguru.cli.screen import Screen, cells
from anivault_loguru.cli.stats import scan as scan_module
from anivault_loguru.cli.stats.plot import bar, columns, spark
from anivault_loguru.cli.stats.rates import Rates
from anivault_loguru.cli.stats.scan import Scan
from anivault_loguru.cli.stats.totals import Totals
from anivault_loguru.cli.stats.view import text

COMMAND = [sys.executable, "-m", "anivault_loguru", "stats"]


def figures(*paths: Path, **selection: str) -> dict[str, Any]:
    """The figures of files."""
    return Scan(sources_of(map(str, paths)), Selection(**selection)).run().figures()  # type: ignore[arg-type]


def written(folder: Path) -> Path:
    """A folder with a little of everything."""
    app, network, errors = [], [], []
    for n in range(120):
        app.append(line(n, f"m{n}", component="scanner", level="DEBUG" if n % 3 else "INFO"))
        hit = {"cache_key": f"k{n}", "event_type": "hit" if n % 4 else "miss", "hit": n % 4 > 0}
        app.append(line(n + 0.1, component="cache", event="cache", fields=hit))
        request = {
            "endpoint": f"http://host/3/search?q={n}",
            "status_code": 503 if n % 10 == 0 else 200,
            "duration_ms": float(n + 1),
        }
        network.append(line(n + 0.2, component="tmdb", event="api_request", fields=request))
    for n in range(7):
        wrong = line(n * 10 + 0.3, f"no answer after {n} s", component="tmdb", level="ERROR")
        network.append(wrong)
        errors.append(wrong)
    took = {"operation": "scan", "duration_ms": 12.5, "files": 3}
    app.append(line(120, component="pipeline", event="performance", fields=took))
    summaries = [
        line(60 * n, component="metrics", event="metrics.summary", seq=90_000 + n,
             fields={"process": {"rss_bytes": 30_000_000 + n * 1_000_000}})
        for n in range(4)
    ]  # fmt: skip
    put(folder / backup("pipeline", 60), app[:120])
    put(folder / "pipeline.log", app[120:])
    put(folder / "network.log", network)
    put(folder / "error.log", errors)
    put(folder / "metrics.log", summaries)
    return folder


def test_what_the_records_add_up_to(tmp_path: Path) -> None:
    """Levels, components, errors, latencies, cache, memory, period; copies once."""
    found = figures(written(tmp_path))
    assert found["records"] == 120 * 3 + 7 + 1 + 4
    assert found["errors"] == 7
    assert found["copies"] == 7
    assert found["broken"] == 0
    assert found["by_level"] == {"INFO": 120 * 2 + 40 + 5, "DEBUG": 80, "ERROR": 7}
    assert found["by_component"]["tmdb"] == 127
    assert found["errors_by_component"] == {"tmdb": 7}
    (pattern,) = found["error_patterns"]
    assert (pattern["message"], pattern["count"]) == ("no answer after <n> s", 7)
    search = found["api_request"]["/3/search"]
    assert (search["count"], search["failed"], search["max_ms"]) == (120, 12, 120.0)
    assert search["p50_ms"] == pytest.approx(60.5, rel=0.02)
    assert found["performance"]["scan"]["p99_ms"] == 12.5
    assert found["cache"] == {"hits": 90, "misses": 30, "hit_rate": 0.75}
    assert [size for _, size in found["memory"][0]["rss_bytes"]] == [
        30_000_000 + n * 1_000_000 for n in range(4)
    ]
    assert (found["first"], found["last"]) == ("2026-11-23T01:00:00Z", "2026-11-23T01:03:00Z")
    assert sum(row["records"] for row in found["rates"]["bins"]) == found["records"]
    assert sum(row["errors"] for row in found["rates"]["bins"]) == 7


def test_what_the_library_writes_adds_up(tmp_path: Path) -> None:
    """Each event of the library is understood, quickly read or not."""
    configure(dir=tmp_path, console={"enabled": False})
    for n in range(4):
        events.cache(f'k"{n}', n > 0)
        events.cache(("odd", n), n > 0)
        events.api_request("/3/search/12345", 200, 100)
        events.api_request("/3/search/6", None, None)
        events.performance("scan", 5, files=n)
        logger.bind(component="x").error("wrong {}", n)
    shutdown()
    found = figures(tmp_path)
    assert found["cache"] == {"hits": 6, "misses": 2, "hit_rate": 0.75}
    search = found["api_request"]["/3/search/{id}"]
    assert (search["count"], search["failed"], search["p50_ms"]) == (8, 4, 100)
    assert found["performance"]["scan"]["count"] == 4
    assert found["errors"] == found["copies"] == 4
    assert found["broken"] == 0
    assert found["memory"][0]["rss_bytes"][0][1] > 1_000_000


_EVENTS = st.one_of(
    st.just({"event": "log", "fields": {}}),
    st.builds(
        lambda path, status, ms: {
            "event": "api_request",
            "fields": {"endpoint": path, "status_code": status, "duration_ms": ms},
        },
        st.sampled_from(["/a?x=1", "/b/123", 'q"', "한글"]),
        st.sampled_from([200, 404, None, "odd"]),
        st.sampled_from([1, 2.5, 1e-9, 1e30, -1, None, "x", True]),
    ),
    st.builds(
        lambda key, hit: {
            "event": "cache",
            "fields": {"cache_key": key, "event_type": "hit", "hit": hit},
        },
        st.sampled_from(["k", 'q"\\', {"hit": False}]),
        st.sampled_from([True, False, None]),
    ),
    st.builds(
        lambda name, ms: {"event": "performance", "fields": {"operation": name, "duration_ms": ms}},
        st.sampled_from(["scan", "", 5]),
        st.sampled_from([1, 7.25, None]),
    ),
)
_TRACES: list[dict[str, Any]] = [
    {},
    {"exception": {"type": "E", "message": "no 5", "stacktrace": '  File "a.py", line 1, in f'}},
]
_LINES = st.builds(
    lambda second, message, level, component, more, trace: line(
        second, message, level=level, component=component, **more, **trace
    ),
    st.integers(0, 10**6),
    st.sampled_from(["m", ',"seq":5}', "x\ny", '{"timestamp":"']),
    st.sampled_from(["INFO", "ERROR", "odd"]),
    st.sampled_from(["a", 'b"', "한"]),
    _EVENTS,
    st.sampled_from(_TRACES),
)
_PIECES = st.one_of(
    _LINES,
    st.sampled_from(
        [b"torn", b"\n", b"text\n", b"\xff\n", b'{"a":1}\n', b'{"timestamp":"', b"}\n"]
    ),
)


@given(
    st.lists(_PIECES, max_size=12),
    st.sampled_from(["", stamp(300_000)]),
    st.sampled_from([1 << 16, 700]),
)
@settings(suppress_health_check=list(HealthCheck), max_examples=200)
def test_reading_fast_is_reading_right(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], since: str, chunk: int
) -> None:
    """The law of the short cut: the same figures as by decoding every line, in blocks of any size.

    Errors and stack traces, events with figures, other people's lines, torn ones among them.
    """
    data = b"".join(pieces)
    path = put(tmp_path_factory.mktemp("s") / "app.log", [data])
    rows = data.removesuffix(b"\n").split(b"\n") if data else []
    documents = [decode(row) for row in rows]
    numbers = [document["seq"] for document in documents if document]
    assume(len(set(numbers)) == len(numbers))
    expected, selection = Totals(), Selection(since=since)
    expected.files, expected.bytes = 1, len(data)
    for row, document in zip(rows, documents, strict=True):
        if document is None:
            expected.broken += 1
        elif selection.takes(document, row):
            expected.add(document)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan_module, "_BLOCK", chunk)
        assert figures(path, since=since) == expected.figures()


def test_a_channel_that_takes_everything_counts_once(tmp_path: Path) -> None:
    """Copies of other levels than errors are noticed, and all is read once more."""
    lines = [line(n, component="cache") for n in range(50)]
    put(tmp_path / "all.log", lines)
    put(tmp_path / "pipeline.log", lines[10:30])
    found = figures(tmp_path)
    assert (found["records"], found["copies"], found["files"]) == (50, 20, 2)


def test_a_damaged_block_is_read_line_by_line(tmp_path: Path) -> None:
    """Torn lines, two lines in one, other schemas among them: everything else counts."""
    good = [line(n) for n in range(100)]
    glued = line(200)[:-30] + line(201)
    put(tmp_path / "app.log", [*good[:50], b"oops\n", glued, *good[50:], line(300)[:-9]])
    found = figures(tmp_path)
    assert (found["records"], found["broken"]) == (100, 3)


def test_a_torn_line_leaves_no_trace_but_itself(tmp_path: Path) -> None:
    """Neither its second nor its level is counted."""
    torn = line(1, level="DEBUG")[:-9] + b"\n"
    found = figures(put(tmp_path / "app.log", [torn, line(5), line(6)]))
    assert (found["records"], found["broken"], found["by_level"]) == (2, 1, {"INFO": 2})
    assert found["first"] == "2026-11-23T01:00:05Z"


def test_a_line_in_the_middle_of_a_torn_one_is_broken(tmp_path: Path) -> None:
    """The whole line before it is not."""
    data = [line(0, level="DEBUG"), b"torn", line(1)]
    found = figures(put(tmp_path / "app.log", data))
    assert (found["broken"], found["by_level"]) == (1, {"DEBUG": 1})


def test_damage_is_told_and_the_rest_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2 for a .gz that ends too soon; the headline says how many lines hold no record."""
    random.seed(1)
    lines = [line(n, str(random.random())) for n in range(2000)]
    packed = gzip.compress(b"".join(lines))
    (tmp_path / backup("app", 9999)).write_bytes(packed[: len(packed) // 2])
    put(tmp_path / "app.log", [b"oops\n", line(5000)])
    assert main(["stats", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert "2 lines hold no record" in out
    assert "middle of its compressed data" in err


@pytest.mark.parametrize("damaged", ["2026-13-45T01", "2026-11-23T99", "2026-11-2xT01"])
def test_a_date_that_is_none_is_no_record(tmp_path: Path, damaged: str) -> None:
    """A line of our form with a damaged stamp is broken, whatever else it holds."""
    odd = line(1).replace(b"2026-11-23T01", damaged.encode())
    found = figures(put(tmp_path / "app.log", [line(0), odd, line(2)]))
    assert (found["records"], found["broken"]) == (2, 1)


def test_many_durations_of_one_endpoint_all_count(tmp_path: Path) -> None:
    """However many are waiting to be counted at the end."""
    requests = [
        line(
            n, event="api_request", fields={"endpoint": "/a", "status_code": 200, "duration_ms": n}
        )
        for n in range(1, 1252)
    ]
    found = figures(put(tmp_path / "network.log", requests))["api_request"]["/a"]
    assert (found["count"], found["failed"], found["max_ms"]) == (1251, 0, 1251)
    assert found["p50_ms"] == pytest.approx(626, rel=0.02)


def test_an_error_and_its_copies_count_once(tmp_path: Path) -> None:
    """With a stack trace or without; one that has no number of its own is no copy."""
    trace = {"type": "E", "message": "m", "stacktrace": ""}
    errors = [
        *(line(n, level="ERROR") for n in range(5)),
        *(line(10 + n, level="CRITICAL", exception=trace) for n in range(5)),
        line(20, level="ERROR", seq=0),
        line(30, level="ERROR", run="other"),
    ]
    put(tmp_path / "app.log", errors)
    put(tmp_path / "error.log", errors)
    found = figures(tmp_path)
    assert (found["errors"], found["copies"], found["broken"]) == (13, 11, 0)


def test_only_the_time_asked_for(tmp_path: Path) -> None:
    """To the microsecond at both ends."""
    put(tmp_path / "app.log", [line(n / 10) for n in range(100)])
    found = figures(tmp_path, since=stamp(2.5), until=stamp(7.5))
    assert found["records"] == 50
    assert figures(tmp_path, since=stamp(50))["records"] == 0
    assert figures(tmp_path, until=stamp(-50))["records"] == 0


def test_json_is_one_object(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """With the keys that programs rely on."""
    assert main(["stats", str(written(tmp_path)), "--json"]) == 0
    found = orjson.loads(capsysbinary.readouterr().out)
    assert {"records", "by_level", "by_component", "errors", "broken", "copies"} <= found.keys()


def test_standard_input_is_added_up() -> None:
    """In a pipe, without a name."""
    data = b"".join(line(n) for n in range(9))
    ran = subprocess.run([*COMMAND, "-", "--json"], input=data, capture_output=True)
    assert orjson.loads(ran.stdout)["records"] == 9


GOLDEN = """\
2026-11-23 01:00:00 – 2026-11-23 01:03:00   5 files, 106 kB
372 records   7 errors (1.88%)   cache hit rate 75.0% of 120
7 copies not counted

over time, 5 s a bar
      17 ██▄▄▆▆▄▄▆▆▄▄▆▆▄▄▆▆▄▄▆▆▄▄██▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄▄
         ████████████████████████████████████████████████
         ████████████████████████████████████████████████
         ████████████████████████████████████████████████▄▄                      ▂▂
       1 ██  ██  ██  ██  ██  ██  ██                                                 errors
         01:00:00                                                          01:03:00

level  records  share
INFO       285  76.6%  ██████████████████▍
DEBUG       80  21.5%  █████▏
ERROR        7   1.9%  ▌

component  records  errors  share
tmdb           127       7  34.1%  ████████▎
scanner        120       0  32.3%  ███████▊
cache          120       0  32.3%  ███████▊
metrics          4       0   1.1%  ▎
pipeline         1       0   0.3%  ▏

latency in ms   count  failed   p50    p95    p99    max
api  /3/search    120      12  60.6  113.7  118.7  120.0
op  scan            1          12.5   12.5   12.5   12.5

memory in MB  process  first  last  peak
5f0c9a1e         4242   30.0  33.0  33.0  ▁▃▆█

errors, the most frequent first
       7 no answer after <n> s
         last 2026-11-23 01:01:00  tmdb  anivault.scan:42 in scan
"""


def test_the_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Golden: headline, plot, tables, errors."""
    main(["stats", str(written(tmp_path)), "--utc"])
    out = capsys.readouterr().out
    assert out == GOLDEN


@pytest.mark.parametrize("width", [40, 80, 120, 200])
@pytest.mark.parametrize("signs", [True, False])
def test_the_text_fits_the_screen(tmp_path: Path, width: int, signs: bool) -> None:
    """Wide characters, long names, hostile ones, many of all; ASCII where needed."""
    many = [
        line(n, f"\x1b[2J no {'x' * 200}", component=f"한글{n}" + "c" * 50, level="ERROR",
             event="api_request", fields={"endpoint": f"/{'ab' * 60}z{n}x\x1b", "duration_ms": 1e9})
        for n in range(40)
    ]  # fmt: skip
    put(tmp_path / "app.log", many)
    totals = Scan(sources_of([str(tmp_path), str(written(tmp_path / "more"))]), Selection()).run()
    for color in (False, True):
        shown = text(totals, Screen(width, color, signs), timezone.utc)
        plain = re.sub(r"\x1b\[[0-9;]+m", "", shown)
        assert all(unicodedata.category(sign) != "Cc" for sign in plain if sign != "\n")
        if width >= 80:
            assert [row for row in plain.splitlines() if cells(row) > width] == []
        if not signs:
            assert set(plain) - {"한", "글"} <= {chr(n) for n in range(127)}


def test_no_records_are_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty folder, an empty file; nothing there at all is status 2."""
    assert main(["stats", str(tmp_path)]) == 0
    put(tmp_path / "app.log", [])
    assert main(["stats", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("no records in 0 files")
    assert main(["stats", str(tmp_path / "none")]) == 2
    assert main(["stats", "--follow", "--json", str(tmp_path)]) == 2


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 5), st.integers(0, 3))))
def test_bins_hold_every_record(rows: list[tuple[int, int, int]]) -> None:
    """However they lie in time: none is lost, none comes twice, there are not too many bins."""
    rates = Rates()
    for second, number, errors in rows:
        rates.add(stamp(second), number, errors)
    step, bins = rates.bins(50)
    assert len(bins) <= 50
    assert sum(row[1] for row in bins) == sum(row[1] for row in rows)
    assert sum(row[2] for row in bins) == sum(row[2] for row in rows)
    assert all(later[0] - sooner[0] == step for sooner, later in itertools.pairwise(bins))


def test_many_seconds_are_kept_as_minutes_and_hours() -> None:
    """Memory is bounded; the counts stay."""
    rates = Rates()
    for number in range(50_000):
        rates.add(stamp(number * 61), 1)
    assert len(rates._counts) <= 4096
    assert sum(row[1] for row in rates.bins(100)[1]) == 50_000


def test_plots() -> None:
    """The largest fills the height, what is above zero shows, ASCII will do."""
    assert columns([0, 1, 8, 16], 2) == ["   █", " ▁██"]
    assert columns([0, 1, 16], 1, signs=False) == [" .#"]
    assert columns([], 2) == ["", ""]
    assert spark([1, 2, 8]) == "▁▂█"
    assert spark([5, 5], signs=False) == "  "
    assert bar(0.5, 4) == "██"
    assert bar(0.001, 4) == "▏"
    assert bar(0.0, 4) == ""
    assert bar(0.5, 4, signs=False) == "##"


def test_names_beyond_bounds_are_others(tmp_path: Path) -> None:
    """However many components, endpoints and levels there are, memory is bounded."""
    lines = [
        line(n, component=f"c{n}", level=f"L{n}", event="api_request",
             fields={"endpoint": f"/x{n}z", "status_code": 200, "duration_ms": 1.0})
        for n in range(1200)
    ]  # fmt: skip
    found = figures(put(tmp_path / "app.log", lines))
    assert found["records"] == 1200
    assert len(found["by_component"]) == len(found["by_level"]) == 501
    assert found["by_component"]["other"] == 700
    assert found["api_request"]["other"]["count"] == 700
