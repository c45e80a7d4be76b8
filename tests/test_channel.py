"""Channels and console: routing, levels, and what happens when the output fails."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import loguru
import pytest
from conftest import Logs
from test_entry import document

from anivault_loguru import configure, logger, metrics
from anivault_loguru.channel import Console, Route
from anivault_loguru.entry import Entry
from anivault_loguru.plain import dumps


@pytest.mark.parametrize(
    ("component", "channel"),
    [
        *((name, "network") for name in ("network", "tmdb", "ratelimiter", "http")),
        *(
            (name, "pipeline")
            for name in ("pipeline", "cache", "scanner", "parser", "matcher", "organizer")
        ),
        ("audit", "audit"),
        ("metrics", "metrics"),
        ("app", "app"),
        ("anything", "app"),
        ("TMDB", "app"),
        ("", "app"),
        (None, "app"),
        (7, "app"),
        (["tmdb"], "app"),
    ],
)
def test_a_record_goes_to_the_channel_of_its_component(
    logs: Logs, component: Any, channel: str
) -> None:
    """And to no other; what no channel names goes to `app`."""
    logger.bind(component=component).info("x")
    files = sorted(path.name for path in logs.folder.glob("*.log"))
    assert files == [f"{channel}.log"]
    lines = [line for line in logs.lines(channel) if line["thread"] != "anivault-audit"]
    assert len(lines) == 1


def test_errors_are_copied(logs: Logs) -> None:
    """`error` has every component's records from ERROR up, besides their own channel."""
    for level in ("WARNING", "ERROR", "CRITICAL"):
        logger.bind(component="tmdb").log(level, "x")
    assert [line["level"] for line in logs.lines("network")] == ["WARNING", "ERROR", "CRITICAL"]
    assert [line["level"] for line in logs.lines("error")] == ["ERROR", "CRITICAL"]


def test_each_channel_is_a_handler_of_loguru(logs: Logs) -> None:
    """Six channels, six handlers with a level and a filter; removing one closes that channel."""
    handlers = loguru.logger._core.handlers  # type: ignore[attr-defined]
    assert len(handlers) == 6
    loguru.logger.remove(min(handlers))  # the first channel: network
    logger.bind(component="tmdb").info("gone")
    logger.info("kept")
    assert [path.name for path in logs.folder.iterdir()] == ["app.log"]


def test_channels_are_added_changed_and_removed(tmp_path: Path) -> None:
    """A new channel takes its components away from `app`; a removed one gives them back."""
    configure(
        dir=tmp_path / "logs",
        console={"enabled": False},
        channels={
            "subtitles": {"components": ["subtitles"], "level": "DEBUG", "file": "subs.log"},
            "network": False,
            "pipeline": {"level": "WARNING"},
        },
    )
    logger.bind(component="subtitles").debug("a")
    logger.bind(component="tmdb").info("b")
    logger.bind(component="cache").info("c")
    logs = Logs(tmp_path / "logs")
    assert [line["message"] for line in logs.lines("subs")] == ["a"]
    assert [line["message"] for line in logs.lines("app")] == ["b"]
    assert sorted(path.name for path in logs.folder.iterdir()) == ["app.log", "subs.log"]


def test_no_channels_no_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`channels={}` is for containers: records on stderr as NDJSON, nothing on disk."""
    configure(dir=tmp_path / "logs", channels={})
    logger.info("x")
    assert json.loads(capsys.readouterr().err)["message"] == "x"
    assert not (tmp_path / "logs").exists()


def test_text_channels_are_for_people(tmp_path: Path) -> None:
    """`serialize = false` writes one readable line a record, masked and without controls."""
    configure(
        dir=tmp_path / "logs", console={"enabled": False}, channels={"app": {"serialize": False}}
    )
    logger.info("이름 \x1b[2J", api_key="value-of-key")
    text = (tmp_path / "logs" / "app.log").read_text("utf-8")
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z INFO", text)
    assert text.endswith("INFO     app         이름 \\u001b[2J  api_key=***MASKED***\n")


def test_a_route_takes_named_all_or_other_components() -> None:
    """The three kinds of a channel's `components`."""
    named = Route(frozenset({"a"}), frozenset({"a", "b"}))
    every = Route(frozenset({"*"}), frozenset({"a", "b"}))
    others = Route(frozenset(), frozenset({"a", "b"}))
    assert [named.takes(c) for c in "abc"] == [True, False, False]
    assert [every.takes(c) for c in "abc"] == [True, True, True]
    assert [others.takes(c) for c in "abc"] == [False, False, True]


def test_a_file_that_fails_is_counted_and_its_lines_go_to_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once running, a path that turns into a folder costs lines in the file, not the program."""
    folder = tmp_path / "logs"
    configure(dir=folder, console={"enabled": False}, metrics={"enabled": False})
    (folder / "app.log").mkdir(parents=True)
    series = 'records_dropped{channel="app"}'
    before = metrics.snapshot()["counters"].get(series, 0)
    logger.info("first", password="hunter2-value")
    logger.info("second")
    told = capsys.readouterr().err.splitlines()
    assert metrics.snapshot()["counters"][series] == before + 2
    messages = [json.loads(line)["message"] for line in told if line.startswith("{")]
    assert messages == ["first", "second"]
    assert not any("hunter2-value" in line for line in told)
    (folder / "app.log").rmdir()
    logger.info("third")
    assert [line["message"] for line in Logs(folder).lines()] == ["third"]


def sealed(**changes: Any) -> Entry:
    made = document(**changes)
    return Entry(0, "INFO", 20, made["component"], made["event"], dumps(made))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_console_is_human_on_a_terminal_and_ndjson_elsewhere() -> None:
    """`auto` looks at the stream of the moment; colour only where it is wanted."""
    streams: list[io.StringIO] = [Terminal(), io.StringIO(), Terminal()]
    Console(level=0, stream=lambda: streams[0]).write(sealed())
    Console(level=0, stream=lambda: streams[1]).write(sealed())
    Console(level=0, stream=lambda: streams[2], no_color=True).write(sealed())
    assert "\x1b[" in streams[0].getvalue()
    assert json.loads(streams[1].getvalue())["message"] == "Processed 3 files"
    assert "\x1b[" not in streams[2].getvalue()
    assert streams[2].getvalue().endswith("Processed 3 files  n=3  [ab12]\n")


def test_the_console_can_be_told() -> None:
    """`format` and `color` override what the stream looks like."""
    piped, terminal = io.StringIO(), Terminal()
    Console(level=0, form="human", color="always", stream=lambda: piped).write(sealed())
    Console(level=0, form="ndjson", stream=lambda: terminal).write(sealed())
    assert "\x1b[" in piped.getvalue()
    assert json.loads(terminal.getvalue())["seq"] == 17


def test_the_summary_stays_off_the_terminal() -> None:
    """Figures are for programs: a person's terminal is spared them."""
    piped, terminal = io.StringIO(), Terminal()
    Console(level=0, stream=lambda: piped).write(sealed(event="metrics.summary"))
    Console(level=0, stream=lambda: terminal).write(sealed(event="metrics.summary"))
    assert piped.getvalue() != ""
    assert terminal.getvalue() == ""


def test_a_missing_stream_is_no_fault() -> None:
    """pythonw has no stderr: there is nothing to write and nothing to complain of."""
    before = metrics.snapshot()["counters"].get('records_dropped{channel="console"}', 0)
    Console(level=0, stream=lambda: None).write(sealed())
    after = metrics.snapshot()["counters"].get('records_dropped{channel="console"}', 0)
    assert after == before


def test_a_stderr_set_to_none_stays_silent(tmp_path: Path) -> None:
    """An application that silences stderr gets no record on the descriptor below it."""
    code = "import sys; sys.stderr = None; from anivault_loguru import logger; logger.info('x')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        env={**os.environ, "ANIVAULT_LOG_DIR": str(tmp_path / "logs")},
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert Logs(tmp_path / "logs").lines()[0]["message"] == "x"


def test_a_closed_stream_is_counted_not_raised() -> None:
    """A stream that fails costs its lines; the counter tells."""
    closed = io.StringIO()
    closed.close()
    Console(level=0, stream=lambda: closed).write(sealed())
    assert metrics.snapshot()["counters"]['records_dropped{channel="console"}'] >= 1


def test_a_narrow_stream_shows_escapes() -> None:
    """What a stream's encoding lacks is escaped, and nothing of it is glued to a later line."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="cp949", errors="strict")
    console = Console(level=0, form="human", stream=lambda: stream)
    console.write(sealed(message="한글 🎬"))
    console.write(sealed(message="next"))
    lines = raw.getvalue().decode("cp949").splitlines()
    assert "한글 \\U0001f3ac" in lines[0]
    assert "next" in lines[1]


@pytest.mark.parametrize(
    "environ",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "POSIX", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "cp949"},
        {"PYTHONIOENCODING": "ascii:strict"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
)
def test_the_console_is_utf8_whatever_the_locale(tmp_path: Path, environ: dict[str, str]) -> None:
    """A real process under a hostile locale writes UTF-8 to stderr and to its files."""
    code = textwrap.dedent(
        """
        from anivault_loguru import configure, logger
        import subprocess, sys
        configure(dir=sys.argv[1])
        logger.info("한글 カナ 🎬 \\udc80")
        print("출력 🎬")
        sys.stdout.flush()
        subprocess.run([sys.executable, sys.argv[2]], check=True)
        """
    )
    (tmp_path / "parent.py").write_text(code, "utf-8")
    (tmp_path / "child.py").write_text("print('아이 🎬')", "utf-8")
    folder = tmp_path / "logs"
    done = subprocess.run(
        [sys.executable, tmp_path / "parent.py", folder, tmp_path / "child.py"],
        capture_output=True,
        env={**os.environ, **environ},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    message = json.loads(done.stderr.decode("utf-8").splitlines()[0])["message"]
    assert message == "한글 カナ 🎬 \\udc80"
    assert Logs(folder).lines()[0]["message"] == message
    assert done.stdout.decode("utf-8").split() == ["출력", "🎬", "아이", "🎬"]
