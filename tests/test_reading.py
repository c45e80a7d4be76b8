"""The reading core: files in order, channels merged, copies once, damage counted, all hostile."""

from __future__ import annotations

import gzip
import io
import os
import re
import subprocess
import sys
import tracemalloc
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Thread
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from written import START, backup, line, put, stamp

from anivault_loguru import configure, entry, logger, shutdown
from anivault_loguru.cli.reading import (
    Copies,
    FieldTest,
    Reader,
    Selection,
    Source,
    decode,
    default_folder,
    lines_of,
    parse_moment,
    sources_of,
)
from anivault_loguru.cli.reading import copies as copies_module
from anivault_loguru.cli.reading import files as files_module
from anivault_loguru.cli.reading import lines as lines_module
from anivault_loguru.cli.reading.follow import Follower
from anivault_loguru.layouts import document_of, nanoseconds


def messages(*paths: Path | str, **selection: object) -> list[str]:
    """The messages of what is read, in the order in which it comes."""
    reader = Reader([str(path) for path in paths], Selection(**selection))  # type: ignore[arg-type]
    return [found.document["message"] for found in reader.records()]


def test_files_come_by_channel_and_time(tmp_path: Path) -> None:
    """Backups before the live file, oldest first, whether compressed or not."""
    names = [
        "app.log",
        backup("app", 60),
        backup("app", 0, ".log"),
        "error.log",
        backup("error", 9),
    ]
    for name in [*names, "app.log.gz.tmp", "notes.txt"]:
        put(tmp_path / name, [])
    found = [os.path.basename(source.path) for source in sources_of([str(tmp_path)])]
    assert found == [
        backup("app", 0, ".log"),
        backup("app", 60),
        "app.log",
        backup("error", 9),
        "error.log",
    ]


@pytest.mark.parametrize("as_files", [True, False])
def test_a_backup_that_stands_there_twice_is_one(tmp_path: Path, as_files: bool) -> None:
    """Compressed and not, after a crash between the two: its records count once."""
    put(tmp_path / backup("app", 0, ".log"), [line(0, "one", seq=0)])
    put(tmp_path / backup("app", 0), [line(0, "one", seq=0)])
    assert messages(*(sorted(tmp_path.iterdir()) if as_files else [tmp_path])) == ["one"]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    """By itself and by its folder; a stranger's line has no number that would tell."""
    path = put(tmp_path / "app.log", [line(0, "one", seq=0)])
    assert messages(path, tmp_path, f"{tmp_path}/./app.log") == ["one"]


def test_channels_are_merged_in_the_order_of_time(tmp_path: Path) -> None:
    """Across channels, backups and live files; slightly disordered lines are put right."""
    put(tmp_path / backup("app", 3), [line(0, "0"), line(3, "3")])
    put(tmp_path / "app.log", [line(5, "5"), line(4, "4"), line(8, "8")])
    put(tmp_path / "network.log", [line(1, "1"), line(2, "2"), line(6, "6"), line(7, "7")])
    assert messages(tmp_path) == list("012345678")


def test_a_copy_comes_once(tmp_path: Path) -> None:
    """What stands in error.log too has the same run and number, whatever else is on its line."""
    wrong = line(1, "wrong", level="ERROR", seq=7)
    put(tmp_path / "audit.log", [line(0, "fine", seq=6), line(1, "wrong", seq=7, prev="x")])
    put(tmp_path / "error.log", [wrong])
    reader = Reader([str(tmp_path)])
    assert [found.document["message"] for found in reader.records()] == ["fine", "wrong"]
    assert reader.copies == 1


def test_what_has_no_number_is_no_copy(tmp_path: Path) -> None:
    """`seq` 0 is what only a console showed; others number nothing at all."""
    odd = orjson.dumps(dict.fromkeys(("level", "component", "event", "message"), "x"))
    odd = odd.replace(b"{", b'{"timestamp":"%s",' % stamp(1).encode(), 1) + b"\n"
    put(tmp_path / "app.log", [line(0, "a", seq=0), line(0, "a", seq=0), odd, odd])
    assert messages(tmp_path) == ["a", "a", "x", "x"]


def test_two_runs_of_the_same_digits_on_other_days_are_two(tmp_path: Path) -> None:
    """Eight digits are drawn at random: in years of logs some are drawn twice."""
    put(tmp_path / "app.log", [line(0, "a", seq=1), line(90_000, "b", seq=1)])
    assert messages(tmp_path) == ["a", "b"]


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.integers(1, 20_000)), max_size=60))
def test_copies_are_told_as_a_set_would(seen: list[tuple[str, int]]) -> None:
    """A bit for each number tells the same as remembering the keys themselves."""
    copies, known = Copies(), set()
    for run, seq in seen:
        assert copies.has_number("2026-11-23", run, seq) == ((run, seq) in known)
        known.add((run, seq))


def test_hostile_numbers_take_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each number far from all others has a page of its own, and the oldest pages go."""
    monkeypatch.setattr(copies_module, "_PAGES", 500)
    copies = Copies()
    tracemalloc.start()
    for number in range(1, 5000):
        copies.has_number("2026-11-23", "r", number * 10**12)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 600_000


def test_broken_lines_are_counted_and_passed_over(tmp_path: Path) -> None:
    """Text, torn lines, other JSON, bytes that are no UTF-8, a stamp that is none, empty lines."""
    wrong = [b"plain text\n", line(1)[:40] + b"\n", b"[1]\n", b"\xff\xfe\n", b"\n", b'{"a":1}\n']
    wrong += [line(1).replace(b"2026-11-23T", b"2026-13-23T"), line(1, fields=[]), b"[" * 9999]
    put(tmp_path / "app.log", [line(0, "a"), *wrong[:-1], line(2, "b"), wrong[-1]])
    reader = Reader([str(tmp_path)])
    found = list(reader.records(with_broken=True))
    assert [row.document.get("message") for row in found] == ["a", *[None] * 8, "b", None]
    assert reader.broken == 9
    assert reader.places[0] == f"{tmp_path}/app.log:2"


@pytest.mark.parametrize("cut", [1, 8, 20, 4000])
def test_a_truncated_gz_is_read_as_far_as_it_goes(tmp_path: Path, cut: int) -> None:
    """What can be read is there, the file is named, and the other files are read."""
    lines = [line(n, os.urandom(20).hex(), seq=n + 1) for n in range(1000)]
    packed = gzip.compress(b"".join(lines))
    (tmp_path / backup("app", 1000)).write_bytes(packed[:-cut])
    put(tmp_path / "app.log", [line(2000, "last")])
    reader = Reader([str(tmp_path)])
    found = [row.document["message"] for row in reader.records()]
    assert found[-1] == "last"
    assert len(found) == 1001 if cut < 9 else 500 < len(found) < 1001
    assert "middle of its compressed data" in reader.unread[0]
    assert backup("app", 1000) in reader.unread[0]


def test_damage_inside_a_gz_is_told(tmp_path: Path) -> None:
    """A checksum that does not fit: the lines are there, the file is named as damaged."""
    lines = [line(n, os.urandom(20).hex(), seq=n + 1) for n in range(1000)]
    packed = bytearray(gzip.compress(b"".join(lines)))
    packed[-8] ^= 1  # the checksum
    (tmp_path / "app.log.gz").write_bytes(packed)
    reader = Reader([str(tmp_path)])
    assert len(list(reader.records())) == 1000
    assert "damaged" in reader.unread[0]


def test_gz_members_follow_one_another(tmp_path: Path) -> None:
    """As `cat a.gz b.gz` makes them, zeros after them included."""
    path = tmp_path / "all.gz"
    path.write_bytes(gzip.compress(line(0, "a")) + gzip.compress(line(1, "b")) + b"\0" * 700)
    assert messages(path) == ["a", "b"]


@given(
    st.lists(st.binary(max_size=40).map(lambda data: data.replace(b"\n", b"")), max_size=20),
    st.booleans(),
    st.integers(1, 64),
)
def test_lines_are_those_of_the_file(pieces: list[bytes], ends: bool, chunk: int) -> None:
    """Whatever the size of what is read at once, compressed or not: number, offset and bytes."""
    data = b"\n".join(pieces) + b"\n" * ends
    if data.startswith(b"\x1f\x8b"):
        return
    expected = data.split(b"\n")
    expected = expected[:-1] if not expected[-1] else expected
    kept, lines_module._CHUNK = lines_module._CHUNK, chunk
    try:
        for file in (io.BytesIO(data), io.BytesIO(gzip.compress(data))):
            found = list(lines_of("x", file=file))
            assert [row.data for row in found] == expected
            assert [row.number for row in found] == list(range(1, len(expected) + 1))
            assert all(data[row.offset :].startswith(row.data) for row in found)
    finally:
        lines_module._CHUNK = kept


@given(st.lists(st.text("ab\n", max_size=30), max_size=20), st.text("ab", min_size=1, max_size=3))
def test_a_needle_finds_the_lines_that_hold_it(pieces: list[str], needle: str) -> None:
    """Each once, with its place."""
    data = "\n".join(pieces).encode()
    wanted = needle.encode()
    expected = [row for row in data.split(b"\n") if wanted in row]
    found = list(lines_of("x", wanted, io.BytesIO(data)))
    assert [row.data for row in found] == expected
    assert all(data[row.offset :].startswith(row.data) for row in found)


def test_a_line_without_end_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without newlines does not eat the memory."""
    monkeypatch.setattr(lines_module, "LONGEST", 1_000_000)
    path = put(tmp_path / "app.log", [b"x" * 5_000_000])
    pieces = [row.data for row in lines_of(str(path))]
    assert max(map(len, pieces)) < 1_500_000
    assert sum(map(len, pieces)) == 5_000_000


def test_standard_input_is_read_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line is there when it was written, though the pipe stays open; compressed too."""
    reading, writing = os.pipe()
    with open(reading, "rb") as source, open(writing, "wb", buffering=0) as target:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(source))
        found = Reader(["-"]).records()
        for number in range(3):
            target.write(line(number, str(number)))
            assert next(found).document["message"] == str(number)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(line(0, "z")))))
    assert messages("-") == ["z"]


def test_rotation_while_reading_loses_nothing(tmp_path: Path) -> None:
    """A live file that is rotated before its turn comes is read nevertheless."""
    put(tmp_path / "a.log", [line(n, f"a{n}") for n in range(3000)])
    put(tmp_path / "b.log", [line(n + 0.1, f"b{n}") for n in range(3000)])
    put(tmp_path / backup("a", 0, ".log"), [line(-1, "old")])
    found = Reader([str(tmp_path)]).records()
    assert next(found).document["message"] == "old"
    for name in ("a", "b"):
        os.rename(tmp_path / f"{name}.log", tmp_path / backup(name, 9000, ".log"))
        put(tmp_path / f"{name}.log", [line(9001, "new")])
    assert sum(row.document["message"] != "new" for row in found) == 6000


def test_a_backup_compressed_while_reading_is_its_gz(tmp_path: Path) -> None:
    """The name that was read from the folder is gone by then."""
    plain = put(tmp_path / backup("app", 60, ".log"), [line(0, "one")])
    reader = Reader([str(tmp_path)])
    put(tmp_path / backup("app", 60), [line(0, "one")])
    plain.unlink()
    assert [row.document["message"] for row in reader.records()] == ["one"]
    assert reader.unread == []


def test_backups_closed_before_the_time_wanted_are_not_opened(tmp_path: Path) -> None:
    """Their names say it, with a minute to spare for processes that noticed the rotation late."""
    (tmp_path / backup("app", 0)).write_bytes(b"never read")
    put(tmp_path / backup("app", 980), [line(981, "late")])
    put(tmp_path / "app.log", [line(990, "b")])
    reader = Reader([str(tmp_path)], Selection(since=stamp(981)))
    assert [row.document["message"] for row in reader.records()] == ["late", "b"]
    assert reader.unread == []


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({"level": "WARNING"}, "cd"),
        ({"components": frozenset({"cache", "tmdb"})}, "ab"),
        ({"components": frozenset({"tmdb"})}, "b"),
        ({"events": frozenset({"api_request"})}, "b"),
        ({"request_id": "r1"}, "a"),
        ({"request_id": "r…"}, "ab"),
        ({"request_id": "한글"}, "c"),
        ({"since": stamp(1), "until": stamp(3)}, "bc"),
        ({"grep": re.compile("status_code")}, "b"),
        ({"grep": re.compile("^b|c$")}, "bc"),
        ({"grep": re.compile("DEEP", re.IGNORECASE)}, "c"),
        ({"fields": (FieldTest.parse("status_code>=500"),)}, "b"),
        ({"fields": (FieldTest.parse("status_code>=501"),)}, ""),
    ],
)
def test_records_are_selected(tmp_path: Path, selection: dict[str, object], expected: str) -> None:
    """By level, component, event, request, time, text and field, alone or together."""
    put(
        tmp_path / "app.log",
        [
            line(0, "a", component="cache", request_id="r1"),
            line(1, "b", component="tmdb", event="api_request", request_id="r2",
                 fields={"status_code": 500}),
            line(2, "c", level="ERROR", request_id="한글", fields={"x": {"y": "deep"}}),
            line(3, "d", level="NOTICE"),
        ],
    )  # fmt: skip
    assert "".join(messages(tmp_path, **selection)) == expected


_LINES = st.builds(
    line,
    st.floats(0, 100),
    st.text(max_size=10),
    level=st.sampled_from(["DEBUG", "INFO", "ERROR", "odd\\"]),
    component=st.sampled_from(["cache", 'c"', "한글"]),
    event=st.sampled_from(["log", "e"]),
    request_id=st.sampled_from(["a1", "a2", 'q"x', ""]),
)
_SELECTIONS = st.builds(
    Selection,
    level=st.sampled_from([None, "INFO", "ERROR"]),
    components=st.frozensets(st.sampled_from(["cache", 'c"', "한글"])),
    events=st.frozensets(st.sampled_from(["log", "e"])),
    request_id=st.sampled_from([None, "a1", 'q"x', "a…"]),
    since=st.sampled_from(["", stamp(50)]),
    grep=st.sampled_from([None, re.compile("cache"), re.compile("[ab]")]),
)


@given(_LINES, _SELECTIONS)
def test_bytes_reject_only_what_decoding_would(data: bytes, selection: Selection) -> None:
    """The law of the short cut: what a selection takes holds its needle and is not rejected."""
    document = decode(data)
    assert document is not None
    if selection.takes(document, data.rstrip()):
        assert selection.needle in data
        assert not selection.rejects(data)


@pytest.mark.parametrize(
    ("selection", "needle"),
    [
        ({"request_id": "ab12"}, '"ab12"'),
        ({"request_id": "ab12…"}, '"ab12'),
        ({"request_id": "ab*12"}, "ab"),
        ({"request_id": "한글"}, ""),
        ({"events": frozenset({"cache"}), "request_id": "a"}, '"cache"'),
        ({"events": frozenset({"cache", "log"})}, ""),
        ({"grep": re.compile("time out"), "components": frozenset({"tmdb"})}, "time out"),
    ],
)
def test_the_needle_is_the_longest_text_that_is_certain(
    selection: dict[str, Any], needle: str
) -> None:
    """A value that is known to its ends stands in quotes, whatever the schema."""
    assert Selection(**selection).needle == needle.encode()


@pytest.mark.parametrize(
    ("test", "passes"),
    [
        ("n>=500", True), ("n>500", False), ("n=500.0", True), ("n!=500", False), ("n<x", False),
        ("t=word", True), ("t!=word", False), ("t~^w.r", True), ("t~x", False), ("t>a", True),
        ("deep.k=1", True), ("a.b=dotted", True), ("deep.no=1", False), ("none=null", True),
        ("yes=true", True), ("yes=false", False), ("yes>=true", False),
        ("logger=anivault.scan", True), ("process>4000", True), ("gone!=1", False),
    ],
)  # fmt: skip
def test_fields_are_compared_by_their_kind(test: str, passes: bool) -> None:
    """Numbers as numbers, texts as texts; a field that is missing passes nothing."""
    fields = {"n": 500, "t": "word", "deep": {"k": 1}, "a.b": "dotted", "none": None, "yes": True}
    document = decode(line(0, fields=fields))
    assert document is not None
    assert FieldTest.parse(test).passes(document) is passes


@pytest.mark.parametrize("text", ["", "status", ">=5", "a~("])
def test_a_test_that_is_none_says_what_is_expected(text: str) -> None:
    """A sentence with the text."""
    with pytest.raises(ValueError, match=re.escape(repr(text.removeprefix("a~")))):
        FieldTest.parse(text)


NOW = datetime(2026, 11, 23, 10, 0, tzinfo=timezone.utc)
SEOUL = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("10m", None, "2026-11-23T09:50:00.000000Z"),
        ("1.5h", None, "2026-11-23T08:30:00.000000Z"),
        ("2 d", None, "2026-11-21T10:00:00.000000Z"),
        ("now", None, "2026-11-23T10:00:00.000000Z"),
        ("09:30", timezone.utc, "2026-11-23T09:30:00.000000Z"),
        ("11:30", timezone.utc, "2026-11-22T11:30:00.000000Z"),
        ("18:30:05", SEOUL, "2026-11-23T09:30:05.000000Z"),
        ("today", SEOUL, "2026-11-22T15:00:00.000000Z"),
        ("yesterday", timezone.utc, "2026-11-22T00:00:00.000000Z"),
        ("2026-11-23", SEOUL, "2026-11-22T15:00:00.000000Z"),
        ("2026-11-23 09:00", SEOUL, "2026-11-23T00:00:00.000000Z"),
        ("2026-11-23T01:02:03.456789Z", SEOUL, "2026-11-23T01:02:03.456789Z"),
        ("2026-11-23T01:02:03+02:00", None, "2026-11-22T23:02:03.000000Z"),
    ],
)
def test_moments_are_read_as_people_write_them(
    text: str, zone: timezone | None, expected: str
) -> None:
    """Ages, times of day, dates and stamps, local unless they say otherwise."""
    assert parse_moment(text, NOW, zone) == expected


@pytest.mark.parametrize("text", ["", "soon", "25:00", "2026-13-01", "10", "99999999999d"])
def test_what_is_no_moment_says_what_is_expected(text: str) -> None:
    """Not a guess."""
    with pytest.raises(ValueError, match="expected 10m, 2h"):
        parse_moment(text, NOW)


def test_the_default_folder_is_the_configured_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable, without reading settings at all; else what the settings say."""
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "config" / "logging.toml", [b'dir = "from-toml"\n'])
    assert default_folder() == str(tmp_path / "from-toml")
    monkeypatch.setenv("ANIVAULT_LOG_DIR", "from-variable")
    assert default_folder() == str(tmp_path / "from-variable")


def test_what_the_library_writes_is_read(tmp_path: Path) -> None:
    """Through rotation and compression, from all channels, each record once."""
    configure(
        dir=tmp_path,
        console={"enabled": False},
        metrics={"enabled": False},
        channels={"app": {"max_bytes": 3000, "retention_count": 0}, "audit": False},
    )
    for number in range(60):
        logger.error("m{}", number)
    shutdown()
    assert len(list(tmp_path.iterdir())) > 5
    reader = Reader([str(tmp_path)], Selection(components=frozenset({"app"})))
    found = [row.document["message"] for row in reader.records()]
    assert found == [f"m{number}" for number in range(60)]
    assert (reader.copies, reader.broken, reader.unread) == (60, 0, [])


@pytest.mark.skipif(sys.platform == "win32", reason="resource is POSIX")
def test_memory_is_constant(tmp_path: Path) -> None:
    """Four channels of 5 MB each are merged in a fraction of that."""
    for name in range(4):
        put(tmp_path / f"c{name}.log", [line(name, "x" * 700, seq=0)] * 2500)
        put(tmp_path / backup(f"c{name}", 0), [line(name - 9, "x" * 700, seq=0)] * 2500)
    code = """if True:
        import resource, sys
        from anivault_loguru.cli.reading import Reader
        def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        before = peak()
        number = sum(1 for _ in Reader([sys.argv[1]]).records())
        print(number, (peak() - before) * (1 if sys.platform == 'darwin' else 1024))"""
    ran = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True)
    number, grown = map(int, ran.stdout.split())
    assert number == 20_000
    assert grown < 12_000_000


def test_a_source_is_known_by_its_name_alone() -> None:
    """Names that are almost those of backups are live files of their own."""
    assert Source.of("l/app.2026-11-23_00-00-00_000000.log.gz") == Source(
        os.path.join("l", "app"),
        "2026-11-23T00:00:00.000000Z",
        "l/app.2026-11-23_00-00-00_000000.log.gz",
    )
    assert Source.of("l/app.2026-11-23.log").is_live
    assert files_module.STDIN == "-"


@pytest.mark.parametrize("schema", ["ecs", "otel"])
def test_other_schemas_are_read_alike(tmp_path: Path, schema: str) -> None:
    """Under native key names, merged with native lines, copies once, selected by the same words."""
    time = START * 1_000_000 + 1_000_000
    values = ("ERROR", 40, "cache", "log", "second", "ab12", None, None, {"n": 2}, "l", "f", 1, 2)
    moment = entry.stamp(time) if schema == "ecs" else nanoseconds(time)
    other = document_of(schema, "anivault")(moment, *values, "t", "5f0c9a1e", 2, None)
    first = line(0, "first", request_id="ab12", component="cache", fields={"n": 1})
    third = line(2, "third", request_id="ab12", component="cache", fields={"n": 0})
    put(tmp_path / "app.log", [first, orjson.dumps(other) + b"\n", third])
    put(tmp_path / "error.log", [orjson.dumps(other) + b"\n"])
    wanted = Selection(request_id="ab12", level="INFO", fields=(FieldTest("n", ">", "0"),))
    reader = Reader([str(tmp_path)], wanted)
    found = [(row.document["message"], row.document["component"]) for row in reader.records()]
    assert found == [("first", "cache"), ("second", "cache")]
    assert (reader.copies, reader.broken) == (1, 0)


def test_a_record_without_event_name_has_the_event_log(tmp_path: Path) -> None:
    """OpenTelemetry's schema leaves it out, so that no line of such a file holds the word."""
    values = ("INFO", 20, "cache", "log", "m", "ab12", None, None, {"n": 1}, "l", "f", 1, 2)
    moment = nanoseconds(START * 1_000_000)
    document = document_of("otel", "anivault")(moment, *values, "t", "5f0c9a1e", 2, None)
    put(tmp_path / "app.log", [orjson.dumps(document) + b"\n"])
    assert messages(tmp_path, events=frozenset({"log"})) == ["m"]


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes are POSIX")
def test_a_pipe_among_the_files_is_passed_over(tmp_path: Path) -> None:
    """It would never end, and a folder is no file; one that is named is read."""
    os.mkfifo(tmp_path / "pipe.log")
    (tmp_path / "folder.log").mkdir()
    put(tmp_path / "app.log", [line(0, "a")])
    assert messages(tmp_path) == ["a"]
    list(Follower([str(tmp_path)]).poll())
    writer = Thread(target=put, args=(tmp_path / "pipe.log", [line(1, "b")]))
    writer.start()
    assert messages(tmp_path / "pipe.log") == ["b"]
    writer.join()
