"""The command `anivault-log verify`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from chains import KEY, OTHER, ledger, line, told

from anivault_loguru.cli import main

KEYS = "a-key-of-some-length\nanother-key-of-some-length\n"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings but the defaults."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("ANIVAULT_LOG_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a keyed chain in several files."""
    folder = tmp_path / "logs"
    audit = ledger(folder, KEY, max_bytes=1500)
    audit.write([line(number) for number in range(12)])
    return folder


@pytest.fixture
def keys(tmp_path: Path) -> str:
    """A file with two keys, the first of them the chain's."""
    path = tmp_path / "audit.keys"
    path.write_text(KEYS.splitlines()[0])
    path.chmod(0o600)
    return str(path)


def test_a_good_chain_is_ok(folder: Path, keys: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It says how many records there are, from when to when, and the last digest."""
    assert main(["verify", str(folder), "--key-file", keys]) == 0
    out = capsys.readouterr().out
    head = told(folder)[-1]["digest"]
    stamp = "2026-11-24T10:00:00.000000Z"
    assert out == f"ok, 12 records, from {stamp} to {stamp}, head {head}\n"


def test_the_key_may_come_from_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the program has it. It is shown nowhere."""
    monkeypatch.setenv("ANIVAULT_LOG_AUDIT__KEY", "a-key-of-some-length")
    assert main(["verify", str(folder)]) == 0
    monkeypatch.setenv("ANIVAULT_LOG_AUDIT__KEY", "a-wrong-key-of-some-length")
    assert main(["verify", str(folder)]) == 1
    shown = capsys.readouterr()
    assert "key-of-some-length" not in shown.out + shown.err


def test_a_break_is_named(folder: Path, keys: str, capsys: pytest.CaptureFixture[str]) -> None:
    """File, line and what was expected; status 1."""
    path = folder / "audit.log"
    path.write_bytes(path.read_bytes().replace(b'"n":11', b'"n":12'))
    assert main(["verify", str(folder), "--key-file", keys]) == 1
    out = capsys.readouterr().out
    assert f"{path}:" in out
    assert "the line was changed (expected digest " in out


def test_json(folder: Path, keys: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` says the same to programs."""
    path = folder / "audit.log"
    path.write_bytes(path.read_bytes().replace(b'"n":11', b'"n":12'))
    assert main(["verify", str(folder), "--key-file", keys, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["records"], found["unread"]) == (False, 12, [])
    assert found["breaks"][0]["file"] == str(path)


def test_files_alone_may_begin_in_the_middle(folder: Path, keys: str) -> None:
    """Named files are verified as they are; a folder has to hold the whole chain."""
    assert main(["verify", str(folder / "audit.log"), "--key-file", keys]) == 0
    sorted(folder.glob("audit.2*"))[0].unlink()
    assert main(["verify", str(folder), "--key-file", keys]) == 1


def test_files_are_taken_in_the_order_of_the_chain(folder: Path, keys: str) -> None:
    """However they are named on the command line."""
    files = [str(path) for path in sorted(folder.glob("audit*.log"), reverse=True)]
    assert main(["verify", *files, "--key-file", keys]) == 0


def test_a_head_that_is_missing_is_a_break(folder: Path, keys: str) -> None:
    """A digest noted elsewhere finds a chain whose end was cut off."""
    last = told(folder)[-1]["digest"]
    assert main(["verify", str(folder), "--key-file", keys, "--head", last]) == 0
    path = folder / "audit.log"
    path.write_bytes(b"".join(path.read_bytes().splitlines(True)[:-1]))
    assert main(["verify", str(path), "--key-file", keys]) == 0
    assert main(["verify", str(path), "--key-file", keys, "--head", last]) == 1


def test_the_note_beside_the_files_is_an_anchor_too(folder: Path, keys: str) -> None:
    """Who cuts off the end, or removes files, and forgets the note is found out at once."""
    path, arguments = folder / "audit.log", ["verify", str(folder), "--key-file", keys]
    data = path.read_bytes()
    path.write_bytes(b"".join(data.splitlines(True)[:-1]))
    assert main(arguments) == 1
    path.unlink()
    assert main(arguments) == 1
    for backup in folder.glob("audit.2*"):
        backup.unlink()
    assert main(arguments) == 1
    (folder / "audit.log.chain").unlink()
    assert main(arguments) == 2


def test_anchors_are_the_heads_of_summaries(folder: Path, keys: str, tmp_path: Path) -> None:
    """Each digest in metrics.log has to be in the chain, unless it is older than the chain."""
    metrics = tmp_path / "metrics.log"
    last = told(folder)[-1]["digest"]

    def anchor(stamp: str, head: str) -> str:
        return json.dumps({"timestamp": stamp, "fields": {"audit_head": head}}) + "\n"

    old, good = anchor("2025-01-01T00:00:00Z", "0" * 64), anchor("2026-11-25T00:00:00Z", last)
    arguments = ["verify", str(folder), "--key-file", keys, "--anchors", str(metrics)]
    for text, status in (
        (old + good, 0),
        (good + anchor("2026-11-25T00:00:00Z", "f" * 64), 1),
        (old, 1),
    ):
        metrics.write_text(text)
        assert main(arguments) == status


def test_keys_in_order(folder: Path, keys: str, tmp_path: Path) -> None:
    """After a change of keys both are needed, the older one first."""
    audit = ledger(folder, KEY, OTHER)
    audit.write([line(99)])
    assert main(["verify", str(folder), "--key-file", keys]) == 1
    second = tmp_path / "second"
    second.write_text(KEYS.splitlines()[1])
    second.chmod(0o600)
    assert main(["verify", str(folder), "--key-file", keys, "--key-file", str(second)]) == 0
    assert main(["verify", str(folder), "--key-file", str(second), "--key-file", keys]) == 1


@pytest.mark.parametrize("arguments", [["nowhere"], ["."], [".", "x.log"], ["--key-file", "x"]])
def test_what_can_not_be_read_is_status_2(arguments: list[str]) -> None:
    """No folder, no audit log in it, a folder beside files, no key file."""
    assert main(["verify", *arguments]) == 2


def test_open_keys_are_refused(folder: Path, keys: str) -> None:
    """A key file that others can read is none."""
    Path(keys).chmod(0o644)
    assert main(["verify", str(folder), "--key-file", keys]) == 2


def test_a_damaged_backup_is_status_2(folder: Path, keys: str) -> None:
    """What can't be unpacked is said to be so, and the rest is verified."""
    path = sorted(folder.glob("audit.2*"))[0]
    path.rename(f"{path}.gz")
    Path(f"{path}.gz").write_bytes(b"\x1f\x8b\x08 no gzip file at all")
    assert main(["verify", str(folder), "--key-file", keys]) == 2


def test_a_chain_with_a_key_needs_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the key one sentence tells what is missing."""
    assert main(["verify", str(folder)]) == 1
    assert "give --key-file" in capsys.readouterr().out
