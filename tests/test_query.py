"""`anivault-log query`: what the view holds, how answers are written, and what can't be reached."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Logs
from written import backup, put

from anivault_loguru import events, logger
from anivault_loguru.cli import main
from anivault_loguru.cli.reading import Reader, decode
from anivault_loguru.entry import KEYS
from anivault_loguru.layouts import document_of, nanoseconds

duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed (extra `query`)")

from anivault_loguru.cli.query.database import Database  # noqa: E402


class Asked:
    """One run of the command."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: object) -> None:
        self.status = main(["query", *map(str, arguments)])
        self.out, self.err = capsys.readouterr()

    def rows(self) -> list[dict[str, Any]]:
        """The rows of an answer in JSON."""
        found: list[dict[str, Any]] = json.loads(self.out)
        return found


def line(number: int, **changes: Any) -> bytes:
    """One line of the native schema."""
    record = {
        "timestamp": f"2026-11-23T01:02:03.{number:06d}Z",
        "level": "INFO",
        "component": "app",
        "event": "log",
        "message": f"m{number}",
        "fields": {"n": number},
        "logger": "a",
        "function": "f",
        "line": 1,
        "process": 2,
        "thread": "t",
        "run": "aabbccdd",
        "seq": number,
    }
    return json.dumps({**record, **changes}, ensure_ascii=False).encode()


def test_the_view_has_the_columns_of_the_schema(
    logs: Logs, capsys: pytest.CaptureFixture[str]
) -> None:
    """Typed: time with zone, integers, the fields as JSON, the exception as a struct."""
    logger.info("hello")
    asked = Asked(capsys, "DESCRIBE logs", logs.folder, "--format", "json")
    kinds = {row["column_name"]: row["column_type"] for row in asked.rows()}
    assert kinds["timestamp"] == "TIMESTAMP WITH TIME ZONE"
    assert kinds["fields"] == "JSON"
    assert kinds["seq"] == kinds["line"] == kinds["process"] == "BIGINT"
    assert kinds["exception"].startswith("STRUCT(")
    assert list(kinds)[:6] == "timestamp level component event message request_id".split()


def test_the_question_of_the_readme_is_answered(
    logs: Logs, capsys: pytest.CaptureFixture[str]
) -> None:
    """Errors by component, each once though it stands in error.log too."""
    logger.bind(component="cache").error("full")
    logger.bind(component="cache").critical("lost")
    logger.bind(component="tmdb").error("no answer")
    logger.info("fine")
    sql = "SELECT component, count(*) AS n FROM logs WHERE level='ERROR' GROUP BY 1 ORDER BY 1"
    asked = Asked(capsys, sql, logs.folder, "--format", "json")
    assert asked.rows() == [{"component": "cache", "n": 1}, {"component": "tmdb", "n": 1}]
    assert (asked.status, asked.err) == (0, "")
    assert len((logs.folder / "error.log").read_text().splitlines()) == 3


def test_fields_and_exceptions_can_be_asked_for(
    logs: Logs, capsys: pytest.CaptureFixture[str]
) -> None:
    """`fields->>'…'` and `exception.type`."""
    events.api_request("/3/search", 503, 12.5)
    try:
        raise ValueError("no such poster")
    except ValueError:
        logger.exception("failed")
    sql = (
        "SELECT max((fields->>'duration_ms')::DOUBLE) AS ms, max(exception.type) AS type FROM logs"
    )
    assert Asked(capsys, sql, logs.folder, "--format", "json").rows() == [
        {"ms": 12.5, "type": "ValueError"}
    ]


def test_backups_plain_and_compressed_are_read_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A `.gz` beside the file that it was made of counts as one; other `.gz` count."""
    first, second = "app.2026-11-23_00-00-00_000000.log", "app.2026-11-24_00-00-00_000000.log.gz"
    (tmp_path / first).write_bytes(line(1) + b"\n")
    (tmp_path / f"{first}.gz").write_bytes(gzip.compress(line(1) + b"\n"))
    (tmp_path / second).write_bytes(gzip.compress(line(2) + b"\n"))
    (tmp_path / "app.log").write_bytes(line(3) + b"\n")
    asked = Asked(capsys, "SELECT seq FROM logs ORDER BY 1", tmp_path, "--format", "csv")
    assert asked.out == "seq\n1\n2\n3\n"


def test_broken_lines_are_left_out_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the other commands take for a record is one here, and nothing else."""
    lines = [
        line(1),
        b"not json",
        line(2)[:-5],
        b'{"a":1}',
        b"[1,2]",
        b"null",
        line(3, seq="x"),
        line(4).replace(b"m4", b"\xff\xfe"),
        line(5, timestamp="nonsense"),
        line(6, timestamp="infinity"),
        line(7, fields=[1]),
        b"\x00\x00",
        line(10, message="x" * 3_000_000),
        b"{" * 100_000,
        line(11, more=1),
        line(12)[:40],
    ]
    (tmp_path / "app.log").write_bytes(b"\n".join(lines))
    good = [json.loads(each)["message"] for each in lines if decode(each)]
    asked = Asked(capsys, "SELECT message FROM logs ORDER BY seq", tmp_path, "--format", "json")
    assert sorted(row["message"] for row in asked.rows()) == sorted(good)
    assert asked.err == f"lines that hold no record, left out: {len(lines) - len(good)}\n"
    assert asked.status == 0


def _damaged(kind: str, data: bytes) -> bytes:
    packed = gzip.compress(data)
    half = len(packed) // 2
    return {
        "cut": packed[:half],
        "overwritten": packed[:half] + b"\xff" * 20 + packed[half + 20 :],
        "followed by something else": packed + b"junk",
        "padded with zeros": packed + bytes(700),
        "not compressed at all": data,
        "empty": b"",
    }[kind]


@pytest.mark.parametrize(
    "kind",
    ["cut", "overwritten", "followed by something else", "padded with zeros",
     "not compressed at all", "empty"],
)  # fmt: skip
def test_a_damaged_gz_is_read_as_far_as_it_goes(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As by the other commands: the same records, the same complaint, status 2 for it."""
    chance = random.Random(1)
    data = b"".join(line(n, message=str(chance.random())) + b"\n" for n in range(1, 3000))
    (tmp_path / backup("app", 100)).write_bytes(_damaged(kind, data))
    put(tmp_path / "app.log", [line(5000) + b"\n", b"oops\n"])
    reader = Reader([str(tmp_path)])
    there = [row.document["seq"] for row in reader.records()]
    asked = Asked(capsys, "SELECT seq FROM logs ORDER BY 1", tmp_path, "--format", "json")
    assert [row["seq"] for row in asked.rows()] == there
    assert f"lines that hold no record, left out: {reader.broken}\n" in asked.err
    assert asked.err.endswith("".join(f"anivault-log query: {x}\n" for x in reader.unread))
    assert asked.status == (2 if reader.unread else 0)
    assert bool(reader.unread) == (kind in ("cut", "overwritten", "followed by something else"))


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gz"])
def test_standard_input_is_asked_like_a_file(
    pack: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Of any schema, together with files, copies once, what is no record counted; no file stays."""
    moment = 1_795_395_600_000_000
    values = ("INFO", 20, "cache", "log", "other", "ab12", None, None, {"n": 2}, "l", "f", 1, 2)
    other = document_of("otel", "x")(nanoseconds(moment), *values, "t", "5f0c9a1e", 2, None)
    put(tmp_path / "app.log", [line(1) + b"\n", line(2) + b"\n"])
    piped = pack(b"\n".join([line(2), b"Traceback:", json.dumps(other).encode(), line(3)]))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped)))
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    sql = "SELECT message FROM logs ORDER BY 1"
    asked = Asked(capsys, sql, "-", tmp_path / "app.log", "--format", "csv")
    assert asked.out == "message\nm1\nm2\nm3\nother\n"
    assert asked.err == "lines that hold no record, left out: 1\n"
    assert asked.status == 0
    assert not [*(tmp_path / "scratch").iterdir()]


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_what_is_written_anew_is_its_owners_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Logs are private, and so is a copy of them, whatever the umask."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line(1))))
    before = os.umask(0)
    try:
        database = Database([["-"]], str(tmp_path), str(tmp_path / "answer.parquet"))
        database.close()
    finally:
        os.umask(before)
    (made,) = tmp_path.glob("*.ndjson")
    assert made.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("schema", ["ecs", "otel"])
def test_files_of_other_schemas_are_read_as_the_native_one(
    schema: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same rows as under the native names, from a file that holds both, and is compressed."""
    make = document_of(schema, "anivault")
    records = [
        json.loads(line(1, request_id="ab12", fields={"a": [{"b": None}], "c": 1})),
        json.loads(
            line(2, level="ERROR", exception={"type": "E", "message": "m", "stacktrace": ""})
        ),
    ]
    others = []
    for number, record in enumerate(records):
        time = 1_795_395_723_000_001 + number
        stamp = nanoseconds(time) if schema == "otel" else record["timestamp"]
        values = [record.get(key) for key in KEYS[2:]]
        others.append(json.dumps(make(stamp, record["level"], 20 + 20 * number, *values)).encode())
    natives = [json.dumps(record).encode() for record in records]
    answers = []
    for name, lines in (("native", natives), ("other", [natives[0], others[1]]), ("all", others)):
        folder = tmp_path / name
        put(folder / backup("app", 0), [each + b"\n" for each in [*lines, b"broken"]])
        sql = "SELECT * EXCLUDE (event) FROM logs ORDER BY seq"
        answers.append(Asked(capsys, sql, folder, "--format", "json"))
    assert len(answers[0].rows()) == 2
    for asked in answers[1:]:
        assert asked.rows() == answers[0].rows()
        assert asked.err == "lines that hold no record, left out: 1\n"


def test_a_folder_without_files_is_an_empty_view(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No row, no error; as JSON an empty array."""
    assert Asked(capsys, "FROM logs", tmp_path, "--format", "json").out == "[]\n"


def test_names_that_are_patterns_elsewhere_are_names_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Brackets, stars and quotes in the names of folders and files."""
    folder = tmp_path / "it's [1]*"
    folder.mkdir()
    (folder / "a?.log").write_bytes(line(1))
    (folder / "ab.log").write_bytes(line(2))
    asked = Asked(capsys, "SELECT seq FROM logs ORDER BY 1", folder / "a?.log", "--format", "csv")
    assert asked.out == "seq\n1\n"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('file:///etc/passwd')",
        "SELECT * FROM read_text('{folder}/../secret.txt')",
        "SELECT * FROM '{folder}/../secret.txt'",
        "SELECT * FROM read_text('{folder}/link.log')",
        "SELECT * FROM read_text('{folder}/notes.txt')",
        "SELECT * FROM read_text('/proc/self/environ')",
        "SELECT * FROM glob('{folder}/../*')",
        "SELECT * FROM sniff_csv('/etc/passwd')",
        "SELECT * FROM parquet_metadata('/etc/passwd')",
        "SELECT getenv('HOME')",
        "SELECT * FROM sql",
        "SELECT * FROM query('COPY (SELECT 1) TO ''{folder}/x''')",
        "FROM 'http://127.0.0.1:9/a.csv'",
        "COPY (SELECT 1) TO '{folder}/app.log'",
        "COPY (SELECT 1) TO '{folder}/app.log' (USE_TMP_FILE false)",
        "COPY logs TO '{folder}/new.csv'",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{folder}/app.log'",
        "ATTACH '{folder}/new.db'",
        "EXPORT DATABASE '{folder}/new'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "PRAGMA enable_external_access = true",
        "CALL pragma_version()",
        "CREATE TABLE t AS SELECT 1",
        "DROP VIEW logs",
        "SELECT 1; COPY (SELECT 1) TO '{folder}/app.log'",
        "PREPARE p AS COPY (SELECT 1) TO '{folder}/app.log'",
        "",
    ],
)
def test_nothing_but_the_files_is_reached_and_nothing_is_written(
    sql: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each of these is refused with status 2, says so in a line, and changes no file."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("TOP SECRET")
    (folder / "notes.txt").write_text("TOP SECRET")
    (folder / "app.log").write_bytes(line(1) + b"\n")
    if "link.log" in sql:
        os.symlink(tmp_path / "secret.txt", folder / "link.log")
    before = sorted(tmp_path.rglob("*"))
    outputs = [[], ["-o", str(tmp_path / "answer.parquet")]]
    for output in outputs if sql.startswith(("SELECT", "COPY")) else outputs[:1]:
        asked = Asked(capsys, sql.format(folder=folder), folder, *output)
        assert (asked.status, asked.out) == (2, "")
        assert "anivault-log query: " in asked.err
        assert "TOP SECRET" not in asked.err
        assert sorted(tmp_path.rglob("*")) == before
    assert (folder / "app.log").read_bytes() == line(1) + b"\n"


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_out_of_the_folder_is_not_followed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is left out and named, status 2; the rest is answered. A link that is asked for counts."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (tmp_path / "other.log").write_bytes(line(7))
    (folder / "app.log").write_bytes(line(1))
    os.symlink(tmp_path / "other.log", folder / "link.log")
    asked = Asked(capsys, "SELECT seq FROM logs", folder, "--format", "csv")
    assert asked.out == "seq\n1\n"
    assert "link.log leads out of the folder" in asked.err
    assert asked.status == 2
    os.symlink(folder, tmp_path / "current")
    asked = Asked(capsys, "SELECT count(*) AS n FROM logs", tmp_path / "current" / "app.log")
    assert asked.out.split()[-1] == "1"
    assert asked.status == 0


def test_a_table_is_aligned_and_drives_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wide letters take two columns, figures stand to the right, control characters escaped."""
    (tmp_path / "app.log").write_bytes(
        line(1, message="장송") + b"\n" + line(200, message="\x1b[2J\u202e")
    )
    asked = Asked(capsys, "SELECT message, seq FROM logs ORDER BY seq", tmp_path)
    assert asked.out == (
        "message          seq\n───────────────  ───\n장송               1\n\\u001b[2J\\u202e  200\n"
    )


def test_csv_and_json_hold_what_the_records_hold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Text comes back as it was, times as the files have them; JSON is one object a line."""
    text = 'a "b", \n장송\u202e\u2028\x9b'
    (tmp_path / "app.log").write_bytes(line(1, message=text) + b"\n" + line(2, message="x"))
    sql = "SELECT timestamp, message, fields, sum(seq) AS s FROM logs GROUP BY ALL ORDER BY s"
    asked = Asked(capsys, sql, tmp_path, "--format", "json")
    assert asked.rows()[0] == {
        "timestamp": "2026-11-23T01:02:03.000001Z",
        "message": text,
        "fields": {"n": 1},
        "s": 1,
    }
    assert len(asked.out.splitlines()) == 4
    assert not any(mark in asked.out for mark in "\u202e\u2028\x9b")
    asked = Asked(capsys, sql, tmp_path, "--format", "csv")
    first = next(csv.DictReader(io.StringIO(asked.out)))
    assert first["message"] == text
    assert first["timestamp"] == "2026-11-23T01:02:03.000001Z"


def test_parquet_and_other_formats_go_into_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The ending tells the format; the file is its owner's alone; Parquet needs a file."""
    (tmp_path / "app.log").write_bytes(line(1))
    for ending in ("parquet", "csv", "json"):
        output = tmp_path / f"answer.{ending}"
        asked = Asked(capsys, "FROM logs", tmp_path, "-o", output)
        assert (asked.status, asked.out, asked.err) == (0, "", "")
        assert os.name == "nt" or output.stat().st_mode & 0o777 == 0o600
    rows = duckdb.sql(f"SELECT seq, fields FROM '{tmp_path}/answer.parquet'").fetchall()
    assert rows == [(1, '{"n":1}')]
    assert json.loads((tmp_path / "answer.json").read_text())[0]["fields"] == {"n": 1}
    assert (tmp_path / "answer.csv").read_text().startswith("timestamp,level,")
    asked = Asked(capsys, "FROM logs", tmp_path, "--format", "parquet")
    assert asked.status == 2
    assert "-o FILE" in asked.err


def test_a_failed_question_leaves_the_output_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was there stays, and nothing else appears."""
    (tmp_path / "app.log").write_bytes(line(1) + b"\n" + line(2, message="x"))
    output = tmp_path / "answer.csv"
    output.write_text("kept")
    before = sorted(tmp_path.iterdir())
    asked = Asked(capsys, "SELECT message::INTEGER FROM logs", tmp_path, "-o", output)
    assert asked.status == 2
    assert output.read_text() == "kept"
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["SELEC 1", "."], "syntax error"),
        (["SELECT nothing FROM logs", "."], "nothing"),
        (["FROM logs", "no/such/folder"], "no file or folder no/such/folder"),
    ],
)
def test_what_is_wrong_is_said_with_status_2(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """DuckDB's message or ours, no traceback."""
    monkeypatch.chdir(tmp_path)
    asked = Asked(capsys, *arguments)
    assert asked.status == 2
    assert said in asked.err
    assert "Traceback" not in asked.err


def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2 and the command for pip."""
    monkeypatch.setitem(sys.modules, "duckdb", None)
    asked = Asked(capsys, "FROM logs", tmp_path)
    assert asked.status == 2
    assert 'pip install "anivault-loguru[query]"' in asked.err
