"""The first law: whatever is logged, the call returns and one valid line is written."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import loguru
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_plain import Hostile, strict, values

from anivault_loguru import configure, logger
from anivault_loguru.entry import problems
from anivault_loguru.plain import text_of

# The gate runs five times as many.
EXAMPLES = int(os.environ.get("LAW_EXAMPLES", "1000"))
ODD = [Hostile(), ValueError("told"), b"bytes", None, 7]

texts = st.text(st.characters(codec=None), max_size=30)
names = st.text(st.characters(codec=None), min_size=1, max_size=12)
messages = texts | st.sampled_from(
    ["{}", "{0} {x}", "{", "{x!r:>{y}}", "{x.y[z]}", "<red>{}</red>"]
)
components = st.none() | st.sampled_from(["cache", "tmdb", "app"]) | texts | st.integers()
PIPELINE = frozenset("pipeline cache scanner parser matcher organizer".split())
NETWORK = frozenset("network tmdb ratelimiter http".split())


class Folder:
    """The files of one folder, read from where the last look ended."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: dict[str, int] = {}

    def fresh(self) -> dict[str, bytes]:
        """What came in since the last look, by channel."""
        found = {}
        for file in self.path.glob("*.log"):
            with file.open("rb") as stream:
                stream.seek(self._seen.get(file.stem, 0))
                data = stream.read()
            # The thread of the audit log may be in the middle of a line.
            data = data[: data.rfind(b"\n") + 1]
            self._seen[file.stem] = self._seen.get(file.stem, 0) + len(data)
            if file.stem == "audit":
                data = _unlinked(data)
            if data:
                found[file.stem] = data
        return found


def _unlinked(data: bytes) -> bytes:
    """The lines of the audit file as other channels would have them, without the preset's own."""
    lines = [line for line in data.splitlines(True) if b'"thread":"anivault-audit"' not in line]
    return re.sub(rb',"prev":"[0-9a-f]{64}","digest":"[0-9a-f]{64}"}', b"}", b"".join(lines))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    configure(
        dir=tmp_path / "logs",
        console={"enabled": False},
        metrics={"enabled": False},
        channels={name: {"max_bytes": 0} for name in ("app", "network", "pipeline")},
    )
    return Folder(tmp_path / "logs")


def channel_of(component: Any) -> str:
    if component in PIPELINE:
        return "pipeline"
    return "network" if component in NETWORK else "app"


@pytest.mark.parametrize("lane", [logger, loguru.logger], ids=["ours", "loguru's"])
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    message=messages | st.integers(0, len(ODD) - 1),
    component=components,
    fields=st.dictionaries(names, values, max_size=4),
    ids=st.dictionaries(st.sampled_from(["request_id", "trace_id", "event"]), values, max_size=2),
    args=st.lists(values, max_size=2),
)
def test_any_record_is_one_valid_line(
    folder: Folder,
    lane: Any,
    message: Any,
    component: Any,
    fields: dict[str, Any],
    ids: dict[str, Any],
    args: list[Any],
) -> None:
    """One line, in the channel of its component, strict JSON, with the documented keys."""
    known = {} if component is None else {"component": component}
    log: Callable[..., None] = lane.bind(**{**fields, **ids, **known}).info
    given_message = ODD[message] if type(message) is int else message
    if lane is logger:
        log(given_message, *args)
    else:
        # loguru's own front end asks a message for its text before any sink sees the record.
        log(text_of(given_message))
    written = folder.fresh()
    component = {**fields, **known}.get("component")
    if component is None or isinstance(component, str):
        assert list(written) == [channel_of(component)]
    (line,) = written.values()
    assert problems(strict(line)) == []
