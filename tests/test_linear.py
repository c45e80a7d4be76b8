"""The time of masking grows with the size of a record, not with its square."""

from __future__ import annotations

import time

import orjson
import pytest

from anivault_loguru.masking import Masker

MASKER = Masker(homes=["/home/me"], secrets=["registered-value"])
REPEATED = [
    *(
        "eyJ-",
        "eyJaaaaaaaaaa.",
        "eyJaaaaaaaaaa.eyJ",
        "://",
        ":",
        "@",
        "://a:",
        "a://b:c@",
        "%3a%2f%2f",
    ),
    *("-----BEGIN", "-----BEGIN PRIVATE KEY-----", "key", "key=", "api_key", "api_key=", "token "),
    *("password: ", "password='", "password: x=", "password=[", "password%3D", "passphrase: a "),
    *("/home/", "/home/a", "/users/", "C:\\Users\\", "C:\\Users\\a ", "\\\\a\\Users\\", "users"),
    *("\\", '\\"', '"', "'", 'secret\\"', "Cookie: ", "Authorization: ", "--token ", "-- --token "),
    *("Authorization: Digest \\", "<password>", "[", '("token", ', '{"name":"password","value":'),
    *("ghp_", "sk-", "at_", "xox", "hooks.slack.com/a/", "webhooks/", "twilio ", "Bearer ", "AKIA"),
    *(
        "bearer a1",
        "hf_",
        "12345678:AA",
        "%2f",
        "%252F",
        "sig=",
        "sess",
        "a",
        "Б",
        "раssword=",
        "ｋ",
    ),
    *("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\n", "-----END "),
    *("<password a=", "<password>a</password>", "auth ", "password: |\n", "</name><value>"),
    *("curl -u ", "curl -u a:b ", "mysql -pa ", " -a ", " login a password ", "identified by '"),
    *('name="password"\r\n\r\n', ":\\/\\/a:b@", "/home/홍길동/", "%25%2540", "MTA4MTA4"),
    *("비밀번호: ", '\\"password\\": \\"', "&key=", "- name: token\n  value: a\n", "pAssWord="),
    *("registered-value", "registered-", "***MASKED***", "password=***MASKED***", "glpat-", "SG."),
]


def seconds(text: str) -> float:
    """The processor time that masking a line with `text` takes; the better of two."""
    line = orjson.dumps({"message": text, "fields": {"password": "some-value-here"}})
    times = []
    for _ in range(2):
        start = time.process_time()
        MASKER.mask_line(line)
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.parametrize("piece", REPEATED)
def test_twice_the_length_takes_about_twice_the_time(piece: str) -> None:
    """A line built against each matcher: four times the length takes less than nine times as long.

    Quadratic time would take sixteen times as long. A measurement that a busy machine spoilt is
    taken again.
    """
    short = piece * (30_000 // len(piece))
    ratio = 0.0
    for _ in range(4):
        ratio = seconds(short * 4) / max(seconds(short), 0.001)
        if ratio < 9:
            return
    pytest.fail(f"four times the length took {ratio:.1f} times as long")


@pytest.mark.parametrize("key", ["password", "name"])
@pytest.mark.parametrize("value", ["secret-number-{}", "s{}"])
def test_four_times_as_many_secrets_take_about_four_times_the_time(key: str, value: str) -> None:
    """A record of many secrets, each of which may stand elsewhere in it, or as its keys."""

    def took(count: int) -> float:
        values = [value.format(number) for number in range(count)]
        fields: object = [{key: text} for text in values]
        if key == "name":
            token = "gh" + "p_" + "a" * 34
            fields = {f"{token}{number:06}": number for number in range(count)}
        line = orjson.dumps({"message": " ".join(values), "fields": {"all": fields}})
        start = time.process_time()
        MASKER.mask_line(line)
        return time.process_time() - start

    ratio = 0.0
    for _ in range(4):
        ratio = took(4000) / max(took(1000), 0.001)
        if ratio < 9:
            return
    pytest.fail(f"four times as many took {ratio:.1f} times as long")
