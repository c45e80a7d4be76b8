"""The entry and its line: the native schema, key by key."""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import loguru
import orjson
import pytest
from conftest import Logs
from hypothesis import given
from hypothesis import strategies as st

from anivault_loguru import configure, logger
from anivault_loguru.entry import KEYS, Run, problems, stamp
from anivault_loguru.seal import Seal


def encoded(**changes: Any) -> bytes:
    """The line of the contract's example, changed."""
    run = Run(lambda: "5f0c9a1e")
    for _ in range(16):
        run.next()
    values: dict[str, Any] = {
        "time": 1_795_395_723_456_789,
        "level": "INFO",
        "level_no": 20,
        "component": "pipeline",
        "message": "Processed 3 files",
        "extra": {
            "n": 3,
            "component": "pipeline",
            "event": changes.pop("event", "file.processed"),
            "request_id": changes.pop("request_id", "ab12"),
        },
        "logger": "anivault.scan",
        "function": "scan",
        "line_no": 42,
        "process": 4242,
        "thread": "MainThread",
    }
    if "fields" in changes:
        values["extra"] = changes.pop("fields")
    return Seal(run=run, mask_line=bytes, max_bytes=10**9).seal(**{**values, **changes}).line


def document(**changes: Any) -> dict[str, Any]:
    """The same, decoded."""
    decoded: dict[str, Any] = orjson.loads(encoded(**changes))
    return decoded


def test_the_line_of_the_contract() -> None:
    """An entry is written as the documented line, byte by byte."""
    error = {"type": "ValueError", "message": "…", "stacktrace": "…"}
    assert encoded(exception=error).decode() == (
        '{"timestamp":"2026-11-23T01:02:03.456789Z","level":"INFO","component":"pipeline",'
        '"event":"file.processed","message":"Processed 3 files","request_id":"ab12",'
        '"fields":{"n":3},"logger":"anivault.scan","function":"scan","line":42,"process":4242,'
        '"thread":"MainThread","run":"5f0c9a1e","seq":17,'
        '"exception":{"type":"ValueError","message":"…","stacktrace":"…"}}\n'
    )


@given(st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999))
def test_a_stamp_is_the_moment_in_utc_with_six_digits(time: int) -> None:
    """Every microsecond of years 1 to 9999 is written in the one form, and can be read back."""
    text = stamp(time)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", text)
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    assert (moment - epoch) // timedelta(microseconds=1) == time


def test_records_carry_the_documented_keys(logs: Logs) -> None:
    """A plain record has all keys but the optional ones, in order, with values of their types."""
    before = datetime.now(timezone.utc)
    logger.info("hello", n=1)
    (line,) = logs.lines()
    assert list(line) == [
        key for key in KEYS if key not in {"request_id", "trace_id", "span_id", "exception"}
    ]
    assert problems(line) == []
    assert (line["component"], line["event"]) == ("app", "log")
    assert line["fields"] == {"n": 1}
    assert line["process"] == os.getpid()
    assert line["thread"] == "MainThread"
    written = datetime.fromisoformat(line["timestamp"].replace("Z", "+00:00"))
    assert before <= written <= datetime.now(timezone.utc)


def test_ids_come_from_context_and_bind(logs: Logs) -> None:
    """Request, trace and span ids stand at the top, wherever they were set; None is absent."""
    with logger.contextualize(request_id="ab12"):
        logger.bind(trace_id="t" * 32, span_id="s" * 16, component="x", event="e").info("a")
        logger.info("b", request_id=None)
        logger.info("c", event="called", request_id=7)
    first, second, third = logs.lines()
    assert [first[key] for key in ("request_id", "trace_id", "span_id")] == [
        "ab12",
        "t" * 32,
        "s" * 16,
    ]
    assert (first["component"], first["event"], first["fields"]) == ("x", "e", {})
    assert "request_id" not in second
    assert (third["event"], third["request_id"]) == ("called", "7")
    assert problems(first) == problems(third) == []


def test_seq_counts_without_gap_over_all_channels(logs: Logs) -> None:
    """One run, one count: each record has the next number, and its copy the same one."""
    for component in ("app", "cache", "tmdb", "app"):
        logger.bind(component=component).error("x")
    channels = [*logs.lines("app"), *logs.lines("pipeline"), *logs.lines("network")]
    numbers = sorted(line["seq"] for line in channels)
    assert numbers == list(range(numbers[0], numbers[0] + 4))
    assert [line["seq"] for line in logs.lines("error")] == numbers
    assert len({line["run"] for line in channels}) == 1


def test_filtered_records_take_no_number(logs: Logs) -> None:
    """A record below every channel's level leaves no gap, though a user's sink saw it."""
    seen: list[str] = []
    logger.add(seen.append, level="DEBUG", format="{message}")
    logger.info("a")
    logger.debug("b")
    logger.info("c")
    first, last = (line["seq"] for line in logs.lines())
    assert last == first + 1
    assert len(seen) == 3


@pytest.mark.parametrize("through", [logger, loguru.logger], ids=["ours", "loguru's"])
def test_what_only_the_console_takes_leaves_no_gap(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], through: Any
) -> None:
    """With the console more talkative than the channels, the files count on without a gap."""
    logs = Logs(tmp_path / "logs")
    configure(dir=logs.folder, level="WARNING", metrics={"enabled": False})
    for number in range(3):
        through.warning("to both", n=number)
        through.info("to the console")
    numbers = [line["seq"] for line in logs.lines()]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    shown = [orjson.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["seq"] == 0 for line in shown] == [False, True] * 3


def test_without_files_the_console_counts(capsys: pytest.CaptureFixture[str]) -> None:
    """`channels={}`: the stream is all there is, and tells of gaps."""
    configure(channels={}, metrics={"enabled": False})
    logger.info("a")
    logger.info("b")
    first, second = (orjson.loads(line)["seq"] for line in capsys.readouterr().err.splitlines())
    assert second == first + 1 > 1


def test_a_run_is_drawn_anew() -> None:
    """A renewed run has another id and counts from 1."""
    ids = iter(["aaaaaaaa", "bbbbbbbb"])
    run = Run(lambda: next(ids))
    assert (run.id, run.next(), run.next()) == ("aaaaaaaa", 1, 2)
    run.renew()
    assert (run.id, run.next()) == ("bbbbbbbb", 1)


def test_a_run_has_eight_hex_digits() -> None:
    """As the schema says."""
    assert re.fullmatch(r"[0-9a-f]{8}", Run().id)


def test_an_exception_is_type_message_and_stack(logs: Logs) -> None:
    """Causes and notes are in the stack trace; values of variables are not."""
    local_value = "local-" + "value"
    try:
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise ValueError(f"outer {len(local_value)}") from error
    except ValueError:
        logger.exception("failed")
    (line,) = logs.lines("error")
    exception = line["exception"]
    assert list(exception) == ["type", "message", "stacktrace"]
    assert (exception["type"], exception["message"]) == ("ValueError", "outer 11")
    assert "KeyError: 'inner'" in exception["stacktrace"]
    assert "direct cause" in exception["stacktrace"]
    assert 'raise ValueError(f"outer' in exception["stacktrace"]
    assert "local-value" not in exception["stacktrace"]


def test_an_exception_logged_as_a_tuple_or_object(logs: Logs) -> None:
    """`opt(exception=…)` takes what loguru takes."""
    logger.opt(exception=ValueError("given")).error("a")
    logger.opt(exception=True).error("none is being handled")
    first, second = logs.lines("error")
    assert first["exception"]["message"] == "given"
    assert "exception" not in second


def test_records_of_loguru_itself_arrive(logs: Logs) -> None:
    """Code that logs through `from loguru import logger` writes to the same channels."""
    loguru.logger.bind(component="cache").info("theirs {}", 1)
    (line,) = logs.lines("pipeline")
    assert (line["message"], line["logger"]) == ("theirs 1", __name__)


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda d: d.pop("seq"), "missing key 'seq'"),
        (lambda d: d.update(extra=1), "unknown key 'extra'"),
        (lambda d: d.update(line="42"), "'line' is str, not int"),
        (lambda d: d.update(level=d.pop("level")), "keys are out of order"),
    ],
)
def test_problems_names_what_is_wrong(change: Any, finding: str) -> None:
    """Each departure from the schema is named."""
    changed = document()
    assert problems(changed) == []
    change(changed)
    assert problems(changed) == [finding]


def test_problems_of_what_is_no_object() -> None:
    """A JSON value that is no object is no record."""
    assert problems([1]) == ["not a JSON object"]
