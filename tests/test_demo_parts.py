"""The demo's parts on their own: names, files, digests, the bucket, the search for leaks."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import orjson
import pytest

from anivault_loguru.cli.demo.bucket import TokenBucket
from anivault_loguru.cli.demo.files import DigestCache, find_files
from anivault_loguru.cli.demo.names import ParsedName, parse_name, target_path
from anivault_loguru.cli.demo.report import find_leaks
from anivault_loguru.cli.demo.secrets import SECRETS


@pytest.mark.parametrize(
    ("filename", "parsed"),
    [
        (
            "[SubsPlease] Title - 01 (1080p) [ABCD1234].mkv",
            ParsedName("Title", ".mkv", "SubsPlease", 1, 1, "1080p", "ABCD1234"),
        ),
        ("진격의 거인 제12화.mkv", ParsedName("진격의 거인", ".mkv", season=1, episode=12)),
        (
            "【字幕】葬送のフリーレン 第03話 (720p).mp4",
            ParsedName("葬送のフリーレン", ".mp4", "字幕", 1, 3, "720p"),
        ),
        (
            "Some.Show.S02E13.1080p.WEB.mkv",
            ParsedName("Some Show", ".mkv", season=2, episode=13, resolution="1080p"),
        ),
        ("Movie.mkv", ParsedName("Movie", ".mkv")),
        ("01.mkv", ParsedName("01", ".mkv", season=1, episode=1)),
        ("http_2.py", ParsedName("http_2", ".py")),
        (".hidden", ParsedName(".hidden", "")),
    ],
)
def test_names_are_parsed(filename: str, parsed: ParsedName) -> None:
    """Video names are taken apart; the name of any other file is its title."""
    assert parse_name(filename) == parsed


def test_the_target_is_a_safe_relative_path() -> None:
    """A target names show, season and episode, and no character that a file system refuses."""
    assert target_path(ParsedName('A: "B"?', ".mkv", season=1, episode=2)) == (
        "A_ _B__/Season 01/A_ _B__ - S01E02.mkv"
    )
    assert target_path(ParsedName("plain", ".py")) == "Other/plain.py"


def test_find_files_is_bounded_and_skips_what_is_hidden(tmp_path: Path) -> None:
    """At most `limit` regular files come, in order, none from hidden or generated folders."""
    for name in ("b.txt", "a.txt", ".git/x", "__pycache__/y", "c/z.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "broken").symlink_to("nowhere")
    problems: list[OSError] = []
    found = [file.shown for file in find_files(str(tmp_path), 10, problems.append)]
    assert found == ["a.txt", "b.txt", os.path.join("c", "z.txt")]
    assert [error.filename for error in problems] == [str(tmp_path / "broken")]
    assert len(list(find_files(str(tmp_path), 2, problems.append))) == 2


def test_the_cache_keeps_digests_and_forgives_a_broken_file(tmp_path: Path) -> None:
    """What was put is there after save and load, odd names too; a broken file is an empty cache."""
    cache = DigestCache(str(tmp_path / "cache"))
    cache.load()
    cache.put("한글 \udcff|1|2", "abc")
    cache.save()
    again = DigestCache(str(tmp_path / "cache"))
    again.load()
    assert again.get("한글 \udcff|1|2") == "abc"
    (tmp_path / "cache" / "digests.json").write_text("[1")
    broken = DigestCache(str(tmp_path / "cache"))
    with pytest.raises(ValueError):
        broken.load()
    assert broken.get("한글 \udcff|1|2") is None


def test_the_search_for_leaks_finds_every_form() -> None:
    """Secrets and home are found raw, JSON-escaped and URL-encoded; a longer name is no home."""
    leak = find_leaks("/home/사용자")
    for secret in SECRETS:
        assert leak.search(f"x={quote(secret, safe='')}&".encode())
        assert leak.search(orjson.dumps({"k": secret}))
    assert leak.search("at /home/사용자/Videos".encode())
    assert leak.search(quote("/home/사용자").encode())
    assert not leak.search(b"/home/other")


def test_the_bucket_lets_a_burst_pass_and_then_waits() -> None:
    """A bucket of 2 at 10 a second lets two calls pass, holds the next, and fills with time."""
    now = [0.0]
    slept: list[float] = []
    bucket = TokenBucket(10, 2, clock=lambda: now[0], sleep=slept.append)
    assert [bucket.take() for _ in range(4)] == pytest.approx([0, 0, 0.1, 0.2])
    assert slept == pytest.approx([0.1, 0.2])
    now[0] = 60.0
    assert [bucket.take() for _ in range(3)] == pytest.approx([0, 0, 0.1])
