"""The libraries under torture: each opens a file with a size cap as its documentation says."""

from __future__ import annotations

import contextlib
import gzip
import os
from collections.abc import Callable
from pathlib import Path

__all__ = ["LIBRARIES", "Log", "open_log"]

Log = tuple[Callable[[str], object], Callable[[], object]]


def open_log(library: str, path: Path, cap: int, packed: bool, keep: int = 0) -> Log:
    """Open `path` as the library's documentation says for a file with a size cap.

    `packed` backups are compressed, `keep` of them stay; all if it is 0.
    """
    return _OPENERS[library](path, cap, packed, keep)


def _anivault(path: Path, cap: int, packed: bool, keep: int) -> Log:
    from anivault_loguru import configure, logger, shutdown

    table = {
        "max_bytes": cap,
        "compression": "gz" if packed else "off",
        "retention_count": keep,
        **dict.fromkeys(("retention_days", "retention_bytes"), 0),
    }
    off = {"enabled": False}
    configure(dir=path.parent, console=off, metrics=off, channels={"app": table})
    return logger.info, shutdown


def _writer(path: Path, cap: int, packed: bool, keep: int) -> Log:
    from anivault_loguru.metrics import Registry
    from anivault_loguru.monitor import Monitor
    from anivault_loguru.rotation import Retention
    from anivault_loguru.writer import Writer

    monitor = Monitor(
        registry=Registry(),
        interval=60,
        log=None,
        maintain=lambda: writer.maintain(),
    )
    retention = Retention(count=keep)
    writer = Writer(str(path), max_bytes=cap, gzip=packed, retention=retention, wake=monitor.wake)

    def log(text: str) -> None:
        with contextlib.suppress(OSError):  # a channel counts it
            writer.append(f"{text}\n".encode())

    return log, monitor.stop


def _loguru(path: Path, cap: int, packed: bool, keep: int) -> Log:
    from loguru import logger

    logger.remove()
    logger.add(
        path,
        format="{message}",
        rotation=cap,
        compression="gz" if packed else None,
        retention=keep or None,
        catch=True,
    )
    return logger.info, logger.remove


def _handler(handler: object) -> Log:
    import logging

    logging.raiseExceptions = False
    log = logging.getLogger("torture")
    log.propagate = False
    log.setLevel(logging.INFO)
    log.addHandler(handler)  # type: ignore[arg-type]
    return log.info, logging.shutdown


def _logging(path: Path, cap: int, packed: bool, keep: int) -> Log:
    from logging.handlers import RotatingFileHandler

    handler = RotatingFileHandler(path, maxBytes=cap, backupCount=keep or 2000, encoding="utf-8")
    if packed:
        handler.namer = lambda name: f"{name}.gz"
        handler.rotator = _compress
    return _handler(handler)


def _compress(source: str, target: str) -> None:
    with gzip.open(target, "wb") as packed:
        packed.write(Path(source).read_bytes())
    os.remove(source)


def _concurrent(path: Path, cap: int, packed: bool, keep: int) -> Log:
    from concurrent_log_handler import ConcurrentRotatingFileHandler

    return _handler(
        ConcurrentRotatingFileHandler(
            str(path), maxBytes=cap, backupCount=keep or 2000, use_gzip=packed, encoding="utf-8"
        )
    )


_OPENERS = {
    "anivault": _anivault,
    "writer": _writer,
    "loguru": _loguru,
    "logging": _logging,
    "concurrent": _concurrent,
}

LIBRARIES = tuple(_OPENERS)
