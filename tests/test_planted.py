"""Three hundred texts as programs write them, each with a secret: it is gone wherever they are."""

from __future__ import annotations

import base64
import builtins
import dataclasses
import json
import re
import threading
from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest
from conftest import Logs
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import PLANTED
from pydantic import BaseModel, SecretBytes, SecretStr

from anivault_loguru import logger, metrics, propagate
from anivault_loguru.masking import MARKER, Masker
from anivault_loguru.seal import Seal

SECRET = "Xq7" + "vRt9zWk3P"
PAIR = base64.b64encode(f"user:{SECRET}".encode()).decode()
BOT = ".".join(["MTA4NjE1" + "NDk5MDE4NjI0MDAw", "GabcDe", "aB3_" * 9 + "xy"])
SECRETS = (SECRET, PAIR, BOT)
TEXTS = [text.replace("{S}", SECRET).replace("{B}", PAIR).replace("{D}", BOT) for text in PLANTED]
MASKER = Masker(homes=["/home/me"])


def shows(text: str) -> bool:
    """Whether a secret is seen in a text."""
    return any(secret in text for secret in SECRETS)


@pytest.mark.parametrize("text", TEXTS)
def test_the_secret_is_gone(text: str) -> None:
    """As a text, in a line as value and as key, and masking again changes nothing."""
    masked = MASKER.mask_text(text)
    assert not shows(masked)
    assert MASKER.mask_text(masked) == masked
    for document in ({"message": text}, {"message": "m", "fields": {"a": [[text]], text: 1}}):
        line = MASKER.mask_line(orjson.dumps(document)).decode()
        assert not shows(line)
        assert MARKER in line


AROUND = st.sampled_from(
    ["", " ", "\n", "2026-11-23 INFO ", "한글 ", "é: ", "(", "first\r\n", "\t"]
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(TEXTS), AROUND, AROUND, st.integers(0, 3))
def test_whatever_stands_around(text: str, before: str, after: str, levels: int) -> None:
    """Behind a prefix, before other text, and inside JSON the secret is gone as well.

    Three levels of JSON, those included that the text has itself.
    """
    whole = f"{before} {text}\n{after}"
    escaped = max(map(len, re.findall(r"\\+", text)), default=0).bit_length()
    for _ in range(min(levels, 3 - escaped)):
        whole = json.dumps({"log": whole}, ensure_ascii=False)
    assert not shows(MASKER.mask_text(whole))
    assert not shows(MASKER.mask_line(orjson.dumps({"message": whole})).decode())


AS_PROGRAMS_SHOW_IT: dict[str, Callable[[str], str]] = {
    "repr": repr,
    "the repr of a repr": lambda text: repr([repr([text])]),
    "three reprs": lambda text: repr({"a": repr([repr((text, "b"))])}),
    "JSON": lambda text: json.dumps([text]),
    "JSON in JSON": lambda text: json.dumps({"a": json.dumps({"b": text})}),
    "JSON in a repr": lambda text: repr({"a": json.dumps({"b": text}), "c": 1}),
    "a repr in JSON": lambda text: json.dumps({"a": repr([text])}, ensure_ascii=False),
    "an exception": lambda text: repr(ValueError(ValueError(text))),
    "a file's error": lambda text: str(OSError(2, text, f"/tmp/{text}")),
    "bytes": lambda text: repr(text.encode()),
    "an object": lambda text: repr(Connection(text)),
    "double quotes": lambda text: f'cmd "{text}" failed',
    "single quotes": lambda text: f"cmd '{text}' failed",
}


@pytest.mark.parametrize("shown", AS_PROGRAMS_SHOW_IT)
def test_however_a_program_shows_the_text(shown: str) -> None:
    """In lists, in objects, escaped again and again: no secret is seen, and none the second time.

    Up to four times, those included that the text is escaped itself.
    """
    for text in TEXTS:
        depth = max(map(len, re.findall(r"\\+", text)), default=0).bit_length()
        if depth == 2 and shown == "three reprs":
            continue
        masked = MASKER.mask_text(AS_PROGRAMS_SHOW_IT[shown](text))
        assert not shows(masked), text
        assert MASKER.mask_text(masked) == masked


class Headers(dict[str, str]):
    """Stands for the headers of requests."""


class Account(BaseModel):
    name: str
    password: SecretStr
    key: SecretBytes
    token: str


@dataclasses.dataclass
class Connection:
    url: str


def test_every_place_of_a_record(logs: Logs) -> None:
    """Messages, fields of all kinds, keys, contexts, threads, files, groups, notes and cycles."""
    password, key = SecretStr(SECRET), SecretBytes(SECRET.encode())
    account = Account(name="a", password=password, key=key, token=SECRET)
    for text in TEXTS:
        logger.info("{}", text)
        logger.bind(component="cache", **{"a": text}).info("bound")
        logger.info("kinds", a=[text], b={text: (text,)}, c=text.encode(), d={text}, e=repr([text]))
        with logger.contextualize(request_id=text, note=text):
            propagate(lambda: logger.info("propagated"))()
        try:
            raise KeyError(text) from OSError(2, text, f"/tmp/{text}")
        except KeyError:
            logger.exception(text)
    logger.info("{} {!r} {}", account, account, Connection(f"amqp://u:{SECRET}@h"), a=account)
    logger.info("headers", a=httpx.Headers({"X-Api-Key": SECRET}), b=Headers(Cookie=f"a={SECRET}"))
    logger.info("request", a=httpx.Request("GET", f"https://h/?api_key={SECRET}").url)
    logger.info("f" + f"{ {'password': SECRET}!r}", argv=["run", "--token", SECRET])
    assert [line for line in logs.text().splitlines() if shows(line)] == []
    assert len(logs.lines()) + len(logs.lines("pipeline")) == 5 * len(TEXTS) + 4


def test_exceptions_that_hold_each_other(logs: Logs) -> None:
    """A cause that leads back to its effect, groups within groups, and notes on all of them."""
    first, second = ValueError(f"password={SECRET}"), OSError(f"redis://:{SECRET}@h")
    first.__cause__, second.__cause__ = second, first
    raised: list[BaseException] = [first]
    if hasattr(first, "add_note"):
        group: Any = vars(builtins)["ExceptionGroup"]
        first.add_note(f"Authorization: Bearer {SECRET}")
        inner = group("inner", [first, KeyError(f"token={SECRET}")])
        inner.add_note(f"api_key: {SECRET}")
        raised.append(group(f"password: {SECRET}", [inner, second]))
    for error in raised:
        try:
            raise error
        except BaseException:
            logger.exception("failed")
    assert not shows(logs.text())
    assert len(logs.lines()) == len(raised)


def test_names_of_threads_and_files(logs: Logs) -> None:
    """What is named by someone else's words is masked like them."""
    code = compile("log('x')", f"/srv/token={SECRET}/x.py", "exec")
    thread = threading.Thread(
        target=lambda: exec(code, {"log": logger.info, "__name__": f"password={SECRET}"}),
        name=f"worker https://u:{SECRET}@h",
    )
    thread.start()
    thread.join()
    assert not shows(logs.text())
    assert len(logs.lines()) == 1


def test_a_poured_line_is_masked_like_a_sealed_one(
    logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Message and fields masked by themselves are, and are counted, as those of a whole line."""
    texts = [*TEXTS, f"{'a' * 600} {TEXTS[0]}", f"\x7f\x85{TEXTS[0]}\x9b", "clean", "긴 글"]

    def written() -> list[object]:
        before = metrics.snapshot()["counters"].get("masked_values", 0)
        begun = len(logs.lines())
        for text in texts:
            logger.info(text.replace("{", "{{").replace("}", "}}"), n=1.5)
            logger.info("{n}", n=[text, {text[:20]: text}])
            logger.info("got {}", SECRET, password=SECRET, text=text)
        parts = [(line["message"], line["fields"]) for line in logs.lines()[begun:]]
        return [*parts, metrics.snapshot()["counters"]["masked_values"] - before]

    poured = written()
    monkeypatch.setattr(Seal, "_masked", refuse)
    assert written() == poured


def refuse(*parts: object) -> tuple[bytes, bytes]:
    """Have a record sealed as a whole."""
    raise orjson.JSONEncodeError
