"""The compiled methods where something odd happens in the middle of a call."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from conftest import Logs

from anivault_loguru import channel, compiled, configure, logger, metrics
from anivault_loguru._express import Logger
from anivault_loguru.live import Live
from anivault_loguru.mould import Mould
from anivault_loguru.scope import Scope
from anivault_loguru.writer import Writer, appending

pytestmark = pytest.mark.skipif(compiled.Method is None, reason="nothing is compiled here")

DROPPED = 'records_dropped{channel="logger"}'


def dropped() -> int:
    return int(metrics.snapshot()["counters"].get(DROPPED, 0))


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )


def test_a_cap_beyond_64_bits_is_none(tmp_path: Path) -> None:
    """It is no error that is left behind either."""
    append = appending(Writer(str(tmp_path / "x.log"), max_bytes=2**70))
    for _ in range(3):
        append(b"line\n")
    assert (tmp_path / "x.log").read_bytes() == b"line\n" * 3


@pytest.mark.parametrize("to_let_go", [0, 300, 1_000_000])
def test_a_slow_disk_keeps_nobody_from_running(tmp_path: Path, to_let_go: int) -> None:
    """With the interpreter's lock or without, and where it changes: each line is there, in turn."""
    cap = 2_000
    append = appending(Writer(str(tmp_path / "x.log"), max_bytes=cap, gzip=False))
    assert isinstance(append, compiled.Append)  # type: ignore[arg-type]
    append.to_let_go = to_let_go

    def work(name: int) -> None:
        for number in range(500):
            append(b"%d-%d\n" % (name, number))

    threads = [threading.Thread(target=work, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    files = [path.read_bytes() for path in tmp_path.glob("x*.log")]
    lines = sorted(line for data in files for line in data.splitlines())
    assert lines == sorted(b"%d-%d" % (a, b) for a in range(8) for b in range(500))
    assert max(map(len, files)) <= cap
    assert append.to_let_go < 1_000_000


def test_what_appends_may_be_python_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line goes straight only by what is known to be compiled."""
    monkeypatch.setattr(channel, "appending", lambda writer: lambda line: writer.append(line))
    configure(dir=tmp_path / "logs", console={"enabled": False}, metrics={"enabled": False})
    for _ in range(5):
        logger.info("x")
    assert len(Logs(tmp_path / "logs").lines()) == 5


@pytest.mark.parametrize("slot", ["_scope", "_express"])
def test_a_slot_may_be_empty(logs: Logs, slot: str) -> None:
    """What is read where it was put need not be there."""
    own = logger.bind(n=1)
    for number in range(5):
        if number == 3:
            delattr(own, slot)
        try:
            own.info("x")
        except AttributeError:
            assert slot == "_express"


def test_other_places_of_the_slots_are_refused() -> None:
    """What is armed by now reads them where they were."""
    assert compiled.Method is not None

    class Shifted:
        __slots__ = ("_a", "_b", "_c", "_d", "_e", "_express", "_scope")

    with pytest.raises(TypeError, match="where they were"):
        compiled.Method(print, Shifted, Scope, Mould)
    compiled.Method(print, Logger, Scope, Mould)


def test_a_span_that_fails_costs_a_record_and_no_more(
    logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in Python: counted, and not raised to the application."""
    trace: Any = types.ModuleType("opentelemetry.trace")
    trace.get_current_span = lambda: 1 / 0
    before = dropped()
    for number in range(6):
        if number == 4:
            monkeypatch.setitem(sys.modules, "opentelemetry.trace", trace)
        logger.info("x")
    assert (len(logs.lines()), dropped() - before) == (4, 2)


class Odd:
    """Cannot be compared, where dictionaries ask for it."""

    def __eq__(self, other: object) -> bool:
        raise OSError("no comparison")

    __hash__ = None  # type: ignore[assignment]


def test_a_shared_value_that_cannot_be_compared_costs_a_record(logs: Logs) -> None:
    """By either way it is counted, and not raised to the application."""
    extra = logger._core.extra  # type: ignore[attr-defined]
    extra["odd"] = Odd()
    try:
        for log in (logger.info, lambda message: Logger.info.__wrapped__(logger, message)):
            for number in range(5):
                if number == 4:
                    extra["odd"] = Odd()
                    before = dropped()
                log("x")
            assert dropped() == before + 1
            logger._scope = None  # type: ignore[attr-defined]
    finally:
        del extra["odd"]


class Cancelled:
    def __format__(self, spec: str) -> str:
        try:
            raise OSError("inner")
        except OSError:
            raise KeyboardInterrupt from None


def test_an_interruption_comes_out_as_it_was_raised(logs: Logs) -> None:
    """With its context and its traceback, also while the application handles an error."""

    def interrupt(log: Callable[..., None]) -> tuple[object, int]:
        found: list[KeyboardInterrupt] = []
        for _ in range(4):
            try:
                raise ValueError("outer")
            except ValueError:
                try:
                    log(logger, "a {}", Cancelled())
                except KeyboardInterrupt as error:
                    found.append(error)
        last = found[-1]
        trace, names = last.__traceback__, []
        while trace is not None:
            names.append(trace.tb_frame.f_code.co_name)
            trace = trace.tb_next
        return repr(last.__context__), names.count("__format__")

    assert interrupt(Logger.info) == interrupt(Logger.info.__wrapped__)
    assert interrupt(Logger.info) == ("OSError('inner')", 1)


class Once:
    """Is interrupted when it is asked for the first time, as by a signal's handler."""

    def __init__(self) -> None:
        self.asked = False

    def __str__(self) -> str:
        if not self.asked:
            self.asked = True
            raise KeyboardInterrupt
        return "asked again"

    @property
    def name(self) -> str:
        return str(self)


def test_an_interruption_on_the_plain_lane_is_let_through(logs: Logs) -> None:
    """What orjson makes of it is not asked a second time; nor is a property of the record."""
    plain = logger.patch(lambda record: None)
    patched = logger.patch(lambda record: record.__setitem__("thread", record["extra"].pop("of")))

    def log(value: object) -> None:
        plain.info("x", key=value)

    def log_patched(value: object) -> None:
        patched.info("x", of=value)

    for act in (log, log_patched):
        for _ in range(4):
            act(Named("plain"))
        with pytest.raises(KeyboardInterrupt):
            act(Once())
    assert [line["message"] for line in logs.lines()] == ["x"] * 8


class Named(str):
    """A text that has a name, as a thread has."""

    __slots__ = ()
    name = "named"


def test_a_thread_is_named_by_its_class(logs: Logs) -> None:
    """A thread whose class says its name another way has that name."""

    class Named(threading.Thread):
        @property
        def name(self) -> str:
            return "by its class"

        @name.setter
        def name(self, value: str) -> None:
            pass

    def work() -> None:
        for _ in range(4):
            logger.info("x")

    for kind in (threading.Thread, Named):
        thread = kind(target=work, name="its name")
        thread.start()
        thread.join()
    names = [line["thread"] for line in logs.lines()]
    assert names == ["its name"] * 4 + ["by its class"] * 4


def test_nothing_is_found_half_made(logs: Logs) -> None:
    """Who looks through all objects in the middle of a call meets no tuple with holes."""
    found: list[str] = []

    class Named(threading.Thread):
        @property
        def _name(self) -> str:
            small = (it for it in gc.get_objects(0) if type(it) is tuple and len(it) < 12)
            found.extend(text for text in map(repr, small) if "<NULL>" in text)
            return "looks around"

        @_name.setter
        def _name(self, value: str) -> None:
            pass

    def work() -> None:
        for _ in range(4):
            logger.info("x")

    thread = Named(target=work)
    thread.start()
    thread.join()
    assert not found


class Name(str):
    """The name of a value; does something when it is looked up."""

    act: Callable[[], None] = staticmethod(lambda: None)
    __slots__ = ("done",)

    def __hash__(self) -> int:
        if not hasattr(self, "done") and sys._getframe(1).f_code.co_name == "log":
            self.done = True
            Name.act()
        return str.__hash__(self)

    __eq__ = str.__eq__


def test_what_is_kept_for_other_parts_is_not_poured(tmp_path: Path) -> None:
    """A configuration that comes in the middle of a call leaves that call its own schema."""

    def at(folder: str, schema: str) -> None:
        off = {"enabled": False}
        configure(dir=tmp_path / folder, schema=schema, console=off, metrics=off)

    def log(**values: object) -> None:
        logger.info("x", **values)

    def change() -> None:
        at("second", "otel")
        for _ in range(5):
            log(n=1)

    at("first", "native")
    for _ in range(5):
        log(n=1)
    Name.act = change
    log(**{Name("n"): 2})
    Name.act = staticmethod(lambda: None)
    log(n=3)
    lines = {
        folder: [
            orjson.loads(line) for line in (tmp_path / folder / "app.log").read_bytes().splitlines()
        ]
        for folder in ("first", "second")
    }
    assert all(("Body" in line) == ("Attributes" in line) for it in lines.values() for line in it)
    for line in lines["second"]:
        if "Body" in line:
            assert line["Timestamp"].isdecimal()
    assert [line["Attributes"]["n"] for line in lines["second"] if "Body" in line] == [1] * 5 + [3]


class Reconfigures:
    def __init__(self, act: Callable[[], None]) -> None:
        self.act = act

    def __format__(self, spec: str) -> str:
        self.act()
        return "formatted"


def test_the_time_stamp_of_another_schema_is_not_kept(tmp_path: Path) -> None:
    """Nor is what a call with the old parts made kept for the new ones."""
    off = {"enabled": False}

    def at(schema: str) -> None:
        configure(dir=tmp_path / schema, schema=schema, console=off, metrics=off)

    def log(value: object) -> None:
        logger.info("x {}", value)

    at("native")
    for _ in range(5):
        log(1)
    for _ in range(3):
        log(Reconfigures(lambda: at("otel")))
        for _ in range(5):
            log(2)
        at("native")
        for _ in range(5):
            log(3)
    for line in (tmp_path / "otel" / "app.log").read_bytes().splitlines():
        document = orjson.loads(line)
        if "Timestamp" in document:
            assert document["Timestamp"].isdecimal()


def test_a_method_may_be_armed_while_it_is_armed() -> None:
    """What goes with the old parts may do so; nothing is kept of either."""
    assert compiled.Method is not None
    method = compiled.Method(print, Logger, Scope, Mould)
    own = tuple(object() for _ in compiled.CallParts._fields)
    second = (*(object() for _ in compiled.Parts._fields[:-1]), own)

    class Last:
        def __del__(self) -> None:
            method.arm(second)

    before = sys.getrefcount(second)
    method.arm((Last(), *second[1:]))
    method.arm(())
    assert sys.getrefcount(second) == before + 1
    method.arm(None)
    assert sys.getrefcount(second) == before


PARTS = (
    *compiled.Parts._fields,
    *compiled.CallParts._fields,
    *compiled.RecordParts._fields,
)
OLDER = """
import sys, types
older = types.ModuleType("anivault_loguru._speedups")
class Refuses:
    def __init__(self, *of):
        raise TypeError("other slots")
older.Append = older.Filter = older.Method = older.Increment = Refuses
older.Clues = older.Sieve = older.Sum = older.Table = Refuses
older.Among = lambda letters: lambda text: True
{}
sys.modules[older.__name__] = older
from anivault_loguru import configure, logger, metrics
configure(dir=sys.argv[0] and "{}", console={{"enabled": False}})
for _ in range(3):
    logger.info("x")
metrics.increment("y")
"""


@pytest.mark.parametrize(
    "parts",
    [
        "",
        "older.PARTS = ('moulds', 'base')",
        f"older.PARTS = {PARTS!r}",
    ],
)
def test_what_was_compiled_of_older_sources_is_left_alone(tmp_path: Path, parts: str) -> None:
    """The package is there, and logs."""
    done = run(OLDER.format(parts, tmp_path / "logs"))
    assert done.returncode == 0, done.stderr
    assert [line["message"] for line in Logs(tmp_path / "logs").lines()].count("x") == 3


EXHAUSTED = """
import sys
testcapi = __import__("_testcapi")
from anivault_loguru import configure, logger
from anivault_loguru.faults import faults
configure(dir={folder!r}, console={{"enabled": False}}, metrics={{"enabled": False}})
faults.say = lambda *of: None
info = type(logger).info
ids = logger.bind(request_id="ab12", component="cache")
calls = [lambda: info(logger, "hello"), lambda: info(ids, "hello")]
if sys.version_info < (3, 12):  # from there on, a generator that can't be made breaks its code
    calls.append(lambda: info(logger, "hello", event="e.f", component="tmdb"))
for call in calls:
    for _ in range(5):
        call()
    for number in range(80):
        testcapi.set_nomemory(number, number + {width})
        try:
            call()
        finally:
            testcapi.remove_mem_hooks()
        call()
"""


@pytest.mark.parametrize("width", [1, 3] if sys.version_info >= (3, 11) else [1])
def test_memory_that_runs_out_costs_a_record(tmp_path: Path, width: int) -> None:
    """Whichever allocation fails; orjson, which does not outlive that, is not asked here."""
    pytest.importorskip("_testcapi")
    done = run(EXHAUSTED.format(folder=str(tmp_path / "logs"), width=width))
    assert done.returncode == 0, done.stderr
    seqs = [line["seq"] for line in Logs(tmp_path / "logs").lines("app")]
    assert len(seqs) >= 80
    assert len(set(seqs)) == len(seqs)


def test_a_live_file_of_another_kind_is_python_s(tmp_path: Path) -> None:
    """A file that is closed on purpose is opened anew by Python."""
    own = Writer(str(tmp_path / "x.log"))
    append = appending(own)
    append(b"a\n")
    del own._live
    own._live = None
    append(b"b\n")
    assert isinstance(own._live, Live)
    assert (tmp_path / "x.log").read_bytes() == b"a\nb\n"
