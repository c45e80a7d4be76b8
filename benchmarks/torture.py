"""What becomes of log lines under faults: for this library and three others, side by side.

    python -m benchmarks.torture [--rounds 3] [--lines 5000] [--only FAULT ...]

Each fault runs for every library in turn, round by round, so that a slow minute of the machine
hits all alike. Every line carries a number and its own length; the files tell which lines were
kept, lost although their log call had returned, are there twice, and how many are torn.

`writer` is the file writer of anivault_loguru alone, given the same bytes as the other libraries;
`anivault` is the whole of it: JSON records, masked, by `logger.info`. Needs the `bench` group.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .targets import LIBRARIES, open_log

_PROJECT = Path(__file__).parent.parent
KIB = 1024
MESSAGE = re.compile(rb"<(\w+-\d+) (\d+) ([^>]*)>")
TEXT = "처리했습니다 エピソード done " * 4000


def message(name: str, number: int, length: int) -> str:
    """A line's text: its number, its length in characters, and so many characters."""
    return f"<{name}-{number} {length} {TEXT[:length]}>"


def lengths(name: str, longest: int) -> Callable[[], int]:
    """From some 50 bytes to `longest`, short ones far more often, the same for each library."""
    draw = random.Random(name)
    return lambda: int(20 * (longest / 40) ** draw.random())


def work(arguments: argparse.Namespace) -> None:
    """Log the lines of one process, from the word go."""
    log, end = open_log(
        arguments.library, Path(arguments.folder) / "app.log", arguments.cap, arguments.packed
    )
    name, draw = arguments.name, lengths(arguments.name, arguments.longest)
    handled = 0

    def handler(*_: object) -> None:
        nonlocal handled
        log(message(f"{name}h", handled, 20))
        handled += 1
        signal.setitimer(signal.ITIMER_REAL, 0.002)

    gc.disable()  # the interpreter's own pauses are none of the library's
    print("ready", flush=True)
    sys.stdin.readline()
    if arguments.interrupted:
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.002)
    slowest = 0.0
    for number in range(arguments.lines):
        text = message(name, number, draw())
        begun = time.perf_counter()
        log(text)
        slowest = max(slowest, time.perf_counter() - begun)
        if arguments.said:
            os.write(1, f"{name}-{number}\n".encode())
    signal.setitimer(signal.ITIMER_REAL, 0)
    end()
    print("end", slowest, handled, flush=True)


@dataclass
class Outcome:
    """What one fault did to one library in one round."""

    kept: int = 0
    lost: int = 0
    twice: int = 0
    torn: int = 0
    seconds: float = 0.0
    pause: float = 0.0


@dataclass(frozen=True)
class Fault:
    """How many processes log, what they log, and what happens to them."""

    processes: int = 4
    share: float = 1.0
    cap: int = 256 * KIB
    longest: int = 400
    packed: bool = True
    killed: bool = False
    interrupted: bool = False
    lines: int = 0
    libraries: tuple[str, ...] = field(default=LIBRARIES)

    def run(self, library: str, lines: int) -> Outcome:
        """Run it once."""
        with tempfile.TemporaryDirectory(prefix="torture") as folder:
            return self._run(library, self.lines or int(lines * self.share), Path(folder) / "logs")

    def _run(self, library: str, lines: int, folder: Path) -> Outcome:
        folder.mkdir(0o700)
        names = [f"p{number}" for number in range(self.processes)]
        runs = [self._started(library, folder, name, lines) for name in names]
        for run in runs:
            assert run.stdout
            assert run.stdout.readline() == "ready\n"
        begun = time.perf_counter()
        for run in runs:
            assert run.stdin
            run.stdin.write("go\n")
            run.stdin.flush()
        expected: set[str] = set()
        outcome = Outcome()
        for name, run in zip(names, runs, strict=True):
            if self.killed and name == "p0":
                assert run.stdout
                said = [run.stdout.readline().strip() for _ in range(lines // 2)]
                run.kill()
                expected |= {*said, *run.stdout.read().split()}
                continue
            try:
                out = run.communicate(timeout=120)[0].split()
            except subprocess.TimeoutExpired:
                run.kill()
                continue
            expected |= {f"{name}-{number}" for number in range(lines)}
            if "end" in out:
                outcome.pause = max(outcome.pause, float(out[-2]))
                expected |= {f"{name}h-{number}" for number in range(int(out[-1]))}
        outcome.seconds = time.perf_counter() - begun
        _count(folder, expected, outcome)
        return outcome

    def _started(self, library: str, folder: Path, name: str, lines: int) -> subprocess.Popen[str]:
        command = [
            sys.executable,
            "-m",
            "benchmarks.torture",
            "--worker",
            library,
            str(folder),
            name,
        ]
        command += [str(lines), str(self.cap), str(self.longest)]
        command += [str(int(flag)) for flag in (self.packed, self.interrupted, self.killed)]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=_PROJECT, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
        )


def _count(folder: Path, expected: set[str], outcome: Outcome) -> None:
    found: Counter[str] = Counter()
    for path in folder.iterdir():
        if (
            "lock" in path.name
            or path.suffix == ".tmp"
            or path.with_name(path.name + ".gz").exists()
        ):
            continue
        data = path.read_bytes()
        try:
            data = gzip.decompress(data) if path.suffix == ".gz" else data
        except (EOFError, OSError):
            outcome.torn += 1
            continue
        for line in data.splitlines():
            whole = [
                name.decode()
                for name, length, text in MESSAGE.findall(line)
                if len(text.decode("utf-8", "replace")) == int(length)
            ]
            if len(whole) == 1 and line.count(b"<") == 1:
                found[whole[0]] += 1
            elif line:
                outcome.torn += 1
    outcome.kept = len(found)
    outcome.lost = len(expected - set(found))
    outcome.twice = sum(1 for count in found.values() if count > 1)


FAULTS = {
    "4 processes": Fault(packed=False),
    "4 processes, gzip": Fault(),
    "8 processes, gzip": Fault(processes=8),
    "lines to 128 KiB": Fault(longest=60_000, share=0.1),
    "kill -9 of one": Fault(killed=True, share=0.4),
    "log call in a signal": Fault(processes=1, interrupted=True),
    "pause, 20 MB gzip": Fault(processes=1, cap=20_000_000, longest=2000, lines=120_000),
}


def report(name: str, results: dict[str, list[Outcome]]) -> None:
    """Print the fault's table: worst counts, median seconds, longest pause, and ratios to us."""
    print(f"\n{name}")
    print(
        f"  {'':12}{'kept':>8}{'lost':>8}{'twice':>7}{'torn':>7}{'seconds':>9}{'ratio':>7}"
        f"{'pause ms':>10}"
    )
    base = statistics.median(outcome.seconds for outcome in results["writer"])
    for library, outcomes in results.items():
        seconds = statistics.median(outcome.seconds for outcome in outcomes)
        worst = {
            key: max(getattr(outcome, key) for outcome in outcomes)
            for key in ("lost", "twice", "torn")
        }
        pause = statistics.median(outcome.pause for outcome in outcomes) * 1000
        print(
            f"  {library:12}{min(o.kept for o in outcomes):>8}{worst['lost']:>8}"
            f"{worst['twice']:>7}{worst['torn']:>7}{seconds:>9.2f}{seconds / base:>7.1f}"
            f"{pause:>10.1f}"
        )


def main() -> None:
    """Run the faults asked for."""
    if sys.argv[1:2] == ["--worker"]:
        library, folder, name, lines, cap, longest, *flags = sys.argv[2:]
        packed, interrupted, said = (flag == "1" for flag in flags)
        work(
            argparse.Namespace(
                library=library,
                folder=folder,
                name=name,
                lines=int(lines),
                cap=int(cap),
                longest=int(longest),
                packed=packed,
                interrupted=interrupted,
                said=said,
            )
        )
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--lines", type=int, default=5000, help="of each process")
    parser.add_argument("--only", nargs="+", choices=FAULTS, default=list(FAULTS))
    arguments = parser.parse_args()
    for name in arguments.only:
        results: dict[str, list[Outcome]] = {library: [] for library in FAULTS[name].libraries}
        for turn in range(arguments.rounds):
            order = [*results][turn % len(results) :] + [*results][: turn % len(results)]
            for library in order:
                results[library].append(FAULTS[name].run(library, arguments.lines))
        report(name, results)


if __name__ == "__main__":
    main()
