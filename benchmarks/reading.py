"""What reading costs: a folder of channel files against grep, jq, DuckDB and plain Python.

    python -m benchmarks.reading [--megabytes 500] [--rounds 3] [--readme]

Makes the folder in a temporary place and removes it. Every tool is a process of its own, its files
in the page cache, the rounds interleaved. Time is that of the processor, user and system, from
start to end, which other work on the machine disturbs least; it is the best of all rounds. Memory
is the largest resident size. Ours run on one core, as all but DuckDB do. jq takes part in the first
round only: it is slow. `--readme` writes the table into README.md.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import orjson

README = Path(__file__).parents[1] / "README.md"
BACKUP = 20_000_000
LOG = [sys.executable, "-m", "anivault_loguru"]
# What the demo logs for a file, in the same proportions.
KINDS = [
    ("pipeline", "scanner", "log", "DEBUG", 14),
    ("pipeline", "parser", "log", "DEBUG", 14),
    ("pipeline", "cache", "cache", "INFO", 14),
    ("network", "http", "log", "DEBUG", 15),
    ("network", "tmdb", "api_request", "INFO", 15),
    ("pipeline", "organizer", "log", "INFO", 13),
    ("pipeline", "pipeline", "file.processed", "INFO", 14),
    ("network", "tmdb", "log", "ERROR", 1),
]
LOOP = """
import sys, orjson
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        for line in file:
            orjson.loads(line)
"""
FIND = """
import sys, orjson
for path in sys.argv[2:]:
    with open(path, "rb") as file:
        for line in file:
            if orjson.loads(line).get("request_id") == sys.argv[1]:
                sys.stdout.buffer.write(line)
"""
DUCKDB = """
import sys, duckdb
print(duckdb.sql(sys.argv[1]).fetchall())
"""


class Taken(NamedTuple):
    """Seconds, megabytes at most, and how many different lines came out (copies come once)."""

    seconds: float
    megabytes: float
    lines: int


def main() -> int:
    """Run everything; 1 if a bound that the project promises is broken."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megabytes", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--readme", action="store_true")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="reading-"))
    try:
        if shutil.disk_usage(folder).free < 3 * args.megabytes * 1_000_000:
            parser.error("there is not enough space")
        wanted = generate(folder, args.megabytes * 1_000_000)
        tasks = {
            f"one request out of {args.megabytes} MB": finders(folder, wanted),
            f"figures of {args.megabytes} MB": adders(folder),
            "start": {"anivault-log --help": [*LOG, "--help"], "python -c pass": _python("pass")},
        }
        taken = measure(tasks, args.rounds)
    finally:
        shutil.rmtree(folder)
    text = "\n\n".join(table(title, rows) for title, rows in taken.items())
    print(text)
    if args.readme:
        write(text)
    return int(not all(bounds(*taken.values())))


def generate(folder: Path, size: int) -> str:
    """Write the folder; return a request id of which it holds some records."""
    chance = random.Random(1)
    kinds, weights = [kind[:4] for kind in KINDS], [kind[4] for kind in KINDS]
    files: dict[str, int] = {}
    opened = {
        name: (folder / f"{name}.log").open("wb") for name in ("network", "pipeline", "error")
    }
    total = number = 0
    while total < size:
        number += 1
        channel, component, event, level = chance.choices(kinds, weights)[0]
        line = orjson.dumps(document(number, component, event, level, chance)) + b"\n"
        for name in (channel, "error") if level == "ERROR" else (channel,):
            total += opened[name].write(line)
            if opened[name].tell() > BACKUP:
                opened[name].close()
                files[name] = files.get(name, 0) + 1
                backup = f"{name}.2026-11-23_{files[name]:02d}-00-00_000000.log"
                os.rename(folder / f"{name}.log", folder / backup)
                opened[name] = (folder / f"{name}.log").open("wb")
    for file in opened.values():
        file.close()
    return f"{number // 20:08x}"


def document(
    number: int, component: str, event: str, level: str, chance: random.Random
) -> dict[str, object]:
    """A record as the demo logs it."""
    name = f"Frieren - {number:07d}.mkv"
    fields: dict[str, object] = {"path": f"~/Videos/애니/{name}", "size": number * 31}
    message = f"Processed ~/Videos/애니/{name} ({number * 31} bytes)"
    if event == "api_request":
        url = f"http://127.0.0.1:38887/3/search/tv?query={number}&api_key=***MASKED***"
        took = round(chance.expovariate(0.02), 3)
        fields = {"endpoint": url, "status_code": 200, "duration_ms": took}
        message = f"API request {url} answered 200 in {took:.1f} ms"
    elif event == "cache":
        fields = {"cache_key": name, "event_type": "hit", "hit": True}
        message = f"Cache hit: {name}"
    second, micros = divmod(number * 997, 1_000_000)
    clock = f"{second // 3600 % 24:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
    return {
        "timestamp": f"2026-11-23T{clock}.{micros:06d}Z",
        "level": level,
        "component": component,
        "event": event,
        "message": message,
        "request_id": f"{number // 10:08x}",
        "fields": fields,
        "logger": "anivault.pipeline",
        "function": "match",
        "line": 42,
        "process": 4242,
        "thread": "MainThread",
        "run": "5f0c9a1e",
        "seq": number,
    }


def finders(folder: Path, wanted: str) -> dict[str, list[str]]:
    """Who finds the lines of a request."""
    files = sorted(map(str, folder.iterdir()))
    key = f'"request_id":"{wanted}"'
    query = f"FROM read_ndjson('{folder}/*.log') SELECT * WHERE request_id = '{wanted}'"
    return {
        "anivault-log tail --request-id": [
            *(*LOG, "tail", str(folder), "--request-id", wanted, "--json")
        ],
        "grep -F": ["grep", "-hF", key, *files],
        "Python, orjson.loads": _python(FIND, wanted, *files),
        "DuckDB": _python(DUCKDB, query),
        "jq": ["jq", "-c", f'select(.request_id == "{wanted}")', *files],
    }


def adders(folder: Path) -> dict[str, list[str]]:
    """Who adds up everything; only ours gives percentiles, patterns and rates too."""
    files = sorted(map(str, folder.iterdir()))
    query = (
        f"FROM read_ndjson('{folder}/*.log') SELECT level, component, count(*),"
        " quantile_cont((fields ->> 'duration_ms')::DOUBLE, 0.95) GROUP BY ALL"
    )
    by_level = "reduce inputs as $row ({}; .[$row.level] += 1)"
    return {
        "anivault-log stats": [*LOG, "stats", str(folder), "--json"],
        "Python, orjson.loads, nothing else": _python(LOOP, *files),
        "DuckDB": _python(DUCKDB, query),
        "jq, levels only": ["jq", "-nc", by_level, *files],
    }


def _python(code: str, *args: str) -> list[str]:
    return [sys.executable, "-c", code, *args]


def measure(tasks: dict[str, dict[str, list[str]]], rounds: int) -> dict[str, dict[str, Taken]]:
    """Run every tool of every task, round by round; the best of each."""
    taken: dict[str, dict[str, list[Taken]]] = {
        title: {name: [] for name in tools} for title, tools in tasks.items()
    }
    for number in range(rounds):
        for title, tools in tasks.items():
            for name, command in tools.items():
                if number and name.startswith("jq"):
                    continue
                if shutil.which(command[0]) is not None:
                    taken[title][name].append(run(command))
    return {
        title: {
            name: Taken(*map(min, zip(*runs, strict=True))) for name, runs in rows.items() if runs
        }
        for title, rows in taken.items()
    }


def run(command: list[str]) -> Taken:
    """Run a command; its time and memory."""
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out)
        _, status, used = os.wait4(process.pid, 0)
        seconds = used.ru_utime + used.ru_stime
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{command[:3]} ended with {process.returncode}")
        out.seek(0)
        return Taken(seconds, used.ru_maxrss / 1000, len(set(out.read().splitlines())))


def table(title: str, rows: dict[str, Taken]) -> str:
    """The figures as Markdown."""
    ours = next(iter(rows.values())).seconds
    lines = [f"| {title} | seconds | MB | times ours |", "|---|---:|---:|---:|"]
    lines += [
        f"| {name} | {taken.seconds:.2f} | {taken.megabytes:.0f} | {taken.seconds / ours:.2f} |"
        for name, taken in rows.items()
    ]
    return "\n".join(lines)


def bounds(
    found: dict[str, Taken], added: dict[str, Taken], started: dict[str, Taken]
) -> list[bool]:
    """Say whether each promise holds."""
    tail, grep, *others = found.values()
    stats, loop = list(added.values())[:2]
    begun, empty = started.values()
    promises = {
        "tail --request-id takes at most 3 times grep": tail.seconds / grep.seconds <= 3,
        "tail finds what orjson.loads finds": tail.lines == others[0].lines == grep.lines,
        "stats takes at most 1.2 times orjson.loads": stats.seconds / loop.seconds <= 1.2,
        "neither takes more than 150 MB": max(tail.megabytes, stats.megabytes) <= 150,
        "--help takes at most 120 ms more than Python": begun.seconds - empty.seconds <= 0.120,
    }
    for promise, holds in promises.items():
        print(f"{'ok    ' if holds else 'BROKEN'} {promise}", file=sys.stderr)
    return list(promises.values())


def write(text: str) -> None:
    """Put the tables into README.md."""
    readme = README.read_text("utf-8")
    begin, end = "<!-- reading: begin -->", "<!-- reading: end -->"
    pattern = re.compile(rf"{begin}.*?{end}", re.DOTALL)
    if not pattern.search(readme):
        raise SystemExit("README.md has no place for these figures")
    README.write_text(pattern.sub(lambda _: f"{begin}\n{text}\n{end}", readme), "utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
