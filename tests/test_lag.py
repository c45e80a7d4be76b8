"""Event-loop lag."""

from __future__ import annotations

import asyncio
import time

from conftest import Logs

from anivault_loguru import configure, logger, metrics
from anivault_loguru.lag import LoopLag


def test_a_loop_that_is_stuck_is_late() -> None:
    """A call that blocks the loop is seen as the lag it makes."""
    seen: list[float] = []
    lag = LoopLag(seen.append, every=0.001)

    async def work() -> None:
        lag.notice()
        time.sleep(0.05)
        while not seen:
            await asyncio.sleep(0.001)

    asyncio.run(work())
    assert seen[0] >= 0.04


def test_a_loop_is_watched_once_and_not_after_removal() -> None:
    """Many notices are one watch; after `remove` there is no look."""
    seen: list[float] = []
    lag = LoopLag(seen.append, every=0.0)

    async def work() -> None:
        for _ in range(5):
            lag.notice()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asyncio.sleep(0.001)
        before = len(seen)
        lag.remove()
        lag.notice()
        await asyncio.sleep(0.001)
        assert len(seen) == before
        assert len(lag._watched) == 1

    asyncio.run(work())


def test_without_a_loop_nothing_is_watched() -> None:
    """A notice in a plain thread does nothing."""
    lag = LoopLag(lambda _: None)
    lag.notice()
    assert not lag._watched


def test_it_is_opt_in_and_starts_with_the_first_record(logs: Logs) -> None:
    """With `loop_lag`, a record logged in a loop sets it off."""
    metrics.reset()

    async def work() -> None:
        logger.info("in the loop")
        while "event_loop_lag_seconds" not in metrics.snapshot()["histograms"]:
            await asyncio.sleep(0.05)

    configure(dir=logs.folder, console={"enabled": False}, metrics={"loop_lag": True})
    asyncio.run(asyncio.wait_for(work(), 30))
