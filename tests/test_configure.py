"""From settings to running parts: what `configure` and `shutdown` do to a process."""

from __future__ import annotations

import io
import json
import logging
import os
import stat
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import loguru
import pytest
from conftest import Logs

from anivault_loguru import (
    ConfigError,
    Settings,
    configure,
    events,
    logger,
    mask,
    metrics,
    register_secret,
    shutdown,
)
from anivault_loguru.entry import problems

POSIX = os.name == "posix"


def run(code: str, *arguments: object, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a program of its own and wait for it."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, **environ},
        timeout=60,
        check=False,
    )


def test_configure_returns_what_is_in_force(tmp_path: Path) -> None:
    """The effective settings, parsed; settings objects can be put in force again, changed."""
    first = configure(dir=tmp_path / "a", level="WARNING", console={"enabled": False})
    assert isinstance(first, Settings)
    assert (first.dir, first.level) == (tmp_path / "a", "WARNING")
    assert configure(settings=first) == first
    second = configure(first, dir=tmp_path / "b")
    assert (second.dir, second.level) == (tmp_path / "b", "WARNING")
    logger.warning("x")
    assert Logs(tmp_path / "b").lines()[0]["message"] == "x"
    assert not (tmp_path / "a").exists()


def test_a_wrong_setting_leaves_the_old_ones_in_force(logs: Logs) -> None:
    """A `ConfigError` changes nothing."""
    with pytest.raises(ConfigError, match=r"level.*keyword argument"):
        configure(level="LOUD")
    logger.info("still here")
    assert logs.lines()[0]["message"] == "still here"


def test_a_level_of_the_application_can_be_configured(tmp_path: Path) -> None:
    """A level made with `logger.level` is known in the settings."""
    try:
        logger.level("NOTE", no=22)
    except (TypeError, ValueError):
        logger.level("NOTE")
    configure(dir=tmp_path / "logs", level="note", console={"enabled": False})
    logger.info("below")
    logger.log("NOTE", "at")
    assert [line["message"] for line in Logs(tmp_path / "logs").lines()] == ["at"]


def test_sinks_of_the_application_stay(logs: Logs) -> None:
    """Configuring again replaces our sinks and no other."""
    seen: list[str] = []
    logger.add(seen.append, format="{message}")
    configure(dir=logs.folder, console={"enabled": False})
    logger.info("x")
    assert seen == ["x\n"]
    assert len(logs.lines()) == 1


def test_reconfiguring_under_load_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """While threads log, configurations change: every record is in exactly one file, once."""
    app = {"max_bytes": "1MB", "compression": None, "retention_count": 0, "retention_bytes": 0}
    off: dict[str, Any] = {"console": {"enabled": False}, "metrics": {"enabled": False}}
    off["channels"] = {"app": app}
    configure(dir=tmp_path / "0", **off)
    stop = threading.Event()
    counts = [0, 0, 0]

    def work(index: int) -> None:
        while not stop.is_set() or counts[index] < 200:
            logger.info("x", thread_no=index, n=counts[index])
            counts[index] += 1

    threads = [threading.Thread(target=work, args=(index,)) for index in range(3)]
    for thread in threads:
        thread.start()
    for number in range(1, 8):
        configure(dir=tmp_path / str(number), **off)
    stop.set()
    for thread in threads:
        thread.join()
    # However long it took: what was rotated meanwhile is read, too.
    files = [path.read_bytes() for path in tmp_path.glob("*/app*.log")]
    fields = [json.loads(line)["fields"] for data in files for line in data.splitlines()]
    written = [(line["thread_no"], line["n"]) for line in fields]
    whole = [(index, n) for index in range(3) for n in range(counts[index])]
    # Of lists this long, pytest would be minutes in telling how they differ.
    same = sorted(written) == whole
    assert same, (len(written), len(set(written)), len(whole))


def test_shutdown_gives_back_what_was_taken_over(tmp_path: Path) -> None:
    """Hooks, variables, the root logger and our handlers are as before; logging goes nowhere."""
    hook, variables, handlers = sys.excepthook, dict(os.environ), [*logging.getLogger().handlers]
    configure(dir=tmp_path / "logs", console={"enabled": False})
    assert sys.excepthook is not hook
    shutdown()
    shutdown()
    logger.info("nowhere")
    assert sys.excepthook is hook
    assert dict(os.environ) == variables
    assert logging.getLogger().handlers == handlers
    assert not (tmp_path / "logs").exists()


def test_importing_the_logger_configures_from_the_environment(tmp_path: Path) -> None:
    """No call is needed: variables name the folder and a channel's file."""
    done = run(
        "from anivault_loguru import logger; logger.info('안녕')",
        ANIVAULT_LOG_DIR=str(tmp_path / "logs"),
        ANIVAULT_LOG_CHANNELS__APP__FILE="main.log",
        ANIVAULT_LOG_CONSOLE__ENABLED="false",
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [line["message"] for line in Logs(tmp_path / "logs").lines("main")] == ["안녕"]


def test_a_wrong_variable_is_named_at_import(tmp_path: Path) -> None:
    """The error says which variable, what it held, and what is expected."""
    done = run("from anivault_loguru import logger", ANIVAULT_LOG_CONSOLE__LEVEL="LOUD")
    last = done.stderr.strip().splitlines()[-1]
    assert "ConfigError" in last
    assert "console.level" in last
    assert "ANIVAULT_LOG_CONSOLE__LEVEL" in last
    assert "'LOUD'" in last


def test_the_default_handler_is_replaced(tmp_path: Path) -> None:
    """A record is on stderr once, in our form, not loguru's as well."""
    done = run(
        "import loguru; from anivault_loguru import logger; loguru.logger.info('x')",
        ANIVAULT_LOG_DIR=str(tmp_path / "logs"),
    )
    (record, *rest) = done.stderr.splitlines()
    assert json.loads(record)["message"] == "x"
    assert [json.loads(line)["event"] for line in rest] == ["metrics.summary"]


def test_handler_zero_of_the_application_stays(tmp_path: Path) -> None:
    """Where loguru installs no default handler, the first one is the application's own."""
    done = run(
        """
        import sys, loguru
        loguru.logger.add(sys.stdout, format="mine {message}")
        from anivault_loguru import logger
        logger.info("x")
        """,
        LOGURU_AUTOINIT="False",
        ANIVAULT_LOG_METRICS__ENABLED="false",
        ANIVAULT_LOG_DIR=str(tmp_path / "logs"),
    )
    assert done.stdout == "mine x\n"


@pytest.mark.skipif(not POSIX, reason="modes are POSIX's")
@pytest.mark.parametrize("umask", ["000", "022"])
def test_everything_on_disk_is_the_owners_alone(tmp_path: Path, umask: str) -> None:
    """Folder 0700; live, rotated, compressed and lock files 0600, whatever the umask."""
    done = run(
        """
        import os, sys
        os.umask(int(sys.argv[2], 8))
        from anivault_loguru import configure, logger
        small = {"max_bytes": 2000}
        configure(dir=sys.argv[1], console={"enabled": False},
                  channels={"app": small, "error": {**small, "compression": "off"}})
        for n in range(40):
            logger.error("x" * 100)
        """,
        tmp_path / "a" / "logs",
        umask,
    )
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "a" / "logs"
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert set(modes.values()) == {0o600}
    names = " ".join(modes)
    assert ".log.gz" in names
    assert "error.2" in names
    assert "app.log.lock" in names


def test_an_explicit_folder_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    """A file in its place, and a link or folder planted at a channel's path, are clear errors."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"^dir \(keyword argument\): .*is not a folder"):
        configure(dir=tmp_path / "file" / "logs")
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "app.log").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="symbolic link"):
        configure(dir=tmp_path / "logs")
    (tmp_path / "logs" / "app.log").unlink()
    (tmp_path / "logs" / "app.log").mkdir()
    with pytest.raises(ConfigError, match="a folder, not a plain file"):
        configure(dir=tmp_path / "logs")
    assert not (tmp_path / "elsewhere").exists()


def test_a_default_folder_that_cannot_be_used_costs_files_only(tmp_path: Path) -> None:
    """Where nobody chose a folder, the program runs on: records on stderr, and a word of it."""
    (tmp_path / "blocked").write_text("")
    done = run(
        "from anivault_loguru import logger; logger.info('x'); print('alive')",
        HOME=str(tmp_path / "blocked"),
        XDG_STATE_HOME=str(tmp_path / "blocked"),
        ANIVAULT_LOG_METRICS__ENABLED="false",
    )
    assert (done.returncode, done.stdout) == (0, "alive\n")
    assert '"message":"x"' in done.stderr
    assert "anivault_loguru: app: a record was lost" in done.stderr


def test_summaries_are_logged_every_interval_and_at_exit(tmp_path: Path) -> None:
    """A real process: hit rate, error rate and memory arrive; the last summary at its end."""
    done = run(
        """
        import pathlib, sys, time
        from anivault_loguru import configure, events, logger
        configure(dir=sys.argv[1], console={"enabled": False}, metrics={"interval": 0.05})
        events.cache("a", hit=True); events.cache("b", hit=False)
        events.file_processed("/x", 10); events.api_request("/3/search", 200, 12.5)
        logger.error("x")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            path = pathlib.Path(sys.argv[1], "metrics.log")
            if path.exists() and path.read_bytes().count(b"\\n") >= 2: break
            time.sleep(0.02)
        """,
        tmp_path / "logs",
    )
    assert done.returncode == 0, done.stderr
    summaries = Logs(tmp_path / "logs").lines("metrics")
    assert len(summaries) >= 3
    last = summaries[-1]
    assert (last["component"], last["event"]) == ("metrics", "metrics.summary")
    fields = last["fields"]
    assert fields["cache"] == {"hits": 1, "misses": 1, "hit_rate": 0.5}
    assert fields["errors"] == 1
    assert 0 < fields["error_rate"] < 1
    assert fields["files_per_minute"] > 0
    assert fields["requests_per_minute"] > 0
    assert fields["process"]["rss_bytes"] > 1_000_000
    assert fields["gauges"]["memory_usage_mb"] > 1
    assert set(fields["histograms"]['api_request_duration_ms{endpoint="/3/search"}']) == {
        "count",
        "min",
        "max",
        "avg",
        "p50",
        "p95",
        "p99",
    }


def test_a_program_that_logs_nothing_leaves_nothing(tmp_path: Path) -> None:
    """No record, no file, no summary at exit."""
    done = run(
        "from anivault_loguru import configure; import sys; configure(dir=sys.argv[1])",
        tmp_path / "logs",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "logs").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_has_its_own_run_count_and_monitor(tmp_path: Path) -> None:
    """Parent and child write one file; each has its run, its seq from 1, and its summaries."""
    done = run(
        """
        import os, pathlib, sys, time
        from anivault_loguru import configure, logger, metrics
        configure(dir=sys.argv[1], console={"enabled": False}, metrics={"interval": 0.05})
        logger.info("parent"); logger.info("parent")
        child = os.fork()
        if not child:
            logger.info("child")
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                path = pathlib.Path(sys.argv[1], "metrics.log")
                if path.exists() and f'"process":{os.getpid()},' in path.read_text(): os._exit(0)
                time.sleep(0.02)
            os._exit(1)
        _, status = os.waitpid(child, 0)
        logger.info("parent")
        sys.exit(os.waitstatus_to_exitcode(status))
        """,
        tmp_path / "logs",
    )
    assert done.returncode == 0, done.stderr
    logs = Logs(tmp_path / "logs")
    parents = [line for line in logs.lines() if line["message"] == "parent"]
    (child,) = [line for line in logs.lines() if line["message"] == "child"]
    assert child["run"] != parents[0]["run"]
    assert child["process"] != parents[0]["process"]
    assert child["seq"] == 1
    assert len({line["run"] for line in parents}) == 1
    summaries = [line for line in logs.lines("metrics") if line["run"] == child["run"]]
    (app,) = summaries[0]["fields"]["components"]
    assert (app["component"], app["records"]) == ("app", 1)


def test_uncaught_exceptions_are_in_the_files_masked(tmp_path: Path) -> None:
    """A crash is a CRITICAL record; the screen shows it once, without the secret."""
    key = "0123456789abcdef" * 2
    done = run(
        """
        import sys
        from anivault_loguru import configure
        configure(dir=sys.argv[1])
        raise ValueError("https://api.example/3?api_key=" + "0123456789abcdef" * 2)
        """,
        tmp_path / "logs",
    )
    assert done.returncode == 1
    (line,) = Logs(tmp_path / "logs").lines("error")
    assert (line["level"], line["exception"]["type"]) == ("CRITICAL", "ValueError")
    assert key not in Logs(tmp_path / "logs").text() + done.stderr
    rows = [row for row in done.stderr.splitlines() if '"metrics.summary"' not in row]
    crashes = [row for row in rows if "ValueError" in row]
    assert len(crashes) == 1


def test_leftovers_of_a_crashed_process_are_finished(tmp_path: Path) -> None:
    """An uncompressed backup is compressed by the next process that logs, strangers untouched."""
    folder = tmp_path / "logs"
    folder.mkdir()
    backup = folder / "app.2026-01-02_00-00-00_000000.log"
    backup.write_text('{"old":1}\n')
    stranger = folder / "app.notes.log"
    stranger.write_text("mine")
    done = run(
        """
        import sys
        from anivault_loguru import configure, logger
        keep = {"app": {"retention_days": 0}}
        configure(dir=sys.argv[1], console={"enabled": False}, channels=keep)
        logger.info("x")
        """,
        folder,
    )
    assert done.returncode == 0, done.stderr
    assert not backup.exists()
    assert (folder / (backup.name + ".gz")).exists()
    assert stranger.read_text() == "mine"


def test_masking_follows_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Extra keys, patterns, secrets, allowed names, the environment, and registered values."""
    monkeypatch.setenv("MY_SERVICE_PASSWORD", "from-the-environment")
    configure(
        dir=tmp_path / "logs",
        console={"enabled": False},
        masking={
            "keys": ["kennwort"],
            "patterns": [r"order-(?P<secret>\d+)"],
            "secrets": ["a known value"],
            "allow": ["csrf_token"],
        },
    )
    register_secret("registered-value")
    logger.info(
        "{} order-12345 a known value from-the-environment registered-value",
        "kennwort=abc",
        Kennwort="x1",
        csrf_token="visible",
    )
    (line,) = Logs(tmp_path / "logs").lines()
    star = "***MASKED***"
    assert line["message"] == f"kennwort={star} order-{star} {star} {star} {star}"
    assert line["fields"] == {"Kennwort": star, "csrf_token": "visible"}
    assert mask("a known value") == star


def test_masking_can_be_turned_off(tmp_path: Path) -> None:
    """`masking.enabled = false` writes what was logged."""
    configure(dir=tmp_path / "logs", console={"enabled": False}, masking={"enabled": False})
    logger.info("api_key=abcdef")
    assert Logs(tmp_path / "logs").lines()[0]["message"] == "api_key=abcdef"


def test_secrets_reach_no_output(logs: Logs, capsys: pytest.CaptureFixture[str]) -> None:
    """Message, deep extra, key, exception, cause, patcher, stdlib, console, a user's own sink."""
    configure(dir=logs.folder, console={"format": "human"}, metrics={"enabled": False})
    theirs = io.StringIO()
    logger.add(theirs, format="{message} {extra}\n{exception}", backtrace=True, diagnose=False)
    key, password, home = "k" * 16 + "9", "pass-" + "w0rd-value", os.path.expanduser("~")
    logger.info("GET /3?api_key={}&q=1", key)
    logger.info("deep", user={"login": [{"password": password}]}, note=f"{home}/Videos/애니")
    logger.patch(lambda record: record["extra"].update(api_key=key)).info("patched")
    logging.getLogger("urllib3").warning("password=%s", password)
    try:
        try:
            raise OSError(f"token={key}")
        except OSError as error:
            raise ValueError(f"api_key={key}") from error
    except ValueError:
        logger.exception("failed in {}", home)
    written = logs.text() + capsys.readouterr().err + theirs.getvalue()
    assert "Videos/애니" in written
    assert "ValueError" in theirs.getvalue()
    for secret in (key, password, home):
        assert secret not in written


def exits(code: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a program that logs to `folder`, without summaries."""
    return run(code, ANIVAULT_LOG_DIR=str(folder), ANIVAULT_LOG_METRICS__ENABLED="false", **environ)


@pytest.mark.parametrize("how", ["logger.remove()", "configure(console={'level': 60})"])
def test_what_our_console_does_not_show_python_does(tmp_path: Path, how: str) -> None:
    """An uncaught exception is never silent: removed sinks or a high level leave it to Python."""
    done = exits(f"from anivault_loguru import configure, logger; {how}; 1/0", tmp_path / "logs")
    assert done.returncode == 1
    assert "ZeroDivisionError: division by zero" in done.stderr


def test_a_warning_that_nobody_takes_is_shown_by_python(tmp_path: Path) -> None:
    """After `logger.remove()` warnings look as they did before."""
    code = (
        "import warnings; from anivault_loguru import logger; logger.remove(); warnings.warn('w')"
    )
    assert "UserWarning: w" in exits(code, tmp_path / "logs").stderr


def test_exit_handlers_registered_before_us_can_log(tmp_path: Path) -> None:
    """Whatever the order of exit handlers: their records are in the files."""
    done = exits(
        """
        import atexit
        def late():
            logger.info("late")
            raise ValueError("late too")
        atexit.register(late)
        from anivault_loguru import logger
        logger.info("early")
        """,
        tmp_path / "logs",
        ANIVAULT_LOG_CONSOLE__ENABLED="false",
    )
    assert [line["message"] for line in Logs(tmp_path / "logs").lines()][:2] == ["early", "late"]
    assert "late too" in done.stderr


def test_sinks_of_the_application_are_finished_at_exit(tmp_path: Path) -> None:
    """What a sink with `enqueue=True` holds back is written, as loguru's exit handler would do."""
    path = tmp_path / "theirs.log"
    done = exits(
        f"""
        from anivault_loguru import logger
        logger.add({str(path)!r}, enqueue=True, format="{{message}}")
        for n in range(500):
            logger.info(n)
        """,
        tmp_path / "logs",
    )
    assert done.returncode == 0
    assert path.read_text().split() == [str(n) for n in range(500)]


def test_events_imported_alone_are_configured_too(tmp_path: Path) -> None:
    """`from anivault_loguru.events import …` is a touch like any other."""
    done = exits(
        "from anivault_loguru.events import cache; cache('k?api_key=a-secret-value', hit=True)",
        tmp_path / "logs",
    )
    assert len(Logs(tmp_path / "logs").lines("pipeline")) == 1
    assert "a-secret-value" not in done.stderr + Logs(tmp_path / "logs").text()


def test_a_stderr_that_logs_what_it_gets_does_not_explode(tmp_path: Path) -> None:
    """loguru's own recipe `StreamToLogger`: a print is a record or two, not an avalanche."""
    done = exits(
        """
        import contextlib
        from anivault_loguru import logger
        class StreamToLogger:
            def write(self, text):
                for line in text.rstrip().splitlines():
                    logger.opt(depth=1).info(line)
            def flush(self): pass
        with contextlib.redirect_stderr(StreamToLogger()):
            import sys
            for n in range(10):
                print(f"printed {n}", file=sys.stderr)
        """,
        tmp_path / "logs",
    )
    messages = [line["message"] for line in Logs(tmp_path / "logs").lines()]
    assert [m for m in messages if m.startswith("printed")] == [f"printed {n}" for n in range(10)]
    assert len(messages) <= 11
    assert done.stderr.count("printed 9") >= 1


def test_a_secret_is_text_or_bytes(logs: Logs) -> None:
    """Anything else is refused before it does harm."""
    register_secret(b"given-as-bytes")
    for odd in (None, 123, ["x"]):
        with pytest.raises(TypeError, match="text or bytes"):
            register_secret(odd)  # type: ignore[arg-type]
    logger.info("given-as-bytes")
    configure(dir=logs.folder, console={"enabled": False})
    logger.info("given-as-bytes")
    assert [line["message"] for line in logs.lines()] == ["***MASKED***"] * 2


def test_a_failing_patcher_of_the_core_costs_no_record(logs: Logs) -> None:
    """Set through either logger: the record is written, and masked for a foreign sink."""
    seen: list[str] = []
    logger.add(seen.append, format="{message}")

    def patcher(record: Any) -> None:
        raise LookupError("theirs")

    for through in (logger, loguru.logger):
        through.configure(patcher=patcher)
        through.info("api_key=a-secret-value")
    assert [line["fields"] for line in logs.lines()] == [
        {"format_error": "LookupError: theirs"}
    ] * 2
    assert not any("a-secret-value" in message for message in seen)


def test_a_patcher_survives_a_new_configuration(logs: Logs) -> None:
    """What the application set through loguru stands beside ours after `configure`."""
    loguru.logger.configure(patcher=lambda record: record["extra"].update(p=1))
    configure(dir=logs.folder, console={"enabled": False})
    logger.info("x")
    assert logs.lines()[0]["fields"] == {"p": 1}


@pytest.mark.parametrize(
    "change",
    [
        {"time": None},
        {"message": 5},
        {"function": None},
        {"line": "x"},
        {"thread": None},
        {"process": None},
        {"name": 7},
        {"exception": (1, 2, 3)},
        {"exception": "odd"},
    ],
)
def test_a_patcher_may_put_anything_into_a_record(logs: Logs, change: dict[str, Any]) -> None:
    """The line has the documented types all the same."""
    logger.patch(lambda record: record.update(change)).info("x")  # type: ignore[typeddict-item]
    (line,) = logs.lines()
    assert problems(line) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_can_configure_while_a_thread_did(tmp_path: Path) -> None:
    """No lock of a thread that is not in the child stops it."""
    done = exits(
        """
        import os, sys, threading
        from anivault_loguru import _configure, configure, logger, shutdown
        taken = threading.Event()
        def hold():
            with _configure._lock:
                taken.set()
                threading.Event().wait()
        threading.Thread(target=hold, daemon=True).start()
        taken.wait()
        child = os.fork()
        if not child:
            configure(console={"enabled": False})
            logger.info("child")
            shutdown()
            os._exit(0)
        sys.stdout.write(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))
        sys.stdout.flush()
        os._exit(0)
        """,
        tmp_path / "logs",
    )
    assert done.stdout == "0"
    messages = [line["message"] for line in Logs(tmp_path / "logs").lines()]
    assert "child" in messages  # newer Pythons warn of the fork before


def test_configure_takes_settings_and_nothing_else() -> None:
    """A dictionary is no settings object."""
    with pytest.raises(TypeError, match="takes Settings or keywords"):
        configure({"level": "INFO"})  # type: ignore[arg-type]


def test_events_move_records_and_metrics(logs: Logs) -> None:
    """A component event is one record in its channel and the matching series."""
    metrics.reset()
    events.cache("poster:7", hit=False)
    events.rate_limit("wait", seconds=0.5)
    events.progress("scan", 0.5, files=3)
    assert [line["event"] for line in logs.lines("pipeline")] == ["cache", "progress"]
    assert [line["event"] for line in logs.lines("network")] == ["rate_limit"]
    counters = metrics.snapshot()["counters"]
    assert (counters["cache_misses"], counters["cache_requests"]) == (1, 1)
    assert counters['rate_limit_events{event="wait"}'] == 1
    assert logs.lines("pipeline")[0]["function"] == "test_events_move_records_and_metrics"


def test_a_users_patcher_is_kept(logs: Logs) -> None:
    """`logger.configure(patcher=…)` works as in loguru, and masking still comes last."""
    seen: list[Any] = []
    logger.add(lambda message: seen.append(message.record["extra"]), format="{message}")
    logger.configure(patcher=lambda record: record["extra"].update(password="from-patcher"))
    try:
        logger.info("x")
        loguru.logger.info("y")
    finally:
        logger.configure(patcher=lambda record: None)
    assert [line["fields"] for line in logs.lines()] == [{"password": "***MASKED***"}] * 2
    assert seen == [{"password": "***MASKED***"}] * 2
