"""Locks between processes: taken without waiting, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from anivault_loguru import owned
from anivault_loguru.locks import Lock, lock_exclusive, lock_shared

pytestmark = pytest.mark.skipif(os.name != "posix", reason="flock is POSIX's")


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "app.log.lock")


def test_one_has_the_lock_at_a_time(path: str) -> None:
    """A second one is refused at once, in the same process too, until the first lets go."""
    one, other = Lock(path), Lock(path)
    assert (one.acquire(), other.acquire()) == (True, False)
    other.release()
    assert not other.acquire()
    one.release()
    assert other.acquire()


def test_letting_go_of_what_was_never_taken_is_nothing(path: str) -> None:
    """So that it can stand in a `finally`."""
    Lock(path).release()


def test_the_lock_file_is_the_owners_alone(path: str) -> None:
    """And it is refused if it is somebody else's, without being emptied."""
    lock = Lock(path)
    lock.acquire()
    assert os.stat(path).st_mode & 0o777 == 0o600
    victim = Path(path).with_name("victim")
    victim.write_text("precious")
    victim.with_name("other.lock").hardlink_to(victim)
    with pytest.raises(owned.Refused, match="2 names"):
        Lock(str(victim.with_name("other.lock"))).acquire()
    assert victim.read_text() == "precious"


def test_a_forked_child_does_not_keep_the_lock(path: str) -> None:
    """What the parent lets go of is free, though a child was forked meanwhile."""
    lock = Lock(path)
    lock.acquire()
    child = os.fork()
    if child == 0:
        signal.pause()
        os._exit(0)
    try:
        lock.release()
        assert Lock(path).acquire()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_a_killed_process_leaves_no_lock(path: str) -> None:
    """The system lets go of it."""
    program = (
        "import sys; from anivault_loguru.locks import Lock\n"
        f"lock = Lock({path!r}); print(lock.acquire(), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        assert not Lock(path).acquire()
        process.kill()
    assert Lock(path).acquire()


def test_a_file_in_use_is_nobodys_for_himself(tmp_path: Path) -> None:
    """Shared with all who use it; exclusive only when none does."""
    numbers = [owned.open_append(str(tmp_path / "app.log")) for _ in range(3)]
    try:
        lock_shared(numbers[0])
        lock_shared(numbers[1])
        assert not lock_exclusive(numbers[2])
        for number in numbers[:2]:
            os.close(number)
        assert lock_exclusive(numbers[2])
    finally:
        os.close(numbers[2])
