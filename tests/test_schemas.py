"""The schemas: the same record under three sets of names, and back without loss."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import loguru
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import anivault_loguru
from anivault_loguru import configure, logger, shutdown
from anivault_loguru.cli import main
from anivault_loguru.entry import KEYS, problems
from anivault_loguru.layouts import layout_of
from anivault_loguru.masking import Masker
from anivault_loguru.plain import dumps
from anivault_loguru.schemas import (
    NAMES,
    TAKEN,
    decoded,
    native_of,
    schema_of,
    severity,
)

FOLDER = Path(anivault_loguru.__file__).parent / "schema"

texts = st.text(st.characters(codec="utf-8"), max_size=20)
ids = st.none() | texts
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
# Names that stand elsewhere in a schema are the ones that could be lost.
keys = texts | st.sampled_from([*sorted(TAKEN), *KEYS, "labels", "anivault.fields", "Body", "a.b"])
exceptions = st.none() | st.fixed_dictionaries(
    {"type": texts, "message": texts, "stacktrace": texts}
)
records = st.tuples(
    st.integers(-(10**15), 10**16),
    st.sampled_from([("TRACE", 5), ("SUCCESS", 25), ("NOTICE", 22)]),
    texts.filter(bool),
    texts.filter(bool),
    texts,
    *[ids] * 3,
    st.dictionaries(keys, values, max_size=5),
    *[texts] * 2,
    *[st.integers(0, 2**31)] * 2,
    texts,
    st.from_regex(r"\A[0-9a-f]{8}\Z"),
    st.integers(0, 2**40),
    exceptions,
)


def written(schema: str, record: tuple[Any, ...]) -> dict[str, Any]:
    """The decoded line of a record."""
    time, level, *rest = record
    layout = layout_of(schema, "anivault")
    decoded: dict[str, Any] = orjson.loads(
        dumps(layout.document(layout.stamp(time), *level, *rest))
    )
    return decoded


@given(records, st.sampled_from(NAMES))
def test_no_schema_loses_anything(record: tuple[Any, ...], schema: str) -> None:
    """Whatever is logged comes back from each schema as the native record it is."""
    native = written("native", record)
    assert problems(native) == []
    back = native_of(written(schema, record))
    assert back == native
    assert list(back) == list(native)


@pytest.mark.parametrize("schema", NAMES)
def test_a_line_is_valid_under_its_json_schema(schema: str) -> None:
    """The shipped JSON Schema takes what is written, in its order, and refuses other keys."""
    path = FOLDER / f"{schema}.json"
    if not path.exists():
        pytest.skip(f"{path.name} is not there")
    published = json.loads(path.read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(published)

    @settings(max_examples=30)
    @given(records)
    def check(record: tuple[Any, ...]) -> None:
        line = written(schema, record)
        assert [error.message for error in validator.iter_errors(line)] == []
        assert [key for key in published["properties"] if key in line] == list(line)
        assert not validator.is_valid({**line, "other": 1})

    check()


EXAMPLE = (
    1_795_395_723_456_789,
    ("INFO", 20),
    *("pipeline", "file.processed", "Processed 3 files", "ab12", None, None),
    {"n": 3, "tags": ["a"]},
    *("anivault.scan", "scan", 42, 4242, "MainThread", "5f0c9a1e", 17),
    {"type": "ValueError", "message": "…", "stacktrace": "Traceback"},
)


def test_the_ecs_line() -> None:
    """ECS: the first keys as its loggers have them, labels of single values, dotted names."""
    assert json.dumps(written("ecs", EXAMPLE), ensure_ascii=False, separators=(",", ":")) == (
        '{"@timestamp":"2026-11-23T01:02:03.456789Z","log.level":"INFO",'
        '"message":"Processed 3 files","ecs.version":"8.11.0","service.name":"anivault",'
        '"event.dataset":"pipeline","event.action":"file.processed","http.request.id":"ab12",'
        '"labels":{"n":3},"anivault.fields":{"tags":["a"]},"log.logger":"anivault.scan",'
        '"log.origin.function":"scan","log.origin.file.line":42,"process.pid":4242,'
        '"process.thread.name":"MainThread","process.entity_id":"5f0c9a1e","event.sequence":17,'
        '"error.type":"ValueError","error.message":"…","error.stack_trace":"Traceback"}'
    )


def test_the_otel_line() -> None:
    """OpenTelemetry: the data model's names, nanoseconds without a float, attributes flat."""
    assert json.dumps(written("otel", EXAMPLE), ensure_ascii=False, separators=(",", ":")) == (
        '{"Timestamp":"1795395723456789000","SeverityText":"INFO","SeverityNumber":9,'
        '"Body":"Processed 3 files","EventName":"file.processed",'
        '"Resource":{"service.name":"anivault","service.instance.id":"5f0c9a1e",'
        '"process.pid":4242},"InstrumentationScope":{"Name":"anivault.scan"},'
        '"Attributes":{"component":"pipeline","request_id":"ab12","code.function.name":"scan",'
        '"code.line.number":42,"thread.name":"MainThread","seq":17,'
        '"exception.type":"ValueError","exception.message":"…",'
        '"exception.stacktrace":"Traceback","n":3,"tags":["a"]}}'
    )


def test_labels_hold_what_becomes_text() -> None:
    """A path is a label, as text; what becomes an array or an object is not."""
    fields = {"path": Path("a"), "names": {"b"}, "n": 1}
    line = written("ecs", (*EXAMPLE[:8], fields, *EXAMPLE[9:]))
    assert line["labels"] == {"path": "a", "n": 1}
    assert line["anivault.fields"] == {"names": ["b"]}


@pytest.mark.parametrize("schema", NAMES)
def test_names_of_a_schema_are_no_secrets(schema: str) -> None:
    """Masking leaves the schema's own keys and values alone."""
    line = dumps(written(schema, EXAMPLE))
    assert Masker().mask_line(line) == line
    assert not [key for key in orjson.loads(line) if Masker().is_sensitive(key)]


def test_other_json_is_no_record() -> None:
    """A line in no schema is told from one; a native one is given back itself."""
    assert native_of({"msg": "x"}) is None
    assert schema_of({"msg": "x"}) is None
    native = written("native", EXAMPLE)
    assert native_of(native) is native
    assert [schema_of(written(schema, EXAMPLE)) for schema in NAMES] == list(NAMES)


@pytest.mark.parametrize("key", ["@timestamp", "Timestamp"])
def test_other_peoples_lines_are_read_as_far_as_they_go(key: str) -> None:
    """Missing keys stay missing, and values of other types raise nothing."""
    line: dict[str, Any] = {key: None, "labels": 1, "Attributes": [], "Resource": "x"}
    line["host.name"] = "h"
    native = native_of(line)
    assert native is not None
    assert native["timestamp"] is None
    assert native["fields"] == {}
    assert native["host.name"] == "h"


def test_severity_of_every_level() -> None:
    """loguru's levels begin OpenTelemetry's ranges, SUCCESS is an INFO, others lie between."""
    levels = {"TRACE": 5, "DEBUG": 10, "INFO": 20, "SUCCESS": 25, "WARNING": 30, "ERROR": 40}
    assert [severity(no) for no in [*levels.values(), 50]] == [1, 5, 9, 11, 13, 17, 21]
    found = [severity(no) for no in range(-10, 200)]
    assert found == sorted(found)
    assert {*found} == set(range(1, 25))


class Odd:
    """Becomes text, as one value."""

    def __str__(self) -> str:
        return "odd"


def _talk() -> None:
    """Log from places that are met once, and from places that are met again."""
    for n in range(3):
        logger.info("plain")
        logger.info("{n} done", n=n)
        logger.bind(request_id="r1", component="cache").info("bound", event="e.v", path=Path("a"))
        logger.info("nested", tags=["a", {"b": n}], name="x", odd=Odd(), big=2**70)
        logger.info("clash", seq=1, **{"thread.name": "t", "fields": 2, "exception.type": "T"})
        logger.info("secret {password}", password="hunter2-and-more", api_key=["k-123456"])
        logger.info("short pin=1234", pin="1234")
        logger.info("control \x9b \ud800", key_=None, sets={"one"})
        logger.opt(exception=ValueError(f"of {n}")).error("failed")
        loguru.logger.info("theirs {}", n)


@pytest.mark.parametrize("schema", ["ecs", "otel"])
def test_a_schema_changes_names_alone(tmp_path: Path, schema: str) -> None:
    """What is logged under another schema is the same record, by both lanes, masked, and valid."""
    found = {}
    for name in ("native", schema):
        folder = tmp_path / name
        quiet: dict[str, Any] = {"console": {"enabled": False}, "metrics": {"enabled": False}}
        configure(dir=folder, schema=name, app="films", **quiet)
        _talk()
        shutdown()
        paths = [folder / f"{channel}.log" for channel in ("app", "error", "pipeline")]
        lines = [line for path in paths for line in path.open("rb")]
        found[name] = [orjson.loads(line) for line in lines]
    published = json.loads((FOLDER / f"{schema}.json").read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(published)
    assert len(found[schema]) == len(found["native"]) == 33
    for native, line in zip(found["native"], found[schema], strict=True):
        assert [error.message for error in validator.iter_errors(line)] == []
        assert [key for key in published["properties"] if key in line] == list(line)
        back = native_of(line)
        assert back is not None
        same = {"timestamp": native["timestamp"], "seq": native["seq"]}
        assert {**back, **same} == native
        assert "films" in json.dumps(line)
    assert "hunter2" not in json.dumps(found[schema])


@pytest.mark.parametrize("schema", NAMES)
@pytest.mark.parametrize("limit", [1200, 5000])
def test_a_line_is_cut_in_every_schema(tmp_path: Path, schema: str, limit: int) -> None:
    """A record that is too long is cut to size, says so, and is still a valid record."""
    quiet: dict[str, Any] = {"console": {"enabled": False}, "metrics": {"enabled": False}}
    configure(dir=tmp_path, schema=schema, max_record_bytes=limit, **quiet)
    for _ in range(3):
        logger.info("m" * 9000, text="t" * 9000, nested={"n": ["x" * 10] * 900})
        logger.info("many", **{f"key{n}": n for n in range(2000)}, nested=dict.fromkeys("ab" * 500))
    lines = (tmp_path / "app.log").read_bytes().splitlines(keepends=True)
    assert max(map(len, lines)) <= limit
    for line in lines:
        record = decoded(line)
        assert problems(record) == []
        assert record["fields"]["record_cut"] > limit


@pytest.mark.parametrize("schema", NAMES)
def test_people_see_the_same_whatever_the_schema(
    tmp_path: Path, schema: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Console, text files and error patterns know every schema."""
    channels = {"app": {"serialize": False}}
    console = {"format": "human"}
    configure(dir=tmp_path, schema=schema, channels=channels, console=console)
    logger.opt(exception=KeyError("k")).error("it failed", n=3)
    shutdown()
    for text in (capsys.readouterr().err, (tmp_path / "app.log").read_text("utf-8")):
        assert "it failed" in text
        assert "n=3" in text
        assert "KeyError" in text


@pytest.mark.parametrize("schema", NAMES)
def test_the_commands_read_every_schema(
    tmp_path: Path, schema: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the schema, the commands find the same records in the files."""
    configure(dir=tmp_path, schema=schema, console={"enabled": False}, metrics={"enabled": False})
    with logger.contextualize(request_id="rq1"):
        for n in range(3):
            logger.bind(component="cache").info("looked up {n}", n=n, event="cache.look")
    logger.opt(exception=KeyError("k")).error("it failed")
    anivault_loguru.audit("login", user="kim")
    shutdown()
    folder = str(tmp_path)
    sql = "select component, count(*) as n from logs where event = 'cache.look' group by 1"
    for command, expected in (
        (["validate", folder], ""),
        (["verify", folder], "ok"),
        (["tail", folder], "looked up 2"),
        (["trace", "rq1", folder], "looked up 2"),
        (["stats", folder], "cache"),
        (["query", sql, folder], "cache"),
        (["report", folder, "-o", str(tmp_path / "report.html")], ""),
    ):
        assert main(command) == 0, command
        assert expected in capsys.readouterr().out
    assert "KeyError" in (tmp_path / "report.html").read_text("utf-8")
