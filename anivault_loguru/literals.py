"""The text forms of settings: sizes, levels, times of day, names, lists.

Each function takes whatever a source holds and returns the plain value; a `ValueError` carries
the words for what is expected.
"""

from __future__ import annotations

import datetime
import json
import re
import zoneinfo
from collections.abc import Callable
from fractions import Fraction
from typing import Literal

from .patterns import pattern

__all__ = [
    "LEVEL",
    "parse_app",
    "parse_compression",
    "parse_duration",
    "parse_endpoint",
    "parse_interval",
    "parse_level",
    "parse_log_file",
    "parse_names",
    "parse_pairs",
    "parse_pattern",
    "parse_port",
    "parse_size",
    "parse_tables",
    "parse_texts",
    "parse_time",
    "whole_number",
]

_LARGEST = 2**63 - 1  # bytes of a file, on any system

LEVEL = "the name of a level, such as INFO, or a whole number from 0"
_PAIRS = "a table of texts (in the environment as JSON text, or name=value,name=value)"


def parse_size(value: object) -> int:
    """Return bytes: "20MB" is 20 * 10**6, "20 MiB" 20 * 2**20, in any case; fractions cut off."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST:
        return value
    if isinstance(value, str):
        shape = r"([0-9]{1,18}(?:\.[0-9]{1,18})?)\s*(?:(?:([kmgtpe])(i)?)?b)?"
        if match := re.fullmatch(shape, value.strip(), re.IGNORECASE):
            number, prefix, binary = match.groups()
            power = "kmgtpe".index(prefix.lower()) + 1 if prefix else 0
            size = Fraction(number) * (1024 if binary else 1000) ** power
            if 1 <= size <= _LARGEST or size == 0:
                return int(size)
    raise ValueError("a size in bytes: a whole number, or text such as 20MB, 20 MiB, 1.5 GB")


def whole_number(largest: int, least: int = 0) -> Callable[[object], int]:
    """Return the parser of a number from `least` to `largest`, or its digits as text."""
    expected = f"a whole number from {least or '0 (no limit)'} to {largest}"

    def check(value: object) -> int:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value.strip()):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= largest:
            raise ValueError(expected)
        return value

    return check


def parse_level(value: object) -> str | int:
    """Return a level's upper-cased name, or its number (digits are a number)."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and (name := value.strip().upper()):
        return int(name) if re.fullmatch(r"[0-9]{1,9}", name) else name
    raise ValueError(LEVEL)


def parse_time(value: object) -> datetime.time | None:
    """Return "HH:MM[:SS] [ZONE]" as a time, with tzinfo if a zone is named; `None` for "off"."""
    if value is None or isinstance(value, datetime.time):
        return value
    expected = 'a time of day such as "00:00" or "03:30 Asia/Seoul", or "off"'
    if not isinstance(value, str):
        raise ValueError(expected)
    if value.strip().lower() == "off":
        return None
    match = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?:\s+(\S+))?", value.strip())
    try:
        if match:
            hour, minute, second, zone = match.groups()
            clock = (int(hour), int(minute), int(second or 0))
            return datetime.time(*clock, tzinfo=_zone(zone) if zone else None)
    except ValueError:
        pass
    raise ValueError(expected)


def _zone(name: str) -> datetime.tzinfo:
    # Known even where the system has no time zone database.
    if name.upper() == "UTC":
        return datetime.timezone.utc
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(name) from error


def parse_compression(value: object) -> Literal["gz"] | None:
    """Return "gz", or `None` for "off"."""
    if value is None or (isinstance(value, str) and value.strip().lower() == "off"):
        return None
    if value == "gz":
        return "gz"
    raise ValueError('"gz" or "off"')


def parse_interval(value: object) -> float:
    """Return seconds, at most 30 days: Windows waits no longer (`threading.TIMEOUT_MAX`).

    Below a hundredth of a second the summaries would keep a core busy.
    """
    seconds = 0.0
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            seconds = float(value)
        except (ValueError, OverflowError):
            pass
    if 0.01 <= seconds <= 2_592_000:
        return seconds
    raise ValueError("a number of seconds, at least 0.01 and at most 2592000 (30 days)")


def parse_duration(value: object) -> float:
    """Return seconds: a number from 0, or text such as "90s", "2m", "1.5h"."""
    if isinstance(value, str):
        if match := re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*([smh]?)", value.strip()):
            return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]
    elif isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9:
        return float(value)
    raise ValueError("a duration: seconds from 0, or text such as 90s, 2m, 1h")


def parse_endpoint(value: object) -> str:
    """Return the base URL of a server, without a slash at its end."""
    if isinstance(value, str) and re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", value.strip()):
        return value.strip().rstrip("/")
    raise ValueError("a URL such as http://localhost:4318")


def parse_pairs(value: object) -> object:
    """Read text as a JSON object, else as `name=value` separated by commas."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            raise ValueError(_PAIRS) from None
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    if not all(equals and name.strip() for name, equals, _ in pairs):
        raise ValueError(_PAIRS)
    return {name.strip(): text.strip() for name, _, text in pairs}


def parse_port(value: object) -> int:
    """Return a TCP port, 1 to 65535."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,5}", value.strip()):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65535:
        return value
    raise ValueError("a port: a whole number from 1 to 65535")


def parse_tables(value: object) -> list[object]:
    """Return a list of tables, which in the environment is JSON text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            pass
    if isinstance(value, list | tuple):
        return list(value)
    raise ValueError("a list of tables (in the environment as JSON text)")


_RESERVED = pattern(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)


def _is_file_name(name: str) -> bool:
    """Tell whether `name` is one path component on every system we run on."""
    return (
        not re.search(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\ud800-\udfff]', name)
        and name.strip(" .") != ""
        and name == name.strip()
        and not name.endswith(".")
        and not _RESERVED.match(name)
        and len(name.encode()) <= 200
    )


def parse_app(value: object) -> str:
    """Return the application name, which also names a folder."""
    if isinstance(value, str) and _is_file_name(value):
        return value
    raise ValueError("a name that can be a folder: no path separators, not empty, not . or ..")


def parse_log_file(value: object) -> str:
    """Return the name of a channel file."""
    if isinstance(value, str) and value[-4:] == ".log" and value != ".log" and _is_file_name(value):
        return value
    raise ValueError('a bare file name ending in ".log", without folders')


def parse_names(value: object) -> object:
    """Read text as a JSON array, else as names separated by commas."""
    if not isinstance(value, str):
        return value
    array = _json_array(value)
    return [part.strip() for part in value.split(",") if part.strip()] if array is None else array


def parse_texts(value: object) -> object:
    """Read text as a JSON array of texts, else as one item: commas may be part of it."""
    if not isinstance(value, str):
        return value
    array = _json_array(value)
    return [value] if array is None else array


def _json_array(text: str) -> list[str] | None:
    try:
        array = json.loads(text) if text.lstrip().startswith("[") else None
    except (ValueError, RecursionError):
        return None
    is_array = isinstance(array, list) and all(isinstance(item, str) for item in array)
    return array if is_array else None


def parse_pattern(text: str) -> str:
    """Return a regular expression that compiles."""
    try:
        compiled = re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        reason = re.sub(r""" (['"]).*\1""", "", str(error))  # a name that stands in it
        raise ValueError(f"a regular expression ({reason})") from None
    if compiled.search(""):
        raise ValueError("a regular expression that does not match empty text")
    return text
