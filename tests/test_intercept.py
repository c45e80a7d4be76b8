"""Interception: logging, warnings and uncaught exceptions arrive in the logger, and go back."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import logging
import logging.config
import logging.handlers
import os
import pickle
import subprocess
import sys
import textwrap
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from conftest import Logs
from loguru import logger

from anivault_loguru import metrics
from anivault_loguru.intercept import Interception

log = logging.getLogger("anivault.scan")


@pytest.fixture
def records() -> Iterator[list[Any]]:
    seen: list[Any] = []
    sink = logger.add(lambda message: seen.append(message.record), level=0, format="{message}")
    yield seen
    logger.remove(sink)


@contextmanager
def fresh_root() -> Iterator[logging.Logger]:
    """The root logger as in a fresh process: without pytest's handlers, which format on their own.

    No fixture: pytest adds its handlers after the fixtures are set up.
    """
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    root.handlers = []
    root.setLevel(logging.WARNING)
    try:
        yield root
    finally:
        root.handlers = handlers
        root.setLevel(level)


@contextmanager
def intercepting(level: int = 5, *, console: bool = True) -> Iterator[Interception]:
    installed = Interception(level=level, console=console)
    installed.install()
    try:
        yield installed
    finally:
        installed.remove()


@pytest.fixture
def interception(records: list[Any]) -> Iterator[Interception]:
    with intercepting() as installed:
        yield installed


def dropped() -> Any:
    return metrics.snapshot()["counters"].get('records_dropped{channel="logging"}', 0)


def run(code: str, *, console: bool = True) -> tuple[list[dict[str, Any]], str]:
    """Run `code` in a Python of its own, intercepted; return its records and its stderr."""
    prelude = f"""
        import json, sys
        from anivault_loguru._core import remove_default_handler
        from anivault_loguru._express import logger
        from anivault_loguru.intercept import Interception
        def sink(message):
            r = message.record
            error = r["exception"] and r["exception"].type.__name__
            print(json.dumps([r["level"].name, r["message"], r["extra"].get("event"), error,
                              r["name"], r["function"], r["line"], r["thread"].name]))
        remove_default_handler()
        logger.add(sink, level=0, format="{{message}}")
        interception = Interception(level=10, console={console})
        interception.install()
    """
    program = textwrap.dedent(prelude) + textwrap.dedent(code)
    keys = ("level", "message", "event", "error", "name", "function", "line", "thread")
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60
    )
    lines = [dict(zip(keys, json.loads(line), strict=True)) for line in done.stdout.splitlines()]
    return lines, done.stderr


# Records of logging


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (5, "TRACE"),
        (10, "DEBUG"),
        (20, "INFO"),
        (25, "SUCCESS"),
        (30, "WARNING"),
        (35, "Level 35"),
        (40, "ERROR"),
        (50, "CRITICAL"),
        (60, "Level 60"),
    ],
)
def test_levels_keep_their_number(
    interception: Interception, records: list[Any], number: int, name: str
) -> None:
    """A record has loguru's name for its level number, or the bare number between the named."""
    log.log(number, "x")
    assert [(r["level"].no, r["level"].name) for r in records] == [(number, name)]


def test_a_level_named_in_both_worlds_keeps_its_name(
    interception: Interception, records: list[Any]
) -> None:
    """A level of one name and number in logging and loguru arrives under that name."""
    logger.level("NOTICE", no=33)
    logging.addLevelName(33, "NOTICE")
    log.log(33, "x")
    assert records[0]["level"].name == "NOTICE"


def test_the_callers_place_and_name_arrive(interception: Interception, records: list[Any]) -> None:
    """Logger name, function, line, file and thread are the caller's."""

    def shout() -> int:
        log.warning("x")
        return sys._getframe().f_lineno - 1

    line = shout()
    (record,) = records
    assert (record["name"], record["function"], record["line"]) == ("anivault.scan", "shout", line)
    assert (record["file"].name, record["file"].path) == ("test_intercept.py", __file__)
    assert record["thread"].name == threading.current_thread().name


def test_a_message_is_neither_formatted_again_nor_markup(
    interception: Interception, records: list[Any]
) -> None:
    """Braces and tags of a formatted message stay as they are."""
    log.info("%s {0} {x!r} <red>%d</red>", "{a.b}", 7, extra={"x": 1})
    assert records[0]["message"] == "{a.b} {0} {x!r} <red>7</red>"


@pytest.mark.parametrize(
    ("args", "fault"),
    [
        (("%d files", "many"), "TypeError"),
        (("%s %s", 1), "TypeError"),
        (("%(n)q", {"n": 1}), "ValueError"),
    ],
)
def test_a_message_that_does_not_fit_its_arguments_is_kept(
    interception: Interception,
    records: list[Any],
    capsys: pytest.CaptureFixture[str],
    args: tuple[Any, ...],
    fault: str,
) -> None:
    """A %-formatting error gives the message as it was and `format_error`, nothing on stderr."""
    handler = interception._handler
    assert handler is not None
    record = logging.LogRecord("x", 20, __file__, 1, args[0], args[1:], None)
    handler.handle(record)
    assert records[0]["message"] == args[0]
    assert records[0]["extra"]["format_error"].startswith(fault)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("login %(user)s %(password)s", "login kim ***MASKED***"),
        ("%(password)-40r%% of %(user)5.2s", "***MASKED***% of    ki"),
        ("%(password)s", "***MASKED***"),
        ("%%(password)s", "%(password)s"),
        ("%(token)s %(n)04d", "None 0007"),
        ("%(secret)s %(user)s", "%(secret)s %(user)s"),
        ("%(password)s %(n)q", "%(password)s %(n)q"),
    ],
)
def test_named_arguments_are_masked(logs: Logs, message: str, shown: str) -> None:
    """What `%` fills in under a sensitive name; the rest is formatted as `logging` does it."""
    values = {"user": "kim", "password": "hunter2-" + "horse", "token": None, "n": 7}
    record = logging.LogRecord(log.name, 30, __file__, 1, message, (values,), None)
    ours = [h for h in logging.getLogger().handlers if h.__module__ == Interception.__module__]
    ours[0].handle(record)  # pytest's own would raise
    assert logs.lines()[0]["message"] == shown


def test_a_records_own_way_of_formatting_is_kept(logs: Logs) -> None:
    """A class of records may format its messages with braces."""

    class Braces(logging.LogRecord):
        def getMessage(self) -> str:  # noqa: N802
            return str(self.msg).format(**self.args)  # type: ignore[arg-type]

    log.handle(Braces(log.name, 30, __file__, 1, "{a} of %(b)s", ({"a": 1},), None))
    assert logs.lines()[0]["message"] == "1 of %(b)s"


def test_extra_attributes_become_extra(interception: Interception, records: list[Any]) -> None:
    """What is no standard attribute of a LogRecord is in the record's extra."""
    log.info("x", extra={"n": 1, "component": "scanner", "request_id": "ab12", "event": "scan.end"})
    assert records[0]["extra"] == {
        "n": 1,
        "component": "scanner",
        "request_id": "ab12",
        "event": "scan.end",
    }


def test_odd_keys_of_extra_do_no_harm(interception: Interception, records: list[Any]) -> None:
    """Keys that are no strings, or named like parameters of the logger, are kept."""
    extra: dict[Any, Any] = {7: "seven", "self": 1, "level": 2, "depth": 3, "exception": 4}
    log.info("x", extra=extra)
    assert records[0]["extra"] == {"7": "seven", "self": 1, "level": 2, "depth": 3, "exception": 4}


@pytest.mark.parametrize("name", ["httpx", "httpcore.http11", "urllib3.connectionpool", "aiohttp"])
def test_http_libraries_have_the_component_http(
    interception: Interception, records: list[Any], name: str
) -> None:
    """Loggers of HTTP libraries, and their children, log on component http."""
    logging.getLogger(name).info("GET /")
    assert records[0]["extra"]["component"] == "http"


@pytest.mark.parametrize("name", ["app", "httpxy", "my.httpx"])
def test_other_loggers_leave_the_component_to_the_context(
    interception: Interception, records: list[Any], name: str
) -> None:
    """Other loggers log on the component of the context; without one, on the default."""
    with logger.contextualize(component="scanner", request_id="ab12"):
        logging.getLogger(name).warning("inside")
    logging.getLogger(name).warning("outside")
    inside, outside = (record["extra"] for record in records)
    assert inside == {"component": "scanner", "request_id": "ab12"}
    assert "component" not in outside


def test_exception_and_stack_arrive(interception: Interception, records: list[Any]) -> None:
    """`exc_info` is the record's exception, `stack_info` its field `stack`."""
    try:
        raise KeyError("x")
    except KeyError as exc:
        caught = exc
        log.exception("failed", stack_info=True)
    (record,) = records
    assert record["exception"].value is caught
    assert record["extra"]["stack"].startswith("Stack (most recent call last)")


def test_exc_info_outside_an_exception_is_none(
    interception: Interception, records: list[Any]
) -> None:
    """`exc_info=True` where nothing was raised gives a record without an exception."""
    log.error("x", exc_info=True)
    assert records[0]["exception"] is None


def test_a_record_from_elsewhere_keeps_its_time_thread_and_traceback(records: list[Any]) -> None:
    """A record that was sent here has the time and thread of its call, its traceback as `stack`."""
    sender = logging.handlers.SocketHandler("localhost", 0)
    try:
        raise KeyError("x")
    except KeyError:
        source = logging.LogRecord("far", 40, __file__, 1, "late %d", (7,), sys.exc_info())
    source.created, source.thread, source.threadName = 1_700_000_000.25, 77, "worker-7"
    sent = pickle.loads(sender.makePickle(source)[4:])
    with fresh_root() as root, intercepting():
        root.handle(logging.makeLogRecord(sent))
    (record,) = records
    assert record["message"] == "late 7"
    assert record["time"].timestamp() == 1_700_000_000.25
    assert (record["thread"].id, record["thread"].name) == (77, "worker-7")
    assert record["exception"] is None
    assert record["extra"]["stack"].endswith("KeyError: 'x'")


NONSENSE: list[dict[str, Any]] = [
    {"levelname": 3, "levelno": 33},
    {"levelno": 33.3},
    {"name": None, "pathname": None, "lineno": "x", "funcName": None, "thread": None},
    {"exc_info": (1, 2), "exc_text": 7, "stack_info": object()},
    {"created": float("nan")},
    {"created": "yesterday", "threadName": None},
]


@pytest.mark.parametrize("odd", NONSENSE)
def test_a_record_of_nonsense_is_still_logged(records: list[Any], odd: dict[str, Any]) -> None:
    """`makeLogRecord` with wrong types everywhere gives a record nevertheless."""
    source = logging.makeLogRecord({"name": "x", "msg": "hello", "levelno": 20, **odd})
    with fresh_root() as root, intercepting(0):
        root.handle(source)
    assert [record["message"] for record in records] == ["hello"]


def test_loggers_created_before_and_after_are_intercepted(records: list[Any]) -> None:
    """It makes no difference whether a logger exists at the time of `install`."""
    before = logging.getLogger("made.before")
    with intercepting(20):
        before.info("a")
        logging.getLogger("made.after").info("b")
    assert [record["message"] for record in records] == ["a", "b"]


def test_a_logger_that_does_not_propagate_is_left_alone(
    interception: Interception, records: list[Any]
) -> None:
    """`propagate = False` keeps a logger's records to itself."""
    private = logging.getLogger("private")
    private.propagate = False
    private.error("x")
    assert records == []


def test_records_below_the_level_are_not_taken(records: list[Any]) -> None:
    """The root logger lets through what a channel wants, and we take no more than that."""
    with fresh_root() as root, intercepting(20):
        log.info("at")
        root.setLevel(logging.DEBUG)
        log.debug("below")
    assert [record["message"] for record in records] == ["at"]


def test_disabling_the_calling_module_silences_it(
    interception: Interception, records: list[Any]
) -> None:
    """`logger.disable` of a module holds for what the module says through logging, too."""
    logger.disable(__name__)
    try:
        log.warning("unheard")
    finally:
        logger.enable(__name__)
    log.warning("heard")
    assert [record["message"] for record in records] == ["heard"]


def test_caplog_sees_the_same_records(
    interception: Interception, records: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    """pytest's own capture keeps working beside the interception."""
    log.warning("both")
    assert caplog.messages == ["both"]
    assert [record["message"] for record in records] == ["both"]


def test_an_asyncio_loops_report_arrives(interception: Interception, records: list[Any]) -> None:
    """The exception of a task that nobody awaited arrives from the logger asyncio."""

    async def fail() -> None:
        raise KeyError("lost")

    async def main() -> None:
        task = asyncio.ensure_future(fail())
        await asyncio.sleep(0)
        del task
        gc.collect()

    asyncio.run(main())
    (record,) = [record for record in records if record["level"].no >= 40]
    assert record["name"] == "asyncio"
    assert record["exception"].type is KeyError
    assert "component" not in record["extra"]


# Recursion


def test_an_object_that_logs_while_it_is_formatted_follows_its_record(records: list[Any]) -> None:
    """A record that arises while another is handed on comes after it, and nothing is lost."""

    class Chatty:
        def __str__(self) -> str:
            log.info("inner")
            return "chatty"

    with fresh_root(), intercepting():
        log.info("outer %s", Chatty())
    assert [record["message"] for record in records] == ["outer chatty", "inner"]


def test_an_object_that_logs_itself_comes_to_an_end(records: list[Any]) -> None:
    """Records without end are cut off, and counted as dropped."""

    class Endless:
        def __str__(self) -> str:
            log.info("%s", self)
            return "endless"

    before = dropped()
    with fresh_root(), intercepting():
        log.info("%s", Endless())
    assert [record["message"] for record in records] == ["endless"] * 16
    assert dropped() - before == 1


def test_a_sink_that_logs_does_not_recurse(interception: Interception) -> None:
    """A sink that itself logs through logging sees its own records after, and a bounded number."""
    seen: list[str] = []

    def sink(message: Any) -> None:
        seen.append(message.record["message"])
        log.info("from the sink")

    number = logger.add(sink, level=0, format="{message}")
    try:
        log.info("first")
    finally:
        logger.remove(number)
    assert seen[:2] == ["first", "from the sink"]
    assert len(seen) < 100


def test_the_traces_of_filelock_are_not_taken(
    interception: Interception, records: list[Any]
) -> None:
    """What filelock says of its locks is left out, unless it is a warning."""
    filelock = logging.getLogger("filelock")
    filelock.debug("Lock acquired")
    filelock.warning("trouble")
    assert [record["message"] for record in records] == ["trouble"]


def test_the_handler_holds_no_lock_while_it_hands_on(records: list[Any]) -> None:
    """Another thread can log while one record is being handed on."""
    inside, go_on = threading.Event(), threading.Event()

    class Slow:
        def __str__(self) -> str:
            inside.set()
            assert go_on.wait(30)
            return "slow"

    with fresh_root(), intercepting():
        slow = threading.Thread(target=log.info, args=("%s", Slow()))
        slow.start()
        assert inside.wait(30)
        log.info("meanwhile")
        go_on.set()
        slow.join()
    assert [record["message"] for record in records] == ["meanwhile", "slow"]


def test_a_record_that_cannot_be_handed_on_is_counted(
    interception: Interception, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sink that raises into us costs the record, not the application, and leaks no argument."""

    def sink(message: Any) -> None:
        raise RuntimeError("no room")

    before = dropped()
    number = logger.add(sink, level=0, format="{message}", catch=False)
    try:
        log.info("password=%s", "hunter2")
    finally:
        logger.remove(number)
    assert dropped() - before == 1
    assert "hunter2" not in capsys.readouterr().err


def test_keyboard_interrupt_passes_through_and_leaves_no_trace(
    interception: Interception, records: list[Any]
) -> None:
    """Ctrl-C while a record is handed on reaches the application, and the next record is logged."""

    class Interrupting:
        def __str__(self) -> str:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        log.info("%s", Interrupting())
    log.info("next")
    assert [record["message"] for record in records] == ["next"]


# Undo and redo of the root logger


def test_remove_restores_the_root_logger_exactly() -> None:
    """Handlers, their order and the level stand as before; a second `remove` changes nothing."""
    before = [logging.NullHandler(), logging.StreamHandler(), logging.handlers.MemoryHandler(10)]
    with fresh_root() as root:
        root.handlers[:] = before
        interception = Interception(level=10, console=True)
        interception.install()
        assert before[1] not in root.handlers
        assert root.level == 10
        interception.remove()
        interception.remove()
        assert root.handlers == before
        assert root.level == logging.WARNING


def test_a_lower_level_of_the_root_logger_is_kept() -> None:
    """A root logger that already lets more through stays as it is."""
    with fresh_root() as root:
        root.setLevel(1)
        with intercepting(20):
            assert root.level == 1
        assert root.level == 1


def test_a_level_set_meanwhile_is_kept() -> None:
    """`remove` leaves a level alone that somebody set after `install`."""
    with fresh_root() as root:
        with intercepting(20):
            root.setLevel(logging.ERROR)
        assert root.level == logging.ERROR


class OwnStreamHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """Somebody's own handler, to the screen as well."""


@pytest.mark.parametrize(
    ("make", "console", "stays"),
    [
        (lambda: logging.StreamHandler(sys.stderr), True, False),
        (lambda: logging.StreamHandler(sys.stdout), True, False),
        (lambda: logging.StreamHandler(sys.stderr), False, True),
        (lambda: logging.StreamHandler(io.StringIO()), True, True),
        (lambda: OwnStreamHandler(sys.stderr), True, True),
        (lambda: logging.FileHandler(os.devnull, delay=True), True, True),
    ],
)
def test_only_plain_screen_handlers_are_set_aside(
    make: Callable[[], logging.Handler], console: bool, stays: bool
) -> None:
    """Only a plain StreamHandler on stdout or stderr goes, and only if our console replaces it."""
    handler = make()
    with fresh_root() as root:
        root.addHandler(handler)
        with intercepting(20, console=console):
            assert (handler in root.handlers) is stays
        assert root.handlers == [handler]


def test_install_twice_logs_once(interception: Interception, records: list[Any]) -> None:
    """A second `install` adds nothing, neither to logging nor to the hooks."""
    hooks = [getattr(owner, name) for owner, name in HOOKS]
    interception.install()
    log.warning("once")
    assert [record["message"] for record in records] == ["once"]
    assert [getattr(owner, name) for owner, name in HOOKS] == hooks


def test_remove_stops_and_install_starts_again(
    interception: Interception, records: list[Any]
) -> None:
    """After `remove` nothing arrives, `ensure` or not; after another `install` it does, once."""
    interception.remove()
    interception.ensure()
    log.warning("unheard")
    interception.install()
    log.warning("heard")
    assert [record["message"] for record in records] == ["heard"]


def reconfigure_basic() -> None:
    logging.basicConfig(force=True, level=logging.ERROR, stream=sys.stderr)


def reconfigure_dict() -> None:
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"screen": {"class": "logging.StreamHandler"}},
            "root": {"level": "ERROR", "handlers": ["screen"]},
        }
    )


@pytest.mark.parametrize("reconfigure", [reconfigure_basic, reconfigure_dict])
def test_a_later_configuration_does_not_end_it(
    records: list[Any], reconfigure: Callable[[], None]
) -> None:
    """Records arrive on after somebody configured logging anew; `remove` restores theirs."""
    with fresh_root() as root:
        root.addHandler(logging.StreamHandler())
        with intercepting(20):
            reconfigure()
            log.error("heard")
            assert not [h for h in root.handlers if type(h) is logging.StreamHandler]
        (theirs,) = root.handlers
        assert type(theirs) is logging.StreamHandler
        assert root.level == logging.ERROR
        log.error("after")
    assert [record["message"] for record in records] == ["heard"]


def test_ensure_takes_over_again(records: list[Any]) -> None:
    """Where somebody took our handler out and put in none, `ensure` puts it back."""
    with fresh_root() as root, intercepting(20) as interception:
        root.handlers.clear()
        log.info("lost")
        interception.ensure()
        log.info("heard")
    assert [record["message"] for record in records] == ["heard"]


def test_the_root_loggers_methods_are_given_back() -> None:
    """What was followed while installed is the class's own again."""
    with fresh_root() as root:
        with intercepting(20):
            assert "addHandler" in vars(root)
        assert not {"addHandler", "setLevel"} & set(vars(root))


def test_our_own_records_do_not_come_back(records: list[Any]) -> None:
    """A sink that hands every record to `logging`, as loguru's documentation shows, is no loop."""

    class Propagate(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logging.getLogger(record.name).handle(record)

    with fresh_root(), intercepting(20):
        from anivault_loguru import configure

        quiet = {"enabled": False}
        configure(channels={}, console=quiet, metrics=quiet, intercept=False)
        handler = logger.add(Propagate(), format="{message}")
        logger.add(lambda message: None, filter=lambda record: False)
        log.warning("once")
        logger.remove(handler)
    assert [record["message"] for record in records] == ["once"]


def test_records_of_several_threads_all_arrive(
    interception: Interception, records: list[Any]
) -> None:
    """Nothing is lost or doubled between threads, although the handler has no lock."""

    def work(n: int) -> None:
        for i in range(50):
            log.info("%d-%d", n, i)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = sorted(f"{n}-{i}" for n in range(4) for i in range(50))
    assert sorted(record["message"] for record in records) == expected


# Hooks


HOOKS: list[tuple[Any, str]] = [
    (sys, "excepthook"),
    (threading, "excepthook"),
    (sys, "unraisablehook"),
    (warnings, "showwarning"),
]


def test_remove_restores_every_hook() -> None:
    """After `remove` the very objects stand that stood before `install`."""
    before = [getattr(owner, name) for owner, name in HOOKS]
    with intercepting():
        during = [getattr(owner, name) for owner, name in HOOKS]
    assert not any(now is was for now, was in zip(during, before, strict=True))
    assert [getattr(owner, name) for owner, name in HOOKS] == before


def test_a_hook_chained_over_ours_stays_and_ours_turns_transparent(
    records: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody's hook that calls ours still works after `remove`, and after `install` again."""
    calls: list[str] = []
    monkeypatch.setattr(sys, "excepthook", lambda *args: calls.append("first"))
    interception = Interception(level=20, console=True)
    interception.install()
    ours = sys.excepthook

    def theirs(*args: Any) -> None:
        calls.append("theirs")
        ours(*args)

    sys.excepthook = theirs
    interception.remove()
    assert sys.excepthook is theirs
    sys.excepthook(ValueError, ValueError("x"), None)
    assert (calls, len(records)) == (["theirs", "first"], 0)
    interception.install()
    sys.excepthook(ValueError, ValueError("x"), None)
    assert (calls, len(records)) == (["theirs", "first"] * 2, 1)
    interception.remove()


def test_a_report_that_fails_leaves_the_rest_of_the_hook_working(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the report itself raises, that stays inside and the previous hook is called."""
    calls: list[Any] = []
    monkeypatch.setattr(sys, "excepthook", lambda *args: calls.append(args))
    nonsense: Any = "no class"
    with intercepting():
        sys.excepthook(nonsense, ValueError("x"), None)
    assert len(calls) == 1


def test_an_uncaught_exception_is_critical_and_shown_once() -> None:
    """The main thread's exception is one record at its innermost frame; Python's is left out."""
    lines, stderr = run("""
        def inner():
            raise ValueError("password=hunter2")
        def outer():
            inner()
        outer()
    """)
    (record,) = lines
    assert (record["level"], record["event"]) == ("CRITICAL", "uncaught")
    assert record["message"] == "Uncaught exception: ValueError: password=hunter2"
    assert (record["error"], record["function"]) == ("ValueError", "inner")
    assert record["name"] == "__main__"
    assert stderr == ""


def test_without_a_console_python_shows_the_exception() -> None:
    """With our console off, the interpreter's own traceback stays the user's to see."""
    lines, stderr = run("raise ValueError('boom')", console=False)
    assert [line["level"] for line in lines] == ["CRITICAL"]
    assert "ValueError: boom" in stderr


def test_somebodys_own_excepthook_is_called_too() -> None:
    """A hook that stood before is chained, whatever the console shows."""
    code = """
        interception.remove()
        sys.excepthook = lambda *args: print("own hook", file=sys.stderr)
        interception.install()
        raise ValueError("boom")
    """
    lines, stderr = run(code)
    assert [line["level"] for line in lines] == ["CRITICAL"]
    assert stderr == "own hook\n"


@pytest.mark.parametrize("name", ["KeyboardInterrupt", "SystemExit"])
def test_an_interrupt_is_no_crash(name: str) -> None:
    """KeyboardInterrupt and SystemExit are not logged."""
    lines, stderr = run(f"raise {name}")
    assert lines == []
    assert ("KeyboardInterrupt" in stderr) is (name == "KeyboardInterrupt")


def test_an_exception_of_a_thread_is_an_error() -> None:
    """A thread's exception is one ERROR record with the thread's name and the raising frame."""
    lines, stderr = run("""
        import threading
        def work():
            raise KeyError("x")
        threading.Thread(target=work, name="scan-1").start()
    """)
    (record,) = lines
    assert (record["level"], record["event"], record["error"]) == ("ERROR", "uncaught", "KeyError")
    assert record["message"] == "Uncaught exception in thread scan-1: KeyError: 'x'"
    assert (record["function"], record["thread"]) == ("work", "scan-1")
    assert stderr == ""


def test_an_unraisable_exception_is_an_error() -> None:
    """An exception of `__del__` is one ERROR record that names the place."""
    lines, stderr = run("""
        class Broken:
            def __del__(self):
                raise KeyError("x")
        Broken()
    """)
    (record,) = lines
    assert (record["level"], record["event"], record["error"]) == ("ERROR", "uncaught", "KeyError")
    assert "Broken.__del__" in record["message"]
    assert record["function"] == "__del__"
    assert stderr == ""


# Warnings


def test_a_warning_is_a_record_at_its_line() -> None:
    """A warning is one WARNING record with category and place, and nothing else on stderr."""
    lines, stderr = run("""
        import warnings
        def old():
            warnings.warn("use new()", DeprecationWarning, stacklevel=1)
        warnings.simplefilter("always")
        old()
    """)
    (record,) = lines
    assert (record["level"], record["event"]) == ("WARNING", "warning")
    assert record["message"] == "use new()"
    assert (record["name"], record["function"]) == ("__main__", "old")
    assert stderr == ""


def test_the_fields_of_a_warning(records: list[Any]) -> None:
    """Category, file name and line are fields; a place without a frame is still its line."""
    with warnings.catch_warnings(record=True), intercepting():
        warnings.simplefilter("always")
        warnings.warn_explicit("odd", UserWarning, "made_up.py", 7)
    (record,) = records
    assert record["extra"] == {
        "event": "warning",
        "category": "UserWarning",
        "filename": "made_up.py",
        "lineno": 7,
    }
    assert (record["name"], record["line"]) == ("py.warnings", 7)


def test_recorded_warnings_are_still_recorded(records: list[Any]) -> None:
    """`catch_warnings(record=True)` sees warnings, be it entered before us or after."""
    with intercepting(), pytest.warns(UserWarning, match="after"):
        warnings.warn("after", UserWarning, stacklevel=1)
    with warnings.catch_warnings(record=True) as recorded, intercepting():
        warnings.simplefilter("always")
        warnings.warn("before", UserWarning, stacklevel=1)
    assert [str(warning.message) for warning in recorded] == ["before"]
    assert [record["message"] for record in records] == ["before"]


def test_a_warning_for_a_file_goes_there() -> None:
    """`showwarning` with a file writes there, and is no record."""
    lines, stderr = run("""
        import io, warnings
        place = io.StringIO()
        warnings.showwarning("to a file", UserWarning, "x.py", 1, file=place)
        assert "to a file" in place.getvalue()
    """)
    assert (lines, stderr) == ([], "")


def test_somebodys_own_showwarning_is_called_too(
    records: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A replaced `showwarning` is chained."""
    calls: list[str] = []
    monkeypatch.setattr(warnings, "showwarning", lambda message, *rest: calls.append(str(message)))
    with intercepting():
        warnings.showwarning("both", UserWarning, "x.py", 1)
    assert calls == ["both"]
    assert [record["message"] for record in records] == ["both"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_captured_warnings_arrive_once(when: str) -> None:
    """With `logging.captureWarnings`, before or after us, a warning is still one record."""
    before = "interception.remove(); logging.captureWarnings(True); interception.install()"
    code = f"""
        import logging, warnings
        {before if when == "before" else "logging.captureWarnings(True)"}
        warnings.warn("once", UserWarning)
    """
    lines, stderr = run(code)
    assert [(line["level"], line["event"]) for line in lines] == [("WARNING", "warning")]
    assert "once" in lines[0]["message"]
    assert stderr == ""
