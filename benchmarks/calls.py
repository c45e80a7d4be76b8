"""What one log call costs: every library in a process of its own, the rounds interleaved.

    python -m benchmarks.calls [--rounds 15] [--only NAME] [--save]

A round asks each library in turn for one batch of calls, so that a machine that drifts hits all
alike. The table shows the median of the rounds in microseconds a call, the spread (half the range
between the quartiles), and the ratio to this library. `--save` writes it into the README.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from .libraries import LIBRARIES, Call

THREADED = "bound, 8 threads"
SCENARIOS = [
    "disabled level",
    "plain message",
    "message with arguments",
    "three fields",
    "bound, request id, one field",
    "a secret to mask",
    "exception, ten frames",
    THREADED,
]
_BATCH = {"disabled level": 20_000, "exception, ten frames": 100}
_BEGIN, _END = "<!-- calls: begin -->", "<!-- calls: end -->"


class Worker:
    """One library in its own process, answering with seconds a batch."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = tempfile.mkdtemp()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.calls", "--worker", name, self.folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.scenarios: list[str] = self._answer() or []

    def _answer(self) -> list[str] | None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("["):  # what is no list, a library has printed
                return list(json.loads(line))
        return None

    def seconds(self, scenario: str, count: int) -> float:
        """Time `count` calls."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([scenario, count]) + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        return float(answer[0]) if answer else float("nan")

    def close(self) -> None:
        """End the process and remove its files."""
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def work(name: str, folder: str) -> None:
    """Be a worker: name the scenarios, then time what is asked for."""
    out = sys.stdout
    sys.stdout = sys.stderr  # some libraries print
    scenarios = LIBRARIES[name](folder)
    if "plain message" in scenarios:  # not the floor, which has no threads
        scenarios[THREADED] = scenarios["bound, request id, one field"]
    print(json.dumps(list(scenarios)), file=out, flush=True)
    for line in sys.stdin:
        scenario, count = json.loads(line)
        call = scenarios[scenario]
        taken = threaded(call, count) if scenario == THREADED else timed(call, count)
        print(json.dumps([taken]), file=out, flush=True)


def timed(call: Call, count: int) -> float:
    """Seconds of `count` calls."""
    begin = time.perf_counter()
    for _ in range(count):
        call()
    return time.perf_counter() - begin


def threaded(call: Call, count: int) -> float:
    """Seconds of `count` calls, an eighth in each of eight threads."""
    threads = [threading.Thread(target=timed, args=(call, count // 8)) for _ in range(8)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begin


def measure(names: list[str], rounds: int) -> dict[str, dict[str, list[float]]]:
    """Microseconds a call: by scenario, by library, one figure a round."""
    workers = [Worker(name) for name in names]
    figures: dict[str, dict[str, list[float]]] = {scenario: {} for scenario in SCENARIOS}
    try:
        for worker in workers:
            if not worker.scenarios:
                print(f"{worker.name}: not installed, or it failed to start", file=sys.stderr)
        for number in range(rounds + 1):
            for scenario in SCENARIOS:
                count = _BATCH.get(scenario, 2_000)
                for worker in workers:
                    if scenario in worker.scenarios:
                        seconds = worker.seconds(scenario, count)
                        if number:  # the first round warms up
                            micros = seconds / count * 1e6
                            figures[scenario].setdefault(worker.name, []).append(micros)
    finally:
        for worker in workers:
            worker.close()
    return figures


def table(figures: dict[str, dict[str, list[float]]]) -> str:
    """The figures as a Markdown table for each scenario."""
    lines = []
    for scenario, by_name in figures.items():
        own = statistics.median(by_name.get("anivault_loguru", [float("nan")]))
        lines += [f"**{scenario}**", "", "| library | µs a call | ± | times ours |"]
        lines += ["|---|---:|---:|---:|"]
        for name, rounds in sorted(by_name.items(), key=lambda row: statistics.median(row[1])):
            middle = statistics.median(rounds)
            low, _, high = statistics.quantiles(rounds, n=4)
            spread = (high - low) / 2
            lines.append(f"| {name} | {middle:.2f} | {spread:.2f} | {middle / own:.2f} |")
        lines.append("")
    return "\n".join(lines)


def parts() -> str:
    """Where the time of one bound call goes, from the outside in."""
    import orjson

    from anivault_loguru import _configure, logger
    from anivault_loguru.entry import Entry
    from anivault_loguru.plain import dumps

    folder = tempfile.mkdtemp()
    call = LIBRARIES["anivault_loguru"](folder)["bound, request id, one field"]
    call()
    preset = _configure._installed
    assert preset is not None
    channel = preset.channels[1]
    line = Path(folder, "pipeline.log").read_bytes().splitlines(keepends=True)[0]
    document = orjson.loads(line)
    entry = Entry(20, "cache", "log", line)
    steps: dict[str, Callable[[], object]] = {
        "the whole call": call,
        "  seal: lay out, encode, mask, count": lambda: preset.seal.seal(
            1, "INFO", 20, "cache", "looked up", {"n": 3}, "m", "f", 1, 1, "MainThread"
        ),
        "    encode": lambda: dumps(document),
        "    scan for secrets": lambda: preset.masker.mask_line(line),
        "  write": lambda: channel.write(entry),
        "a disabled level": lambda: logger.debug("x"),
    }
    best = {name: min(timed(step, 1_000) for _ in range(50)) * 1e3 for name, step in steps.items()}
    shutil.rmtree(folder, ignore_errors=True)
    return "\n".join(f"{name:<40} {micros:6.2f} µs" for name, micros in best.items())


def machine() -> str:
    """The machine's line."""
    return f"{platform.system()} {platform.machine()}, CPython {platform.python_version()}"


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", action="append", choices=list(LIBRARIES))
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    if args.worker:
        work(*args.worker)
        return
    text = table(measure(args.only or list(LIBRARIES), args.rounds))
    text += f"\n{machine()}; medians of {args.rounds} interleaved rounds.\n"
    print(text)
    print(parts())
    if args.save:
        readme = Path(__file__).parent.parent / "README.md"
        before, _, rest = readme.read_text("utf-8").partition(_BEGIN)
        _, _, after = rest.partition(_END)
        readme.write_text(f"{before}{_BEGIN}\n{text}{_END}{after}", "utf-8")


if __name__ == "__main__":
    main()
