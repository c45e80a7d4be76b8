"""The mill: a backup becomes a .gz, whole, and only when nobody writes it any more."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from anivault_loguru import mill, owned
from anivault_loguru.locks import lock_exclusive, lock_shared
from anivault_loguru.mill import compress, remove_orphan
from anivault_loguru.rotation import Naming

NAME = "app.2026-11-23_00-00-00_000000.log"


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_bytes(b"line\n" * 100_000)
    os.utime(path, (1_000_000_000, 1_700_000_000))
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "own-home")


def test_a_backup_is_compressed(backup: Path) -> None:
    """The .gz holds it all, belongs to the owner alone, has its time, and takes its place."""
    assert compress(str(backup))
    packed = backup.with_name(NAME + ".gz")
    assert names(backup.parent) == [NAME + ".gz"]
    assert gzip.decompress(packed.read_bytes()) == b"line\n" * 100_000
    assert packed.stat().st_mode & 0o777 == 0o600
    assert packed.stat().st_mtime == 1_700_000_000


def test_a_backup_in_use_is_left_alone(backup: Path) -> None:
    """A process that still writes it would write into nothing."""
    number = owned.open_append(str(backup))
    lock_shared(number)
    assert compress(str(backup)) is False
    assert names(backup.parent) == [NAME]
    os.close(number)
    assert compress(str(backup)) is True


def test_a_failure_leaves_the_backup(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No disk space, no rename: the backup stays, nothing half-made does."""

    def refusing(source: str, target: str) -> None:
        raise PermissionError(13, "in use", target)

    monkeypatch.setattr(os, "replace", refusing)
    with pytest.raises(PermissionError):
        compress(str(backup))
    assert names(backup.parent) == [NAME]
    assert backup.stat().st_size == 500_000


def test_what_a_crash_left_is_done_again(backup: Path) -> None:
    """Half a .gz never counts; a backup whose .gz is whole already is compressed once more."""
    partial = backup.with_name(NAME + ".gz.tmp")
    partial.write_bytes(b"half")
    packed = backup.with_name(NAME + ".gz")
    packed.write_bytes(gzip.compress(b"line\n" * 100_000))
    assert compress(str(backup))
    assert names(backup.parent) == [NAME + ".gz"]
    assert len(gzip.decompress(packed.read_bytes())) == 500_000


def test_a_backup_that_another_process_has_just_done_is_done(
    backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not written a second time from a file that is gone."""

    def late(number: int) -> bool:
        backup.unlink()
        return lock_exclusive(number)

    monkeypatch.setattr(mill, "lock_exclusive", late)
    assert compress(str(backup))
    assert names(backup.parent) == []


@pytest.mark.parametrize("ending", ["", ".gz", ".gz.tmp"])
@pytest.mark.parametrize("kind", ["link", "dangling", "hard link", "pipe"])
def test_what_was_planted_is_neither_followed_nor_removed(
    backup: Path, ending: str, kind: str
) -> None:
    """At the backup's name, its .gz or the temporary one: an error, and everything as it was."""
    victim = backup.with_name("victim")
    if kind != "dangling":
        victim.write_text("precious")
    planted = backup.with_name(NAME + ending)
    if not ending:
        backup.unlink()
    if kind == "pipe":
        os.mkfifo(planted)
    elif kind == "hard link":
        planted.hardlink_to(victim)
    else:
        planted.symlink_to(victim)
    before = names(backup.parent)
    with pytest.raises(owned.Refused):
        compress(str(backup))
    assert names(backup.parent) == before
    assert kind == "dangling" or victim.read_text() == "precious"


def test_half_made_files_without_their_backup_are_removed(tmp_path: Path) -> None:
    """Those whose backup is there are left to whoever is at it."""
    orphan = Naming("app.log").name(1) + ".gz.tmp"
    for name in (NAME, NAME + ".gz.tmp", orphan):
        (tmp_path / name).touch()
    remove_orphan(str(tmp_path / (NAME + ".gz.tmp")))
    remove_orphan(str(tmp_path / orphan))
    assert names(tmp_path) == [NAME, NAME + ".gz.tmp"]
