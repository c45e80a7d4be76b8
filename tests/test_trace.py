"""`anivault-log trace`: one request over all channels and processes, in time."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from written import backup, line, put

from anivault_loguru.cli import main
from anivault_loguru.cli.reading import decode
from anivault_loguru.cli.screen import Screen, cells
from anivault_loguru.cli.timeline import Timeline

STACK = "Traceback (most recent call last):\n  deep\nOSError: no way\n"


def request(folder: Path) -> Path:
    """A folder in which one request runs through three channels and two processes."""
    mine = {"request_id": "ab12-long-enough-to-cut"}
    put(
        folder / backup("pipeline", 1),
        [line(0, "scan", component="scanner", **mine), line(0.1, "other", request_id="zz")],
    )
    put(folder / "pipeline.log", [line(0.5, "matched", component="matcher", **mine, process=77)])
    failed = line(
        0.6, "gave up", component="tmdb", level="ERROR", **mine,
        exception={"type": "OSError", "message": "no \x1b way", "stacktrace": STACK},
    )  # fmt: skip
    asked = line(
        0.4, "API request /3 answered 200 in 300.0 ms", component="tmdb", event="api_request",
        fields={"endpoint": "/3", "status_code": 200, "duration_ms": 300.0}, **mine,
    )  # fmt: skip
    put(folder / "network.log", [asked, failed])
    put(folder / "error.log", [failed])
    return folder


GOLDEN = """\
request ab12-long-enough-to-cut   2026-11-23 01:00:00   600.0 ms   4 records   1 error   \
2 processes   error, network, pipeline

   +0.0 ms           ·                        I scanner 4242 scan
 +400.0 ms  400.0 ms     ━━━━━━━━━━━━         I tmdb    4242 API request /3 answered 200 in 300.0 ms
 +500.0 ms  100.0 ms                    ·     I matcher   77 matched
 +600.0 ms  100.0 ms                        · E tmdb    4242 gave up
                                                             OSError: no \\u001b way
"""


def test_the_timeline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Golden: offsets, gaps, bars, processes; a copy once, nothing of other requests."""
    assert main(["trace", "ab12-long-enough-to-cut", str(request(tmp_path)), "--utc"]) == 0
    assert capsys.readouterr().out == GOLDEN


@pytest.mark.parametrize("part", ["ab12…", "ab12*", "a*"])
def test_the_beginning_of_an_id_is_enough(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], part: str
) -> None:
    """As tail shows it on a terminal."""
    assert main(["trace", part, str(request(tmp_path)), "--utc"]) == 0
    assert capsys.readouterr().out == GOLDEN


def test_a_beginning_of_several_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With their names; status 2."""
    assert main(["trace", "*", str(request(tmp_path))]) == 2
    assert "2 requests begin like that: ab12-long-enough-to-cut, zz" in capsys.readouterr().err


def test_no_such_request_is_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And a sentence, with what is hostile in it escaped."""
    assert main(["trace", "none\x1b", str(request(tmp_path))]) == 1
    assert capsys.readouterr().err == "no record of request none\\u001b\n"


def test_json(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """One object: the figures of the request, and its records with theirs."""
    assert main(["trace", "ab12*", str(request(tmp_path)), "--json"]) == 0
    found = orjson.loads(capsysbinary.readouterr().out)
    records = found.pop("records")
    assert found == {
        "request_id": "ab12-long-enough-to-cut",
        "first": "2026-11-23T01:00:00.000000Z",
        "last": "2026-11-23T01:00:00.600000Z",
        "duration_ms": 600.0,
        "processes": ["4242", "77"],
        "channels": ["error", "network", "pipeline"],
        "by_level": {"INFO": 3, "ERROR": 1},
    }
    assert [row["offset_ms"] for row in records] == [0.0, 400.0, 500.0, 600.0]
    assert [row["took_ms"] for row in records] == [None, 300.0, None, None]
    assert records[3]["exception"]["stacktrace"] == STACK


def test_stack_traces_are_shown_when_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --full."""
    main(["trace", "ab12*", str(request(tmp_path)), "--full"])
    assert "    Traceback (most recent call last):\n" in capsys.readouterr().out


def test_an_event_that_began_before_the_first_record_begins_the_request() -> None:
    """Its duration says so."""
    data = line(10, request_id="a", fields={"duration_ms": 2000})
    timeline = Timeline([decode(data) or {}, decode(line(11)) or {}], Screen())
    assert timeline.duration == 3000
    assert [moment.offset for moment in timeline.moments] == [2000, 3000]


@given(
    st.lists(
        st.tuples(st.floats(0, 1e6), st.text(max_size=20), st.floats(allow_nan=False)), min_size=1
    ),
    st.sampled_from([40, 80, 120]),
)
def test_whatever_it_holds_it_is_drawn(rows: list[tuple[float, str, float]], width: int) -> None:
    """Absurd durations, hostile texts: no control characters, bars inside their column."""
    documents = [
        decode(
            line(
                at, text, component=text, request_id="a", process=text, fields={"duration_ms": took}
            )
        )
        for at, text, took in sorted(rows)
    ]
    timeline = Timeline([document or {} for document in documents], Screen(width))
    text = "".join(timeline.rows())
    assert all(unicodedata.category(sign) not in ("Cc", "Cs") for sign in text.replace("\n", ""))
    assert {cells(timeline._bar(moment, 12)) for moment in timeline.moments} == {12}
    assert re.match(r" +\+", text)
