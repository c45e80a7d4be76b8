"""What is counted of some records: those of a while, of a component, of a process, of all."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...histogram import ExponentialHistogram

__all__ = ["Counts"]

_MOST_RUNS = 32


@dataclass(slots=True)
class Counts:
    """Numbers that add up. `latency` is in milliseconds, `memory` the most bytes of each run."""

    records: int = 0
    warnings: int = 0
    errors: int = 0
    bytes: int = 0
    requests: int = 0
    failed: int = 0
    lookups: int = 0
    hits: int = 0
    files: int = 0
    latency: ExponentialHistogram = field(default_factory=ExponentialHistogram)
    memory: dict[str, float] = field(default_factory=dict)

    def remember(self, run: str, rss: float) -> None:
        """Keep a run's memory if it is its largest; of more than 32 runs, those seen first."""
        if run in self.memory or len(self.memory) < _MOST_RUNS:
            self.memory[run] = max(rss, self.memory.get(run, 0))

    def merge(self, other: Counts) -> None:
        """Add all of `other`."""
        self.records += other.records
        self.warnings += other.warnings
        self.errors += other.errors
        self.bytes += other.bytes
        self.requests += other.requests
        self.failed += other.failed
        self.lookups += other.lookups
        self.hits += other.hits
        self.files += other.files
        self.latency.merge(other.latency)
        for run, rss in other.memory.items():
            self.remember(run, rss)
