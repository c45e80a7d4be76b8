"""Where the time of one bound call goes: each step of the express lane, timed alone.

    python -m benchmarks.parts

First the call as it is, compiled where it can be, and the same by its twin in Python. Then the
steps of the twin, called as `pouring.py` calls them, on what that call works with; the best of
interleaved rounds, less what an empty call takes. What is left of the twin's time is the
interpreter's work between the steps, which is what compiling saves most of.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from sys import _getframe
from threading import current_thread
from time import time_ns

from orjson import dumps

from .harness import Call
from .libraries import ours
from .scenarios import BOUND


def steps(folder: str) -> dict[str, Call]:
    """The steps by what they do; those that stand deeper are part of the one above."""
    from anivault_loguru import _configure
    from anivault_loguru import logger as preset_logger
    from anivault_loguru._core import context, core
    from anivault_loguru.entry import Entry, stamped
    from anivault_loguru.mould import holes_of
    from anivault_loguru.plain import FRAGMENT, simpler
    from anivault_loguru.tally import tally

    call = ours(folder)[BOUND]
    assert callable(call)
    for _ in range(100):
        call()
    preset = _configure._installed
    assert preset is not None
    path = Path(folder, "pipeline.log")
    line = path.read_bytes().splitlines(keepends=True)[0]
    channel = next(it for it in preset.channels if it.name == "pipeline")
    entry = Entry(time_ns() // 1000, "INFO", 20, "cache", "log", line)
    marked = line.replace(b'"looked up"', b'"\\u00001"').replace(b'{"n":3}', b'"\\u00005"')
    template, *_ = holes_of(marked)
    tick, sizes, _ = tally.handles("INFO", "cache")
    base, now, clean, fields = core.extra, time_ns(), preset.seal.clean, {"n": 3}
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)

    def place() -> None:
        frame = _getframe(1)
        (id(frame.f_code) + frame.f_lasti, 0)
        frame.f_globals.get("__name__")

    def counts() -> None:
        tick()
        sizes.append(1)

    log = preset_logger.bind(component="cache")
    twin = getattr(type(log).info, "__wrapped__", type(log).info)

    return {
        "the whole call": call,
        "the same by its twin in Python": lambda: twin(log, "looked up", n=3),
        "  caller: frame, code, module": place,
        "  bound and shared values are as before": lambda: context.get() is None or base != {},
        "  time stamp": lambda: (time_ns() // 1000, stamped(now // 1000)),
        "  encode the fields": lambda: dumps(fields, simpler, FRAGMENT),
        "  scan them for secrets": lambda: clean(b'{"n":3}'.decode()),
        "  thread name": lambda: current_thread().name,
        "  pour into the line": lambda: template % (b'"looked up"', b'{"n":3}'),
        "  count": counts,
        "  write": lambda: channel.write(entry),
        "    of which the system's write": lambda: os.write(descriptor, line),
    }


def best(called: dict[str, Call], rounds: int = 50, count: int = 500) -> dict[str, float]:
    """Microseconds a call, the best round of each."""
    found = dict.fromkeys(called, float("inf"))
    for _ in range(rounds):
        for name, step in called.items():
            begin = time.perf_counter()
            for _ in range(count):
                step()
            found[name] = min(found[name], (time.perf_counter() - begin) / count * 1e6)
    return found


def main() -> None:
    """Print the steps."""
    with tempfile.TemporaryDirectory() as folder:
        called = steps(folder)
        took = best({**called, "": lambda: None})
    empty = took.pop("")
    whole, twin, *parts = took
    print(f"{whole:<42}{took[whole]:>7.2f} µs")
    print(f"{twin:<42}{took[twin]:>7.2f}")
    left = took[twin]
    for name in parts:
        micros = max(took[name] - empty, 0.0)
        left -= 0 if name.startswith("    ") else micros
        print(f"{name:<42}{micros:>7.2f}")
    print(f"{'  the interpreter between them':<42}{left:>7.2f}")


if __name__ == "__main__":
    main()
