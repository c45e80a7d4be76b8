"""`validate` and `doctor`: what is wrong, and where."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Logs
from test_entry import encoded

from anivault_loguru import logger
from anivault_loguru.cli import main

GOOD = encoded(message="한글")


def test_what_we_write_is_valid(
    logs: Logs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder of ours has no finding, `.gz` included."""
    logger.info("안녕 \udc80 \x9b", n=float("nan"))
    logger.bind(component="cache").error("x")
    (tmp_path / "old.log.gz").write_bytes(gzip.compress(GOOD * 3))
    assert main(["validate", str(logs.folder), str(tmp_path / "old.log.gz")]) == 0
    assert capsys.readouterr().err == "6 lines in 4 files, 0 findings\n"


@pytest.mark.parametrize(
    ("bad", "byte", "text"),
    [
        (b'{"a":"\xff"}\n', 6, "not UTF-8: byte 0xff"),
        ('{"message":"한" x}\n'.encode(), 17, "not JSON: Expecting ',' delimiter"),
        (b'{"a":NaN}\n', 0, "not JSON: NaN is no JSON number"),
        (b'{"a":1,"a":2}\n', 0, "not JSON: key 'a' stands twice"),
        (b"[1]\n", 0, "not a JSON object"),
        (b"\n", 0, "not JSON: Expecting value"),
        (GOOD.replace(b'"seq":17', b'"seq":"17"'), 0, "'seq' is str, not int"),
        (b"[" * 100_000 + b"\n", 0, "not JSON"),
    ],
)
def test_each_finding_has_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], bad: bytes, byte: int, text: str
) -> None:
    """File, line and byte in the file; the status is 1."""
    path = tmp_path / "app.log"
    path.write_bytes(GOOD + bad + GOOD)
    assert main(["validate", str(path)]) == 1
    out = capsys.readouterr().out
    assert out.startswith(f"{path}:2: byte {len(GOOD) + byte}: {text}")


def test_a_finding_cannot_drive_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """File names and keys are shown with their controls as escapes."""
    path = tmp_path / "a\x1b[2J.log"
    path.write_text('{"\\u001b]0;x":1}\n')
    assert main(["validate", str(path)]) == 1
    assert "\x1b" not in capsys.readouterr().out


def test_what_cannot_be_read_is_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing file, and a `.gz` that ends too soon; the other files are checked all the same."""
    cut = tmp_path / "cut.log.gz"
    cut.write_bytes(gzip.compress(GOOD * 1000)[:-20])
    (tmp_path / "good.log").write_bytes(GOOD)
    status = main(["validate", str(tmp_path / "none.log"), str(cut), str(tmp_path / "good.log")])
    err = capsys.readouterr().err
    assert status == 2
    assert "none.log" in err
    assert "ends in the middle" in err


def test_standard_input_is_read() -> None:
    """Without a path, and for `-`."""
    for arguments in ([], ["-"]):
        done = subprocess.run(
            [sys.executable, "-m", "anivault_loguru", "validate", *arguments],
            input=GOOD + b"\xff\n",
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 1
        assert done.stdout.startswith(b"standard input:2: byte %d: not UTF-8" % len(GOOD))


def doctor(*arguments: object, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "LC_", "LANG"))}
    return subprocess.run(
        [sys.executable, "-m", "anivault_loguru", "doctor", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**clean, **environ},
        check=False,
        timeout=60,
    )


def test_the_doctor_finds_nothing_where_all_is_well(logs: Logs) -> None:
    """A folder of ours under a UTF-8 locale."""
    logger.info("x")
    done = doctor(logs.folder, LC_ALL="C.UTF-8")
    assert (done.returncode, done.stdout) == (0, f"folder {logs.folder}: 0 findings\n")


def test_the_doctor_names_encodings_that_are_not_utf8(logs: Logs) -> None:
    """The locale, what PYTHONIOENCODING asks for, and the encoding of file names."""
    logger.info("x")
    narrow = doctor(logs.folder, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    asked = doctor(logs.folder, LC_ALL="C.UTF-8", PYTHONIOENCODING="cp949")
    assert narrow.returncode == asked.returncode == 1
    assert "the locale: the encoding is" in narrow.stdout
    assert "PYTHONIOENCODING: the encoding is cp949, not UTF-8" in asked.stdout
    assert "PYTHONUTF8=1" in asked.stdout


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_the_doctor_names_files_that_are_not_utf8_or_open_to_others(logs: Logs) -> None:
    """With line and byte offset, or the mode."""
    logger.info("x")
    (logs.folder / "app.log").chmod(0o644)
    (logs.folder / "odd.log").write_bytes(b"ok\nab\xff\n")
    (logs.folder / "odd.log").chmod(0o600)
    done = doctor(logs.folder, LC_ALL="C.UTF-8")
    assert done.returncode == 1
    assert "odd.log: not UTF-8 at line 2, byte 5" in done.stdout
    assert "app.log: mode 0644" in done.stdout


def test_the_doctor_needs_a_folder_and_sound_settings(tmp_path: Path) -> None:
    """Status 2 for what is not there or can't be understood."""
    assert doctor(tmp_path / "none").returncode == 2
    done = doctor(ANIVAULT_LOG_LEVEL="LOUD")
    assert done.returncode == 2
    assert "ANIVAULT_LOG_LEVEL" in done.stderr
