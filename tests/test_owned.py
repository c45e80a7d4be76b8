"""Owned: files and folders of the owner alone, whatever stands there before."""

from __future__ import annotations

import gc
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from anivault_loguru import owned

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes and links are POSIX's")
as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away"
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o277], ids=oct)
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_umask")
def test_what_is_made_is_the_owners_alone(tmp_path: Path) -> None:
    """Folders are 0700, missing parents too, and files 0600, under any umask."""
    folder = tmp_path / "a" / "b" / "c"
    owned.make_folder(str(folder))
    assert {mode(folder), mode(folder.parent), mode(folder.parent.parent)} == {0o700}
    for make in (owned.open_append, owned.open_new):
        path = folder / make.__name__
        os.close(make(str(path)))
        assert mode(path) == 0o600


def test_what_is_open_to_others_is_corrected(tmp_path: Path) -> None:
    """A folder of ours becomes 0700 and a file 0600 when they are used."""
    folder = tmp_path / "logs"
    folder.mkdir(0o755)
    path = folder / "app.log"
    path.touch(0o644)
    owned.make_folder(str(folder))
    os.close(owned.open_append(str(path)))
    assert (mode(folder), mode(path)) == (0o700, 0o600)


def test_a_folder_with_other_uses_keeps_its_mode(tmp_path: Path) -> None:
    """A home folder or /var/log, seen by its sub-folders, and /tmp, by its sticky bit."""
    (tmp_path / "home" / "Pictures").mkdir(parents=True)
    (tmp_path / "home").chmod(0o755)
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp").chmod(0o1777)
    owned.make_folder(str(tmp_path / "home"))
    owned.make_folder(str(tmp_path / "tmp"))
    assert (mode(tmp_path / "home"), mode(tmp_path / "tmp")) == (0o755, 0o1777)


def test_a_folder_everyone_can_write_in_is_refused(tmp_path: Path) -> None:
    """Without the sticky bit others could put their files in place of ours."""
    tmp_path.chmod(0o777)
    for look in (owned.make_folder, owned.inspect_folder):
        with pytest.raises(owned.Refused, match="can be written by everyone: mode 777"):
            look(str(tmp_path))
    tmp_path.chmod(0o700)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """A log folder that is a file, or lies under one, is said to be one."""
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(owned.Refused, match="is not a folder"):
        owned.make_folder(str(path))
    for inside in (path, path / "logs"):
        with pytest.raises(owned.Refused, match="file' is not a folder"):
            owned.inspect_folder(str(inside))


def plant_link(path: Path) -> None:
    (path.parent / "victim").write_text("precious")
    path.symlink_to("victim")


def plant_dangling_link(path: Path) -> None:
    path.symlink_to("victim")


def plant_hard_link(path: Path) -> None:
    (path.parent / "victim").write_text("precious")
    path.hardlink_to(path.parent / "victim")


def plant_pipe(path: Path) -> None:
    os.mkfifo(path)


def plant_folder(path: Path) -> None:
    path.mkdir()


PLANTED = [plant_link, plant_dangling_link, plant_hard_link, plant_pipe, plant_folder]


@pytest.mark.parametrize("plant", PLANTED)
@pytest.mark.parametrize("use", [owned.open_append, owned.open_backup, owned.inspect])
def test_what_is_no_plain_file_is_refused(
    tmp_path: Path, plant: Callable[[Path], None], use: Callable[[str], object]
) -> None:
    """Links, dangling ones too, hard links, pipes and folders are neither followed nor written."""
    path = tmp_path / "app.log"
    plant(path)
    before = sorted(found.name for found in tmp_path.iterdir())
    with pytest.raises(owned.Refused, match=r"app\.log' (is|has) .*(link|pipe|folder)"):
        use(str(path))
    assert sorted(found.name for found in tmp_path.iterdir()) == before
    if (tmp_path / "victim").exists():
        assert (tmp_path / "victim").read_text() == "precious"


@pytest.mark.parametrize("plant", PLANTED[:-1])
def test_a_swap_between_look_and_open_is_seen(
    tmp_path: Path, plant: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is planted after the first look is refused by the open itself, which does not hang."""
    path = tmp_path / "app.log"
    plant(path)
    monkeypatch.setattr(owned, "inspect", lambda path: None)
    for use in (owned.open_append, owned.open_backup):
        with pytest.raises(OSError, match=r"app\.log"):
            use(str(path))


def test_a_device_is_refused() -> None:
    """A log is not written to /dev/null."""
    with pytest.raises(owned.Refused, match="a device"):
        owned.open_append("/dev/null")


@as_root
def test_another_users_file_is_refused(tmp_path: Path) -> None:
    """Somebody else could read it, whatever its mode."""
    path = tmp_path / "app.log"
    path.touch()
    os.chown(path, 12345, -1)
    with pytest.raises(owned.Refused, match="belongs to user 12345"):
        owned.open_append(str(path))


def test_a_new_file_takes_no_ones_place(tmp_path: Path) -> None:
    """What is to be made anew is not opened if it is there, not through a link either."""
    (tmp_path / "new").symlink_to("victim")
    with pytest.raises(FileExistsError):
        owned.open_new(str(tmp_path / "new"))
    assert not (tmp_path / "victim").exists()


def test_files_are_not_handed_to_other_programs(tmp_path: Path) -> None:
    """A program that is started does not have the log open."""
    number = owned.open_append(str(tmp_path / "app.log"))
    try:
        assert not os.get_inheritable(number)
    finally:
        os.close(number)


def is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def test_a_descriptor_is_closed_with_its_last_user(tmp_path: Path) -> None:
    """Not before: whoever still holds it can still write."""
    one = owned.Descriptor(owned.open_append(str(tmp_path / "app.log")))
    number, other = one.number, one
    del one
    assert is_open(number)
    del other
    gc.collect()
    assert not is_open(number)


def test_a_disowned_descriptor_closes_nothing(tmp_path: Path) -> None:
    """Its number may be somebody else's file by now."""
    one = owned.Descriptor(owned.open_append(str(tmp_path / "app.log")))
    number = one.number
    one.disown()
    del one
    gc.collect()
    assert is_open(number)
    os.close(number)


def test_no_signal_handler_runs_while_a_descriptor_is_closed() -> None:
    """What a handler raises in a finalizer would be printed and lost; it reaches the code."""
    program = """
import os, signal
from anivault_loguru.owned import Descriptor
class Timeout(Exception): pass
def raising(*_): raise Timeout
signal.signal(signal.SIGALRM, raising)
caught = 0
for _ in range(300):
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0005)
        while True:
            Descriptor(os.dup(1))
    except Timeout:
        caught += 1
print(caught)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("300\n", "")
