"""What sinks that a user adds get to see: masked message, extra and exception."""

from __future__ import annotations

import io
import json
import linecache
import logging
import threading
from collections.abc import Callable
from enum import Enum
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import loguru
import pytest

import anivault_loguru
from anivault_loguru import configure, logger, register_secret

SECRET = "hunter2-" + "correcthorse"


@pytest.fixture
def seen(tmp_path: Path) -> list[dict[str, Any]]:
    """The records that a user's own sink gets."""
    configure(dir=tmp_path / "logs", console={"enabled": False}, metrics={"enabled": False})
    records: list[dict[str, Any]] = []
    logger.add(lambda message: records.append({**message.record}), format="{message}")
    return records


def test_a_users_sink_gets_message_and_extra_masked(seen: list[dict[str, Any]]) -> None:
    """Message and extra, nested too, are masked; what is innocent stays the object it was."""
    innocent = object()
    logger.info(
        "with password={}", SECRET, api_key=SECRET, nested={"a": [{"pwd": SECRET}]}, o=innocent
    )
    record = seen[0]
    assert SECRET not in f"{record['message']}{record['extra']}"
    assert record["extra"]["api_key"] == "***MASKED***"
    assert record["extra"]["nested"] == {"a": [{"pwd": "***MASKED***"}]}
    assert record["extra"]["o"] is innocent


def test_what_the_application_holds_is_not_changed(seen: list[dict[str, Any]]) -> None:
    """The dictionaries and exceptions logged are the application's own: they stay as they are."""
    config = {"password": SECRET}
    error = ValueError(f"password={SECRET}")
    try:
        raise error
    except ValueError:
        logger.exception("failed", config=config)
    assert config == {"password": SECRET}
    assert error.args == (f"password={SECRET}",)
    assert seen[0]["extra"]["config"] == {"password": "***MASKED***"}


def test_a_users_sink_gets_the_exception_masked(tmp_path: Path) -> None:
    """The formatted traceback holds no secret; the exception's own name is still there."""
    configure(dir=tmp_path / "logs", console={"enabled": False}, metrics={"enabled": False})
    text = io.StringIO()
    logger.add(text, format="{message}\n{exception}")
    try:
        raise KeyError(f"https://user:{SECRET}@host/")
    except KeyError:
        logger.exception("failed")
    assert SECRET not in text.getvalue()
    assert "KeyError" in text.getvalue()


def test_the_bypass_of_a_logger_patch_is_closed(seen: list[dict[str, Any]]) -> None:
    """What `logger.patch()` adds is masked too: masking comes last."""
    logger.patch(lambda record: record["extra"].update(token=SECRET)).info("patched")
    logger.configure(patcher=lambda record: record["extra"].update(secret=SECRET))
    logger.info("patched by the core")
    assert [record["extra"] for record in seen] == [
        {"token": "***MASKED***"},
        {"secret": "***MASKED***"},
    ]


def test_records_of_logurus_own_logger_are_masked_too(seen: list[dict[str, Any]]) -> None:
    """`from loguru import logger` elsewhere in the process is masked by the same rules."""
    loguru.logger.info("password={}", SECRET)
    assert seen[0]["message"] == "password=***MASKED***"


def test_a_registered_secret_is_masked_for_users_sinks(seen: list[dict[str, Any]]) -> None:
    """`register_secret` holds for sinks that are not ours."""
    value = "plain-" + "value-77"
    register_secret(value)
    logger.info("the {} of it", value, note=[value])
    assert value not in f"{seen[0]['message']}{seen[0]['extra']}"


def test_a_record_that_can_not_be_masked_is_withheld(
    seen: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If masking itself fails, a sink gets a placeholder instead of the raw record."""

    def fail(self: object, line: bytes) -> bytes:
        raise RuntimeError("broken")

    monkeypatch.setattr(anivault_loguru.masking.Masker, "mask_line", fail)
    logger.info("password={}", SECRET)
    assert SECRET not in str(seen[0])
    assert seen[0]["message"] == "***MASKED***"


class Sink:
    """A user's sink with loguru's own defaults, and what it got."""

    def __init__(self, tmp_path: Path, add: Callable[..., int], **options: Any) -> None:
        configure(dir=tmp_path / "logs", console={"enabled": False}, metrics={"enabled": False})
        self._got: list[str] = []
        add(self._got.append, **options)

    def text(self) -> str:
        return "".join(self._got)


def called_with_a_secret(run: Callable[..., object], line: str, **names: Any) -> None:
    """Run `main`, which calls `run` in a line of code of its own file."""
    source = f"def main(run):\n    {line}\n"
    file = f"/srv/app/{abs(hash(line))}.py"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), names)
    names["main"](run)


@pytest.mark.parametrize("add", [logger.add, loguru.logger.add])
def test_the_lines_above_the_try_are_masked(tmp_path: Path, add: Callable[..., int]) -> None:
    """A caller's line of code, which `backtrace` prints, with a secret in it."""
    sink = Sink(tmp_path, add)

    def run(password: str) -> None:
        try:
            raise ZeroDivisionError("nothing by nothing")
        except ZeroDivisionError:
            logger.exception("failed")

    called_with_a_secret(run, f'run(password="{SECRET}")')
    called_with_a_secret(logger.catch(lambda password: 1 / 0), f'run(password="{SECRET}")')
    assert SECRET not in sink.text()
    assert "nothing by nothing" in sink.text()
    assert "division by zero" in sink.text()


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("password = given; run(password)", {"given": SECRET}),
        (
            "run(box.cfg.password)",
            {"box": type("Box", (), {"cfg": type("", (), {"password": SECRET})})},
        ),
        ("run(config)", {"config": {"user": "bob", "password": SECRET}}),
        ("run(url)", {"url": f"https://bob:{SECRET}@host/"}),
        ("run(other)", {"other": SECRET}),
        ("run(long)", {"long": "x" * 100 + f" password={SECRET}"}),
    ],
)
def test_values_of_variables_are_not_shown(
    tmp_path: Path, line: str, names: dict[str, Any]
) -> None:
    """What `diagnose` would print: under a name, in a container, in a text, known from an extra."""
    sink = Sink(tmp_path, loguru.logger.add)

    def run(*_: object) -> None:
        try:
            raise KeyError("missing")
        except KeyError:
            logger.exception("failed", api_key=SECRET)

    called_with_a_secret(run, line, **names)
    assert SECRET[:12] not in sink.text()
    assert "KeyError" in sink.text()


def test_an_innocent_exception_is_shown_as_loguru_shows_it(tmp_path: Path) -> None:
    """Callers, values and all: the sink has the exception itself."""
    sink = Sink(tmp_path, loguru.logger.add)

    def run(count: int) -> None:
        raise KeyError("missing")

    called_with_a_secret(logger.catch(run), "run(amount)", amount=1234567)
    assert "run(amount)" in sink.text()
    assert "1234567" in sink.text()
    assert "***" not in sink.text()


@pytest.mark.parametrize("diagnose", [True, False])
def test_without_diagnose_no_value_is_looked_at(tmp_path: Path, diagnose: bool) -> None:
    """The `repr` of a variable is the application's code: it runs only where loguru runs it."""
    asked: list[int] = []

    class Asked:
        def __repr__(self) -> str:
            asked.append(1)
            return "asked"

    Sink(tmp_path, loguru.logger.add, diagnose=diagnose)
    called_with_a_secret(logger.catch(lambda _: 1 / 0), "run(asked)", asked=Asked())
    assert bool(asked) == diagnose


def test_an_exception_that_can_not_be_shown_raises_nothing(tmp_path: Path) -> None:
    """Notes that fail, which loguru lets through to the application."""

    class Odd(Exception):
        @property
        def __notes__(self) -> list[str]:
            raise RuntimeError("no notes")

    sink = Sink(tmp_path, logger.add)
    logger.opt(exception=Odd("told")).error("first")
    try:
        raise KeyError from Odd("told")
    except KeyError:
        logger.exception("second")
    assert sink.text().count("could not be formatted") == 2


def test_our_channels_have_the_exception_itself(tmp_path: Path) -> None:
    """What takes its place for a user's sink is not what our files tell."""
    Sink(tmp_path, loguru.logger.add)
    called_with_a_secret(logger.catch(lambda password: 1 / 0), "run(secret)", secret=SECRET)
    written = (tmp_path / "logs" / "error.log").read_text("utf-8")
    assert '"type":"ZeroDivisionError","message":"division by zero"' in written


@pytest.mark.parametrize("text", [f"password={SECRET}", SECRET])
def test_a_queued_sink_gets_the_exception_masked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    """With `enqueue` the record is pickled: what takes the exception's place goes with it."""
    sink = Sink(tmp_path, logger.add, enqueue=True)
    try:
        raise ValueError(text)
    except ValueError:
        logger.bind(password=SECRET).exception("charge failed")
    logger.complete()
    assert "charge failed" in sink.text()
    assert "ValueError" in sink.text()
    assert SECRET not in sink.text() + "".join(capsys.readouterr())


def written_by(logs: Path, run: Callable[[], object]) -> list[dict[str, Any]]:
    """The errors that `run` has logged, without what differs from run to run."""
    configure(dir=logs, console={"enabled": False}, metrics={"enabled": False})
    run()
    lines = [json.loads(line) for line in (logs / "error.log").read_text("utf-8").splitlines()]
    for line in lines:
        del line["timestamp"], line["seq"]
    return lines


def _log_an_exception() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        logger.bind(password=SECRET).exception("login failed " + SECRET)


@pytest.mark.parametrize(
    "run",
    [
        _log_an_exception,
        lambda: logger.bind(password=SECRET).patch(lambda r: None).error("m {}", SECRET),
        lambda: loguru.logger.bind(password=SECRET).patch(lambda r: None).error(SECRET),
        lambda: logger.bind(component=SECRET, event=SECRET, api_key=SECRET).error("m"),
        lambda: logger.error(
            "u {password}", password=SECRET, cause=KeyError(SECRET), o=[{SECRET: 1}]
        ),
        lambda: logger.patch(lambda r: r["extra"].update(n=1, token=SECRET)).error(SECRET),
    ],
)
def test_a_users_sink_changes_nothing_in_our_files(tmp_path: Path, run: Callable[[], None]) -> None:
    """They have the line that is written without it: ours know what it does not see."""
    alone = written_by(tmp_path / "alone", run)
    sink = io.StringIO()
    logger.add(sink, format="{message} {extra} {exception}", diagnose=False)
    beside = written_by(tmp_path / "beside", run)
    assert beside == alone != []
    assert SECRET not in json.dumps(alone) + sink.getvalue()


def test_where_a_record_comes_from_is_masked(seen: list[dict[str, Any]], tmp_path: Path) -> None:
    """Thread, logger, function and file; what other records share is left as it is."""
    thread = threading.Thread(target=lambda: logger.info("x"), name=f"token={SECRET}")
    thread.start()
    thread.join()
    logging.getLogger(f"password={SECRET}").warning("x")
    source = "def main(run):\n    run()\n"
    home = str(Path.home())
    exec(compile(source, f"{home}/main.py", "exec"), names := {"__name__": "main"})
    names["main"](lambda: logger.opt(depth=1).info("x"))  # type: ignore[operator]
    assert [record["thread"].name for record in seen] == [
        "token=***MASKED***",
        "MainThread",
        "MainThread",
    ]
    assert seen[1]["name"] == "password=***MASKED***"
    assert (seen[2]["file"].name, seen[2]["file"].path) == ("main.py", "~/main.py")
    assert thread.name == f"token={SECRET}"


class Odd:
    """An object whose `repr` tells more than its `str`."""

    def __str__(self) -> str:
        return "ok"

    def __repr__(self) -> str:
        return f"Odd(password={SECRET!r})"


class OddText(str):
    """A text that shows itself in its own way."""

    def __repr__(self) -> str:
        return f"password={str(self)!r}"


@pytest.mark.parametrize(
    "value",
    [
        Odd(),
        [Odd()],
        {"a": (Odd(),)},
        {Odd(): 1},
        OddText(SECRET),
        SimpleCookie({"sid": SECRET}),
        SimpleCookie({"sid": SECRET})["sid"],
        Enum("Kind", {"password": SECRET}).password,  # type: ignore[attr-defined]
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_repr_of_an_extra_is_masked(tmp_path: Path, value: object) -> None:
    """`{extra}` prints it, whatever `str` says and our files show."""
    sink = Sink(tmp_path, logger.add, format="{extra}")
    logger.info("x", v=value)
    assert "'v'" in sink.text()
    assert SECRET not in sink.text()
