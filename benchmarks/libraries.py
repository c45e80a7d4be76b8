"""The libraries under comparison, each set up to do as much of the same work as it can.

`LIBRARIES[name](folder)` returns the calls of that library by scenario; a scenario that it can't do
is missing. Each runs in a process of its own. The work: one JSON line a record in a file of
`folder`, with time, level, message, fields; and what the name of the row says.
"""

from __future__ import annotations

import io
import logging
import logging.handlers
import os
import re
import sys
from collections.abc import Callable
from typing import Any

Call = Callable[[], object]
# The requirements document's five patterns, as its code has them.
SEED = [
    (re.compile(rf'{name}["\s]*[:=]["\s]*([^"\s]+)', re.IGNORECASE), f'{name}="***MASKED***"')
    for name in ("api[_-]?key", "tmdb[_-]?key", "password", "token", "secret")
]


def mask(text: str) -> str:
    """Mask as the requirements document sketches it."""
    for pattern, by in SEED:
        text = pattern.sub(by, text)
    return text


def deep(depth: int = 10) -> None:
    """Raise below ten frames."""
    if depth == 0:
        raise ValueError("at the bottom")
    deep(depth - 1)


def calls(
    logger: Any, bound: Any, *, style: str, exception: Callable[[str], object]
) -> dict[str, Call]:
    """The scenarios for a library of loguru's, structlog's or the standard library's manner."""

    def failing() -> None:
        try:
            deep()
        except ValueError:
            exception("it failed")

    scenarios: dict[str, Call] = {
        "disabled level": lambda: logger.debug("looked up"),
        "plain message": lambda: logger.info("looked up"),
        "exception, ten frames": failing,
    }
    if style == "loguru":
        scenarios["message with arguments"] = lambda: logger.info("looked up {} in {}", 3, "x")
        scenarios["three fields"] = lambda: logger.info("looked up", a=1, b="two", c=3.0)
        scenarios["bound, request id, one field"] = lambda: bound.info("looked up", n=3)
        scenarios["a secret to mask"] = lambda: bound.info("looked up api_key=abcdef0123", n=3)
    elif style == "structlog":
        scenarios["message with arguments"] = lambda: logger.info("looked up %s in %s", 3, "x")
        scenarios["three fields"] = lambda: logger.info("looked up", a=1, b="two", c=3.0)
        scenarios["bound, request id, one field"] = lambda: bound.info("looked up", n=3)
        scenarios["a secret to mask"] = lambda: bound.info("looked up api_key=abcdef0123", n=3)
    else:
        one = {"n": 3, "component": "cache", "request_id": "ab12"}
        scenarios["message with arguments"] = lambda: logger.info("looked up %s in %s", 3, "x")
        three = {"a": 1, "b": "two", "c": 3.0}
        scenarios["three fields"] = lambda: logger.info("looked up", extra=three)
        scenarios["bound, request id, one field"] = lambda: logger.info("looked up", extra=one)
        scenarios["a secret to mask"] = lambda: logger.info("looked up api_key=ab12", extra=one)
    return scenarios


def _ours(folder: str, **overrides: Any) -> dict[str, Call]:
    from anivault_loguru import configure, logger

    configure(dir=folder, console={"enabled": False}, metrics={"enabled": False}, **overrides)
    logger.contextualize(request_id="ab12").__enter__()
    bound = logger.bind(component="cache")
    return calls(logger, bound, style="loguru", exception=logger.exception)


def ours(folder: str) -> dict[str, Call]:
    """This library as it comes: six channels, masking, rotation, compression, caller, figures."""
    return _ours(folder)


def ours_plain_lane(folder: str) -> dict[str, Call]:
    """The same with every record going by loguru."""
    from anivault_loguru import _express

    scenarios = _ours(folder)
    _express.close_lane()
    del scenarios["disabled level"]
    return scenarios


def floor(folder: str) -> dict[str, Call]:
    """One `orjson.dumps` and one `os.write` of the line that we write."""
    import orjson

    scenarios = _ours(folder)
    scenarios["bound, request id, one field"]()
    with open(os.path.join(folder, "pipeline.log"), "rb") as file:
        document = orjson.loads(file.readline())
    descriptor = os.open(os.path.join(folder, "floor"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def act() -> None:
        os.write(descriptor, orjson.dumps(document) + b"\n")

    return {"bound, request id, one field": act}


def _loguru(folder: str, **options: Any) -> dict[str, Call]:
    from loguru import logger

    def patcher(record: Any) -> None:
        record["message"] = mask(record["message"])

    logger.remove()
    logger.configure(patcher=patcher, extra={"request_id": "ab12"})
    path = os.path.join(folder, "app.log")
    logger.add(path, level="INFO", serialize=True, rotation="20 MB", diagnose=False, **options)
    bound = logger.bind(component="cache")
    return calls(logger, bound, style="loguru", exception=logger.exception)


def loguru(folder: str) -> dict[str, Call]:
    """loguru, `serialize=True`, rotation by size, the five patterns on the message."""
    return _loguru(folder)


def loguru_enqueue(folder: str) -> dict[str, Call]:
    """The same with `enqueue=True`: the call hands the record to another thread."""
    return _loguru(folder, enqueue=True)


def _structlog(folder: str, *extra: Any) -> dict[str, Call]:
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
    logger = structlog.get_logger()
    bound = logger.bind(component="cache")
    return calls(logger, bound, style="structlog", exception=logger.exception)


def structlog_bare(folder: str) -> dict[str, Call]:
    """structlog with orjson; no masking, no rotation, no caller."""
    return _structlog(folder)


def structlog_same(folder: str) -> dict[str, Call]:
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


def stdlib(folder: str) -> dict[str, Call]:
    """The standard library with python-json-logger, rotation by size, the five patterns."""
    from pythonjsonlogger.json import JsonFormatter

    path = os.path.join(folder, "app.log")
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=20_000_000, backupCount=10)
    form = "%(asctime)s %(levelname)s %(name)s %(funcName)s %(lineno)d %(process)d %(threadName)s"
    handler.setFormatter(JsonFormatter(form + " %(message)s"))
    logger = logging.getLogger("bench")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    logger.addFilter(_Masked())
    return calls(logger, logger, style="stdlib", exception=logger.exception)


def picologging(folder: str) -> dict[str, Call]:
    """picologging (in C), plain text, rotation by size; no fields, no masking."""
    import picologging as pico
    from picologging.handlers import RotatingFileHandler

    handler = RotatingFileHandler(os.path.join(folder, "app.log"), maxBytes=20_000_000)
    form = "%(asctime)s %(levelname)s %(name)s %(funcName)s %(lineno)d %(process)d %(message)s"
    handler.setFormatter(pico.Formatter(form))
    logger = pico.getLogger("bench")
    logger.setLevel(pico.INFO)
    logger.addHandler(handler)
    scenarios = calls(logger, logger, style="stdlib", exception=logger.exception)
    for name in ("three fields", "bound, request id, one field", "a secret to mask"):
        scenarios[name] = lambda: logger.info("looked up %s %s %s", 3, "cache", "ab12")
    return scenarios


def logxide(folder: str) -> dict[str, Call]:
    """logxide (in Rust), plain text; no fields, no masking."""
    from logxide import logging as rust

    rust.basicConfig(filename=os.path.join(folder, "app.log"), level=20)
    logger = rust.getLogger("bench")
    scenarios = calls(logger, logger, style="stdlib", exception=logger.exception)
    for name in ("three fields", "bound, request id, one field", "a secret to mask"):
        scenarios[name] = lambda: logger.info("looked up %s %s %s", 3, "cache", "ab12")
    return scenarios


def logfire(folder: str) -> dict[str, Call]:
    """logfire, nothing sent, spans written to a file by its console exporter, its scrubber on."""
    import logfire as fire
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

    file = open(os.path.join(folder, "app.log"), "a", encoding="utf-8")  # noqa: SIM115
    exporter = ConsoleSpanExporter(
        out=file, formatter=lambda span: span.to_json(indent=None) + "\n"
    )
    fire.configure(
        send_to_logfire=False,
        console=False,
        additional_span_processors=[SimpleSpanProcessor(exporter)],
        metrics=False,
        inspect_arguments=False,
        min_level="info",
    )

    def failing() -> None:
        try:
            deep()
        except ValueError:
            fire.exception("it failed")

    return {
        "disabled level": lambda: fire.debug("looked up"),
        "plain message": lambda: fire.info("looked up"),
        "message with arguments": lambda: fire.info("looked up {a} in {b}", a=3, b="x"),
        "three fields": lambda: fire.info("looked up", a=1, b="two", c=3.0),
        "bound, request id, one field": lambda: fire.info(
            "looked up", component="cache", request_id="ab12", n=3
        ),
        "a secret to mask": lambda: fire.info("looked up", api_key="abcdef0123", n=3),
        "exception, ten frames": failing,
    }


def nb_log(folder: str) -> dict[str, Call]:
    """nb_log to a file; no fields, no masking."""
    sys.path.insert(1, folder)  # where it writes a configuration file of its own
    sys.stdout, kept = io.StringIO(), sys.stdout
    try:
        import nb_log as nb

        logger = nb.get_logger(
            "bench",
            log_level_int=logging.INFO,
            is_add_stream_handler=False,
            log_path=folder,
            log_filename="app.log",
        )
    finally:
        sys.stdout = kept
    return calls(logger, logger, style="stdlib", exception=logger.exception)


LIBRARIES: dict[str, Callable[[str], dict[str, Call]]] = {
    "anivault_loguru": ours,
    "anivault_loguru, plain lane": ours_plain_lane,
    "orjson.dumps + os.write": floor,
    "structlog + orjson, bare": structlog_bare,
    "structlog + orjson, same work": structlog_same,
    "loguru, serialize, rotation": loguru,
    "loguru, enqueue": loguru_enqueue,
    "standard library, JSON": stdlib,
    "picologging, text": picologging,
    "logxide, text": logxide,
    "logfire, no sending": logfire,
    "nb_log, text": nb_log,
}
