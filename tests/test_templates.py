"""Messages whose fields name secrets."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from conftest import Logs
from hypothesis import given
from hypothesis import strategies as st

from anivault_loguru import logger
from anivault_loguru.masking import MARKER, Masker

S = "s3cr" + "et"


@pytest.mark.parametrize(
    ("message", "args", "kwargs", "shown"),
    [
        ("got {api_key}", (), {"api_key": S}, f"got {MARKER}"),
        ("got {0[password]} {0[user]}", ({"password": S, "user": "bob"},), {}, f"got {MARKER} bob"),
        ("got {cfg[password]}", (), {"cfg": {"password": S}}, f"got {MARKER}"),
        ("got {cfg.token}", (), {"cfg": SimpleNamespace(token=S)}, f"got {MARKER}"),
        ("got {0[credentials][user]}", ({"credentials": {"user": S}},), {}, f"got {MARKER}"),
        ("got {0[api_keys][0]}", ({"api_keys": [S]},), {}, f"got {MARKER}"),
        ("{0.password.raw}", (SimpleNamespace(password=SimpleNamespace(raw=S)),), {}, MARKER),
        ("{0[token_count][n]}", ({"token_count": {"n": 7}},), {}, "7"),
        ("got {api_key!r:>40}", (), {"api_key": S}, f"got {MARKER}"),
        ("pin {pin} of {password:04d}", (), {"pin": 1, "password": 7}, f"pin 1 of {MARKER}"),
        ("is {password} there", (), {"password": None}, "is None there"),
        ("{{password}} {n}", (), {"n": 1}, "{password} 1"),
        ("{} of {}", (1, 2), {}, "1 of 2"),
    ],
)
def test_the_values_of_sensitive_fields_are_masked(
    message: str, args: tuple[Any, ...], kwargs: dict[str, Any], shown: str
) -> None:
    """Whatever the value's type, length, conversion or format; what is not secret stays."""
    assert Masker().fill(message, args, kwargs) == shown


@given(st.text("{}[]!:.a0 ", max_size=12), st.lists(st.integers() | st.text(), max_size=2))
def test_otherwise_messages_are_formatted_as_by_str_format(message: str, args: list[Any]) -> None:
    """Same text, or an exception of the same type."""

    def outcome(function: Any, *given: Any, **named: Any) -> object:
        try:
            return function(*given, **named)
        except Exception as error:
            return type(error)

    plain = outcome(message.format, *args, a="x")
    assert outcome(Masker().fill, message, tuple(args), {"a": "x"}) == plain


def test_a_log_call_masks_them(logs: Logs) -> None:
    """Positional and nested fields of a log call, values of any length."""
    logger.info(
        "a {0[password]} b {cfg[token]} c {pwd}", {"password": "abc"}, cfg={"token": 1}, pwd="x"
    )
    assert logs.lines()[0]["message"] == f"a {MARKER} b {MARKER} c {MARKER}"


def test_with_masking_off_they_are_shown() -> None:
    """`enabled=false` masks nothing here either."""
    assert Masker(enabled=False).fill("{password}", (), {"password": S}) == S
