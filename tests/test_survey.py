"""The survey: how a file ends, and what that means."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from chains import KEY, OTHER, line, record

from anivault_loguru.chain import GENESIS, link
from anivault_loguru.gate import Note
from anivault_loguru.survey import end_of, lines_of, survey

ONE, HEAD = link(line(1), GENESIS, KEY)
TWO, LAST = link(line(2), HEAD, KEY)


@pytest.mark.parametrize("size", [0, 5_000, 500_000])
def test_the_last_line_is_found_however_long(tmp_path: Path, size: int) -> None:
    """The end of a file is read as far back as its last linked line begins."""
    path = tmp_path / "audit.log"
    long, head = link(record("long", "x" * size, {}), LAST, KEY)
    path.write_bytes(ONE + TWO + long + b"torn" + b"y" * size)
    end = end_of(str(path))
    assert end.last is not None
    assert end.last.digest == head
    assert (end.piece, end.ended) == (b"torn" + b"y" * size, False)


@pytest.mark.parametrize(
    ("data", "noted", "reasons"),
    [
        (b"", None, []),
        (ONE + TWO, Note(LAST, False), []),
        (ONE + TWO, Note(LAST, True), []),
        (ONE + TWO, None, ["no_note"]),
        (ONE + TWO, Note(HEAD, True), ["unconfirmed"]),
        (ONE + TWO, Note(HEAD, False), ["unconfirmed"]),
        (ONE, Note(LAST, False), ["missing"]),
        (b"", Note(LAST, False), ["missing"]),
        (ONE + TWO[:-9], Note(HEAD, True), ["torn"]),
        (ONE + TWO[:-1], Note(LAST, False), ["torn"]),
        (ONE + b"{}\n", Note(HEAD, False), ["foreign"]),
        (ONE + link(line(2), GENESIS, KEY)[0], Note(HEAD, False), ["missing"]),
        (ONE + link(line(2), HEAD, OTHER)[0], Note(HEAD, False), ["unknown_seal", "missing"]),
    ],
)
def test_reasons(tmp_path: Path, data: bytes, noted: Note | None, reasons: list[str]) -> None:
    """What is not as it was left has a name; the confirmed digest is what comes next."""
    path = tmp_path / "audit.log"
    path.write_bytes(data)
    found = survey(str(path), lambda: None, noted, [KEY])
    assert list(found.reasons) == reasons
    if noted is not None and "missing" in reasons:
        assert found.head == noted.head


def test_damaged_compression_is_an_error(tmp_path: Path) -> None:
    """Cut short, or with another byte in the middle."""
    path = tmp_path / "a.log.gz"
    packed = gzip.compress(ONE * 50)
    for data in (packed[:-20], packed[:40] + b"\xff\xff" + packed[42:]):
        path.write_bytes(data)
        with pytest.raises(OSError):
            list(lines_of(str(path)))
