"""Following live files: every line once, through all that happens to files."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from written import backup, put

from anivault_loguru.cli.reading.follow import Follower

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="an open file is not renamed there")


def new(follower: Follower) -> list[str]:
    """What came since the last look."""
    return [line.data.decode() for _, line in follower.poll()]


def append(path: Path, *lines: str) -> None:
    """Append lines as a writer does: one write each."""
    with open(path, "ab", buffering=0) as file:
        for line in lines:
            file.write(line.encode() + b"\n")


def rotate(path: Path, second: int) -> Path:
    """Rename a live file to the backup closed then."""
    target = path.with_name(backup(path.stem, second, ".log"))
    os.rename(path, target)
    return target


def compress(path: Path) -> None:
    """Replace a backup by its .gz."""
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()


def test_the_first_look_is_at_what_comes(tmp_path: Path) -> None:
    """What was there before is offered apart; the two together are the file, wherever it ends."""
    live = tmp_path / "app.log"
    live.write_bytes(b"a\nb\nhalf")
    follower = Follower([str(tmp_path)])
    before = follower.before[str(live)]
    before.seek(0)
    assert before.read1(1000) == b"a\nb\n"
    append(live, " and half", "c")
    assert new(follower) == ["half and half", "c"]
    before.seek(0)
    assert before.read1(1000) == b"a\nb\n"
    assert before.read1(1000) == b""


@pytest.mark.parametrize(
    ("tail", "expected"), [(1, ""), (3, "c"), (5, "c"), (6, "bc"), (9, "abc"), (99, "abc")]
)
def test_the_first_look_can_begin_before_the_end(tmp_path: Path, tail: int, expected: str) -> None:
    """With whole lines only."""
    put(tmp_path / "app.log", [b"aa\nbb\ncc\n"])
    assert new(Follower([str(tmp_path)], tail=tail)) == [letter * 2 for letter in expected]


def test_a_file_without_a_newline_is_awaited(tmp_path: Path) -> None:
    """However long its beginning is."""
    live = put(tmp_path / "app.log", [b"x" * 700_000])
    follower = Follower([str(tmp_path)])
    append(live, "y")
    assert [len(row) for row in new(follower)] == [700_001]


def test_rotation_keeps_every_line(tmp_path: Path) -> None:
    """Lines before the rename, after it, and those a late writer still adds to the backup."""
    live = put(tmp_path / "app.log", [b"0\n"])
    follower = Follower([str(tmp_path)])
    append(live, "1")
    old = rotate(live, 1)
    append(live, "2")
    append(old, "late")
    assert sorted(new(follower)) == ["1", "2", "late"]
    append(old, "later")
    append(live, "3")
    assert sorted(new(follower)) == ["3", "later"]
    append(old, "latest")
    compress(old)
    assert new(follower) == ["latest"]
    assert new(follower) == []


@pytest.mark.parametrize("packed", [False, True])
def test_the_middle_one_of_three_is_found(tmp_path: Path, packed: bool) -> None:
    """A file that came and was rotated, even compressed, between two looks."""
    live = put(tmp_path / "app.log", [b"0\n"])
    put(tmp_path / backup("app", 1), [b"long ago\n"])
    follower = Follower([str(tmp_path)])
    for second in (2, 3, 4):
        append(live, f"{second}a", f"{second}b")
        old = rotate(live, second)
        if packed:
            compress(old)
    append(live, "5")
    assert new(follower) == ["2a", "2b", "3a", "3b", "4a", "4b", "5"]
    assert new(follower) == []
    for old in tmp_path.glob("*.log"):
        if old != live:
            compress(old)
    assert new(follower) == []


def test_deletion_and_truncation_are_survived(tmp_path: Path) -> None:
    """The lines written before are read, and the file that takes the place from its start."""
    live = put(tmp_path / "app.log", [b"0\n"])
    follower = Follower([str(tmp_path)])
    append(live, "1")
    live.unlink()
    append(live, "2")
    assert new(follower) == ["1", "2"]
    os.truncate(live, 0)
    append(live, "3")
    assert new(follower) == []  # as long as before: nobody can tell
    os.truncate(live, 0)
    assert new(follower) == []
    append(live, "4")
    assert new(follower) == ["4"]


def test_new_files_and_folders_are_taken_up(tmp_path: Path) -> None:
    """A channel that appears, and a folder that was not there at the beginning."""
    folder = tmp_path / "later"
    follower = Follower([str(folder)])
    assert new(follower) == []
    put(folder / "app.log", [b"1\n"])
    assert new(follower) == ["1"]
    put(folder / "error.log", [b"2\n"])
    assert new(follower) == ["2"]


def test_a_single_file_is_followed_through_its_backups(tmp_path: Path) -> None:
    """And through theirs alone."""
    live = put(tmp_path / "app.log", [b"0\n"])
    put(tmp_path / "app2.log", [b"x\n"])
    follower = Follower([str(live)])
    for second in (1, 2):
        append(live, str(second))
        rotate(live, second)
        put(tmp_path / backup("app2", second), [b"y\n"])
    append(live, "3")
    assert new(follower) == ["1", "2", "3"]


def test_idle_backups_are_let_go(tmp_path: Path) -> None:
    """No descriptor is kept for what nobody writes to any more."""
    now = [0.0]
    live = put(tmp_path / "app.log", [b"0\n"])
    follower = Follower([str(tmp_path)], clock=lambda: now[0])
    for second in range(5):
        rotate(live, second)
        append(live, str(second))
        new(follower)
    assert len(follower._files) == 6
    now[0] = 11.0
    append(live, "last")
    assert new(follower) == ["last"]
    assert len(follower._files) == 1
    assert new(follower) == []


_ACTS = st.lists(
    st.sampled_from(["append", "rotate", "compress", "look", "late", "delete"]), max_size=30
)


@given(_ACTS)
@settings(suppress_health_check=list(HealthCheck))
def test_whatever_happens_each_line_comes_once(
    tmp_path_factory: pytest.TempPathFactory, acts: list[str]
) -> None:
    """Appends, rotations, compressions, late lines and looks in any order."""
    folder = tmp_path_factory.mktemp("f")
    live = put(folder / "app.log", [b"before\n"])
    follower = Follower([str(folder)])
    written, seen, old = [], [], []
    for number, act in enumerate(acts):
        if act == "append":
            append(live, str(number))
            written.append(str(number))
        elif act == "rotate" and live.exists():
            old.append(rotate(live, number))
        elif act == "late" and old:
            append(old[-1], str(number))
            written.append(str(number))
        elif act == "compress" and old:
            compress(old.pop(0))
        elif act == "delete" and live.exists():
            seen += new(follower)
            live.unlink()
        else:
            seen += new(follower)
    seen += new(follower) + new(follower)
    assert sorted(seen) == sorted(written)


def test_a_file_rotated_and_compressed_within_one_look_comes_once(tmp_path: Path) -> None:
    """The next look finds its `.gz`, which it has not seen, without the file itself."""
    live = put(tmp_path / "app.log", [b""])
    follower = Follower([str(tmp_path)])
    append(live, "a", "b")
    look = follower.poll()
    seen = [next(look)[1].data]
    compress(rotate(live, 1))
    append(live, "c")
    seen += [line.data for _, line in look]
    for _ in range(3):
        seen += [line.encode() for line in new(follower)]
    assert seen == [b"a", b"b", b"c"]


def test_the_library_is_followed_while_it_rotates(tmp_path: Path) -> None:
    """Two processes, files of 3 kB, compression at once: three thousand lines, each once."""
    code = (
        "import sys; from anivault_loguru import configure, logger, shutdown\n"
        "configure(dir=sys.argv[1], console={'enabled': False}, metrics={'enabled': False},"
        " channels={'app': {'max_bytes': 30000, 'retention_count': 0}})\n"
        "for n in range(1500): logger.info(sys.argv[2] + str(n))\n"
        "shutdown()"
    )
    folder = tmp_path / "logs"
    follower = Follower([str(folder)])
    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(folder), name]) for name in ("a", "b")
    ]
    seen: list[str] = []
    while any(writer.poll() is None for writer in writers):
        seen += new(follower)
        time.sleep(0.01)
    seen += new(follower)
    assert [writer.returncode for writer in writers] == [0, 0]
    own = [row for row in seen if '"component":"app"' in row]
    found = sorted(row.split('"message":"')[1].split('"')[0] for row in own)
    assert found == sorted(f"{name}{n}" for name in "ab" for n in range(1500))
    assert len(list(folder.glob("*.gz"))) > 10
