"""Rotation: names of backups, what is pruned, when the day ends."""

from __future__ import annotations

from datetime import datetime, time, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anivault_loguru.rotation import Backup, Naming, Retention, next_boundary

HOUR, DAY = 3600.0, 86_400.0
# From 1970 to 9999, in microseconds.
moments = st.integers(0, 253_402_300_799_999_999)
files = st.from_regex(r"[a-z.+\[ 가-힣]{0,12}(\.log)?", fullmatch=True).filter(bool)


@given(files, moments, st.sampled_from(["", ".gz", ".gz.tmp"]))
def test_parsing_is_the_inverse_of_naming(file: str, closed: int, ending: str) -> None:
    """Every name that is given is recognised, with its moment and its state."""
    naming = Naming(file)
    name = naming.name(closed) + ending
    assert naming.parse(name) == Backup(closed, name, ending != "", ending == ".gz.tmp")


@given(files, st.text(max_size=60))
def test_only_names_that_are_given_are_recognised(file: str, name: str) -> None:
    """Whatever is recognised is exactly a name that naming its moment gives."""
    naming = Naming(file)
    found = naming.parse(name)
    assert naming.parse(file) is None
    if found is not None:
        assert name.removesuffix(".tmp").removesuffix(".gz") == naming.name(found.closed)


def test_a_backup_bears_its_moment_in_utc() -> None:
    """The name of the contract: stamp in UTC with six digits between stem and suffix."""
    midnight = int(datetime(2026, 11, 23, tzinfo=timezone.utc).timestamp() * 1_000_000)
    assert Naming("app.log").name(midnight) == "app.2026-11-23_00-00-00_000000.log"
    assert Naming("app").name(midnight + 7) == "app.2026-11-23_00-00-00_000007"


@pytest.mark.parametrize(
    "stranger",
    [
        "app.log",
        "app.log.1",
        "app.log.gz",
        "app.log.lock",
        "app.audit.log",
        "app.audit.2026-11-23_00-00-00_000000.log",
        "app.2026-11-23_00-00-00_000000.log.bak",
        "app.2026-11-23_00-00-00_000000.log.gz.tmp.gz",
        "app.2026-11-23_00-00-00_000000.log\n",
        "app.2026-11-23_00-00-00_00000.log",
        "app.2026-13-23_00-00-00_000000.log",
        "app.2026-02-30_00-00-00_000000.log",
        "app.0000-01-01_00-00-00_000000.log",
        "app.2026-11-23_24-00-00_000000.log",
        "app.२०२६-11-23_00-00-00_000000.log",
        "App.2026-11-23_00-00-00_000000.log",
        "myapp.2026-11-23_00-00-00_000000.log",
        "appx2026-11-23_00-00-00_000000.log",
        "app.2026-11-23_00-00-00_000000xlog",
        "app.2026-11-23.log",
    ],
)
def test_strangers_are_not_recognised(stranger: str) -> None:
    """A name that differs in anything is nobody's backup."""
    assert Naming("app.log").parse(stranger) is None


backups = st.lists(
    st.builds(
        lambda closed, compressed, size: Backup(
            closed, Naming("app.log").name(closed) + ".gz" * compressed, compressed, False, size
        ),
        st.integers(0, 50 * 86_400_000_000),
        st.booleans(),
        st.integers(0, 1000),
    ),
    unique_by=lambda backup: backup.closed,
    max_size=20,
)
limits = st.builds(Retention, st.integers(0, 60), st.integers(0, 25), st.integers(0, 20_000))


@given(backups, limits, st.integers(0, 60 * 86_400_000_000))
def test_pruning_reaches_its_limits_and_goes_no_further(
    found: list[Backup], limit: Retention, now: int
) -> None:
    """The oldest go, until days, count and bytes hold; the last one gone was still too much."""
    surplus = limit.surplus(found, now=now)
    kept = sorted(set(found) - set(surplus))

    def holds(backups: list[Backup]) -> bool:
        return (
            (not limit.count or len(backups) <= limit.count)
            and (not limit.max_bytes or sum(backup.size for backup in backups) <= limit.max_bytes)
            and (not limit.days or all(now - b.closed <= limit.days * DAY * 1e6 for b in backups))
        )

    assert [*surplus, *kept] == sorted(found)
    assert holds(kept)
    assert not surplus or not holds([surplus[-1], *kept])


@given(backups, st.integers(0, 60 * 86_400_000_000))
def test_no_limit_prunes_nothing(found: list[Backup], now: int) -> None:
    """Zero is no limit."""
    assert Retention().surplus(found, now=now) == []


def test_a_backup_in_the_mill_counts_once() -> None:
    """The moment at which a backup and its .gz are both there costs no third one its life."""
    older, plain = Backup(1, "a", True, False, 10), Backup(2, "b", False, False, 100)
    packed = Backup(2, "b.gz", True, False, 10)
    assert Retention(count=2, max_bytes=110).surplus([older, plain, packed], now=3) == []
    assert Retention(count=1).surplus([older, plain, packed], now=3) == [older]


zones = st.sampled_from(
    ["UTC", "Asia/Seoul", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Africa/Cairo"]
)
times = st.builds(
    time, st.integers(0, 23), st.sampled_from([0, 30]), tzinfo=st.builds(ZoneInfo, zones)
)
seconds = st.floats(0, 4_000_000_000)


@given(times, seconds, seconds)
def test_the_boundary_is_monotonic_in_time(at: time, one: float, other: float) -> None:
    """It lies ahead, within two days and a change of clocks; a later moment's is no earlier."""
    early, late = sorted((one, other))
    assert early < next_boundary(at, early) <= early + 2 * DAY + HOUR
    assert next_boundary(at, early) <= next_boundary(at, late)


@given(times, seconds)
def test_no_boundary_is_left_out(at: time, moment: float) -> None:
    """At every boundary the clock shows the time, unless a change of clocks skipped it."""
    boundary = next_boundary(at, moment)
    shown = datetime.fromtimestamp(boundary, at.tzinfo).time()
    assert shown >= at.replace(tzinfo=None)
    assert next_boundary(at, boundary - 1e-3) == boundary


@pytest.mark.parametrize(
    ("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 6, 1), 24)]
)
def test_a_day_lasts_as_long_as_its_zone_says(day: tuple[int, int, int], hours: int) -> None:
    """From midnight to midnight: 23 hours when clocks go forward, 25 when they go back."""
    zone = ZoneInfo("Europe/Berlin")
    midnight = datetime(*day, tzinfo=zone).timestamp()
    assert next_boundary(time(0, tzinfo=zone), midnight) - midnight == hours * HOUR


def test_a_skipped_time_is_taken_as_if_clocks_had_not_changed() -> None:
    """02:30 on the day it does not exist is the moment half an hour after 02:00."""
    zone = ZoneInfo("Europe/Berlin")
    midnight = datetime(2026, 3, 29, tzinfo=zone).timestamp()
    assert next_boundary(time(2, 30, tzinfo=zone), midnight) - midnight == 2.5 * HOUR


def test_a_time_without_a_zone_is_local(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's zone decides when no zone is given."""
    import time as clock

    monkeypatch.setenv("TZ", "Asia/Seoul")
    clock.tzset()
    try:
        noon = datetime(2026, 11, 23, 12, tzinfo=timezone.utc).timestamp()
        assert next_boundary(time(0), noon) - noon == 3 * HOUR
    finally:
        monkeypatch.undo()
        clock.tzset()


def test_without_a_time_there_is_no_boundary() -> None:
    """Rotation can be by size alone."""
    assert next_boundary(None, 0.0) == float("inf")
