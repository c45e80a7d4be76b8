"""The logger: loguru's API over loguru's core, unable to raise for its data."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from typing import Any

import loguru
import pytest
from conftest import Logs

from anivault_loguru import logger


class Broken:
    """An object that fails however it is asked for its text."""

    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        raise RuntimeError("no format")


@pytest.mark.parametrize(
    ("message", "args", "kwargs", "error"),
    [
        ("name {broken}", (), {"x": 1}, "KeyError"),
        ("a {} b {}", (1,), {}, "IndexError"),
        ("{", (1,), {}, "ValueError"),
        ("{x:d}", (), {"x": "text"}, "ValueError"),
        ("{x}", (), {"x": Broken()}, "RuntimeError"),
        ("{x.missing}", (), {"x": 1}, "AttributeError"),
    ],
)
def test_a_message_that_does_not_fit_is_written_as_given(
    logs: Logs, message: str, args: tuple[Any, ...], kwargs: dict[str, Any], error: str
) -> None:
    """Braces that do not fit the arguments cost nothing but a field that says so."""
    logger.info(message, *args, **kwargs)
    (line,) = logs.lines()
    assert line["message"] == message
    assert line["fields"]["format_error"].startswith(error)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (ValueError("told"), "told"),
        (b"bytes", "b'bytes'"),
        (None, "None"),
        (Broken(), "<Broken object that cannot be printed>"),
    ],
)
def test_a_message_need_not_be_text(logs: Logs, message: Any, text: str) -> None:
    """Any object can be logged as a message."""
    logger.info(message)
    (line,) = logs.lines()
    assert line["message"] == text
    assert line["fields"] == {}


def test_braces_without_arguments_are_plain_text(logs: Logs) -> None:
    """A message is a format string only when there are arguments, as in loguru."""
    logger.info("{not a field} [SubsPlease] {01}")
    assert logs.lines()[0]["message"] == "{not a field} [SubsPlease] {01}"


def test_the_callers_place_is_recorded(logs: Logs) -> None:
    """Function, line and logger are the application's, through bind, patch, opt and catch."""

    def here() -> None:
        logger.info("a {}", 1)
        logger.bind(a=1).patch(lambda record: None).warning("b")
        logger.opt(colors=True).info("<red>c</red>")
        logger.opt(lazy=True).info("{}", lambda: "d")
        loguru.logger.info("e")

    here()
    lines = logs.lines()
    assert [line["message"] for line in lines] == ["a 1", "b", "c", "d", "e"]
    first = here.__code__.co_firstlineno
    assert [line["line"] - first for line in lines] == [1, 2, 3, 4, 5]
    assert {line["function"] for line in lines} == {"here"}
    assert {line["logger"] for line in lines} == {__name__}


def test_depth_points_at_the_callers_caller(logs: Logs) -> None:
    """`opt(depth=1)` in a wrapper names the function that called it."""

    def wrapped() -> None:
        logger.opt(depth=1).info("x")

    def outer() -> None:
        wrapped()

    outer()
    assert logs.lines()[0]["function"] == "outer"


def test_derived_loggers_stay_ours() -> None:
    """bind, opt and patch return our class, where loguru's would name its own."""
    for derived in (logger.bind(a=1), logger.opt(lazy=True), logger.patch(lambda record: None)):
        assert type(derived) is type(logger)
    assert type(logger.bind(a=1).opt(raw=True).patch(lambda record: None)) is type(logger)


def test_any_keyword_can_be_bound(logs: Logs) -> None:
    """No keyword collides with a parameter of ours."""
    logger.bind(**{"self": 1, "_Logger__self": 2, "message": 3}).info("x")
    assert logs.lines()[0]["fields"] == {"self": 1, "_Logger__self": 2, "message": 3}


def test_unknown_levels_raise_as_in_loguru(logs: Logs) -> None:
    """A mistake in the code is not data: the level's error is loguru's own."""
    with pytest.raises(ValueError, match="Level 'NOPE' does not exist"):
        logger.log("NOPE", "x")
    with pytest.raises(TypeError, match="Invalid level"):
        logger.log(1.5, "x")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="positive integer"):
        logger.log(-1, "x")


def test_custom_levels_are_written_under_their_name(logs: Logs) -> None:
    """A level that the application made, and a bare number, arrive as in loguru."""
    try:
        logger.level("AUDIT", no=35, color="<red>")
    except (TypeError, ValueError):
        logger.level("AUDIT", color="<red>")  # made by an earlier run: levels can't be removed
    logger.log("AUDIT", "named")
    logger.log(33, "numbered")
    assert [line["level"] for line in logs.lines()] == ["AUDIT", "Level 33"]


def test_a_failing_patcher_does_not_cost_the_record(logs: Logs) -> None:
    """The record is written without the patcher, and says what happened."""

    def patcher(record: Any) -> None:
        raise LookupError("mine")

    logger.patch(patcher).info("kept")
    (line,) = logs.lines()
    assert line["message"] == "kept"
    assert line["fields"] == {"format_error": "LookupError: mine"}


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (lambda record: record.update(level="x"), "level"),
        (lambda record: record.pop("level"), "level"),
        (lambda record: record.pop("extra"), "extra"),
        (lambda record: record.update(extra=None), "extra"),
        (lambda record: record.pop("time"), "time"),
        (lambda record: record.clear(), "elapsed, exception, extra"),
    ],
)
@pytest.mark.parametrize("of_the_core", [False, True])
def test_a_record_that_a_patcher_damages_is_mended(
    logs: Logs, damage: Callable[[Any], None], named: str, of_the_core: bool
) -> None:
    """What the record can't be without is put back, and the line says what was damaged."""
    got: list[str] = []
    logger.add(got.append, format="{level.name} {message}", catch=False)
    if of_the_core:
        logger.configure(patcher=damage)
        logger.bind(n=1).info("kept")
    else:
        logger.bind(n=1).patch(damage).info("kept")
    (line,) = logs.lines()
    assert (line["level"], line["message"], line["fields"]["n"]) == ("INFO", "kept", 1)
    assert line["fields"]["format_error"].startswith(f"a patcher damaged {named}")
    assert got == ["INFO kept\n"]


def test_a_failing_lazy_argument_does_not_cost_the_record(logs: Logs) -> None:
    """What a lazy function raises does not reach the application."""
    logger.opt(lazy=True).info("value {}", lambda: 1 / 0)
    (line,) = logs.lines()
    assert line["message"] == "value {}"
    assert line["fields"]["format_error"].startswith("ZeroDivisionError")


def test_an_argument_may_log_while_it_is_formatted(logs: Logs) -> None:
    """Both records are written, the inner one first."""

    class Chatty:
        def __str__(self) -> str:
            logger.info("inner")
            return "chatty"

    logger.info("outer {}", Chatty())
    assert [line["message"] for line in logs.lines()] == ["inner", "outer chatty"]


def test_a_disabled_module_formats_nothing(logs: Logs) -> None:
    """`logger.disable` silences before any argument is looked at."""
    asked: list[int] = []

    class Costly:
        def __str__(self) -> str:
            asked.append(1)
            return ""

    logger.disable(__name__)
    try:
        logger.info("{}", Costly())
    finally:
        logger.enable(__name__)
    assert logs.lines() == []
    assert asked == []


def test_interrupts_pass_through(logs: Logs) -> None:
    """An exception that is no `Exception` is not the log's to swallow."""

    class Interrupting:
        def __str__(self) -> str:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        logger.info("{}", Interrupting())


def test_a_sink_with_catch_false_still_raises(logs: Logs) -> None:
    """A user's sink that asked for its exceptions gets them, and no record is written twice."""

    def sink(message: Any) -> None:
        raise LookupError("theirs")

    logger.add(sink, catch=False)
    with pytest.raises(LookupError, match="theirs"):
        logger.info("x")
    assert len(logs.lines()) == 1


def test_added_sinks_do_not_print_variables(logs: Logs) -> None:
    """`diagnose` is off unless asked for: it would print the values of local variables."""
    stream = io.StringIO()
    logger.add(stream, format="{message}")
    password = "local-value"
    try:
        raise ValueError(len(password))  # `diagnose` would print the value below this line
    except ValueError:
        logger.exception("failed")
    assert "ValueError" in stream.getvalue()
    assert "local-value" not in stream.getvalue()


def test_a_pickled_logger_keeps_what_was_bound(logs: Logs) -> None:
    """A logger that travels to another process keeps its extra and uses that process's core."""
    twin = pickle.loads(pickle.dumps(logger.bind(component="cache", n=1)))
    twin.info("x")
    (line,) = logs.lines("pipeline")
    assert (line["component"], line["fields"]) == ("cache", {"n": 1})


def test_kwargs_are_captured_unless_told_otherwise(logs: Logs) -> None:
    """`opt(capture=False)` formats with the keyword arguments and keeps them out of the fields."""
    logger.info("{n}", n=1)
    logger.opt(capture=False).info("{n}", n=2)
    assert [(line["message"], line["fields"]) for line in logs.lines()] == [
        ("1", {"n": 1}),
        ("2", {}),
    ]


def test_the_first_call_of_a_module_keeps_what_the_schema_names(logs: Logs) -> None:
    """loguru meets a module with its first call, which has event and request id like any other."""
    code = compile("logger.info('{n}', n=1, event='e', request_id='r')", "new.py", "exec")
    for _ in range(3):
        exec(code, {"__name__": "never_met_before", "logger": logger})
    found = [(line["event"], line.get("request_id"), line["fields"]) for line in logs.lines()]
    assert found == [("e", "r", {"n": 1})] * 3


def test_markup_in_user_data_is_text(logs: Logs) -> None:
    """`<red>` is markup only where `opt(colors=True)` made it so, and not in arguments."""
    logger.info("<red>{}</red>", "<b>x</b>")
    logger.opt(colors=True).info("<red>{}</red>", "<b>x</b>")
    assert [line["message"] for line in logs.lines()] == ["<red><b>x</b></red>", "<b>x</b>"]
