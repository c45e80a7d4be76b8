"""For tests of applications: a pytest fixture `logs` that holds what was logged.

Opt in from a `conftest.py`: `pytest_plugins = ["anivault_loguru.testing"]`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from ._configure import configure, installed, shutdown
from ._core import remove_handlers
from ._express import logger
from .schemas import decoded

__all__ = ["Logs", "logs"]


@pytest.fixture
def logs() -> Iterator[Logs]:
    """What the test logs, from TRACE up; no file and no console output of ours meanwhile.

    The application may call `configure` itself; the records are held all the same.
    """
    captured = Logs()
    before = installed()
    configure(channels={}, console={"enabled": False}, metrics={"enabled": False})

    def see(record: Any) -> bool:
        preset = installed()
        entry = None if preset is None else preset.seal.entry_of(record)
        if entry is not None:
            captured.lines.append(entry.line)
        return False

    handler = logger.add(lambda message: None, level=0, filter=see, format="{message}")
    try:
        yield captured
    finally:
        remove_handlers(frozenset({handler}))
        shutdown()
        if before is not None:
            configure(before.settings)


class Logs:
    """The records of one test, in the order in which they were logged, as they are written."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    @property
    def entries(self) -> list[dict[str, Any]]:
        """Every record as the decoded line, under native keys: `entries[0]["fields"]["n"]`."""
        return [decoded(line) for line in self.lines]

    def find(self, **wanted: Any) -> list[dict[str, Any]]:
        """Return the entries in which each name has the given value, at the top or in `fields`.

        `logs.find(event="api_request", status_code=200)`.
        """
        missing = object()
        return [
            entry
            for entry in self.entries
            if all(
                entry.get(name, entry["fields"].get(name, missing)) == value
                for name, value in wanted.items()
            )
        ]

    def assert_no_secrets(self, *secrets: str) -> None:
        """Fail if any of `secrets` stands in any line: raw, JSON-, URL- or base64-encoded."""
        for secret in secrets:
            for form in _forms(secret):
                lines = [line for line in self.lines if form.encode() in line]
                # Not the assert statement: pytest would show the secret with it.
                if lines:
                    text = lines[0].decode().replace(form, "«here»")
                    pytest.fail(f"A secret of {len(secret)} characters is in the log: {text}")

    def clear(self) -> None:
        """Forget what was logged so far."""
        self.lines.clear()


def _forms(secret: str) -> set[str]:
    if not secret:
        raise ValueError("An empty text is no secret, and stands in every line.")
    forms = {secret, quote(secret, safe=""), quote_plus(secret)}
    forms |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return forms | {encoded[:-1] or encoded}
