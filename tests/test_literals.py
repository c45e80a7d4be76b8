"""The text forms of settings: sizes, levels, times of day, names, lists."""

from __future__ import annotations

import datetime
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anivault_loguru import literals

UNITS = {"": 1, "B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20}


@given(st.integers(0, 10**9), st.sampled_from(sorted(UNITS)), st.sampled_from(["", " ", "  "]))
def test_a_size_is_its_number_times_its_unit(number: int, unit: str, space: str) -> None:
    """A whole number and a unit, in any case, make the product."""
    size = number * UNITS[unit]
    for text in (f"{number}{space}{unit}", f"{number}{space}{unit}".lower()):
        assert literals.parse_size(text) == size
    assert literals.parse_size(size) == size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("20MB", 20_000_000),
        ("20 MiB", 20_971_520),
        ("10kB", 10_000),
        ("1.5 GB", 1_500_000_000),
        ("512", 512),
        ("512 B", 512),
        (" 2 tb ", 2 * 10**12),
        ("1EiB", 2**60),
        ("1.1 KiB", 1126),
        ("0", 0),
    ],
)
def test_size_texts(text: str, size: int) -> None:
    """Sizes mean what loguru means by them; a fraction of a byte is cut off."""
    assert literals.parse_size(text) == size


@pytest.mark.parametrize(
    "value",
    [
        *(True, False, -1, 1.5, None, b"1MB", [], "", "MB", "-1MB", "+1", "1e6", "1,5MB", "20M"),
        *(
            "20 i",
            "20 iB",
            "1_000",
            "٣MB",
            "0.5 B",
            "1.MB",
            "1 MB MB",
            "nan",
            "9" * 5000,
            2**63,
            "8EiB",
        ),
    ],
)
def test_anything_else_is_no_size(value: object) -> None:
    """Booleans, signs, bare prefixes and everything else are refused, saying what is expected."""
    with pytest.raises(ValueError, match=r"^a size in bytes: a whole number, or text such as 20MB"):
        literals.parse_size(value)


@given(st.text())
def test_a_size_text_is_a_size_or_refused(text: str) -> None:
    """No text makes parse_size do anything but return bytes or raise ValueError."""
    try:
        assert literals.parse_size(text) >= 0
    except ValueError as error:
        assert str(error).startswith("a size in bytes")  # noqa: PT017


@pytest.mark.parametrize(
    ("value", "level"),
    [("info", "INFO"), (" Debug ", "DEBUG"), ("25", 25), (0, 0), (40, 40), ("NOTICE", "NOTICE")],
)
def test_a_level_is_a_name_or_a_number(value: object, level: str | int) -> None:
    """Names are upper-cased, digits are a number."""
    assert literals.parse_level(value) == level


@pytest.mark.parametrize("value", [True, -1, 1.0, "", "  ", None, ["INFO"]])
def test_anything_else_is_no_level(value: object) -> None:
    """Booleans, negative numbers and empty text are refused."""
    with pytest.raises(ValueError, match="the name of a level, such as INFO"):
        literals.parse_level(value)


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("00:00", datetime.time()),
        ("3:30", datetime.time(3, 30)),
        ("23:59:58", datetime.time(23, 59, 58)),
        ("00:00 UTC", datetime.time(tzinfo=datetime.timezone.utc)),
        ("04:05:06 Asia/Seoul", datetime.time(4, 5, 6, tzinfo=zoneinfo.ZoneInfo("Asia/Seoul"))),
        (datetime.time(1, 2), datetime.time(1, 2)),
        ("off", None),
        ("OFF", None),
        (None, None),
    ],
)
def test_a_time_of_day(value: object, time: datetime.time | None) -> None:
    """A time of day has minutes, maybe seconds and a zone; "off" is none."""
    parsed = literals.parse_time(value)
    assert parsed == time
    assert getattr(parsed, "tzinfo", None) == getattr(time, "tzinfo", None)


@pytest.mark.parametrize(
    "value",
    [
        *("24:00", "00:60", "0000", "12", "", "00:00 Nowhere/Land", "00:00 ../../etc", "00:00Z"),
        *("00:00 Asia", "00:00 Asia/Seoul extra", 0, False, datetime.date(2026, 1, 1)),
    ],
)
def test_anything_else_is_no_time_of_day(value: object) -> None:
    """Impossible times and unknown zones are refused with an example."""
    with pytest.raises(ValueError, match='a time of day such as "00:00" or "03:30 Asia/Seoul"'):
        literals.parse_time(value)


def test_compression() -> None:
    """Compression is gz or off."""
    assert literals.parse_compression("gz") == "gz"
    assert literals.parse_compression("off") is None
    assert literals.parse_compression(None) is None
    for value in ("zip", True, False, ""):
        with pytest.raises(ValueError, match='"gz" or "off"'):
            literals.parse_compression(value)


def test_an_interval_is_seconds() -> None:
    """Seconds are a number or its text, more than 0, within what a wait can take."""
    assert literals.parse_interval("0.5") == 0.5
    assert literals.parse_interval(2_592_000) == 2_592_000.0
    for value in (0, -1, True, "x", "nan", "inf", 10**400, 2_592_001, None):
        with pytest.raises(ValueError, match=r"a number of seconds, at least 0\.01"):
            literals.parse_interval(value)


def test_a_whole_number_stays_within_its_bounds() -> None:
    """Digits are a number; booleans, fractions and numbers out of bounds are refused."""
    parse = literals.whole_number(10)
    assert [parse(0), parse("10"), parse(" 7 ")] == [0, 10, 7]
    for value in (-1, 11, "11", True, 1.0, "1.0", None, "9" * 5000):
        with pytest.raises(ValueError, match=r"a whole number from 0 \(no limit\) to 10"):
            parse(value)


@pytest.mark.parametrize("name", ["app.log", "결제.log", "a b.log", ".hidden.log", "console.log"])
def test_a_channel_file_is_a_bare_name(name: str) -> None:
    """Any plain name ending in .log can be a channel file."""
    assert literals.parse_log_file(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", ".log", "app.txt", "app", "a/b.log", "a\\b.log", "../x.log", "/x.log", "c:x.log"),
        *("a\n.log", "a\0.log", " a.log", "nul.log", "COM1.log", "a*.log", "\udc80.log"),
        *("x" * 200 + ".log", 3),
    ],
)
def test_a_channel_file_is_nothing_else(name: object) -> None:
    """Folders, control characters, device names of Windows and overlong names are refused."""
    with pytest.raises(ValueError, match=r'a bare file name ending in "\.log", without folders'):
        literals.parse_log_file(name)


def test_an_application_name_can_name_a_folder() -> None:
    """The application name is one safe path component."""
    assert literals.parse_app("my app 2") == "my app 2"
    for value in ("", ".", "..", "a/b", "a\\b", "a\0", "aux", "x.", " x", "...", None, 3):
        with pytest.raises(ValueError, match="a name that can be a folder"):
            literals.parse_app(value)


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("network, tmdb,", ["network", "tmdb"]),
        ('["a,b", "c"]', ["a,b", "c"]),
        (["x"], ["x"]),
        ("", []),
        ("[broken", ["[broken"]),
    ],
)
def test_names_are_separated_by_commas(value: object, names: object) -> None:
    """Text is a JSON array or names with commas between; a list passes as it is."""
    assert literals.parse_names(value) == names


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        (r"[0-9]{3,4}", [r"[0-9]{3,4}"]),
        ("[1]", ["[1]"]),
        ('["a{1,2}", "b"]', ["a{1,2}", "b"]),
        (("x",), ("x",)),
    ],
)
def test_texts_may_hold_commas(value: object, texts: object) -> None:
    """Text is a JSON array of texts, else one item with all its commas and brackets."""
    assert literals.parse_texts(value) == texts


def test_a_pattern_compiles_and_matches_something() -> None:
    """A pattern that does not compile, or that matches nothing at all, is refused."""
    assert literals.parse_pattern(r"AKIA[0-9A-Z]{16}") == r"AKIA[0-9A-Z]{16}"
    with pytest.raises(ValueError, match=r"a regular expression \(unterminated character set"):
        literals.parse_pattern("[")
    with pytest.raises(ValueError, match="a regular expression that does not match empty text"):
        literals.parse_pattern("x*")
