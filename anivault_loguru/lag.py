"""Event-loop lag: how many seconds late an asyncio loop calls what is due."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable

__all__ = ["LoopLag"]


class LoopLag:
    """Watches each asyncio loop in which `notice` is called, until it closes or after `remove`.

    Args:
        observe: takes the lag in seconds, about every `every` seconds.
        every: seconds between two looks; a loop that is stuck longer is late by the rest.
    """

    def __init__(self, observe: Callable[[float], None], every: float = 0.5) -> None:
        self._observe = observe
        self._every = every
        self._live = True
        self._watched: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()

    def notice(self) -> None:
        """Watch the loop that runs in this thread, if one does; cheap when that is known."""
        loop = asyncio._get_running_loop()
        if loop is not None and self._live and loop not in self._watched:
            self._watched.add(loop)
            self._look_later(loop)

    def remove(self) -> None:
        """Watch no more: each loop's next look is its last."""
        self._live = False

    def _look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.call_later(self._every, self._look, loop, loop.time() + self._every)

    def _look(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        if self._live:
            self._observe(max(loop.time() - due, 0.0))
            self._look_later(loop)
