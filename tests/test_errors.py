"""Error patterns: what makes one group, what is kept, and that nothing secret is in it."""

from __future__ import annotations

import random
import re
import threading
from typing import Any

import pytest
from conftest import Logs

from anivault_loguru import configure, logger, register_secret
from anivault_loguru.entry import Entry, Run
from anivault_loguru.errors import ErrorPatterns, normalised
from anivault_loguru.seal import Seal
from anivault_loguru.stack import exception_of
from anivault_loguru.tally import tally


def entry(message: str = "failed", error: BaseException | None = None, **changes: Any) -> Entry:
    """Make a sealed entry of level ERROR."""
    extra = {name: changes.pop(name) for name in ("request_id",) if name in changes}
    values: dict[str, Any] = {
        "time": 0,
        "level": "ERROR",
        "level_no": 40,
        "component": "app",
        "message": message,
        "extra": extra,
        "logger": "shop",
        "function": "pay",
        "line_no": changes.pop("lineno", 7),
        "process": 1,
        "thread": "MainThread",
        "exception": exception_of(type(error), error, error.__traceback__) if error else None,
    }
    return Seal(run=Run(), mask_line=bytes, max_bytes=10**9).seal(**{**values, **changes})


def raised(error: BaseException) -> BaseException:
    """Raise and catch, so that the error has a traceback that ends here."""
    try:
        raise error
    except BaseException as caught:
        return caught


@pytest.mark.parametrize(
    ("message", "pattern"),
    [
        ("took 12.5 s, not 3", "took <n> s, not <n>"),
        ("no file '/data/한글 01.mkv' here", "no file '…' here"),
        ('key "a b" and `c`', "key '…' and '…'"),
        ("can't open, won't close", "can't open, won't close"),
        ("at 0x7f3a21 id deadbeef01", "at <hex> id <hex>"),
        ("job 123e4567-e89b-12d3-a456-426614174000", "job <hex>"),
        ("12345678 is a number", "<n> is a number"),
        ("unclosed 'quote", "unclosed 'quote"),
        ("x" * 1000, "x" * 300),
    ],
)
def test_what_varies_is_taken_out(message: str, pattern: str) -> None:
    """Numbers, hex and quoted parts are replaced, words and apostrophes stay."""
    assert normalised(message) == pattern


def test_one_error_with_other_numbers_is_one_group() -> None:
    """Type, place and normalised message make the group; first and last seen are kept."""
    patterns = ErrorPatterns()
    for number in range(5):
        patterns.add(
            entry(
                error=raised(ValueError(f"bad row {number}")),
                time=number * 1_000_000,
                request_id=f"r{number}",
            )
        )
    patterns.add(entry(error=raised(KeyError("bad row 1"))))
    first, second = patterns.top()
    assert (first["type"], first["message"], first["count"]) == ("ValueError", "bad row <n>", 5)
    assert first["first_seen"] == "1970-01-01T00:00:00.000000Z"
    assert first["last_seen"] == "1970-01-01T00:00:04.000000Z"
    assert first["request_id"] == "r4"
    assert re.search(r"test_errors\.py:\d+ in raised$", first["place"])
    assert second["type"] == "KeyError"


def test_an_error_without_exception_is_where_it_was_logged() -> None:
    """The place is the log call's; type and request id are empty texts, never null."""
    patterns = ErrorPatterns()
    patterns.add(entry("gone after 3 s"))
    (group,) = patterns.top()
    assert (group["type"], group["place"], group["request_id"]) == ("", "shop:7 in pay", "")
    assert group["message"] == "gone after <n> s"


def test_the_place_of_a_chain_is_that_of_the_outermost() -> None:
    """A cause's frames come first in the stack trace and are not the place."""
    try:
        try:
            int("x")
        except ValueError as cause:
            raise RuntimeError("outer") from cause
    except RuntimeError as error:
        chained = error
    patterns = ErrorPatterns()
    patterns.add(entry(error=chained))
    assert "in test_the_place_of_a_chain" in patterns.top()[0]["place"]


def test_memory_is_bounded_and_the_frequent_stay() -> None:
    """Of 5,000 groups 100 are kept; those above a hundredth of all are among them."""
    patterns = ErrorPatterns(limit=100)
    stream = [f"rare {chr(97 + i % 26)}{'yz'[i % 2] * (i % 199)}" for i in range(5000)]
    stream += ["often"] * 500 + ["oftener"] * 600
    random.Random(7).shuffle(stream)
    for message in stream:
        patterns.add(entry(message))
    kept = patterns.top(1000)
    assert len(kept) == 100
    counts = {group["message"]: group for group in kept}
    for message, count in (("often", 500), ("oftener", 600)):
        group = counts[message]
        assert group["count"] - group["inherited"] <= count <= group["count"]
    assert sum(group["count"] for group in kept) == len(stream)


def test_counts_are_exact_under_threads() -> None:
    """No error is lost or counted twice by eight threads."""
    patterns = ErrorPatterns()
    one = entry("same")

    def work() -> None:
        for _ in range(2000):
            patterns.add(one)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [group["count"] for group in patterns.top()] == [16000]


def test_a_line_that_cannot_be_read_is_refused() -> None:
    """Law 1: counting never raises."""
    refused: list[int] = []
    patterns = ErrorPatterns(refuse=lambda: refused.append(1))
    patterns.add(entry()._replace(line=b"no json"))
    assert (patterns.top(), refused) == ([], [1])


def test_patterns_are_of_the_masked_line(logs: Logs) -> None:
    """A registered secret and a named one stand in no pattern."""
    configure(dir=logs.folder, console={"enabled": False}, metrics={"enabled": False})
    register_secret("correct-horse-battery")
    tally.errors.reset()
    try:
        raise OSError("refused correct-horse-battery password=hunter2hunter2")
    except OSError:
        logger.exception("no")
    (group,) = tally.errors.top()
    assert (group["type"], group["count"]) == ("OSError", 1)
    assert group["message"] == "refused ***MASKED*** password=***MASKED***"
