"""`anivault-log mask`: a filter for files and pipes."""

from __future__ import annotations

import filecmp
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from anivault_loguru.masking import MARKER

COMMAND = [sys.executable, "-m", "anivault_loguru", "mask"]
S = "Xq7v" + "Rt9zW"


def run(*args: str, data: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command on `data`."""
    env = {**os.environ, "HOME": "/home/somebody", **environment}
    return subprocess.run([*COMMAND, *args], input=data, capture_output=True, env=env)


def test_what_is_piped_in_comes_out_masked() -> None:
    """Secrets and home paths are masked; all else, its line ends and odd bytes too, stays."""
    data = f"a\r\npassword={S} /home/somebody/x\n".encode() + b"\xff\xfe odd\n\n no line end"
    ran = run(data=data)
    assert ran.stdout == f"a\r\npassword={MARKER} ~/x\n".encode() + b"\xff\xfe odd\n\n no line end"
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_files_in_turn(tmp_path: Path) -> None:
    """Several files make one output; `-` is standard input; a missing one gives status 2."""
    (tmp_path / "a").write_text(f"token={S}\n")
    (tmp_path / "b").write_text("b\n")
    ran = run(
        str(tmp_path / "a"), "-", str(tmp_path / "missing"), str(tmp_path / "b"), data=b"in\n"
    )
    assert ran.stdout == f"token={MARKER}\nin\nb\n".encode()
    assert ran.returncode == 2
    assert b"missing" in ran.stderr
    assert b"Traceback" not in ran.stderr


def test_json_lines_are_masked_by_their_structure() -> None:
    """What only the structure tells is found; a line without it is not written anew."""
    plain = b'{"a" :  1.10, "cache_key": "x"}\n'
    data = plain + json.dumps({"e": [{"value": S, "name": "DB_PASSWORD"}]}).encode() + b"\n"
    first, second = run(data=data).stdout.splitlines(keepends=True)
    assert first == plain
    assert json.loads(second) == {"e": [{"value": MARKER, "name": "DB_PASSWORD"}]}


@pytest.mark.parametrize("before", ["", "app | ", "\ufeff", "2026-11-25 stdout F "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_json_line_is_masked_as_the_log_masks_it(before: str, end: str) -> None:
    """What stands under a name is gone from the message too, and the line is JSON still."""
    document = {"message": f"got {S}", "fields": {"api_key": S, "password": {"user": "a", "n": 1}}}
    shown = run(data=f"{before}{json.dumps(document)}{end}".encode()).stdout.decode()
    assert shown.startswith(before)
    assert shown.endswith(end)
    assert json.loads(shown.removeprefix(before)) == {
        "message": f"got {MARKER}",
        "fields": {"api_key": MARKER, "password": MARKER},
    }


def test_the_users_rules() -> None:
    """--key and --allow change the names, --secret-env adds a value without showing it."""
    data = f"licence_plate=ABC api_key=abc the {S}\n".encode()
    args = ["--key", "licence_plate", "--allow", "api_key", "--secret-env", "MY_VALUE"]
    shown = run(*args, data=data, MY_VALUE=S).stdout.decode()
    assert shown == f"licence_plate={MARKER} api_key=abc the {MARKER}\n"


def test_a_line_is_shown_when_it_is_there() -> None:
    """In a pipe that goes on, each line comes out without waiting for more."""
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"token={S}\n".encode())
        process.stdin.flush()
        assert process.stdout.readline() == f"token={MARKER}\n".encode()
        process.stdin.close()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("- name: DB_PASSWORD\n", f"  value: {S}\n"),
        ("password: |\n", f"  {S}\n"),
        ('"password":\n', f'"{S}"\n'),
        ("machine x login bob\n", f"  password {S}\n"),
        ("<password>\n", f"{S}\n"),
        ("password\n", f"  Input should be s [type=x_y, input_value='{S}', input_type=str]\n"),
    ],
)
def test_a_value_that_comes_later_than_its_name(first: str, second: str) -> None:
    """In a pipe the line with the name is gone when that with the value comes."""
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for text in ("INFO one\n", first):
            process.stdin.write(text.encode())
            process.stdin.flush()
        assert process.stdout.readline() == b"INFO one\n"
        time.sleep(0.2)
        shown, _ = process.communicate(second.encode())
    assert S.encode() not in shown
    assert MARKER.encode() in shown


def test_a_value_of_many_lines_in_the_environment() -> None:
    """Each line of a variable's value is masked: in a pipe they come one by one."""
    shown = run(
        "--secret-env", "MY_VALUE", data=b"on\nfirst-line\n", MY_VALUE="first-line\nother-line"
    )
    assert shown.stdout == f"on\n{MARKER}\n".encode()


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel for the peak of memory")
def test_memory_does_not_grow_with_a_line(tmp_path: Path) -> None:
    """A line of 40 MB takes hardly more memory than one of 4 MB."""
    code = (
        "import re, sys; from anivault_loguru.cli import main; main(['mask']);"
        "status = open('/proc/self/status').read();"
        "print(re.search(r'VmHWM:\\s+(\\d+)', status)[1], file=sys.stderr)"
    )
    peaks = []
    for megabytes in (4, 40):
        path = tmp_path / f"{megabytes}"
        path.write_bytes(b"some words and then more, " * (megabytes * 40_000))
        with path.open("rb") as file, (tmp_path / "out").open("wb") as out:
            command = [sys.executable, "-c", code]
            ran = subprocess.run(command, stdin=file, stdout=out, stderr=subprocess.PIPE)
        assert filecmp.cmp(path, tmp_path / "out", shallow=False)
        peaks.append(int(ran.stderr))
    assert peaks[1] < peaks[0] + 8_000
