"""What the log itself could not do: counted, and said on stderr once a minute at most."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

from . import metrics
from .interruption import is_interruption

__all__ = ["Faults", "faults", "is_interruption"]


class Faults:
    """Counts lost records by place and keeps stderr informed without flooding it.

    Nothing here raises, takes a lock or logs: it is called where logging has just failed.

    Args:
        mute: seconds of silence on stderr after a line about one place.
        clock: seconds on a monotonic clock.
        stream: where the line goes; the stderr of the moment by default.

    Attributes:
        told: is told what stderr is told: the place, what happened, and why.
    """

    def __init__(
        self,
        *,
        mute: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        stream: Callable[[], TextIO | None] = lambda: sys.stderr,
        mask: Callable[[str], str] = str,
    ) -> None:
        self._mute = mute
        self._clock = clock
        self._stream = stream
        self._said: dict[str, float] = {}
        self.mask = mask
        self.told: Callable[[str, str, BaseException | str], None] = lambda place, what, error: None

    def lost(self, place: str, error: BaseException | str) -> None:
        """Count one record that `place` could not write, and say so if it was not said lately."""
        metrics.increment("records_dropped", channel=place)
        self.say(place, "a record was lost", error)

    def say(self, place: str, what: str, error: BaseException | str) -> None:
        """Put one line about a failure on stderr, at most one a minute for each place and kind."""
        try:
            now = self._clock()
            key = f"{place}\0{what}"
            if now - self._said.get(key, -self._mute) < self._mute:
                return
            self._said[key] = now
            self.told(place, what, error)
            reason = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
            text = self._masked(f"anivault_loguru: {place}: {what}", reason)
            text = text.encode("ascii", "backslashreplace").decode("ascii")
            stream = self._stream()
            if stream is not None:
                stream.write("".join(c if c.isprintable() else " " for c in text) + "\n")
                stream.flush()
        except Exception:
            # stderr is gone too: the counter in metrics is all that is left to tell.
            metrics.increment("faults_unsaid")

    def _masked(self, what: str, reason: str) -> str:
        try:
            return self.mask(f"{what}: {reason}")
        except Exception:  # masking is what failed: better no reason than an unmasked one
            return what


faults = Faults()
