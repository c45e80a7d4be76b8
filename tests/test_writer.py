"""Writer: append, rotate, compress, prune, and go on when something is in the way."""

from __future__ import annotations

import errno
import gzip
import itertools
import os
import resource
import signal
import stat
import threading
from collections.abc import Iterator
from datetime import datetime, time, timezone
from pathlib import Path
from typing import Any

import pytest

from anivault_loguru import owned
from anivault_loguru.live import inode_at
from anivault_loguru.locks import Lock, lock_shared
from anivault_loguru.retire import retire
from anivault_loguru.rotation import Naming, Retention
from anivault_loguru.writer import Writer, appending

HOUR, DAY = 3600.0, 86_400.0
NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc).timestamp()
MIDNIGHT = time(tzinfo=timezone.utc)


class Fixture:
    """A writer with clocks that are set, and what it says."""

    def __init__(self, folder: Path, **keywords: Any) -> None:
        self.folder = folder
        self.path = folder / "app.log"
        self.now = NOON
        self.ticks = 100.0
        self.said: list[tuple[str, BaseException]] = []
        self.wakes = 0
        self.keywords = keywords
        self.writer = self.another()

    def another(self) -> Writer:
        """A writer of the same file, as another process has one."""
        return Writer(
            str(self.path),
            clock=lambda: self.now,
            ticks=lambda: self.ticks,
            report=lambda what, error: self.said.append((what, error)),
            wake=self.woken,
            **self.keywords,
        )

    def woken(self) -> None:
        self.wakes += 1

    def later(self, seconds: float) -> None:
        self.now += seconds
        self.ticks += seconds

    def append(self, text: str) -> None:
        """Append a line; the file is then as old as the clock says."""
        self.writer.append(f"{text}\n".encode())
        if self.path.exists():
            os.utime(self.path, (self.now, self.now))

    def names(self) -> list[str]:
        """Backups and whatever else is there, but for the live file and the lock."""
        if not self.folder.exists():
            return []
        return sorted({p.name for p in self.folder.iterdir()} - {"app.log", "app.log.lock"})

    def lines(self) -> list[str]:
        """All lines, those of the oldest backup first."""
        paths = [self.folder / name for name in self.names() if Naming("app.log").parse(name)]
        data = b""
        # An interruption between rename and open leaves no live file until the next line.
        for path in [*paths, self.path] if self.path.exists() else paths:
            content = path.read_bytes()
            data += gzip.decompress(content) if path.suffix == ".gz" else content
        return data.decode().splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "logs"


def stamp(seconds: float, micros: int = 0) -> str:
    return Naming("app.log").name(int(seconds * 1_000_000) + micros)


def test_nothing_is_made_before_the_first_line(folder: Path) -> None:
    """Then the folder and the file are, for the owner alone."""
    log = Fixture(folder)
    log.writer.maintain()
    assert not folder.exists()
    log.append("one")
    assert log.lines() == ["one"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600


def test_the_first_line_asks_for_maintenance(folder: Path) -> None:
    """A process that crashed may have left something undone."""
    log = Fixture(folder)
    log.append("one")
    log.append("two")
    assert log.wakes == 1


def test_the_size_cap_is_never_exceeded(folder: Path) -> None:
    """It counts bytes; the line that would go beyond it starts a new file."""
    log = Fixture(folder, max_bytes=20)
    for text in ("가나다", "가나다", "abc", "가나다"):
        log.append(text)
    sizes = [path.stat().st_size for path in folder.iterdir() if path.suffix == ".log"]
    assert sorted(sizes) == [14, 20]
    assert log.lines() == ["가나다", "가나다", "abc", "가나다"]


def test_a_line_longer_than_the_cap_has_a_file_to_itself(folder: Path) -> None:
    """It is written, whole, and rotates no empty file."""
    log = Fixture(folder, max_bytes=10)
    log.append("x" * 100)
    log.append("y")
    assert log.names() == [stamp(NOON)]
    assert log.path.read_text() == "y\n"


def test_a_day_ends_at_midnight(folder: Path) -> None:
    """The line before it goes to the old file, the one at it to a new; the backup bears the day."""
    log = Fixture(folder, at=MIDNIGHT)
    log.append("noon")
    log.later(12 * HOUR - 0.001)
    log.append("late")
    log.later(0.001)
    log.append("next day")
    assert log.names() == ["app.2026-11-24_00-00-00_000000.log"]
    assert (folder / log.names()[0]).read_text() == "noon\nlate\n"
    assert log.path.read_text() == "next day\n"


@pytest.mark.parametrize("restart", [False, True])
def test_the_file_of_an_old_day_is_rotated_before_a_new_line(folder: Path, restart: bool) -> None:
    """After days of idleness, in the same process or another, and once."""
    log = Fixture(folder, at=MIDNIGHT)
    log.append("old")
    log.later(5 * DAY)
    if restart:
        log.writer = log.another()
    log.append("new")
    log.append("newer")
    assert log.names() == ["app.2026-11-24_00-00-00_000000.log"]
    assert log.path.read_text() == "new\nnewer\n"


def test_a_machine_that_slept_over_midnight_rotates_before_the_first_line(folder: Path) -> None:
    """Its monotonic clock stood still meanwhile; the file was looked at a moment ago."""
    log = Fixture(folder, at=MIDNIGHT)
    log.append("old")
    log.now += 13 * HOUR
    log.append("new")
    assert log.names() == ["app.2026-11-24_00-00-00_000000.log"]
    assert log.path.read_text() == "new\n"


def test_an_empty_file_is_not_rotated(folder: Path) -> None:
    """There is nothing to keep."""
    log = Fixture(folder, at=MIDNIGHT)
    log.append("one")
    log.path.write_text("")
    log.writer = log.another()
    log.writer.append(b"two\n")
    log.path.write_text("")
    log.writer = log.another()
    log.later(2 * DAY)
    log.append("three")
    assert log.names() == []


def test_a_clock_that_steps_back_rotates_nothing_twice(folder: Path) -> None:
    """The hour that comes again belongs to the file that is there."""
    log = Fixture(folder, at=MIDNIGHT)
    log.append("day one")
    log.later(12 * HOUR)
    log.append("day two")
    log.now -= HOUR
    log.append("again")
    log.later(HOUR)
    log.append("midnight again")
    assert len(log.names()) == 1
    assert log.path.read_text() == "day two\nagain\nmidnight again\n"


def test_a_clock_that_was_far_ahead_does_not_end_rotation(folder: Path) -> None:
    """Set right, the day ends at midnight again."""
    log = Fixture(folder, at=MIDNIGHT)
    log.now += 3650 * DAY
    log.append("future")
    log.now -= 3650 * DAY
    log.later(1)
    log.append("present")
    log.later(DAY)
    log.append("next day")
    assert log.names() == ["app.2026-11-24_00-00-00_000000.log"]


def test_a_name_that_a_process_has_taken_is_not_given_twice(folder: Path) -> None:
    """It may be about to rename a file to it; what it leaves when killed is removed."""
    log = Fixture(folder, max_bytes=4, gzip=False)
    log.append("one")
    place = owned.open_new(str(folder / (stamp(NOON) + ".gz.tmp")))
    assert lock_shared(place)
    log.append("two")
    log.writer.maintain()
    assert log.names() == [stamp(NOON) + ".gz.tmp", stamp(NOON, 1)]
    os.close(place)
    log.writer.maintain()
    assert log.names() == [stamp(NOON, 1)]
    assert log.lines() == ["one", "two"]


def test_two_rotations_in_one_moment_have_two_names(folder: Path) -> None:
    """No backup takes another's place, compressed or not."""
    log = Fixture(folder, max_bytes=4)
    for text in ("one", "two", "six", "ten"):
        log.append(text)
        log.writer.maintain()
    assert log.names() == [stamp(NOON, n) + ".gz" for n in range(3)]
    assert log.lines() == ["one", "two", "six", "ten"]


def test_another_process_that_rotated_is_followed(folder: Path) -> None:
    """After one line at most: the cap holds for it, too."""
    log = Fixture(folder, max_bytes=8)
    other = log.another()
    log.append("one")
    other.append(b"two\n")
    other.append(b"six\n")
    log.writer.append(b"1+\n")
    log.append("ten")
    assert (folder / log.names()[0]).read_text() == "one\ntwo\n1+\n"
    assert log.path.read_text() == "six\nten\n"


def test_a_file_that_somebody_renamed_is_left(folder: Path) -> None:
    """Within a tenth of a second; the lines until then are kept in the renamed file."""
    log = Fixture(folder)
    log.append("one")
    log.path.rename(folder / "moved")
    log.writer.append(b"kept\n")
    log.later(0.1)
    log.append("new")
    assert (folder / "moved").read_text() == "one\nkept\n"
    assert log.path.read_text() == "new\n"


def test_a_turn_that_nobody_ends_is_taken_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a signal handler raised just as the turn was taken: later lines wait once."""
    monkeypatch.setattr("anivault_loguru.writer._PATIENCE", 0.05)
    log = Fixture(folder)
    log.append("one")
    left = threading.Thread(target=log.writer._turn.acquire)
    left.start()
    left.join()
    began = log.writer._turn
    log.append("two")
    assert log.writer._turn is not began
    log.append("three")
    assert (folder / "app.log").read_text() == "one\ntwo\nthree\n"


def test_a_process_stopped_in_a_rotation_lets_nobody_beyond_the_cap(folder: Path) -> None:
    """It keeps the lock: another one rotates without it, and says nothing."""
    log = Fixture(folder, max_bytes=8)
    lock = Lock(str(log.path) + ".lock")
    log.append("one")
    lock.acquire()
    for text in ("two", "six", "ten"):
        log.append(text)
    assert log.path.read_text() == "six\nten\n"
    assert log.said == []
    lock.release()


def test_a_rename_that_is_refused_is_tried_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, while another process has the file open: it grows, and is rotated later."""
    log = Fixture(folder, max_bytes=8)

    def refused(source: str, target: str) -> None:
        raise PermissionError(errno.EACCES, "in use", source)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refused)
        for text in ("one", "two", "six", "ten"):
            log.append(text)
        assert log.path.read_text() == "one\ntwo\nsix\nten\n"
        assert [what for what, _ in log.said] == [
            "the file could not be rotated and goes on growing"
        ]
    log.later(1.0)
    log.append("new")
    assert log.path.read_text() == "new\n"
    assert log.lines() == ["one", "two", "six", "ten", "new"]


def test_logrotate_that_copies_and_truncates_is_lived_with(folder: Path) -> None:
    """Later lines begin at the file's new start, and the cap counts from there."""
    log = Fixture(folder, max_bytes=8)
    for text in ("one", "two"):
        log.append(text)
    (folder / "app.log.1").write_bytes(log.path.read_bytes())
    os.truncate(log.path, 0)
    log.append("six")
    log.append("ten")
    assert (folder / "app.log.1").read_text() == "one\ntwo\n"
    assert log.lines() == ["six", "ten"]


def test_a_file_that_logrotate_made_is_taken_and_narrowed(folder: Path) -> None:
    """With `create 0640`, an empty file of ours stands at the path: it is used, for us alone."""
    log = Fixture(folder)
    log.append("one")
    log.path.rename(folder / "app.log.1")
    os.close(os.open(log.path, os.O_CREAT | os.O_WRONLY, 0o640))
    log.path.chmod(0o640)
    log.later(0.1)
    log.append("two")
    assert log.path.read_text() == "two\n"
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600


def test_what_can_not_be_opened_after_a_rename_goes_to_the_old_file(folder: Path) -> None:
    """A link planted in place of the live file is refused; lines stay where they can."""
    log = Fixture(folder)
    log.append("one")
    log.path.rename(folder / "moved")
    log.path.symlink_to("victim")
    log.later(1.0)
    log.writer.append(b"two\n")
    assert (folder / "moved").read_text() == "one\ntwo\n"
    assert not (folder / "victim").exists()
    assert isinstance(log.said[0][1], owned.Refused)


@pytest.mark.parametrize("kind", ["link", "dangling", "hard link", "pipe", "folder"])
def test_what_was_planted_at_the_live_files_place_is_refused(folder: Path, kind: str) -> None:
    """A clear error, each time, nothing followed; and logging works once it is gone."""
    folder.mkdir(0o700)
    log = Fixture(folder)
    victim = folder / "victim"
    if kind != "dangling":
        victim.write_text("precious")
    match kind:
        case "pipe":
            os.mkfifo(log.path)
        case "folder":
            log.path.mkdir()
        case "hard link":
            log.path.hardlink_to(victim)
        case _:
            log.path.symlink_to("victim")
    for _ in range(2):
        with pytest.raises(owned.Refused, match=r"app\.log'"):
            log.writer.append(b"secret\n")
    assert kind == "dangling" or victim.read_text() == "precious"
    log.path.rmdir() if kind == "folder" else log.path.unlink()
    log.append("one")
    assert log.path.read_text() == "one\n"


def test_what_was_planted_at_the_locks_place_stops_rotation_only(folder: Path) -> None:
    """The link is not followed, and the file goes on growing."""
    log = Fixture(folder, max_bytes=4)
    log.append("one")
    (folder / "app.log.lock").symlink_to("victim")
    log.append("two")
    assert log.path.read_text() == "one\ntwo\n"
    assert not (folder / "victim").exists()
    assert isinstance(log.said[0][1], owned.Refused)


@pytest.mark.parametrize("what", ["file", "folder"])
def test_lines_after_a_deletion_are_in_a_new_file(folder: Path, what: str) -> None:
    """The very next one: not one line goes into a file that nobody can read."""
    log = Fixture(folder)
    log.append("gone")
    log.path.unlink()
    if what == "folder":
        folder.rmdir()
    for number in range(5):
        log.append(f"kept {number}")
    assert log.lines() == [f"kept {number}" for number in range(5)]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_daemon_that_closes_all_files_goes_on_logging(folder: Path) -> None:
    """Closed numbers are not ours any more; nor is one that was given to another file since."""
    log = Fixture(folder)
    log.append("one")
    live = log.writer._live
    assert live is not None
    os.close(live.number)
    log.append("two")
    live = log.writer._live
    assert live is not None
    other = os.open(folder / "other", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(other, live.number)
    os.close(other)
    log.append("three")
    del live
    assert log.path.read_text() == "one\ntwo\nthree\n"


@pytest.fixture
def _no_descriptors(folder: Path) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.usefixtures("_no_descriptors")
def test_without_descriptors_an_open_file_is_still_written(folder: Path) -> None:
    """It can't be rotated, nor a renamed one be left; a new one raises. Later all goes on."""
    log = Fixture(folder, max_bytes=8)
    log.append("one")
    fresh = log.another()
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
    for text in ("two", "six"):
        log.writer.append(f"{text}\n".encode())
    os.rename(log.path, folder / "moved")
    log.later(0.5)
    log.writer.append(b"ten\n")
    with pytest.raises(OSError, match="Too many open files"):
        fresh.append(b"lost\n")
    resource.setrlimit(resource.RLIMIT_NOFILE, before)
    log.later(1.0)
    log.append("new")
    assert (folder / "moved").read_text() == "one\ntwo\nsix\nten\n"
    assert log.path.read_text() == "new\n"


def test_retention_removes_the_oldest_only(folder: Path) -> None:
    """By age, count and bytes; strangers and the files of other channels stay."""
    folder.mkdir(0o700)
    strangers = ["app.log.1", "app.audit.log", "app.2026-11-23.log", "notes.txt", "app.log.gz"]
    strangers += [Naming("app.audit.log").name(1), Naming("pp.log").name(1), stamp(1) + ".bak"]
    for name in strangers:
        (folder / name).write_text("precious")
    log = Fixture(folder, max_bytes=8, retention=Retention(days=3, count=4, max_bytes=200))
    for day in range(8):
        log.append(f"day {day}")
        log.writer.maintain()
        log.later(DAY)
    backups = [name for name in log.names() if name not in strangers]
    assert backups == [stamp(NOON + day * DAY) + ".gz" for day in (4, 5, 6, 7)][: len(backups)]
    assert {name for name in strangers if (folder / name).read_text() == "precious"} == {*strangers}
    log.later(30 * DAY)
    log.writer.maintain()
    assert sorted(log.names()) == sorted(strangers)
    assert log.path.exists()


def test_a_backup_that_can_not_be_removed_stops_no_other(folder: Path) -> None:
    """It is said, and the rest goes."""
    folder.mkdir(0o700)
    for moment in (1, 2, 3):
        (folder / stamp(0, moment)).touch()
    unlink = os.unlink

    def stubborn(path: str) -> None:
        if path.endswith("000002.log"):
            raise PermissionError(errno.EPERM, "immutable", path)
        unlink(path)

    log = Fixture(folder, gzip=False, retention=Retention(days=1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "unlink", stubborn)
        log.writer.maintain()
    assert log.names() == [stamp(0, 2)]
    assert isinstance(log.said[0][1], PermissionError)


def test_a_folder_at_a_backups_place_is_no_backup(folder: Path) -> None:
    """Nor is a link: neither is counted, compressed or removed."""
    (folder / stamp(0)).mkdir(parents=True)
    (folder / stamp(1)).symlink_to("victim")
    folder.chmod(0o700)
    log = Fixture(folder, retention=Retention(days=1))
    log.writer.maintain()
    assert log.names() == sorted([stamp(0), stamp(1)])
    assert log.said == []


def test_what_a_crashed_process_left_is_finished(folder: Path) -> None:
    """A backup is compressed, a half-made .gz done again, one without its backup removed."""
    folder.mkdir(0o700)
    (folder / stamp(NOON)).write_text("line\n")
    (folder / (stamp(NOON) + ".gz.tmp")).write_bytes(b"half")
    (folder / (stamp(NOON, 1) + ".gz.tmp")).write_bytes(b"half")
    log = Fixture(folder)
    log.writer.maintain()
    assert log.names() == [stamp(NOON) + ".gz"]
    assert gzip.decompress((folder / log.names()[0]).read_bytes()) == b"line\n"


def test_a_backup_in_use_is_compressed_later(folder: Path) -> None:
    """As long as another process has it open it stays; maintenance is asked for until it is done.

    An idle process lets go of a renamed file when its own maintenance runs.
    """
    log = Fixture(folder, max_bytes=8)
    idle = log.another()
    idle.append(b"idle\n")
    log.append("one")
    log.append("two")
    log.writer.maintain()
    assert log.names() == [stamp(NOON)]
    wakes = log.wakes
    for _ in range(3):
        log.later(1.0)
        log.append("")
    assert log.wakes >= wakes + 2
    idle.maintain()
    log.writer.maintain()
    assert log.names()[0] == stamp(NOON) + ".gz"
    wakes = log.wakes
    log.later(5.0)
    log.writer.append(b"")
    assert log.wakes == wakes


def test_without_compression_backups_stay_as_they_are(folder: Path) -> None:
    """`compression = "off"`."""
    log = Fixture(folder, max_bytes=4, gzip=False)
    log.append("one")
    log.append("two")
    log.writer.maintain()
    assert log.names() == [stamp(NOON)]


def test_maintenance_never_raises(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes wrong is said."""
    log = Fixture(folder)
    log.append("one")

    def failing(path: str) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "scandir", failing)
    log.writer.maintain()
    assert [what for what, _ in log.said] == ["maintenance failed"]


def test_threads_rotate_without_losing_a_line(folder: Path) -> None:
    """Eight threads, a rotation every few lines, compression beside them."""
    log = Writer(str(folder / "app.log"), max_bytes=2000)

    def work(thread: int) -> None:
        for number in range(400):
            log.append(b"%d-%d\n" % (thread, number))

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        log.maintain()
    log.maintain()
    lines = Fixture(folder).lines()
    assert sorted(lines) == sorted(f"{t}-{n}" for t in range(8) for n in range(400))


def test_many_lines_at_once_keep_the_cap(folder: Path) -> None:
    """Batches end where a file does."""
    log = Fixture(folder, max_bytes=100)
    lines = [b"%d\n" % number * (number % 5 + 1) for number in range(300)]
    log.writer.append_all(lines, lambda number, error: pytest.fail(str(error)))
    sizes = [path.stat().st_size for path in folder.iterdir() if path.suffix == ".log"]
    assert max(sizes) <= 100
    assert "".join(f"{line}\n" for line in log.lines()).encode() == b"".join(lines)


def test_many_lines_behind_a_torn_piece_are_there_once(folder: Path) -> None:
    """Only the first, which was joined to it, is written again."""
    log = Fixture(folder)
    log.append("one")
    with log.path.open("ab") as file:
        file.write(b"torn")
    log.writer.append_all([b"two\n", b"three\n"], lambda number, error: pytest.fail(str(error)))
    assert log.lines() == ["one", "torntwo", "three", "two"]


def test_of_many_lines_those_that_do_not_fit_are_told(folder: Path) -> None:
    """Each is in the file once, whole, or reported, whatever piece the full disk took."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    for limit in range(20, 130, 3):
        log = Fixture(folder / str(limit))
        lines = [b"%d" % number * (number + 3) + b"\n" for number in range(9)]
        lost: list[int] = []
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
        log.writer.append_all(lines, lambda number, _, lost=lost: lost.append(number))  # type: ignore[misc]
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        log.append("after")
        found = [line for line in log.path.read_bytes().split(b"\n") if line + b"\n" in lines]
        expected = [line[:-1] for number, line in enumerate(lines) if number not in lost]
        # A line that lacked only its newline is there after all.
        assert set(found) >= set(expected)
        assert len(found) == len(set(found)) <= len(expected) + 1
        assert log.lines()[-1] == "after"
        assert bool(lost) == (sum(map(len, lines)) - 1 > limit)
    signal.signal(signal.SIGXFSZ, ignored)


class Interrupted(Exception):
    """What a signal handler raises out of a log call."""


def test_an_exception_of_a_signal_handler_leaves_the_writer_whole(folder: Path) -> None:
    """It passes through, no lock stays held, and no line whose call returned is lost or doubled."""
    log = Writer(str(folder / "app.log"), max_bytes=1000)

    def raising(*_: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGALRM, raising)
    written: list[str] = []
    interrupted = 0
    number = 0
    try:
        while interrupted < 300:
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0007)
                while True:
                    number += 1
                    log.append(b"%d\n" % number)
                    written.append(str(number))
            except Interrupted:
                interrupted += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    lines = Fixture(folder).lines()
    assert set(written) <= set(lines)
    assert len(lines) == len(set(lines))
    assert Lock(str(folder / "app.log.lock")).acquire()


def test_a_log_call_in_a_signal_handler_writes_both_lines(folder: Path) -> None:
    """Also when it interrupts a rotation: no deadlock, no exception."""
    log = Writer(str(folder / "app.log"), max_bytes=1000)
    handled: list[str] = []
    numbers = itertools.count()

    def logging(*_: object) -> None:
        name = f"h{next(numbers)}"
        log.append(f"{name}\n".encode())
        handled.append(name)
        signal.setitimer(signal.ITIMER_REAL, 0.0003)

    before = signal.signal(signal.SIGALRM, logging)
    signal.setitimer(signal.ITIMER_REAL, 0.0003)
    written: list[str] = []
    try:
        while len(handled) < 300:
            written.append(str(len(written)))
            log.append(f"{written[-1]}\n".encode())
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert sorted(Fixture(folder).lines()) == sorted(written + handled)


@pytest.mark.parametrize("whose", ["ours", "another's"])
def test_who_is_woken_by_a_rotation_finds_the_backup_free(folder: Path, whose: str) -> None:
    """Nothing of the call that rotated, or noticed it, refers to the file any more."""
    path = folder / "app.log"
    clock = iter(range(1_000, 2_000)).__next__
    waking: list[Writer] = []

    def wake() -> None:
        for one in waking:
            one.maintain()

    writer = Writer(
        str(path),
        max_bytes=4 if whose == "ours" else 0,
        wake=wake,
        clock=lambda: float(clock()),
    )
    append = appending(writer)
    append(b"one\n")
    waking.append(writer)
    if whose != "ours":
        assert retire(str(path), inode_at(str(path)) or (0, 0), Naming("app.log"), 1.0)
        writer._undone = True
    append(b"two\n")
    assert path.read_bytes() == b"two\n"
    backups = [name for name in os.listdir(folder) if name.startswith("app.1970")]
    assert [name.endswith(".log.gz") for name in backups] == [True]
