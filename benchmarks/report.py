"""What a report costs: a folder of many records, against a plain loop of `orjson.loads` over it.

    python -m benchmarks.report [RECORDS]

Both are processes of their own, in turns; the seconds are of processor time, for a machine that
does other things besides. The folder is made of a fixed seed.
"""

from __future__ import annotations

import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import orjson

from anivault_loguru.entry import stamp

_START = 1_795_395_600
_DAYS = 3
_ROUNDS = 3
_LOOP = """
import orjson, sys
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        for line in file:
            orjson.loads(line)
"""


def write_logs(folder: Path, records: int) -> None:
    """Write the channel files of three processes over three days."""
    draw = random.Random(7)
    names = ("app", "pipeline", "network", "metrics", "error")
    files = {name: open(folder / f"{name}.log", "wb") for name in names}  # noqa: SIM115
    runs = [(f"{draw.getrandbits(32):08x}", 4000 + number) for number in range(3)]
    for number in range(records):
        second = _START + _DAYS * 86_400 * number / records
        run, process = draw.choice(runs)
        channel, keys = _record(draw, number / records)
        document = {
            "timestamp": stamp(int(second * 1e6)),
            "level": "INFO",
            "component": "pipeline",
            "event": "log",
            "message": "Read the name Frieren - 05.mkv",
            "request_id": f"{draw.getrandbits(32):08x}",
            "fields": {"title": "장송의 프리렌", "episode": 5},
            "logger": "anivault.scan",
            "function": "scan",
            "line": 42,
            "process": process,
            "thread": "MainThread",
            "run": run,
            "seq": number + 1,
            **keys,
        }
        line = orjson.dumps(document) + b"\n"
        files[channel].write(line)
        if document["level"] == "ERROR":
            files["error"].write(line)
    for file in files.values():
        file.close()


def _record(draw: random.Random, part: float) -> tuple[str, dict[str, object]]:
    slow = 1 + 4 * math.exp(-(((part - 0.62) / 0.03) ** 2))
    kind = draw.random()
    if kind < 0.25:
        took = round(draw.lognormvariate(3.3, 0.7) * slow, 3)
        status = draw.choices([200, 404, 429, 503], [95, 2, 2 * slow, 0.6 * slow])[0]
        endpoint = f"https://api.themoviedb.org/3/tv/{draw.randrange(100_000)}/season/1"
        fields = {"endpoint": endpoint, "status_code": status, "duration_ms": took}
        message = f"API request {endpoint} answered {status} in {took:.1f} ms"
        level = "INFO" if status < 400 else "WARNING"
        keys = {"component": "tmdb", "event": "api_request", "fields": fields}
        return "network", {**keys, "level": level, "message": message}
    if kind < 0.55:
        fields = {"cache_key": "poster:7", "hit": draw.random() < min(0.93, 0.2 + 3 * part)}
        return "pipeline", {"component": "cache", "event": "cache", "fields": fields}
    if kind < 0.65:
        fields = {"path": "~/Videos/장송의 프리렌 - 01.mkv", "size": 733_921}
        return "pipeline", {"event": "file.processed", "fields": fields}
    if kind < 0.654:
        message = f"No answer from {draw.randrange(99)} after {draw.randrange(9)} s"
        stack = f'Traceback (most recent call last):\n  File "x.py", line 1, in go\n{message}\n'
        exception = {"type": "TimeoutError", "message": message, "stacktrace": stack}
        keys = {"level": "ERROR", "component": "tmdb", "exception": exception}
        return "network", {**keys, "message": message}
    if kind < 0.656:
        process = {"rss_bytes": int((90 + 60 * part) * 1e6)}
        fields = {"interval_seconds": 60, "process": process}
        return "metrics", {"component": "metrics", "event": "metrics.summary", "fields": fields}
    return "pipeline", {"component": draw.choice(["parser", "matcher", "organizer"])}


def measured(command: list[str]) -> tuple[float, float]:
    """Run a command; its processor time in seconds and its largest memory in MB."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Print the figures."""
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as scratch:
        folder, page = Path(scratch, "logs"), Path(scratch, "report.html")
        folder.mkdir()
        write_logs(folder, records)
        files = sorted(map(str, folder.glob("*.log")))
        megabytes = sum(map(os.path.getsize, files)) / 1e6
        report = ["-m", "anivault_loguru", "report", str(folder), "-o", str(page)]
        rounds = [
            (measured([sys.executable, "-c", _LOOP, *files]), measured([sys.executable, *report]))
            for _ in range(_ROUNDS)
        ]
        loop, (ours, memory) = (
            [statistics.median(row[which][what] for row in rounds) for what in (0, 1)]
            for which in (0, 1)
        )
        print(f"{records:,} records, {megabytes:.0f} MB of files")
        print(f"orjson.loads of every line: {loop[0]:.1f} s")
        print(f"report: {ours:.1f} s, {ours / loop[0]:.1f} times that; {memory:.0f} MB of memory")
        print(f"its page: {page.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
