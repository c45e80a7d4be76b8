"""Microseconds that masking one record takes: ours and others', interleaved in one run.

    python -m benchmarks.masking [ROUNDS]

`ours` masks an encoded line, `piece` takes the first look at what is new in it: all that a log
call pays for a clean record. logfire's and sentry's scrubbers get the document that they are made
for; Airflow's redactor is rebuilt after its method (a union of seven registered values, names of
fields, five levels deep), since Airflow is no library; the seed's five patterns run over the line's
text. A rival that is not installed is left out: `pip install --group bench`.

A second table has the slowest lines of 1 MB, of those built against each matcher: one piece over
and over (`tests/repeated.py`), in milliseconds of processor time, the best of three.
"""

from __future__ import annotations

import copy
import importlib
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from anivault_loguru.masking import Masker

__all__: list[str] = []

WORD = "".join(map(chr, (115, 51, 99, 114, 51, 116)))  # no scanner takes this file for a leak
Document = dict[str, Any]


def documents() -> dict[str, Document]:
    """The records measured: two clean ones, one with one secret, one with ten."""
    head = {
        "timestamp": "2026-11-23T01:02:03.456789Z",
        "level": "INFO",
        "component": "pipeline",
        "event": "file.processed",
    }
    ten: Document = {f"n{n}": {"api_key": f"{WORD}-{n}-{n}{n}{n}"} for n in range(5)}
    ten |= {f"t{n}": f"https://host/p?token={WORD}{n}{n}&page={n}" for n in range(5)}
    long = " ".join(f"Processed file number {n} of the folder in {n}.{n} ms." for n in range(42))
    return {
        "clean, 150 B": {**head, "message": "Processed 3 files", "fields": {"n": 3}},
        "clean, 2 KB": {**head, "message": long, "fields": {"n": 3}},
        "a cache key": {**head, "message": "hit", "fields": {"cache_key": "movie:1", "hit": True}},
        "a secret in the message": {
            **head,
            "message": f"Asked: api_key={WORD}-01234",
            "fields": {},
        },
        "one secret": {**head, "message": "Asked", "fields": {"api_key": f"{WORD}-0123456789"}},
        "ten secrets": {**head, "message": "Asked", "fields": ten},
    }


def ours(document: Document) -> Callable[[], object]:
    """Mask the encoded line."""
    masker, line = Masker(homes=["/home/somebody"]), orjson.dumps(document)
    return lambda: masker.mask_line(line)


def piece(document: Document) -> Callable[[], object]:
    """Take the look at message and fields that is all a log call pays for a clean record."""
    look = Masker(homes=["/home/somebody"]).look()
    text = orjson.dumps({key: document[key] for key in ("message", "fields")}).decode()
    return lambda: look(text)


def logfire(document: Document) -> Callable[[], object]:
    """logfire's scrubber over the document."""
    scrubbing = importlib.import_module("logfire._internal.scrubbing")
    scrubber = scrubbing.Scrubber(None)
    return lambda: scrubber.scrub_value((), document)


def sentry(document: Document) -> Callable[[], object]:
    """sentry's scrubber over the document, which it changes: later runs find the same names."""
    scrubber = importlib.import_module("sentry_sdk.scrubber").EventScrubber(recursive=True)
    changed = copy.deepcopy(document)
    return lambda: scrubber.scrub_dict(changed)


def airflow_like(document: Document) -> Callable[[], object]:
    """Registered values by a union of patterns, names of fields, to the fifth level."""
    values = [f"registered-value-{n}" for n in range(7)]
    union = re.compile("|".join(map(re.escape, values)))
    names = {"api_key", "apikey", "authorization", "passphrase", "passwd", "password", "secret"}

    def redact(value: Any, name: str | None, depth: int) -> Any:
        if depth > 5:
            return value
        if name and any(part in name.lower() for part in names) and isinstance(value, str):
            return "***"
        if isinstance(value, dict):
            return {key: redact(item, key, depth + 1) for key, item in value.items()}
        return union.sub("***", value) if isinstance(value, str) else value

    return lambda: redact(document, None, 0)


def seed(document: Document) -> Callable[[], object]:
    """The five patterns of the requirements document over the line."""
    text = orjson.dumps(document).decode()
    names = ("api[_-]?key", "tmdb[_-]?key", "password", "token", "secret")
    patterns = [rf'{name}["\s]*[:=]["\s]*([^"\s]+)' for name in names]

    def run() -> str:
        masked = text
        for pattern in patterns:
            masked = re.sub(pattern, "***", masked, flags=re.IGNORECASE)
        return masked

    return run


def dumps(document: Document) -> Callable[[], object]:
    """One encoding, for comparison."""
    return lambda: orjson.dumps(document)


CANDIDATES = (dumps, piece, ours, logfire, sentry, airflow_like, seed)


def measured(function: Callable[[], object], seconds: float = 0.01) -> float:
    """Microseconds of one call, over about so many seconds."""
    start = time.perf_counter()
    function()
    loops = max(1, int(seconds / max(time.perf_counter() - start, 1e-7)))
    start = time.perf_counter()
    for _ in range(loops):
        function()
    return (time.perf_counter() - start) / loops * 1e6


def slowest(shown: int = 12) -> None:
    """Print the slowest of the lines of 1 MB; a password and a registered value are in each."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    lines = importlib.import_module("repeated")
    masker = Masker(homes=["/home/somebody"], secrets=[f"{WORD}-registered"])
    head = {
        "fields": {"api_key": f"{WORD}-0123456789", "note": f"api_key={WORD}-{WORD}-registered"}
    }
    table: dict[str, float] = {}
    for piece in lines.REPEATED:
        message = f"pwd={WORD} " + lines.repeated(piece, 10**6)
        line = orjson.dumps({"message": message, **head})
        for _ in range(3):
            start = time.process_time()
            masker.mask_line(line)
            took = (time.process_time() - start) * 1e3
            table[piece] = min(table.get(piece, took), took)
    print(f"\n{'a line of 1 MB, repeating':<52}{'milliseconds':>14}")
    for piece in sorted(table, key=table.__getitem__, reverse=True)[:shown]:
        print(f"{piece!r:<52}{table[piece]:>14.0f}")
    print(f"{f'the median of {len(table)}':<52}{statistics.median(table.values()):>14.0f}")


def main(rounds: int) -> None:
    """Print a table of the best of all rounds; the order changes from round to round."""
    table: dict[tuple[str, str], float] = {}
    runs: list[tuple[str, str, Callable[[], object]]] = []
    for name, document in documents().items():
        for candidate in CANDIDATES:
            try:
                runs.append((name, candidate.__name__, candidate(document)))
            except ImportError:
                continue
    for number in range(rounds):
        for name, who, function in runs[:: -1 if number % 2 else 1]:
            best = table.get((name, who), float("inf"))
            table[name, who] = min(best, measured(function))
    present = [c.__name__ for c in CANDIDATES if any(who == c.__name__ for _, who, _ in runs)]
    print(f"{'microseconds':<24}" + "".join(f"{who:>14}" for who in present))
    for name in documents():
        print(f"{name:<24}" + "".join(f"{table[name, who]:>14.2f}" for who in present))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
    slowest()
