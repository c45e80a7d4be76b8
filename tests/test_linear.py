"""The time of masking grows with the size of a record, not with its square."""

from __future__ import annotations

import time

import orjson
import pytest
from repeated import REPEATED, repeated

from anivault_loguru.masking import Masker

MASKER = Masker(homes=["/home/me"], secrets=["registered-value"])


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
    short, long = repeated(piece, 20_000), repeated(piece, 80_000)
    ratio = 0.0
    for _ in range(4):
        ratio = seconds(long) / max(seconds(short), 0.001)
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


@pytest.mark.parametrize(
    "text",
    ["password={}-(", "password={} a()", "cookie: {}()", 'cookie: "{}()', "password={}'"],
)
def test_one_long_value_takes_about_as_long_as_it_is(text: str) -> None:
    """A value of many characters is looked at a fixed number of times: four times, below nine."""
    ratio = 0.0
    for _ in range(4):
        ratio = seconds(text.format("a" * 400_000)) / max(
            seconds(text.format("a" * 100_000)), 0.001
        )
        if ratio < 9:
            return
    pytest.fail(f"four times the length took {ratio:.1f} times as long")
