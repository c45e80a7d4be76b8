"""A worker as Celery's: the job carries the request id of who asked for it."""

from __future__ import annotations

import multiprocessing
import sys
from typing import Any

from anivault_loguru import configure, logger


def work(jobs: Any) -> None:
    """What the worker process runs; it configures like any other, from the environment."""
    for request_id, n in iter(jobs.get, None):
        with logger.contextualize(request_id=request_id):
            logger.bind(component="pipeline").info("job {n}", n=n)


def job(request: tuple[str, int]) -> int:
    """What a pool's process runs."""
    request_id, n = request
    with logger.contextualize(request_id=request_id):
        logger.info("task {n}", n=n)
    return n


if __name__ == "__main__":
    configure()
    context: Any = multiprocessing.get_context(sys.argv[1])  # "spawn", "fork", "forkserver"
    jobs = context.Queue()
    worker = context.Process(target=work, args=(jobs,))
    worker.start()
    for n in range(20):
        jobs.put((f"r{n}", n))
    jobs.put(None)
    worker.join()
    with context.Pool(2) as pool:
        assert sum(pool.map(job, [(f"r{n}", n) for n in range(20)])) == 190
        pool.close()
        pool.join()
