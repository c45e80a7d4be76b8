"""A Celery worker: its processes log to one folder, each task with the id of who asked for it.

celery -A celery_jobs worker
python celery_jobs.py    # asks for twenty tasks
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, Task
from celery.signals import setup_logging

from anivault_loguru import configure, logger

FOLDER = os.environ["BROKER"]
app = Celery("films", broker="filesystem://")
app.conf.broker_transport_options = {
    "data_folder_in": FOLDER,
    "data_folder_out": FOLDER,
    "control_folder": f"{FOLDER}/control",
}


@setup_logging.connect  # type: ignore[untyped-decorator]
def configured(**_: Any) -> None:
    """Celery leaves logging alone where somebody sets it up; its own records arrive, too."""
    configure()


class Logged(Task):  # type: ignore[misc]
    """A task that logs with the request id in its headers."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with logger.contextualize(request_id=self.request.get("request_id")):
            return super().__call__(*args, **kwargs)


@app.task(base=Logged, name="films.match")  # type: ignore[untyped-decorator]
def match(n: int) -> None:
    """What the worker does."""
    logger.bind(component="matcher").info("matched {n}", n=n)


if __name__ == "__main__":
    for n in range(20):
        match.apply_async((n,), headers={"request_id": f"r{n}"})
