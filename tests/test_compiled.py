"""The compiled methods: what only they can get wrong; that they log as their twins, see lanes."""

from __future__ import annotations

import gc
import inspect
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from time import time_ns
from typing import Any

import orjson
import pytest
from conftest import Logs
from hypothesis import given, settings
from hypothesis import strategies as st
from test_plain import values

from anivault_loguru import _configure, compiled, configure, lanes, layouts, logger, metrics
from anivault_loguru._express import Logger
from anivault_loguru.instruments import Counter
from anivault_loguru.letters import LETTERS
from anivault_loguru.live import Live
from anivault_loguru.metrics import Registry
from anivault_loguru.mould import Mould
from anivault_loguru.scan import Scan
from anivault_loguru.schemas import TAKEN
from anivault_loguru.scope import Scope
from anivault_loguru.writer import Writer, appending

pytestmark = pytest.mark.skipif(compiled.Method is None, reason="nothing is compiled here")


class Unprintable:
    def __format__(self, spec: str) -> str:
        raise RuntimeError("no format")


class Cancelled:
    def __format__(self, spec: str) -> str:
        raise KeyboardInterrupt


def cancelled() -> None:
    with pytest.raises(KeyboardInterrupt):
        logger.info("a {}", Cancelled())


def unsaid() -> None:
    with pytest.raises(TypeError, match="message"):
        logger.info()  # type: ignore[call-overload]


bound = logger.bind(component="cache", request_id="ab12", shared=1)
deeper = logger.opt(depth=1)
CALLS: dict[str, Callable[[], object]] = {
    "literal": lambda: logger.info("hello"),
    "arguments": lambda: logger.info("a {} {x}", 1, x="y"),
    "fields": lambda: logger.info("a", n=1, name="é"),
    "made": lambda: logger.info(f"made {os.getpid()}"),
    "bound": lambda: bound.info("b", n=2),
    "bound anew": lambda: logger.bind(n=1).info("b"),
    "named": lambda: logger.info("c", event="e.f", component="tmdb"),
    "deeper": lambda: deeper.info("d"),
    "unprintable": lambda: logger.info("a {}", Unprintable()),
    "cancelled": cancelled,
    "not JSON": lambda: logger.info("a {}", "\udc80", key={1, 2}, big=2**70),
    "a secret": lambda: logger.info("token {}", "ghp_" + "a1" * 18),
    "long": lambda: logger.info("a" * 600),
    "off": lambda: logger.debug("off"),
    "no message": unsaid,
}


@pytest.mark.parametrize("lane", ["express", "plain"])
@pytest.mark.parametrize("call", CALLS)
def test_nothing_is_kept_of_a_call(logs: Logs, call: str, lane: str) -> None:
    """Each reference is let go of, whatever way the call takes."""
    configure(dir=logs.folder, console={"enabled": False}, metrics={"enabled": False})
    if lane == "plain":
        lanes.close_lane()
    act = CALLS[call]

    def blocks() -> int:
        for _ in range(1500):
            act()
        gc.collect()
        return sys.getallocatedblocks()

    def growth() -> int:
        before = blocks()
        return blocks() - before

    blocks()
    # Figures are folded in batches, so the count breathes.
    assert any(growth() < 1000 for _ in range(3))


@pytest.mark.parametrize("schema", ["ecs", "otel"])
def test_nothing_is_kept_of_fields(logs: Logs, schema: str) -> None:
    """Wherever a schema puts them, and where they cannot be poured."""
    off = {"enabled": False}
    configure(dir=logs.folder, console=off, metrics=off, schema=schema)
    kept: list[Any] = ["a", {"b": 1}]
    odd: tuple[Any, ...] = (1, {2})

    def act() -> None:
        logger.info("a", n=1, path="x")
        logger.info("b", n=1, tags=kept, names=("x", "y"))
        logger.info("c", odd=odd, seq=kept)
        logger.info("d", tags=kept, big=2**70)

    def blocks() -> int:
        for _ in range(500):
            act()
        gc.collect()
        return sys.getallocatedblocks()

    def growth() -> int:
        before = blocks()
        return blocks() - before

    blocks()
    before = sys.getrefcount(kept), sys.getrefcount(odd)
    assert any(growth() < 400 for _ in range(3))
    assert (sys.getrefcount(kept), sys.getrefcount(odd)) == before


class Text(str):
    """No `str`, and so nothing that is read without being asked."""

    __slots__ = ()


TABLES = [
    (layouts._labels, layouts._poured_labels),
    (layouts._attributes, layouts._poured_attributes),
]
names = st.text(max_size=5) | st.sampled_from([*sorted(TAKEN), '"', "\\", Text("text"), 7])


def poured(table: Callable[[dict[str, Any]], bytes], fields: dict[str, Any]) -> object:
    try:
        return table(fields)
    except orjson.JSONEncodeError as error:
        return str(error)


@settings(max_examples=100)
@given(
    st.dictionaries(
        names, values | st.sampled_from([(1, "two"), ((),), {1}, Text("x")]), max_size=5
    )
)
def test_fields_are_poured_as_by_the_twins(fields: Any) -> None:
    """Whatever they are and are named."""
    for table, twin in TABLES:
        assert isinstance(table, compiled.Table or type)
        assert poured(table, fields) == poured(twin, fields)


def test_no_fields_are_poured_as_by_the_twins() -> None:
    """Nor is what Python has of one byte, and shares, written to."""
    for table, twin in TABLES:
        assert table({}) == twin({})
    assert [bytes([code])[0] for code in range(256)] == list(range(256))


@pytest.mark.parametrize("count", [31, 32, 33, 200])
def test_many_fields_are_poured_as_by_the_twins(count: int) -> None:
    """More than are kept apart at once, too."""
    fields: dict[str, Any] = {f"f{number}": [number] for number in range(count)}
    for table, twin in TABLES:
        assert table(fields) == twin(fields)
        assert table({"n": 1, **fields, "m": 2}) == twin({"n": 1, **fields, "m": 2})


@pytest.mark.parametrize(
    "text", [b"", b'"', b'"\\', b"[", b"{", b"1,", b"}", b'1,"b":[', b'[],"b":2', b"]]]"]
)
def test_what_is_no_json_is_the_twin_s(text: bytes) -> None:
    """A piece that is put in as it is ends nowhere beyond it."""
    for table, twin in TABLES:
        for fields in (
            {"a": orjson.Fragment(text), "c": [1]},
            {"c": [1], "a": orjson.Fragment(text)},
        ):
            try:
                expected: object = twin(fields)
            except orjson.JSONDecodeError as error:
                expected = str(error)
            try:
                found: object = table(fields)
            except orjson.JSONDecodeError as error:
                found = str(error)
            assert found == expected


def test_fields_that_change_while_they_are_encoded(logs: Logs) -> None:
    """Who puts more there meanwhile gets what the twin gives then."""

    class Adds:
        def __init__(self, fields: dict[str, Any]) -> None:
            self.fields = fields

        def __str__(self) -> str:
            for number in range(100):
                self.fields[f"more{number}"] = [number]
            return "added"

    found = []
    for table in TABLES[0]:
        fields: dict[str, Any] = {}
        fields.update(adds=Adds(fields), tags=[1])
        found.append(table(fields))
    assert found[0].startswith(b'{"adds":"added"}')
    assert found[0] == found[1]


def test_a_table_is_made_of_what_fits() -> None:
    """A set of names or a key; called with anything but fields, the twin answers."""
    assert compiled.Table is not None
    with pytest.raises(TypeError, match="names or a key"):
        compiled.Table(print, [], print, print, 0)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        layouts._labels()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        layouts._attributes({}, {})  # type: ignore[call-arg]


@pytest.mark.parametrize("lane", ["express", "plain"])
def test_nanoseconds_are_written_without_python(
    logs: Logs, monkeypatch: pytest.MonkeyPatch, lane: str
) -> None:
    """Once a second the stamp is asked for; the digits after it are the time's."""
    asked: list[int] = []
    made = layouts._as_json

    def counted(time: int) -> bytes:
        asked.append(time)
        return made(time)

    monkeypatch.setattr(layouts, "_as_json", counted)
    off = {"enabled": False}
    configure(dir=logs.folder, console=off, metrics=off, schema="otel")
    if lane == "plain":
        lanes.close_lane()
    begun = time_ns()
    for _ in range(300):
        logger.info("x")
    ended = time_ns()
    times = [int(line["Timestamp"]) for line in logs.lines()]
    assert times == sorted(times)
    assert begun // 1000 * 1000 <= times[0] <= times[-1] <= ended
    assert len(asked) <= 10 + (ended - begun) // 10**9


def test_values_are_given_back(logs: Logs) -> None:
    """A message, a field and a logger are referred to as often as before."""
    message, value, own = f"made {os.getpid()}", f"value {os.getpid()}", logger.bind(n=1)
    for _ in range(5):
        own.info(message, key=value)
    before = [sys.getrefcount(it) for it in (message, value, own, None)]
    for _ in range(100):
        own.info(message, key=value)
    after = [sys.getrefcount(it) for it in (message, value, own, None)]
    assert all(abs(a - b) < 10 for a, b in zip(after, before, strict=True))


def test_a_method_looks_like_its_twin() -> None:
    """Name, signature and text are a method's; it can be bound, wrapped and pickled."""
    assert logger.info.__name__ == "info"
    assert "Log with level INFO" in str(logger.info.__doc__)
    assert inspect.ismethod(logger.info)
    assert list(inspect.signature(logger.info).parameters) == ["message", "args", "kwargs"]
    assert list(inspect.signature(Logger.info).parameters)[1:] == ["message", "args", "kwargs"]
    assert pickle.loads(pickle.dumps(logger.info)).__func__ is Logger.info
    assert Logger.info.__get__(None, Logger) is Logger.info
    with pytest.raises(AttributeError, match="nothing"):
        logger.info.nothing  # type: ignore[attr-defined]


def test_a_method_is_called_as_a_function(logs: Logs) -> None:
    """On the class, with arguments in a list, and by what calls with positions and names."""
    for _ in range(3):
        Logger.info(logger, "on the class")
        logger.info(*["in a list {}", 1], **{"n": 2})
        list(map(logger.info, ["mapped"]))
    assert [line["message"] for line in logs.lines()] == [
        "on the class",
        "in a list 1",
        "mapped",
    ] * 3
    with pytest.raises(TypeError, match="message"):
        logger.info()  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="message"):
        logger.debug()  # type: ignore[call-overload]


def test_a_subclass_asks_python(logs: Logs) -> None:
    """Only our own class has its values where they are looked for."""

    class Other(Logger):
        pass

    other = Other(logger._core, *logger._options)  # type: ignore[attr-defined]
    for _ in range(3):
        other.info("other")
    assert len(logs.lines()) == 3


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    """A class without the slots, parts of another kind, several lines at once: a `TypeError`."""
    assert compiled.Method is not None
    assert compiled.Append is not None
    writer = Writer(str(tmp_path / "x.log"))
    for wrong in (int, 1):
        with pytest.raises(TypeError):
            compiled.Append(writer, wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        compiled.Method(print, Logger, Scope, 1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="slot"):
        compiled.Method(print, Logger, Mould, Scope)
    method = compiled.Method(print, Logger, Scope, Mould)
    with pytest.raises(TypeError, match="Parts"):
        method.arm((1, 2))
    append = compiled.Append(writer, Live)
    with pytest.raises(TypeError, match="one line"):
        append(b"", b"")  # type: ignore[call-arg]
    append(b"whole\n")
    assert (tmp_path / "x.log").read_bytes() == b"whole\n"


def test_a_line_that_is_no_bytes_is_python_s_to_refuse(tmp_path: Path) -> None:
    """The error is the writer's own."""
    append = appending(Writer(str(tmp_path / "x.log")))
    append(b"first\n")
    with pytest.raises(TypeError):
        append("text\n")  # type: ignore[arg-type]
    append(b"last\n")
    assert (tmp_path / "x.log").read_bytes() == b"first\nlast\n"


def test_methods_are_rearmed_under_running_calls(logs: Logs) -> None:
    """Sinks come and go while other threads log: each line is there once."""
    done = threading.Event()

    def log(name: int) -> None:
        for number in range(1500):
            logger.info("a {} {}", name, number)

    def change() -> None:
        while not done.is_set():
            logger.remove(logger.add(lambda message: None, level="ERROR"))

    changing = threading.Thread(target=change)
    logging = [threading.Thread(target=log, args=(name,)) for name in range(4)]
    changing.start()
    for thread in logging:
        thread.start()
    for thread in logging:
        thread.join()
    done.set()
    changing.join()
    messages = [line["message"] for line in logs.lines()]
    assert len(messages) == len(set(messages)) == 6000


def test_two_modules_share_one_code(logs: Logs) -> None:
    """One function under two names of modules logs with the name of each."""
    code = compile("def act():\n    logger.info('x')", "shared.py", "exec")
    acts = []
    for name in ("first", "second"):
        module: dict[str, object] = {"__name__": name, "logger": logger}
        exec(code, module)
        acts.append(module["act"])
    for _ in range(4):
        for act in acts:
            act()  # type: ignore[operator]
    assert [line["logger"] for line in logs.lines()] == ["first", "second"] * 4


def test_python_can_be_asked_for() -> None:
    """With `ANIVAULT_LOGURU_PURE`, nothing compiled is loaded."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from anivault_loguru import logger; import anivault_loguru.compiled as c\n"
            "assert c.Method is c.Append is None\n"
            "assert 'anivault_loguru._speedups' not in sys.modules",
        ],
        env={**os.environ, "ANIVAULT_LOGURU_PURE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_lane_arms_the_methods() -> None:
    """Otherwise all of this tests the twins."""
    assert isinstance(Logger.__dict__["info"], compiled.Method or type)


def test_a_counter_is_moved_as_by_its_twin() -> None:
    """Without labels it is compiled; a value, labels, a new name and an odd one are Python's."""
    assert compiled.Increment is not None
    registries = Registry(), Registry()
    compiled_one = compiled.Increment(registries[0].increment, registries[0]._counters, Counter)
    for increment in (compiled_one, registries[1].increment):
        for _ in range(3):
            increment("plain")
            increment("valued", 2)
            increment("valued", value=0.5)
            increment("labelled", kind="a")
            increment("")
            increment(7)  # type: ignore[arg-type]
            increment([])  # type: ignore[arg-type]
            with pytest.raises(TypeError, match="name"):
                increment()  # type: ignore[call-arg]
    assert registries[0].snapshot() == registries[1].snapshot()
    assert registries[0].snapshot()["counters"]["plain"] == 3
    assert list(inspect.signature(metrics.increment).parameters) == ["name", "value", "labels"]
    assert metrics.increment.__doc__ == Registry.increment.__doc__
    with pytest.raises(TypeError):
        compiled.Increment(registries[0].increment, {}, int)


def test_a_record_is_poured_on_the_plain_lane_too(logs: Logs) -> None:
    """Where a user's sink listens, the filter of the first handler writes it, and no twin."""
    configure(dir=logs.folder, console={"enabled": False}, metrics={"enabled": False})
    seen: list[str] = []
    added = logger.add(seen.append, format="{message}|{extra[n]}", level="INFO")
    board = _configure._installed.board  # type: ignore[union-attr]
    assert board.parts is not None
    for number in range(3):
        logger.info("told {}", number, n=number)
    made = [mould for mould in board.parts.moulds.values() if mould is not None]
    assert len(made) == 1
    logger.remove(added)
    assert seen == ["told 0|0\n", "told 1|1\n", "told 2|2\n"]
    assert [line["fields"] for line in logs.lines()] == [{"n": 0}, {"n": 1}, {"n": 2}]


def test_letters_that_look_alike_are_found_as_by_the_scan() -> None:
    """Each of them, alone and among others, and none beside them."""
    assert compiled.Among is not None
    among, scan = compiled.Among(LETTERS), Scan([f"[{LETTERS}]"])
    others = "".join(map(chr, (*range(0x20, 0xD800, 7), *range(0xE000, 0x20100, 7))))
    texts = [*LETTERS, *others, "", "작품 こんにちは", "작품 аpi", "\U0001d41a", "e\u0301"]
    assert [among(text) for text in texts] == [scan.hit(text) for text in texts]
    assert not among("\udc80")
    with pytest.raises(TypeError, match="text"):
        among(b"bytes")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="letter"):
        compiled.Among("\U000e0041")


@pytest.mark.parametrize("size", [1, 900])
@pytest.mark.parametrize(
    "text",
    ["작품 01", "é\x7f", "a\u200eb", "\x85", "ｐａｓｓｗｏｒｄ: abcdef123", "раssword=abcdef123"],
)
def test_what_is_beyond_ascii_is_looked_at_as_by_the_twin(logs: Logs, text: str, size: int) -> None:
    """Controls are escaped, letters that look alike are read as the others, short and long."""
    twin = Logger.info.__wrapped__
    for _ in range(3):
        for say in (lambda *a, **k: logger.info(*a, **k), lambda *a, **k: twin(logger, *a, **k)):
            say(" ".join([text] * size), n=text)
            say("literal", n=" ".join([text] * size))
    texts = [(line["message"], line["fields"]) for line in logs.lines()]
    assert texts == texts[:2] * 6
    assert "abcdef123" not in logs.text()
