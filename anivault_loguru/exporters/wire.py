"""What lies between the outbox and a collector: what is sent, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from ..collected import Collected
from ..entry import Entry

__all__ = ["Outcome", "Wire"]


class Outcome(NamedTuple):
    """What became of one request.

    Attributes:
        sent: the collector took it, but for `refused` of its items.
        later: it may take it after that many seconds; None if it never will.
        halve: it may take it in smaller parts.
        reason: in words, if something is wrong.
    """

    sent: bool
    refused: int = 0
    later: float | None = None
    halve: bool = False
    reason: str = ""


class Wire(Protocol):
    """Speaks to a collector. None of these raises."""

    def logs(self, entries: Sequence[Entry]) -> Outcome:
        """Send entries."""

    def figures(self, figures: Collected) -> Outcome:
        """Send all series of a registry."""

    def close(self) -> None:
        """Let go of the connection."""
