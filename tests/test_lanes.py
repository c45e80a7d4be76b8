"""Both lanes give the same line, and loguru's own behaviour is kept on both."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import loguru
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_laws import Folder
from test_plain import values

from anivault_loguru import _configure, configure, lanes, logger
from anivault_loguru._express import Logger

# Of the schemas, two each.
FIXED = ("timestamp", "seq", "@timestamp", "event.sequence", "Timestamp")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    configure(
        dir=tmp_path / "logs",
        level="TRACE",
        console={"enabled": False},
        metrics={"enabled": False},
    )
    return Folder(tmp_path / "logs")


@contextmanager
def plain_lane() -> Iterator[None]:
    """Close the express lane inside the block."""
    parts = lanes._parts
    assert lanes._lane is not None
    assert parts is not None
    lanes.close_lane()
    try:
        yield
    finally:
        lanes.open_lane(*parts)


@contextmanager
def in_python() -> Iterator[None]:
    """Let Python do inside the block what is compiled of the plain lane."""
    assert _configure._installed is not None
    board = _configure._installed.board
    parts, board.parts = board.parts, None
    try:
        yield
    finally:
        board.parts = parts


@contextmanager
def twins() -> Iterator[None]:
    """Let Python do inside the block what is compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lanes, "Method", None)
        lanes.renew_lane()
        try:
            yield
        finally:
            patch.undo()
            lanes.renew_lane()


def both(folder: Folder, act: Callable[[], object]) -> tuple[Any, Any]:
    """Do the same over either lane, often enough to meet its places again; return what came of it.

    That is what was written and what happened.
    """
    folder.fresh()

    def outcome() -> list[object]:
        found: list[object] = []
        for _ in range(3):
            try:
                found.append(act())
            except Exception as error:
                found.append((type(error), str(error)))
        return found

    express = outcome(), unstamped(folder.fresh())
    with twins():
        assert (outcome(), unstamped(folder.fresh())) == express
    with plain_lane():
        plain = outcome(), unstamped(folder.fresh())
        with in_python():
            assert (outcome(), unstamped(folder.fresh())) == plain
    return express, plain


def unstamped(written: dict[str, bytes]) -> dict[str, list[bytes]]:
    """The lines with time and number taken out, their bytes else as they are."""
    result: dict[str, list[bytes]] = {}
    for channel, data in written.items():
        result[channel] = []
        for line in data.splitlines():
            document = orjson.loads(line)
            document.update(document.get("Attributes", {}))
            fixed = [key for key in FIXED if key in document]
            assert len(fixed) == 2
            for key in fixed:
                text = orjson.dumps({key: document[key]})[1:-1]
                assert line.count(text) >= 1
                line = line.replace(text, b"", 1)  # noqa: PLW2901
            result[channel].append(line)
    return result


CALLS: dict[str, Callable[[], object]] = {
    "plain": lambda: logger.info("hello"),
    "positional": lambda: logger.info("a {} {}", 1, "b"),
    "keyword": lambda: logger.info("a {x}", x=1, y="z"),
    "not captured": lambda: logger.opt(capture=False).info("a {x}", x=1),
    "no braces": lambda: logger.info("a", 1, x=2),
    "misfit": lambda: logger.info("a {x}", y=2),
    "lone brace": lambda: logger.info("a }", y=2),
    "bound": lambda: logger.bind(component="cache", event="e", n=1).warning("b"),
    "bound ids": lambda: logger.bind(request_id=7, trace_id="t", span_id="s").error("b"),
    "deep": lambda: sorted([1], key=lambda _: logger.opt(depth=1).info("deep") or 0),
    "too deep": lambda: logger.opt(depth=10_000).info("deep"),
    "every level": lambda: [
        getattr(logger, name)("x")
        for name in ("trace", "debug", "info", "success", "warning", "error", "critical")
    ],
    "by name": lambda: logger.log("SUCCESS", "x {}", 1),
    "by number": lambda: logger.log(33, "x"),
    "unknown name": lambda: logger.log("NOPE", "x"),
    "unknown kind": lambda: logger.log(None, "x"),  # type: ignore[call-overload]
    "negative": lambda: logger.log(-1, "x"),
    "no message": lambda: logger.info(),  # type: ignore[call-overload]
    "a constant that is no text": lambda: logger.info(None),
    "odd message": lambda: logger.info(ValueError("told")),
    "odd message with arguments": lambda: logger.info(b"bytes {}", 1),  # type: ignore[call-overload]
    "odd component": lambda: logger.info("x", component=["tmdb"]),
    "surrogate": lambda: logger.info("\udc80 {}", "\ud800", k={"\udcff": 1}),
    "secret": lambda: logger.info("key {api_key}", api_key="a-secret-value"),
    "patched": lambda: logger.patch(lambda r: r["extra"].update(p=1)).info("x"),
    "lazy": lambda: logger.opt(lazy=True).info("{}", lambda: 7),
    "coloured": lambda: logger.opt(colors=True).info("<red>{}</red>", "x"),
    "raw": lambda: logger.opt(raw=True).info("x\n"),
    "record": lambda: logger.opt(record=True).info("{record[level].name}"),
    "wide": lambda: logger.info("{:>20000000}", 1),
    "loguru's": lambda: loguru.logger.bind(a=1).info("x {}", 1),
}


@pytest.mark.parametrize("call", CALLS)
def test_both_lanes_give_the_same_bytes(folder: Folder, call: str) -> None:
    """Line, channel, return value and exception are the same on both."""
    with logger.contextualize(request_id="ab12", shared=True):
        express, plain = both(folder, CALLS[call])
    assert express == plain


@pytest.mark.parametrize("schema", ["ecs", "otel"])
def test_both_lanes_give_the_same_bytes_in_every_schema(folder: Folder, schema: str) -> None:
    """With the fields that a schema puts elsewhere, and the ids there are."""
    off: dict[str, Any] = {"console": {"enabled": False}, "metrics": {"enabled": False}}
    configure(dir=folder.path, schema=schema, **off)
    bound = logger.bind(component="cache", trace_id="t", event="e.f", shared=(1, "two"))

    def act() -> None:
        logger.info("none")
        logger.info("one %", n=1)
        logger.info("some {n}", n=1, tags=["a", {"b": "}"}], size={}, path=Path("x"), at=1.5)
        bound.info("others {seq}", names={"x"}, seq=2, fields=[3], tags=(), odd='"]},{\\')
        logger.info("no JSON", big=2**70, tags=[1])
        logger.info("a secret", api_key=["hunter2"], tags=[1])

    express, plain = both(folder, act)
    assert express == plain
    assert len(express[1]["app"]) == 15
    assert len(express[1]["pipeline"]) == 3


def test_the_context_of_a_thread_is_the_same(folder: Folder) -> None:
    """Thread name and context come from the calling thread on both."""

    def act() -> None:
        def work() -> None:
            with logger.contextualize(n=1):
                logger.info("x")

        thread = threading.Thread(target=work, name="worker")
        thread.start()
        thread.join()

    express, plain = both(folder, act)
    assert express == plain
    assert b'"thread":"worker"' in express[1]["app"][0]


@pytest.mark.parametrize("name", [__name__, "", "tests"])
def test_disabled_modules_are_silent_on_both(folder: Folder, name: str) -> None:
    """disable and enable work before and after a module was met."""

    def act() -> None:
        logger.disable(name)
        logger.info("perhaps")
        logger.enable(name)
        logger.info("surely")

    express, plain = both(folder, act)
    assert express == plain
    assert express[1]["app"][-1].count(b"surely") == 1


texts = st.text(max_size=10)
extras = st.dictionaries(
    st.sampled_from(["component", "event", "request_id", "trace_id", "n", "password", "x"]),
    values | st.sampled_from(["cache", "tmdb"]),
    max_size=4,
)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    level=st.sampled_from(["TRACE", "INFO", "WARNING", "CRITICAL"]) | st.integers(0, 60),
    message=texts | st.sampled_from(["{}", "{x}", "{0} {x!r:>5}", "{"]),
    args=st.lists(values, max_size=2),
    kwargs=extras,
    bound=extras,
    shared=extras,
)
def test_any_plain_call_is_the_same_on_both(
    folder: Folder,
    level: Any,
    message: str,
    args: list[Any],
    kwargs: dict[str, Any],
    bound: dict[str, Any],
    shared: dict[str, Any],
) -> None:
    """Whatever is bound, contextualized, passed and formatted."""

    def act() -> None:
        with logger.contextualize(**shared):
            logger.bind(**bound).log(level, message, *args, **kwargs)

    express, plain = both(folder, act)
    assert express == plain


class Watched:
    """Counts what goes over the plain lane."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.plain = 0
        log = Logger._log

        def counted(*args: Any) -> None:
            self.plain += 1
            log(*args)

        monkeypatch.setattr(Logger, "_log", counted)


@pytest.fixture
def watched(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Watched:
    logger.info("loguru meets the module")
    return Watched(monkeypatch)


def test_plain_calls_are_express(watched: Watched, folder: Folder) -> None:
    """Levels, arguments, bind, contextualize, depth and capture do not leave the lane."""
    folder.fresh()
    with logger.contextualize(request_id="ab12"):
        logger.info("a {}", 1, x=2)
        logger.bind(n=1).error("b")
        logger.opt(depth=0, capture=False).warning("c {x}", x=1)
        logger.log("SUCCESS", "d")
    assert watched.plain == 0
    assert len(folder.fresh()["app"].splitlines()) == 4


def test_the_rest_is_not(watched: Watched) -> None:
    """Exceptions, patchers, colours, raw, lazy and record go by loguru."""
    for count, derived in enumerate(
        (
            logger.opt(exception=ValueError("x")),
            logger.opt(colors=True),
            logger.opt(raw=True),
            logger.opt(lazy=True),
            logger.opt(record=True),
            logger.patch(lambda record: None),
        ),
        1,
    ):
        derived.info("x")
        assert watched.plain == count


def test_a_foreign_sink_takes_only_its_levels(watched: Watched) -> None:
    """With a sink at ERROR an INFO call stays express; the error reaches both, and after it all."""
    seen: list[str] = []
    handler = logger.add(seen.append, level="ERROR", format="{message}")
    logger.info("a")
    assert (watched.plain, seen) == (0, [])
    logger.error("b")
    assert (watched.plain, seen) == (1, ["b\n"])
    logger.remove(handler)
    logger.error("c")
    assert (watched.plain, seen) == (1, ["b\n"])


def test_a_patcher_of_the_core_closes_the_lane(watched: Watched, folder: Folder) -> None:
    """Set through either logger: every record has to pass it."""
    for count, through in enumerate((logger, loguru.logger), 1):
        through.configure(patcher=lambda record: record["extra"].update(p=1))
        logger.info("x")
        assert watched.plain == count
    assert b'"fields":{"p":1}' in folder.fresh()["app"]


def test_handlers_removed_by_the_application_are_gone_on_the_lane(folder: Folder) -> None:
    """`logger.remove()` closes everything, one id one channel, on the lane too."""
    handlers = sorted(loguru.logger._core.handlers)  # type: ignore[attr-defined]
    folder.fresh()
    logger.remove(handlers[1])  # pipeline
    logger.bind(component="cache").error("x")
    assert list(folder.fresh()) == ["error"]
    logger.remove()
    logger.error("y")
    assert folder.fresh() == {}


def test_a_disabled_level_costs_a_call_that_does_nothing(tmp_path: Path) -> None:
    """Methods follow the least level of all handlers, also those that were taken before."""
    configure(dir=tmp_path / "logs", console={"enabled": False}, level="WARNING")
    seen: list[str] = []
    info = logger.info
    info("a")
    handler = loguru.logger.add(seen.append, level="INFO", format="{message}")
    info("b")
    loguru.logger.remove(handler)
    info("c")
    assert seen == ["b\n"]
    assert logger.debug("{}", 1) is None
    with pytest.raises(TypeError):
        logger.debug()  # type: ignore[call-overload]


def test_an_unknown_loguru_closes_the_lane(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where loguru is not the one we know, everything works by the plain lane."""
    monkeypatch.setattr(lanes, "MISFIT", "another loguru")
    configure(dir=folder.path, console={"enabled": False})
    assert lanes._lane is None
    logger.info("x", n=1)
    assert b'"fields":{"n":1}' in folder.fresh()["app"]


def test_the_installed_loguru_fits() -> None:
    """The lane is open with the loguru that the tests run with."""
    assert lanes.MISFIT == ""


def test_contextualize_is_a_decorator_and_restores(folder: Folder) -> None:
    """As in loguru: nested, recursive, and undone when an exception passes."""

    @logger.contextualize(request_id="r")
    def work(depth: int) -> None:
        logger.info("x", depth=depth)
        if depth:
            work(depth - 1)

    work(2)
    with pytest.raises(ValueError, match="x"), logger.contextualize(request_id="s"):
        raise ValueError("x")
    logger.info("after")
    lines = [orjson.loads(line) for line in folder.fresh()["app"].splitlines()]
    assert [line.get("request_id") for line in lines] == ["r", "r", "r", None]


@pytest.mark.parametrize("schema", ["native", "ecs", "otel"])
@pytest.mark.parametrize("fields", [{"n": 1}, {"nested": {"n": [1]}}, {"token": "x"}])
def test_a_secret_costs_no_record_in_any_schema(
    tmp_path: Path, schema: str, fields: dict[str, Any]
) -> None:
    """Met again, its place gives the line that it gave before, masked; by either lane."""
    off = {"enabled": False}
    configure(dir=tmp_path / "logs", schema=schema, console=off, metrics=off)
    folder, secret = Folder(tmp_path / "logs"), "ghp_" + "a1" * 18

    def act() -> None:
        logger.info(f"key {secret}", **fields)
        logger.info("key", key=secret, **fields)

    for lane in (nullcontext, twins):
        folder.fresh()
        with lane():
            for _ in range(6):
                act()
        lines = folder.fresh()["app"].splitlines()
        assert len(lines) == 12
        assert all(b"MASKED" in line and secret.encode() not in line for line in lines)
