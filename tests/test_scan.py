"""The scan for many words: native and plain Python give the same answers."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anivault_loguru.scan import Scan

WORDS = st.lists(st.binary(min_size=1, max_size=4), max_size=8)

# Few letters, so that words overlap and repeat.
LETTERS = st.text("abc", min_size=1, max_size=4).map(str.encode)


@given(st.lists(LETTERS, max_size=8), st.text("abcd", max_size=40).map(str.encode))
def test_both_ways_find_the_same(words: list[bytes], data: bytes) -> None:
    """Hits, their places and replacements do not depend on the implementation."""
    native, python = Scan(words), Scan(words, native=False)
    assert list(native.finds(data)) == list(python.finds(data))
    assert native.hit(data) == python.hit(data)
    assert native.replace(data, lambda _: "*") == python.replace(data, lambda _: "*")


@given(WORDS, st.binary(max_size=60))
def test_a_hit_is_a_word_in_the_data(words: list[bytes], data: bytes) -> None:
    """`hit` is true exactly if one of the words stands in the data."""
    assert Scan(words).hit(data) == any(word in data for word in words)


@pytest.mark.parametrize("native", [True, False])
def test_the_longest_word_wins(native: bool) -> None:
    """Where one word is the beginning of another, nothing of the longer one is left over."""
    scan = Scan([b"secret", b"secret-and-more"], native=native)
    assert scan.replace(b"a secret-and-more b", lambda _: "*") == b"a * b"
    assert list(scan.finds(b"a secret b")) == [(b"secret", 2)]


@pytest.mark.parametrize("native", [True, False])
def test_no_words_find_nothing(native: bool) -> None:
    """A scan without words is a scan that never hits, and hands back the very same bytes."""
    scan = Scan([], native=native)
    data = b"anything"
    assert not scan.hit(data)
    assert scan.replace(data, bytes.decode) is data


def test_without_the_native_library_masking_works() -> None:
    """Where there is no wheel, plain Python does the scan."""
    code = (
        "import sys; sys.modules['ahocorasick_rs'] = None\n"
        "from anivault_loguru.masking import Masker\n"
        'print(Masker().mask_line(b\'{"message":"password=abcdef1"}\').decode())'
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.stdout.strip() == '{"message":"password=***MASKED***"}', ran.stderr
