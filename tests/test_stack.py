"""Exceptions as text: whole chains, bounded stacks, no values."""

from __future__ import annotations

import builtins
import sys
import traceback
from typing import Any

import pytest

from anivault_loguru.stack import exception_of


class SilentError(Exception):
    """An exception that can't be printed."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


def caught(act: Any) -> BaseException:
    try:
        act()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def told(error: BaseException) -> dict[str, str]:
    described = exception_of(type(error), error, error.__traceback__)
    assert described is not None
    assert list(described) == ["type", "message", "stacktrace"]
    return described


def recurse(depth: int) -> None:
    if depth == 0:
        raise LookupError("deep")
    recurse(depth - 1)


def raise_silent() -> None:
    raise SilentError


@pytest.mark.parametrize(
    ("act", "kind", "message"),
    [
        (raise_silent, "SilentError", "<SilentError object that cannot be printed>"),
        (lambda: compile("a b", "<text>", "exec"), "SyntaxError", "invalid syntax"),
        (lambda: exec(compile("1/0", "<gone>", "exec")), "ZeroDivisionError", "division by zero"),
        (lambda: dict[str, int]()["key"], "KeyError", "'key'"),
    ],
)
def test_odd_exceptions_are_described(act: Any, kind: str, message: str) -> None:
    """Exceptions that fail to print, have no source, or a form of their own."""
    described = told(caught(act))
    assert described["type"] == kind
    assert message in described["message"]
    assert kind in described["stacktrace"]


@pytest.mark.parametrize("depth", [50, 150, 190, 250, 600])
def test_a_deep_stack_shows_its_ends_and_counts_the_rest(depth: int) -> None:
    """Up to 200 frames are shown; of more, the first and the last hundred, and how many are not."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + 1000)
    try:
        error = caught(lambda: recurse(depth))
    finally:
        sys.setrecursionlimit(limit)
    stack = told(error)["stacktrace"]
    frames = depth + 3  # caught, the lambda, the first call
    assert ("frames left out" in stack) == (frames > 200)
    if frames > 200:
        assert f"  [{frames - 200} frames left out]\n" in stack
    assert "in caught" in stack
    assert 'raise LookupError("deep")' in stack
    assert stack.endswith("LookupError: deep\n")
    assert len(stack) < 50_000


def test_a_recursion_error_is_bounded() -> None:
    """Also when it is the cause of another exception."""

    def forever() -> None:
        forever()

    def wrap() -> None:
        try:
            forever()
        except RecursionError as error:
            raise ValueError("wrapped") from error

    stack = told(caught(wrap))["stacktrace"]
    assert "RecursionError" in stack
    assert "frames left out]" in stack
    assert stack.endswith("ValueError: wrapped\n")
    assert len(stack) < 100_000


@pytest.mark.parametrize("depth", [0, 1, 3, 4, 5, 50])
def test_a_stack_is_told_as_python_tells_it(depth: int) -> None:
    """Source lines, underlines and repeated lines, when frames are met first and when again."""

    def act() -> None:
        try:
            recurse(depth)
        except LookupError as error:
            raise ValueError("outer") from error

    error = caught(act)
    python = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    assert told(error)["stacktrace"] == told(error)["stacktrace"] == python


def test_a_name_is_suggested_where_python_does() -> None:
    """`Did you mean` needs the frames, which are there although their text is not asked for."""
    error = caught(lambda: [].apend(1))  # type: ignore[attr-defined]
    python = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    assert told(error)["stacktrace"] == python


def test_causes_and_contexts_are_told() -> None:
    """What led to an exception stands before it."""

    def act() -> None:
        try:
            try:
                raise OSError("first")
            except OSError:
                raise KeyError("second")  # noqa: B904
        except KeyError as error:
            raise ValueError("third") from error

    stack = told(caught(act))["stacktrace"]
    assert stack.index("first") < stack.index("second") < stack.index("third")
    assert "direct cause" in stack
    assert "During handling" in stack


def test_a_cycle_of_causes_ends() -> None:
    """Exceptions that are each other's cause are told once."""
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    assert told(first)["stacktrace"].count("ValueError: first") == 1


@pytest.mark.skipif(sys.version_info < (3, 11), reason="notes and groups came with Python 3.11")
def test_groups_and_notes_are_told() -> None:
    """Every exception of a group, and every note."""
    inner = caught(lambda: recurse(400))
    inner.add_note("a note")  # type: ignore[attr-defined,unused-ignore]
    group = vars(builtins)["ExceptionGroup"]("both", [inner, KeyError("other")])
    stack = told(group)["stacktrace"]
    for part in ("both", "deep", "a note", "other", "frames left out"):
        assert part in stack


def test_variables_are_not_told() -> None:
    """No value of a local variable is in the stack trace."""

    def act() -> None:
        password = "local-" + "value"
        raise ValueError(len(password))

    assert "local-value" not in told(caught(act))["stacktrace"]


def test_no_exception_is_none() -> None:
    """As `sys.exc_info()` outside a handler."""
    assert exception_of(None, None, None) is None
    assert exception_of(ValueError, None, None) is not None
