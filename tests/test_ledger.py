"""The audit file: one chain through rotation, crashes, deletion, full disks and forks."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from chains import KEY, OTHER, files_of, ledger, line, told, verified

from anivault_loguru.chain import GENESIS
from anivault_loguru.mill import compress


def reasons(folder: Path) -> list[str]:
    """What the `chain.recovered` records of a folder say."""
    return [
        entry["fields"]["reason"] for entry in told(folder) if entry["event"] == "chain.recovered"
    ]


def test_lines_follow_one_another(tmp_path: Path) -> None:
    """The first `prev` is zeros, each other one the digest before, over calls and restarts."""
    for start in (0, 3):
        assert ledger(tmp_path).write([line(start), line(start + 1)]) == [None, None]
    entries = told(tmp_path)
    assert entries[0]["prev"] == GENESIS
    assert [entry["prev"] for entry in entries[1:]] == [entry["digest"] for entry in entries[:-1]]
    assert verified(tmp_path).breaks == []


def test_two_writers_take_turns_in_one_chain(tmp_path: Path) -> None:
    """Two processes' ledgers that write alternately make one chain, without a remark."""
    one, two = ledger(tmp_path, KEY), ledger(tmp_path, KEY)
    for number in range(20):
        (one if number % 3 else two).write([line(number)])
    assert [entry["fields"]["n"] for entry in told(tmp_path)] == list(range(20))
    assert verified(tmp_path, KEY).breaks == []


def test_rotation_and_compression_keep_the_chain(tmp_path: Path) -> None:
    """The first line of a new file follows the last one of the file before."""
    audit = ledger(tmp_path, max_bytes=2000)
    for number in range(40):
        audit.write([line(number)])
        for backup in tmp_path.glob("audit.2*.log"):
            compress(str(backup))
    assert len(files_of(tmp_path)) > 5
    assert max(path.stat().st_size for path in files_of(tmp_path)) <= 2000
    found = verified(tmp_path)
    assert (found.breaks, found.notes, found.records) == ([], [], 40)


def test_a_batch_larger_than_the_cap_is_divided(tmp_path: Path) -> None:
    """Many lines at once do not make a file beyond the cap."""
    ledger(tmp_path, max_bytes=2000).write([line(number) for number in range(40)])
    assert max(path.stat().st_size for path in files_of(tmp_path)) <= 2000
    assert verified(tmp_path).records == 40


def test_a_torn_line_is_told_in_the_chain(tmp_path: Path) -> None:
    """What a crash left of a line stays, and the next record says what it was."""
    ledger(tmp_path).write([line(1), line(2)])
    with (tmp_path / "audit.log").open("ab") as file:
        file.write(b'{"timestamp":"2026-11-')
    ledger(tmp_path).write([line(3)])
    (entry,) = [entry for entry in told(tmp_path) if entry["event"] == "chain.recovered"]
    assert entry["fields"]["reason"] == "torn"
    torn = hashlib.sha256(b'{"timestamp":"2026-11-').hexdigest()
    assert entry["fields"]["piece_sha256"] == torn
    found = verified(tmp_path)
    assert found.breaks == []
    assert found.notes[0].what == "a torn line, recovered from"


def test_a_lost_newline_is_given_back(tmp_path: Path) -> None:
    """A record that is whole but for its newline counts, and the chain says so."""
    ledger(tmp_path).write([line(1)])
    path = tmp_path / "audit.log"
    path.write_bytes(path.read_bytes()[:-1])
    ledger(tmp_path).write([line(2)])
    assert [entry["event"] for entry in told(tmp_path)] == [
        "thing.done",
        "chain.recovered",
        "thing.done",
    ]
    assert verified(tmp_path).breaks == []


def test_a_torn_recovery_is_recovered_from_too(tmp_path: Path) -> None:
    """A second crash, in the middle of the record about the first one, leaves a good chain."""
    ledger(tmp_path).write([line(1)])
    with (tmp_path / "audit.log").open("ab") as file:
        file.write(b'{"torn":\n{"event":"chain.recov')
    ledger(tmp_path).write([line(2)])
    assert verified(tmp_path).breaks == []
    assert reasons(tmp_path) == ["torn"]


class Died(BaseException):
    """The process is killed here."""


def test_a_death_between_write_and_sync_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records that were written but never confirmed stay; the chain says that they were not."""

    def die(self: Any, live: Any) -> None:
        raise Died

    audit = ledger(tmp_path, KEY)
    audit.write([line(1)])
    with monkeypatch.context() as patched:
        patched.setattr(type(audit), "_sync", die)
        with pytest.raises(Died):
            audit.write([line(2), line(3)])
    ledger(tmp_path, KEY).write([line(4)])
    assert reasons(tmp_path) == ["unconfirmed"]
    assert [entry["fields"].get("n") for entry in told(tmp_path)] == [1, 2, 3, None, 4]
    assert verified(tmp_path, KEY).breaks == []


def test_a_truncated_file_is_told(tmp_path: Path) -> None:
    """Who cuts off the last record is found out at the next one, and the chain stays broken."""
    ledger(tmp_path, KEY).write([line(1), line(2)])
    path = tmp_path / "audit.log"
    rows = path.read_bytes().splitlines(True)
    path.write_bytes(rows[0])
    ledger(tmp_path, KEY).write([line(3)])
    assert reasons(tmp_path) == ["missing"]
    (found,) = verified(tmp_path, KEY).breaks
    assert (found.file, found.line) == ("audit.log", 2)
    # Brought back, the chain is whole again.
    after = path.read_bytes().splitlines(True)[1:]
    path.write_bytes(b"".join([*rows, *after]))
    assert verified(tmp_path, KEY).breaks == []


def test_a_deleted_file_is_told(tmp_path: Path) -> None:
    """The chain goes on from what was deleted, so that it is seen to be missing."""
    audit = ledger(tmp_path)
    audit.write([line(1)])
    (tmp_path / "audit.log").unlink()
    audit.write([line(2)])
    assert reasons(tmp_path) == ["missing"]
    (found,) = verified(tmp_path).breaks
    assert found.expected == GENESIS


def test_a_foreign_line_is_told(tmp_path: Path) -> None:
    """A line that somebody added by hand is no torn one: it stays a break."""
    ledger(tmp_path, KEY).write([line(1)])
    with (tmp_path / "audit.log").open("ab") as file:
        file.write(line(666))
    ledger(tmp_path, KEY).write([line(2)])
    assert reasons(tmp_path) == ["foreign"]
    (found,) = verified(tmp_path, KEY).breaks
    assert (found.line, found.what) == (2, "a line without links")


def test_a_forged_line_without_the_key_is_told(tmp_path: Path) -> None:
    """A well linked line that is sealed without the key does not pass as a change of keys."""
    ledger(tmp_path, KEY).write([line(1)])
    (tmp_path / "audit.log.chain").unlink()
    ledger(tmp_path).write([line(666)])
    ledger(tmp_path, KEY).write([line(2)])
    assert "sealed with an earlier key" in str(verified(tmp_path, KEY).breaks[0])


def test_a_line_with_an_unknown_seal_stops_nobody(tmp_path: Path) -> None:
    """Where the keys do not fit, records are still written, and the chain says so."""
    ledger(tmp_path, KEY).write([line(1)])
    assert ledger(tmp_path, OTHER).write([line(2)]) == [None]
    assert reasons(tmp_path) == ["unknown_seal"]


def test_keys_change_by_a_record_that_both_sign(tmp_path: Path) -> None:
    """The chain goes on under the new key; verified with both in order, and not otherwise."""
    audit = ledger(tmp_path, KEY)
    audit.write([line(1)])
    audit.add_key(OTHER)
    audit.write([b""])
    audit.write([line(2)])
    assert [entry["event"] for entry in told(tmp_path)][1] == "chain.key_rotated"
    assert verified(tmp_path, KEY, OTHER).breaks == []
    for keys in ([KEY], [OTHER], [OTHER, KEY]):
        assert verified(tmp_path, *keys).breaks


def test_an_old_key_seals_nothing_new(tmp_path: Path) -> None:
    """Whoever has the old key can go on neither behind the change of keys nor instead of it."""
    audit = ledger(tmp_path, KEY)
    audit.write([line(1)])
    audit.add_key(OTHER)
    audit.write([line(2)])
    path = tmp_path / "audit.log"
    rows = path.read_bytes().splitlines(True)
    (tmp_path / "audit.log.chain").unlink()
    ledger(tmp_path, KEY).write([line(3)])
    assert any(
        "earlier key" in found.what or "changed" in found.what
        for found in verified(tmp_path, KEY, OTHER).breaks
    )
    path.write_bytes(rows[0])
    (tmp_path / "audit.log.chain").unlink()
    ledger(tmp_path, KEY).write([line(4)])
    (found,) = verified(tmp_path, KEY, OTHER).breaks
    assert found.what == "the chain does not end under the last key"


def test_a_key_file_is_read_anew_when_another_process_has_changed_over(tmp_path: Path) -> None:
    """A running process that meets a seal it does not know asks for the keys again."""
    one = ledger(tmp_path, KEY, reload=lambda: [KEY, OTHER])
    one.write([line(1)])
    ledger(tmp_path, KEY, OTHER).write([line(2)])
    one.write([line(3)])
    assert reasons(tmp_path) == []
    assert verified(tmp_path, KEY, OTHER).breaks == []


def test_a_full_disk_keeps_what_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that are in count; the others have their error, and the chain goes on."""
    audit = ledger(tmp_path)
    audit.write([line(1)])
    write = os.write
    with monkeypatch.context() as patched:
        patched.setattr(
            os, "write", lambda fd, data: write(fd, data[:450] if len(data) > 200 else data)
        )
        errors = audit.write([line(2), line(3)])
    assert errors[0] is None
    assert errors[1] is not None
    assert errors[1].errno == errno.ENOSPC
    audit.write([line(4)])
    assert [entry["fields"].get("n") for entry in told(tmp_path)] == [1, 2, None, 4]
    assert verified(tmp_path).breaks == []


def test_a_forked_child_opens_files_of_its_own(tmp_path: Path) -> None:
    """Parent and child write one chain, and neither holds the other's lock."""
    audit = ledger(tmp_path, KEY)
    audit.write([line(0)])
    child = os.fork()
    if not child:
        for number in range(50):
            audit.write([line(number)])
        os._exit(0)
    for number in range(50):
        audit.write([line(number)])
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    found = verified(tmp_path, KEY)
    assert (found.breaks, found.notes, found.records) == ([], [], 101)


def test_a_refused_path_is_an_error(tmp_path: Path) -> None:
    """A link in the place of the file is not followed."""
    (tmp_path / "audit.log").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic link"):
        ledger(tmp_path).write([line(1)])
    assert not (tmp_path / "elsewhere").exists()
