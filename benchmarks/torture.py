"""What becomes of log lines under faults: for this library and three others, side by side.

    python -m benchmarks.torture [--rounds 3] [--lines 5000] [--only FAULT ...] [--markdown]

Each fault runs for every library in turn, round by round, so that a slow minute of the machine
hits all alike. Every line carries a number and its own length; the files tell which lines were
kept, lost although their log call had returned, are there twice, and how many are torn. Seconds run
from the word go, given when all is imported and set up, to the return of the last log call; `done`
until the libraries are shut down, compression included; `cpu` is what all of them took of the
processors until then. The garbage collector is as Python has it. The row of 20 MB runs at real-time
priority where that is allowed, so that other load of the machine does not show as a pause.

`writer` is the file writer of anivault_loguru alone, given the same bytes as the other libraries;
`anivault` is the whole of it: JSON records, masked, by `logger.info`. Needs the `torture` group.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .found import STRANGERS, found_in
from .targets import LIBRARIES

_PROJECT = Path(__file__).parent.parent
_PATIENCE = 60.0
KIB = 1024


@dataclass
class Outcome:
    """What one fault did to one library in one round."""

    kept: int = 0
    lost: int = 0
    twice: int = 0
    torn: int = 0
    seconds: float = 0.0
    done: float = 0.0
    spent: float = 0.0
    pause: float = 0.0
    note: int = 0


@dataclass(frozen=True)
class Fault:
    """How many processes log, in which way, and what happens to them meanwhile."""

    processes: int = 4
    way: str = "steadily"
    share: float = 1.0
    lines: int = 0
    cap: int = 256 * KIB
    longest: int = 400
    packed: bool = True
    keep: int = 0
    killed: bool = False
    stopped: bool = False
    disk: bool = False
    # What the last column counts.
    note: str = ""

    def run(self, library: str, lines: int) -> Outcome | None:
        """Run it once; None if it can't be run here."""
        with tempfile.TemporaryDirectory(prefix="torture") as place:
            folder = Path(place) / "logs"
            folder.mkdir(0o700)
            if not self.disk:
                return self._run(library, self.lines or int(lines * self.share), folder)
            with _small_disk(folder) as mounted:
                return self._run(library, self.lines, folder) if mounted else None

    def _run(self, library: str, lines: int, folder: Path) -> Outcome:
        if self.keep:
            for name in STRANGERS:
                (folder / name).write_text("precious\n")
        names = [f"p{number}" for number in range(self.processes)]
        runs = {name: self._started(library, folder, name, lines) for name in names}
        for run in runs.values():
            assert run.stdout
            assert run.stdout.readline() == "ready\n"
        begun = time.monotonic()
        for run in runs.values():
            assert run.stdin
            run.stdin.write("go\n")
            run.stdin.flush()
        outcome, expected = Outcome(), set[str]()
        if self.killed:
            expected |= _killed(runs.pop("p0"), lines // 2)
        if self.stopped:
            outcome.note = _stalls(runs["p0"], runs["p1"], folder.parent / "stop")
        for run in runs.values():
            expected |= _finished(run, begun, outcome)
        # What retention removes is not lost.
        found, outcome.torn = found_in(folder)
        outcome.kept = len(found)
        outcome.lost = 0 if self.keep else len(expected - set(found))
        outcome.twice = sum(1 for count in found.values() if count > 1)
        if self.keep:
            outcome.note = sum(not (folder / name).exists() for name in STRANGERS)
        elif self.note == "readable":
            outcome.note = sum(path.stat().st_mode & 0o077 != 0 for path in folder.glob("*.gz"))
        return outcome

    def _started(self, library: str, folder: Path, name: str, lines: int) -> subprocess.Popen[str]:
        options = {
            "library": library,
            "folder": str(folder),
            "name": name,
            "lines": lines,
            "cap": self.cap,
            "packed": self.packed,
            "keep": self.keep,
            "longest": self.longest,
            "way": self.way,
            "says": self.killed or (self.stopped and name != "p0"),
        }
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [sys.executable, "-m", "benchmarks.tormented", json.dumps(options)],
            cwd=_PROJECT,
            stdin=pipe,
            stdout=pipe,
            stderr=subprocess.DEVNULL,
            text=True,
            umask=0o022,
        )


def _killed(run: subprocess.Popen[str], lines: int) -> set[str]:
    """Kill a process that has logged so many lines; those whose log call it said had returned."""
    assert run.stdout
    said = [run.stdout.readline().strip() for _ in range(lines)]
    run.kill()
    said += run.stdout.read().split()
    run.wait()
    return set(said)


def _stalls(victim: subprocess.Popen[str], other: subprocess.Popen[str], stop: Path) -> int:
    """Stop one process ten times; how often the other one got no further within a second."""
    draw, stalls = random.Random(1), 0
    assert other.stdout
    out = other.stdout.fileno()
    os.set_blocking(out, False)
    for _ in range(10):
        _progress(out, 1_000_000, draw.uniform(0.005, 0.02))
        victim.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, victim.pid, os.WSTOPPED)
        _progress(out, 1_000_000, 0.01)  # what it had said before
        stalls += _progress(out, 2000, 1.0) < 2000
        victim.send_signal(signal.SIGCONT)
    os.set_blocking(out, True)
    stop.touch()
    return stalls


def _progress(out: int, wanted: int, seconds: float) -> int:
    """Read what a process says until it is so many bytes, or so many seconds are over."""
    limit, count = time.monotonic() + seconds, 0
    while count < wanted and (left := limit - time.monotonic()) > 0:
        if select.select([out], [], [], left)[0]:
            count += len(os.read(out, 65536))
    return count


def _finished(run: subprocess.Popen[str], begun: float, outcome: Outcome) -> set[str]:
    """Wait for a process to end; the lines that have to be in the files. It may hang."""
    try:
        out = run.communicate(timeout=_PATIENCE)[0].splitlines()
    except subprocess.TimeoutExpired:
        run.kill()
        run.communicate()
        outcome.seconds = float("inf")
        return set()
    if not out or not out[-1].startswith("{"):
        outcome.seconds = float("inf")
        return set()
    end = json.loads(out[-1])
    outcome.seconds = max(outcome.seconds, end["ended"] - begun)
    outcome.done = max(outcome.done, end["done"] - begun)
    outcome.spent += end["spent"]
    outcome.pause = max(outcome.pause, end["pause"])
    outcome.note += end["note"]
    return {
        f"{name}-{number}"
        for name, (count, out_of_it) in end["logged"].items()
        for number in set(range(count)) - set(out_of_it)
    }


@contextmanager
def _small_disk(folder: Path) -> Iterator[bool]:
    """A disk of one megabyte at `folder`; false if none can be mounted here."""
    command = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "none", str(folder)]
    mounted = subprocess.run(command, check=False, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


FAULTS = {
    "4 processes": Fault(packed=False),
    "4 processes, gzip": Fault(note="readable"),
    "8 processes": Fault(processes=8, packed=False),
    "8 processes, gzip": Fault(processes=8),
    "lines to 128 KiB": Fault(longest=60_000, share=0.1),
    "kill -9 of one": Fault(killed=True, share=0.4),
    "one stopped ten times": Fault(
        processes=2, way="until_told", cap=8 * KIB, packed=False, stopped=True, note="stalls"
    ),
    "50 forks, 4 threads": Fault(processes=1, way="forking", packed=False, note="hung"),
    "log call in a signal": Fault(processes=1, way="in_handler"),
    "a handler that raises": Fault(processes=1, way="raised_out"),
    "file deleted": Fault(processes=1, way="deleted", lines=400, cap=10 * KIB * KIB),
    "folder removed": Fault(processes=1, way="removed", lines=400, cap=10 * KIB * KIB),
    "disk full, then not": Fault(
        processes=1, way="full", lines=1000, longest=4000, cap=10 * KIB * KIB, disk=True
    ),
    "11 foreign files": Fault(processes=1, cap=16 * KIB, keep=2, note="gone"),
    "20 MB gzipped": Fault(processes=1, way="paced", cap=20_000_000, longest=2000, lines=80_000),
}


def report(name: str, results: dict[str, list[Outcome]], markdown: bool) -> None:
    """Print the fault's table: worst counts, median seconds, median of the longest pauses."""
    note = FAULTS[name].note
    keys = ["kept", "lost", "twice", "torn", *([note] if note else [])]
    head = [name, *keys, "seconds", "ratio", "done", "cpu", "pause ms"]
    rows = []
    base = statistics.median(outcome.seconds for outcome in results["concurrent"])
    for library, outcomes in results.items():
        worst = [
            str(
                (min if key == "kept" else max)(
                    getattr(o, key if key != note else "note") for o in outcomes
                )
            )
            for key in keys
        ]
        seconds = statistics.median(o.seconds for o in outcomes)
        done = statistics.median(o.done for o in outcomes)
        spent = statistics.median(o.spent for o in outcomes)
        pause = statistics.median(o.pause for o in outcomes) * 1000
        ratio = f"{seconds / base:.2f}"
        times = [f"{seconds:.2f}", ratio, f"{done:.2f}", f"{spent:.2f}", f"{pause:.1f}"]
        rows.append([library, *worst, *times])
    if markdown:
        print("| " + " | ".join(head) + " |\n|---" + "|---:" * (len(head) - 1) + "|")
        print("\n".join("| " + " | ".join(row) + " |" for row in rows), end="\n\n")
        return
    for row in [head, *rows]:
        print(f"{row[0]:22}" + "".join(f"{cell:>9}" for cell in row[1:]), flush=True)
    print(flush=True)


def main() -> None:
    """Run the faults asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lines", type=int, default=5000, help="of each process")
    parser.add_argument("--only", nargs="+", choices=FAULTS, default=list(FAULTS))
    parser.add_argument("--markdown", action="store_true", help="tables for a README")
    arguments = parser.parse_args()
    for name in arguments.only:
        results: dict[str, list[Outcome]] = {library: [] for library in LIBRARIES}
        for turn in range(arguments.rounds):
            shift = turn % len(results)
            for library in [*LIBRARIES[shift:], *LIBRARIES[:shift]]:
                outcome = FAULTS[name].run(library, arguments.lines)
                if outcome is not None:
                    results[library].append(outcome)
        if results["concurrent"]:
            report(name, results, arguments.markdown)
        else:
            print(f"{name}: can't be run here\n", flush=True)


if __name__ == "__main__":
    main()
