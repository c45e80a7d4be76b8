"""Messages and arguments as text, within bounds."""

from __future__ import annotations

import pytest
from conftest import Logs
from hypothesis import given
from hypothesis import strategies as st

from anivault_loguru import logger
from anivault_loguru.formatting import formatted


@pytest.mark.parametrize(
    "message",
    ["{x:>20000000}", "{x:.20000000f}", "{x:{w}}", "{x!r:>{w}}", "{x:a>{w}.{w}}", "{x:0200000d}"],
)
def test_a_width_beyond_bounds_is_refused_before_it_is_built(logs: Logs, message: str) -> None:
    """The record has the message as given, and says why; no text of that size is made."""
    logger.info(message, x=1, w=20_000_000)
    logger.opt(colors=True).info(message, x=1, w=20_000_000)
    logger.opt(lazy=True).info(message, x=lambda: 1, w=lambda: 20_000_000)
    for line in logs.lines():
        assert line["message"] == message
        assert "width" in line["fields"]["format_error"]


@pytest.mark.parametrize("message", ["result: {x}", "[1] at 1234567: {x}", "{{:}} {x:>5}: {x}"])
def test_a_colon_before_a_field_is_no_specification(logs: Logs, message: str) -> None:
    """What loguru formats itself is formatted: lazy arguments, markup, `record`."""
    logger.opt(lazy=True).info(message, x=lambda: "y")
    logger.opt(colors=True).info(message, x="y")
    logger.opt(record=True).info(message, x="y")
    assert {line["message"] for line in logs.lines()} == {message.format(x="y")}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("{x:>5}|{y:.2f}", "    1|2.50"),
        ("{x:{w}}", "         1"),
        ("{:%Y} {x}", "7 1"),
        ("id:1234567 {x}", "id:1234567 1"),
        ("{{x}} {x!r:>3}", "{x}   1"),
    ],
)
def test_widths_within_bounds_are_as_in_python(message: str, expected: str) -> None:
    """What `str.format` gives, whichever way it is taken."""

    class Year:
        def __format__(self, spec: str) -> str:
            return "7"

    assert formatted(message, (Year(),), {"x": 1, "y": 2.5, "w": 10}) == expected


@given(st.text("{}:xw!r0123456789>.,^ a[]", max_size=20), st.integers(-5, 99), st.text(max_size=5))
def test_the_bounded_way_agrees_with_python(message: str, x: int, w: str) -> None:
    """Same text or same kind of refusal as `str.format`, for any small message."""

    def outcome(function: object) -> object:
        try:
            return function()  # type: ignore[operator]
        except Exception as error:
            return type(error)

    ours = outcome(lambda: formatted(message, (x, w), {"x": x, "w": w}))
    theirs = outcome(lambda: message.format(x, w, x=x, w=w))
    assert (
        ours == theirs
        or (isinstance(ours, type) and isinstance(theirs, type))
        or (ours is ValueError and isinstance(theirs, str) and len(theirs) > 100_000)
    )
