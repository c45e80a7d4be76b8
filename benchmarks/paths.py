"""What the other hot paths cost, each beside what it is measured by.

    python -m pip install --group bench
    python -m benchmarks.paths [--rounds 15]

`bind`, `contextualize`, counters and timers, records of the standard library's `logging`, the
console, and the import; of the log call itself see `benchmarks.calls` and `benchmarks.schemas`.
Each library is in a process of its own, the rounds are interleaved; an import is measured in
processor time of a process of its own. The last column is the aim; 1 is returned if one is missed.
"""

from __future__ import annotations

import argparse
import logging
import os
import subprocess
import sys
import tempfile
from typing import Any

from .harness import ENVIRON, Call, Row, Setup, Timed, Worker, interleaved, machine
from .libraries import stdlib
from .scenarios import BOUND

OURS = "anivault_loguru"
CONSOLE = f"{OURS}, console"
# Scenario, who does it, whom that is measured by, and the ratio that is aimed at.
AIMS = [
    ("bind", OURS, "loguru", 1.0),
    ("contextualize", OURS, "loguru", 1.0),
    ("increment", OURS, "prometheus_client", 0.5),
    ("increment, one label", OURS, "prometheus_client", 1.0),
    ("timer", OURS, "prometheus_client", 1.0),
    ("logging", OURS, "standard library", 1.0),
    ("console", CONSOLE, "loguru", 1.0),
]
IMPORTS = {
    "an empty interpreter": "pass",
    "import anivault_loguru": "import anivault_loguru",
    "import loguru, pydantic_settings": "import loguru, pydantic_settings",
    "from anivault_loguru import logger": "from anivault_loguru import logger",
}


def ours(folder: str) -> dict[str, Call | Timed]:
    """This library as it comes, without the console."""
    from anivault_loguru import configure, logger, metrics

    configure(dir=folder, console={"enabled": False})
    std = logging.getLogger("bench")
    extra = {"n": 3, "component": "cache", "request_id": "ab12"}
    timer = metrics.timer("t")

    def timed() -> None:
        with timer:
            pass

    return {
        **_manner(logger),
        "increment": lambda: metrics.increment("c"),
        "increment, one label": lambda: metrics.increment("l", kind="a"),
        "timer": timed,
        "logging": lambda: std.info("looked up", extra=extra),
    }


def ours_console(folder: str) -> dict[str, Call | Timed]:
    """The console alone, for people, coloured."""
    from anivault_loguru import configure, logger

    sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    configure(channels={}, console={"format": "human", "color": "always"})
    return {"console": lambda: logger.info("looked up", n=3)}


def _manner(logger: Any) -> dict[str, Call | Timed]:
    def contextualize() -> None:
        with logger.contextualize(request_id="ab12"):
            pass

    bound = logger.bind(component="cache")
    return {"bind": lambda: bound.bind(request_id="ab12"), "contextualize": contextualize}


def loguru(folder: str) -> dict[str, Call | Timed]:
    """loguru with its default format, coloured."""
    from loguru import logger

    logger.remove()
    logger.add(open(os.devnull, "w"), colorize=True)  # noqa: SIM115
    return {**_manner(logger), "console": lambda: logger.info("looked up", n=3)}


def prometheus(folder: str) -> dict[str, Call | Timed]:
    """prometheus_client, handles kept."""
    from prometheus_client import Counter, Histogram

    counter, labelled = Counter("c", "c"), Counter("l", "l", ["kind"])
    timer = Histogram("t", "t").time()

    def timed() -> None:
        with timer:
            pass

    return {
        "increment": counter.inc,
        "increment, one label": lambda: labelled.labels(kind="a").inc(),
        "timer": timed,
    }


def standard(folder: str) -> dict[str, Call | Timed]:
    """The standard library with python-json-logger, a rotating file and the seed's patterns."""
    return {"logging": stdlib(folder)[BOUND]}


PATHS: dict[str, Setup] = {
    OURS: ours,
    CONSOLE: ours_console,
    "loguru": loguru,
    "prometheus_client": prometheus,
    "standard library": standard,
}


def imports(rounds: int) -> dict[str, Row]:
    """Processor milliseconds of a process that does nothing but import."""
    environ = dict(ENVIRON)
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    rows = {name: Row() for name in IMPORTS}
    with tempfile.TemporaryDirectory() as empty:  # no settings to be read there
        for number in range(rounds + 1):
            for name, code in IMPORTS.items():
                process = subprocess.Popen([sys.executable, "-c", code], env=environ, cwd=empty)
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
                if number:  # the first may compile
                    rows[name].rounds.append((usage.ru_utime + usage.ru_stime) * 1e3)
    return rows


def main() -> int:
    """Measure all, and tell what misses its aim."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    workers = [Worker("benchmarks.paths:PATHS", name) for name in PATHS]
    try:
        rows = interleaved(workers, rounds, lambda scenario: 5_000)
    finally:
        for worker in workers:
            worker.close()
    print(f"{'':<42}{'ours':>9}{'theirs':>9}{'ratio':>8}{'aim':>8}")
    missed = 0
    for scenario, name, rival, aim in AIMS:
        found = rows.get(scenario, {})
        mine, theirs = found.get(name) or Row(), found.get(rival) or Row()
        ratio = mine.median / theirs.median
        missed += not ratio <= aim
        label = f"{scenario}{'' if OURS in name else f', {name}'} ({rival}), µs"
        print(f"{label:<42}{mine.median:>9.2f}{theirs.median:>9.2f}{ratio:>8.2f}{aim:>8.2f}")
    empty, package, rivals, logger = imports(rounds).values()
    beyond, ratio = package.median - empty.median, logger.median / rivals.median
    missed += not beyond < 10
    missed += not ratio <= 1.3
    name = "import anivault_loguru, ms"
    print(f"{name:<42}{package.median:>9.1f}{empty.median:>9.1f}{beyond:>+8.1f}{'+10':>8}")
    name = "logger (loguru, pydantic), ms"
    print(f"{name:<42}{logger.median:>9.1f}{rivals.median:>9.1f}{ratio:>8.2f}{1.3:>8.2f}")
    for worker in workers:
        for scenario, why in worker.failures.items():
            print(f"{worker.name}, {scenario}: failed: {why}")
    print(f"{machine('loguru', 'prometheus-client', 'python-json-logger')}; {rounds} rounds")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
