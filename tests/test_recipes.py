"""The recipes of the README, run as they stand: frameworks, workers, bars, services, containers."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import Logs
from waiting import wait_for

from anivault_loguru import configure, logger, shutdown

RECIPES = Path(__file__).parent / "recipes"
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


def run(recipe: str, *args: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a recipe in a process of its own that logs to `folder`."""
    return subprocess.run(
        [sys.executable, RECIPES / recipe, *args],
        env={**os.environ, "ANIVAULT_LOG_DIR": str(folder), **environ},
        capture_output=True,
        text=True,
        timeout=60,
        cwd=folder.parent,
    )


@pytest.fixture
def sys_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(RECIPES))


@pytest.mark.parametrize("recipe", ["typer_app.py", "argparse_app.py"])
def test_command_line_options(recipe: str, tmp_path: Path) -> None:
    """`--verbose` shows and writes DEBUG, `--log-json` shows lines for programs."""
    if recipe == "typer_app.py":
        pytest.importorskip("typer", reason="the group integration is missing")
    folder = tmp_path / "logs"
    plain = run(recipe, "scan", "a", folder=folder)
    assert plain.returncode == 0, plain.stderr
    assert "scanned a" in plain.stderr
    assert "looking" not in plain.stderr
    both = run(recipe, "--verbose", "--log-json", "scan", "b", folder=folder)
    shown = [json.loads(line) for line in both.stderr.splitlines()]
    texts = [line["message"] for line in shown if line["component"] == "app"]
    assert texts == ["looking into b", "scanned b"]
    written = [line["message"] for line in Logs(folder).lines()]
    assert written == ["scanned a", "looking into b", "scanned b"]


@pytest.mark.usefixtures("sys_path")
def test_fastapi_requests_have_their_ids(logs: Logs) -> None:
    """X-Request-ID and traceparent are on every record of the request, in threads as well."""
    fastapi = pytest.importorskip("fastapi", reason="the group integration is missing")
    from fastapi.testclient import TestClient
    from web import AsgiRequestId

    app = fastapi.FastAPI()
    app.add_middleware(AsgiRequestId)

    @app.get("/sync")
    def in_a_thread() -> None:
        logger.info("sync")

    @app.get("/async")
    async def in_the_loop() -> None:
        logger.info("async")

    client = TestClient(app)
    client.get("/sync", headers={"X-Request-ID": "r1", "traceparent": PARENT})
    client.get("/async")
    first, second = (line for line in logs.lines() if line["message"] in ("sync", "async"))
    assert (first["request_id"], first["trace_id"]) == ("r1", TRACE)
    assert len(second["request_id"]) == 32
    assert "trace_id" not in second


@pytest.mark.usefixtures("sys_path")
def test_flask_requests_have_their_ids(logs: Logs) -> None:
    """The same for WSGI; after the request the id is gone."""
    flask = pytest.importorskip("flask", reason="the group integration is missing")
    from web import WsgiRequestId

    app: Any = flask.Flask("shop")
    app.wsgi_app = WsgiRequestId(app.wsgi_app)

    @app.get("/")
    def index() -> str:
        logger.info("served")
        return ""

    app.test_client().get("/", headers={"X-Request-ID": "r2", "traceparent": PARENT})
    logger.info("after")
    served, after = (line for line in logs.lines() if line["message"] in ("served", "after"))
    assert (served["request_id"], served["span_id"]) == ("r2", "b7ad6b7169203331")
    assert "request_id" not in after


@pytest.mark.parametrize("method", ["spawn", "fork"])
@pytest.mark.skipif(sys.platform == "win32", reason="Windows spawns only")
def test_workers_and_pools(method: str, tmp_path: Path) -> None:
    """Processes of a pool and a queue's worker write one folder; each job has its request's id."""
    done = run("worker.py", method, folder=tmp_path / "logs")
    assert done.returncode == 0, done.stderr
    logs = Logs(tmp_path / "logs")
    for channel, name in (("pipeline", "job"), ("app", "task")):
        found = {line["message"]: line["request_id"] for line in logs.lines(channel)}
        assert found == {f"{name} {n}": f"r{n}" for n in range(20)}


@pytest.mark.skipif(sys.platform == "win32", reason="Celery's pool forks")
def test_a_celery_worker(tmp_path: Path) -> None:
    """Its two processes write one folder, each task with its request's id; its own records, too."""
    pytest.importorskip("celery", reason="the group integration is missing")
    environ = {
        **os.environ,
        "ANIVAULT_LOG_DIR": str(tmp_path / "logs"),
        "BROKER": str(tmp_path / "broker"),
    }
    (tmp_path / "broker").mkdir()
    options = "--concurrency 2 --without-gossip --without-mingle --without-heartbeat".split()
    with (tmp_path / "told").open("w+") as told:
        worker = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "celery_jobs", "worker", *options],
            cwd=RECIPES,
            env=environ,
            stdout=told,
            stderr=told,
        )
        try:
            subprocess.run([sys.executable, "celery_jobs.py"], cwd=RECIPES, env=environ, check=True)
            logs = Logs(tmp_path / "logs")
            wait_for(lambda: worker.poll() is not None or len(logs.lines("pipeline")) == 20, 60)
            worker.terminate()
            worker.wait(60)
        finally:
            worker.kill()
            worker.wait()
        told.seek(0)
        lines = logs.lines("pipeline")
        assert {line["message"]: line["request_id"] for line in lines} == {
            f"matched {n}": f"r{n}" for n in range(20)
        }, told.read()
    assert worker.pid not in {line["process"] for line in lines}
    own = [line for line in logs.lines("app") if line["logger"].startswith("celery.")]
    assert any("ready" in line["message"] for line in own)


@pytest.mark.parametrize("bar", ["tqdm", "rich"])
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_progress_bars_are_not_torn(bar: str, tmp_path: Path) -> None:
    """On a terminal each log line stands alone in its row, above the bar."""
    pytest.importorskip(bar, reason="the group integration is missing")
    import pty

    parent, child = pty.openpty()
    environ = {**os.environ, "ANIVAULT_LOG_DIR": str(tmp_path / "logs"), "COLUMNS": "200"}
    process = subprocess.Popen(
        [sys.executable, RECIPES / "progress.py", bar],
        stderr=child,
        env={**environ, "TERM": "xterm"},
    )
    os.close(child)
    shown = b""
    try:
        while chunk := os.read(parent, 65536):
            shown += chunk
    except OSError:  # the other side is closed
        os.close(parent)
    assert process.wait(60) == 0
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    rows = [row.split("\r")[-1].strip() for row in text.replace("\r\n", "\n").split("\n")]
    items = [row for row in rows if "item " in row]
    assert [re.sub(r".*item ", "item ", row).split("  ")[0].split(" n=")[0] for row in items] == [
        f"item {n}" for n in range(20)
    ]
    assert not [row for row in items if "%" in row]


def test_sentry_gets_masked_records(tmp_path: Path) -> None:
    """Sentry's loguru integration sees records like any sink: masked."""
    sentry = pytest.importorskip("sentry_sdk", reason="the group integration is missing")
    from sentry_sdk.transport import Transport

    seen: list[Any] = []

    class Kept(Transport):
        def capture_envelope(self, envelope: Any) -> None:
            seen.extend(item.payload.json for item in envelope.items)

    configure(dir=tmp_path, console={"enabled": False}, metrics={"enabled": False})
    sentry.init(
        dsn="http://k@127.0.0.1:1/1",
        transport=Kept({"dsn": "http://k@127.0.0.1:1/1"}),
        include_local_variables=False,
    )
    try:
        logger.error("login failed, password=hunter2-and-more", user="kim")
        sentry.flush()
    finally:
        sentry.init()
        shutdown()
    text = json.dumps(seen, default=str)
    assert "login failed" in text
    assert "hunter2" not in text


def test_a_notebook_shows_and_writes_records(tmp_path: Path) -> None:
    """In Jupyter a cell's records stand below it, and in the files."""
    nbclient = pytest.importorskip("nbclient", reason="the group integration is missing")
    pytest.importorskip("ipykernel", reason="the group integration is missing")
    import nbformat  # type: ignore[import-not-found, unused-ignore]

    cell = (
        "from anivault_loguru import configure, logger, shutdown\n"
        f"configure(dir={str(tmp_path / 'logs')!r}, console={{'format': 'human'}})\n"
        "logger.info('from a cell', n=1)"
    )
    made: Any = nbformat.v4
    notebook = made.new_notebook(cells=[made.new_code_cell(cell)])
    nbclient.NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    shown = "".join(output.get("text", "") for output in notebook.cells[0].outputs)
    assert "from a cell" in shown
    assert Logs(tmp_path / "logs").lines()[0]["message"] == "from a cell"


@pytest.mark.skipif(sys.platform == "win32", reason="systemd is Linux's")
def test_a_service_marks_priorities_for_the_journal(tmp_path: Path) -> None:
    """Where JOURNAL_STREAM names stderr each line has its priority; elsewhere none has."""
    ours, theirs = socket.socketpair()
    status = os.fstat(theirs.fileno())
    for place, marks in (
        (f"{status.st_dev}:{status.st_ino}", ["<6>{", "<3>{"]),
        ("1:2", ["{", "{"]),
    ):
        process = subprocess.Popen(
            [sys.executable, str(RECIPES / "plain_app.py")],
            stderr=theirs.fileno(),
            env={
                **os.environ,
                "ANIVAULT_LOG_DIR": str(tmp_path / "logs"),
                "ANIVAULT_LOG_METRICS__ENABLED": "false",
                "JOURNAL_STREAM": place,
            },
        )
        assert process.wait(60) == 0
        rows = ours.recv(65536).decode().splitlines()
        assert [row[: len(mark)] for row, mark in zip(rows, marks, strict=True)] == marks
        assert [json.loads(row.lstrip("<0123456789>"))["level"] for row in rows] == [
            "INFO",
            "ERROR",
        ]
    ours.close()
    theirs.close()


def test_a_container_writes_no_files(tmp_path: Path) -> None:
    """`channels={}`: NDJSON on stderr alone, numbered without a gap."""
    folder = tmp_path / "logs"
    done = run("plain_app.py", folder=folder, ANIVAULT_LOG_CHANNELS="{}")
    assert done.returncode == 0
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["message"] for line in lines[:2]] == ["hello world", "no luck"]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert not folder.exists()


def test_what_the_table_of_switching_names_is_there() -> None:
    """Each name of ours that the README gives somebody who comes from elsewhere exists."""
    from anivault_loguru import events, metrics
    from anivault_loguru.tables import ChannelSettings, ConsoleSettings, QueueSettings

    readme = (RECIPES.parent.parent / "README.md").read_text("utf-8")
    section = readme.split("## Switching from others")[1].split("\n## ")[0]
    ours = " ".join(row.split(" | ")[1] for row in section.splitlines() if row.count(" | ") == 1)
    for module in (events, metrics):
        name = module.__name__.rpartition(".")[2]
        [found] = re.findall(rf"`{name}\.(\w+)`((?:, `\.\w+`)*)", ours)[:1]
        for function in (found[0], *re.findall(r"\.(\w+)", found[1])):
            assert callable(getattr(module, function))
    keys = {
        *ChannelSettings.model_fields,
        *ConsoleSettings.model_fields,
        *QueueSettings.model_fields,
    }
    named = re.findall(r"`(rotation|retention_\w+|compression|serialize|components|level)\b", ours)
    assert named
    assert set(named) <= keys
    assert hasattr(logger, "contextualize")
