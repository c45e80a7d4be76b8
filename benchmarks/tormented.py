"""A process under torture: logs numbered lines, suffers what it is told to, says what it logged.

`python -m benchmarks.tormented OPTIONS`, the options being a JSON object, prints "ready", waits for
a line, logs, and ends with a JSON object: when its last log call returned, when it was shut down,
what it took of the processor, the longest call, and the lines that have to be in the files: name,
count, and numbers left out.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import random
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .targets import open_log

TEXT = "처리했습니다 エピソード done " * 4000


class Interrupted(Exception):
    """What a signal handler raises out of a log call."""


def message(name: str, number: int, length: int) -> str:
    """A line's text: its number, its length in characters, and so many characters."""
    return f"<{name}-{number} {length} {TEXT[:length]}>"


def lengths(name: str, longest: int) -> Callable[[], int]:
    """From some 50 bytes to `longest`, short ones far more often, the same for each library."""
    draw = random.Random(name)
    return lambda: int(20 * (longest / 40) ** draw.random())


class Process:
    """One process and what it has logged."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.folder = Path(options["folder"])
        self.name: str = options["name"]
        self.lines: int = options["lines"]
        self.says: bool = options["says"]
        self.log, self.end = open_log(
            options["library"],
            self.folder / "app.log",
            options["cap"],
            options["packed"],
            options["keep"],
        )
        self.draw = lengths(self.name, options["longest"])
        self.logged: dict[str, tuple[int, list[int]]] = {}
        self.pause = 0.0
        self.note = 0

    def steadily(self) -> None:
        """Log all lines."""
        for number in range(self.lines):
            self._line(number)
        self.logged[self.name] = self.lines, []

    def paced(self) -> None:
        """Log all lines, at the priority of real time where allowed, with rests in between.

        What other processes of the machine do does not show then.
        """
        with contextlib.suppress(OSError, AttributeError):
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(5))
        for number in range(self.lines):
            self._line(number)
            if number % 1000 == 0:
                time.sleep(0.02)
        self.logged[self.name] = self.lines, []

    def until_told(self) -> None:
        """Log until a file `stop` stands beside the folder."""
        number = 0
        while number % 20 or not (self.folder.parent / "stop").exists():
            self._line(number)
            number += 1
        self.logged[self.name] = number, []

    def in_handler(self) -> None:
        """Log from a signal handler that interrupts log calls."""
        handled = 0

        def handler(*_: object) -> None:
            nonlocal handled
            self.log(message(f"{self.name}h", handled, 20))
            handled += 1
            signal.setitimer(signal.ITIMER_REAL, 0.002)

        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.002)
        self.steadily()
        signal.setitimer(signal.ITIMER_REAL, 0)
        self.logged[f"{self.name}h"] = handled, []

    def raised_out(self) -> None:
        """Let a signal handler raise out of log calls."""

        def handler(*_: object) -> None:
            raise Interrupted

        signal.signal(signal.SIGALRM, handler)
        cut: list[int] = []
        number = 0
        while number < self.lines:
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.001)
                while number < self.lines:
                    self._line(number)
                    number += 1
            except Interrupted:
                cut.append(number)
                number += 1
        signal.setitimer(signal.ITIMER_REAL, 0)
        self.logged[self.name] = self.lines, cut

    def deleted(self) -> None:
        """Lose the file half-way; what was logged before is gone with it."""
        self._second_half(lambda: [path.unlink() for path in self.folder.iterdir()])

    def removed(self) -> None:
        """Lose the folder half-way."""
        self._second_half(lambda: shutil.rmtree(self.folder))

    def full(self) -> None:
        """Run out of room on the disk, and get some back half-way."""
        ballast = self.folder / "ballast"
        ballast.write_bytes(b"x" * 700_000)
        self._second_half(ballast.unlink)

    def forking(self) -> None:
        """Fork fifty children while four threads log; each child logs, too."""
        going = True
        done = [0] * 4

        def work(thread: int) -> None:
            while going:
                self.log(message(f"{self.name}t{thread}", done[thread], 20))
                done[thread] += 1
                time.sleep(0.0002)

        threads = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(4)]
        for thread in threads:
            thread.start()
        children = {}
        for number in range(50):
            child = os.fork()
            if child == 0:
                for line in range(20):
                    self.log(message(f"c{number}", line, 20))
                os._exit(0)
            children[child] = f"c{number}"
        ended = set(_ended(list(children), 10.0))
        self.note = len(children) - len(ended)
        going = False
        for thread in threads:
            thread.join()
        for number, count in enumerate(done):
            self.logged[f"{self.name}t{number}"] = count, []
        for child in ended:
            self.logged[children[child]] = 20, []

    def _second_half(self, half_way: Callable[[], object]) -> None:
        for number in range(self.lines):
            if number == self.lines // 2:
                half_way()
            self._line(number)
        self.logged[self.name] = self.lines, list(range(self.lines // 2))

    def _line(self, number: int) -> None:
        text = message(self.name, number, self.draw())
        begun = time.perf_counter()
        self.log(text)
        self.pause = max(self.pause, time.perf_counter() - begun)
        if self.says:
            os.write(1, f"{self.name}-{number}\n".encode())


def _ended(children: list[int], seconds: float) -> Iterator[int]:
    """Those that end within so many seconds; the others are killed."""
    limit = time.monotonic() + seconds
    while children and time.monotonic() < limit:
        for child in list(children):
            if os.waitpid(child, os.WNOHANG)[0]:
                children.remove(child)
                yield child
        time.sleep(0.01)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def main() -> None:
    """Log from the word go."""
    options = json.loads(sys.argv[1])
    process = Process(options)
    gc.collect()
    print("ready", flush=True)
    sys.stdin.readline()
    spent = time.process_time()
    getattr(process, options["way"])()
    ended = time.monotonic()
    with contextlib.suppress(OSError):  # a disk that is full still
        process.end()
    print(
        json.dumps(
            {
                "ended": ended,
                "done": time.monotonic(),
                "spent": time.process_time() - spent,
                "pause": process.pause,
                "note": process.note,
                "logged": process.logged,
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    main()
