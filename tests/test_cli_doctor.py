"""`doctor`: what it finds in the surroundings, and what it says to do about it."""

from __future__ import annotations

import errno
import gzip
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Logs
from test_entry import encoded

from anivault_loguru import compiled, logger
from anivault_loguru.cli import main
from anivault_loguru.cli.doctor import disk, retention, surroundings, view
from anivault_loguru.cli.doctor.check import NOTE, OK, PROBLEM, Check
from anivault_loguru.cli.screen import Screen
from anivault_loguru.rotation import Backup, Retention

Found = dict[str, list[dict[str, Any]]]
Doctor = Callable[..., Found]

posix = pytest.mark.skipif(os.name != "posix", reason="modes, owners and pipes are POSIX's")
linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux says what processes have open")
root = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs root")


@pytest.fixture(autouse=True)
def _utf8(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Work in a folder without configuration, in the machine's zone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TZ", raising=False)


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str]) -> Doctor:
    """Run `doctor --json` and return what is no problem and what is, by topic."""

    def run(*arguments: object) -> Found:
        status = main(["doctor", "--json", *map(str, arguments)])
        shown = json.loads(capsys.readouterr().out)
        assert status == (1 if shown["problems"] else 0)
        topics: Found = {"channels": shown["channels"]}
        for check in shown["checks"]:
            topics.setdefault(check["topic"], []).append(check)
        return topics

    return run


def problems(found: Found, topic: str) -> list[str]:
    """The texts of the problems of a topic; each has a remedy."""
    those = [check for check in found[topic] if check["state"] == PROBLEM]
    assert all(check["remedy"] for check in those)
    return [check["text"] for check in those]


def run(*arguments: object, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
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


def test_where_all_is_well_nothing_is_a_problem(logs: Logs, doctor: Doctor) -> None:
    """A folder of ours: every topic is looked at, and is fine."""
    logger.info("x")
    found = doctor(logs.folder)
    topics = (
        "lane settings encoding clock terminal limits folder permissions content space processes"
    )
    assert {*topics.split(), "file system", "rotation lock", "retention"} <= set(found)
    assert [text for topic in found if topic != "channels" for text in problems(found, topic)] == []


def test_the_text_at_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """Aligned, wrapped between words, marked by words, remedies below; wide letters fit."""
    old = Backup(1, "app.x.log.gz", True, False, 1_500_000)
    keep = Retention(30, 1, 500_000_000)
    stamp = "2026-11-01T00:00:00.000000Z"
    view.draw(
        [
            Check("folder", OK, "/srv/log, mode 0700"),
            Check("space", NOTE, "a\x1b[2J" + " 한국어" * 20),
            Check("permissions", PROBLEM, "app.log: mode 0644", "chmod 600 app.log"),
            Check("permissions", PROBLEM, "/" + "x" * 70, "Move it away. " * 6),
        ],
        [
            retention.Kept("app", "app.log", 9, keep, True, (old,), 7, stamp),
            retention.Kept("채널", "b.log", 9, Retention(), True, (), 0, ""),
        ],
        1_793_664_000.0,
        Screen(80),
    )
    assert capsys.readouterr().out == (
        "ok       folder         /srv/log, mode 0700\n"
        "note     space          a\\u001b[2J 한국어 한국어 한국어 한국어 한국어 한국어\n"
        "                        한국어 한국어 한국어 한국어 한국어 한국어 한국어 한국어\n"
        "                        한국어 한국어 한국어 한국어 한국어 한국어\n"
        "PROBLEM  permissions    app.log: mode 0644\n"
        "                        -> chmod 600 app.log\n"
        "PROBLEM                 /xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
        "                        xxxxxxxxxxxxxxx\n"
        "                        -> Move it away. Move it away. Move it away. Move it\n"
        "                           away. Move it away. Move it away.\n"
        "\n"
        "channel  kept at most               on disk          oldest record\n"
        "app      30 days, 1 backup, 500 MB  2 files, 1.5 MB  2026-11-01, 2 days\n"
        "채널     everything                 nothing          -\n"
        "\n"
        "2 problems, 1 note\n"
    )


def test_encodings_that_are_not_utf8(logs: Logs) -> None:
    """The locale, what PYTHONIOENCODING asks for, and the encoding of file names."""
    logger.info("x")
    narrow = run(logs.folder, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    asked = run(logs.folder, LC_ALL="C.UTF-8", PYTHONIOENCODING="cp949")
    assert narrow.returncode == asked.returncode == 1
    assert "the locale: the encoding is" in narrow.stdout
    assert "PYTHONIOENCODING: the encoding is cp949, not UTF-8" in asked.stdout
    assert "PYTHONUTF8=1" in asked.stdout


def test_the_lane_is_named_with_its_reason() -> None:
    """Express; or plain, for what the installed loguru has changed, which is a note."""
    (fits,) = surroundings.lane("")
    (other,) = surroundings.lane("Logger._log takes ['self']")
    assert (fits.state, other.state) == (OK, NOTE)
    how = "compiled" if compiled.Method else "in Python: nothing is compiled here"
    assert fits.text.endswith(f": express lane, {how}")
    assert other.text.endswith(": plain lane, for Logger._log takes ['self']")
    assert "loguru" in other.remedy


@pytest.mark.parametrize(
    ("version", "state"),
    [("0.7.3", OK), ("0.8.11", OK), ("0.7.2", NOTE), ("0.9.0", NOTE), ("1.0.0rc1", NOTE)],
)
def test_a_loguru_that_was_not_tested_is_a_note(version: str, state: str) -> None:
    """Outside the range that the package asks for, which pip can be told to install."""
    (check,) = surroundings.lane("", version)
    assert check.state == state, check.text


@pytest.mark.parametrize(
    ("zone", "newest", "now", "state"),
    [
        ("", 0.0, 1.8e9, OK),
        ("Asia/Seoul", 1.8e9 + 50, 1.8e9, OK),
        ("KST-9", 0.0, 1.8e9, OK),
        ("Asia/Soul", 0.0, 1.8e9, PROBLEM),
        ("../x", 0.0, 1.8e9, PROBLEM),
        ("", 1.8e9 + 3600, 1.8e9, PROBLEM),
        ("", 0.0, 86_400.0, PROBLEM),
    ],
)
def test_the_clock_and_its_zone(zone: str, newest: float, now: float, state: str) -> None:
    """A zone that does not exist, files from the future, a clock that was never set."""
    (check,) = surroundings.clock({"TZ": zone}, newest, now)
    assert check.state == state, check.text


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
@pytest.mark.parametrize(
    ("limit", "text"), [("-n 40", "may open 40 files"), ("-f 1000", "is rotated at 20000000 only")]
)
def test_limits_that_are_too_low(logs: Logs, limit: str, text: str) -> None:
    """Of open files, and of the size of one, as the shell has set them."""
    code = f'ulimit {limit}; exec "$0" -m anivault_loguru doctor "$1"'
    ran = subprocess.run(
        ["bash", "-c", code, sys.executable, str(logs.folder.parent)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert text in ran.stdout


def test_mistakes_in_the_settings_are_problems(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is named, secrets masked, and the rest is looked at all the same."""
    monkeypatch.setenv("ANIVAULT_LOG_LEVEL", "https://kim:hunter22@host")
    monkeypatch.setenv("ANIVAULT_LOG_UTF8", "x")
    found = doctor(".")
    texts = [check["text"] for check in found["settings"]]
    assert [check["state"] for check in found["settings"]] == [PROBLEM, PROBLEM]
    assert all("environment variable" in text for text in texts)
    assert "hunter22" not in str(texts)
    assert "file system" in found


def test_a_folder_that_is_named_must_be_there(tmp_path: Path) -> None:
    """Status 2 for what is no folder."""
    (tmp_path / "file").write_text("x")
    for name in ("none", "file"):
        assert main(["doctor", str(tmp_path / name)]) == 2


def test_a_folder_of_the_settings_may_be_missing(
    doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first record makes it, if it can: a note; below a file it can't."""
    monkeypatch.setenv("ANIVAULT_LOG_DIR", str(tmp_path / "new"))
    found = doctor()
    assert found["folder"][0]["state"] == NOTE
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("ANIVAULT_LOG_DIR", str(tmp_path / "file" / "new"))
    (text,) = problems(doctor(), "folder")
    assert "is not a folder" in text


@posix
def test_files_and_folders_that_are_open_to_others(logs: Logs, doctor: Doctor) -> None:
    """With their modes, and the command that mends it."""
    logger.info("x")
    logs.folder.chmod(0o755)
    (logs.folder / "app.log").chmod(0o644)
    found = doctor(logs.folder)
    assert problems(found, "folder") == [f"{logs.folder}: mode 0755, others can get at it"]
    assert problems(found, "permissions") == ["app.log: mode 0644, others can get at it"]
    remedies = [found[topic][0]["remedy"] for topic in ("folder", "permissions")]
    for remedy in remedies:
        subprocess.run(remedy.partition(" (")[0], shell=True, check=True)
    found = doctor(logs.folder)
    assert problems(found, "folder") == problems(found, "permissions") == []


@posix
def test_what_stands_beside_the_files_is_looked_at(logs: Logs, doctor: Doctor) -> None:
    """Locks, and the heads of chains."""
    logger.info("x")
    for name in ("app.log.lock", "audit.log.chain"):
        (logs.folder / name).write_text("")
        (logs.folder / name).chmod(0o666)
    (text,) = problems(doctor(logs.folder), "permissions")
    assert text.startswith("app.log.lock, audit.log.chain: mode 0666")


@posix
def test_the_keys_of_the_audit_chain(
    tmp_path: Path, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They must be there, long enough, and for their owner alone; they are not shown."""
    path = tmp_path / "keys"
    monkeypatch.setenv("ANIVAULT_LOG_AUDIT__KEY_FILE", str(path))
    assert len(problems(doctor(tmp_path), "audit keys")) == 1
    path.write_text("correct-horse-battery\n")
    path.chmod(0o644)
    (text,) = problems(doctor(tmp_path), "audit keys")
    assert "0644" in text
    path.chmod(0o600)
    (check,) = doctor(tmp_path)["audit keys"]
    assert (check["state"], check["text"]) == (OK, f"1 key in {path}, for their owner alone")


@posix
def test_the_command_of_a_remedy_takes_any_name(tmp_path: Path, doctor: Doctor) -> None:
    """A folder called `a; touch oops` is quoted."""
    odd = tmp_path / "a'; touch oops; '"
    odd.mkdir(mode=0o755)
    odd.chmod(0o755)
    remedy = doctor(odd)["folder"][0]["remedy"]
    subprocess.run(remedy, shell=True, check=True, cwd=tmp_path)
    assert odd.stat().st_mode & 0o777 == 0o700
    assert not (tmp_path / "oops").exists()


@posix
def test_what_stands_in_the_place_of_a_file(logs: Logs, doctor: Doctor, tmp_path: Path) -> None:
    """Links, pipes, folders and files with two names, which the logger refuses to write."""
    logger.info("x")
    (tmp_path / "target").write_text("x")
    (logs.folder / "network.log").symlink_to(tmp_path / "target")
    os.mkfifo(logs.folder / "pipeline.log", 0o600)
    (logs.folder / "audit.log").mkdir()
    os.link(logs.folder / "app.log", logs.folder / "metrics.log")
    texts = "\n".join(problems(doctor(logs.folder), "permissions"))
    for words in ("a symbolic link", "a named pipe", "a folder", "2 names"):
        assert words in texts


@root
def test_a_folder_of_another_user(logs: Logs, doctor: Doctor) -> None:
    """Its owner, and the files', are named."""
    logger.info("x")
    os.chown(logs.folder, 65534, 65534)
    os.chown(logs.folder / "app.log", 65534, 65534)
    found = doctor(logs.folder)
    assert "belongs to user 65534, not to user 0" in problems(found, "folder")[0]
    assert "belongs to user 65534" in problems(found, "permissions")[0]


@root
def test_a_folder_that_this_user_may_not_write() -> None:
    """Run as nobody: the folder can't be written, its files can't be read; nothing breaks."""
    # pytest's own folders are for their owner alone, and made so again by each run beside this.
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        (path / "app.log").write_bytes(encoded())
        (path / "app.log").chmod(0o600)
        ran = as_nobody(path)
    assert ran.returncode == 1, ran.stderr
    assert "can't be written" in ran.stdout
    assert "no file can be made" in ran.stdout
    assert "Permission denied" in ran.stdout
    assert ran.stderr == ""


def as_nobody(path: Path) -> subprocess.CompletedProcess[str]:
    """Run the command as a user that has nothing."""
    code = (
        "import contextlib, io, os, sys\n"
        "from anivault_loguru.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    main(['doctor', sys.argv[1]])  # imports all there is, which nobody may not read\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "sys.exit(main(['doctor', sys.argv[1]]))\n"
    )
    return subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        env={**os.environ, "HOME": "/nonexistent"},
        check=False,
    )


def test_content_that_is_not_utf8(logs: Logs, doctor: Doctor) -> None:
    """The first such byte of each live file, with its line."""
    logger.info("x")
    odd = logs.folder / "odd.log"
    odd.write_bytes(b"ok\nab\xff\n\xff")
    odd.chmod(0o600)
    found = doctor(logs.folder)
    assert problems(found, "content") == [f"{odd}: not UTF-8 at line 2, byte 5"]
    assert found["strangers"][0]["text"] == "odd.log: of no channel of the settings"
    assert found["strangers"][0]["state"] == NOTE


def test_free_space_is_compared_with_the_caps(tmp_path: Path) -> None:
    """Less than may still come is a problem; a channel without any limit is a note."""
    states = [
        [check.state for check in disk.space(str(tmp_path / "not" / "yet"), used, cap, uncapped)]
        for used, cap, uncapped in (
            (0, 1000, []),
            (0, 10**18, []),
            (10**18, 10**18, []),
            (0, 1000, ["app"]),
        )
    ]
    assert states == [[OK], [PROBLEM], [OK], [NOTE]]


def test_a_channel_without_any_limit_is_named(
    logs: Logs, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is limited by days alone, as audit records may be, is fine."""
    for name in ("COUNT", "BYTES"):
        monkeypatch.setenv(f"ANIVAULT_LOG_CHANNELS__AUDIT__RETENTION_{name}", "0")
    assert doctor(logs.folder.parent)["space"][0]["state"] == OK
    monkeypatch.setenv("ANIVAULT_LOG_CHANNELS__AUDIT__RETENTION_DAYS", "0")
    (check,) = doctor(logs.folder.parent)["space"]
    assert (check["state"], check["text"].endswith("the backups of audit")) == (NOTE, True)


@pytest.mark.parametrize(
    ("max_bytes", "count", "total", "cap"),
    [(20, 10, 500, 220), (20, 0, 500, 520), (20, 10, 0, 220), (20, 0, 0, None), (0, 1, 1, None)],
)
def test_the_cap_of_a_channel(max_bytes: int, count: int, total: int, cap: int | None) -> None:
    """The live file and its backups, by number or bytes, whichever is less."""
    kept = retention.Kept("a", "a.log", max_bytes, Retention(30, count, total), True, (), 0, "")
    assert retention.cap_of(kept) == cap


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/log", "ext4"),
        ("/srv/share", "nfs4"),
        ("/srv/share/a", "nfs4"),
        ("/srv/sharex", "ext4"),
        ("/mnt/stick/log", "vfat"),
    ],
)
def test_the_file_system_of_a_path(path: str, kind: str) -> None:
    """The deepest mount point above it, the last of several at one place."""
    mounted = [
        disk.Mount("/", "ext4"),
        disk.Mount("/srv/share", "autofs"),
        disk.Mount("/srv/share", "nfs4"),
        disk.Mount("/mnt/stick", "VFAT"),
    ]
    assert disk.kind_of(path, mounted) == kind


@pytest.mark.parametrize(
    ("kind", "state", "word"),
    [
        ("ext4", OK, "can be made and locked"),
        ("nfs4", NOTE, "between machines"),
        ("fuse.sshfs", NOTE, "FUSE"),
        ("vfat", PROBLEM, "no permissions"),
        ("tmpfs", NOTE, "in memory"),
    ],
)
def test_kinds_of_file_systems(tmp_path: Path, kind: str, state: str, word: str) -> None:
    """What each promises less than a local disk, with a remedy."""
    (check,) = disk.file_system(str(tmp_path), kind)
    assert check.state == state
    assert word in check.text
    assert bool(check.remedy) == (state != OK)
    assert list(tmp_path.iterdir()) == [tmp_path / "own-home"]


@linux
def test_the_real_mounts_are_known() -> None:
    """The kernel's own file system is found by its mount."""
    assert disk.kind_of("/proc/self", disk.mounts()) == "proc"


def test_a_file_system_without_locks(tmp_path: Path) -> None:
    """Found by trying."""

    def refuse(_: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    (check,) = disk.file_system(str(tmp_path), "ext4", refuse)
    assert check.state == PROBLEM
    assert "No locks available" in check.text


@pytest.fixture
def neighbour(logs: Logs) -> Any:
    """Start a process that runs some code with the folder as `sys.argv[1]`, and says when ready."""
    started: list[subprocess.Popen[str]] = []

    def start(code: str) -> subprocess.Popen[str]:
        code += "\nprint('ready', flush=True)\nimport time\ntime.sleep(60)"
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(logs.folder)], stdout=subprocess.PIPE, text=True
        )
        started.append(child)
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        return child

    yield start
    for child in started:
        child.kill()
        child.wait()
        assert child.stdout is not None
        child.stdout.close()


_LOG = (
    "import sys\nfrom anivault_loguru import configure, logger\n"
    "configure(dir=sys.argv[1], console={'enabled': False})\nlogger.info('x')"
)


@linux
def test_other_processes_at_the_files(logs: Logs, doctor: Doctor, neighbour: Any) -> None:
    """Who appends and who reads is said; who overwrites is a problem."""
    logger.info("x")
    writer = neighbour(_LOG)
    reader = neighbour("import sys\nfile = open(sys.argv[1] + '/app.log')")
    found = doctor(logs.folder)
    assert problems(found, "processes") == []
    text = found["processes"][-1]["text"]
    written, read = text.split("; ")
    assert f"{writer.pid} " in written
    assert f"{reader.pid} " in read
    other = neighbour("import sys\nfile = open(sys.argv[1] + '/app.log', 'r+')")
    (text,) = problems(doctor(logs.folder), "processes")
    assert text.startswith(f"{other.pid} ")
    assert "app.log without appending" in text


@linux
def test_a_process_that_uses_up_its_files(logs: Logs, doctor: Doctor, neighbour: Any) -> None:
    """The share of its limit of open files is said."""
    code = "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (10, 10))\n"
    busy = neighbour(f"{_LOG}\n{code}more = [open('/dev/null') for _ in range(5)]")
    (text,) = problems(doctor(logs.folder), "processes")
    assert f"{busy.pid} " in text
    assert "% of the files open" in text


@linux
def test_a_rotation_lock_that_is_not_let_go(logs: Logs, doctor: Doctor, neighbour: Any) -> None:
    """Who holds it, and that it is stopped; a lock that is free is fine."""
    logger.info("x")
    holder = neighbour(
        "import sys\nfrom anivault_loguru.locks import Lock\n"
        "lock = Lock(sys.argv[1] + '/app.log.lock')\nassert lock.acquire()"
    )
    holder.send_signal(signal.SIGSTOP)
    found = doctor(logs.folder)
    (text,) = problems(found, "rotation lock")
    assert text.startswith(f"that of app.log is held by {holder.pid} ")
    assert f"kill -CONT {holder.pid}" in found["rotation lock"][0]["remedy"]
    holder.kill()
    holder.wait()
    assert problems(doctor(logs.folder), "rotation lock") == []


def backup(path: Path, age_days: float, *lines: bytes) -> Path:
    """Write a backup of `app.log` that was closed so many days ago."""
    closed = time.gmtime(time.time() - age_days * 86_400)
    name = time.strftime("app.%Y-%m-%d_%H-%M-%S_000000.log.gz", closed)
    (path / name).write_bytes(gzip.compress(b"".join(lines)))
    (path / name).chmod(0o600)
    return path / name


def aged(days: float) -> bytes:
    """A record so many days old."""
    return encoded(time=int((time.time() - days * 86_400) * 1_000_000))


def test_what_is_kept_of_each_channel(logs: Logs, doctor: Doctor) -> None:
    """The effective policy, files, bytes, and the oldest record, in a `.gz` too."""
    logger.info("x")
    old = backup(logs.folder, 9, aged(10), aged(9))
    found = doctor(logs.folder)
    assert problems(found, "retention") == []
    channels = {row["channel"]: row for row in found["channels"]}
    live = (logs.folder / "app.log").stat().st_size
    assert channels["app"] == {
        "channel": "app",
        "file": "app.log",
        "max_bytes": 20_000_000,
        "retention_days": 30,
        "retention_count": 10,
        "retention_bytes": 500_000_000,
        "files": 2,
        "bytes": live + old.stat().st_size,
        "oldest": json.loads(aged(10))["timestamp"][:13] + channels["app"]["oldest"][13:],
    }
    assert channels["network"]["oldest"] is None


def test_backups_beyond_the_policy(logs: Logs, doctor: Doctor) -> None:
    """Older than the days of the channel, as no program logs there that would remove them."""
    logs.folder.mkdir(mode=0o700)
    old = backup(logs.folder, 31, aged(31))
    (text,) = problems(doctor(logs.folder), "retention")
    assert text == f"app.log: 1 backup beyond the policy ({old.name})"


def test_records_beyond_the_policy(logs: Logs, doctor: Doctor) -> None:
    """A live file that nobody rotates keeps records for longer than the days of the channel."""
    logger.info("x")
    path = logs.folder / "app.log"
    path.write_bytes(aged(40) + path.read_bytes())
    (text,) = problems(doctor(logs.folder), "retention")
    assert text == "app.log: its oldest record is 40 days old, beyond 30 days"


def test_a_file_beyond_its_cap(tmp_path: Path) -> None:
    """By more than one record it means that rotation failed; a backup that waits is a note."""
    now = 1.8e9
    waiting = Backup(int((now - 3600) * 1e6), "app.x.log", compressed=False, size=5)
    kept = retention.Kept("app", "app.log", 100, Retention(), True, (waiting,), 151, "")
    checks = list(retention.obeys(kept, now, 50))
    assert [check.state for check in checks] == [PROBLEM, NOTE]
    assert "151 B, beyond its cap of 100 B" in checks[0].text
    assert [check.state for check in retention.obeys(kept, now, 51)] == [NOTE]


@posix
def test_hostile_names_are_shown_as_escapes(logs: Logs, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a folder's nor a file's name drives the terminal; JSON stays JSON."""
    evil = logs.folder.parent / "a\x1b[2J\n\udcff"
    evil.mkdir(mode=0o700)
    (evil / "b\x1b]0;x.log").write_bytes(b"\xff")
    for form in ([], ["--json"]):
        assert main(["doctor", str(evil), *form]) == 1
        assert "\x1b" not in capsys.readouterr().out


def test_findings_of_a_screen_are_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal, unless NO_COLOR is set; the words stay."""
    pty = pytest.importorskip("pty")
    code = (
        "from anivault_loguru.cli.doctor.check import Check\n"
        "from anivault_loguru.cli.doctor.view import draw\n"
        "from anivault_loguru.cli.screen import Screen\n"
        "draw([Check('space', 'problem', 'full', 'Make room.')], [], 0, Screen.of_stdout())"
    )
    shown = {}
    for no_color in ("", "1"):
        primary, secondary = pty.openpty()
        environ = {**os.environ, "NO_COLOR": no_color}
        subprocess.run([sys.executable, "-c", code], stdout=secondary, env=environ, check=True)
        shown[no_color] = os.read(primary, 10_000).decode()
        os.close(primary)
        os.close(secondary)
    assert "\x1b[1;31mPROBLEM\x1b[0m" in shown[""]
    assert "\x1b" not in shown["1"]
    assert "PROBLEM" in shown["1"]
