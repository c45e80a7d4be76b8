"""Masking of streams: the same as of the whole, in constant memory."""

from __future__ import annotations

import base64
import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import PLANTED

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


P = "q7Zr2Xk9Lm4TbW8s"
B = base64.b64encode(f"bob:{P}".encode()).decode()
SPREAD = [
    f"- name: DB_PASSWORD\n  value: {P}\n",
    f"- value: {P}\n  type: a\n  name: DB_PASSWORD\n",
    f'{{\n  "value": "{P}",\n  "type": "a",\n  "name": "DB_PASSWORD"\n}}\n',
    f"password: |\n  {P}\n  {P}\n",
    f'"password":\n"{P}"\n',
    f"machine x login bob\n  password {P}\n",
    f"<password>\n{P}\n</password>\n",
    f"password\n  Input should be s [type=string_x, input_value='{P}', input_type=str]\n",
    f'[["password",\n "{P}"\n]\n]\n',
    f'passwords: [\n  "a",\n  "{P}"\n]\n',
    f"password='a\n{P}\nb'\n",
    f"api_keys:\n  - {P}\n  - {P}\n",
    f"IDENTIFIED BY 'a\n{P}'\n",
    f"-----BEGIN PRIVATE KEY-----\n{P}\n{P}\n-----END PRIVATE KEY-----\n",
]


def texts() -> list[str]:
    """The planted texts, with their line ends as escapes and as they are, and those above."""
    token = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"
    rows = [row.replace("{S}", P).replace("{B}", B).replace("{D}", token) for row in PLANTED]
    plain = [row.replace("\\r", "\r").replace("\\n", "\n") for row in rows]
    return [*dict.fromkeys(rows + plain), *SPREAD]


@pytest.mark.parametrize("rest", ["", "\nnot a record\nnor this\n", "\nINFO the next\n"])
def test_no_place_to_cut_leaves_a_secret(rest: str) -> None:
    """Wherever a text is cut in two, what masking the whole hides is hidden."""
    for text in texts():
        whole = MASKER.mask_text(text + rest)
        for cut in range(len(text) + 1):
            shown = streamed([text[:cut], text[cut:] + rest])
            if rest.startswith("\nINFO"):  # which ends what is open
                assert P in whole or P not in shown
                assert B in whole or B not in shown
            else:
                assert shown == whole


def test_no_pieces_and_no_little_memory_leave_a_secret() -> None:
    """Texts one after another, in random pieces, with a limit below their length."""
    draw = random.Random(5)
    for _ in range(150):
        text = "".join(f"{draw.choice(SPREAD)}INFO done\n" for _ in range(8))
        places = sorted(draw.randrange(len(text)) for _ in range(draw.randrange(30)))
        bounds = itertools.pairwise([0, *places, len(text)])
        shown = streamed([text[begin:end] for begin, end in bounds], draw.choice((300, 4096)))
        assert P not in shown
        assert shown.count("INFO done\n") == 8


@pytest.mark.parametrize("text", SPREAD)
def test_a_secret_across_the_end_of_a_long_piece(text: str) -> None:
    """In a file that is read in pieces of 64 KiB, whatever stands at their borders."""
    units = f"{text}INFO done\n" * 2500
    pieces = [units[at : at + (1 << 16)] for at in range(0, len(units), 1 << 16)]
    shown = streamed(pieces, 1 << 18)
    assert P not in shown
    assert shown.count("INFO done\n") == 2500


@pytest.mark.parametrize("opening", ["api_keys:", "password: |", "password: '", "<password>"])
def test_a_list_or_block_longer_than_the_memory(opening: str) -> None:
    """It is hidden to its end, be it only that of the stream."""
    pieces = [f"before\n{opening}\n", *[f"    - {P}\n" * 100] * 20, "after\n"]
    shown = streamed(pieces, 4096)
    assert shown.startswith("before\n")
    assert P not in shown


@pytest.mark.parametrize("lines", [50, 3000])
def test_keys_of_any_length(lines: int) -> None:
    """No line of a private key is left, and what stands between the keys is."""
    draw = random.Random(7)
    body = [base64.b64encode(draw.randbytes(48)).decode() for _ in range(lines)]
    key = "\n".join(["-----BEGIN PRIVATE KEY-----", *body, "-----END PRIVATE KEY-----", "next\n"])
    text = key * (6000 // lines)
    pieces = [text[at : at + 5000] for at in range(0, len(text), 5000)]
    shown = streamed(pieces, 1 << 16)
    assert shown == f"{MARKER}\nnext\n" * (6000 // lines)


@pytest.mark.parametrize("opening", ['password="abc (cut\n', "token: [1,\n", "<password>\nx\n"])
@pytest.mark.parametrize("record", ["INFO two\n", "2026-11-25 13:40:16 x\n", "level=info\n"])
def test_a_record_ends_what_is_open(opening: str, record: str) -> None:
    """A quote that is never closed hides neither the rest of a log nor keeps it waiting."""
    stream = Stream(MASKER.mask_text)
    shown = stream.feed(opening) + stream.feed(record)
    assert shown.endswith(f"{MARKER}\n{record}")
    assert stream.feed("three\n") == "three\n"


@pytest.mark.parametrize("line", ["a plain line\n", "retry (2 of 3\n", "tokens: 3\n"])
def test_an_ordinary_line_does_not_wait(line: str) -> None:
    """Quotes and brackets that no name stands before hold nothing back."""
    stream = Stream(MASKER.mask_text)
    assert [stream.feed(line) for _ in range(3)] == [line] * 3


def test_many_secrets_in_one_line() -> None:
    """More than are masked one by one in one text: what stands between them is shown."""
    text = "x api_key=q7Zr2Xk9Lm4TbW8s and, " * 10_000
    shown = streamed([text[at : at + 60_000] for at in range(0, len(text), 60_000)], 1 << 17)
    assert shown == text.replace(P, MARKER)


@pytest.mark.parametrize("unit", [f"if token:\n        {S}\n", "password:\n    type: string\n"])
def test_no_line_is_lost_where_each_value_is_below_its_name(unit: str) -> None:
    """However many there are: the context never begins with a value without its name."""
    text = unit * 6000 + "the end\n"
    shown = streamed([text[start : start + 4096] for start in range(0, len(text), 4096)])
    assert S not in shown
    assert shown.count("\n") == text.count("\n")
    assert shown.endswith("\nthe end\n")
