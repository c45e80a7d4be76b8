"""What one log call costs beside other libraries.

    python -m pip install --group bench
    python -m benchmarks.calls [--rounds 15] [--only LIBRARY] [--save]

Every library runs in a process of its own (`harness.py`), set up to do as much of the same work as
it can (`libraries.py`, `others.py`), and logs what `scenarios.py` says. A round asks each in turn
for one batch of calls. Times are the processor's: of the process; of the calling thread for
`queue`; by the clock for `4 processes`. Shown are the median of the rounds in microseconds a call,
the spread (half the range between the quartiles) and the ratio to this library; then what grows
with channels, secrets and metrics, and where the time of our own call goes (`parts.py`). A library
that fails has the reason in its row. `--save` writes the table of ratios into the README.

Of the other paths (bind, contextualize, metrics, import …) see `python -m benchmarks.paths`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from .harness import Fleet, Row, Worker, interleaved, lines_in, machine
from .libraries import GROWN, LIBRARIES, OURS, QUEUED, ROTATING
from .scenarios import BOUND, SCENARIOS

_BATCH = {"disabled level": 10_000, "exception": 50, "4 processes": 8_000}
_BEGIN, _END = "<!-- calls: begin -->", "<!-- calls: end -->"
_PACKAGES = "loguru structlog orjson python-json-logger picologging logxide logfire nb-log".split()
Figures = dict[str, dict[str, Row]]
Failures = dict[tuple[str, str], str]


def batch(scenario: str) -> int:
    """How many calls are timed at once."""
    return _BATCH.get(scenario, 1_000)


def measure(names: list[str], rounds: int) -> tuple[Figures, Failures, dict[str, float]]:
    """Return the figures, why libraries failed, and the share of lines that four processes lost."""
    workers: list[Worker | Fleet] = []
    for table, setups in (("LIBRARIES", LIBRARIES), ("QUEUED", QUEUED), ("GROWN", GROWN)):
        wanted = setups if setups is GROWN and OURS in names else names
        workers += [
            Worker(f"benchmarks.libraries:{table}", name) for name in setups if name in wanted
        ]
    fleets = [Fleet("benchmarks.libraries:ROTATING", name) for name in ROTATING if name in names]
    failures: Failures = {}
    lost: dict[str, float] = {}
    try:
        figures = interleaved([*workers, *fleets], rounds, batch)
        for worker in (*workers, *fleets):
            told = dict(worker.failures)
            if worker.scenarios and not lines_in(worker.folder):
                told["all"] = "it wrote nothing"
            failures |= {(worker.name, scenario): why for scenario, why in told.items()}
        for fleet in fleets:
            written = lines_in(fleet.folder)
            lost[fleet.name] = max(0.0, 1 - written / ((rounds + 1) * batch("4 processes")))
    finally:
        for worker in (*workers, *fleets):
            worker.close()
    return figures, failures, lost


def listing(figures: Figures, failures: Failures) -> str:
    """All figures, a scenario after the other, in the order of their cost."""
    lines = []
    for scenario, rows in figures.items():
        own = rows[OURS].median if OURS in rows else float("nan")
        lines += ["", f"{scenario:<34}{'µs':>9}{'±':>8}{'times ours':>12}"]
        for name, row in sorted(rows.items(), key=lambda item: item[1].median):
            lines.append(
                f"  {name:<32}{row.median:>9.2f}{row.spread:>8.2f}{row.median / own:>12.2f}"
            )
    return "\n".join([*lines, "", *told(failures)])


def told(failures: Failures) -> list[str]:
    """Why there is no figure, a line each."""
    return [f"{name}, {scenario}: failed: {why}" for (name, scenario), why in failures.items()]


def table(figures: Figures, failures: Failures, lost: dict[str, float]) -> str:
    """One table: libraries down, scenarios across, each cell the ratio to ours."""
    scenarios = [name for name in SCENARIOS if name in figures]
    lines = [f"| times ours | {' | '.join(scenarios)} |", "|---|" + "---:|" * len(scenarios)]
    own = {scenario: figures[scenario].get(OURS, Row()).median for scenario in scenarios}
    lines.append(
        f"| **{OURS}, µs a call** | " + " | ".join(f"**{own[s]:.2f}**" for s in own) + " |"
    )
    for name in LIBRARIES:
        if name == OURS:
            continue
        cells = []
        for scenario in scenarios:
            row = figures[scenario].get(name)
            cell = "" if row is None else f"{row.median / own[scenario]:.1f}"
            if (name, scenario) in failures:
                cell = "fails"
            if cell and scenario == "4 processes" and lost.get(name, 0) > 0:
                cell += f" (loses {lost[name]:.0%})"
            cells.append(cell)
        if any(cells):
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def growth(figures: Figures) -> str:
    """What the call costs with more configured, as times of what it costs as it comes."""
    rows = figures.get(BOUND, {})
    base, *more = GROWN
    if base not in rows:
        return ""
    times = [f"{rows[n].median / rows[base].median:.2f} with {n}" for n in more if n in rows]
    return f"`{BOUND}` costs {', '.join(times)} times what it costs without."


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", action="append", choices=list(LIBRARIES), metavar="LIBRARY")
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    figures, failures, lost = measure(args.only or list(LIBRARIES), args.rounds)
    print(listing(figures, failures), flush=True)
    for name, share in lost.items():
        print(f"4 processes: {name} lost {share:.2%} of the lines")
    spread = max(
        (r.spread / r.median for rows in figures.values() for r in rows.values()), default=0
    )
    parts = [table(figures, failures, lost), *told(failures), growth(figures)]
    parts.append(
        f"{machine(*_PACKAGES)}; processor time, medians of {args.rounds} interleaved rounds, "
        f"the quartiles within {spread:.0%} of them."
    )
    text = "\n\n".join(filter(None, parts)) + "\n"
    print(f"\n{text}")
    subprocess.run([sys.executable, "-m", "benchmarks.parts"], check=False)
    if args.save:
        readme = Path(__file__).parent.parent / "README.md"
        before, _, rest = readme.read_text("utf-8").partition(_BEGIN)
        _, _, after = rest.partition(_END)
        readme.write_text(f"{before}{_BEGIN}\n{text}{_END}{after}", "utf-8")


if __name__ == "__main__":
    main()
