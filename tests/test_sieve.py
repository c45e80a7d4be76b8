"""The sieve: never misses a word, and hardly ever takes another for one."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from anivault_loguru import configure, mask, register_secret
from anivault_loguru.sieve import SHORTEST, Sieve

words = st.text(st.characters(codec=None), min_size=SHORTEST, max_size=30)


def never(text: str) -> bool:
    return False


def encoded(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass")


@given(st.lists(words, min_size=1), st.data(), st.text(), st.text())
def test_a_word_is_found_wherever_it_stands(
    found: list[str], data: st.DataObject, before: str, after: str
) -> None:
    """Any word of any length, at any place of any text."""
    sieve = Sieve(map(encoded, found))
    text = before + data.draw(st.sampled_from(found)) + after
    assert sieve.hit(text)
    assert sieve.beside(never)(text)


@given(st.lists(words), st.text(st.characters(codec=None)))
def test_compiled_it_tells_the_same(found: list[str], text: str) -> None:
    """Of texts without a word, too; and then it tells what the other test does."""
    sieve = Sieve(map(encoded, found))
    assert sieve.beside(never)(text) == sieve.hit(text)
    assert sieve.beside(lambda _: True)(text)


def test_words_of_nul_bytes_are_found() -> None:
    """The number of their pieces is 0."""
    for word in (b"\0" * 6, b"\0" * 20, b"ab" + b"\0" * 20):
        test = Sieve([word, b"another", b"a-much-longer-one"]).beside(never)
        assert test("x" + word.decode())
        assert not test("zzzzzzzzzzzz")


def test_a_text_without_words_passes() -> None:
    """What shares no piece with a word is clean, the empty text too."""
    sieve = Sieve([b"hunter2", b"a-much-longer-secret"])
    for text in ("", "a", "hun", "nothing to see here, at whatever length", "é" * 50):
        assert not sieve.hit(text)


def test_ten_thousand_secrets_are_masked() -> None:
    """Each of very many registered values is found, encoded too, and an innocent text is not."""
    draw = random.Random(7)
    secrets = [f"{draw.getrandbits(80):020x}" for _ in range(10_000)]
    configure(channels={}, console={"enabled": False}, metrics={"enabled": False})
    for secret in secrets:
        register_secret(secret)
    register_secret("/a b&c/")
    for secret in secrets[::500]:
        assert mask(f"x{secret}y") == "x***MASKED***y"
    assert mask("%2Fa%20b%26c%2F and /a b&c/") == "***MASKED*** and ***MASKED***"
    assert mask("looked up 17 rows of nothing secret") == "looked up 17 rows of nothing secret"
