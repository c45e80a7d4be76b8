"""What commands say on stderr, and what they say of arguments that are wrong."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from anivault_loguru.cli import main
from anivault_loguru.cli.saying import masked, say

SECRET = "kQ7vLm3TpW5xRk9d"


def test_what_is_said_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever it quotes; line by line, with what a terminal would obey as escapes."""
    say(f"one password={SECRET}\ntwo\x1b[31m")
    assert capsys.readouterr().err == "one password=***MASKED***\ntwo\\u001b[31m\n"


def test_a_text_without_a_secret_stays() -> None:
    """But for the home folder, whose path tells a name."""
    assert masked("there is no /srv/logs") == "there is no /srv/logs"
    assert masked(f"there is no {Path.home()}/logs") == "there is no ~/logs"


@pytest.mark.parametrize(
    "argv",
    [
        ["tail", f"/home/bob/password={SECRET}"],
        ["trace", "id", f"/home/bob/password={SECRET}"],
        ["trace", f"password={SECRET}"],
        ["stats", f"/home/bob/password={SECRET}"],
        ["report", f"/home/bob/password={SECRET}"],
        ["validate", f"/home/bob/password={SECRET}"],
        ["verify", f"/home/bob/password={SECRET}"],
        ["verify", "--key-file", f"/home/bob/password={SECRET}"],
        ["doctor", f"/home/bob/password={SECRET}"],
        ["demo", f"/home/bob/password={SECRET}"],
        ["query", "FROM logs", f"/home/bob/password={SECRET}"],
        ["config", "show", "--file", f"/home/bob/password={SECRET}"],
        ["tail", "--grep", f"({SECRET}"],
        ["tail", "--grep", f"(?P={SECRET})"],
        ["tail", "--level", f"password={SECRET}"],
        ["tail", "--field", f"https://u:{SECRET}@h/"],
        ["tail", "--since", f"password={SECRET}"],
        ["tail", f"--password={SECRET}"],
    ],
)
def test_no_command_shows_a_secret_of_its_arguments(
    argv: list[str],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither in its own errors nor in argparse's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANIVAULT_LOG_DIR", str(tmp_path))
    with suppress(SystemExit):  # argparse's
        main(argv)
    said = capsys.readouterr()
    assert SECRET not in said.err + said.out


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_the_doctor_shows_no_secret_of_the_settings(
    options: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder whose name holds one is named masked."""
    monkeypatch.setenv("ANIVAULT_LOG_DIR", f"/x/password={SECRET}")
    main(["doctor", *options])
    said = capsys.readouterr()
    assert SECRET not in said.err + said.out
    assert "password=***MASKED***" in said.out


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_the_place_of_a_setting_shows_no_secret(
    options: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """`config show` names the file masked, too."""
    file = tmp_path / f"password={SECRET}"
    file.write_text('level = "DEBUG"')
    monkeypatch.setenv("ANIVAULT_LOG_CONFIG", str(file))
    assert main(["config", "show", *options]) == 0
    shown = capsys.readouterr().out
    assert SECRET not in shown
    assert "password=***MASKED***" in shown


def test_the_masker_is_imported_only_for_what_is_said() -> None:
    """A command that has nothing to say does not wait for it."""
    code = (
        "import sys\n"
        "from anivault_loguru.cli import saying\n"
        "sys.exit('anivault_loguru.masking' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
