"""What the audit log costs: records a second with one thread and with eight, and verifying.

    python -m benchmarks.audit [--seconds 2]

Each figure is the median of rounds that are interleaved. The speed of a sync is the disk's: it is
measured beside, as the best that one thread can reach.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from anivault_loguru import audit, configure, shutdown
from anivault_loguru.chain import GENESIS, Key, link
from anivault_loguru.survey import lines_of
from anivault_loguru.verification import Verifier

ROUNDS = 5
KEY = "a-key-for-the-benchmark-only"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=1.0, help="of each measurement")
    parser.add_argument("--dir", help="where to write; default: the temporary folder")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.dir) as folder:
        cases: dict[str, Callable[[], float]] = {
            "write and sync alone": lambda: bare(folder, args.seconds),
            "1 thread, fsync": lambda: audited(folder, 1, True, args.seconds),
            "8 threads, fsync": lambda: audited(folder, 8, True, args.seconds),
            "1 thread, no fsync": lambda: audited(folder, 1, False, args.seconds),
            "8 threads, no fsync": lambda: audited(folder, 8, False, args.seconds),
        }
        found: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(ROUNDS):
            for name, case in cases.items():
                found[name].append(case())
        print(f"{'records a second':<28}{'median':>10}")
        for name, rates in found.items():
            print(f"{name:<28}{statistics.median(rates):>10,.0f}")
        ratios = [
            eight / one
            for one, eight in zip(found["1 thread, fsync"], found["8 threads, fsync"], strict=True)
        ]
        print(f"8 threads to 1, with fsync: {statistics.median(ratios):.1f} times")
        print(f"verify: {verifying(folder):,.0f} MB a minute")


def bare(folder: str, seconds: float) -> float:
    """What one thread reaches that only writes and syncs."""
    descriptor = os.open(os.path.join(folder, "bare"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    sync = getattr(os, "fdatasync", os.fsync)
    count, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        os.write(descriptor, b"x" * 400)
        sync(descriptor)
        count += 1
    os.close(descriptor)
    return count / seconds


def audited(folder: str, threads: int, fsync: bool, seconds: float) -> float:
    """What `audit()` reaches."""
    configure(
        dir=folder,
        console={"enabled": False},
        metrics={"enabled": False},
        audit={"fsync": fsync, "key": KEY},
    )
    counts = [0] * threads
    audit("warm.up")
    end = time.perf_counter() + seconds

    def work(number: int) -> None:
        while time.perf_counter() < end:
            audit("settings.changed", actor="kim", target="app.toml", outcome="success")
            counts[number] += 1

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    shutdown()
    return sum(counts) / seconds


def verifying(folder: str) -> float:
    """Megabytes of audit log that are verified in a minute."""
    path = Path(folder, "long.log")
    key, prev = Key(KEY.encode()), GENESIS
    record = b'{"timestamp":"2026-11-24T10:00:00.000000Z","fields":{"text":"%b"}}\n' % (b"x" * 300)
    with path.open("wb") as file:
        for _ in range(100_000):
            line, prev = link(record, prev, key)
            file.write(line)
    begun = time.perf_counter()
    verifier = Verifier([key])
    verifier.read(path.name, lines_of(str(path)))
    verifier.finish()
    took = time.perf_counter() - begun
    assert not verifier.breaks
    return path.stat().st_size / 1e6 / took * 60


if __name__ == "__main__":
    main()
