"""The seal: one entry and one line for a record, whoever asks."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Logs

from anivault_loguru import configure, logger, metrics
from anivault_loguru.entry import Run, problems
from anivault_loguru.seal import Seal


def sealed(max_bytes: int, mask_line: Callable[[bytes], bytes] = bytes, **changes: Any) -> bytes:
    """The line of a record with this message, these fields, this exception."""
    seal = Seal(run=Run(), mask_line=mask_line, max_bytes=max_bytes)
    return seal.seal(
        0,
        "INFO",
        20,
        "app",
        changes.get("message", "x"),
        changes.get("fields", {}),
        "module",
        "function",
        1,
        1,
        "thread",
        changes.get("exception"),
    ).line


def test_copies_are_the_same_bytes(logs: Logs) -> None:
    """A record in its own channel and in `error` is the same line."""
    logger.bind(component="cache").error("x", n=1)
    own = (logs.folder / "pipeline.log").read_bytes()
    assert own == (logs.folder / "error.log").read_bytes() != b""


def test_a_patched_extra_still_makes_one_entry(logs: Logs) -> None:
    """A patcher that replaces the extra does not make two records of one."""

    def patcher(record: Any) -> None:
        record["extra"] = {"n": 2}

    logger.patch(patcher).error("x")
    assert logs.lines("app") == logs.lines("error")
    assert logs.lines("app")[0]["fields"] == {"n": 2}


def test_what_rides_on_a_record_stays_invisible(logs: Logs) -> None:
    """A user's sink sees a plain extra, which pickles as a plain dictionary."""
    seen: list[Any] = []
    logger.add(lambda message: seen.append(message.record["extra"]), format="{message}")
    logger.info("x", n=1)
    assert seen == [{"n": 1}]
    assert repr(seen[0]) == "{'n': 1}"
    assert type(pickle.loads(pickle.dumps(seen[0]))) is dict


def test_records_are_counted_by_level_and_component(logs: Logs) -> None:
    """Each record counts once, in how many channels it may stand."""
    series = 'records{component="cache",level="ERROR"}'
    before = metrics.snapshot()["counters"].get(series, 0)
    logger.bind(component="cache").error("x")
    assert metrics.snapshot()["counters"][series] == before + 1


@pytest.mark.parametrize("limit", [1_000, 5_000, 20_000])
@pytest.mark.parametrize(
    "changes",
    [
        {"message": "긴 메시지 " * 20_000},
        {"fields": {"text": "日本語" * 20_000}},
        {"fields": {f"key{n}": n for n in range(20_000)}},
        {"fields": {"list": ["word"] * 20_000}},
        {"exception": {"type": "E", "message": "m" * 50_000, "stacktrace": "s" * 50_000}},
        {"message": "\x00" * 50_000},
    ],
)
def test_a_long_record_is_cut_and_says_so(limit: int, changes: dict[str, Any]) -> None:
    """However a record is too long, its line fits, stays valid, and tells how long it was."""
    line = sealed(limit, **changes)
    document = json.loads(line)
    assert len(line) <= limit
    assert problems(document) == []
    assert document["fields"]["record_cut"] > limit


def test_one_field_too_many_does_not_cost_the_others() -> None:
    """What fits is kept: the small fields stay, the endless one goes."""
    line = sealed(10_000, fields={"id": 5, "data": list(range(300_000)), "name": "kept"})
    fields = json.loads(line)["fields"]
    assert (fields["id"], fields["name"]) == (5, "kept")
    assert "data" not in fields


def test_masking_comes_before_the_cut() -> None:
    """A secret at the place of the cut leaves no half of itself."""
    masked: list[int] = []

    def mask_line(line: bytes) -> bytes:
        masked.append(len(line))
        return line

    sealed(1_000, mask_line, message="x" * 10_000)
    assert masked[0] > 10_000


def test_a_record_within_the_limit_is_left_alone(logs: Logs) -> None:
    """The setting is in bytes of the line; a shorter one has no mark."""
    configure(dir=logs.folder, max_record_bytes="2 kB", console={"enabled": False})
    logger.info("x" * 1_000)
    logger.info("x" * 3_000)
    first, second = logs.lines()
    assert first["message"] == "x" * 1_000
    assert first["fields"] == {}
    assert second["fields"]["record_cut"] > 3_000
    assert second["message"].endswith("x…")
