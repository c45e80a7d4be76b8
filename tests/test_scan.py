"""The scan: one test of a text for many patterns."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import SchemaError

from anivault_loguru.scan import Scan, is_unicode, literal

TEXTS = st.text(max_size=40)


@given(st.lists(st.text(min_size=1, max_size=4), max_size=8), TEXTS)
def test_a_hit_is_a_word_in_the_text(words: list[str], text: str) -> None:
    """`hit` is true exactly if one of the words stands in the text, whatever characters it has."""
    assert Scan(map(literal, words)).hit(text) == any(word in text for word in words)


@given(TEXTS)
def test_it_agrees_with_python(text: str) -> None:
    """A pattern means what it means to Python, as far as both know it."""
    pattern = r"(?:ab|[^A-Za-z0-9]){2,}c?|\d{3}"
    assert Scan([pattern]).hit(text) == bool(re.search(pattern, text))


def test_more_patterns_than_are_compiled_at_once() -> None:
    """The first and the last of many are found, and nothing between them is lost."""
    words = [f"word-{number}-{'x' * 100}" for number in range(1000)]
    scan = Scan(map(literal, words))
    assert all(scan.hit(f"a {word} b") for word in words[::50])
    assert not scan.hit("word-1000-" + "x" * 99)


def test_no_patterns_hit_nothing() -> None:
    """A scan for nothing finds nothing."""
    assert not Scan([]).hit("anything")


def test_a_pattern_that_is_none_is_refused() -> None:
    """It does not pass as one that never matches."""
    with pytest.raises(SchemaError):
        Scan(["("]).hit("")


def test_lone_surrogates_are_told() -> None:
    """What the engine cannot read is known to be so."""
    assert is_unicode("한글 \U0001f600")
    assert not is_unicode("a\udc80")
