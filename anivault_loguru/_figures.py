"""What watches a running program: monitor, thresholds, pauses, Prometheus, as one part."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import metrics
from ._express import logger
from .alerts import Alerts, Rule
from .collected import Collected
from .context import parent_of
from .faults import faults
from .masking import MARKER, Masker
from .mistakes import ConfigError
from .monitor import Monitor
from .process import GcPauses, Sampler
from .tally import tally

if TYPE_CHECKING:
    from .exporters.prometheus import Prometheus
    from .lag import LoopLag

__all__ = ["Figures"]


class Figures:
    """Makes the figures of the default registry known.

    Args:
        enabled: log a summary record every `interval` seconds, check the rules and write the
            text file with it.
        loop_lag: observe the lag of asyncio loops in which records are logged.
        rules: thresholds.
        address: host and port where Prometheus is served; no port for none.
        textfile: path of a file for node_exporter, or None.
        masker: masks what Prometheus gets.
        maintain: what the background thread runs when woken.
        push: given all series with each summary.
        head: gives the last digest of the audit chain, which each summary anchors.

    Raises:
        ConfigError: Prometheus is asked for and its package is not there.
    """

    def __init__(
        self,
        *,
        enabled: bool,
        interval: float,
        loop_lag: bool,
        rules: Sequence[Rule],
        address: tuple[str, int | None],
        textfile: str | None,
        masker: Masker,
        maintain: Callable[[], None],
        push: Callable[[Collected], None] | None = None,
        head: Callable[[], str] = str,
    ) -> None:
        self._enabled = enabled
        self._pauses = GcPauses(metrics.histogram("gc_pause_seconds").observe)
        self._sampler = Sampler()
        self._exporter = _exporter(self._collect, address, textfile, masker)
        watchers: list[Callable[[dict[str, Any]], object]] = [
            lambda fields: fields.update(audit_head=head()),
            Alerts(rules, _log_alert),
        ]
        if self._exporter is not None:
            watchers.append(self._exporter.write)
        if push is not None:
            watchers.append(lambda _: push(self._collect()))
        self._monitor = Monitor(
            registry=metrics.registry,
            interval=interval,
            log=_log_summary if enabled else None,
            maintain=maintain,
            watchers=watchers,
            errors=tally.errors.top,
            sample=self._sample,
        )
        self.wake = self._monitor.wake
        self._lag = _loop_lag() if loop_lag else None
        self.begun = self._monitor.start
        self.noticed = None if self._lag is None else self._lag.notice

    def start(self) -> None:
        """Begin to observe and to serve. The monitor starts with the first record."""
        if self._enabled:
            self._pauses.install()
        if self._exporter is not None:
            self._exporter.start()

    def stop(self) -> None:
        """Log the last summary, and run what is due."""
        self._monitor.stop()

    def remove(self) -> None:
        """Observe and serve no more; no summary is logged."""
        self._monitor.stop(summarise=False)
        self._pauses.remove()
        if self._lag is not None:
            self._lag.remove()
        if self._exporter is not None:
            self._exporter.stop()

    def _sample(self) -> dict[str, float]:
        self._pauses.drain()
        return self._sampler()

    def _collect(self) -> Collected:
        self._pauses.drain()
        return metrics.collect()


def _loop_lag() -> LoopLag:
    from .lag import LoopLag

    return LoopLag(metrics.histogram("event_loop_lag_seconds").observe)


def _exporter(
    collect: Callable[[], Collected],
    address: tuple[str, int | None],
    textfile: str | None,
    masker: Masker,
) -> Prometheus | None:
    host, port = address
    if port is None and textfile is None:
        return None
    try:
        from .exporters.prometheus import Prometheus
    except ImportError as error:
        key = "prometheus_textfile" if port is None else "prometheus_port"
        raise ConfigError(
            f"metrics.{key}: needs the package {error.name} "
            "(pip install anivault-loguru[prometheus])"
        ) from None
    return Prometheus(
        collect,
        mask=lambda name, value: MARKER if masker.is_sensitive(name) else masker.mask_text(value),
        host=host,
        port=port,
        textfile=textfile,
        report=lambda what, error: faults.say("prometheus", what, error),
    )


def _log_summary(fields: Mapping[str, object]) -> None:
    parent = parent_of(os.environ).run
    if parent is not None:
        fields = {**fields, "parent_run": parent}
    text = "{records} records, {errors} errors, {files_processed} files in {uptime_seconds} s"
    bound = logger.bind(component="metrics", event="metrics.summary", **fields)
    bound.info(text.format_map(fields))


def _log_alert(level: str | int, message: str, fields: dict[str, object]) -> None:
    bound = logger.bind(component="metrics", event="metrics.alert", **fields)
    bound.log(level, message)
