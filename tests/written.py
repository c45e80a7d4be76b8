"""Lines and channel files as programs write them, for the tests of what reads them."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

START = 1_795_395_600  # 2026-11-23T01:00:00Z


def stamp(second: float) -> str:
    """The stamp of that many seconds after the start."""
    from anivault_loguru import entry

    return entry.stamp(round((START + second) * 1_000_000))


def line(second: float, message: str = "m", **keys: Any) -> bytes:
    """A line of the native schema, with its newline; `seq` counts tenths unless it is given."""
    fields = keys.pop("fields", {})
    document: dict[str, Any] = {
        "timestamp": stamp(second),
        "level": keys.pop("level", "INFO"),
        "component": keys.pop("component", "app"),
        "event": keys.pop("event", "log"),
        "message": message,
    }
    if "request_id" in keys:
        document["request_id"] = keys.pop("request_id")
    document |= {
        "fields": fields,
        "logger": "anivault.scan",
        "function": "scan",
        "line": 42,
        "process": 4242,
        "thread": "MainThread",
        "run": "5f0c9a1e",
        "seq": round(second * 10) + 1,
    }
    return orjson.dumps(document | keys) + b"\n"


def put(path: Path, lines: Iterable[bytes]) -> Path:
    """Write lines to a file, compressed if its name says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = b"".join(lines)
    path.write_bytes(gzip.compress(data) if path.name.endswith(".gz") else data)
    return path


def backup(channel: str, second: int, suffix: str = ".log.gz") -> str:
    """The name of the backup that was closed then."""
    text = stamp(second)[:-1].replace("T", "_").replace(":", "-").replace(".", "_")
    return f"{channel}.{text}{suffix}"
