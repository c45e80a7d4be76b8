"""The gate: one at a time, whatever becomes of the lock file."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from anivault_loguru.gate import Gate, Note, note_at


def test_one_at_a_time(tmp_path: Path) -> None:
    """Who enters waits until the other one has left."""
    one, two = (Gate(str(tmp_path / "x.chain")) for _ in range(2))
    one.enter()
    order: list[str] = []

    def follow() -> None:
        two.enter()
        order.append("two")
        two.leave()

    thread = threading.Thread(target=follow)
    thread.start()
    thread.join(0.1)
    order.append("one")
    one.leave()
    thread.join()
    assert order == ["one", "two"]


def test_a_removed_lock_file_lets_in_nobody_twice(tmp_path: Path) -> None:
    """Who waited at the old file comes to the new one."""
    path = tmp_path / "x.chain"
    one, two = (Gate(str(path)) for _ in range(2))
    one.enter()
    thread = threading.Thread(target=two.enter)
    thread.start()
    thread.join(0.05)
    path.unlink()
    three = Gate(str(path))
    three.enter()
    one.leave()
    thread.join(0.1)
    assert thread.is_alive()
    three.leave()
    thread.join(10)
    assert not thread.is_alive()


def test_notes_are_read_back(tmp_path: Path) -> None:
    """By whoever enters, and from outside; an illegible one is none."""
    path = tmp_path / "x.chain"
    gate = Gate(str(path))
    gate.enter()
    assert gate.read() is None
    for note in (Note("a" * 64, True), Note("b" * 64, False)):
        gate.write(note)
        assert gate.read() == note_at(str(path)) == note
    path.write_bytes(b"\0" * 70)
    assert gate.read() is None
    assert note_at(str(tmp_path / "nowhere")) is None


@pytest.mark.skipif(os.name != "posix", reason="numbers of descriptors")
def test_a_closed_number_is_not_taken_for_the_lock_file(tmp_path: Path) -> None:
    """What turns into a daemon closes all descriptors; another file gets the number."""
    gate = Gate(str(tmp_path / "x.chain"))
    gate.enter()
    gate.leave()
    assert gate._file
    os.close(gate._file.number)
    with (tmp_path / "other").open("wb") as other:
        gate.enter()
        gate.write(Note("a" * 64, False))
        gate.leave()
        other.flush()
    assert (tmp_path / "other").read_bytes() == b""
