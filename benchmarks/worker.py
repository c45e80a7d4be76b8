"""A worker: a process in which one library does what the harness asks for, and is timed.

    python -m benchmarks.worker MODULE:TABLE LIBRARY FOLDER

It reads `[scenario, count]` as lines of JSON, and answers with lines: first the scenarios, then for
each batch the seconds that it took.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading

from .harness import Setup, Timed


def _took(timed: Timed, count: int) -> float:
    def some() -> None:
        call = timed.call
        for _ in range(count // timed.threads):
            call()

    threads = [threading.Thread(target=some) for _ in range(timed.threads - 1)]
    begin = timed.clock()
    for thread in threads:
        thread.start()
    some()
    for thread in threads:
        thread.join()
    taken = timed.clock() - begin
    if timed.after is not None:
        timed.after()
    return taken


def work(table: str, name: str, folder: str) -> None:
    """Be a worker: name the scenarios, then time what is asked for."""
    # Some libraries print: what they say must not stand between the answers.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    module, _, attribute = table.partition(":")
    setup: Setup = getattr(importlib.import_module(module), attribute)[name]
    scenarios = setup(folder)

    def answer(value: object) -> None:
        out.write(json.dumps(value) + "\n")  # a library may have replaced `print`
        out.flush()

    answer(list(scenarios))
    for line in sys.stdin:
        scenario, count = json.loads(line)
        timed = scenarios[scenario]
        taken = _took(timed if isinstance(timed, Timed) else Timed(timed), count)
        answer([taken])


if __name__ == "__main__":
    work(*sys.argv[1:])
