"""The demo as a user runs it: in a process of its own, over real files, with real secrets."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from anivault_loguru.cli.demo.secrets import SECRETS

CHANNELS = ("network", "pipeline", "audit", "metrics", "app", "error")
KEYS = (
    "timestamp",
    "level",
    "component",
    "event",
    "message",
    "request_id",
    "trace_id",
    "span_id",
    "fields",
    "logger",
    "function",
    "line",
    "process",
    "thread",
    "run",
    "seq",
    "exception",
)
OPTIONAL = {"request_id", "trace_id", "span_id", "exception"}
NAMES = (
    "[자막팀] 나의 히어로 - 03 (720p) [0BADF00D].mkv",
    "葬送のフリーレン 第12話.mp4",
    "braces {0} {name!r} {} }{.txt",
    "two words.txt",
    "plain.py",
    "zero",
)


@dataclass(frozen=True)
class Ran:
    status: int
    out: str
    err: str
    folder: Path

    def raw(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}

    def entries(self, channel: str) -> list[dict[str, Any]]:
        text = (self.folder / f"{channel}.log").read_bytes()
        return [orjson.loads(line) for line in text.splitlines()]

    def every_entry(self) -> list[dict[str, Any]]:
        return [entry for channel in CHANNELS for entry in self.entries(channel)]


def run_demo(base: Path, *arguments: str, **environment: str) -> Ran:
    """Run the demo with everything that it may touch under `base`."""
    home = base / "home 사용자"
    (home / "tmp").mkdir(parents=True, exist_ok=True)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANIVAULT_LOG_", "XDG_"))}
    ran = subprocess.run(
        [sys.executable, "-m", "anivault_loguru", "demo", *arguments],
        capture_output=True,
        cwd=base,
        env={**kept, "HOME": str(home), "TMPDIR": str(home / "tmp"), **environment},
    )
    folder = home / ".local" / "state" / "anivault-demo" / "log"
    given = arguments[arguments.index("--dir") + 1] if "--dir" in arguments else folder
    out, err = (text.decode("utf-8", "surrogateescape") for text in (ran.stdout, ran.stderr))
    return Ran(ran.returncode, out, err, Path(given))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("demo")
    videos = base / "home 사용자" / "Videos" / "애니"
    videos.mkdir(parents=True)
    for name in NAMES:
        (videos / name).write_text(name)
    return base


@pytest.fixture(scope="module")
def first(base: Path) -> Ran:
    return run_demo(base, str(base / "home 사용자" / "Videos"), "--dir", str(base / "first"))


@pytest.fixture(scope="module")
def second(base: Path, first: Ran) -> Ran:
    return run_demo(base, str(base / "home 사용자" / "Videos"), "--dir", str(base / "second"))


def test_the_demo_succeeds(first: Ran) -> None:
    """The demo ends with 0 and shows files, samples, masking and summary on stdout."""
    assert first.status == 0, first.err
    for title in ("The channel files", "From network.log", "What was masked", "The summary"):
        assert title in first.out


def test_every_line_has_exactly_the_documented_keys_in_order(first: Ran) -> None:
    """Every line is one JSON object with the native schema's keys; audit lines have links, too."""
    for entry in first.every_entry():
        links = ["prev", "digest"] if entry["component"] == "audit" and "digest" in entry else []
        keys = list(entry)
        assert keys == [key for key in KEYS if key in entry] + links
        assert set(KEYS) - set(keys) <= OPTIONAL


def test_every_channel_has_records(first: Ran) -> None:
    """Each channel of the default configuration gets at least one record."""
    assert all(first.entries(channel) for channel in CHANNELS)


def test_no_secret_and_no_home_reaches_any_output(base: Path, first: Ran, second: Ran) -> None:
    """Secrets and home stand nowhere: not raw, JSON-escaped or URL-encoded, on no output."""
    forms = {
        form.encode()
        for text in (*SECRETS, str(base / "home 사용자"))
        for form in (
            text,
            orjson.dumps(text).decode()[1:-1],
            ascii(text)[1:-1],
            quote(text),
            quote(text, safe=""),
        )
    }
    for ran in (first, second):
        for name, content in {
            **ran.raw(),
            "stdout": ran.out.encode("utf-8", "surrogateescape"),
            "stderr": ran.err.encode("utf-8", "surrogateescape"),
        }.items():
            assert [form for form in forms if form in content] == [], name


def test_what_was_masked_is_shown_from_the_files(first: Ran) -> None:
    """The table of masked records shows a marker for each secret and `~` for the home folder."""
    shown = first.out.partition("What was masked")[2].partition("The summary")[0]
    assert shown.count("***MASKED***") == 6
    assert "The library is ~/Videos/애니" in shown
    assert "no such record" not in shown


def test_a_second_run_finds_digests_in_the_cache(first: Ran, second: Ran) -> None:
    """The first run misses every file, the second hits each file of PATH, and both say so."""
    hits = [entry["fields"]["hit"] for entry in first.entries("pipeline") if _is_cache(entry)]
    assert hits
    assert not any(hits)
    assert "run the command again" in first.out
    hits = [entry["fields"]["hit"] for entry in second.entries("pipeline") if _is_cache(entry)]
    assert sum(hits) == len(NAMES)
    assert f"{len(NAMES)} digests came from the cache" in second.out


def _is_cache(entry: dict[str, Any]) -> bool:
    return bool(entry["event"] == "cache")


def test_no_record_is_lost_or_doubled(first: Ran) -> None:
    """`seq` counts 1, 2, 3, … over the channels, records copied into error.log taken once."""
    own = Counter(e["seq"] for name in CHANNELS if name != "error" for e in first.entries(name))
    assert sorted(own) == list(range(1, len(own) + 1))
    assert set(own.values()) == {1}
    assert {entry["run"] for entry in first.every_entry()} == {first.every_entry()[0]["run"]}


def test_errors_stand_in_error_log_too(first: Ran) -> None:
    """Each record of level ERROR and up of the other channels stands in error.log, once."""
    errors = [
        entry["seq"]
        for name in CHANNELS
        if name != "error"
        for entry in first.entries(name)
        if entry["level"] in ("ERROR", "CRITICAL")
    ]
    assert errors
    assert sorted(errors) == sorted(entry["seq"] for entry in first.entries("error"))


def test_the_summary_record_carries_the_hit_rate(second: Ran) -> None:
    """The last metrics.summary record has the cache's hits, misses and rate of the whole run."""
    last = second.entries("metrics")[-1]
    assert last["event"] == "metrics.summary"
    cache = last["fields"]["cache"]
    assert cache["hits"] == len(NAMES)
    assert cache["hit_rate"] == pytest.approx(
        cache["hits"] / (cache["hits"] + cache["misses"]), abs=1e-3
    )


def test_a_request_id_joins_the_records_of_one_file(first: Ran) -> None:
    """One file's records, in two channels and both ends of the request, carry one request id."""
    processed = next(
        e for e in first.entries("pipeline") if e["event"] == "file.processed" and "애니" in str(e)
    )
    same = [e for e in first.every_entry() if e.get("request_id") == processed["request_id"]]
    assert {"name.parsed", "cache", "api_request", "http.served"} <= {e["event"] for e in same}


def test_every_kind_of_answer_is_met(first: Ran) -> None:
    """However few the files, the service answers 200, 404, 429, 500 and 503."""
    codes = {
        entry["fields"]["status_code"]
        for entry in first.entries("network")
        if entry["event"] == "api_request"
    }
    assert codes == {200, 404, 429, 500, 503}


def test_odd_file_names_are_logged_whole(first: Ran) -> None:
    """Braces in a name are kept as they are, and a lone surrogate takes no record away."""
    messages = [e["message"] for e in first.entries("pipeline") if e["event"] == "name.parsed"]
    assert any("Braces {title} {0!r} {} - 05.mkv" in message for message in messages)
    assert any("Lone surrogate" in message for message in messages)


def test_an_exception_is_written_with_its_traceback(first: Ran) -> None:
    """The staged exception has type, message and stacktrace, without the values of locals."""
    error = next(entry for entry in first.entries("error") if entry["event"] == "demo.error")
    assert error["exception"]["type"] == "ConnectionError"
    assert "was refused" in error["exception"]["message"]
    assert "_knock" in error["exception"]["stacktrace"]


def test_records_of_logging_and_warnings_arrive(first: Ran) -> None:
    """The stdlib record and the warning stand in app.log."""
    events = {entry["event"]: entry for entry in first.entries("app")}
    assert events["demo.stdlib"]["logger"] == "demo.legacy"
    assert "deprecated" in events["warning"]["message"]


def test_a_path_that_is_not_there_is_a_clear_error(base: Path) -> None:
    """A missing PATH is named on stderr, status 2, and nothing is written."""
    ran = run_demo(base, "nowhere", "--dir", str(base / "none"))
    assert ran.status == 2
    assert "nowhere" in ran.err
    assert "Traceback" not in ran.err
    assert not ran.folder.exists()


def test_a_mistake_in_the_settings_is_a_clear_error(base: Path) -> None:
    """A bad setting in the environment is named on stderr, status 2, without a traceback."""
    ran = run_demo(base, "--dir", str(base / "none"), ANIVAULT_LOG_MAX_RECORD_BYTES="huge")
    assert ran.status == 2
    assert "ANIVAULT_LOG_MAX_RECORD_BYTES" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("encoding", ["ascii", "cp949"])
def test_an_empty_path_and_a_narrow_encoding(base: Path, encoding: str) -> None:
    """No file at all, and a stdout that lacks most characters, still end with 0."""
    (base / "empty").mkdir(exist_ok=True)
    ran = run_demo(
        base,
        *(str(base / "empty"), "--dir", str(base / encoding)),
        PYTHONIOENCODING=encoding,
        PYTHONUTF8="0",
        LC_ALL="C",
        ANIVAULT_LOG_UTF8="false",
    )
    assert ran.status == 0, ran.err
    assert "The summary" in ran.out


def test_settings_without_channels_are_obeyed(base: Path) -> None:
    """With all channels removed there is nothing to show, no file is made, and the demo ends."""
    (base / "empty").mkdir(exist_ok=True)
    ran = run_demo(
        base,
        *(str(base / "empty"), "--dir", str(base / "nothing")),
        ANIVAULT_LOG_CHANNELS="{}",
    )
    assert ran.status == 0, ran.err
    assert "Your settings have no channel." in ran.out
    assert not ran.folder.exists()


def test_a_leak_is_found_and_reported(base: Path) -> None:
    """With masking switched off the demo finds the secrets in its files and ends with 1."""
    (base / "empty").mkdir(exist_ok=True)
    ran = run_demo(
        base,
        *(str(base / "empty"), "--dir", str(base / "leaky")),
        ANIVAULT_LOG_MASKING__ENABLED="false",
    )
    assert ran.status == 1
    assert "no lines found" not in ran.out


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal of POSIX")
@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"TERM": "xterm", "NO_COLOR": "1"}])
def test_on_a_terminal_without_colour(base: Path, environment: dict[str, str]) -> None:
    """On a dumb terminal, and with NO_COLOR, the tables are drawn without colour codes."""
    import pty

    (base / "empty").mkdir(exist_ok=True)
    command = [sys.executable, "-m", "anivault_loguru", "demo", "empty", "--dir", "terminal"]
    home = {"HOME": str(base / "home 사용자"), "COLUMNS": "80", "LINES": "50"}
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANIVAULT_LOG_", "XDG_"))}
    child, terminal = pty.fork()
    if not child:
        os.chdir(base)
        os.execve(command[0], command, {**kept, **home, **environment})
    seen = bytearray()
    try:
        while part := os.read(terminal, 65536):
            seen += part
    except OSError:
        pass  # Linux's way of saying that the other end has closed
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    screen = seen.decode()[seen.decode().index("The channel files") :]
    assert "─ " in screen
    assert "The summary" in screen
    assert not re.search(r"\x1b\[[0-9;]*[349]\d", screen)
