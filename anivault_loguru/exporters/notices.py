"""What is logged of a collector that takes no records: at once, then once a minute."""

from __future__ import annotations

from collections.abc import Callable

from .. import metrics
from ..faults import faults

__all__ = ["Notices"]

_MINUTE = 60.0


class Notices:
    """Logs when sending begins to fail, and when it works again.

    Args:
        name: the channel whose dropped records are told.
        report: logs: level, event, message, fields. What it raises is told on stderr.
        clock: seconds.
    """

    def __init__(
        self, name: str, report: Callable[..., object], clock: Callable[[], float]
    ) -> None:
        self._name = name
        self._report = report
        self._clock = clock
        self.renew()

    def renew(self) -> None:
        """Begin anew, as if nothing had failed."""
        self._failing = False
        self._told = -_MINUTE

    def failed(self, reason: str) -> None:
        """Log that it does not work: at once, then once a minute."""
        if not self._failing or self._clock() - self._told >= _MINUTE:
            self._failing = True
            self._told = self._clock()
            self._say("WARNING", "otlp.failed", "The collector takes no records", reason=reason)

    def went(self) -> None:
        """Log that it works again, if it did not."""
        if self._failing:
            self._failing = False
            self._say("INFO", "otlp.recovered", "The collector takes records again")

    def _say(self, level: str, event: str, message: str, **fields: object) -> None:
        dropped = metrics.counter("records_dropped", channel=self._name).value
        try:
            self._report(level, event, message, dropped=dropped, **fields)
        except Exception as error:
            faults.say(self._name, message, error)
