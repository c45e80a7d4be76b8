"""Request ids across threads, tasks and processes."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import Logs

from anivault_loguru import configure, logger, propagate
from anivault_loguru.context import parent_of

CHILD = "from anivault_loguru import logger; logger.info('child')"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


def test_propagate_carries_the_callers_context(logs: Logs) -> None:
    """Work in a pool, many pieces at once, is logged under the id of who submitted it."""
    with ThreadPoolExecutor(4) as pool:
        for request in ("r1", "r2"):
            with logger.contextualize(request_id=request):
                list(pool.map(propagate(lambda n: logger.info("work", n=n)), range(50)))
        pool.submit(logger.info, "without").result()
    lines = logs.lines()
    assert sorted(line["request_id"] for line in lines[:-1]) == ["r1"] * 50 + ["r2"] * 50
    assert "request_id" not in lines[-1]


def test_what_is_propagated_keeps_its_name_and_result() -> None:
    """The function stays itself: name, arguments, result, exception."""

    def work(a: int, *, b: int) -> int:
        """Divide."""
        return a // b

    carried = propagate(work)
    assert (carried.__name__, carried.__doc__) == ("work", "Divide.")
    assert carried(7, b=2) == 3
    with pytest.raises(ZeroDivisionError):
        carried(1, b=0)


def test_tasks_have_their_own_context(logs: Logs) -> None:
    """Concurrent asyncio tasks do not see each other's request id."""

    async def task(request: str) -> None:
        with logger.contextualize(request_id=request):
            logger.info("a")
            await asyncio.sleep(0)
            logger.info("b")

    async def main() -> None:
        await asyncio.gather(*(task(f"r{n}") for n in range(5)))

    asyncio.run(main())
    by_request = [(line["message"], line["request_id"]) for line in logs.lines()]
    assert sorted(by_request) == sorted((m, f"r{n}") for m in "ab" for n in range(5))


def test_a_child_process_logs_under_the_same_request(tmp_path: Path) -> None:
    """subprocess, with an `env` of its own too; no request, no id; each child its own run."""
    logs = Logs(tmp_path / "logs")
    configure(dir=logs.folder, console={"enabled": False}, metrics={"enabled": False})
    environ = {
        **os.environ,
        "ANIVAULT_LOG_DIR": str(logs.folder),
        "ANIVAULT_LOG_CONSOLE__ENABLED": "false",
    }
    command = [sys.executable, "-c", CHILD]
    with logger.contextualize(request_id="ab12"):
        logger.info("parent")
        subprocess.run(command, env=environ, check=True, timeout=60)
    subprocess.run(command, env=environ, check=True, timeout=60)
    parent, child, other = logs.lines()
    assert (child["message"], child["request_id"]) == ("child", "ab12")
    assert "request_id" not in other
    assert len({line["run"] for line in (parent, child, other)}) == 3
    summaries = logs.lines("metrics")
    assert [line["fields"].get("parent_run") for line in summaries] == [parent["run"], None]


def test_inheritance_can_be_refused(tmp_path: Path) -> None:
    """`inherit = false`, in the parent or in the child, and the ids stay where they are."""
    logs = Logs(tmp_path / "logs")
    base = {
        **os.environ,
        "ANIVAULT_LOG_DIR": str(logs.folder),
        "ANIVAULT_LOG_CONSOLE__ENABLED": "false",
    }
    command = [sys.executable, "-c", CHILD]
    for inherit, environ in ((True, {**base, "ANIVAULT_LOG_INHERIT": "false"}), (False, base)):
        configure(dir=logs.folder, console={"enabled": False}, inherit=inherit)
        with logger.contextualize(request_id="ab12"):
            subprocess.run(command, env=environ, check=True, timeout=60)
    assert [line.get("request_id") for line in logs.lines()] == [None, None]


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_a_multiprocessing_child_logs_under_the_same_request(tmp_path: Path, method: str) -> None:
    """spawn through the environment, fork through the context itself."""
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"there is no {method} here")
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent(
            """
            import multiprocessing, os, sys
            from anivault_loguru import logger

            def work():
                logger.info("child")

            if __name__ == "__main__":
                multiprocessing.set_start_method(sys.argv[1])
                with logger.contextualize(request_id="ab12"):
                    process = multiprocessing.Process(target=work)
                    process.start()
                process.join()
                assert "ANIVAULT_REQUEST_ID" not in os.environ
                sys.exit(process.exitcode)
            """
        )
    )
    logs = Logs(tmp_path / "logs")
    environ = {
        **os.environ,
        "ANIVAULT_LOG_DIR": str(logs.folder),
        "ANIVAULT_LOG_CONSOLE__ENABLED": "false",
    }
    subprocess.run([sys.executable, program, method], env=environ, check=True, timeout=60)
    (child,) = logs.lines()
    assert (child["message"], child["request_id"]) == ("child", "ab12")


def test_an_id_that_no_environment_holds_stays_here(logs: Logs) -> None:
    """A request id with a NUL or a lone surrogate does not keep a child from starting."""
    for odd in ("a\0b", "\ud800", ""):
        with logger.contextualize(request_id=odd):
            subprocess.run([sys.executable, "-c", ""], check=True, timeout=60)


def test_a_traceparent_fills_the_trace_ids(tmp_path: Path) -> None:
    """A W3C trace context in the environment is on every record."""
    subprocess.run(
        [sys.executable, "-c", CHILD],
        env={
            **os.environ,
            "TRACEPARENT": f"00-{TRACE}-{SPAN}-01",
            "ANIVAULT_LOG_DIR": str(tmp_path / "logs"),
            "ANIVAULT_LOG_CONSOLE__ENABLED": "false",
        },
        check=True,
        timeout=60,
    )
    (line,) = Logs(tmp_path / "logs").lines()
    assert (line["trace_id"], line["span_id"]) == (TRACE, SPAN)


@pytest.mark.parametrize(
    "header", ["", "00", f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE}-{'0' * 16}-01", f"{TRACE}"]
)
def test_an_invalid_traceparent_is_none(header: str) -> None:
    """What the specification calls invalid gives no ids."""
    assert parent_of({"TRACEPARENT": header}).trace_id is None


def test_an_active_span_fills_the_trace_ids(logs: Logs) -> None:
    """Inside an OpenTelemetry span its ids are on the records; explicit ones win."""
    trace = pytest.importorskip("opentelemetry.trace", reason="opentelemetry-api is not installed")
    context = trace.SpanContext(int(TRACE, 16), int(SPAN, 16), is_remote=False)
    with trace.use_span(trace.NonRecordingSpan(context)):
        logger.info("inside")
        logger.info("own", trace_id="mine")
    logger.info("outside")
    inside, own, outside = logs.lines()
    assert (inside["trace_id"], inside["span_id"]) == (TRACE, SPAN)
    assert own["trace_id"] == "mine"
    assert "span_id" not in own
    assert "trace_id" not in outside


def test_opentelemetry_is_not_imported_for_it(tmp_path: Path) -> None:
    """An application that does not use it does not pay for it."""
    code = (
        "import sys; from anivault_loguru import logger; logger.info('x');"
        "print('opentelemetry' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        # An installed logfire plugs itself into pydantic, and imports it.
        env={
            **os.environ,
            "ANIVAULT_LOG_DIR": str(tmp_path / "logs"),
            "PYDANTIC_DISABLE_PLUGINS": "__all__",
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "False\n"
