"""`validate`: what is wrong with files, and where."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from conftest import Logs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_entry import document, encoded

from anivault_loguru import configure, logger, shutdown
from anivault_loguru.cli import main
from anivault_loguru.cli.reading import Source
from anivault_loguru.cli.validate import lines, schema
from anivault_loguru.cli.validate.account import Account
from anivault_loguru.cli.validate.files import Files
from anivault_loguru.entry import KEYS, OPTIONAL_KEYS, problems
from anivault_loguru.layouts import document_of

GOOD = encoded(message="한글")
NATIVE = json.loads(schema.published("native"))
SCHEMA = jsonschema.Draft202012Validator(NATIVE)

posix = pytest.mark.skipif(os.name != "posix", reason="Windows renames no open file")

Validate = Callable[..., tuple[int, str]]


@pytest.fixture
def validate(capsys: pytest.CaptureFixture[str]) -> Validate:
    """Run the command and return its status and all that it prints."""

    def run(*arguments: object) -> tuple[int, str]:
        status = main(["validate", *map(str, arguments)])
        out, err = capsys.readouterr()
        return status, out + err

    return run


def record(seq: int, second: float = 0.0, run: str = "5f0c9a1e", **changes: Any) -> bytes:
    """A valid line of a run, so many seconds after 2026-11-23T01:00:00."""
    stamp = f"2026-11-23T01:{int(second) // 60:02d}:{second % 60:09.6f}Z"
    line = {**document(), "timestamp": stamp, "run": run, "seq": seq, **changes}
    keys = [key for key in [*KEYS, "prev", "digest"] if key in line]
    return orjson.dumps({key: line[key] for key in keys}) + b"\n"


def numbered(seqs: Sequence[int], **changes: Any) -> bytes:
    """Valid lines with these numbers, a second apart."""
    return b"".join(record(seq, seq, **changes) for seq in seqs)


def test_what_we_write_is_valid(logs: Logs, tmp_path: Path, validate: Validate) -> None:
    """A folder of ours has no finding, exceptions, copies and a `.gz` included."""
    logger.info("안녕 \udc80 \x9b", n=float("nan"), big=2**70)
    try:
        raise ValueError("x")
    except ValueError:
        logger.bind(component="cache").exception("odd")
    (tmp_path / "old.log.gz").write_bytes(gzip.compress(GOOD))
    assert validate(logs.folder, tmp_path / "old.log.gz") == (0, "4 lines in 4 files, 0 findings\n")


@pytest.mark.parametrize(
    ("bad", "byte", "text"),
    [
        (b'{"a":"\xff"}\n', 6, "not UTF-8: byte 0xff"),
        ('{"message":"한" x}\n'.encode(), 17, "not JSON: Expecting ',' delimiter"),
        (b'{"a":NaN}\n', 0, "not JSON: NaN is no JSON number"),
        (b'{"a":1,"a":2}\n', 0, "not JSON: key 'a' stands twice"),
        (b"[1]\n", 0, "the line is an array, not an object"),
        (b"\n", 0, "an empty line"),
        (b" \r\n", 0, "an empty line"),
        (GOOD.replace(b'"seq":17', b'"seq":"17"'), 0, "'seq' is a string, not an integer"),
        (GOOD.replace(b'"seq":17', b'"seq":true'), 0, "'seq' is true or false, not an integer"),
        (GOOD.replace(b'"seq":17', b'"seq":-1'), 0, "'seq' is -1, less than 0"),
        (GOOD.replace(b'"run":"5f', b'"run":"5F'), 0, "'run' is \"5F0c9a1e\", which"),
        (GOOD.replace(b"23T01", b"23 01"), 0, "'timestamp' is "),
        (GOOD.replace(b"11-23T", b"11-31T"), 0, "its stamp is no moment"),
        (GOOD.replace(b'"seq":17', b'"seq":17,"digest":"x"'), 0, "'digest' is \"x\""),
        (GOOD.replace("한글".encode(), b"\\ud800"), 0, "JSON that not every reader takes"),
        (b"[" * 100_000 + b"\n", 0, "not JSON"),
        (b"\x1f\x8b\x00\xff" * 10 + b"\n", 1, "not UTF-8"),
        (b"\0" * 5000 + b"\n", 0, "not JSON"),
    ],
)
def test_each_finding_has_its_place(
    tmp_path: Path, validate: Validate, bad: bytes, byte: int, text: str
) -> None:
    """File, line and byte in the file; the status is 1."""
    path = tmp_path / "app.log"
    path.write_bytes(record(1) + bad + record(2))
    status, out = validate(path)
    assert status == 1
    assert out.startswith(f"{path}:2: byte {len(record(1)) + byte}: {text}")


def test_a_line_has_every_fault_named(tmp_path: Path, validate: Validate) -> None:
    """Missing, unknown and wrong keys of one line, those of the exception too; then the order."""
    line = document(exception={"type": "E", "message": 1, "note": ""})
    del line["level"]
    path = tmp_path / "app.log"
    path.write_bytes(orjson.dumps({**line, "more": 1}) + b"\n")
    _, out = validate(path)
    for text in (
        "missing key 'level'",
        "unknown key 'more'",
        "'exception.message' is an integer, not a string",
        "missing key 'exception.stacktrace'",
        "unknown key 'exception.note'",
    ):
        assert text in out
    path.write_bytes(orjson.dumps(dict(reversed(document().items()))) + b"\n")
    assert "keys are out of order" in validate(path)[1]


def test_the_schema_is_the_entrys() -> None:
    """The published schema has the keys, order and types of the lines that are written."""
    assert tuple(NATIVE["properties"])[: len(KEYS)] == KEYS
    assert set(NATIVE["properties"]) - set(KEYS) == {"prev", "digest"}
    assert set(NATIVE["required"]) == set(KEYS) - OPTIONAL_KEYS
    jsonschema.Draft202012Validator.check_schema(NATIVE)
    odd: list[object] = [None, True, 1, 1.5, "x", [], {}]
    for key in KEYS:
        for value in odd:
            line = {**document(), key: value}
            line = {name: line[name] for name in KEYS if name in line}
            if problems(line):
                assert not SCHEMA.is_valid(line), (key, value)


_TEXTS = st.text("ab\u00e9", max_size=9)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 99) | st.just(1.5) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner),
    max_leaves=5,
)
_CHANGES = st.dictionaries(
    st.sampled_from([*KEYS, "prev", "digest", "more"]),
    _JSON
    | st.sampled_from(["audit", "0" * 64, "5f0c9a1e", "2026-11-23T01:02:03.456789Z"])
    | st.fixed_dictionaries({"type": _TEXTS, "message": _TEXTS, "stacktrace": _JSON}),
    max_size=3,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_CHANGES, st.sets(st.sampled_from(KEYS), max_size=2))
def test_what_is_valid_is_what_json_schema_says(changes: dict[str, Any], gone: set[str]) -> None:
    """Our check of a document and the library `jsonschema` agree on every change of a record."""
    line = {k: value for k, value in {**document(), **changes}.items() if k not in gone}
    ours = schema.compiled(NATIVE)(line)
    assert bool(ours) != SCHEMA.is_valid(line), ours


def test_a_schema_that_asks_for_more_is_refused() -> None:
    """A keyword that would not be checked is an error, not silence."""
    with pytest.raises(ValueError, match="'maxItems' is not known"):
        schema.compiled({"properties": {"a": {"type": "array", "maxItems": 3}}})


def test_audit_lines_carry_a_chain(tmp_path: Path, validate: Validate) -> None:
    """`prev` and `digest` are valid as last keys of audit records, together, and nowhere else."""
    chain: dict[str, Any] = {"prev": "0" * 64, "digest": "a" * 64}
    path = tmp_path / "audit.log"
    path.write_bytes(record(1, component="audit", **chain))
    assert validate(path)[0] == 0
    path.write_bytes(record(1, **chain) + record(2, component="audit", prev="0" * 64))
    status, out = validate(path)
    assert status == 1
    assert """:1: byte 0: with 'digest', 'component' is "pipeline", not "audit\"""" in out
    assert "'prev' without 'digest'" in out


def test_the_schema_is_printed(validate: Validate) -> None:
    """`--print-schema` prints it as it is shipped."""
    assert validate("--print-schema") == (0, schema.published("native"))


@pytest.mark.parametrize("name", ["ecs", "otel"])
def test_other_schemas_are_checked_alike(tmp_path: Path, validate: Validate, name: str) -> None:
    """By their own published schema, and the numbers of runs too; `--schema` takes one only."""
    lines_ = [translated(name, record) for record in (1, 2, 4)]
    path = tmp_path / "app.log"
    path.write_bytes(b"".join(lines_))
    status, out = validate(tmp_path)
    assert (status, out.count("finding")) == (1, 1)
    assert f"app.log:2: byte {len(lines_[0])}: seq 3 of run 5f0c9a1e missing" in out
    assert validate(path, "--schema", name)[0] == 0
    assert validate(path, "--schema", "native")[0] == 1
    assert validate("--print-schema", "--schema", name) == (0, schema.published(name))
    path.write_bytes(lines_[0].replace(b'"kim"', b"null"))
    assert "is null, not a string" in validate(path)[1]


def translated(name: str, seq: int) -> bytes:
    """A line in another schema."""
    moment = "1795395723456789000" if name == "otel" else "2026-11-23T01:02:03.456789Z"
    values = ("INFO", 20, "app", "log", "x", None, None, None, {"n": 1}, "kim", "f", 1, 2, "T")
    made = document_of(name, "anivault")(moment, *values, "5f0c9a1e", seq, None)
    return orjson.dumps(made) + b"\n"


def test_a_number_that_is_missing_is_named(tmp_path: Path, validate: Validate) -> None:
    """Over all files of the folder: after which line, file and byte."""
    (tmp_path / "app.log").write_bytes(numbered([1, 4, 5, 8, 9]))
    (tmp_path / "network.log").write_bytes(numbered([2, 3, 11]))
    status, out = validate(tmp_path)
    assert status == 1
    place = f"{tmp_path}/app.log:3: byte {len(numbered([1, 4]))}"
    assert f"{place}: seq 6 to 7 of run 5f0c9a1e missing after this\n" in out
    assert "app.log:5: byte" in out
    assert "seq 10 of run 5f0c9a1e missing" in out
    assert "8 lines in 2 files, 2 findings" in out


def test_a_record_that_is_not_valid_is_there_all_the_same(
    tmp_path: Path, validate: Validate
) -> None:
    """It is one finding, and its number is not missing."""
    (tmp_path / "app.log").write_bytes(numbered([1]) + record(3, line=None))
    (tmp_path / "network.log").write_bytes(record(2, more=1)[:-2] + b',"more":1}\n' + record(4))
    status, out = validate(tmp_path)
    assert (status, out.count("missing")) == (1, 0)
    assert out.count("network.log:1: ") == 1


def test_the_order_of_files_and_lines_makes_no_gap(tmp_path: Path, validate: Validate) -> None:
    """Several runs, threads that change places, 3000 numbers in two files: nothing is found."""
    seqs = [2, 1, *range(3, 3000)]
    (tmp_path / "b.log").write_bytes(b"".join(record(seq) for seq in seqs if seq % 3))
    (tmp_path / "a.log").write_bytes(
        b"".join(record(seq) for seq in seqs if not seq % 3) + numbered([1, 2, 3], run="0" * 8)
    )
    assert validate(tmp_path)[0] == 0


def test_what_runs_lack_at_their_ends_is_no_gap(tmp_path: Path, validate: Validate) -> None:
    """The beginning was pruned, the end is still to come; seq 0 is not counted."""
    (tmp_path / "app.log").write_bytes(numbered([0, 0, 5, 6]) + numbered([7], run="0" * 8))
    assert validate(tmp_path)[0] == 0


def test_one_file_of_several_has_gaps_by_nature(tmp_path: Path, validate: Validate) -> None:
    """Files that are named one by one are not looked at for gaps."""
    (tmp_path / "app.log").write_bytes(numbered([1, 4]))
    assert validate(tmp_path / "app.log")[0] == 0


def test_pruning_explains_gaps(tmp_path: Path, validate: Validate) -> None:
    """A gap before the oldest record of a channel with backups is a note; later ones are not."""
    (tmp_path / "app.log").write_bytes(numbered([1, 3, 6, 8, 9, 12]))
    (tmp_path / "network.2026-11-23_01-00-06_000000.log.gz").write_bytes(
        gzip.compress(numbered([5]))
    )
    status, out = validate(tmp_path)
    assert "note: 2 numbers missing up to 2026-11-23T01:00:06.000000Z: another channel" in out
    assert "seq 7 of run 5f0c9a1e missing after this\n" in out
    assert "seq 10 to 11 of run" in out
    assert (status, "2 findings, 1 note" in out) == (1, True)


def test_channels_of_text_are_left_out(
    tmp_path: Path, validate: Validate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the settings in force; what may stand there is no finding."""
    (tmp_path / "app.log").write_bytes(numbered([1, 3]))
    (tmp_path / "network.log").write_bytes(b"01:02 INFO text\n")
    assert validate(tmp_path)[0] == 1
    monkeypatch.setenv("ANIVAULT_LOG_CHANNELS__NETWORK__SERIALIZE", "false")
    status, out = validate(tmp_path)
    assert (status, "perhaps in a channel of text" in out) == (0, True)
    assert "2 lines in 1 file" in out


def test_drops_that_a_summary_counts_are_said(tmp_path: Path, validate: Validate) -> None:
    """A gap is still a finding, for a record was lost, and says what is known of it."""
    summary: dict[str, Any] = {"event": "metrics.summary", "fields": {"log": {"dropped": 2}}}
    (tmp_path / "app.log").write_bytes(numbered([1, 4]))
    (tmp_path / "metrics.log").write_bytes(record(5, 5, **summary))
    status, out = validate(tmp_path)
    assert status == 1
    assert "seq 2 to 3 of run 5f0c9a1e missing after this; its metrics.summary says that 2" in out


def test_the_last_moment_of_threads_may_lack_a_number(tmp_path: Path, validate: Validate) -> None:
    """A killed process's other threads had drawn theirs; else, and at a proper end, it is lost."""
    path = tmp_path / "app.log"
    path.write_bytes(record(1) + record(2, 9, thread="T-1") + record(4, 9.5))
    status, out = validate(tmp_path)
    assert (status, out.count("note: ")) == (0, 1)
    assert "several threads" in out
    path.write_bytes(record(1) + record(2, 8, thread="T-1") + record(4, 8.5) + record(5, 9.6))
    assert validate(tmp_path)[0] == 1
    path.write_bytes(record(1) + record(2, 9) + record(4, 9.5))
    assert validate(tmp_path)[0] == 1
    ended = record(4, 9.5, event="logging.stopped")
    path.write_bytes(record(1) + record(2, 9, thread="T-1") + ended)
    assert validate(tmp_path)[0] == 1


def test_a_number_that_comes_twice_is_named(tmp_path: Path, validate: Validate) -> None:
    """In one file, in two channels, in a copied file; but not a copy in error.log."""
    (tmp_path / "app.log").write_bytes(numbered([1, 2, 2, 3]))
    (tmp_path / "error.log").write_bytes(numbered([2, 3]))
    (tmp_path / "network.log").write_bytes(numbered([3]))
    status, out = validate(tmp_path)
    assert status == 1
    assert f"app.log:3: byte {len(numbered([1, 2]))}: seq 2 of run 5f0c9a1e came before" in out
    assert "network.log:1: byte 0: seq 3 of run 5f0c9a1e came before" in out
    assert "2 findings" in out


def test_channels_of_copies_can_be_named(tmp_path: Path, validate: Validate) -> None:
    """By the settings in force, or by `--copies`."""
    (tmp_path / "app.log").write_bytes(numbered([1, 2]))
    (tmp_path / "everything.log").write_bytes(numbered([1, 2]))
    assert validate(tmp_path)[0] == 1
    assert validate(tmp_path, "--copies", "everything")[0] == 0


def test_a_backup_that_stands_there_twice_counts_once(tmp_path: Path, validate: Validate) -> None:
    """Whoever was killed while compressing left both."""
    name = "app.2026-11-23_01-00-06_000000.log"
    (tmp_path / name).write_bytes(numbered([1, 2]))
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(numbered([1, 2])))
    status, out = validate(tmp_path)
    assert (status, out) == (0, "2 lines in 1 file, 0 findings\n")


def test_stamps_of_a_run_rise(tmp_path: Path, validate: Validate) -> None:
    """Within the tolerance they may fall, for threads; a clock that is set back is named once."""
    path = tmp_path / "app.log"
    path.write_bytes(b"".join(record(n, s) for n, s in enumerate([10, 9.5, 10, 4, 5, 6], 1)))
    status, out = validate(path)
    assert status == 1
    assert ":4: byte " in out
    assert "the stamp is 0:00:06 before an earlier one of run 5f0c9a1e" in out
    assert "1 finding" in out
    assert validate(path, "--tolerance", "6")[0] == 0
    assert validate(path, "--tolerance", "0.1")[1].count("before an earlier one") == 2


def test_stamps_of_two_runs_or_files_are_their_own(tmp_path: Path, validate: Validate) -> None:
    """Two processes, or channels, do not wait for one another."""
    (tmp_path / "app.log").write_bytes(record(1, 50) + record(1, 10, run="0" * 8))
    (tmp_path / "network.log").write_bytes(record(2, 20))
    assert validate(tmp_path)[0] == 0


def test_the_order_of_backups_is_that_of_time(tmp_path: Path, validate: Validate) -> None:
    """The live file comes last, though its name sorts before."""
    (tmp_path / "app.2026-11-23_01-00-06_000000.log").write_bytes(numbered([1, 2]))
    (tmp_path / "app.log").write_bytes(record(3, 50))
    assert validate(tmp_path)[0] == 0


def test_a_torn_end_is_named(tmp_path: Path, validate: Validate) -> None:
    """A killed writer leaves a piece; a last newline that is missing alone is none."""
    path = tmp_path / "app.log"
    path.write_bytes(GOOD + GOOD[:50])
    status, out = validate(path)
    assert status == 1
    assert f":2: byte {len(GOOD)}: the file ends in the middle of this line" in out
    path.write_bytes(GOOD[:-1])
    assert validate(path)[0] == 0


def test_a_finding_cannot_drive_the_terminal(tmp_path: Path, validate: Validate) -> None:
    """File names and keys are shown with their controls as escapes, in JSON too."""
    path = tmp_path / "a\x1b[2J\x7f.log"
    path.write_text('{"\\u001b]0;x\\u007f":1}\n')
    for form in ([], ["--json"]):
        status, out = validate(path, *form)
        assert status == 1
        assert not set(out) & {"\x1b", "\x7f"}


def test_what_cannot_be_read_is_status_2(tmp_path: Path, validate: Validate) -> None:
    """A missing file, a `.gz` that ends too soon, a folder; all others are checked all the same."""
    cut = tmp_path / "cut.log.gz"
    cut.write_bytes(gzip.compress(GOOD * 1000)[:-20])
    (tmp_path / "good.log").write_bytes(GOOD)
    (tmp_path / "folder.log").mkdir()
    status, out = validate(tmp_path / "none.log", tmp_path)
    assert status == 2
    assert f"{tmp_path}/none.log'\n" in out
    assert "ends in the middle of its compressed data" in out
    assert "folder.log" in out


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes are POSIX's")
def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path, validate: Validate) -> None:
    """It is told as unreadable; one that is named, as a shell's `<(…)` is, is read."""
    os.mkfifo(tmp_path / "pipe.log")
    os.mkfifo(tmp_path / "app.2026-11-23_01-00-06_000000.log")
    status, out = validate(tmp_path)
    assert (status, out.count("is no plain file")) == (2, 2)
    writer = threading.Thread(target=(tmp_path / "pipe.log").write_bytes, args=(GOOD,))
    writer.start()
    assert validate(tmp_path / "pipe.log") == (0, "1 line in 1 file, 0 findings\n")
    writer.join()


def test_findings_of_a_file_are_shown_up_to_the_limit(tmp_path: Path, validate: Validate) -> None:
    """All are counted."""
    (tmp_path / "a.log").write_bytes(b"x\n" * 150)
    (tmp_path / "b.log").write_bytes(b"x\n")
    _, out = validate(tmp_path)
    assert out.count("not JSON") == 101
    assert "a.log: 50 more findings (--limit 0 shows them)" in out
    assert "151 lines in 2 files, 151 findings" in out
    assert validate(tmp_path, "--limit", "0")[1].count("not JSON") == 151


@pytest.mark.parametrize("option", ["--limit=-1", "--limit=x", "--tolerance=nan", "--tolerance=-1"])
def test_odd_numbers_are_wrong_usage(option: str) -> None:
    """Status 2, as for any wrong option."""
    with pytest.raises(SystemExit) as ended:
        main(["validate", option])
    assert ended.value.code == 2


def test_json_is_one_object(tmp_path: Path, validate: Validate) -> None:
    """With every finding's place, and the counts; without findings too."""
    (tmp_path / "app.log").write_bytes(b"x\n" + numbered([1, 3]))
    shown = json.loads(validate(tmp_path, "--json")[1])
    file = str(tmp_path / "app.log")
    text = "not JSON: Expecting value"
    assert shown["shown"][0] == {
        "kind": "finding",
        "text": text,
        "file": file,
        "line": 1,
        "byte": 0,
    }
    assert shown["shown"][1]["line"] == 2
    assert {key: shown[key] for key in ("files", "lines", "findings", "notes", "unread")} == {
        "files": 1,
        "lines": 3,
        "findings": 2,
        "notes": 0,
        "unread": 0,
    }
    (tmp_path / "app.log").write_bytes(numbered([1]))
    assert json.loads(validate(tmp_path, "--json")[1])["shown"] == []


def test_standard_input_is_read(tmp_path: Path) -> None:
    """For `-`, and without a path if it is a pipe; copies of errors in it are no doubles."""
    error = record(2, level="ERROR")
    for arguments in ([], ["-"]):
        done = subprocess.run(
            [sys.executable, "-m", "anivault_loguru", "validate", *arguments],
            input=record(1) + error + error + b"\xff\n",
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 1
        place = len(record(1) + error + error)
        assert done.stdout.decode() == (
            f"standard input:4: byte {place}: not UTF-8: byte 0xff (invalid start byte)\n"
        )


def test_without_anything_the_configured_folder_is_checked(logs: Logs, tmp_path: Path) -> None:
    """Where standard input is nothing to read."""
    logger.info("x")
    done = subprocess.run(
        [sys.executable, "-m", "anivault_loguru", "validate"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, "ANIVAULT_LOG_DIR": str(logs.folder)},
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "1 line in 1 file, 0 findings\n")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_folder_in_use_is_valid(tmp_path: Path, validate: Validate) -> None:
    """While four threads log into three channels with rotation."""
    code = (
        "import sys, threading\n"
        "from anivault_loguru import configure, logger\n"
        "configure(dir=sys.argv[1], console={'enabled': False},\n"
        "    channels={'app': {'max_bytes': 200_000, 'retention_count': 0}})\n"
        "def work(name):\n"
        "    log = logger.bind(component=name)\n"
        "    while True:\n"
        "        log.info('x')\n"
        "        log.error('y')\n"
        "for name in ('app', 'cache', 'network', 'app'):\n"
        "    threading.Thread(target=work, args=[name]).start()\n"
    )
    working = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "logs")])
    try:
        while not list((tmp_path).glob("logs/app.2*")) and working.poll() is None:
            time.sleep(0.02)
        found = validate(tmp_path / "logs")
        for _ in range(3):
            if found[0]:  # a thread may be kept waiting for long, between number and file
                found = validate(tmp_path / "logs")
    finally:
        working.send_signal(signal.SIGKILL)
        working.wait()
    assert found[0] == 0, found[1]


def test_a_line_that_is_being_written_is_read_when_it_is_whole(tmp_path: Path) -> None:
    """What was appended since is read later, and its first line from its beginning."""
    path = tmp_path / "app.log"
    path.write_bytes(GOOD + GOOD[:40])
    with Files([str(tmp_path)]) as files, path.open("ab") as file:
        file.write(GOOD[40:])
        file.flush()
        first = [line.data for _, line in files.lines()]
        file.write(GOOD)
        file.flush()
        later = [(line.place.line, line.data, line.ended) for _, line in files.later()]
    assert first == [GOOD[:-1]]
    assert later == [(2, GOOD[:-1], True), (3, GOOD[:-1], True)]


@posix
def test_files_that_are_rotated_or_pruned_meanwhile_are_read_as_they_were(tmp_path: Path) -> None:
    """Those that were there at the start, each once; what is new is told later."""
    live, old = tmp_path / "app.log", tmp_path / "app.2026-11-23_01-00-06_000000.log"
    live.write_bytes(record(2))
    old.write_bytes(record(1))
    with Files([str(tmp_path)]) as files:
        old.unlink()
        live.rename(tmp_path / "app.2026-11-23_01-00-07_000000.log")
        live.write_bytes(record(3))
        first = [line.data + b"\n" for _, line in files.lines()]
        later = [line.data + b"\n" for _, line in files.later()]
        assert files.unread == {}
    assert first == [record(1), record(2)]
    assert later == [record(3)]


@posix
def test_what_goes_away_while_it_is_listed_was_never_there(tmp_path: Path) -> None:
    """A pruned backup is no error, a compressed one is read, a rotated live file as the backup."""
    stem = f"{tmp_path}/app.2026-11-23_01-00-0"
    for number in (1, 2):
        Path(f"{stem}{number}_000000.log").write_bytes(record(number))
    (tmp_path / "app.log").write_bytes(record(3))
    packed = Path(f"{stem}2_000000.log.gz")
    # Three files are listed, then two.
    steps: list[Callable[[], object]] = [
        Path(f"{stem}1_000000.log").unlink,
        lambda: (tmp_path / "app.log").rename(f"{stem}3_000000.log"),
        lambda: None,
        lambda: packed.write_bytes(gzip.compress(record(2))),
        Path(f"{stem}2_000000.log").unlink,
    ]

    def step(_: Source) -> bool:
        if steps:
            steps.pop(0)()
        return True

    with Files([str(tmp_path)], step) as files:
        assert [line.data + b"\n" for _, line in files.lines()] == [record(2), record(3)]
        assert files.unread == {}


def test_a_deleted_line_of_ours_is_missed(logs: Logs, validate: Validate) -> None:
    """Whoever takes a line out of what we wrote is found out."""
    for number in range(10):
        logger.info("n", number=number)
    shutdown()
    configure(dir=logs.folder)  # the fixture's own logger again
    path = logs.folder / "app.log"
    whole = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(whole[:4] + whole[5:]))
    status, out = validate(logs.folder)
    assert status == 1
    assert "app.log:4: byte" in out


def test_the_account_of_hostile_numbers_stays_small() -> None:
    """Numbers far apart and runs without end are given up at a limit, which is said."""
    account = Account(tolerance=1, room=50)
    source = Source.of("app.log")
    for number in range(200):
        line = {**document(), "run": f"{number % 60:08x}", "seq": 10**15 * (number + 1)}
        assert list(account.take(source, line)) == []
    assert account.full
    assert len(account.runs) == 50
    assert account.gaps(10) == []


def test_a_line_that_is_too_long_is_one_finding(tmp_path: Path, validate: Validate) -> None:
    """Its memory is bounded, and the lines behind it keep their numbers."""
    path = tmp_path / "app.log"
    with path.open("wb") as file:
        file.write(GOOD)
        for _ in range(70):
            file.write(b"x" * 1_000_000)
        file.write(b"\n" + b"y\n")
    status, out = validate(path)
    assert status == 1
    assert f":2: byte {len(GOOD)}: a line of more than 32 MB\n" in out
    assert f":3: byte {len(GOOD) + 70_000_001}: not JSON" in out
    assert "2 findings" in out


def test_good_lines_are_found_good_at_once() -> None:
    """What we write needs no second decoding; what others write of the same is as valid."""
    assert lines.check(GOOD[:-1]) == (json.loads(GOOD), [])
    spaced = json.dumps(json.loads(GOOD)).encode() + b"\r"
    assert lines.check(spaced) == (json.loads(GOOD), [])
