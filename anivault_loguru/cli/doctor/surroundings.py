"""What surrounds a program that logs: loguru, encodings, clock, terminal, limits of files."""

from __future__ import annotations

import codecs
import importlib.metadata
import locale
import platform
import re
import shutil
import sys
import zoneinfo
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone

from ..._version import __version__
from ...compiled import Method
from ...lanes import MISFIT
from .check import NOTE, OK, PROBLEM, Check

__all__ = ["clock", "encodings", "lane", "limits", "terminal"]

# What a program has open besides its log files, a few connections, is below this.
_ROOM = 64


def lane(misfit: str = MISFIT, version: str = "") -> Iterator[Check]:
    """Say which loguru there is, and whether the fast way through it can be taken."""
    version = version or importlib.metadata.version("loguru")
    wanted = _wanted()
    found = f"anivault_loguru {__version__}, Python {platform.python_version()}, loguru {version}"
    if misfit:
        yield Check("lane", NOTE, f"{found}: plain lane, for {misfit}", f"Install {wanted}.")
    elif not _is_within(version, wanted):
        text = f"{found}: express lane, but this loguru was not tested"
        yield Check("lane", NOTE, text, f"Install {wanted}.")
    else:
        how = "compiled" if Method else "in Python: nothing is compiled here"
        yield Check("lane", OK, f"{found}: express lane, {how}")


def _wanted() -> str:
    """Return the requirement of loguru, such as `loguru<0.9,>=0.7.3`."""
    try:
        needs = importlib.metadata.requires("anivault-loguru") or []
    except importlib.metadata.PackageNotFoundError:
        needs = []
    return next((need for need in needs if re.match(r"loguru\b", need)), "loguru")


def _is_within(version: str, wanted: str) -> bool:
    """Tell whether a version is one of those wanted, by their `>=` and `<`."""

    def numbers(text: str) -> list[int]:
        return [int(number) for number in re.findall(r"\d+", text)[:3]]

    limits = re.findall(r"(>=|<)([\d.]+)", wanted)
    return all(
        numbers(version) >= numbers(limit) if sign == ">=" else numbers(version) < numbers(limit)
        for sign, limit in limits
    )


def encodings(environ: Mapping[str, str]) -> Iterator[Check]:
    """Find what is not UTF-8 where a program that is started here asks for an encoding."""
    # What the environment asks for, not what this command made of its own streams.
    asked = environ.get("PYTHONIOENCODING", "").partition(":")[0]
    found = {
        "PYTHONIOENCODING": asked or "utf-8",
        "the locale": locale.getpreferredencoding(False),
        "file names": sys.getfilesystemencoding(),
    }
    wrong = {name: encoding for name, encoding in found.items() if _canonical(encoding) != "utf-8"}
    remedy = "Set PYTHONUTF8=1, or a locale such as C.UTF-8. The channel files are UTF-8 anyway."
    for name, encoding in wrong.items():
        yield Check("encoding", PROBLEM, f"{name}: the encoding is {encoding}, not UTF-8", remedy)
    if not wrong:
        yield Check("encoding", OK, "UTF-8 in the locale, in file names and on the streams")


def _canonical(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return "unknown"


def clock(environ: Mapping[str, str], newest: float, now: float) -> Iterator[Check]:
    """Look at the time zone and at the clock; `newest` is when a file was last changed."""
    moment = datetime.fromtimestamp(now, timezone.utc).astimezone()
    text = f"{moment:%Y-%m-%d %H:%M:%S}, zone {moment:%Z} (UTC{moment.isoformat()[-6:]})"
    asked = environ.get("TZ", "").lstrip(":")
    if asked and not _is_zone(asked):
        text = f"TZ={asked} names no zone: local time is taken for UTC"
        yield Check("clock", PROBLEM, text, "Set TZ to a name such as Asia/Seoul, or unset it.")
    elif moment.year < 2024:
        yield Check("clock", PROBLEM, f"the clock is wrong: {text}", "Set it, best by NTP.")
    elif newest > now + 60:
        ahead = datetime.fromtimestamp(newest, timezone.utc).astimezone()
        yield Check(
            "clock",
            PROBLEM,
            f"{text}, but a file was changed at {ahead:%Y-%m-%d %H:%M:%S}: a clock was set back",
            "Check the time. Records keep the stamps they have; rotation goes on by the clock.",
        )
    else:
        yield Check("clock", OK, f"{text}; records are stamped in UTC")


def _is_zone(name: str) -> bool:
    if name.startswith("/") or re.match(r"<?[A-Za-z+-]+>?[+-]?\d", name):
        return True  # a file, or POSIX's own notation: KST-9
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return name == "UTC"
    return True


def terminal(enabled: bool, form: str, environ: Mapping[str, str]) -> Iterator[Check]:
    """Say what the console shows on this stderr, if it is on, in the format of the settings."""
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    where = f"{environ.get('TERM', 'no TERM')}" if is_terminal else "stderr is no terminal"
    if is_terminal:
        columns, lines = shutil.get_terminal_size()
        where = f"{where}, {columns} x {lines}"
        where += ", no colour" * bool(environ.get("NO_COLOR") or environ.get("TERM") == "dumb")
    if form == "auto":
        form = "text for people" if is_terminal else "NDJSON"
    yield Check("terminal", OK, f"{where}: the console {f'shows {form}' if enabled else 'is off'}")


def limits(channels: int, largest: int) -> Iterator[Check]:
    """Look at the limits that a program started here has; `largest` is the cap of a file."""
    if sys.platform == "win32":
        return
    import resource

    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    length, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if 0 <= files < channels + _ROOM:
        text = f"a process may open {files} files, and needs one for each of {channels} channels"
        yield Check("limits", PROBLEM, text, "Raise it: `ulimit -n 1024`, or LimitNOFILE=.")
    elif 0 <= length < largest:
        text = f"no file may exceed {length} bytes, but one is rotated at {largest} only"
        yield Check("limits", PROBLEM, text, "Raise it (`ulimit -f`), or lower max_bytes.")
    else:
        shown = "any number of" if files < 0 or files > 10**9 else files
        yield Check("limits", OK, f"a process may open {shown} files")
