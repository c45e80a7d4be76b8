"""Text for people: aligned, and unable to drive the terminal."""

from __future__ import annotations

import json
import unicodedata
from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_entry import encoded

from anivault_loguru.render import human, visible

UTC = timezone.utc


def shown(color: bool = False, **changes: Any) -> str:
    return human(json.loads(encoded(**changes)), color=color, zone=UTC)


def test_a_record_is_one_line() -> None:
    """Time, level, component, message, fields, request id."""
    assert shown() == "01:02:03.456 INFO     pipeline    Processed 3 files  n=3  [ab12]\n"


def test_the_zone_can_be_chosen() -> None:
    """The time shown is the zone's."""
    document = json.loads(encoded())
    assert human(document, zone=timezone(timedelta(hours=9))).startswith("10:02:03.456 ")


def test_values_are_quoted_where_they_need_it() -> None:
    """A value that is not one plain word is shown as JSON, in its own script."""
    text = shown(fields={"a": "word", "b": "두 단어", "c": {"d": [1, None]}, "e": ""})
    assert '  a=word b="두 단어" c={"d": [1, null]} e=""' in text


def test_an_exception_is_indented_below() -> None:
    """The stack trace follows, four columns in."""
    exception = {"type": "E", "message": "m", "stacktrace": "Traceback\n  line\nE: m\n"}
    assert shown(exception=exception).endswith("[ab12]\n    Traceback\n      line\n    E: m\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb\rc\td", "a\\nb\\rc\\td"),
        ("\x1b[31mred\x07", "\\u001b[31mred\\u0007"),
        ("\x9b31m\x85\x7f", "\\x9b31m\\x85\\x7f"),
        ("\u202egnp.exe\u2028\ufeff", "\\u202egnp.exe\\u2028\\ufeff"),
        ("한글 カナ é 🎬", "한글 カナ é 🎬"),
    ],
)
def test_controls_are_shown_as_escapes(text: str, expected: str) -> None:
    """What a terminal would obey is visible; letters of any script stay."""
    assert visible(text) == expected


@given(st.text(), st.text(), st.text(), st.text())
def test_user_data_never_reaches_the_terminal_as_control(
    message: str, key: str, value: str, stack: str
) -> None:
    """However hostile: no control character but the newlines of our own lines, none forged."""
    exception = {"type": "E", "message": "m", "stacktrace": stack}
    text = shown(
        message=message,
        component=value,
        request_id=value,
        level=key,
        fields={key: value, "deep": {key: [value]}},
        exception=exception,
    )
    lines = text.split("\n")
    assert all(unicodedata.category(c) not in ("Cc", "Cs") for line in lines for c in line)
    assert all(line.startswith("    ") for line in lines[1:-1])


def test_colour_is_ours_alone() -> None:
    """With colour on, escapes in user data are still shown, not obeyed."""
    text = shown(color=True, message="\x1b[2J")
    assert "\\u001b[2J" in text
    assert "\x1b[1mINFO    \x1b[0m" in text
