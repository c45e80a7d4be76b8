"""The libraries under comparison, each set up to do as much of the same work as it can.

The work: one JSON line a record in a file of the folder, with time, level, message, fields; and
what the name of the row says. A scenario that a library can't do is missing.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import random
import time
from typing import Any

from . import others
from .harness import Call, Setup, Timed
from .scenarios import BOUND, CAP, bound_call, calls, mask


def _ours(folder: str, **overrides: Any) -> Any:
    from anivault_loguru import configure, logger

    configure(dir=folder, console={"enabled": False}, **overrides)
    logger.contextualize(request_id="ab12").__enter__()
    return logger


def ours(folder: str) -> dict[str, Call | Timed]:
    """This library as it comes, without the console: six channels, masking, rotation, figures."""
    logger = _ours(folder)
    return calls(logger, logger.bind(component="cache"), style="loguru")


def ours_plain_lane(folder: str) -> dict[str, Call | Timed]:
    """The same with every record going by loguru."""
    from anivault_loguru import lanes

    scenarios = ours(folder)
    lanes.close_lane()
    del scenarios["disabled level"]
    return scenarios


def ours_queued(folder: str) -> dict[str, Call | Timed]:
    """The call hands its encoded, masked line to a thread."""
    logger = _ours(folder, queue={"mode": "background"})
    return {"queue": Timed(bound_call(logger), after=logger.complete, clock=time.thread_time)}


def ours_rotating(folder: str) -> dict[str, Call | Timed]:
    """The file of the records has a small cap and keeps all its backups."""
    kept = dict.fromkeys(("retention_days", "retention_count", "retention_bytes"), 0)
    table = {"max_bytes": CAP, "compression": "off", **kept}
    return {"4 processes": bound_call(_ours(folder, channels={"pipeline": table}))}


def ours_grown(**overrides: Any) -> Setup:
    """The call with more of something configured."""
    return lambda folder: {BOUND: bound_call(_ours(folder, **overrides))}


def ours_counting(folder: str) -> dict[str, Call | Timed]:
    """The call in a process with 1,900 counters."""
    from anivault_loguru import metrics

    logger = _ours(folder)
    for number in range(1_900):
        metrics.increment(f"counter_{number}")
    return {BOUND: bound_call(logger)}


def floor(folder: str) -> dict[str, Call | Timed]:
    """One `orjson.dumps` and one `os.write` of the line that we write."""
    import orjson

    bound_call(_ours(folder))()
    with open(os.path.join(folder, "pipeline.log"), "rb") as file:
        document = orjson.loads(file.readline())
    descriptor = os.open(os.path.join(folder, "floor"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def act() -> None:
        os.write(descriptor, orjson.dumps(document) + b"\n")

    return {BOUND: act}


def _loguru(folder: str, rotation: int = 20_000_000, **options: Any) -> Any:
    from loguru import logger

    def patcher(record: Any) -> None:
        record["message"] = mask(record["message"])

    logger.remove()
    logger.configure(patcher=patcher, extra={"request_id": "ab12"})
    path = os.path.join(folder, "app.log")
    logger.add(path, level="INFO", serialize=True, rotation=rotation, diagnose=False, **options)
    return logger


def loguru(folder: str) -> dict[str, Call | Timed]:
    """loguru, `serialize=True`, rotation by size, the five patterns on the message."""
    logger = _loguru(folder)
    return calls(logger, logger.bind(component="cache"), style="loguru")


def loguru_queued(folder: str) -> dict[str, Call | Timed]:
    """The same with `enqueue=True`: the call hands the record to another thread."""
    logger = _loguru(folder, enqueue=True)
    return {"queue": Timed(bound_call(logger), after=logger.complete, clock=time.thread_time)}


def loguru_rotating(folder: str) -> dict[str, Call | Timed]:
    """The same with a small cap, in processes that know nothing of each other."""
    return {"4 processes": bound_call(_loguru(folder, CAP))}


def _structlog(folder: str, *extra: Any) -> dict[str, Call | Timed]:
    import orjson
    import structlog

    file = open(os.path.join(folder, "app.log"), "ab", buffering=0)  # noqa: SIM115
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            *extra,
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.BytesLoggerFactory(file=file),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(request_id="ab12")
    logger = structlog.get_logger().bind()  # without its proxy, which costs every call
    return calls(logger, logger.bind(component="cache"), style="structlog")


def structlog_bare(folder: str) -> dict[str, Call | Timed]:
    """structlog with orjson; no masking, no rotation, no caller."""
    return _structlog(folder)


def structlog_same(folder: str) -> dict[str, Call | Timed]:
    """structlog with orjson, caller information and the five patterns; no rotation."""
    import structlog

    where = structlog.processors.CallsiteParameter
    caller = structlog.processors.CallsiteParameterAdder(
        [where.MODULE, where.FUNC_NAME, where.LINENO, where.PROCESS, where.THREAD_NAME]
    )

    def masked(logger: object, name: str, event: Any) -> Any:
        return {k: mask(v) if type(v) is str else v for k, v in event.items()}

    return _structlog(folder, caller, masked)


class _Masked(logging.Filter):
    def filter(self, record: Any) -> bool:
        record.msg, record.args = mask(record.getMessage()), ()
        return True


def _stdlib(folder: str, cap: int = 20_000_000) -> tuple[logging.Logger, logging.Handler]:
    from pythonjsonlogger.json import JsonFormatter

    path = os.path.join(folder, "app.log")
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=cap, backupCount=2000)
    form = "%(asctime)s %(levelname)s %(name)s %(funcName)s %(lineno)d %(process)d %(threadName)s"
    handler.setFormatter(JsonFormatter(form + " %(message)s"))
    logger = logging.getLogger("bench")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    logger.addFilter(_Masked())
    return logger, handler


def stdlib(folder: str) -> dict[str, Call | Timed]:
    """The standard library with python-json-logger, rotation by size, the five patterns."""
    logger, _ = _stdlib(folder)
    return calls(logger, logger, style="stdlib")


def stdlib_queued(folder: str) -> dict[str, Call | Timed]:
    """The same behind a `QueueHandler`."""
    from queue import SimpleQueue

    logger, handler = _stdlib(folder)
    logger.removeHandler(handler)
    records: SimpleQueue[Any] = SimpleQueue()
    logger.addHandler(logging.handlers.QueueHandler(records))
    logging.handlers.QueueListener(records, handler).start()

    def drain() -> None:
        while not records.empty():
            time.sleep(0.01)

    return {
        "queue": Timed(
            calls(logger, logger, style="stdlib")[BOUND], after=drain, clock=time.thread_time
        )
    }  # type: ignore[arg-type]


def stdlib_rotating(folder: str) -> dict[str, Call | Timed]:
    """The same with a small cap."""
    logger, _ = _stdlib(folder, CAP)
    return {"4 processes": calls(logger, logger, style="stdlib")[BOUND]}


OURS = "anivault_loguru"
LIBRARIES: dict[str, Setup] = {
    OURS: ours,
    "its plain lane": ours_plain_lane,
    "orjson.dumps + os.write": floor,
    "structlog + orjson, bare": structlog_bare,
    "structlog + orjson, same work": structlog_same,
    "loguru": loguru,
    "standard library, JSON": stdlib,
    "picologging, text": others.picologging,
    "logxide, text": others.logxide,
    "logfire": others.logfire,
    "nb_log, text": others.nb_log,
}
QUEUED: dict[str, Setup] = {
    OURS: ours_queued,
    "loguru": loguru_queued,
    "standard library, JSON": stdlib_queued,
}
ROTATING: dict[str, Setup] = {
    OURS: ours_rotating,
    "loguru": loguru_rotating,
    "standard library, JSON": stdlib_rotating,
    "picologging, text": others.picologging_rotating,
    "nb_log, text": others.nb_log_rotating,
}
GROWN: dict[str, Setup] = {
    "as it comes": ours_grown(),
    "60 channels": ours_grown(channels={f"c{n}": {"components": [f"c{n}"]} for n in range(54)}),
    "10,000 registered secrets": ours_grown(
        masking={"secrets": [f"{random.Random(n).getrandbits(80):020x}" for n in range(10_000)]}
    ),
    "1,900 metrics": ours_counting,
}
