"""What collectors and ClickHouse are told of our files: tested where they run here, else parsed."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from anivault_loguru.entry import KEYS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found, unused-ignore]

CONFIG = Path(__file__).parent.parent / "config"
MARKS = {"otel-collector.yaml": "#", "vector.toml": "#", "fluent-bit.yaml": "#"}


@pytest.mark.parametrize("name", sorted(MARKS))
def test_what_cannot_run_here_says_so(name: str) -> None:
    """The head of a file that only parses is honest about it."""
    head = (CONFIG / name).read_text("utf-8").split("\n\n")[0]
    assert "UNTESTED" in head


def test_the_collector_moves_keys_that_lines_have() -> None:
    """The OpenTelemetry Collector's operators read every key of a line, and no other."""
    yaml = pytest.importorskip("yaml", reason="the group integration is missing")
    parsed: dict[str, Any] = yaml.safe_load((CONFIG / "otel-collector.yaml").read_text("utf-8"))
    operators = parsed["receivers"]["filelog"]["operators"]
    named = set(re.findall(r"attributes\.(\w+)", str(operators)))
    assert named <= set(KEYS)
    assert set(KEYS) - named == {"component", "event", "request_id", "seq"}  # stay attributes
    pipeline = parsed["service"]["pipelines"]["logs"]
    assert set(pipeline["receivers"]) <= set(parsed["receivers"])
    assert set(pipeline["processors"]) <= set(parsed["processors"])
    assert set(pipeline["exporters"]) <= set(parsed["exporters"])


def test_fluent_bit_names_keys_that_lines_have() -> None:
    """Fluent Bit's time, body, severity and trace keys are keys of a line."""
    yaml = pytest.importorskip("yaml", reason="the group integration is missing")
    parsed: dict[str, Any] = yaml.safe_load((CONFIG / "fluent-bit.yaml").read_text("utf-8"))
    [output] = parsed["pipeline"]["outputs"]
    named = {value.lstrip("$") for key, value in output.items() if key.endswith("message_key")}
    named |= {output["logs_body_key"].lstrip("$"), parsed["parsers"][0]["time_key"]}
    assert named == {"timestamp", "message", "level", "trace_id", "span_id"} <= set(KEYS)
    assert parsed["pipeline"]["inputs"][0]["parser"] == parsed["parsers"][0]["name"]


def test_vector_reads_and_joins_what_it_defines() -> None:
    """Each step of Vector's file takes what another one gives."""
    parsed: dict[str, Any] = tomllib.loads((CONFIG / "vector.toml").read_text("utf-8"))
    given = {*parsed["sources"], *parsed["transforms"]}
    taken = [*parsed["transforms"].values(), *parsed["sinks"].values()]
    assert {name for step in taken for name in step["inputs"]} <= given
    assert "timestamp" in parsed["transforms"]["records"]["source"]
    assert parsed["sinks"]["clickhouse"]["table"] in (CONFIG / "clickhouse.sql").read_text("utf-8")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Channel files that the demo wrote over a few files, one of them rotated and packed."""
    folder = tmp_path_factory.mktemp("demo")
    home = folder / "home"
    home.mkdir()
    command = [sys.executable, "-m", "anivault_loguru", "demo", "--files", "40"]
    environ = {"HOME": str(home), "PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        [*command, "--dir", str(folder / "logs")],
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    logs = folder / "logs"
    lines = (logs / "app.log").read_bytes().splitlines(keepends=True)
    backup = logs / "app.2026-11-23_00-00-00_000000.log.gz"
    backup.write_bytes(gzip.compress(b"".join(lines[: len(lines) // 2])))
    (logs / "app.log").write_bytes(b"".join(lines[len(lines) // 2 :]))
    return logs


def test_clickhouse_takes_the_demo(demo: Path, tmp_path: Path) -> None:
    """The table is made, every record is loaded once, and the three queries answer."""
    pytest.importorskip("chdb", reason="the group integration is missing, or has no wheel here")
    script = tmp_path / "run.py"
    script.write_text(RUN, "utf-8")
    done = subprocess.run(
        [sys.executable, script, CONFIG / "clickhouse.sql", demo, tmp_path / "store"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    count, minutes, endpoints, gaps, joined = map(json.loads, done.stdout.splitlines())
    lines = [
        json.loads(line)
        for path in demo.iterdir()
        if path.suffix in (".log", ".gz")
        for line in (gzip.open if path.suffix == ".gz" else open)(path, "rb")
    ]
    records = {(line["run"], line["seq"]) for line in lines}
    assert int(count[0][0]) == len(records)
    assert sum(int(row[2]) for row in minutes) == len(records)
    errors = {
        (line["run"], line["seq"]) for line in lines if line["level"] in ("ERROR", "CRITICAL")
    }
    assert sum(int(row[3]) for row in minutes) == len(errors) > 0
    requests = [line for line in lines if line["event"] == "api_request"]
    asked = {(line["run"], line["seq"]) for line in requests}
    assert sum(int(row[1]) for row in endpoints) == len(asked) > 0
    assert all(0 < row[2] <= row[3] for row in endpoints)
    assert [int(row[3]) for row in gaps] == [0] * len({run for run, _ in records})
    [failed] = [row for row in joined if row]
    assert failed[0] in {line["exception"]["type"] for line in lines if "exception" in line}


RUN = """
import json, re, sys
from chdb import session

sql, folder, store = sys.argv[1:]
statements = re.sub(r"^--.*$", "", open(sql).read(), flags=re.M).split(";")
statements = [text.replace("/var/log/anivault", folder) for text in statements if text.strip()]
asked = session.Session(store)


def rows(text):
    answer = asked.query(text, "JSONCompact")
    return json.loads(str(answer))["data"] if str(answer) else []


for text in statements[:2]:
    asked.query(text)
print(json.dumps(rows("SELECT count() FROM anivault_logs FINAL")))
for text in statements[2:]:
    print(json.dumps(rows(text)))
failed = "SELECT exception.type FROM anivault_logs WHERE exception.type != '' LIMIT 1"
print(json.dumps(rows(failed)))
"""
