"""`config show`, `config check`, `config init`: what they print, write and refuse."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from anivault_loguru.cli import main
from anivault_loguru.cli.config import template
from anivault_loguru.settings import load

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found, unused-ignore]

Show = Callable[..., str]
REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder without any configuration."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Show:
    """Run `config show` and return what it prints."""

    def run(*arguments: str) -> str:
        assert main(["config", "show", *arguments]) == 0
        return capsys.readouterr().out

    return run


def test_show_names_value_and_source_of_what_is_set(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file and its table, a variable; keys in TOML order, aligned."""
    Path("config").mkdir()
    Path("config/logging.toml").write_text(
        'level = "debug"\n[channels.network]\nmax_bytes = "5 MiB"\nrotation = "off"\n'
    )
    monkeypatch.setenv("ANIVAULT_LOG_QUEUE__MODE", "background")
    assert show("--changed") == (
        'level = "DEBUG"                         # config/logging.toml\n'
        "\n"
        "[channels.network]\n"
        'rotation = "off"                        # config/logging.toml [channels.network]\n'
        'max_bytes = "5MiB"                      # config/logging.toml [channels.network]\n'
        "\n"
        "[queue]\n"
        'mode = "background"                     # environment variable ANIVAULT_LOG_QUEUE__MODE\n'
    )


def test_what_show_prints_is_a_configuration(
    show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written to a file and read again, it makes the same settings, odd values included."""
    values = {
        "DIR": str(tmp_path / 'a "b" \\ 한 \x9b\x7f'),
        "MAX_RECORD_BYTES": "1234567",
        "CHANNELS__APP__ROTATION": "03:30:15 Asia/Seoul",
        "CHANNELS__NETWORK": "false",
        "METRICS__INTERVAL": "0.5",
        "METRICS__ALERTS": '[{"metric": "error_rate", "above": 0.5, "for": "2m"}]',
        "MASKING__PATTERNS": "x-[0-9]+",
    }
    for name, value in values.items():
        monkeypatch.setenv(f"ANIVAULT_LOG_{name}", value)
    expected = load()
    text = show()
    for name in values:
        monkeypatch.delenv(f"ANIVAULT_LOG_{name}")
    Path("copy.toml").write_text(f"{text}\n[channels]\nnetwork = false\n", "utf-8")
    again = load(environ={"ANIVAULT_LOG_CONFIG": "copy.toml"})
    assert again.model_dump() == expected.model_dump()


def test_show_lists_every_key(show: Show) -> None:
    """Those that are not set too, as comments."""
    keys = set(json.loads(show("--json")))
    text = show()
    assert {key.rpartition(".")[2] for key in keys} <= set(text.split())
    assert "# prometheus_port is not set" in text
    assert "dir" in tomllib.loads(text)


def test_show_json_has_plain_values_and_whole_sources(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sizes are bytes, nothing is shortened."""
    Path("pyproject.toml").write_text("[tool.anivault_loguru.queue]\nsize = 5\n")
    monkeypatch.setenv("ANIVAULT_LOG_MAX_RECORD_BYTES", "2MB")
    shown = json.loads(show("--json", "--changed"))
    assert shown == {
        "max_record_bytes": {
            "value": 2_000_000,
            "source": "environment variable ANIVAULT_LOG_MAX_RECORD_BYTES",
        },
        "queue.size": {
            "value": 5,
            "source": f"file {Path.cwd()}/pyproject.toml, table [tool.anivault_loguru.queue]",
        },
    }


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_show_tells_no_secret(show: Show, monkeypatch: pytest.MonkeyPatch, form: list[str]) -> None:
    """Neither literal ones, nor a password in an address, nor a secret within another value."""
    monkeypatch.setenv("ANIVAULT_LOG_MASKING__SECRETS", "correct-horse")
    monkeypatch.setenv("ANIVAULT_LOG_DIR", "/srv/correct-horse/log")
    monkeypatch.setenv("ANIVAULT_LOG_METRICS__PROMETHEUS_HOST", "http://kim:hunter22@host")
    text = show(*form)
    assert "correct-horse" not in text
    assert "hunter22" not in text
    assert "***MASKED***" in text


def test_nothing_shown_drives_the_terminal(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    """Controls in values and in file names are escapes."""
    monkeypatch.setenv("ANIVAULT_LOG_DIR", "/srv/a\x1b[2J\x9b\u202e")
    Path("a\x1b[31m.toml").write_text(
        '[channels."x\x7fy"]\nfile = "x.log"\ncomponents = ["\\u001b"]\n'.replace("\x7f", "\\u007f")
    )
    monkeypatch.setenv("ANIVAULT_LOG_CONFIG", "a\x1b[31m.toml")
    for form in ([], ["--json"]):
        text = show(*form)
        assert not set(text) & set("\x1b\x9b\u202e\x7f")


def test_check_is_content_with_good_settings(capsys: pytest.CaptureFixture[str]) -> None:
    """Status 0, and how much is set."""
    assert main(["config", "check"]) == 0
    assert capsys.readouterr().out == "no mistakes; set: nothing, all are defaults\n"
    assert main(["config", "check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"mistakes": []}


def test_check_names_every_mistake(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of file and environment alike, one a line; status 1; `show` does the same."""
    Path("config").mkdir()
    Path("config/logging.toml").write_text('levle = "INFO"\n[queue]\nsize = 0\n')
    monkeypatch.setenv("ANIVAULT_LOG_MAX_RECORD_BYTES", "9" * 30 + "EB")
    for action in ("check", "show"):
        assert main(["config", action]) == 1
        out, err = capsys.readouterr()
        lines = err.splitlines()
        assert out == ""
        assert len(lines) == 3
        assert any("did you mean level?" in line for line in lines)
        assert any(line.startswith("queue.size (file ") for line in lines)
        assert any("environment variable ANIVAULT_LOG_MAX_RECORD_BYTES" in line for line in lines)


def test_check_looks_at_the_variables_behind_a_broken_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """TOML that can't be parsed is one mistake of several."""
    Path("broken.toml").write_text("level = \n")
    monkeypatch.setenv("ANIVAULT_LOG_UTF8", "perhaps")
    assert main(["config", "check", "broken.toml"]) == 1
    file, variable = capsys.readouterr().err.splitlines()
    assert "broken.toml" in file
    assert "not valid TOML" in file
    assert "ANIVAULT_LOG_UTF8" in variable


@pytest.mark.parametrize(
    "text", ["level = " + "9" * 5000, "queue.size = 0x" + "f" * 9000, "a = " + "[" * 9000]
)
def test_check_of_monstrous_values(capsys: pytest.CaptureFixture[str], text: str) -> None:
    """Numbers that Python does not write, and tables without end, are mistakes like any other."""
    Path("it.toml").write_text(text)
    assert main(["config", "check", "it.toml", "--json"]) == 1
    (mistake,) = json.loads(capsys.readouterr().out)["mistakes"]
    assert "it.toml" in mistake


@pytest.mark.parametrize("make", ["none", "folder", "bytes", "empty"])
def test_check_of_what_is_no_toml_file(make: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing file, a folder and bytes that are no text are named; an empty file is fine."""
    path = Path("it.toml")
    if make == "folder":
        path.mkdir()
    elif make != "none":
        path.write_bytes(b"\xff\x00" * (make == "bytes"))
    assert main(["config", "check", "it.toml"]) == int(make != "empty")
    assert ("it.toml" in capsys.readouterr().err) == (make != "empty")


def test_a_mistake_is_told_without_secrets(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The value found is shown masked, and its controls as escapes."""
    monkeypatch.setenv("ANIVAULT_LOG_LEVEL", "https://kim:hunter22@host/\x1b[2J")
    assert main(["config", "check"]) == 1
    err = capsys.readouterr().err
    assert "ANIVAULT_LOG_LEVEL" in err
    assert "hunter22" not in err
    assert "\x1b" not in err


def test_init_writes_the_commented_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    """To the place that is read; then everything is as before."""
    before = load()
    assert main(["config", "init"]) == 0
    assert capsys.readouterr().out == "wrote config/logging.toml\n"
    path = Path("config/logging.toml")
    assert path.read_bytes() == (REPOSITORY / "config/logging.toml").read_bytes()
    assert load() == before
    if os.name == "posix":
        assert not stat.S_IMODE(path.stat().st_mode) & 0o111


def test_init_writes_over_nothing_unless_forced(capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is there stays as it is, also one that a dangling link would make."""
    Path("mine.toml").write_text("# mine\n")
    assert main(["config", "init", "mine.toml"]) == 2
    assert "--force" in capsys.readouterr().err
    assert Path("mine.toml").read_text() == "# mine\n"
    assert main(["config", "init", "mine.toml", "--force"]) == 0
    assert Path("mine.toml").read_bytes() == template()
    Path("link.toml").symlink_to("nothing")
    for force in ([], ["--force"]):
        assert main(["config", "init", "link.toml", *force]) == 2
    assert not Path("nothing").exists()


def test_init_into_a_folder_to_stdout_or_nowhere(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    """A folder gets a `logging.toml`, `-` is stdout, a path below a file is refused."""
    Path("folder").mkdir()
    assert main(["config", "init", "folder"]) == 0
    assert Path("folder/logging.toml").read_bytes() == template()
    capfdbinary.readouterr()
    assert main(["config", "init", "-"]) == 0
    assert capfdbinary.readouterr().out == template()
    assert main(["config", "init", "folder/logging.toml/x.toml"]) == 2
    assert b"can't be written" in capfdbinary.readouterr().err


def test_the_wheel_has_what_the_commands_show(tmp_path: Path) -> None:
    """The commented configuration and the schema are in it, byte by byte."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")],
        cwd=REPOSITORY,
        env={**os.environ, "ANIVAULT_LOGURU_PURE": "1"},
        check=True,
        capture_output=True,
    )
    (wheel,) = (tmp_path / "dist").iterdir()
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("anivault_loguru/logging.toml") == template()
        native = (REPOSITORY / "anivault_loguru/schema/native.json").read_bytes()
        assert archive.read("anivault_loguru/schema/native.json") == native
        archive.extractall(tmp_path / "installed")
    ran = subprocess.run(
        [sys.executable, "-m", "anivault_loguru", "config", "init", "-"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        check=True,
    )
    assert ran.stdout == template()
