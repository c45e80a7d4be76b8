"""The command line's entry: help, versions, exit statuses, closed pipes, Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from anivault_loguru import __version__
from anivault_loguru.cli import COMMANDS, main

COMMAND = [sys.executable, "-m", "anivault_loguru"]


def environment(home: Path, **more: str) -> dict[str, str]:
    """An environment in which everything that a program keeps stands under `home`."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANIVAULT_LOG_", "XDG_"))}
    scratch = home.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    return {**kept, "HOME": str(home), "TMPDIR": str(scratch), "PYTHONUTF8": "0", **more}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def test_help_names_every_command_examples_and_statuses(capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` shows each command, examples and what the exit statuses mean, and ends with 0."""
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    text = capsys.readouterr().out
    assert ended.value.code == 0
    assert all(name in text and help_text in text for name, help_text in COMMANDS.items())
    assert "examples:" in text
    assert "exit status:" in text


def test_help_imports_no_command_and_no_logger() -> None:
    """`--help` answers without importing any command, loguru, pydantic or rich."""
    code = (
        "import sys\nfrom anivault_loguru.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'loguru', 'pydantic', 'rich', 'orjson', 'anivault_loguru.cli.demo'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.stderr == ""
    assert ran.returncode == 0


def test_a_commands_own_help_shows_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    """`demo --help` shows the demo's options."""
    with pytest.raises(SystemExit):
        main(["demo", "--help"])
    text = capsys.readouterr().out
    assert all(option in text for option in ("PATH", "--dir", "--cache", "--files"))


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` prints the package's version."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"anivault-log {__version__}\n"


def test_no_command_shows_the_help_as_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """No command at all is wrong usage: help on stderr, status 2."""
    assert main([]) == 2
    assert "COMMAND" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["demmo"], ["demo", "--files", "many"], ["--what"]])
def test_wrong_usage_ends_with_status_2(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown command, a bad value and an unknown option are named on stderr, status 2."""
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 2
    assert argv[-1] in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path, home: Path) -> None:
    """A closed stdout (`| head`) ends the command quietly: no traceback, no complaint at exit."""
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run(
        [*COMMAND, "demo", str(tmp_path / "home"), "--files", "0"],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(home, ANIVAULT_LOG_CONSOLE__ENABLED="false"),
        cwd=tmp_path,
    )
    os.close(writing)
    assert ran.stderr == ""
    assert ran.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_ends_quietly_with_130(tmp_path: Path, home: Path) -> None:
    """SIGINT in the middle of the demo ends it with 130, without a traceback of its own."""
    many = tmp_path / "many"
    many.mkdir()
    for number in range(3000):
        (many / f"{number}.txt").touch()
    demo = subprocess.Popen(
        [*COMMAND, "demo", str(many), "--files", "3000", "--dir", str(tmp_path / "log")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(home),
        cwd=tmp_path,
        # A shell that runs the tests in its background has SIGINT ignored, and children inherit it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    while not (tmp_path / "log" / "network.log").exists() and demo.poll() is None:
        time.sleep(0.01)
    # The interpreter loses what is raised in a finalizer: then a person presses Ctrl-C once more.
    for _ in range(5):
        demo.send_signal(signal.SIGINT)
        try:
            out, err = demo.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            continue
        break
    assert demo.returncode == 130
    assert out == ""
    # What is raised in a finalizer the interpreter prints itself, with a colon; that alone may be.
    ignored = re.compile(r"(?ms)^Exception ignored in: .*?^KeyboardInterrupt: $")
    assert "KeyboardInterrupt" not in ignored.sub("", err)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("anivault-log t", {"tail", "trace"}),
        ("anivault-log tail --reque", {"--request-id"}),
        ("anivault-log tail --level WA", {"WARNING"}),
        ("anivault-log stats --fo", {"--follow"}),
    ],
)
def test_the_shell_completes_commands_options_and_levels(
    tmp_path: Path, line: str, expected: set[str]
) -> None:
    """By argcomplete's protocol, as bash and zsh speak it."""
    answer = tmp_path / "answer"
    environ = {
        **os.environ,
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
        "_ARGCOMPLETE_IFS": "\n",
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
    }
    subprocess.run(COMMAND, env=environ, check=True, capture_output=True)
    assert {word.strip() for word in answer.read_text().split("\n")} == expected


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_behind_stdout_is_said() -> None:
    """One line on stderr and status 2, not a traceback."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "anivault_loguru", "validate", "--print-schema"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.startswith("anivault-log: [Errno 28]")
    assert len(done.stderr.splitlines()) == 1
