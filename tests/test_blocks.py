"""Of a long text the same is found as of one that is searched from begin to end."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innocent import INNOCENT
from planted import PLANTED
from repeated import REPEATED

from anivault_loguru import blocks
from anivault_loguru.blocks import Blocks
from anivault_loguru.masking import MARKER, Masker

PIECES = st.sampled_from([*PLANTED, *INNOCENT, *REPEATED])
PARTS = st.tuples(PIECES, st.sampled_from(["\n", " ", "", "x" * 300]), st.integers(1, 100))


@settings(max_examples=25, deadline=None)
@given(st.lists(PARTS, min_size=8, max_size=24))
def test_in_blocks_the_same_is_masked(parts: list[tuple[str, str, int]]) -> None:
    """Names, values and what only looks like them, on the edges of blocks too."""
    text = "".join((piece + end) * count for piece, end, count in parts)
    masked = Masker().mask_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_SHORT", len(text) + 1)
        assert masked == Masker().mask_text(text)


@pytest.mark.parametrize("at", range((1 << 14) - 40, (1 << 14) + 2))
def test_a_name_on_the_edge_of_a_block(at: int) -> None:
    """Wherever the block ends, in the name, its separator or the value."""
    before = "." * (at % 7) + "a key " * (at // 6) + "a" * (at % 6) + " "
    for name in ("password = ", '"db.password" :  ', "--password ", "x" * 600 + "_password="):
        text = f"{before}{name}hunter2secret {'no key ' * 2000}"
        assert Masker().mask_text(text) == text.replace("hunter2secret", MARKER)


@pytest.mark.parametrize(
    "end",
    [
        *("password=&k", "password=&key=&k", "password\\n =hunter2", "password\\n  value=hunter2"),
        *("password\\n  value: [type=string, input_value=hunter2", "password\\n\\n: hunter2"),
        "password=&" + "k" * 41 + "=hunter2",
    ],
)
@pytest.mark.parametrize("piece", ["password\\n  ", "&key="])
def test_behind_many_that_only_look_like_names(piece: str, end: str) -> None:
    """What the fast test tells from names at a look, before what it must not pass over."""
    text = f"{piece * 2000} {end}"
    masked = Masker().mask_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_SHORT", len(text) + 1)
        assert masked == Masker().mask_text(text)


def test_a_text_that_no_fast_test_takes_is_searched_as_a_whole() -> None:
    """One with a lone surrogate."""
    found = Blocks(re.compile("a(b)?"), "ab", "a").matches("\ud800" + "a " * 9000 + "ab")
    assert [match[1] for match in found] == ["b"]
