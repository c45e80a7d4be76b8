"""The outbox: entries wait for a collector without the caller ever waiting."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from waiting import wait_for

from anivault_loguru import metrics
from anivault_loguru.collected import Collected
from anivault_loguru.entry import Entry
from anivault_loguru.exporters import outbox as module
from anivault_loguru.exporters.outbox import Outbox
from anivault_loguru.exporters.wire import Outcome


class Wire:
    """A collector in the process: it takes what comes while it is open."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.batches: list[list[str]] = []
        self.figures_taken: list[Collected] = []
        self.outcomes: list[Outcome] = []
        self.calls = 0

    def logs(self, entries: Sequence[Entry]) -> Outcome:
        self.calls += 1
        self.open.wait()
        outcome = self.outcomes.pop(0) if self.outcomes else Outcome(sent=True)
        if outcome.sent:
            self.batches.append([entry.event for entry in entries])
        return outcome

    def figures(self, figures: Collected) -> Outcome:
        self.figures_taken.append(figures)
        return Outcome(sent=True)

    def close(self) -> None:
        pass

    def names(self) -> list[str]:
        return [name for batch in self.batches for name in batch]


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.open.set()


def entry(name: str = "e", size: int = 100) -> Entry:
    return Entry(0, "INFO", 20, "app", name, b"x" * size)


def outbox(wire: Wire, **options: Any) -> Outbox:
    return Outbox(lambda: wire, **{"delay": 0.0, "rest": 0.0, **options})


def dropped() -> float:
    return metrics.counter("records_dropped", channel="otlp").value


def test_entries_are_sent_in_order(wire: Wire) -> None:
    """Batches of 512 at most, all that waits at the end too."""
    box = outbox(wire)
    for n in range(1300):
        box.write(entry(str(n)))
    box.stop()
    assert wire.names() == [str(n) for n in range(1300)]
    assert max(map(len, wire.batches)) <= 512


def test_a_full_queue_costs_the_caller_nothing(wire: Wire) -> None:
    """While the collector hangs, what finds no room is counted, and no call waits."""
    wire.open.clear()
    box = outbox(wire, size=100)
    before = dropped()
    for _ in range(1000):
        box.write(entry())
    lost = dropped() - before
    wire.open.set()
    box.stop()
    assert len(wire.names()) + lost == 1000
    assert lost >= 1000 - 100 - 512


def test_large_entries_take_more_places(wire: Wire) -> None:
    """The queue is bounded in bytes too: a place is 4 KiB."""
    wire.open.clear()
    box = outbox(wire, size=1000)
    box.write(entry("first"))
    wait_for(lambda: wire.calls == 1)
    before = dropped()
    for _ in range(100):
        box.write(entry(size=100_000))
    assert dropped() - before == 60
    wire.open.set()
    box.stop()
    assert len(wire.names()) == 41


def test_a_hanging_collector_holds_up_the_end_no_longer_than_the_grace(wire: Wire) -> None:
    """After the grace all is counted as dropped, what is being sent included, and once."""
    wire.open.clear()
    box = outbox(wire, grace=0.2)
    before = dropped()
    for _ in range(600):
        box.write(entry())
    wait_for(lambda: wire.calls == 1)
    begun = time.monotonic()
    box.stop()
    assert time.monotonic() - begun < 5
    assert dropped() - before == 600
    wire.outcomes = [Outcome(sent=False, later=0.0)]
    wire.open.set()
    wait_for(lambda: not wire.outcomes)
    box.stop()
    assert dropped() - before == 600


def test_pauses_grow(wire: Wire) -> None:
    """Each failure in a row is followed by a longer pause; the records stay in order."""
    wire.outcomes = [Outcome(sent=False, later=0.0, reason="busy")] * 2
    box = outbox(wire)
    begun = time.monotonic()
    box.write(entry("first"))
    wait_for(lambda: wire.calls == 1)
    box.write(entry("second"))
    wait_for(lambda: len(wire.names()) == 2)
    assert time.monotonic() - begun > 0.4 + 0.8
    assert wire.names() == ["first", "second"]
    box.stop()


def test_a_pause_ends_with_the_outbox(wire: Wire) -> None:
    """`stop` tries once more and waits for no Retry-After."""
    wire.outcomes = [Outcome(sent=False, later=3600.0)]
    box = outbox(wire)
    box.write(entry())
    wait_for(lambda: wire.calls == 1)
    begun = time.monotonic()
    box.stop()
    assert time.monotonic() - begun < 5
    assert wire.names() == ["e"]


def test_after_the_end_entries_are_counted(wire: Wire) -> None:
    """What is logged after `stop` is not sent, and says so."""
    box = outbox(wire)
    box.stop()
    before = dropped()
    box.write(entry())
    assert dropped() == before + 1


def test_newer_figures_take_the_place_of_older_ones(wire: Wire) -> None:
    """Figures are sums since the start: only the last ones need to be sent."""
    wire.open.clear()
    box = outbox(wire)
    box.write(entry())
    wait_for(lambda: wire.calls == 1)
    first, second = Collected({"n": 1}), Collected({"n": 2})
    box.put(first)
    box.put(second)
    wire.open.set()
    box.stop()
    assert wire.figures_taken == [second]


def test_what_the_sending_thread_logs_is_not_sent(wire: Wire) -> None:
    """A report is logged in the thread that sends, and would come back for ever."""
    box: Outbox

    def report(*what: str, **fields: object) -> None:
        box.write(entry("report"))

    wire.outcomes = [Outcome(sent=False, reason="no")]
    box = outbox(wire, report=report)
    box.write(entry("one"))
    wait_for(lambda: wire.calls == 1)
    box.write(entry("two"))
    box.stop()
    assert wire.names() == ["two"]


def test_a_wire_that_cannot_be_made_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The thread ends, stderr says why, and nothing is raised into a call or kept for ever."""

    def fail() -> Any:
        raise RuntimeError("no certificate")

    box = Outbox(fail, delay=0.0)
    before = dropped()
    box.write(entry())
    wait_for(lambda: dropped() == before + 1)
    box.write(entry())
    box.stop()
    assert dropped() == before + 2


def test_the_end_waits_while_batches_go_through() -> None:
    """A backlog that a slow collector takes batch by batch is not given up after one grace."""

    class Slow(Wire):
        def logs(self, entries: Sequence[Entry]) -> Outcome:
            time.sleep(0.15)
            return super().logs(entries)

    slow = Slow()
    box = outbox(slow, grace=0.4)
    before = dropped()
    for n in range(512 * 5):
        box.write(entry(str(n)))
    box.stop()
    assert len(slow.names()) == 512 * 5
    assert dropped() == before


def test_the_first_entry_waits_for_others(wire: Wire) -> None:
    """What comes within the delay goes in one request; the end does not wait for it."""
    box = outbox(wire, delay=3600.0)
    box.write(entry("first"))
    wait_for(lambda: box._ident)
    box.write(entry("second"))
    box.stop()
    assert wire.batches == [["first", "second"]]


def test_half_a_queue_is_sent_at_once(wire: Wire) -> None:
    """A crowd does not wait for the delay."""
    box = outbox(wire, delay=3600.0, size=2000)
    for _ in range(1000):
        box.write(entry())
    wait_for(lambda: len(wire.names()) == 1000)
    box.stop()


def test_a_flush_waits_for_what_was_put_before_it(wire: Wire) -> None:
    """All of it is sent when it returns, and the delay is not waited for."""
    box = outbox(wire, delay=3600.0, grace=3600.0)
    box.write(entry("first"))
    wait_for(lambda: box._ident)
    for n in range(1300):
        box.write(entry(str(n)))
    box.flush()
    assert wire.names() == ["first", *map(str, range(1300))]
    box.write(entry("last"))
    box.flush()
    assert wire.names()[-1] == "last"
    box.stop()


def test_a_flush_of_nothing_returns(wire: Wire) -> None:
    """Before the first entry, when all is sent, and after the end."""
    box = outbox(wire, grace=3600.0)
    box.flush()
    box.write(entry())
    box.flush()
    box.flush()
    box.stop()
    box.flush()
    assert wire.names() == ["e"]
    assert not box._waiting


def test_what_is_refused_is_counted_when_a_flush_returns(wire: Wire) -> None:
    """It does not wait for what will never be sent."""
    wire.outcomes = [Outcome(sent=False, reason="no")]
    box = outbox(wire, delay=3600.0, grace=3600.0)
    before = dropped()
    for _ in range(10):
        box.write(entry())
    box.flush()
    assert dropped() - before == 10
    box.stop()


def test_a_hanging_collector_holds_up_no_flush_for_ever(wire: Wire) -> None:
    """After the grace it returns; what waits goes on waiting, and nothing stays of the flush."""
    wire.open.clear()
    box = outbox(wire, grace=0.01)
    before = dropped()
    for n in range(600):
        box.write(entry(str(n)))
    wait_for(lambda: wire.calls == 1)
    waiting = len(box._waiting)
    for _ in range(3):
        box.flush()
    assert len(box._waiting) == waiting
    wire.open.set()
    wait_for(lambda: len(wire.names()) == 600)
    box.stop()
    assert dropped() == before


def test_a_flush_tries_again_at_once(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pause between two tries ends, but for what the collector asked for."""
    monkeypatch.setattr(module, "_FIRST_PAUSE", 3600.0)
    monkeypatch.setattr(module, "_LONGEST_PAUSE", 3600.0)
    wire.outcomes = [Outcome(sent=False, later=0.0)]
    said: list[object] = []
    box = outbox(wire, grace=3600.0, report=lambda *what, **fields: said.append(what))
    box.write(entry())
    wait_for(lambda: said)
    time.sleep(0.1)  # the pause has begun
    box.flush()
    assert wire.names() == ["e"]
    box.stop()


def test_the_end_lets_a_flush_go(wire: Wire) -> None:
    """Who waits while the outbox gives up goes on once all is counted."""
    wire.open.clear()
    box = outbox(wire, grace=3600.0)
    before = dropped()
    for _ in range(600):
        box.write(entry())
    wait_for(lambda: wire.calls == 1)
    counted: list[float] = []

    def flush() -> None:
        box.flush()
        counted.append(dropped() - before)

    flushing = threading.Thread(target=flush)
    flushing.start()
    wait_for(lambda: box._mark)
    box._grace = 0.01
    box.stop()
    flushing.join(60)
    assert counted == [600]


def test_a_flush_in_the_sending_thread_returns(wire: Wire) -> None:
    """What is logged there may meet a filter that calls `logger.complete()`."""
    wire.outcomes = [Outcome(sent=False, reason="no")]
    flushed: list[str] = []

    def report(*what: str, **fields: object) -> None:
        box.flush()
        flushed.append(what[1])

    box = outbox(wire, grace=3600.0, report=report)
    box.write(entry())
    box.flush()
    assert flushed == ["otlp.failed"]
    box.stop()


@pytest.mark.skipif(sys.platform == "win32", reason="needs setitimer")
def test_a_signal_handler_may_flush_while_flushing(wire: Wire) -> None:
    """Wherever the handler interrupts another flush or a log call, both return."""
    box = outbox(wire, grace=3600.0)
    handled = 0

    def flush(*_: object) -> None:
        nonlocal handled
        handled += 1
        box.write(entry("handler"))
        box.flush()
        if handled < 200:
            signal.setitimer(signal.ITIMER_REAL, 0.0003)

    box.write(entry("begin"))
    wait_for(lambda: box._ident)
    before = signal.signal(signal.SIGALRM, flush)
    signal.setitimer(signal.ITIMER_REAL, 0.0003)
    written = 0
    try:
        while handled < 200:
            box.write(entry("plain"))
            written += 1
            box.flush()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    box.flush()
    assert wire.names().count("plain") == written
    assert wire.names().count("handler") == 200
    box.stop()
