"""What the demo shows at its end, read back from the channel files it has just written."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson

from ...render import human
from ...schemas import decoded
from .secrets import SECRETS

if TYPE_CHECKING:
    from .mishaps import Mishap

__all__ = ["ChannelFile", "Section", "find_leaks", "read_channel", "sections"]

_SAMPLES = 3


@dataclass(frozen=True)
class Section:
    """A table to show: `rows` under `header`, `note` below it. `tall` rows read one below another.

    A row of one cell is a line of text.
    """

    title: str
    rows: Sequence[tuple[str, ...]]
    header: tuple[str, ...] = ()
    note: str = ""
    tall: bool = False


@dataclass
class ChannelFile:
    """One channel's live file, and of it what this run wrote."""

    name: str
    path: str
    size: int = 0
    lines: int = 0
    own: int = 0
    leaks: int = 0
    first: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The first record of each event."""
    line: str = ""
    """The first line, as it stands."""
    last: dict[str, Any] = field(default_factory=dict)
    """The last record."""


def read_channel(
    name: str, path: str, *, process: int, since: str, leak: re.Pattern[bytes]
) -> ChannelFile:
    """Read what the process wrote from the time `since`, a record's timestamp, on."""
    channel = ChannelFile(name, path)
    try:
        file = open(path, "rb")  # noqa: SIM115 - closed below; a file that is not there is empty
    except OSError:
        return channel
    with file:
        for line in file:
            channel.lines += 1
            channel.size += len(line)
            try:
                entry = decoded(line)
                if entry["process"] != process or entry["timestamp"] < since:
                    continue
            except (ValueError, KeyError, TypeError):
                # A line of a channel that is written as text: whose it is can't be told.
                channel.leaks += bool(leak.search(line))
                continue
            channel.own += 1
            channel.leaks += bool(leak.search(line))
            channel.line = channel.line or line.decode().rstrip("\n")
            channel.first.setdefault(entry["event"], entry)
            channel.last = entry
    return channel


def find_leaks(home: str) -> re.Pattern[bytes]:
    """Return a pattern of the demo's secrets and of `home`: as they are, in JSON and in a URL."""
    needles = {form for secret in SECRETS for form in _forms(secret)}
    pattern = "|".join(re.escape(needle) for needle in sorted(needles))
    if len(home) > 2:
        homes = "|".join(re.escape(form) for form in sorted(_forms(home)))
        pattern += rf"|(?<![\w.-])(?:{homes})(?![\w.-])"
    return re.compile(pattern.encode(errors="surrogateescape"))


def _forms(text: str) -> set[str]:
    # A home folder may hold bytes that are not UTF-8: surrogates in Python's text.
    urls = {quote(text, safe=safe, errors="surrogateescape") for safe in ("/", "")}
    return {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], *urls}


def sections(
    channels: list[ChannelFile],
    mishaps: list[Mishap],
    snapshot: Mapping[str, Mapping[str, Any]],
    elapsed: float,
) -> list[Section]:
    """Return everything to show, in order; `elapsed` is in seconds."""
    return [
        _files(channels),
        *_samples(channels),
        _masked(channels, mishaps),
        _summary(snapshot, elapsed),
    ]


def _files(channels: list[ChannelFile]) -> Section:
    if not channels:
        return Section("The channel files", [("Your settings have no channel.",)])
    folder = tilde(os.path.dirname(channels[0].path))
    rows = [
        (os.path.basename(c.path), f"{c.size:,}", f"{c.lines:,}", f"{c.own:,}") for c in channels
    ]
    return Section(
        f"The channel files, in {folder}",
        rows,
        ("file", "bytes", "lines", "of this run"),
        "One JSON record a line. Records of level ERROR and up stand in error.log as well.",
    )


def _samples(channels: list[ChannelFile]) -> Iterable[Section]:
    whole = next((channel for channel in channels if channel.line), None)
    if whole:
        title = f"One line of {os.path.basename(whole.path)}, as it stands there"
        yield Section(title, [(whole.line,)], tall=True)
    for channel in channels:
        entries = list(channel.first.values())[: _SAMPLES - 1]
        if channel.own > len(entries):
            entries.append(channel.last)
        rows = [(line,) for entry in entries for line in _readable(entry)]
        if rows:
            yield Section(f"From {os.path.basename(channel.path)}", rows)


def _readable(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield the record as the console shows it, of a stack trace the last line only."""
    first, *trace = human(entry).splitlines()
    yield first
    if trace:
        yield f"    […] {trace[-1].lstrip()}"


def _masked(channels: list[ChannelFile], mishaps: list[Mishap]) -> Section:
    events = {event: entry for channel in channels for event, entry in channel.first.items()}
    rows = []
    for mishap in mishaps:
        stands: Any = events.get(mishap.event, {})
        for key in mishap.where.split("."):
            stands = stands.get(key, "no such record") if isinstance(stands, dict) else stands
        text = stands if isinstance(stands, str) else orjson.dumps(stands).decode()
        rows.append((mishap.label, _around(mishap.shown(), "…"), _around(text, "***MASKED***")))
    leaks = sum(channel.leaks for channel in channels)
    note = (
        "What the code logged is shown with its secrets shortened. This run's lines were searched "
        "for each secret and the home folder, raw, JSON-escaped and URL-encoded: "
        f"{leaks or 'no'} line{'s' * (leaks != 1)} found."
    )
    return Section(
        "What was masked",
        rows,
        ("what", "the code logged", "the file holds"),
        note,
        tall=True,
    )


def _around(text: str, mark: str, room: int = 60) -> str:
    """Return the part of `text` around `mark`, visibly cut where something is left out."""
    at = text.find(mark)
    start = at - room // 2 if at > room else 0
    end = max(start + room, at + len(mark) + 10)
    return f"{'[…] ' * (start > 0)}{text[start:end]}{' […]' * (end < len(text))}"


def _summary(snapshot: Mapping[str, Mapping[str, Any]], elapsed: float) -> Section:
    counters = snapshot["counters"]
    hits, asked = counters.get("cache_hits", 0), counters.get("cache_requests", 0)
    statuses = _by_label(counters, "api_requests", "status")
    levels = _by_label(counters, "records", "level")
    records = sum(levels.values())
    errors = levels.get("ERROR", 0) + levels.get("CRITICAL", 0)
    rows = [
        ("files processed", f"{counters.get('files_processed', 0):,} in {elapsed:.1f} s"),
        ("time per file", _percentiles(snapshot, "file_seconds", 1000)),
        ("cache hit rate", f"{hits / (asked or 1):.1%} ({hits:,} of {asked:,})"),
        ("requests", f"{sum(statuses.values()):,} ({_counts(statuses)})"),
        ("time per request", _percentiles(snapshot, "api_request_duration_ms", 1)),
        ("records", f"{records:,} ({_counts(levels)})"),
        ("error rate", f"{errors / (records or 1):.2%}"),
    ]
    if "memory_usage_mb" in snapshot["gauges"]:
        rows.append(("memory", f"{snapshot['gauges']['memory_usage_mb']:.1f} MB"))
    again = "Nothing was cached yet: run the command again, and the digests come from the cache."
    if hits:
        again = f"{hits:,} digests came from the cache of an earlier run."
    return Section("The summary", rows, ("figure", "value"), again)


def _by_label(counters: Mapping[str, int], name: str, label: str) -> dict[str, int]:
    """Return the counts of the metric `name`, added up over every label but one."""
    sums: dict[str, int] = {}
    for series, count in counters.items():
        if series.startswith(f"{name}{{"):
            value = series.rpartition(f'{label}="')[2].partition('"')[0]
            sums[value] = sums.get(value, 0) + count
    return sums


def _percentiles(snapshot: Mapping[str, Mapping[str, Any]], name: str, scale: float) -> str:
    """Return the percentiles, in milliseconds, of the metric's first series."""
    for series, figures in snapshot["histograms"].items():
        if series.partition("{")[0] == name:
            parts = [f"{key} {figures[key] * scale:.1f}" for key in ("p50", "p95", "p99", "max")]
            return f"{' · '.join(parts)} ms"
    return "none"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name}: {count:,}" for name, count in sorted(counts.items()))


def tilde(path: str) -> str:
    """Return the path with `~` for the home folder, as a shell reads it."""
    home = os.path.expanduser("~")
    inside = len(home) > 1 and (path == home or path.startswith(home + os.sep))
    return f"~{path[len(home) :]}" if inside else path
