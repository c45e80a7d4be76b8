"""Masking of streams: the same as of the whole, in constant memory."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anivault_loguru.masking import MARKER, Masker
from anivault_loguru.stream import Stream

MASKER = Masker(homes=["/home/me"])
S = "Xq7vRt9zW" * 3
LINES = [
    f"api_key={S}\n",
    "an innocent line\n",
    f'{{"password": "{S}", "n": 1}}\n',
    f"-----BEGIN PRIVATE KEY-----\n{S}\n{S}\n-----END PRIVATE KEY-----\n",
    f"password: '{S}\n{S}'\n",
    "\n",
    "see /home/me/x\r\n",
    f"Cookie: a={S}; b={S}\n",
    "한글 진격의 거인\n",
]


def streamed(pieces: list[str], limit: int = 1 << 20) -> str:
    """What comes out when the pieces go in."""
    stream = Stream(MASKER.mask_text, limit=limit)
    return "".join([*(stream.feed(piece) for piece in pieces), stream.close()])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=8).map("".join), st.lists(st.integers(0, 300)))
def test_however_it_is_cut_the_result_is_that_of_the_whole(text: str, cuts: list[int]) -> None:
    """Where the pieces end makes no difference, within secrets and keys of many lines too."""
    bounds = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    pieces = [text[start:end] for start, end in itertools.pairwise(bounds)]
    assert streamed(pieces) == MASKER.mask_text(text)


def test_whole_lines_come_out_at_once() -> None:
    """A reader of a pipe sees a line when it is there, not when a block is full."""
    stream = Stream(MASKER.mask_text)
    assert stream.feed(f"api_key={S}\nnext") == f"api_key={MARKER}\n"
    assert stream.close() == "next"


@pytest.mark.parametrize(
    ("start", "end"),
    [("token='", "' tail\nnext\n"), ("token=", "\nnext\n"), ("Cookie: ", "\nnext\n")],
)
def test_a_secret_longer_than_the_memory_is_masked_to_its_end(start: str, end: str) -> None:
    """Its marker is given once, and what follows it is shown again."""
    pieces = ["before\n", start, *["abcdefgh" * 16] * 200, end]
    shown = streamed(pieces, limit=4096)
    assert "abcdefgh" not in shown
    assert shown == f"before\n{start}{MARKER}{end}"


def test_an_endless_line_passes_in_constant_memory() -> None:
    """Without a line end text is given back all the same, and secrets in it are masked."""
    stream = Stream(MASKER.mask_text, limit=4096)
    shown = ""
    most = 0
    for number in range(400):
        shown += stream.feed(f"word{number} api_key={S} and more text, ")
        most = max(most, len(stream._kept))
    shown += stream.close()
    assert S not in shown
    assert shown.count(MARKER) == 400
    assert shown.count("and more text, ") == 400
    assert most <= 2 * 4096
