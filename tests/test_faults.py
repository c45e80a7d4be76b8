"""Faults: what the log could not do is counted, and said once in a while."""

from __future__ import annotations

import functools
import io
import signal
from typing import Any, TextIO

import pytest

from anivault_loguru import metrics
from anivault_loguru.faults import Faults, is_interruption


class Now:
    """A clock that is set."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


def dropped(place: str) -> float:
    counters = metrics.snapshot()["counters"]
    return float(counters.get(f'records_dropped{{channel="{place}"}}', 0))


def test_each_lost_record_is_counted_and_said_once_a_minute() -> None:
    """A flood of failures is one line a minute for each place, and a true count."""
    clock, stream = Now(), io.StringIO()
    faults = Faults(clock=clock, stream=lambda: stream)
    before = dropped("here")
    for _ in range(5):
        faults.lost("here", OSError(28, "No space left on device"))
        clock.time += 14
    faults.lost("there", "gone")
    clock.time = 1060.0
    faults.lost("here", "again")
    assert dropped("here") == before + 6
    assert stream.getvalue().splitlines() == [
        "anivault_loguru: here: a record was lost: OSError: [Errno 28] No space left on device",
        "anivault_loguru: there: a record was lost: gone",
        "anivault_loguru: here: a record was lost: again",
    ]


def test_what_is_said_is_masked_and_harmless() -> None:
    """One line of printable ASCII, whatever the error's text holds."""
    stream = io.StringIO()
    faults = Faults(stream=lambda: stream, mask=lambda text: text.replace("hunter2", "***"))
    faults.say("app", "failed", "hunter2\n\x1b[31m한")
    assert stream.getvalue() == "anivault_loguru: app: failed: *** \\ud55c\n".replace(
        "*** ", "***  [31m"
    )


class Broken(io.StringIO):
    """A stream that fails."""

    def write(self, text: str) -> int:
        raise OSError("broken pipe")


@pytest.mark.parametrize("stream", [Broken(), None])
def test_without_stderr_nothing_is_raised(stream: TextIO | None) -> None:
    """pythonw has no stderr and a closed pipe is none; the count is still kept."""
    before = dropped("mute")
    Faults(stream=lambda: stream).lost("mute", "gone")
    assert dropped("mute") == before + 1


def test_an_error_whose_text_fails_is_survived() -> None:
    """An exception can refuse even to say what it is."""

    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError

    Faults(stream=io.StringIO).lost("app", Mute())


class Handlers:
    """Things that can stand in as signal handlers, all raising."""

    def method(self, *_: object) -> None:
        raise TimeoutError

    def __call__(self, *_: object) -> None:
        self.helper()

    def helper(self) -> None:
        raise TimeoutError


def raising(*_: object) -> None:
    raise TimeoutError


@pytest.mark.parametrize(
    "handler", [raising, Handlers().method, Handlers(), functools.partial(raising, 1)]
)
def test_what_a_signal_handler_raises_is_an_interruption(handler: Any) -> None:
    """A timeout is to reach the code that set it, though it is an `OSError` by type."""
    before = signal.signal(signal.SIGINT, handler)
    try:
        with pytest.raises(TimeoutError) as caught:
            signal.raise_signal(signal.SIGINT)
        assert is_interruption(caught.value)
    finally:
        signal.signal(signal.SIGINT, before)


def test_failures_are_no_interruptions() -> None:
    """Only what a handler raised, and what is no `Exception` at all."""
    with pytest.raises(TimeoutError) as caught:
        raising()
    assert not is_interruption(caught.value)
    assert not is_interruption(OSError(28, "full"))
    assert is_interruption(KeyboardInterrupt())
