"""`audit()` and the audit channel, in real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
from chains import told, verified

from anivault_loguru.chain import Key
from anivault_loguru.cli import main
from anivault_loguru.entry import problems

HEAD = """
import json, logging, os, signal, sys, threading, time
from anivault_loguru import AuditError, audit, configure, logger, metrics, shutdown
folder = sys.argv[1]
def begin(**more):
    return configure(**{"dir": folder, "console": {"enabled": False}, **more})
"""
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX signals and modes")


def run(folder: Path, code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a program that logs to the folder."""
    done = subprocess.run(
        [sys.executable, "-c", HEAD + textwrap.dedent(code), str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environ},
        cwd=folder.parent,
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "logs"


def own(folder: Path) -> list[dict[str, Any]]:
    """The records of the audit file, without the start and stop of logging."""
    return [e for e in told(folder) if e["event"] not in ("logging.started", "logging.stopped")]


def test_an_event_is_on_disk_when_the_call_returns(folder: Path) -> None:
    """The record has the native keys, the caller's place, and the two links."""
    run(
        folder,
        """
        begin()
        def save():
            audit("settings.changed", actor="kim", target="a.toml", outcome="success", n=7)
        save()
        os.kill(os.getpid(), signal.SIGSTOP) if False else os._exit(0)
        """,
    )
    (entry,) = own(folder)
    assert problems(entry) == []
    assert entry["event"] == "settings.changed"
    assert entry["message"] == "settings.changed actor=kim target=a.toml outcome=success"
    wanted = {"actor": "kim", "target": "a.toml", "outcome": "success", "n": 7}
    assert entry["fields"] == wanted
    assert (entry["logger"], entry["function"]) == ("__main__", "save")
    assert verified(folder).breaks == []


def test_every_way_into_the_channel_is_chained(folder: Path) -> None:
    """Bound, as a keyword, by the standard library, loguru's own logger, either lane."""
    run(
        folder,
        """
        begin(queue={"mode": "background"})
        import loguru
        for n in range(4):
            logger.bind(component="audit").info("bound")
            logger.info("keyword", component="audit")
            logging.getLogger("x").warning("stdlib", extra={"component": "audit"})
            loguru.logger.bind(component="audit").info("loguru")
            logger.opt(lazy=True).bind(component="audit").info("plain lane")
        os._exit(0)
        """,
    )
    found = verified(folder)
    assert (found.breaks, found.records) == ([], 21)


@pytest.mark.parametrize("schema", ["native", "ecs", "otel"])
def test_nothing_in_the_settings_breaks_the_chain(folder: Path, schema: str) -> None:
    """Text channels, small records, any schema, masking and its fingerprints."""
    code = """
    begin(schema=os.environ["SCHEMA"], max_record_bytes=1000, masking={"fingerprint": True},
          channels={"audit": {"serialize": False, "max_bytes": 5000}})
    audit("login", password="hunter2-and-more", text="x" * 3000)
    for n in range(10): audit("n", n=n)
    with open(folder + "/audit.log", "ab") as file: file.write(b"torn")
    audit.rotate_key("a-key-of-some-length")
    for n in range(10): audit("n", n=n)
    """
    run(folder, code, SCHEMA=schema)
    text = json.dumps(told(folder))
    assert "hunter2" not in text
    assert "record_cut" in text
    found = verified(folder, Key(b"a-key-of-some-length"))
    assert found.breaks == []
    assert "a torn line, recovered from" in {note.what for note in found.notes}


def test_a_copy_in_error_log_has_no_links(folder: Path) -> None:
    """It stands outside of the chain."""
    run(folder, "begin(); logger.bind(component='audit').error('x')")
    (entry,) = [json.loads(row) for row in (folder / "error.log").read_text().splitlines()]
    assert "digest" not in entry
    assert problems(entry) == []


def test_an_audit_event_passes_levels_and_disabled_modules(folder: Path) -> None:
    """What silences logging does not silence `audit()`."""
    run(folder, "begin(level='ERROR'); logger.disable('__main__'); audit('seen', a=1)")
    (entry,) = own(folder)
    assert (entry["event"], entry["function"], entry["logger"]) == ("seen", "<module>", "__main__")


def test_what_fails_is_counted_and_said(folder: Path) -> None:
    """Without `required` the call returns; the record is counted, and goes to stderr instead."""
    done = run(
        folder,
        """
        begin()
        os.mkdir(folder, 0o700); os.mkdir(folder + "/audit.log")
        audit("lost")
        print(metrics.snapshot()["counters"]['records_dropped{channel="audit"}'])
        """,
    )
    # The start of logging could not be recorded either.
    assert done.stdout == "2\n"
    assert "a record was lost" in done.stderr
    assert '"event":"lost"' in done.stderr


def test_a_required_record_raises(folder: Path) -> None:
    """With `required` the caller knows; an ordinary log call still never raises."""
    done = run(
        folder,
        """
        begin(audit={"required": True})
        os.mkdir(folder, 0o700); os.mkdir(folder + "/audit.log")
        logger.bind(component="audit").info("does not raise")
        try: audit("lost")
        except AuditError as error: print("raised", error)
        os.rmdir(folder + "/audit.log")
        audit("written")
        shutdown()
        try: audit("after shutdown")
        except AuditError as error: print("raised", error)
        """,
    )
    assert done.stdout.count("raised") == 2
    assert [entry["event"] for entry in own(folder)] == ["written"]


def test_a_file_system_without_room_raises_and_recovers(folder: Path) -> None:
    """A real write that is cut short: the torn piece is told, the chain goes on."""
    resource = pytest.importorskip("resource", reason="limits of file sizes")
    assert resource.RLIMIT_FSIZE is not None
    run(
        folder,
        """
        import resource
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        begin(audit={"required": True}, metrics={"enabled": False})
        audit("first")
        size = os.path.getsize(folder + "/audit.log")
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 300, resource.RLIM_INFINITY))
        raised = 0
        for n in range(3):
            try: audit("torn")
            except AuditError: raised += 1
        assert raised == 3, raised
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        audit("again")
        """,
    )
    assert [e["event"] for e in own(folder)] == ["first", "chain.recovered", "again"]
    assert verified(folder).breaks == []


def test_a_failure_of_masking_is_audited(folder: Path) -> None:
    """The record that could not be masked is withheld, and the trail says that it was."""
    run(
        folder,
        """
        begin()
        logger.info("before")
        from anivault_loguru import _configure
        def fail(document): raise ValueError("no way to mask it")
        _configure._installed.masker._masked = fail
        logger.info("password=hunter2-and-more")
        """,
    )
    (entry,) = [e for e in own(folder) if e["event"] == "masking.failed"]
    assert entry["level"] == "WARNING"
    assert entry["fields"]["error"].startswith("ValueError")
    assert "hunter2" not in (folder / "app.log").read_text("utf-8")
    assert verified(folder).breaks == []


@posix
def test_a_signal_handler_may_audit_while_an_audit_call_waits(folder: Path) -> None:
    """No deadlock: both calls return with their records on disk, thousands of times."""
    run(
        folder,
        """
        begin(audit={"fsync": False})
        count = 0
        def handle(*_):
            global count
            count += 1
            audit("nested")
        signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        for n in range(1000): audit("outer")
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(count)
        assert count > 10
        """,
    )
    events = [entry["event"] for entry in own(folder)]
    assert events.count("outer") == 1000
    assert events.count("nested") > 10
    assert verified(folder).breaks == []


@posix
def test_what_a_signal_handler_raises_leaves_the_chain_whole(folder: Path) -> None:
    """The exception reaches the caller; the record it interrupted is in the chain or is not."""
    run(
        folder,
        """
        begin(audit={"fsync": False})
        class Timeout(Exception): pass
        def handle(*_): raise Timeout
        signal.signal(signal.SIGALRM, handle)
        raised = 0
        for n in range(300):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0001 * (n % 7 + 1))
                for _ in range(20): audit("x")
                signal.setitimer(signal.ITIMER_REAL, 0)
            except Timeout: raised += 1
        assert raised > 10, raised
        audit("end")
        """,
    )
    assert own(folder)[-1]["event"] == "end"
    assert verified(folder).breaks == []


@posix
def test_a_forked_child_audits_too(folder: Path) -> None:
    """While threads of the parent are in the middle of it."""
    run(
        folder,
        """
        begin(audit={"fsync": False})
        stop = threading.Event()
        def work():
            while not stop.is_set(): audit("thread")
        threads = [threading.Thread(target=work) for _ in range(3)]
        [t.start() for t in threads]
        for _ in range(10):
            child = os.fork()
            if not child:
                audit("child"); os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
        stop.set(); [t.join() for t in threads]
        """,
    )
    events = [entry["event"] for entry in told(folder)]
    assert events.count("child") == 10
    assert events.count("logging.started") == 11
    assert verified(folder).breaks == []


def test_the_preset_audits_itself(folder: Path) -> None:
    """Start, stop, another configuration and its levels, permissions, links, failing masking."""
    run(
        folder,
        """
        begin(channels={"audit": {"max_bytes": 0}})
        logger.info("begins")
        begin(level="DEBUG", masking={"secrets": ["a-secret-of-mine"]})
        if os.name == "posix":
            os.mkdir(folder + "/sub"); os.rmdir(folder + "/sub")
            open(folder + "/network.log", "w").close(); os.chmod(folder + "/network.log", 0o644)
            logger.bind(component="http").info("corrects")
            os.symlink("/etc/passwd", folder + "/pipeline.log")
            logger.bind(component="cache").info("refused")
        from anivault_loguru import _configure
        """,
    )
    events = {entry["event"]: entry for entry in told(folder)}
    assert next(iter(events)) == "logging.started"
    assert list(events)[-1] == "logging.stopped"
    changed = events["logging.reconfigured"]["fields"]
    assert changed["settings"] != changed["before"]
    assert changed["before"] == events["logging.started"]["fields"]["settings"]
    assert changed["levels"] == "level: INFO to DEBUG"
    assert "masking.secrets" in changed["changed"]
    if os.name == "posix":
        fields = events["permissions.corrected"]["fields"]
        assert (fields["was"], fields["now"]) == ("0644", "0600")
        assert "symbolic link" in events["path.refused"]["message"]
    assert "a-secret" not in (folder / "audit.log").read_text()
    assert verified(folder).breaks == []


def test_silencing_a_module_is_audited(folder: Path) -> None:
    """By disable, enable or configure, once something was logged; not before."""
    run(
        folder,
        """
        begin()
        logger.disable("early")
        logger.info("begins")
        logger.disable("films.tmdb")
        logger.configure(activation=[("films.tmdb", True)])
        logger.disable(None)
        """,
    )
    events = [(entry["event"], entry["fields"].get("module")) for entry in told(folder)]
    assert events[1:-1] == [
        ("logging.disabled", "films.tmdb"),
        ("logging.enabled", "films.tmdb"),
        ("logging.disabled", None),
    ]
    assert verified(folder).breaks == []


def test_a_process_that_logs_nothing_makes_no_file(folder: Path) -> None:
    """Configuring twice and leaving touches no disk."""
    run(folder, "begin(); begin(level='DEBUG'); shutdown()")
    assert not folder.exists()


def test_pruning_is_a_record_by_which_the_rest_verifies(folder: Path) -> None:
    """What is removed by the rules is named, with its last digest; what others remove is missed."""
    run(
        folder,
        """
        begin(channels={"audit": {"max_bytes": 3000, "retention_count": 2}})
        for n in range(60): audit("x", n=n)
        """,
    )
    pruned = [entry["fields"] for entry in told(folder) if entry["event"] == "chain.pruned"]
    assert pruned
    backups = sorted(folder.glob("audit.2*"))
    assert len(backups) <= 3
    assert verified(folder).breaks == []
    backups[0].unlink()
    assert "are missing" in verified(folder).breaks[0].what


def test_summaries_anchor_the_chain(folder: Path) -> None:
    """The last summary has the digest of the last record, and `verify --anchors` uses it."""
    run(folder, "begin(); audit('a'); audit('b')")
    last = json.loads((folder / "metrics.log").read_text().splitlines()[-1])
    assert last["fields"]["audit_head"] == told(folder)[-1]["digest"]
    arguments = ["verify", str(folder), "--anchors", str(folder / "metrics.log")]
    assert main(arguments) == 0
    path = folder / "audit.log"
    path.write_bytes(b"".join(path.read_bytes().splitlines(True)[:-1]))
    assert main(arguments) == 1


def test_keys_come_from_the_environment_or_a_file_of_ones_own(folder: Path) -> None:
    """A key file that others can read is a mistake in the configuration; no key is shown."""
    keys = folder.parent / "keys"
    keys.write_text("first-key-0123456789\nsecond-key-0123456789\n")
    keys.chmod(0o600)
    first, second = (Key(text.encode()) for text in keys.read_text().split())
    run(
        folder,
        "begin(); audit('x', note='first-key-0123456789')",
        ANIVAULT_LOG_AUDIT__KEY="first-key-0123456789",
    )
    run(folder, "begin(); audit('y')", ANIVAULT_LOG_AUDIT__KEY_FILE=str(keys))
    assert verified(folder, first, second).breaks == []
    assert "chain.key_rotated" in {entry["event"] for entry in told(folder)}
    assert "key-0123456789" not in "".join(p.read_text() for p in folder.glob("*.log"))
    if os.name == "posix":
        keys.chmod(0o640)
        code = f"""
        from anivault_loguru import ConfigError
        try: begin(audit={{"key_file": {str(keys)!r}}})
        except ConfigError as error: print(error)
        """
        done = run(folder, code)
        assert "audit.key_file" in done.stdout
        assert "0640" in done.stdout


WORK = """
begin(channels={"audit": {"max_bytes": "64 KiB"}},
      audit={"key": "a-key-of-some-length", "fsync": False})
print("ready", flush=True)
sys.stdin.readline()
for n in range(2000): audit("work", worker=sys.argv[2], n=n)
"""


@posix
def test_four_processes_and_a_kill_make_one_chain(folder: Path) -> None:
    """2,000 records each, a rotation every 64 KiB, one of them killed: one chain, nothing lost."""
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", HEAD + WORK, str(folder), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    for worker in workers:
        assert worker.stdout
        assert worker.stdin
        worker.stdout.readline()
        worker.stdin.write("go\n")
        worker.stdin.flush()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and len(list(folder.glob("audit.2*"))) < 3:
        time.sleep(0.01)
    workers[0].send_signal(signal.SIGKILL)
    assert [worker.wait(60) for worker in workers] == [-9, 0, 0, 0]
    found = verified(folder, Key(b"a-key-of-some-length"))
    assert found.breaks == []
    done = [e["fields"] for e in told(folder) if e["event"] == "work"]
    for number in ("0", "1", "2", "3"):
        counts = [fields["n"] for fields in done if fields["worker"] == number]
        assert counts == list(range(len(counts)))
        assert len(counts) == 2000 or number == "0"
    assert len(list(folder.glob("audit.2*"))) > 20
