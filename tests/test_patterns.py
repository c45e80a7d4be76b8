"""Patterns that are compiled late."""

from __future__ import annotations

import re

import pytest

from anivault_loguru.patterns import pattern


def test_a_pattern_does_what_a_compiled_one_does() -> None:
    """Every method and attribute is there, at the first use and later."""
    given = r"(?P<letter>[a-c])x", re.IGNORECASE
    late, compiled = pattern(*given), re.compile(*given)
    text = "ax, Bx, dx"
    for _ in range(2):
        assert late.findall(text) == compiled.findall(text)
        assert late.sub("-", text) == compiled.sub("-", text)
        assert late.split(text) == compiled.split(text)
        found = late.search(text, 1)
        assert found is not None
        assert found["letter"] == "B"
        assert late.fullmatch("dx") is None
        assert (late.pattern, late.flags, late.groupindex) == (
            compiled.pattern,
            compiled.flags,
            compiled.groupindex,
        )


def test_a_mistake_shows_with_the_first_use() -> None:
    """Nothing is compiled before."""
    wrong = pattern("(")
    with pytest.raises(re.error):
        wrong.search("x")
