"""Clues: no scan is spared where its patterns match, and every scan where they plainly do not."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anivault_loguru import mask, register_secret
from anivault_loguru.clues import Clue, Clues, behind
from anivault_loguru.compiled import Clues as Compiled
from anivault_loguru.known import Known
from anivault_loguru.names import Names
from anivault_loguru.paths import Homes
from anivault_loguru.texts import Texts

needs_compiled = pytest.mark.skipif(Compiled is None, reason="nothing is compiled here")

HOMES = ["/home/maria", "/srv/Müller", r"D:\사람", "/data/Иван"]
KEYS = ["pinCode", "ключ", "ſeal", "개인키"]
TEXTS = Texts(Names(KEYS), Homes(HOMES))
USUAL = [*Texts(Names(), Homes(HOMES[:1])).clues]

places = st.text(st.characters(max_codepoint=127), min_size=1, max_size=4)
clues = st.lists(
    st.text(min_size=1, max_size=12) | st.lists(places, min_size=1, max_size=12).map(tuple),
    min_size=1,
    max_size=200,
)


def has(found: list[Clue], text: str) -> bool:
    """Whether a scan would be made."""
    return Clues(found).before(lambda _: True)(text)


@given(clues, st.data(), st.text(), st.text())
def test_a_clue_is_found_wherever_it_stands(
    found: list[Clue], data: st.DataObject, before: str, after: str
) -> None:
    """Any of any number, of any length, at any place of any text, in upper and lower case."""
    clue = data.draw(st.sampled_from(found))
    if isinstance(clue, str):
        text = data.draw(st.sampled_from([clue, clue.lower(), clue.upper()]))
    else:
        text = "".join(data.draw(st.sampled_from(place)) for place in clue)
    assert has(found, before + text + after)


def pattern_of(hint: str) -> re.Pattern[str]:
    """A hint in the syntax of `re`."""
    return re.compile(hint.replace("(?i-u:", "(?ai:").replace("(?-u:", "(?a:"))


@functools.cache
def _of_texts() -> Callable[[str], bool]:
    return Clues(TEXTS.clues).before(lambda _: True)


@pytest.mark.parametrize("hint", TEXTS.hints)
def test_what_a_hint_matches_has_a_clue(hint: str) -> None:
    """Whatever it is that the hint of a matcher, of a name, a format or a home matches."""
    test = _of_texts()

    @settings(max_examples=12)
    @given(st.from_regex(pattern_of(hint), fullmatch=True))
    def check(text: str) -> None:
        assert test(text)

    check()


@given(st.lists(st.text(min_size=6), min_size=1, max_size=5), st.data())
def test_registered_values_are_clues(secrets: list[str], data: st.DataObject) -> None:
    """Each of the forms that the scan looks for."""
    known = Known(secrets, lambda _: "")
    test = Clues(known.clues()).before(lambda _: True)
    before = data.draw(st.text())
    for form in known.patterns():
        assert test(before + re.sub(r"\\(.)", r"\1", form, flags=re.DOTALL))


@needs_compiled
@pytest.mark.parametrize(
    "text",
    [
        "",
        "matched file",
        '"matched file"{"file":"[SubsPlease] X - 01 [ABCD1234].mkv","size":123456,"score":0.93}',
        '"진격의 거인을 옮겼습니다"{"file":"진격의 거인 - 01.mkv","season":1,"episode":25}',
        '"GET /3/tv/1429"{"status":200,"duration_ms":84,"url":"https://api.example.org/3/tv/1429"}',
        '"cache hit"{"cache":"tmdb","hits":10,"misses":2,"ratio":0.83}',
        '"retrying in 2 s"{"attempt":3,"error":"ConnectTimeout","host":"api.example.org"}',
        "2026-11-25T01:02:03Z 3f2a9c51-7b1e-4c41-9a55-0d6ffb2c3e77 d41d8cd98f00b204e9800998ecf8",
    ],
)
def test_usual_texts_have_no_clue(text: str) -> None:
    """So that for them no scan is made: that is what a log call's time depends on."""
    assert not has(USUAL, text)
    assert not Clues(USUAL).before(lambda _: False)(text)


@needs_compiled
def test_a_clue_alone_is_no_hit() -> None:
    """Where there is a clue, it is the scan that tells."""
    assert has(USUAL, "keyboard")
    assert not Clues(USUAL).before(lambda _: False)("keyboard")


def test_places_have_the_characters_given() -> None:
    """No others, and what is behind them in any case; an empty clue is everywhere."""
    assert has([behind("/?", "sig")], "?SIG")
    assert has([""], "x")
    if Compiled is not None:
        assert not has([behind("/?", "sig")], "_sig")
        assert not has([("a", "B")], "ab")


@needs_compiled
def test_what_is_no_list_of_bundles_is_refused() -> None:
    """With a TypeError or ValueError, not with a crash."""
    assert Compiled is not None
    wrong: list[object] = [None, (), [None], [[None]], [[(1,)]], [[(b"a",) * 9]], [[]] * 65]
    for bundles in wrong:
        with pytest.raises((TypeError, ValueError)):
            Compiled(bundles, str.isdigit)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Compiled([], str.isdigit)(b"")  # type: ignore[arg-type]


def test_a_lone_surrogate_goes_to_the_scan() -> None:
    """Of such a text no bytes can be looked at."""
    assert has(["token"], "\ud800")
    register_secret("s3cr3t-v\ud800lue")
    assert "s3cr3t" not in mask("it is s3cr3t-v\ud800lue")
