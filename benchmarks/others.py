"""The rivals that write text or spans, not JSON lines of their own."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

from .harness import Call, Timed
from .scenarios import BOUND, CAP, calls, deep

_FORM = "%(asctime)s %(levelname)s %(name)s %(funcName)s %(lineno)d %(process)d %(message)s"


def _text(logger: Any) -> dict[str, Call | Timed]:
    """The scenarios for a logger of the standard library's manner that writes no fields."""

    def three() -> None:
        logger.info("looked up %s %s %s", 3, "cache", "ab12")

    scenarios = calls(logger, logger, style="stdlib")
    scenarios |= dict.fromkeys(("three fields", BOUND, "a secret"), three)
    return {**scenarios, "8 threads": Timed(three, threads=8)}


def _picologging(folder: str, cap: int = 20_000_000) -> Any:
    import picologging as pico
    from picologging.handlers import RotatingFileHandler

    handler = RotatingFileHandler(os.path.join(folder, "app.log"), maxBytes=cap, backupCount=2000)
    handler.setFormatter(pico.Formatter(_FORM))
    logger = pico.getLogger("bench")
    logger.setLevel(pico.INFO)
    logger.addHandler(handler)
    return logger


def picologging(folder: str) -> dict[str, Call | Timed]:
    """picologging (in C), plain text, rotation by size; no fields, no masking."""
    return _text(_picologging(folder))


def picologging_rotating(folder: str) -> dict[str, Call | Timed]:
    """The same with a small cap."""
    return {"4 processes": _text(_picologging(folder, CAP))[BOUND]}


def logxide(folder: str) -> dict[str, Call | Timed]:
    """logxide (in Rust), plain text; no fields, no masking."""
    from logxide import logging as rust

    handler = rust.FileHandler(os.path.join(folder, "app.log"))
    handler.setFormatter(rust.Formatter(_FORM))
    logger = rust.getLogger("bench")
    logger.setLevel(20)
    logger.propagate = False
    logger.addHandler(handler)
    return _text(logger)


def logfire(folder: str) -> dict[str, Call | Timed]:
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
        "with arguments": lambda: fire.info("looked up {a} in {b}", a=3, b="x"),
        "three fields": lambda: fire.info("looked up", a=1, b="two", c=3.0),
        BOUND: lambda: fire.info("looked up", component="cache", request_id="ab12", n=3),
        "a secret": lambda: fire.info("looked up", api_key="abcdef0123", n=3),
        "exception": failing,
    }


def _nb_log(folder: str, **options: Any) -> Any:
    sys.path.insert(1, folder)  # where it writes a configuration file of its own
    import nb_log as nb

    return nb.get_logger(
        "bench",
        log_level_int=logging.INFO,
        is_add_stream_handler=False,
        log_path=folder,
        log_filename="app.log",
        **options,
    )


def nb_log(folder: str) -> dict[str, Call | Timed]:
    """nb_log to a file; no fields, no masking."""
    logger = _nb_log(folder)
    return calls(logger, logger, style="stdlib")


def nb_log_rotating(folder: str) -> dict[str, Call | Timed]:
    """The same with a small cap, in megabytes."""
    logger = _nb_log(folder, log_file_size=1)
    return {"4 processes": calls(logger, logger, style="stdlib")[BOUND]}
