"""Group commit: one writer for many threads, and every call answered."""

from __future__ import annotations

import threading
import time

import pytest

from anivault_loguru.commit import Commit


class Disk:
    """Takes lines, slowly; remembers the batches."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.batches: list[list[bytes]] = []
        self.free = threading.Event()
        self.free.set()
        self._seconds = seconds

    def write(self, lines: list[bytes]) -> list[OSError | None]:
        self.free.wait(10)
        time.sleep(self._seconds)
        self.batches.append(lines)
        return [OSError("refused") if line == b"bad" else None for line in lines]


def test_a_call_returns_when_its_line_is_written() -> None:
    """And raises what became of it, while the others of the batch are well."""
    disk, lost = Disk(), list[Exception]()
    commit = Commit(disk.write, lost.append)
    commit.put(b"good")
    with pytest.raises(OSError, match="refused"):
        commit.put(b"bad")
    commit.close()
    assert disk.batches == [[b"good"], [b"bad"]]
    assert lost == []


def test_threads_share_a_sync() -> None:
    """Eight threads need about an eighth of the writes, not one for each line."""
    disk = Disk(0.002)
    commit = Commit(disk.write, lambda error: None)

    def work() -> None:
        for number in range(20):
            commit.put(b"%d" % number)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(map(len, disk.batches)) == 160
    assert len(disk.batches) < 160 / 3


def test_a_stopped_disk_lets_the_caller_go() -> None:
    """A line that the writer has not taken yet is given up, and never written."""
    disk = Disk()
    disk.free.clear()
    commit = Commit(disk.write, lambda error: None, patience=0.05)
    with pytest.raises(TimeoutError, match="did not answer"):
        commit.put(b"taken")
    with pytest.raises(TimeoutError, match="not free"):
        commit.put(b"given up")
    disk.free.set()
    commit.flush()
    commit.put(b"after")
    assert [line for batch in disk.batches for line in batch] == [b"taken", b"after"]


def test_what_is_posted_is_written_in_order_and_its_loss_told() -> None:
    """Nobody waits for it, so somebody else has to know."""
    disk, lost = Disk(), list[Exception]()
    commit = Commit(disk.write, lost.append)
    for line in (b"one", b"bad", b"two"):
        commit.post(line)
    commit.flush()
    assert [line for batch in disk.batches for line in batch] == [b"one", b"bad", b"two"]
    assert [str(error) for error in lost] == ["refused"]


def test_the_thread_ends_and_begins_again() -> None:
    """`close` ends it; a later line is written all the same."""
    disk = Disk()
    commit = Commit(disk.write, lambda error: None)
    for number in range(20):
        commit.put(b"%d" % number)
        commit.close()
    assert [line for batch in disk.batches for line in batch] == [b"%d" % n for n in range(20)]


def test_the_writer_may_put_without_waiting_for_itself() -> None:
    """What logs while a line is written gets its line in behind it."""
    seen: list[bytes] = []

    def write(lines: list[bytes]) -> list[OSError | None]:
        if lines == [b"outer"]:
            commit.put(b"inner")
        seen.extend(lines)
        return [None] * len(lines)

    commit = Commit(write, lambda error: None)
    commit.put(b"outer")
    commit.flush()
    assert seen == [b"outer", b"inner"]
