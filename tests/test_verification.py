"""Verifying: every change of a chain is found and named; what is not detectable is known."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from chains import KEY, OTHER, files_of, ledger, line, record, verified
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anivault_loguru.chain import GENESIS, KEY_ROTATED, Key, link
from anivault_loguru.mill import compress
from anivault_loguru.verification import Verifier

Rows = list[bytes]


def chain(count: int, key: Key = KEY) -> Rows:
    """The lines of a chain."""
    rows, prev = [], GENESIS
    for number in range(count):
        linked, prev = link(line(number), prev, key)
        rows.append(linked)
    return rows


def broken(data: bytes, *keys: Key) -> list[str]:
    """What is found in the bytes of one file."""
    verifier = Verifier(keys or (KEY,))
    verifier.read("audit.log", data.splitlines(True))
    verifier.finish()
    return [str(found) for found in verifier.breaks]


GOOD = chain(6)
BYTES = b"".join(GOOD)


def test_a_good_chain_has_no_breaks() -> None:
    """Untouched, a chain verifies: with its key and no other."""
    assert broken(BYTES) == []
    assert broken(BYTES, OTHER)


@given(place=st.integers(0, len(BYTES) - 1), byte=st.integers(0, 255))
@settings(max_examples=400)
def test_any_changed_byte_is_found(place: int, byte: int) -> None:
    """Whatever byte becomes whatever other one: a break, at the line of that byte."""
    if BYTES[place] == byte:
        return
    found = broken(BYTES[:place] + bytes([byte]) + BYTES[place + 1 :])
    number = BYTES[:place].count(b"\n") + 1
    # A newline that is gone joins its line with the next one, and a new one divides a line.
    assert found
    assert f"audit.log:{number}:" in found[0]


@given(start=st.integers(0, len(BYTES) - 1), length=st.integers(1, 700))
@settings(max_examples=300)
def test_any_removed_stretch_is_found(start: int, length: int) -> None:
    """Whatever stretch is taken out is missed, but for whole lines of the end: see anchors."""
    rest = BYTES[:start] + BYTES[start + length :]
    whole_end = rest in {b"".join(GOOD[:count]) for count in range(len(GOOD))}
    assert bool(broken(rest)) is not ((whole_end and bool(rest)) or not rest)


@given(place=st.integers(0, len(BYTES)), more=st.binary(min_size=1, max_size=40))
@settings(max_examples=300)
def test_any_inserted_bytes_are_found(place: int, more: bytes) -> None:
    """Whatever is put in between is found."""
    assert broken(BYTES[:place] + more + BYTES[place:])


@given(order=st.permutations(range(6)))
@settings(max_examples=200)
def test_any_other_order_is_found(order: list[int]) -> None:
    """Lines stand in one order only."""
    found = broken(b"".join(GOOD[number] for number in order))
    assert bool(found) is (order != sorted(order))


@given(
    number=st.integers(0, 5), at=st.integers(0, 6), of=st.sampled_from(["same", "other", "forged"])
)
@settings(max_examples=200)
def test_any_inserted_line_is_found(number: int, at: int, of: str) -> None:
    """A line of this chain, of another, or one that was sealed without the key."""
    prev = GENESIS if at == 0 else GOOD[at - 1][-67:-3].decode()
    lines = {
        "same": GOOD[number],
        "other": chain(6, OTHER)[number],
        "forged": link(line(666), prev)[0],
    }
    assert broken(b"".join([*GOOD[:at], lines[of], *GOOD[at:]]))


def test_a_whole_chain_without_the_key_is_no_substitute() -> None:
    """Who lacks the key can seal anew with none, or with another; neither passes."""
    for forged in (chain(6, Key()), chain(6, OTHER)):
        assert broken(b"".join(forged))
        assert broken(b"".join([*forged[:3], *GOOD[3:]]))


def test_a_forged_change_of_keys_does_not_pass() -> None:
    """A record that claims a change of keys needs the old key's proof."""
    rows, prev = chain(3), GOOD[2][-67:-3].decode()
    fields: dict[str, object] = {"old": KEY.id, "new": OTHER.id, "proof": "0" * 64}
    forged, _ = link(record(KEY_ROTATED, "", fields), prev, OTHER)
    (found,) = broken(b"".join([*rows, forged]), KEY, OTHER)
    assert "nothing of the old key's says so" in found


def test_one_change_is_one_break() -> None:
    """What follows a changed, removed, doubled or moved line is good again."""
    changed = GOOD[2].replace(b"thing 2", b"thing 3")
    for rows in (
        [*GOOD[:2], changed, *GOOD[3:]],
        [*GOOD[:2], *GOOD[3:]],
        [*GOOD[:3], *GOOD[2:]],
        [*GOOD[:2], GOOD[3], GOOD[2], *GOOD[4:]],
        [*GOOD[:2], line(7), *GOOD[2:]],
    ):
        assert len(broken(b"".join(rows))) == 1, rows


def test_an_anchor_finds_the_end_missing() -> None:
    """A chain that was cut at a line's end verifies; not if a later digest is known."""
    verifier = Verifier([KEY], wanted={GOOD[5][-67:-3].decode()})
    verifier.read("audit.log", GOOD[:4])
    verifier.finish(required={GOOD[5][-67:-3].decode()})
    (found,) = verifier.breaks
    assert (found.line, found.expected) == (4, GOOD[5][-67:-3].decode())
    assert broken(b"".join(GOOD[:4])) == []


@pytest.fixture(scope="module")
def backups(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a chain of a live file and six backups, the first three compressed."""
    folder = tmp_path_factory.mktemp("chain")
    audit = ledger(folder, KEY, max_bytes=1500)
    for number in range(33):
        audit.write([line(number)])
    for path in files_of(folder)[:3]:
        compress(str(path))
    assert len(files_of(folder)) == 7
    assert verified(folder, KEY).breaks == []
    return folder


def swap(one: Path, other: Path) -> None:
    spare = one.with_name("spare")
    one.rename(spare)
    other.rename(one)
    spare.rename(other)


def edit(path: Path) -> None:
    data = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(data.replace(b"thing.done", b"thing.gone", 1)))


ATTACKS: dict[str, tuple[Callable[[list[Path]], object], int, str]] = {
    "remove the first backup": (lambda f: f[0].unlink(), 1, "are missing"),
    "remove a middle backup": (lambda f: f[2].unlink(), 3, "does not follow"),
    "remove the last backup": (lambda f: f[5].unlink(), 6, "does not follow"),
    "swap two backups": (lambda f: swap(f[3], f[4]), 3, "does not follow"),
    "edit a compressed backup": (lambda f: edit(f[1]), 1, "was changed"),
    "replay a backup as live file": (lambda f: shutil.copy(f[4], f[6]), 6, "does not follow"),
    "replay a backup as another": (lambda f: shutil.copy(f[3], f[4]), 4, "does not follow"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_on_files_are_named(backups: Path, tmp_path: Path, attack: str) -> None:
    """File and line of the first break are those that were attacked."""
    folder = tmp_path / "copy"
    shutil.copytree(backups, folder)
    files = files_of(folder)
    act, index, what = ATTACKS[attack]
    act(files)
    found = verified(folder, KEY).breaks[0]
    assert (found.file, found.line) == (files[index].name, 1)
    assert what in found.what
    assert found.expected


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_changed_byte_of_a_compressed_file_is_harmless_or_found(
    backups: Path, data: st.DataObject
) -> None:
    """A byte of a `.gz` changes a record, and is found, or none."""
    path = files_of(backups)[0]
    packed = path.read_bytes()
    place = data.draw(st.integers(0, len(packed) - 1))
    changed = (
        packed[:place]
        + bytes([packed[place] ^ data.draw(st.integers(1, 255))])
        + packed[place + 1 :]
    )
    try:
        plain = gzip.decompress(changed)
    except Exception:  # it can't be read, and `verify` says that
        return
    assert plain == gzip.decompress(packed)
