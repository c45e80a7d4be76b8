"""Moulds: a place that is met again gives the line it would have given the first time."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import loguru
import orjson
import pytest
from conftest import Logs

from anivault_loguru import _configure, configure, logger, register_secret
from anivault_loguru.context import Parent
from anivault_loguru.entry import NATIVE, Layout
from anivault_loguru.mould import cut, holes_of, mould_of
from anivault_loguru.scope import Scope, Scopes

NAMES = ("timestamp", "seq", "run", "process")


def told(line: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in line.items() if key not in NAMES}


def thrice(act: Callable[[Any], object], *values: Any) -> None:
    """Meet a place twice with the first value, so that the others are poured into its mould."""
    for value in (values[0], values[0], *values):
        act(value)


def scope_of(**bound: str) -> Scope:
    scopes = Scopes(Parent(), lambda text: True)
    return scopes.of(logger.bind(**bound))  # type: ignore[arg-type]


@pytest.mark.parametrize("schema", ["native", "ecs", "otel"])
def test_each_schema_has_moulds(tmp_path: Path, schema: str) -> None:
    """No key of its takes the masker in, which would make each line twice: ten times the time."""
    off = {"enabled": False}
    configure(dir=tmp_path / "logs", schema=schema, console=off, metrics=off)
    preset = _configure._installed
    assert preset is not None
    levels = (("TRACE", 5), ("INFO", 20), ("WARNING", 30))
    for component, event in (("app", "log"), ("tmdb", "api.request"), ("cache", "cache.hit")):
        scopes = Scopes(Parent(), preset.seal.clean)
        scope = scopes.of(logger.bind(component=component, event=event, request_id="ab12"))  # type: ignore[arg-type]
        for level, level_no in levels:
            way = preset.board.way(component, 40)
            assert mould_of(preset.seal, way, scope, level, level_no, ("a.b", "f", 3))


def test_a_mould_is_the_line_with_holes() -> None:
    """Whatever is poured in stands where the document would have put it, percent signs too."""
    scope = scope_of(request_id="r", event="100%")
    line = cut(NATIVE, scope, "INFO", 20, "a%b", "f", 3, 4, "run")
    assert line is not None
    template, pick, order = holes_of(line)
    assert (pick, order) == (None, b"")
    poured = template % (b'"T"', b'"M"', b'"r"', b'{"n":1}', b'"main"', 7)
    document = NATIVE.document(
        *("T", "INFO", 20, "app", "100%", "M", "r", None, None, {"n": 1}),
        *("a%b", "f", 3, 4, "main", "run", 7, None),
    )
    assert poured == orjson.dumps(document) + b"\n"


def test_a_layout_may_have_another_order() -> None:
    """A schema that puts the values elsewhere, or one of them twice, gets them so."""

    def document(stamp: Any, level: str, *rest: Any) -> dict[str, Any]:
        message, fields, thread, seq = rest[3], rest[7], rest[12], rest[14]
        return {"n": seq, "t": thread, "m": message, "f": fields, "at": stamp, "seen": stamp}

    layout = Layout(NATIVE.stamp, NATIVE.stamped, None, document)
    line = cut(layout, scope_of(), "INFO", 20, "a", "f", 3, 4, "run")
    assert line is not None
    template, pick, order = holes_of(line)
    assert pick is not None
    assert list(order) == [4, 3, 1, 2, 0, 0]
    poured = template % pick((b'"T"', b'"M"', b"{}", b'"main"', 7))
    assert poured == b'{"n":7,"t":"main","m":"M","f":{},"at":"T","seen":"T"}\n'


@pytest.mark.parametrize("name", ["\0", "\x000", "a\x007b"])
def test_a_name_that_looks_like_a_mark_gets_no_mould(logs: Logs, name: str) -> None:
    """The places of the values could not be told from it: the record is laid out as a whole."""
    assert cut(NATIVE, scope_of(), "INFO", 20, name, "f", 1, 1, "run") is None
    bound = logger.bind(component=name)
    thrice(bound.info, "a", "b")
    assert [line["component"] for line in logs.lines()] == [name] * 4


@pytest.mark.parametrize(
    "values", [("a", "b"), ("a", None, 3, b"x"), ("a", "\udc80"), ("a", "\x9b")]
)
def test_any_message_fits(logs: Logs, values: tuple[Any, ...]) -> None:
    """Text, no text, what JSON refuses, control characters."""
    thrice(logger.info, *values)
    alone = logger.bind()
    messages = [line["message"] for line in logs.lines()]
    for value in values:
        alone.info(value)
    assert messages[2:] == [line["message"] for line in logs.lines()][-len(values) :]


def test_fields_of_all_kinds_follow(logs: Logs) -> None:
    """Bound, around and given values, in that order, a later one in the place of an earlier."""
    with logger.contextualize(a=1, request_id="r"):
        bound = logger.bind(b=2, a=3)
        thrice(lambda n: bound.info("x", c=n, b=4), 1, [2], {"d": float("nan")}, {1})
    assert [line["fields"] for line in logs.lines()][2:] == [
        {"a": 3, "b": 4, "c": 1},
        {"a": 3, "b": 4, "c": [2]},
        {"a": 3, "b": 4, "c": {"d": None}},
        {"a": 3, "b": 4, "c": [1]},
    ]


def test_a_call_may_name_component_and_event(logs: Logs) -> None:
    """Given with the call they route the record, and the message may be formatted with them."""
    thrice(lambda n: logger.info("{event} {n}", component="cache", event="e", n=n), 1, 2)
    assert [line["message"] for line in logs.lines("pipeline")] == ["e 1", "e 1", "e 1", "e 2"]
    assert all(line["event"] == "e" for line in logs.lines("pipeline"))
    assert [line["fields"] for line in logs.lines("pipeline")][2:] == [{"n": 1}, {"n": 2}]


def test_ids_may_change_from_call_to_call(logs: Logs) -> None:
    """Request, trace and span, there or not, around, bound or given."""

    def act(ids: dict[str, Any]) -> None:
        with logger.contextualize(**ids):
            logger.info("x")

    given = [{}, {"request_id": "r"}, {"request_id": "s", "trace_id": "t"}, {"request_id": 7}]
    for ids in given:
        thrice(act, ids)
    written = [line.get("request_id") for line in logs.lines()]
    assert written == [None] * 3 + ["r"] * 3 + ["s"] * 3 + ["7"] * 3
    assert [line.get("trace_id") for line in logs.lines()][6:9] == ["t"] * 3


def test_a_secret_is_masked_in_a_place_that_was_clean(logs: Logs) -> None:
    """In the message, in a field, in an id, and a value that is registered only now."""

    def act(given: tuple[str, str]) -> None:
        message, value = given
        with logger.contextualize(request_id=value):
            logger.info(message, n=value)

    thrice(act, ("a", "b"), ("password=hunter2-hunter2", "b"), ("a", "hunter3-hunter3"))
    register_secret("hunter3-hunter3")
    act(("a", "hunter3-hunter3"))
    act(("hunter3-hunter3", "b"))
    lines = (logs.folder / "app.log").read_text("utf-8").splitlines()
    assert "hunter2" not in "".join(lines)
    assert "hunter3" in lines[4]
    assert "hunter3" not in "".join(lines[5:])


def test_a_literal_that_becomes_a_secret_is_masked(logs: Logs) -> None:
    """A message that was found clean is looked at again when more is to be masked."""
    for n in range(5):
        if n == 3:
            register_secret("open sesame")
        logger.info("say open sesame now")
    assert [line["message"] for line in logs.lines()] == [
        *["say open sesame now"] * 3,
        *["say ***MASKED*** now"] * 2,
    ]


def test_an_id_that_becomes_a_secret_is_masked(logs: Logs) -> None:
    """What stands around a call is looked at again, too."""
    with logger.contextualize(request_id="swordfish-7"):
        for n in range(5):
            if n == 3:
                register_secret("swordfish-7")
            logger.info("x")
    ids = [line["request_id"] for line in logs.lines()]
    assert ids == ["swordfish-7"] * 3 + ["***MASKED***"] * 2


def test_a_module_disabled_later_is_silent(logs: Logs) -> None:
    """loguru's disable and enable hold for places that were met."""
    for n in range(6):
        if n == 3:
            logger.disable(__name__)
        if n == 5:
            logger.enable(__name__)
        logger.info("{}", n)
    assert [line["message"] for line in logs.lines()] == ["0", "1", "2", "5"]


def test_the_extra_of_the_core_may_change(logs: Logs) -> None:
    """`configure(extra=...)` through either logger."""
    for n in range(6):
        if n == 3:
            loguru.logger.configure(extra={"a": 1})
        if n == 5:
            logger.configure(extra={})
        logger.info("x")
    fields = [line["fields"] for line in logs.lines()]
    assert fields == [{}, {}, {}, {"a": 1}, {"a": 1}, {}]


def test_a_value_that_changes_is_written_as_it_is_then(logs: Logs) -> None:
    """What is bound is remembered as an object, not as its text."""
    seen: list[int] = []
    bound = logger.bind(seen=seen)
    for n in range(4):
        seen.append(n)
        bound.info("x")
    assert [len(line["fields"]["seen"]) for line in logs.lines()] == [1, 2, 3, 4]


def test_a_thread_may_be_renamed(logs: Logs) -> None:
    """Its name is asked for with each record."""

    def work() -> None:
        for n in range(5):
            if n == 3:
                threading.current_thread().name = "renamed"
            logger.info("x")

    thread = threading.Thread(target=work, name="worker")
    thread.start()
    thread.join()
    assert [line["thread"] for line in logs.lines()] == ["worker"] * 3 + ["renamed"] * 2


def test_one_code_in_two_modules(logs: Logs) -> None:
    """The module is that of the call, not the one in which the code was met."""
    code = compile("logger.info('x')", "<code>", "exec")
    for name in ["one"] * 3 + ["two"] * 3 + ["one"]:
        exec(code, {"__name__": name, "logger": logger})
    assert [line["logger"] for line in logs.lines()] == ["one"] * 3 + ["two"] * 3 + ["one"]


def test_code_that_comes_and_goes(logs: Logs) -> None:
    """New code at the address of code that is gone does not get its line."""
    for n in range(300):
        exec(
            f"def f{n}():\n  for _ in range(3): logger.info('m{n}')\nf{n}()",
            {"logger": logger, "__name__": "m"},
        )
    lines = logs.lines()
    assert [line["message"] for line in lines] == [f"m{n // 3}" for n in range(900)]
    assert [line["function"] for line in lines] == [f"f{n // 3}" for n in range(900)]


def test_two_calls_on_one_line(logs: Logs) -> None:
    """A place is a call, not a line."""
    for _ in range(4):
        logger.info("a"), logger.info("b")
    assert [line["message"] for line in logs.lines()] == ["a", "b"] * 4


def test_a_call_at_many_levels(logs: Logs) -> None:
    """One call that logs at a level of the moment."""
    levels = ["INFO", "WARNING", "ERROR"] * 4
    for level in levels:
        logger.log(level, "x")
    assert [line["level"] for line in logs.lines()] == levels


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_is_a_process_of_its_own(logs: Logs) -> None:
    """Run, process and number of a place that the parent met are the child's."""
    for n in range(6):
        child = os.fork() if n == 3 else None
        logger.info("{}", n)
        if child == 0:
            os._exit(0)
        if child:
            os.waitpid(child, 0)
    lines = [line for line in logs.lines() if line["event"] == "log"]  # Pythons warn of forks
    parent = [line for line in lines if line["process"] == os.getpid()]
    (one,) = [line for line in lines if line["process"] != os.getpid()]
    assert [line["message"] for line in parent] == list("012345")
    assert one["message"] == "3"
    assert one["run"] != parent[0]["run"]
    assert one["seq"] <= 2


@pytest.mark.parametrize("limit", [1000, 3000, 20_000])
def test_a_line_is_cut_at_the_same_size(logs: Logs, limit: int) -> None:
    """A small `max_record_bytes` holds for places that were met too."""
    configure(
        dir=logs.folder,
        max_record_bytes=limit,
        console={"enabled": False},
        metrics={"enabled": False},
    )
    ids = dict.fromkeys(["request_id", "trace_id", "span_id"], "\x01" * 100)
    with logger.contextualize(**ids):
        thrice(lambda size: logger.info("x" * size, y="y" * size), 1, 300, 600, limit // 2, limit)
    written = (logs.folder / "app.log").read_bytes().splitlines(keepends=True)
    assert max(map(len, written)) <= limit
    numbers = [line["seq"] for line in logs.lines()]
    assert numbers == list(range(numbers[0], numbers[0] + 7))
    assert sum("record_cut" in line["fields"] for line in logs.lines()) >= 1


@pytest.mark.parametrize("depth", [90, 98, 99, 100, 101, 240, 252, 253, 254, 255, 300])
def test_deep_values_are_cut_at_the_same_depth(logs: Logs, depth: int) -> None:
    """A nested value reads the same when a place is met first and when it is met again."""
    value: Any = 1
    for _ in range(depth):
        value = [value]
    thrice(lambda n: logger.info("x", n=n), 1, value)
    logger.bind(n=value).info("x")
    again, alone = logs.lines()[-2:]
    assert again["fields"] == alone["fields"]


def test_places_beyond_the_limit_are_forgotten(logs: Logs) -> None:
    """Names that come from data fill no memory, and every record is right."""
    for n in range(3000):
        logger.bind(event=f"e{n % 1500}").info("x")
    assert [line["event"] for line in logs.lines()] == [f"e{n % 1500}" for n in range(3000)]


class _Interrupting:
    """A value that JSON lacks, and that is interrupted when it is asked for its text."""

    def __init__(self, interrupt: Callable[[], None]) -> None:
        self._interrupt = interrupt

    def __str__(self) -> str:
        self._interrupt()
        return "told"


class _TimedOut(Exception):
    pass


@pytest.mark.skipif(not hasattr(signal, "raise_signal"), reason="needs raise_signal")
@pytest.mark.parametrize("error", [KeyboardInterrupt, _TimedOut, TimeoutError])
def test_an_interruption_while_a_value_is_encoded_passes(
    logs: Logs, error: type[BaseException]
) -> None:
    """In a field and as a message, when a place is met first and when it is met again."""

    def handler(*_: object) -> None:
        raise error

    def act(given: object) -> None:
        logger.info("x", n=given)

    def say(given: object) -> None:
        logger.info(given)

    def fill(given: object) -> None:
        logger.info("{}", given)

    before = signal.signal(signal.SIGUSR1, handler)
    value = _Interrupting(lambda: signal.raise_signal(signal.SIGUSR1))
    calm = _Interrupting(lambda: None)
    try:
        for log in (act, say, fill):
            with pytest.raises(error):
                log(value)
            for _ in range(3):
                log(calm)
            with pytest.raises(error):
                log(value)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert len(logs.lines()) == 9
