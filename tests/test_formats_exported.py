"""The token formats in what leaves by exports: OTLP's records and figures, Prometheus's labels."""

from __future__ import annotations

import os
from typing import NamedTuple

import pytest

pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="the extra otlp is missing")

from collectors import Receiver, table_of
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from tokens import example, secret_of

from anivault_loguru import configure, logger, metrics, shutdown
from anivault_loguru.formats import FORMATS
from anivault_loguru.masking import MARKER

NAMES = [row.name for row in FORMATS]


class Exported(NamedTuple):
    """What was sent and written: the records by the name of their format."""

    records: dict[str, LogRecord]
    bodies: bytes
    series: list[str]
    prometheus: list[str]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """An example of every format logged and counted, all in one batch."""
    folder = tmp_path_factory.mktemp("exported")
    receiver, textfile = Receiver(), folder / "seen.prom"
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("OTEL_")]:
            patch.delenv(name)
        for name in ("HOME", "USERPROFILE", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            patch.setenv(name, str(folder))
        configure(
            dir=folder / "logs",
            console={"enabled": False},
            metrics={"prometheus_textfile": str(textfile)},
            otlp={"endpoint": receiver.endpoint},
        )
        for name in NAMES:
            log(name, example(name))
        shutdown()
        metrics.reset()
    receiver.close()
    return Exported(
        {str(table_of(record.attributes).get("row")): record for _, record in receiver.records()},
        b"".join(body for _, _, body in receiver.requests),
        [str(point.attributes) for point in receiver.metrics()["tokens_seen"].sum.data_points],
        [line for line in textfile.read_text("utf-8").splitlines() if "tokens_seen" in line],
    )


def log(name: str, token: str) -> None:
    """A token as message, field, nested, key and exception, and as the value of a label."""
    try:
        raise ValueError(f"bad {token}") from KeyError(token)
    except ValueError:
        logger.exception("m {}", token, row=name, a=token, deep=[[{"a": [token]}]], by={token: 1})
    metrics.increment("tokens_seen", row=name, path=token)


@pytest.mark.parametrize("name", NAMES)
def test_a_token_is_in_no_export(name: str, exported: Exported) -> None:
    """Neither in the row's own record and series nor anywhere else in what was sent."""
    record = str(exported.records[name])
    secret = secret_of(name, example(name))
    assert record.count(MARKER) >= 7
    assert secret.encode() not in exported.bodies
    [series] = [text for text in exported.series if f'"{name}"' in text]
    [line] = [line for line in exported.prometheus if f'row="{name}"' in line]
    for text in (record, series, line):
        assert MARKER in text
        assert secret not in text
