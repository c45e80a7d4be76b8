"""The writer among processes: killed, forked, stopped, interrupted, out of room; nothing is lost.

Real processes on real files, by the public interface. Every record carries a number, the file tells
which arrived: each one whose log call returned is there, once, whole.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from anivault_loguru import metrics
from anivault_loguru.faults import faults
from anivault_loguru.rotation import Naming

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and forks are POSIX's")

# What every program begins with. `say` acknowledges: the line before it has been logged.
PRELUDE = """
import os, random, signal, sys, threading, time, warnings
warnings.filterwarnings("ignore", category=DeprecationWarning)  # of fork beside threads
from anivault_loguru import configure, logger, shutdown
folder, name, cap = sys.argv[1], sys.argv[2], int(sys.argv[3])
def say(text):
    os.write(1, f"{text}\\n".encode())
configure(
    dir=folder, console={"enabled": False}, metrics={"enabled": False}, masking={"enabled": False},
    channels={"app": {
        "max_bytes": cap, "retention_days": 0, "retention_count": 0, "retention_bytes": 0,
    }},
    max_record_bytes="100MB",
)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "logs"


@contextmanager
def started(program: str, folder: Path, name: str, cap: int = 0) -> Iterator[subprocess.Popen[str]]:
    """Run `program` behind the prelude; it is killed at the end if it is still there."""
    command = [sys.executable, "-c", PRELUDE + program, str(folder), name, str(cap)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as run:
        try:
            yield run
        finally:
            run.kill()


def finished(run: subprocess.Popen[str]) -> list[str]:
    """Wait for the program to end well; what it said."""
    out, err = run.communicate(timeout=100)
    assert (run.returncode, err) == (0, "")
    return out.splitlines()


class Found:
    """What stands in the files of the app channel, live and rotated."""

    def __init__(self, folder: Path) -> None:
        naming = Naming("app.log")
        self.torn: list[bytes] = []
        self.documents: list[dict[str, Any]] = []
        self.files: list[bytes] = []
        for path in folder.iterdir():
            backup = naming.parse(path.name)
            if path.name != "app.log" and (backup is None or backup.partial):
                continue
            if path.with_name(path.name + ".gz").exists():
                continue  # killed between the two: the backup and its .gz are one
            assert path.stat().st_mode & 0o777 == 0o600
            data = path.read_bytes()
            if path.suffix == ".gz":
                data = gzip.decompress(data)
            self.files.append(data)
            *lines, rest = data.split(b"\n")
            for line in [*lines, rest] if rest else lines:
                try:
                    self.documents.append(json.loads(line))
                except ValueError:
                    self.torn.append(line)
        self.messages = Counter(document["message"] for document in self.documents)

    def spoilt(self) -> list[object]:
        """Torn lines, and those that are there twice."""
        return [*self.torn, *self.twice()]

    def twice(self) -> list[str]:
        """Messages that are there more than once."""
        return [message for message, count in self.messages.items() if count > 1]

    def beyond(self, cap: int) -> int:
        """How many lines one process has put beyond the cap of one file, at most."""
        most = 0
        for data in self.files:
            end, processes = 0, Counter[int]()
            for line in data.splitlines(keepends=True):
                start, end = end, end + len(line)
                if end > cap and start:
                    processes[json.loads(line)["process"]] += 1
            most = max([most, *processes.values()])
        return most

    def has_no_gap(self) -> bool:
        """Each run's records are numbered from 1 with none left out, and none twice."""
        runs: dict[str, list[int]] = {}
        for document in self.documents:
            runs.setdefault(document["run"], []).append(document["seq"])
        return all(sorted(seqs) == list(range(1, len(seqs) + 1)) for seqs in runs.values())


@pytest.mark.parametrize(("processes", "count", "longest"), [(8, 1500, 400), (4, 400, 128 * 1024)])
def test_no_line_is_lost_twice_or_torn(
    folder: Path, processes: int, count: int, longest: int
) -> None:
    """Many processes, a rotation every 256 KiB with compression, lines of 50 bytes to 128 KiB."""
    program = f"""
draw = random.Random(name)
for n in range({count}):
    logger.info(f"{{name}}-{{n}} " + "가ア漢x"[n % 4] * int({longest} ** draw.random() / 2))
"""
    cap = 256 * 1024
    with ExitStack() as stack:
        runs = [
            stack.enter_context(started(program, folder, f"p{n}", cap)) for n in range(processes)
        ]
        for run in runs:
            finished(run)
    found = Found(folder)
    assert found.spoilt() == []
    assert found.has_no_gap()
    names = {message.split()[0] for message in found.messages}
    assert names == {f"p{p}-{n}" for p in range(processes) for n in range(count)}
    assert len(found.files) > 4
    assert found.beyond(cap) <= 1


def test_threads_of_one_process_never_pass_the_cap(folder: Path) -> None:
    """Each takes its room before it writes: no file is a byte too long, and no line is lost."""
    program = """
def work(name):
    draw = random.Random(name)
    for n in range(1500):
        logger.info(f"{name}-{n} " + "x" * draw.randrange(600))
threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""
    cap = 16 * 1024
    with started(program, folder, "", cap) as run:
        finished(run)
    found = Found(folder)
    assert found.spoilt() == []
    assert found.has_no_gap()
    assert len(found.messages) == 8 * 1500
    assert len(found.files) > 100
    assert found.beyond(cap) == 0


def test_several_processes_pass_it_by_a_line_each_however_many_threads(folder: Path) -> None:
    """That had looked at the size before others filled the file; no line is lost, twice or torn."""
    program = """
def work(thread):
    draw = random.Random(f"{name}-{thread}")
    for n in range(600):
        logger.info(f"{name}-{thread}-{n} " + "x" * draw.randrange(600))
threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""
    cap = 16 * 1024
    with ExitStack() as stack:
        for run in [stack.enter_context(started(program, folder, name, cap)) for name in "abc"]:
            finished(run)
    found = Found(folder)
    assert found.spoilt() == []
    assert found.has_no_gap()
    assert found.twice() == []
    assert len(found.messages) == 3 * 4 * 600
    assert found.beyond(cap) <= 1


def test_a_killed_writer_loses_no_acknowledged_line(folder: Path) -> None:
    """kill -9 at any moment, ten times, while another goes on: each line that was said is there."""
    program = """
for n in range(1_000_000):
    logger.info(f"{name}-{n} " + "x" * (n % 7 * 300))
    say(f"{name}-{n}")
"""
    survivor = """
for n in range(3000):
    logger.info(f"{name}-{n} ")
    say(f"{name}-{n}")
"""
    said: list[str] = []
    draw = random.Random(3)
    with started(survivor, folder, "survivor", 64 * 1024) as other:
        for number in range(10):
            with started(program, folder, f"killed{number}", 64 * 1024) as run:
                assert run.stdout is not None
                for _ in range(draw.randrange(300)):
                    said.append(run.stdout.readline().strip())
                run.kill()
                said += run.stdout.read().split()
        said += finished(other)
    found = Found(folder)
    assert found.twice() == []
    assert len(found.torn) <= 10  # of the line that was just being written
    assert found.has_no_gap()
    assert {message.split()[0] for message in found.messages} >= set(said)
    assert len(said) > 3000


def test_a_piece_that_a_killed_process_left_spoils_no_line(folder: Path) -> None:
    """Killed in the middle of a write of 32 MB: whoever writes next stands alone, and once."""
    big = "logger.info('x' * 32_000_000)"
    small = """
for n in range(1_000_000):
    logger.info(f"{name}-{n} ")
    say(f"{name}-{n}")
"""
    path = folder / "app.log"
    with started(small, folder, "small") as other:
        assert other.stdout is not None
        said = [other.stdout.readline().strip()]
        for number in range(5):
            before = path.stat().st_size
            with started(big, folder, f"big{number}") as run:
                while path.stat().st_size < before + 5_000_000:
                    assert run.poll() is None
                run.kill()
            said += [other.stdout.readline().strip() for _ in range(100)]
        other.kill()
        said += other.stdout.read().split()
    with started("logger.info('last')", folder, "last") as run:
        finished(run)
    found = Found(folder)
    assert found.torn
    assert set(found.messages.values()) == {1}
    assert {*said, "last"} <= {message.strip() for message in found.messages}


FORKING = """
going = True
def work(thread):
    n = 0
    while going:
        logger.info(f"{name}-{thread}-{n} ")
        n += 1
        done[thread] = n
done = [0] * 4
threads = [threading.Thread(target=work, args=(thread,)) for thread in range(4)]
for thread in threads:
    thread.start()
children = []
for fork in range(50):
    pid = os.fork()
    if pid == 0:
        signal.alarm(60)
        for n in range(20):
            logger.info(f"child{fork}-{n} ")
        END
    children.append(pid)
codes = [os.waitpid(pid, 0)[1] for pid in children]
going = False
for thread in threads:
    thread.join()
say(codes.count(0))
say(done)
"""


@pytest.mark.parametrize("end", ["os._exit(0)", "shutdown(); os._exit(0)", "sys.exit(0)"])
def test_fork_while_threads_log(folder: Path, end: str) -> None:
    """Fifty children of a process with four logging threads: none hangs, all lines are there."""
    if end == "sys.exit(0)":
        end = "going = False; threading._shutdown = lambda: None; sys.exit(0)"
    with started(FORKING.replace("END", end), folder, "parent", 64 * 1024) as run:
        codes, done = finished(run)
    assert codes == "50"
    found = Found(folder)
    assert found.spoilt() == []
    assert found.has_no_gap()
    expected = {f"child{fork}-{n} " for fork in range(50) for n in range(20)}
    for thread, count in enumerate(json.loads(done)):
        expected |= {f"parent-{thread}-{n} " for n in range(count)}
    assert set(found.messages) == expected


def test_the_background_queue_at_exit_and_fork(folder: Path) -> None:
    """All is written when the process ends; a child writes nothing that its parent logged."""
    program = """
configure(
    dir=folder, console={"enabled": False}, metrics={"enabled": False},
    channels={"app": {"max_bytes": cap}}, queue={"mode": "background"},
)
for n in range(3000):
    logger.info(f"parent-{n}")
    if n % 100 == 0 and os.fork() == 0:
        logger.info(f"child-{n}")
        sys.exit(0)
for _ in range(30):
    assert os.wait()[1] == 0
"""
    with started(program, folder, "", 256 * 1024) as run:
        finished(run)
    found = Found(folder)
    assert found.spoilt() == []
    assert found.has_no_gap()
    expected = {f"parent-{n}" for n in range(3000)} | {f"child-{n}" for n in range(0, 3000, 100)}
    assert set(found.messages) == expected


def test_a_log_call_in_a_signal_handler(folder: Path) -> None:
    """It interrupts another log call: no deadlock, no exception, both lines."""
    program = """
import itertools
numbers, handled = itertools.count(), []
def handler(*_):
    n = next(numbers)
    logger.info(f"h{n}")
    handled.append(n)
    signal.setitimer(signal.ITIMER_REAL, 0.0005)
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.0005)
count = 0
while len(handled) < 400:
    logger.info(f"m{count}")
    count += 1
signal.setitimer(signal.ITIMER_REAL, 0)
say(count); say(next(numbers))
"""
    with started(program, folder, "", 16 * 1024) as run:
        count, handled = map(int, finished(run))
    found = Found(folder)
    assert found.spoilt() == []
    assert found.has_no_gap()
    expected = {f"m{n}" for n in range(count)} | {f"h{n}" for n in range(handled)}
    assert set(found.messages) == expected


@pytest.mark.parametrize("kind", ["BaseException", "Exception", "TimeoutError"])
def test_an_exception_raised_out_of_a_log_call(folder: Path, kind: str) -> None:
    """It passes through; no lock stays held, no acknowledged line is lost, a gap is counted."""
    program = """
from anivault_loguru import metrics
class Timeout(KIND): pass
def handler(*_):
    raise Timeout
signal.signal(signal.SIGALRM, handler)
caught = n = 0
def log_until_interrupted():
    global n
    signal.setitimer(signal.ITIMER_REAL, 0.001)
    while n < 100_000:
        logger.info(f"m{n}")
        n += 1
    sys.exit("a timeout was swallowed")
while caught < 300:
    try:
        log_until_interrupted()
    except Timeout:
        caught += 1
        n += 1
        say(n)
threads = [threading.Thread(target=logger.info, args=(f"t{n}",)) for n in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
counters = metrics.snapshot()["counters"]
say(sum(n for series, n in counters.items() if series.startswith("records_dropped")))
"""
    program = program.replace("KIND", kind)
    with started(program, folder, "", 16 * 1024) as run:
        *skipped, dropped = map(int, finished(run))
    found = Found(folder)
    assert found.spoilt() == []
    assert len(skipped) == 300
    unacknowledged = {f"m{n - 1}" for n in skipped}
    assert {f"m{n}" for n in range(skipped[-1])} - unacknowledged <= set(found.messages)
    assert {"t0", "t1", "t2"} <= set(found.messages)
    last = max(document["seq"] for document in found.documents)
    assert last - len(found.documents) <= dropped


def test_a_stopped_process_stalls_no_other(folder: Path) -> None:
    """SIGSTOP at ten moments: the other writes on each time, and what it says is there."""
    program = """
n = 0
while True:
    logger.info(f"{name}-{n} ")
    say(f"{name}-{n}")
    n += 1
"""
    draw = random.Random(5)
    said = []
    with (
        started(program, folder, "stopped", 8 * 1024) as stopped,
        started(program, folder, "other", 8 * 1024) as other,
    ):
        assert stopped.stdout is not None
        assert other.stdout is not None
        watchdog = threading.Timer(60, other.kill)  # ends the test if the other one does stall
        watchdog.start()
        for _ in range(10):
            said += [stopped.stdout.readline().strip() for _ in range(draw.randrange(20, 120))]
            stopped.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, stopped.pid, os.WSTOPPED)
            lines = [other.stdout.readline().strip() for _ in range(500)]
            assert all(lines)
            said += lines
            stopped.send_signal(signal.SIGCONT)
        watchdog.cancel()
        for run in (stopped, other):
            run.kill()
            assert run.stdout is not None
            said += run.stdout.read().split()
    found = Found(folder)
    assert found.spoilt() == []
    assert {message.strip() for message in found.messages} >= set(said)


@pytest.mark.parametrize("where", ["_rename", "replace"])
def test_the_cap_holds_while_a_rotating_process_is_stopped(folder: Path, where: str) -> None:
    """It has the lock, and has looked or not: others rotate, and in the end nothing is lost."""
    program = """
import anivault_loguru.retire as retire
def stopping(act):
    def stopped(*arguments):
        os.kill(os.getpid(), signal.SIGSTOP)
        return act(*arguments)
    return stopped
if name == "stopped":
    owner = os if WHERE == "replace" else retire
    setattr(owner, WHERE, stopping(getattr(owner, WHERE)))
for n in range(100 if name == "stopped" else 600):
    logger.info(f"{name}-{n} ")
""".replace("WHERE", repr(where))
    cap = 4096
    with started(program, folder, "stopped", cap) as stopped:
        os.waitid(os.P_PID, stopped.pid, os.WSTOPPED | os.WNOWAIT)
        with ExitStack() as stack:
            for run in [stack.enter_context(started(program, folder, f"p{n}", cap)) for n in "ab"]:
                finished(run)
        assert len(Found(folder).files) > 50
        while stopped.poll() is None:
            stopped.send_signal(signal.SIGCONT)
            time.sleep(0.001)
        finished(stopped)
    found = Found(folder)
    assert found.spoilt() == []
    assert found.has_no_gap()
    assert len(found.documents) == 1300
    assert found.beyond(cap) <= 1


def half_made(folder: Path) -> list[str]:
    """What is being compressed; an empty one only holds a name for a moment."""
    return [path.name for path in folder.glob("*.gz.tmp") if path.stat().st_size]


def test_a_crash_in_the_middle_of_compression(folder: Path) -> None:
    """The original stays, half a .gz is never taken for one, and the next process finishes."""
    program = """
import shutil
def halfway(source, target, size):
    target.write(source.read(2_000_000))
    target.flush()
    os.kill(os.getpid(), signal.SIGSTOP)
shutil.copyfileobj = halfway
for n in range(3000):
    logger.info(f"{name}-{n} " + os.urandom(700).hex())
logger.info("start the mill " + "x" * 3_000_000)
while True:
    time.sleep(1)
"""
    cap = 6_000_000
    with started(program, folder, "crashed", cap) as run:
        os.waitid(os.P_PID, run.pid, os.WSTOPPED | os.WNOWAIT)
        run.kill()
    assert half_made(folder)
    with started("logger.info('next')", folder, "next", cap) as run:
        finished(run)
    assert not list(folder.glob("*.gz.tmp"))
    assert [path.name for path in folder.glob("app.*.log")] == []
    found = Found(folder)
    assert set(found.messages.values()) == {1}  # the long line may have been torn by the kill
    assert {message.split()[0] for message in found.messages} >= {
        f"crashed-{n}" for n in range(3000)
    }


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_multiprocessing(tmp_path: Path, folder: Path, method: str) -> None:
    """Workers of a pool log into the same files, however they are started."""
    module = tmp_path / "work.py"
    module.write_text(
        f"""
import multiprocessing
from anivault_loguru import logger
def work(number):
    for n in range(50):
        logger.info(f"w{{number}}-{{n}}")
    return number
if __name__ == "__main__":
    logger.info("begin")
    with multiprocessing.get_context({method!r}).Pool(3) as pool:
        assert sorted(pool.map(work, range(6))) == list(range(6))
        pool.close()
        pool.join()
    logger.info("end")
"""
    )
    environment = {**os.environ, "ANIVAULT_LOG_DIR": str(folder)}
    environment["ANIVAULT_LOG_CONSOLE__ENABLED"] = "false"
    environment["ANIVAULT_LOG_METRICS__ENABLED"] = "false"
    run = subprocess.run(
        [sys.executable, str(module)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert (run.returncode, run.stderr) == (0, "")
    found = Found(folder)
    assert found.spoilt() == []
    assert found.has_no_gap()
    expected = {f"w{number}-{n}" for number in range(6) for n in range(50)} | {"begin", "end"}
    assert set(found.messages) == expected


def test_an_external_rotation(folder: Path) -> None:
    """logrotate renames the file under two writers: all lines are in the renamed and new files."""
    program = """
n = 0
while not os.path.exists(folder + "/stop"):
    logger.info(f"{name}-{n} ")
    n += 1
say(n)
"""
    live = folder / "app.log"
    with started(program, folder, "a") as one, started(program, folder, "b") as other:
        for number in range(5):
            while not live.exists():
                assert (one.poll(), other.poll()) == (None, None)
            live.rename(folder / Naming("app.log").name(number))
        (folder / "stop").touch()
        counts = {"a": int(finished(one)[0]), "b": int(finished(other)[0])}
    found = Found(folder)
    assert found.spoilt() == []
    expected = {f"{name}-{n} " for name, count in counts.items() for n in range(count)}
    assert set(found.messages) == expected


def dropped() -> float:
    counters = metrics.snapshot()["counters"]
    return float(counters.get('records_dropped{channel="app"}', 0))


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was said on stderr in the last minute."""
    monkeypatch.setattr(faults, "_said", {})


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "none", str(disk)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"can't mount a tmpfs here: {done.stderr.strip()}")
    yield disk
    from anivault_loguru import shutdown

    shutdown()
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.usefixtures("silent")
def test_a_full_disk(small_disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Calls return, what is lost is counted and said once; freed, the next line stands alone."""
    from anivault_loguru import configure, logger

    configure(dir=small_disk, console={"enabled": False}, metrics={"enabled": False})
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 400_000)
    before = dropped()
    count = 0
    while dropped() < before + 20:
        logger.info(f"m{count} " + "y" * 20_000)
        count += 1
    ballast.unlink()
    for n in range(5):
        logger.info(f"after{n} ")
    lines = (small_disk / "app.log").read_bytes().split(b"\n")[:-1]
    good = [line for line in lines if line.endswith(b"}")]
    documents = [json.loads(line) for line in good]
    names = [document["message"].split()[0] for document in documents]
    assert names[-5:] == [f"after{n}" for n in range(5)]
    assert len(names) == len(set(names)) == count + 5 - 20
    assert len(lines) - len(good) <= 1
    assert dropped() == before + 20
    said = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("{")]
    assert len(said) == 1
    assert "a record was lost" in said[0]


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_deletion(folder: Path, what: str) -> None:
    """Two hundred lines after the file or its folder is gone: all of them are there."""
    from anivault_loguru import configure, logger

    configure(dir=folder, console={"enabled": False}, metrics={"enabled": False})
    for n in range(200):
        logger.info(f"gone{n}")
    for path in folder.iterdir():
        path.unlink()
    if what == "folder":
        folder.rmdir()
    for n in range(200):
        logger.info(f"kept{n}")
    assert set(Found(folder).messages) == {f"kept{n}" for n in range(200)}


@pytest.fixture
def as_user(tmp_path: Path, folder: Path) -> Iterator[None]:
    """Root may write anywhere: be somebody else for a while, with a folder of one's own."""
    folder.mkdir(0o700)
    if os.geteuid() != 0:
        yield
        return
    os.chown(folder, 65534, -1)
    for path in (tmp_path, *tmp_path.parents[:2]):
        path.chmod(0o711)
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.mark.usefixtures("as_user", "silent")
def test_a_read_only_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The open file goes on growing; what needs a new one is lost, counted and said."""
    from anivault_loguru import configure, logger

    app = {"app": {"max_bytes": 400}}
    configure(dir=folder, console={"enabled": False}, metrics={"enabled": False}, channels=app)
    before = dropped()
    logger.info("one")
    folder.chmod(0o500)
    for n in range(5):
        logger.info(f"grows{n}")
    assert dropped() == before
    logger.bind(component="pipeline").info("has no file yet")
    assert len((folder / "app.log").read_text().splitlines()) == 6
    said = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("{")]
    assert len(said) == 2
    assert "app: the file could not be rotated and goes on growing" in said[0]
    assert "pipeline: a record was lost" in said[1]
    folder.chmod(0o700)
    logger.bind(component="pipeline").info("has one now")
    assert (folder / "pipeline.log").exists()
