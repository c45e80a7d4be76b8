"""`anivault-log tail`: what it shows, what it follows, and how it ends."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from written import backup, line, put

from anivault_loguru.cli import main
from anivault_loguru.cli.reading import decode
from anivault_loguru.cli.record_text import RecordText
from anivault_loguru.cli.screen import Screen, cells, cut, pieces

COMMAND = [sys.executable, "-m", "anivault_loguru", "tail"]
UUID = "3f2a91c0-7a5e-4d0e-9d31-0c8f5f2b6d11"
STACK = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\nOSError: no \x1b[2J way\n'

LINES = [
    line(0, "Found 3 files", component="scanner", fields={"n": 3, "folder": "애니"}),
    line(1, "Cache hit: k1", component="cache", request_id="ab12",
         fields={"cache_key": "k1", "event_type": "hit", "hit": True}),
    line(2.5, "API request /3/search answered 503 in 12.4 ms", component="tmdb", level="WARNING",
         event="api_request", request_id=UUID,
         fields={"endpoint": "/3/search", "status_code": 503, "duration_ms": 12.41}),
    line(3, "no\x1b]0;owned\x07 answer\n\u202eat all", component="network", level="ERROR",
         exception={"type": "OSError", "message": "no way", "stacktrace": STACK}),
    line(90_000, "프리렌 을(를) 찾았습니다", component="matcher", level="CRITICAL",
         fields={"score": 0.5, "why": ["a", None]}),
]  # fmt: skip

PLAIN = r"""
2026-11-23 01:00:00.000 I scanner            Found 3 files  folder=애니
2026-11-23 01:00:01.000 I cache     ab12     Cache hit: k1
2026-11-23 01:00:02.500 W tmdb      3f2a91c0-7a5e-4d0e-9d31-0c8f5f2b6d11 API request /3/search answered 503 in 12.4 ms
2026-11-23 01:00:03.000 E network            no\u001b]0;owned\u0007 answer\n\u202eat all
    Traceback (most recent call last):
      File "a.py", line 1, in f
    OSError: no \u001b[2J way
2026-11-24 02:00:00.000 C matcher            프리렌 을(를) 찾았습니다  score=0.5 why=["a", null]
""".lstrip()  # noqa: E501

NARROW = r"""
── 2026-11-23 ────────────────────────────
01:00:00.000 I scanner            Found 3 files
                                  folder=애니
01:00:01.000 I cache     ab12     Cache hit: k1
01:00:02.500 W tmdb      3f2a91c… API request /3/search
                                  answered 503 in 12.4 ms
01:00:03.000 E network            no\u001b]0;owned\u0007
                                  answer\n\u202eat all
    Traceback (most recent call last):
      File "a.py", line 1, in f
    OSError: no \u001b[2J way
── 2026-11-24 ────────────────────────────
02:00:00.000 C matcher            프리렌 을(를)
                                  찾았습니다  score=0.5
                                  why=["a", null]
""".lstrip()


def shown(capsys: pytest.CaptureFixture[str], *argv: object, status: int = 0) -> str:
    """What the command prints, after checking how it ended."""
    assert main(["tail", *map(str, argv)]) == status
    return capsys.readouterr().out


def text_of(screen: Screen, **options: Any) -> str:
    """The text of the five lines on a screen."""
    from datetime import timezone

    text = RecordText(screen, timezone.utc, **options)
    return "".join(text.of(decode(data) or {}) for data in LINES)


def test_the_text_for_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Golden: a record a line with its day, escapes shown, what is said not said again."""
    put(tmp_path / "app.log", LINES[3:])
    put(tmp_path / backup("pipeline", 2), LINES[:3])
    assert shown(capsys, tmp_path, "--utc") == PLAIN


def test_the_text_for_a_terminal() -> None:
    """Golden: days on a line of their own, ids cut, long lines go on under the message."""
    assert text_of(Screen(57, color=False)) == NARROW
    assert max(cells(row) for row in NARROW.splitlines()) <= 57


def test_colours_are_beside_the_text_only() -> None:
    """Without its colours, the coloured text is the plain one; the file's escapes stay text."""
    coloured = text_of(Screen(57, color=True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == NARROW
    assert "\x1b[1;31mE\x1b[0m" in coloured


def test_a_terminal_without_unicode_gets_ascii_signs() -> None:
    """Our own signs, at least."""
    text = text_of(Screen(57, signs=False))
    assert "-- 2026-11-23 ---" in text
    assert "3f2a91c*" in text


def test_times_are_local_unless_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine's zone; UTC with --utc."""
    put(tmp_path / "app.log", LINES[:1])
    monkeypatch.setenv("TZ", "Asia/Seoul")
    time.tzset()
    try:
        assert shown(capsys, tmp_path).startswith("2026-11-23 10:00:00.000 ")
        assert shown(capsys, tmp_path, "--utc").startswith("2026-11-23 01:00:00.000 ")
        assert shown(capsys, tmp_path, "--until", "2026-11-23 10:00") == ""
    finally:
        monkeypatch.undo()
        time.tzset()


def test_json_gives_the_lines_as_they_stand(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Byte by byte, in the order of time, copies once, and nothing that is no record."""
    put(tmp_path / "app.log", [*LINES, b"torn\n"])
    put(tmp_path / "error.log", [LINES[3]])
    assert main(["tail", str(tmp_path), "--json"]) == 0
    captured = capsysbinary.readouterr()
    assert captured.out == b"".join(LINES)
    assert captured.err == f"anivault-log: 1 line holds no record: {tmp_path}/app.log:6\n".encode()
    main(["tail", str(tmp_path), "--json", "--request-id", "ab12"])
    assert capsysbinary.readouterr().out == LINES[1]


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["--level", "warning"], "234"),
        (["--errors"], "34"),
        (["--component", "cache,tmdb"], "12"),
        (["--component", "cache", "--component", "tmdb", "--event", "log"], "1"),
        (["--field", "status_code>=500"], "2"),
        (["--field", "hit=true"], "1"),
        (["--grep", "no way|찾았"], "34"),
        (["--request-id", "3f2a91c…"], "2"),
        (["--since", "2026-11-23T01:00:02.5Z", "--until", "2026-11-24T00:00:00Z"], "23"),
        (["-n", "2"], "34"),
        (["-n", "1", "--component", "tmdb,cache"], "2"),
        (["-n", "0"], ""),
        (["-n", "99"], "01234"),
    ],
)
def test_records_are_narrowed_down(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], argv: list[str], expected: str
) -> None:
    """Every option by itself and some together; -n counts what is left."""
    put(tmp_path / "app.log", LINES[::2])
    put(tmp_path / backup("other", 99), LINES[1::2])
    main(["tail", str(tmp_path), "--json", *argv])
    out = capsysbinary.readouterr().out
    assert out == b"".join(LINES[int(number)] for number in expected)


def test_the_last_ones_are_read_from_the_end(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """A few of a large file: its beginning is not looked at; more than one part: it is."""
    lines = [line(n, "x" * 300) for n in range(1000)]
    put(tmp_path / "app.log", [b"broken\n", *lines])
    for most in (1, 100, 101, 700, 1000):
        main(["tail", str(tmp_path), "--json", "-n", str(most)])
        captured = capsysbinary.readouterr()
        assert captured.out == b"".join(lines[-most:])
        assert bool(captured.err) == (most > 101)


def test_the_last_of_several_channels_are_the_last_of_all(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Backups are gone back to where the live files do not have enough; copies do not count."""
    lines = [line(n, level="ERROR") for n in range(40)]
    put(tmp_path / backup("a", 10), lines[:10])
    put(tmp_path / backup("a", 20, ".log"), lines[10:20])
    put(tmp_path / "a.log", lines[20:22])
    put(tmp_path / "b.log", lines[22:])
    put(tmp_path / "error.log", lines)
    for most in (1, 18, 20, 30, 40, 50):
        main(["tail", str(tmp_path), "--json", "-n", str(most)])
        assert capsysbinary.readouterr().out == b"".join(lines[-most:])


@given(st.binary(max_size=200), st.text(max_size=30), st.text(max_size=30), st.booleans())
def test_nothing_in_a_file_drives_the_terminal(
    data: bytes, text: str, key: str, colour: bool
) -> None:
    """Broken lines, and every text of a record: no control character but our own colours."""
    record = line(0, text, component=key, level=key, request_id=text, fields={key: text},
                  exception={"type": key, "message": text, "stacktrace": text})  # fmt: skip
    for width in (None, 40):
        out = RecordText(Screen(width, colour))
        result = out.broken(data) + out.of(decode(record) or {})
        plain = re.sub(r"\x1b\[[0-9;]+m", "", result) if colour else result
        assert all(unicodedata.category(sign) not in ("Cc", "Cs") for sign in plain if sign != "\n")
        if width:
            assert max(cells(row) for row in plain.split("\n")) <= 400


def test_odd_records_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever other programs wrote under the keys of the schema."""
    odd = [
        line(0, level="", component="", exception={}),
        line(1, exception={"stacktrace": 5}),
        line(2, exception={"type": None}, fields={"": "", "a b": "c d"}),
        line(0, "early").replace(b"2026-", b"0001-"),
        line(0, "late").replace(b"2026-", b"9999-"),
    ]
    put(tmp_path / "app.log", odd)
    out = shown(capsys, tmp_path)
    assert '="" a b="c d"' in out
    assert len(out.splitlines()) == 7


def test_broken_lines_are_shown_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In their place, escaped; with a selection they are only counted."""
    put(tmp_path / "app.log", [LINES[0], b"oops \x1b[2J\xff\n", LINES[1]])
    assert main(["tail", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[1] == "? oops \\u001b[2J\\xff"
    assert err == f"anivault-log: 1 line holds no record: {tmp_path}/app.log:2\n"
    assert "oops" not in shown(capsys, tmp_path, "--level", "INFO")


def test_what_cannot_be_read_is_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rest is shown; no such file, a damaged one, and moments that are none."""
    put(tmp_path / "app.log", LINES[:1])
    (tmp_path / backup("app", 0)).write_bytes(b"\x1f\x8bnothing")
    assert "Found 3 files" in shown(capsys, tmp_path, status=2)
    assert main(["tail", str(tmp_path / "none")]) == 2
    assert main(["tail", str(tmp_path), "--since", "soon"]) == 2
    assert "there is no" in (err := capsys.readouterr().err)
    assert "no moment: 'soon'" in err


@pytest.mark.parametrize(
    "argv", [["--level", "LOUD"], ["--field", "x"], ["--grep", "("], ["-n", "-1"], ["--event"]]
)
def test_wrong_arguments_are_told(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """By argparse, with status 2."""
    with pytest.raises(SystemExit) as ended:
        main(["tail", *argv])
    assert ended.value.code == 2
    assert f"argument {argv[0]}: " in capsys.readouterr().err


def test_standard_input_is_shown_as_it_comes() -> None:
    """Each record when it was written, what is no record too."""
    with subprocess.Popen(
        [*COMMAND, "-", "--utc"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(LINES[0])
        assert b"Found 3 files" in process.stdout.readline()
        process.stdin.write(b"and text\n")
        assert process.stdout.readline() == b"? and text\n"
        process.stdin.close()
        assert process.wait(20) == 0


class Terminal:
    """A pseudo-terminal in which the command runs as the foreground process."""

    def __init__(self, master: int, pid: int) -> None:
        self.master, self.pid, self.text = master, pid, ""

    def until(self, wanted: str) -> str:
        """Read until it shows `wanted`."""
        deadline = time.monotonic() + 30
        while wanted not in self.text:
            assert time.monotonic() < deadline, self.text
            if select.select([self.master], [], [], 1)[0]:
                try:
                    self.text += os.read(self.master, 65536).decode()
                except OSError:  # its other end is closed
                    break
        return self.text

    def press(self, key: bytes) -> None:
        """Type a key."""
        os.write(self.master, key)

    def end(self) -> int:
        """Wait for the end; return the exit status."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@contextmanager
def terminal(*argv: str, **environ: str) -> Iterator[Terminal]:
    """Run the command in a terminal of 80 columns."""
    import pty

    pid, master = pty.fork()
    if pid == 0:  # pragma: no cover
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execve(sys.executable, [*COMMAND, *argv], {**os.environ, "COLUMNS": "80", **environ})
    try:
        yield Terminal(master, pid)
    finally:
        os.close(master)


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
def test_following_in_a_terminal_until_ctrl_c(tmp_path: Path) -> None:
    """The last twenty, then what comes, through a rotation, and a quiet end with 130."""
    live = put(tmp_path / "app.log", [line(n, f"old{n} ") for n in range(30)])
    with terminal("-f", str(tmp_path), TERM="xterm", NO_COLOR="") as shown:
        shown.until("old29 ")
        with live.open("ab") as file:
            file.write(line(100, "new1 "))
        shown.until("new1 ")
        os.rename(live, tmp_path / backup("app", 100, ".log"))
        put(live, [line(101, "new2 ")])
        put(tmp_path / "error.log", [line(101, "new2 ")])
        put(tmp_path / "other.log", [line(102, "new3 ")])
        text = shown.until("new3 ")
        shown.press(b"\x03")
        status = shown.end()
    found = re.findall(r"(?:old|new)\d+", text)
    assert found == [*(f"old{n}" for n in range(10, 30)), "new1", "new2", "new3"]
    assert "\x1b[32mI\x1b[0m" in text
    assert status == 130
    assert "Traceback" not in shown.text


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb", "NO_COLOR": ""}])
def test_a_terminal_without_colours_gets_none(tmp_path: Path, environ: dict[str, str]) -> None:
    """NO_COLOR and dumb terminals: no escape sequence at all."""
    put(tmp_path / "app.log", LINES)
    with terminal(str(tmp_path), **{"TERM": "xterm", **environ}) as shown:
        assert "\x1b" not in shown.until("찾았습니다")
        assert shown.end() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX pipes")
@pytest.mark.parametrize("follow", [[], ["-f", "-n", "2000"]])
def test_a_closed_pipe_ends_it_quietly(tmp_path: Path, follow: list[str]) -> None:
    """`| head`: no traceback, status 0, and with -f no wait for another record."""
    put(tmp_path / "app.log", [line(n, "x" * 500) for n in range(2000)])
    with subprocess.Popen(
        [*COMMAND, *follow, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(2000 if not follow else 1_000_000)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 0


def test_following_begins_with_the_last_twenty(tmp_path: Path) -> None:
    """In a pipe too."""
    put(tmp_path / "app.log", [line(n, f"old{n}") for n in range(100)])
    with subprocess.Popen([*COMMAND, "-f", str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        found = [process.stdout.readline().split()[-1] for _ in range(20)]
        process.kill()
    assert found == [f"old{n}".encode() for n in range(80, 100)]


def test_waiting_for_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    """With -f: it says so, and shows the first record that comes."""
    folder = tmp_path / "logs"
    with subprocess.Popen(
        [*COMMAND, "-f", str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "waiting for" in process.stderr.readline()
        put(folder / "app.log", [LINES[0]])
        assert "Found 3 files" in process.stdout.readline()
        process.kill()


def test_text_is_measured_in_cells() -> None:
    """Wide characters take two, combining ones none; nothing is cut in the middle of one."""
    assert [cells("ab"), cells("한글"), cells("e\u0301"), cells("")] == [2, 4, 1, 0]
    assert cut("한글자모", 5) == "한글…"
    assert cut("abc", 3) == "abc"
    assert list(pieces("  한글자모 x", 6)) == ["  한글", "  자모", "   x"]
    assert list(pieces("", 5)) == [""]


def test_tail_imports_neither_settings_nor_rich(tmp_path: Path) -> None:
    """With a folder given, or its variable set, it starts without pydantic, loguru and rich."""
    code = (
        "import sys\nfrom anivault_loguru.cli import main\nmain(['tail'])\n"
        "heavy = {'loguru', 'pydantic', 'rich', 'platformdirs', 'psutil'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    environ = {**os.environ, "ANIVAULT_LOG_DIR": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environ)
    assert ran.stderr == b""
    assert ran.returncode == 0
