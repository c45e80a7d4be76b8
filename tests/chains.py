"""Chains of records for the tests of the audit log, and what stands around a `Ledger`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from anivault_loguru.chain import Key
from anivault_loguru.ledger import Ledger
from anivault_loguru.survey import lines_of
from anivault_loguru.verification import Verifier

KEY, OTHER = Key(b"a-key-of-some-length"), Key(b"another-key-of-some-length")


def record(event: str, message: str, fields: dict[str, object], moment: int = 0, /) -> bytes:
    """A line as the preset's own records have it."""
    document = {
        "timestamp": "2026-11-24T10:00:00.000000Z",
        "component": "audit",
        "event": event,
        "message": message,
        "fields": fields,
    }
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"


def ledger(folder: Path, *keys: Key, **options: Any) -> Ledger:
    """A ledger on `audit.log` in the folder."""
    return Ledger(str(folder / "audit.log"), keys=list(keys), record=record, **options)


def line(number: int) -> bytes:
    """The line of an application's record."""
    return record("thing.done", f"thing {number}", {"n": number})


def files_of(folder: Path) -> list[Path]:
    """The files of a chain, oldest first."""
    return [*sorted(folder.glob("audit.2*")), folder / "audit.log"]


def verified(folder: Path, *keys: Key, **options: Any) -> Verifier:
    """What a verifier finds in the files of a folder."""
    verifier = Verifier(keys, **options)
    for path in files_of(folder):
        if path.exists():
            verifier.read(path.name, lines_of(str(path)))
    verifier.finish()
    return verifier


def told(folder: Path) -> list[dict[str, Any]]:
    """The records of a chain that can be read, oldest first."""
    found = []
    for path in files_of(folder):
        for text in lines_of(str(path)):
            try:
                found.append(json.loads(text))
            except ValueError:
                continue
    return found
