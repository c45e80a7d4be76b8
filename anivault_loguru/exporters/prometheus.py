"""Prometheus: `/metrics` over HTTP, and a text file for node_exporter, from one collector.

Only the process that started it serves and writes: a forked child counts from zero, and would
contradict its parent under the same names.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import Metric

from ..collected import Collected, Key
from ..histogram import ExponentialHistogram
from ..living import Living
from ..process import GROWING, Sampler
from .grouped import Mask, Samples, added, grouped, merged, newest
from .naming import PREFIX, Family, bounds, family, label

__all__ = ["Collector", "Prometheus"]

V = TypeVar("V")


class Collector:
    """What prometheus_client asks at each scrape: all series, and fresh figures of the process.

    Args:
        collect: gives the series.
        mask: masks a label's value, given the label's name; names are given under no name.
        sample: gives the process's figures.
    """

    def __init__(
        self,
        collect: Callable[[], Collected],
        *,
        mask: Mask = lambda _name, value: value,
        sample: Callable[[], Mapping[str, float]] | None = None,
    ) -> None:
        self._collect = collect
        self._mask = mask
        self._sample = sample or Sampler()
        self._sampling = threading.Lock()

    def collect(self) -> Iterator[Metric]:
        """Yield one metric family for each name."""
        found = self._collect()
        taken: set[str] = set()
        timed_names = {self._mask("", name) for name in found.timed}
        for name, counters in self._grouped(found.counters, added):
            yield _counter(_free(family(name, "counter"), taken), counters)
        for name, gauges in self._grouped(found.gauges, newest):
            if not name.startswith(("process_", "system_", "gc_")) and name != "memory_usage_mb":
                yield _gauge(_free(family(name, "gauge"), taken), gauges)
        for name, histograms in self._grouped(found.histograms, merged):
            timed = name in timed_names
            yield _histogram(_free(family(name, "histogram", timed=timed), taken), histograms)
        with self._sampling:
            figures = dict(self._sample())
        for name, value in figures.items():
            prefix = "" if name.startswith(("gc_", "system_")) else "process_"
            kind, make = ("counter", _counter) if name in GROWING else ("gauge", _gauge)
            shown = family(prefix + name, kind)._replace(help=f"The process's {name}, by psutil.")
            yield make(_free(shown, taken), {(): value})

    def _grouped(
        self, series: Mapping[Key, V], add: Callable[[V, V], V]
    ) -> Iterator[tuple[str, Samples[V]]]:
        return iter(grouped(series, add, self._mask, label).items())


class Prometheus:
    """Serves and writes what a `Collector` gives.

    Args:
        host, port: where `/metrics` is served; no port for not at all.
        textfile: the path of the file, or None. It is readable by all, as node_exporter runs
            under a user of its own.
        report: told what does not work.
    """

    def __init__(
        self,
        collect: Callable[[], Collected],
        *,
        mask: Mask,
        host: str = "127.0.0.1",
        port: int | None = None,
        textfile: str | None = None,
        report: Callable[[str, BaseException], None] = lambda what, error: None,
    ) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(Collector(collect, mask=mask))
        self._address = (host, port)
        self._textfile = textfile
        self._report = report
        self._server: Any = None
        self._process = os.getpid()

    def start(self) -> None:
        """Serve, if there is a port; that it is taken is reported and not raised."""
        host, port = self._address
        if port is None:
            return
        try:
            self._server, _ = start_http_server(port, addr=host, registry=self._registry)
        except OSError as error:
            self._report(f"/metrics could not be served on {host}:{port}", error)
        else:
            _serving.add(self)

    def stop(self) -> None:
        """Serve no more, and give the port back."""
        server, self._server = self._server, None
        if server is not None and os.getpid() == self._process:
            server.shutdown()
            server.server_close()

    def write(self, _fields: object = None) -> None:
        """Write the text file, if there is one: whole, by a rename, or not at all."""
        if self._textfile is None or os.getpid() != self._process:
            return
        try:
            _replace(self._textfile, generate_latest(self._registry))
        except OSError as error:
            self._report(f"{self._textfile} could not be written", error)

    def _leave(self) -> None:
        """In a forked child: let go of the parent's socket, which would else outlive it."""
        server, self._server = self._server, None
        if server is not None:
            server.socket.close()


_serving: Living[Prometheus] = Living(Prometheus._leave)


def _replace(path: str, text: bytes) -> None:
    # Not *.prom: node_exporter reads everything of that name.
    number, partial = tempfile.mkstemp(
        dir=os.path.dirname(path), prefix=f".{os.path.basename(path)}.", suffix=".tmp"
    )
    try:
        with open(number, "wb") as file:
            file.write(text)
        os.chmod(partial, 0o644)
        os.replace(partial, path)
    except BaseException:
        os.unlink(partial)
        raise


def _free(wanted: Family, taken: set[str]) -> Family:
    """Return the family under a name that is not taken: two of ours may come to the same."""
    name, number = wanted.name, 2
    while name in taken:
        name, number = f"{wanted.name}_{number}", number + 1
    taken.update(name + suffix for suffix in ("", "_total", "_bucket", "_count", "_sum"))
    return wanted._replace(name=name)


def _counter(shown: Family, samples: Samples[float]) -> Metric:
    metric = Metric(shown.name, shown.help, "counter")
    for labels, value in samples.items():
        metric.add_sample(f"{shown.name}_total", dict(labels), value * shown.factor)
    return metric


def _gauge(shown: Family, samples: Samples[float]) -> Metric:
    metric = Metric(shown.name, shown.help, "gauge")
    for labels, value in samples.items():
        metric.add_sample(shown.name, dict(labels), value * shown.factor)
    return metric


def _histogram(shown: Family, samples: Samples[ExponentialHistogram]) -> Metric:
    metric = Metric(shown.name, shown.help, "histogram")
    exponents = bounds(shown.name.removeprefix(PREFIX).rpartition("_")[2], shown.factor)
    for labels, histogram in samples.items():
        for exponent in exponents:
            le = repr(2.0**exponent * shown.factor)
            found = float(histogram.below(exponent))
            metric.add_sample(f"{shown.name}_bucket", {**dict(labels), "le": le}, found)
        count = float(histogram.count)
        metric.add_sample(f"{shown.name}_bucket", {**dict(labels), "le": "+Inf"}, count)
        metric.add_sample(f"{shown.name}_count", dict(labels), count)
        metric.add_sample(f"{shown.name}_sum", dict(labels), histogram.sum * shown.factor)
    return metric
