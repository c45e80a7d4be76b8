"""The background queue: entries wait for one thread, in order, and what is dropped is counted."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from anivault_loguru import configure, logger, metrics, shutdown
from anivault_loguru.background import Background, Overflow
from anivault_loguru.entry import Entry

DEBUG, INFO, WARNING, ERROR = 10, 20, 30, 40


def entry_of(text: str, level: int = INFO) -> Entry:
    return Entry(0, "INFO", level, "app", "log", text.encode())


class Taker:
    """A channel that waits for leave before it writes."""

    def __init__(self, *, open_: bool = True) -> None:
        self.taken: list[str] = []
        self.batches: list[int] = []
        self.dropped: list[str] = []
        self.threads: set[str] = set()
        self.leave = threading.Event()
        self.entered = threading.Event()
        if open_:
            self.leave.set()

    def take(self, entries: list[Entry]) -> None:
        self.entered.set()
        assert self.leave.wait(30)
        self.threads.add(threading.current_thread().name)
        self.batches.append(len(entries))
        self.taken += [entry.line.decode() for entry in entries]

    def drop(self, entry: Entry) -> None:
        self.dropped.append(entry.line.decode())


def stuck(size: int, overflow: Overflow) -> tuple[Background, Taker]:
    """A queue whose thread is busy with the entry "first", and so takes no other."""
    queue, taker = Background(size=size, overflow=overflow), Taker(open_=False)
    queue.put(taker, entry_of("first"))
    assert taker.entered.wait(30)
    return queue, taker


def test_one_thread_writes_in_batches_and_in_order() -> None:
    """The entries of each channel, in the order in which they were put."""
    queue, one = stuck(10_000, "block")
    other = Taker()
    for number in range(1000):
        queue.put(one, entry_of(f"{number}"))
        queue.put(other, entry_of(f"{number}"))
    one.leave.set()
    queue.flush()
    assert one.taken == ["first", *map(str, range(1000))]
    assert other.taken == [*map(str, range(1000))]
    assert one.threads == other.threads == {"anivault-writer"}
    assert len(one.batches) < 10
    queue.stop()


def test_block_waits_for_room() -> None:
    """Nothing is dropped; the call returns when there is room again."""
    queue, taker = stuck(3, "block")
    for number in range(3):
        queue.put(taker, entry_of(f"{number}"))
    waiting = threading.Thread(target=queue.put, args=(taker, entry_of("late")))
    waiting.start()
    assert waiting.is_alive()
    taker.leave.set()
    waiting.join(30)
    queue.stop()
    assert taker.taken == ["first", "0", "1", "2", "late"]
    assert taker.dropped == []


def test_drop_new_drops_what_finds_no_room() -> None:
    """Whatever its level; what waits already is kept."""
    queue, taker = stuck(2, "drop_new")
    for number in range(2):
        queue.put(taker, entry_of(f"{number}"))
    queue.put(taker, entry_of("late", ERROR))
    taker.leave.set()
    queue.stop()
    assert (taker.taken, taker.dropped) == (["first", "0", "1"], ["late"])


def test_drop_low_drops_what_matters_least() -> None:
    """First what is new and below WARNING, then the oldest below it, then new warnings."""
    queue, taker = stuck(3, "drop_low")
    for text, level in (("info", INFO), ("warning", WARNING), ("debug", DEBUG)):
        queue.put(taker, entry_of(text, level))
    for text, level in (
        ("new info", INFO),
        ("new warning", WARNING),
        ("new error", ERROR),
        ("late warning", WARNING),
    ):
        queue.put(taker, entry_of(text, level))
    waiting = threading.Thread(target=queue.put, args=(taker, entry_of("late error", ERROR)))
    waiting.start()
    taker.leave.set()
    waiting.join(30)
    queue.stop()
    assert taker.dropped == ["new info", "info", "debug", "late warning"]
    assert taker.taken == ["first", "warning", "new warning", "new error", "late error"]


def test_after_stop_entries_are_written_at_once() -> None:
    """Also if nothing was ever put before; stopping twice is fine."""
    for first in ([], ["first"]):
        queue, taker = Background(size=1, overflow="block"), Taker()
        for text in first:
            queue.put(taker, entry_of(text))
        queue.stop()
        queue.stop()
        queue.put(taker, entry_of("last"))
        queue.flush()
        assert taker.taken == [*first, "last"]
        assert "MainThread" in taker.threads


def test_many_threads_lose_nothing_while_it_is_stopped() -> None:
    """What is put while the thread ends is written by somebody."""

    def work(queue: Background, taker: Taker, name: str) -> None:
        for number in range(99):
            queue.put(taker, entry_of(f"{name}{number}"))

    for _ in range(20):
        queue, taker = Background(size=100, overflow="block"), Taker()
        threads = [threading.Thread(target=work, args=(queue, taker, name)) for name in "abcd"]
        for thread in threads:
            thread.start()
        queue.stop()
        for thread in threads:
            thread.join()
        assert sorted(taker.taken) == sorted(f"{name}{n}" for name in "abcd" for n in range(99))


def test_a_signal_handler_may_put_while_putting() -> None:
    """No lock is on the way: both entries are written."""
    queue, taker = Background(size=50, overflow="block"), Taker()
    handled: list[int] = []

    def put(*_: object) -> None:
        queue.put(taker, entry_of(f"h{len(handled)}"))
        handled.append(1)
        signal.setitimer(signal.ITIMER_REAL, 0.0003)

    before = signal.signal(signal.SIGALRM, put)
    signal.setitimer(signal.ITIMER_REAL, 0.0003)
    count = 0
    try:
        while len(handled) < 200:
            queue.put(taker, entry_of(f"m{count}"))
            count += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    queue.stop()
    expected = [f"m{n}" for n in range(count)] + [f"h{n}" for n in range(len(handled))]
    assert sorted(taker.taken) == sorted(expected)


def test_a_forked_child_writes_nothing_of_its_parents() -> None:
    """What waits is the parent's; what the child puts is written by a thread of its own."""
    queue, taker = stuck(10, "block")
    queue.put(taker, entry_of("parents"))
    child = os.fork()
    if child == 0:
        taker.leave.set()
        queue.put(taker, entry_of("childs"))
        queue.stop()
        os._exit(0 if taker.taken == ["childs"] else 1)
    assert os.waitpid(child, 0)[1] == 0
    taker.leave.set()
    queue.stop()
    assert taker.taken == ["first", "parents"]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    configure(
        dir=tmp_path / "logs",
        console={"enabled": False},
        metrics={"enabled": False},
        queue={"mode": "background"},
    )
    yield tmp_path / "logs"
    shutdown()


def messages(folder: Path, channel: str = "app") -> list[int]:
    lines = (folder / f"{channel}.log").read_text().splitlines()
    return [int(line.partition('"message":"')[2].partition('"')[0]) for line in lines]


@pytest.mark.parametrize("end", [logger.complete, shutdown, lambda: configure(level="INFO")])
def test_what_is_logged_is_in_the_files_at_the_end(folder: Path, end: object) -> None:
    """`logger.complete()`, `shutdown()` and a new configuration drain the queue."""
    for number in range(500):
        logger.info(f"{number}")
    logger.error("500")
    end()  # type: ignore[operator]
    assert messages(folder) == [*range(501)]
    assert messages(folder, "error") == [500]


def test_dropped_records_are_counted(tmp_path: Path) -> None:
    """So that a gap in `seq` is explained."""
    configure(
        dir=tmp_path / "logs",
        console={"enabled": False},
        metrics={"enabled": False},
        queue={"mode": "background", "size": 1, "overflow": "drop_new"},
    )
    name = 'records_dropped{channel="app"}'
    before = metrics.snapshot()["counters"].get(name, 0)
    for number in range(2000):
        logger.info(f"{number}")
    shutdown()
    dropped = metrics.snapshot()["counters"].get(name, 0) - before
    assert dropped > 0
    assert len(messages(tmp_path / "logs")) == 2000 - dropped
