"""Live: lines at the end of a file, each of which stands alone."""

from __future__ import annotations

import functools
import os
import resource
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anivault_loguru.live import Live
from anivault_loguru.owned import open_append

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the system calls are POSIX's")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


def live_at(path: Path) -> Live:
    return Live(open_append(str(path)))


def add(path: Path, piece: bytes) -> None:
    with path.open("ab") as file:
        file.write(piece)


def test_a_line_is_appended(path: Path) -> None:
    """Behind what is there, and the size is known."""
    add(path, b"one\n")
    live = live_at(path)
    assert live.append("둘\n".encode())
    assert (path.read_bytes(), live.size) == ("one\n둘\n".encode(), 8)


def test_a_line_behind_a_torn_one_is_written_again(path: Path) -> None:
    """A piece that was there at the start, or that another process left since, spoils no line."""
    add(path, b"torn by a crash")
    live = live_at(path)
    live.append(b"one\n")
    live.append(b"two\n")
    add(path, b"torn by another")
    live.append(b"three\n")
    live.append(b"four\n")
    lines = path.read_bytes().split(b"\n")
    assert [line for line in lines if not line.startswith(b"torn")] == [
        *(b"one", b"two", b"three", b"four"),
        b"",
    ]


def test_a_line_of_another_process_in_between_changes_nothing(path: Path) -> None:
    """Whole lines of others are no reason to write a line twice."""
    live, other = live_at(path), live_at(path)
    for number in range(3):
        live.append(b"a%d\n" % number)
        other.append(b"b%d\n" % number)
    assert path.read_bytes() == b"a0\nb0\na1\nb1\na2\nb2\n"


pieces = st.lists(
    st.tuples(st.sampled_from(["ours", "theirs", "torn"]), st.binary(min_size=1, max_size=30)),
    max_size=12,
)


@settings(deadline=None, max_examples=150)
@given(pieces)
def test_no_good_line_is_ever_joined_to_a_torn_one(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, bytes]]
) -> None:
    """Whatever others leave in between, each line of ours stands in the file once, whole."""
    path = tmp_path_factory.mktemp("live") / "app.log"
    live = live_at(path)
    for number, (who, data) in enumerate(steps):
        text = data.hex().encode()
        if who == "ours":
            live.append(b"ours-%d-%s\n" % (number, text))
        else:
            add(path, text + b"\n" * (who == "theirs"))
    lines = path.read_bytes().split(b"\n")
    for number, (who, data) in enumerate(steps):
        if who == "ours":
            assert lines.count(b"ours-%d-%s" % (number, data.hex().encode())) == 1


def with_little_room(test: Callable[..., None]) -> Callable[..., None]:
    """Run a test while files may not grow beyond 100 bytes, as on a full disk.

    Not a fixture: pytest's own output may go to a file, and is written while fixtures hold.
    """

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
        try:
            test(*args, **kwargs)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, ignored)

    return run


@with_little_room
def test_what_a_full_disk_left_is_closed_before_the_next_line(path: Path) -> None:
    """The line that did not fit raises; the ones after it stand alone, with no empty one."""
    live = live_at(path)
    live.append(b"x" * 69 + b"\n")
    with pytest.raises(OSError, match=r"only \d+ of \d+ bytes"):
        live.append(b"y" * 49 + b"\n")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    live.append(b"z" * 49 + b"\n")
    live.append(b"after\n")
    assert path.read_bytes().split(b"\n") == [b"x" * 69, b"y" * 30, b"z" * 49, b"after", b""]


@with_little_room
def test_what_another_process_closed_is_not_closed_again(path: Path) -> None:
    """One newline behind a torn piece is enough."""
    live = live_at(path)
    with pytest.raises(OSError, match=r"only \d+ of \d+ bytes"):
        live.append(b"y" * 200 + b"\n")
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limit))
    add(path, b"\ntheirs\n")
    live.append(b"ours\n")
    assert path.read_bytes().split(b"\n") == [b"y" * 100, b"theirs", b"ours", b""]


@with_little_room
def test_a_short_write_is_completed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the rest fits by now, the line is whole, and there once."""
    live = live_at(path)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    write = os.write

    def freeing(number: int, data: bytes) -> int:
        written = write(number, data)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limit))
        return written

    monkeypatch.setattr(os, "write", freeing)
    live.append(b"y" * 200 + b"\n")
    live.append(b"after\n")
    assert path.read_bytes() == b"y" * 200 + b"\nafter\n"


@with_little_room
def test_a_completed_line_with_another_in_its_middle_is_written_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came between the two halves of a short write makes the halves worthless."""
    live = live_at(path)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    write = os.write
    interrupted: list[int] = []

    def interrupting(number: int, data: bytes) -> int:
        written = write(number, data)
        if not interrupted:
            interrupted.append(written)
            resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limit))
            add(path, b"theirs\n")
        return written

    monkeypatch.setattr(os, "write", interrupting)
    live.append(b"y" * 200 + b"\n")
    assert path.read_bytes().split(b"\n") == [
        *(b"y" * 100 + b"theirs", b"y" * 100, b"y" * 200),
        b"",
    ]


@pytest.mark.parametrize("act", [os.unlink, lambda path: os.rename(path, f"{path}.1")])
def test_a_deleted_file_is_told_from_a_renamed_one(path: Path, act: object) -> None:
    """A line in a renamed file is kept; one in a deleted file is not."""
    live = live_at(path)
    act(path)  # type: ignore[operator]
    assert live.append(b"one\n") == (act is not os.unlink)


def test_a_number_that_is_another_files_by_now_is_noticed(path: Path) -> None:
    """A daemon closes all numbers and opens files of its own."""
    live = live_at(path)
    other = os.open(path.parent / "other", os.O_RDWR | os.O_CREAT)
    os.dup2(other, live.number)
    os.close(other)
    assert not live.append(b"one\n")


def test_a_line_that_ends_like_another_is_told_from_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal handler writes "h0" when "0" has just been written: both are there, once."""
    live = live_at(path)
    fstat = os.fstat

    def interrupted(number: int) -> os.stat_result:
        monkeypatch.setattr(os, "fstat", fstat)
        live.append(b"h0\n")
        return fstat(number)

    monkeypatch.setattr(os, "fstat", interrupted)
    live.append(b"0\n")
    assert path.read_bytes() == b"0\nh0\n"


def test_threads_share_one_descriptor(path: Path) -> None:
    """Eight threads on one descriptor: every line once, also with torn pieces in between."""
    live = live_at(path)

    def log(thread: int) -> None:
        for number in range(300):
            live.append(b"%d-%d %s\n" % (thread, number, b"x" * (number % 90)))

    threads = [threading.Thread(target=log, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(50):
        add(path, b"torn")
    for thread in threads:
        thread.join()
    found = [line.split()[0] for line in path.read_bytes().split(b"\n") if b" " in line]
    for thread_no in range(8):
        for number in range(300):
            assert found.count(b"%d-%d" % (thread_no, number)) == 1
