"""Masking of lines: what is secret never leaves, what is not stays as it is."""

from __future__ import annotations

import base64
import copy
import dataclasses
import io
import json
import logging
import re
import signal
import subprocess
import sys
import threading
from collections import namedtuple
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlparse

import orjson
import pytest
from conftest import Logs
from pydantic import BaseModel, SecretBytes, SecretStr

from anivault_loguru import configure, logger, mask, register_secret, shutdown
from anivault_loguru.masking import MARKER, Masker

SECRET = "hunter2-" + "correct.horse"
AWKWARD = 'p"a\\s/s wörd+' + "&=%1"


def masked(fields: dict[str, Any], masker: Masker | None = None) -> dict[str, Any]:
    """The fields of a record after masking."""
    line = (masker or Masker()).mask_line(orjson.dumps({"message": "m", "fields": fields}))
    result: dict[str, Any] = orjson.loads(line)["fields"]
    return result


def test_a_clean_line_is_handed_back_itself() -> None:
    """Nothing is decoded, copied or encoded again where there is nothing to mask."""
    line = orjson.dumps({"message": "Processed 3 files", "fields": {"cache_key": "movie:1"}})
    assert Masker().mask_line(line) is line


@pytest.mark.parametrize("value", [SECRET, 12345, 1.5, ["a", SECRET], {"a": SECRET}, [[1]]])
def test_under_a_sensitive_name_everything_is_masked(value: object) -> None:
    """Whatever the type of the value."""
    assert masked({"a": [{"api_key": value}]}) == {"a": [{"api_key": MARKER}]}


@pytest.mark.parametrize("value", [None, True, False, "", [], {}])
def test_nothing_is_no_secret(value: object) -> None:
    """None, booleans and what is empty stay: they tell whether there is a secret at all."""
    assert masked({"password": value}) == {"password": value}


@pytest.mark.parametrize("key", ["app_key", "x.token.y", "my-pass", "conn_webhook"])
def test_a_key_made_of_ordinary_words(key: str) -> None:
    """Names given in the settings are found though their words alone are no secret's."""
    masker = Masker(keys=[key])
    assert masked({key: SECRET}, masker) == {key: MARKER}
    assert masker.mask_text(f"{key}={SECRET}") == f"{key}={MARKER}"


def test_what_pydantic_refused_is_no_less_secret() -> None:
    """Its list of errors has the name of the field as `loc`, and the value as `input`."""
    error = {"type": "string_too_short", "loc": ["db", "password"], "msg": "m", "input": SECRET}
    others = [{**error, "loc": ["title"], "input": "a"}, {"type": "missing", "loc": [], "input": 1}]
    shown = masked({"errors": [error, *others], "note": SECRET})
    assert shown == {"errors": [{**error, "input": MARKER}, *others], "note": MARKER}


def test_secrets_registered_one_by_one_while_it_masks() -> None:
    """Each from the moment it is known, be they few or thousands, in threads and handlers."""
    masker = Masker(secrets=["known-from-the-start"])
    words = [f"late-{number:04d}-{number * 7919 % 10007}" for number in range(800)]

    def register(mine: list[str]) -> None:
        for word in mine:
            masker.register(word)
            assert masker.mask_text(f"a {word} b") == f"a {MARKER} b"

    threads = [threading.Thread(target=register, args=(words[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for word in ["known-from-the-start", *words]:
        assert masker.mask_text(word) == MARKER


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no interval timer")
def test_a_signal_handler_registers_while_another_thread_does(tmp_path: Path) -> None:
    """Nobody waits for a lock that the interrupted thread holds."""
    program = """
import signal, sys, threading
from anivault_loguru import configure, logger, register_secret, shutdown
configure(dir=sys.argv[1], console={"enabled": False})
count = 0
def handler(*_):
    global count
    if count < 60:
        count += 1
        register_secret(f"Signal{count:03d}x9Kq")
        logger.info(f"signal Signal{count:03d}x9Kq")
def run(kind):
    for number in range(60):
        register_secret(f"{kind}{number:03d}x9Kq7")
        logger.info(f"late {kind}{number:03d}x9Kq7")
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
thread = threading.Thread(target=run, args=("Thread",))
thread.start()
run("Main")
thread.join()
signal.setitimer(signal.ITIMER_REAL, 0)
shutdown()
"""
    command = [sys.executable, "-c", program, str(tmp_path)]
    subprocess.run(command, check=True, timeout=120)
    text = (tmp_path / "app.log").read_text("utf-8")
    assert text.count(f"late {MARKER}") == 120
    assert "x9Kq" not in text


def test_a_name_beside_its_value() -> None:
    """Objects with name and value, command lines, and lists of pairs."""
    for key in ("variable", "Property", "fieldName"):
        assert masked({key: "DB_PASSWORD", "value": 123456}) == {
            key: "DB_PASSWORD",
            "value": MARKER,
        }
    assert masked({"text": "password", "value": 5}) == {"text": "password", "value": 5}
    assert masked({"env": [{"name": "DB_PASSWORD", "value": SECRET}]}) == {
        "env": [{"name": "DB_PASSWORD", "value": MARKER}]
    }
    assert masked({"env": {"value": SECRET, "key": "apiKey"}})["env"]["value"] == MARKER
    assert masked({"argv": ["run", "--token", SECRET, "-v"]})["argv"] == [
        "run",
        "--token",
        MARKER,
        "-v",
    ]
    assert masked({"headers": [["X-Api-Key", SECRET], ["Accept", "*/*"]]})["headers"] == [
        ["X-Api-Key", MARKER],
        ["Accept", "*/*"],
    ]
    assert masked({"names": ["password", "email"]}) == {"names": ["password", "email"]}


def test_the_value_under_a_name_is_masked_elsewhere_in_the_record() -> None:
    """A secret that the record itself names does not stand in its message or other fields."""
    for secret in (SECRET, AWKWARD, "short"):
        document = {
            "message": f"got {secret} now",
            "fields": {"api_key": secret, "url": f"/x?q={quote(secret, safe='')}", secret: 1},
        }
        result = orjson.loads(Masker().mask_line(orjson.dumps(document)))
        assert result["message"] == f"got {MARKER} now"
        if len(secret) >= 6:
            assert result["fields"]["url"] == f"/x?q={MARKER}"
            assert result["fields"][MARKER] == 1


@pytest.mark.parametrize(
    "secret", [SECRET, AWKWARD, "비밀번호가-" + "길다", "p/q" + "+S~한", "Zm9vYmFy+/" + "Zm9v=="]
)
def test_a_registered_value_is_masked_however_encoded(secret: str) -> None:
    """Raw, JSON-escaped up to three levels, URL-encoded, repr'd, and in base64 wherever it lies."""
    masker = Masker(secrets=[secret])
    quoted = quote(secret, safe="")
    lower = re.sub("%..", lambda found: found[0].lower(), quoted)
    texts = [secret, repr(secret), repr(secret.encode()), quote(secret), quoted, lower]
    for ascii_only in (True, False):
        text = secret
        for _ in range(3):
            text = json.dumps(text, ensure_ascii=ascii_only)
            texts.append(text)
    for before in ("", "x", "xy"):
        encoded = base64.b64encode(f"{before}{secret}tail".encode()).decode()
        texts += [encoded, encoded.replace("+", "-").replace("/", "_")]
    for text in texts:
        assert MARKER in masker.mask_text(f"a {text} b")
        line = orjson.dumps({"message": text, "fields": {text: [text]}})
        result = orjson.loads(masker.mask_line(line))
        assert MARKER in result["message"]
        assert MARKER in next(iter(result["fields"]))


def test_a_secret_that_begins_another_leaves_no_tail() -> None:
    """The longest registered value is masked, not its beginning."""
    masker = Masker(secrets=["abcdefgh", "abcdefghijkl"])
    assert masker.mask_text("<abcdefghijkl>") == f"<{MARKER}>"


def test_short_values_are_not_registered() -> None:
    """Five characters would mask innocent texts everywhere."""
    assert Masker(secrets=["12345"]).mask_text("12345") == "12345"


def test_registering_is_safe_from_any_thread() -> None:
    """Every value is masked once its registration has returned, whoever else registers."""
    masker = Masker()
    wrong: list[str] = []

    def register(number: int) -> None:
        for n in range(30):
            value = f"value-{number}-{n}-x"
            masker.register(value)
            if value in masker.mask_text(f"<{value}>"):
                wrong.append(value)

    threads = [threading.Thread(target=register, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_users_rules() -> None:
    """`keys`, `allow` and `patterns` of the settings; a group named secret is the part to mask."""
    masker = Masker(keys=["licence plate"], allow=["api_key"], patterns=[r"CARD-(?P<secret>\d+)"])
    assert masked({"licencePlate": "M-AB 1", "api_key": "abc"}, masker) == {
        "licencePlate": MARKER,
        "api_key": "abc",
    }
    assert (
        masker.mask_text("licence_plate=MAB1, CARD-1234")
        == f"licence_plate={MARKER}, CARD-{MARKER}"
    )


def test_masking_can_be_switched_off() -> None:
    """With `enabled=false` nothing is changed."""
    line = orjson.dumps({"message": f"password={SECRET}", "fields": {"password": SECRET}})
    assert Masker(enabled=False).mask_line(line) is line
    assert Masker(enabled=False).mask_text(f"password={SECRET}") == f"password={SECRET}"


def test_keys_that_masking_makes_equal_keep_their_values() -> None:
    """Two secret keys of one mapping do not become one."""
    masker = Masker(secrets=["first-value-1", "other-value-2"])
    assert masked({"first-value-1": 1, "other-value-2": 2}, masker) == {MARKER: 1, f"{MARKER}'": 2}


def test_a_line_that_can_not_be_masked_is_withheld() -> None:
    """A failure inside masking leaves the record's keys and numbers, and none of its texts."""
    line = b'{"level":"INFO","message":"password=' + SECRET.encode() + b'","seq":3,"fields":{"a":1}'
    result = orjson.loads(Masker().mask_line(line))
    assert result == {"fields": {"masking_failed": "JSONDecodeError"}}


def test_a_failing_matcher_withholds_the_texts() -> None:
    """Whatever breaks, the raw record is not written."""

    def fail(secret: str) -> str:
        raise RecursionError

    line = orjson.dumps({"level": "INFO", "message": f"password={SECRET}", "seq": 3, "fields": {}})
    assert orjson.loads(Masker(hide=fail).mask_line(line)) == {
        "level": "INFO",
        "message": MARKER,
        "seq": 3,
        "fields": {"masking_failed": "RecursionError"},
    }


Point = namedtuple("Point", "password x")


@dataclasses.dataclass
class Login:
    user: str
    password: str


class Headers(dict[str, str]):
    """Stands for the mappings of HTTP libraries."""


def test_every_kind_of_object_is_masked_and_none_is_changed(logs: Logs) -> None:
    """Bytes, sets, named tuples, dataclasses, mappings, exceptions: masked copies are written."""
    import httpx

    text = f"password={SECRET}"
    objects: dict[str, Any] = {
        "bytes": text.encode(),
        "set": {text},
        "tuple": (text, (text,)),
        "named": [Point(SECRET, 1), {"of": Point(1, Point(SECRET, 2))}],
        "url": urlparse(f"https://bob:{SECRET}@host/"),
        "jar": httpx.Cookies({"sid": SECRET}),
        "cookies of a jar": [*httpx.Cookies({"sid": SECRET}).jar],
        "dataclass": Login("bob", SECRET),
        "mapping": Headers({"Authorization": f"Bearer {SECRET}"}),
        "headers": httpx.Headers({"X-Api-Key": SECRET}),
        "error": OSError(2, text, f"/x/{text}"),
        text: 1,
        "api_key": [SECRET],
        "settings": {"db": {"password": SECRET, "port": 1}},
    }
    before = repr(objects)
    logger.bind(**objects).info("all of {}", objects)
    assert SECRET not in logs.text()
    assert repr(objects) == before
    assert logs.lines()[0]["fields"]["settings"] == {"db": {"password": MARKER, "port": 1}}


def test_depth_and_cycles(logs: Logs) -> None:
    """A thousand levels, and a list that holds itself, are written without the secret."""
    deep: Any = {"password": SECRET}
    for _ in range(1000):
        deep = [deep]
    cycle: list[Any] = [{"token": SECRET}]
    cycle.append(cycle)
    logger.info("deep", deep=deep, cycle=cycle)
    assert SECRET not in logs.text()
    assert len(logs.lines()) == 1


def test_exceptions_are_masked_to_the_root(logs: Logs) -> None:
    """Arguments, notes, cause, context, KeyError, file names and shown source lines."""

    def connect(password: str = "sourced-secret-77") -> None:
        try:
            dict[str, int]()[f"token={SECRET}"]
        except KeyError as error:
            try:
                raise OSError(2, f"pwd: {SECRET}", f"/home/eve/{password}")
            except OSError as context:
                raise ConnectionError(f"postgres://bob:{SECRET}@db/x") from (error or context)

    try:
        connect()
    except ConnectionError as error:
        if hasattr(error, "add_note"):
            error.add_note(f"api_key={SECRET}")
        logger.exception("failed: {}", error)
    text = logs.text()
    assert SECRET not in text
    assert "ConnectionError" in text
    assert "/home/eve" not in text


def test_a_secret_in_a_shown_source_line_is_masked(logs: Logs, tmp_path: Path) -> None:
    """A traceback shows the line of code that failed: a password written there is masked."""
    value = "in-the-" + "source-9"
    path = tmp_path / "module.py"
    path.write_text(f'def connect(password: str = "{value}"): raise ValueError(1)\nconnect()\n')
    try:
        exec(compile(path.read_text(), str(path), "exec"))
    except ValueError:
        logger.exception("failed")
    assert value not in logs.text()
    assert "def connect(password: str = " in logs.text()


def test_what_patchers_lazy_and_raw_add_is_masked(logs: Logs) -> None:
    """Masking comes last: user patchers, lazy arguments and raw messages are masked too."""
    logger.patch(lambda record: record["extra"].update(token=SECRET)).info("patched")
    logger.opt(lazy=True).info("pwd={}", lambda: SECRET)
    logger.opt(raw=True).info(f"password={SECRET}\n")
    logger.bind(component="cache").info("x", secret=SECRET)
    logging.getLogger("other").warning("password=%s", SECRET)
    assert SECRET not in logs.text()
    assert len(logs.lines()) == 4


def test_thread_names_are_masked(logs: Logs) -> None:
    """A thread's name is a text like any other."""
    thread = threading.Thread(target=lambda: logger.info("hi"), name=f"token={SECRET}")
    thread.start()
    thread.join()
    assert logs.lines()[0]["thread"] == f"token={MARKER}"


@pytest.mark.parametrize("form", ["human", "ndjson"])
def test_the_console_is_masked(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """People and programs that read stderr see no secret either."""
    configure(dir=tmp_path, console={"format": form}, metrics={"enabled": False})
    try:
        raise ValueError(f"password={SECRET}")
    except ValueError:
        logger.exception("with {}", SECRET, api_key=SECRET)
    text = capsys.readouterr().err
    assert SECRET not in text
    assert MARKER in text


def test_values_of_sensitive_environment_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`masking.env`: the value of SOME_TOKEN is masked wherever it stands, that of PATH is not."""
    monkeypatch.setenv("SOME_TOKEN", SECRET)
    monkeypatch.setenv("SOME_PLACE", "harmless-place")
    configure(dir=tmp_path, console={"enabled": False}, metrics={"enabled": False})
    logger.info("{} at {}", SECRET, "harmless-place")
    assert Logs(tmp_path).lines()[0]["message"] == f"{MARKER} at harmless-place"


def test_the_public_functions_work_unconfigured(monkeypatch: pytest.MonkeyPatch) -> None:
    """`mask` and `register_secret` need no configuration; what is registered stays so."""
    shutdown()
    value = "registered-" + "before-1"
    register_secret(value)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert mask("password=abc123 /home/somebody/x") == f"password={MARKER} ~/x"
    assert mask(f"<{value}>") == f"<{MARKER}>"


def test_a_secret_of_pydantic_is_registered_by_its_value(logs: Logs) -> None:
    """`register_secret` takes a `SecretStr`; logged itself, one shows asterisks anyway."""
    secret = SecretStr("plain-value-8")
    register_secret(secret)
    logger.info("the {} of it", secret.get_secret_value(), field=secret)
    assert logs.lines()[0]["message"] == f"the {MARKER} of it"
    assert secret.get_secret_value() not in logs.text()


@pytest.mark.parametrize("schema", ["native", "otel", "ecs"])
def test_what_a_secret_str_holds_is_masked_in_its_record(tmp_path: Path, schema: str) -> None:
    """In the message too, under whatever name, within a model; in the next record it is not."""

    class Model(BaseModel):
        neutral: SecretStr

    configure(
        dir=tmp_path,
        schema=schema,
        console={"enabled": False},
        metrics={"enabled": False},
    )
    seen: list[str] = []
    model = Model(neutral=SecretStr("passing-value-4"))
    for secret in (SecretStr("passing-value-4"), SecretBytes(b"passing-value-4"), model):
        if secret is model:
            logger.add(lambda message: seen.append(message.record["message"]))
        logger.info("first {}", "passing-value-4", cfg=secret)
        logger.info("second {}", "passing-value-4", cfg=[model])
        logger.info("third {}", "passing-value-4")
    messages = [
        document["body"] if "body" in document else document.get("message", document.get("Body"))
        for document in map(orjson.loads, (tmp_path / "app.log").read_bytes().splitlines())
    ]
    expected = [f"first {MARKER}", f"second {MARKER}", "third passing-value-4"]
    assert messages == expected * 3
    assert seen == expected


def test_objects_logged_are_the_same_afterwards(logs: Logs) -> None:
    """Masking works on the line: what the application holds is neither copied back nor changed."""
    config = {"password": SECRET, "nested": [{"token": SECRET}]}
    before = copy.deepcopy(config)
    stream = io.StringIO()
    number = logger.add(stream)
    logger.info("config", config=config)
    logger.remove(number)
    assert config == before
