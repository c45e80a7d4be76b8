"""Workers: each library in a process of its own, asked in turn: a machine that drifts hits all.

A worker (`worker.py`) answers with the seconds that a batch of calls took. It has a time limit: one
that gives no answer, dies or fails to start is ended, and says why instead of a figure.
"""

from __future__ import annotations

import functools
import gzip
import importlib.metadata
import json
import os
import platform
import queue
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

Call = Callable[[], object]
START, BATCH = 120.0, 30.0
"""Seconds that a worker may take to start, and for a batch."""


class Failed(Exception):
    """A worker gave no figure; the text says why."""


@dataclass
class Timed:
    """A call to be timed: in `threads` at once; `after` is called, untimed, after each batch.

    The clock is of processor time: other programs on the machine then weigh little.
    """

    call: Call
    threads: int = 1
    after: Call | None = None
    clock: Callable[[], float] = time.process_time


Setup = Callable[[str], "dict[str, Call | Timed]"]
"""Sets a library up to write into a folder; returns its calls by scenario."""


# An installed rival plugs itself into pydantic, and brings what others then pay for.
ENVIRON = {**os.environ, "PYDANTIC_DISABLE_PLUGINS": "__all__"}


class Worker:
    """One library in a process of its own, started again after a failure.

    Args:
        table: where its setup is, `module:NAME` of a dictionary by library.
        name: of the library.
        folder: where it writes; None for a new one.
    """

    def __init__(self, table: str, name: str, folder: str | None = None) -> None:
        self.name = name
        self.folder = folder or tempfile.mkdtemp()
        self.failures: dict[str, str] = {}
        self._table = table
        self._start()

    @functools.cached_property
    def scenarios(self) -> list[str]:
        """What it can be asked for; waits until it has started."""
        try:
            return self._answer(START)
        except Failed as error:
            self.failures["start"] = str(error)
            return []

    def ask(self, scenario: str, count: int) -> None:
        """Let it begin a batch."""
        assert self._process.stdin is not None
        self._asked = scenario
        try:
            self._process.stdin.write(json.dumps([scenario, count]) + "\n")
            self._process.stdin.flush()
        except OSError:  # it is gone: `seconds` says why
            pass

    def seconds(self) -> float:
        """Wait for the batch, and return what it took.

        Raises:
            Failed: it takes too long, or the process is gone.
        """
        try:
            return float(self._answer(BATCH)[0])
        except Failed as error:
            self.failures[self._asked] = str(error)
            self._end()
            self._start()
            try:
                self._answer(START)
            except Failed as again:
                self.failures.update(dict.fromkeys(self.scenarios, str(again)))
            raise

    def close(self) -> None:
        """End the process and remove its files."""
        self._end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self) -> None:
        self._stderr = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", self._table, self.name, self.folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
            env=ENVIRON,
        )
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        args = (self._process.stdout, self._lines)
        threading.Thread(target=_read, args=args, daemon=True).start()

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._stderr.close()

    def _answer(self, limit: float) -> list[str]:
        try:
            line = self._lines.get(timeout=limit)
        except queue.Empty:
            raise Failed(f"no answer in {limit:.0f} s") from None
        if line is None:
            self._stderr.seek(0)
            told = [row for row in self._stderr.read().splitlines() if row.strip()]
            raise Failed(told[-1].strip()[:200] if told else "it ended without a word")
        return list(json.loads(line))


def _read(answers: IO[str], lines: queue.SimpleQueue[str | None]) -> None:
    for line in answers:
        lines.put(line)
    lines.put(None)


class Fleet:
    """Processes of one library that write to one file at the same time."""

    def __init__(self, table: str, name: str, size: int = 4) -> None:
        self.name = name
        self.folder = tempfile.mkdtemp()
        self._workers = [Worker(table, name, self.folder) for _ in range(size)]

    @functools.cached_property
    def scenarios(self) -> list[str]:
        """What all of them can be asked for."""
        return min((worker.scenarios for worker in self._workers), key=len)

    @property
    def failures(self) -> dict[str, str]:
        """Why there is no figure, by scenario."""
        return {name: why for worker in self._workers for name, why in worker.failures.items()}

    def ask(self, scenario: str, count: int) -> None:
        """Let all begin a batch, each its part."""
        self._begun = time.perf_counter()
        for worker in self._workers:
            worker.ask(scenario, count // len(self._workers))

    def seconds(self) -> float:
        """Wait for the last, and return what it took since the first began."""
        for worker in self._workers:
            worker.seconds()
        return time.perf_counter() - self._begun

    def close(self) -> None:
        """End the processes."""
        for worker in self._workers:
            worker.close()


@dataclass
class Row:
    """What one library took in one scenario: microseconds a call, one figure a round."""

    rounds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The middle round."""
        return statistics.median(self.rounds) if self.rounds else float("nan")

    @property
    def spread(self) -> float:
        """Half the range between the quartiles."""
        if len(self.rounds) < 2:
            return 0.0
        low, _, high = statistics.quantiles(self.rounds, n=4)
        return (high - low) / 2


def interleaved(
    workers: Iterable[Worker | Fleet], rounds: int, batch: Callable[[str], int]
) -> dict[str, dict[str, Row]]:
    """Ask each worker in turn for each of its scenarios: rows by scenario and library.

    A first round warms up and is not counted. What a worker has failed in it is not asked again.
    """
    rows: dict[str, dict[str, Row]] = {}
    workers = list(workers)
    scenarios = dict.fromkeys(name for worker in workers for name in worker.scenarios)
    for number in range(rounds + 1):
        for scenario in scenarios:
            for worker in workers:
                if scenario not in worker.scenarios or scenario in worker.failures:
                    continue
                count = batch(scenario)
                try:
                    worker.ask(scenario, count)
                    micros = worker.seconds() / count * 1e6
                except Failed:
                    continue
                if number:
                    row = rows.setdefault(scenario, {}).setdefault(worker.name, Row())
                    row.rounds.append(micros)
    return rows


def lines_in(folder: str) -> int:
    """Count the lines of all files in a folder, compressed ones too."""
    count = 0
    for path in Path(folder).iterdir():
        if path.is_file():
            data = path.read_bytes()
            count += (gzip.decompress(data) if path.suffix == ".gz" else data).count(b"\n")
    return count


def machine(*packages: str) -> str:
    """Name the machine, the interpreter and the versions of those packages that are installed."""
    known = {d.metadata["Name"].lower(): d.version for d in importlib.metadata.distributions()}
    versions = [f"{name} {known[name]}" for name in packages if name in known]
    cpu = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        cpu = next((x.split(": ")[1] for x in lines if x.startswith("model name")), cpu)
    parts = (platform.system(), cpu, f"{os.cpu_count()} cores", platform.python_version())
    return f"{parts[0]}, {parts[1]}, {parts[2]}, CPython {parts[3]}; {', '.join(versions)}"
