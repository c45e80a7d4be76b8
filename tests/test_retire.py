"""Retire: a live file becomes a backup once, whoever is killed, forked or stopped over it."""

from __future__ import annotations

import gzip
import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from anivault_loguru.live import Live, inode_at
from anivault_loguru.locks import Lock
from anivault_loguru.retire import retire
from anivault_loguru.rotation import Naming
from anivault_loguru.writer import Writer

pytestmark = pytest.mark.skipif(os.name != "posix", reason="forks and flock are POSIX's")

NAMING = Naming("app.log")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir(0o700)
    return tmp_path / "logs" / "app.log"


def names(path: Path) -> list[str]:
    return sorted({found.name for found in path.parent.iterdir()} - {"app.log.lock"})


def lines(path: Path) -> Counter[bytes]:
    """All lines, live and rotated."""
    found: Counter[bytes] = Counter()
    for file in path.parent.iterdir():
        backup = NAMING.parse(file.name)
        if file != path and (backup is None or backup.partial):
            continue
        if file.with_name(file.name + ".gz").exists():
            continue  # killed between the two: they are one
        data = file.read_bytes()
        found.update((gzip.decompress(data) if file.suffix == ".gz" else data).splitlines())
    return found


def child(work: Callable[[], object]) -> int:
    """Do it in a forked child; its process id."""
    number = os.fork()
    if number == 0:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return number


def live(path: Path, text: str) -> tuple[int, int]:
    path.write_text(text)
    inode = inode_at(str(path))
    assert inode is not None
    return inode


def test_a_live_file_becomes_a_backup(path: Path) -> None:
    """It bears the moment; nothing else is left."""
    assert retire(str(path), live(path, "one\n"), NAMING, 1.5)
    assert names(path) == [NAMING.name(1_500_000)]


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_name_in_use_is_not_given_again(path: Path, ending: str) -> None:
    """Not even if only its `.gz` is left."""
    taken = path.with_name(NAMING.name(0) + ending)
    taken.write_text("older")
    assert retire(str(path), live(path, "one\n"), NAMING, 0.0)
    assert taken.read_text() == "older"
    assert names(path) == sorted([taken.name, NAMING.name(1)])


@pytest.mark.parametrize("locked", [False, True])
def test_a_file_that_another_has_retired_is_left(path: Path, locked: bool) -> None:
    """What stands at the path now is somebody's fresh file."""
    old = live(path, "one\n")
    path.rename(path.with_name("elsewhere"))
    live(path, "fresh\n")
    lock = Lock(str(path) + ".lock")
    if locked:
        lock.acquire()
    assert not retire(str(path), old, NAMING, 0.0)
    assert path.read_text() == "fresh\n"
    lock.release()


def test_one_that_is_killed_at_any_call_loses_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kill -9 before each system call of appending, rotating and compressing, one after another."""
    said = path.parents[1] / "said"
    saying = os.open(said, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    write, survived = os.write, False
    call = 0
    while not survived and call < 1000:
        call += 1

        def work(left: int = call) -> None:
            log = Writer(str(path), max_bytes=40)

            def counted(act: Callable[..., Any]) -> Callable[..., Any]:
                def counting(*arguments: Any, **keywords: Any) -> Any:
                    nonlocal left
                    left -= 1
                    if not left:
                        os.kill(os.getpid(), signal.SIGKILL)
                    return act(*arguments, **keywords)

                return counting

            for name in ("open", "write", "fstat", "stat", "replace", "unlink", "utime"):
                monkeypatch.setattr(os, name, counted(getattr(os, name)))
            for number in range(6):
                line = b"%d-%d\n" % (os.getpid(), number)
                log.append(line.rjust(20, b"."))
                write(saying, line.rjust(20, b"."))
            log.maintain()

        survived = os.waitpid(child(work), 0)[1] == 0
    os.close(saying)
    acknowledged = set(said.read_bytes().splitlines())
    assert survived
    assert call > 100
    log = Writer(str(path))
    log.append(b"last\n")
    log.maintain()
    found = lines(path)
    assert acknowledged <= set(found)
    assert set(found.values()) == {1}
    assert [name for name in names(path) if not name.endswith(".gz")] == ["app.log"]


def test_children_forked_in_the_middle_of_a_rotation_log_on(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their parent has the lock and a name; both sides go on, and no line is lost or twice."""
    log = Writer(str(path), max_bytes=100)
    replace, children = os.replace, []

    def work() -> None:
        monkeypatch.setattr(os, "replace", replace)
        for number in range(20):
            log.append(b"%d-%d\n" % (os.getpid(), number))

    def forking(source: str, target: str) -> None:
        children.append(child(work))
        replace(source, target)

    monkeypatch.setattr(os, "replace", forking)
    for number in range(60):
        log.append(b"parent-%d\n" % number)
    assert [os.waitpid(number, 0)[1] for number in children] == [0] * len(children)
    expected = {b"parent-%d" % number for number in range(60)}
    expected |= {b"%d-%d" % (process, number) for process in children for number in range(20)}
    assert len(children) >= 5
    assert lines(path) == Counter(expected)


def test_two_that_rotate_at_one_moment_give_two_names(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is put aside before its rename, another goes on without the lock: nothing is replaced."""
    inode, replace = live(path, "one\n"), os.replace

    def put_aside(source: str, target: str) -> None:
        monkeypatch.setattr(os, "replace", replace)
        assert retire(str(path), inode, NAMING, 0.0)
        live(path, "fresh\n")
        replace(source, target)

    monkeypatch.setattr(os, "replace", put_aside)
    assert retire(str(path), inode, NAMING, 0.0)
    assert names(path) == [NAMING.name(0), NAMING.name(1)]
    assert lines(path) == Counter([b"one", b"fresh"])


def test_a_file_that_another_thread_has_just_rotated_is_not_rotated_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two threads find it full; the second one decides again when it is its turn."""
    log = Writer(str(path), max_bytes=20)
    log.append(b"full before it\n")
    rotate = Writer._rotate

    def late(log: Writer, now: float, more: int = 0) -> Live:
        monkeypatch.setattr(Writer, "_rotate", rotate)
        log.append(b"the other\n")
        return rotate(log, now, more)

    monkeypatch.setattr(Writer, "_rotate", late)
    log.append(b"this one\n")
    assert path.read_bytes() == b"the other\nthis one\n"
    assert len(names(path)) == 2
