"""plain: any value as one line of strict JSON."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import http.cookiejar
import json
import math
import pathlib
import re
import subprocess
import sys
import time
import uuid
from collections import UserDict, namedtuple
from typing import Any
from urllib.parse import urlsplit

import attrs
import httpx
import numpy
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anivault_loguru.plain import dumps, text_of


class Hostile:
    """An object that fails at every attempt to print it."""

    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


class Colour(enum.Enum):
    RED = "red"


class Moment(datetime.datetime):
    pass


class Amount(float):
    pass


class Text(str):
    __slots__ = ()


@dataclasses.dataclass
class Point:
    x: int
    y: object


@attrs.define
class Box:
    width: int


class Model(pydantic.BaseModel):
    name: str
    secret: pydantic.SecretStr = pydantic.SecretStr("hidden")


Pair = namedtuple("Pair", "a b")


def strict(line: bytes) -> Any:
    """Parse as the strictest reader would: UTF-8, no NaN, no doubled key."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), f"doubled key in {keys}"
        return dict(pairs)

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    return json.loads(line.decode("utf-8"), object_pairs_hook=unique, parse_constant=refuse)


def jar() -> http.cookiejar.CookieJar:
    return httpx.Cookies({"sid": "x"}).jar


def cycle() -> list[object]:
    inside: list[object] = [1]
    inside.append(inside)
    return inside


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (2**64 - 1, 2**64 - 1),
        (2**70, str(2**70)),
        (math.nan, None),
        (math.inf, None),
        ("\udc80.mkv", "\\udc80.mkv"),
        (Text("한글"), "한글"),
        (b"\xffab", "\\xffab"),
        ({1}, [1]),
        (decimal.Decimal("1.10"), "1.10"),
        (pathlib.PurePosixPath("/a/b"), "/a/b"),
        (Colour.RED, "red"),
        (datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc), "2026-01-02T00:00:00Z"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (datetime.timedelta(days=1), "1 day, 0:00:00"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Point(1, {2}), {"x": 1, "y": [2]}),
        (Box(3), {"width": 3}),
        (Pair(1, 2), {"a": 1, "b": 2}),
        ({"\udc80": [Pair(1, Pair(2, 3))]}, {"\\udc80": [{"a": 1, "b": {"a": 2, "b": 3}}]}),
        (urlsplit("https://host/a?b=c#d"), "https://host/a?b=c#d"),
        (time.gmtime(0), [1970, 1, 1, 0, 0, 0, 3, 1, 0]),
        (jar(), {"cookies": {"sid": "x"}}),
        ([*jar()], [{"cookie": {"sid": "x"}}]),
        (httpx.Cookies({"sid": "x"}), {"cookies": {"sid": "x"}}),
        ({"\udc80": jar()}, {"\\udc80": {"cookies": {"sid": "x"}}}),
        (Model(name="n"), {"name": "n", "secret": "**********"}),
        (UserDict(a=1), {"a": 1}),
        (numpy.int64(7), 7),
        (numpy.float32(1.5), 1.5),
        (numpy.arange(4).reshape(2, 2), [[0, 1], [2, 3]]),
        (numpy.arange(6)[::2], [0, 2, 4]),
        (numpy.array(["a", "b"]), ["a", "b"]),
        (datetime.time(1, 2, tzinfo=datetime.timezone.utc), "01:02:00+00:00"),
        (Moment(2026, 1, 2, 3), "2026-01-02T03:00:00"),
        (Amount(1.5), 1.5),
        ({1: "a", "1": "b", (2, 3): "c"}, {"1": "a", "1'": "b", "(2, 3)": "c"}),
        (cycle(), [1, "<cycle>"]),
        (Hostile(), "<Hostile object that cannot be printed>"),
    ],
)
def test_odd_values_have_a_documented_form(value: object, expected: object) -> None:
    """Each odd value becomes the JSON value that the README's table names."""
    assert strict(dumps({"v": value})) == {"v": expected}


CONTROLS = [
    *range(0x20),
    *range(0x7F, 0xA0),
    0x061C,
    0x200E,
    0x200F,
    *range(0x2028, 0x202F),
    *range(0x2066, 0x206A),
]


def test_every_control_character_is_an_escape() -> None:
    """C0, DEL, C1, line separators and bidi controls never stand raw in a line."""
    text = "한" + "".join(map(chr, CONTROLS)) + "글…‘’"
    for value in (text, {"bad": "\ud800", text: text}):
        line = dumps({"v": value}).decode()[:-1]
        assert not {chr(code) for code in CONTROLS} & set(line)
    assert strict(dumps({"v": text})) == {"v": text}


def test_letters_stand_as_they_are() -> None:
    """Composed and decomposed names both stay, readable in the file."""
    for name in ("한글", "\u1112\u1161\u11ab", "カナ", "é", "e\u0301", "🎬"):
        assert dumps({"v": name}) == f'{{"v":"{name}"}}\n'.encode()


@given(st.binary(max_size=20))
def test_the_bytes_of_a_name_can_be_told_from_the_line(name: bytes) -> None:
    """`os.fsdecode` of any bytes is written so that the bytes can be had back."""
    text = name.decode("utf-8", "surrogateescape")
    written = strict(dumps({"v": text}))["v"]
    if "\\udc" not in text:
        back = re.sub(r"\\u(dc[89a-f][0-9a-f])", lambda m: chr(int(m[1], 16)), written)
        assert back.encode("utf-8", "surrogateescape") == name


def test_one_odd_value_spares_the_others() -> None:
    """A value that orjson refuses does not change how its neighbours are written."""
    fields = {"bad": "\ud800", "path": pathlib.PurePosixPath("/x"), "n": 1.5, "when": Colour.RED}
    assert strict(dumps(fields)) == {"bad": "\\ud800", "path": "/x", "n": 1.5, "when": "red"}


def test_a_nesting_of_ten_thousand_is_cut_not_refused() -> None:
    """A structure deeper than the limit is written to the limit and its rest named by type."""
    deep: dict[str, Any] = {}
    inner = deep
    for _ in range(10_000):
        inner["x"] = {}
        inner = inner["x"]
    text = dumps({"v": deep}).decode()
    assert "<dict nested deeper than 100>" in text
    strict(text.encode())


def test_an_integer_too_long_for_decimal_is_written_in_hex() -> None:
    """Python refuses to print such an integer; the line has it all the same."""
    assert strict(dumps({"v": 10**5000}))["v"] == hex(10**5000)


def test_generators_are_not_consumed() -> None:
    """Logging a generator leaves every item to the application."""
    items = iter([1, 2])
    dumps({"v": items, "bad": "\ud800"})
    assert list(items) == [1, 2]


def test_a_long_repr_is_bounded() -> None:
    """An object with an endless repr takes ten thousand characters of the line, not more."""

    class Long:
        def __repr__(self) -> str:
            return "x" * 1_000_000

    assert len(dumps({"v": Long()})) < 11_000


def test_text_of_prefers_str_and_survives_both_failing() -> None:
    """`text_of` gives `str`, else `repr`, else the type's name."""
    assert text_of(ValueError("told")) == "told"
    assert text_of(Hostile()) == "<Hostile object that cannot be printed>"


# Behind a function, for Hypothesis prints its strategies.
ODD = [Hostile(), Colour.RED, object(), Hostile, cycle(), Pair(1, 2)]
values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None))
    | st.binary()
    | st.decimals()
    | st.datetimes(timezones=st.timezones() | st.none())
    | st.integers(0, 5).map(lambda index: ODD[index]),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text() | st.integers() | st.none() | st.tuples(st.integers()), inner)
        | st.sets(st.integers() | st.text())
        | st.tuples(inner, inner)
    ),
    max_leaves=12,
)


@given(values)
def test_any_value_becomes_one_strict_line(value: object) -> None:
    """Whatever is nested in whatever: one line, strict JSON."""
    strict(dumps({"v": value}))


def test_a_value_of_any_kind_imports_nothing() -> None:
    """A log call does not wait for numpy because somebody logged a path."""
    code = """
import pathlib, sys
from anivault_loguru.plain import dumps
assert dumps({"path": pathlib.Path("x"), "deep": {3: "\\ud800"}})
assert "numpy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
