"""What a log call costs with each schema, beside `native`.

    python -m benchmarks.schemas [--rounds 100]

All in one process, that is configured anew for each batch, so that schemas differ in nothing else;
by both lanes: a sink of the user's makes it the plain one. Times are the processor's, of the thread
that calls. Shown are the lower quartile of the rounds in microseconds a call with `native`, and
ratios to it: `longer` is `native` with lines as long as those of ECS, which the system takes longer
to write; then the others, with the aim; 1 is returned if one of these misses it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import quantiles
from typing import Any

from anivault_loguru import configure, logger, shutdown

from .harness import machine

SCHEMAS = ("native", "longer", "ecs", "otel")
LANES = ("express", "plain")
# The fields of a call, and the ratio that is aimed at.
FIELDS: dict[str, tuple[dict[str, Any], float]] = {
    "no field": ({}, 1.03),
    "one field": ({"n": 3}, 1.03),
    "three fields": ({"n": 3, "key": "movie:1", "ratio": 0.5}, 1.03),
    "a list": ({"n": 3, "tags": ["a", "b"]}, 1.05),
    "a dictionary": ({"n": 3, "size": {"width": 640, "height": 480}}, 1.05),
}
_BATCH = {"express": 500, "plain": 150}
# The event of a line, with which it is as long as one of ECS.
_LONGER = "e" * 146


def seconds(count: int, event: str, fields: dict[str, Any]) -> float:
    """Return what one call takes, the places met before."""
    log = logger.bind(component="cache", request_id="ab12", event=event).info
    for calls in (20, count):
        begun = time.thread_time()
        for _ in range(calls):
            log("looked up", **fields)
    return (time.thread_time() - begun) / count


def measure(folder: str, rounds: int) -> dict[tuple[str, str, str], float]:
    """Return the quartiles by lane, fields and schema."""
    found: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for number in range(rounds):
        for lane in LANES:
            # Each schema begins as often as the others.
            for turn in range(len(SCHEMAS)):
                name = SCHEMAS[(number + turn) % len(SCHEMAS)]
                schema, event = ("native", _LONGER) if name == "longer" else (name, "log")
                off = {"enabled": False}
                configure(dir=Path(folder) / name, schema=schema, console=off, metrics=off)
                added = (
                    logger.add(lambda message: None, format="{message}")
                    if lane == "plain"
                    else None
                )
                for kind, (fields, _) in FIELDS.items():
                    found[lane, kind, name].append(seconds(_BATCH[lane], event, fields))
                if added is not None:
                    logger.remove(added)
    shutdown()
    return {key: quantiles(rows, n=4)[0] for key, rows in found.items()}


def main() -> int:
    """Measure all, and tell what misses its aim."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=100)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        found = measure(folder, rounds)
    missed = 0
    print(f"{'lane, fields':<24}{'native, µs':>12}{'longer':>8}{'ecs':>8}{'otel':>8}{'aim':>8}")
    for lane in LANES:
        for name, (_, aim) in FIELDS.items():
            native, *others = (found[lane, name, schema] for schema in SCHEMAS)
            ratios = [other / native for other in others]
            missed += any(ratio > aim for ratio in ratios[1:])
            shown = "".join(f"{ratio:>8.3f}" for ratio in ratios)
            print(f"{f'{lane}, {name}':<24}{native * 1e6:>12.2f}{shown}{aim:>8.2f}")
    print(f"{machine('loguru', 'orjson')}; {rounds} rounds")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
