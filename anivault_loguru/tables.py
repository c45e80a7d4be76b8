"""The tables of the settings: their keys, types and defaults.

Texts are parsed here, once (see `literals`); everything below the roof gets plain values. While
a model is made, `being_read` tells where: relative paths and levels of one's own depend on it.
"""

# No annotations of the future: pydantic would have to evaluate each one from its text.
import datetime
import os
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    SecretStr,
    model_validator,
)

from . import alerts, literals
from .keys import SHORTEST
from .sources import Reading

__all__ = [
    "AlertSettings",
    "AuditSettings",
    "ChannelSettings",
    "ConsoleSettings",
    "Folder",
    "Level",
    "MaskingSettings",
    "MetricsSettings",
    "OtlpSettings",
    "QueueSettings",
    "RecordSize",
    "being_read",
]

_NOTHING_READ = Reading()
being_read: ContextVar[Reading] = ContextVar("being_read", default=_NOTHING_READ)


def _level(value: object) -> str | int:
    level = literals.parse_level(value)
    if isinstance(level, str) and not being_read.get().is_level(level):
        raise ValueError(literals.LEVEL)
    return level


def _folder(value: object) -> Path:
    if isinstance(value, str | os.PathLike) and (text := str(value)) and "\0" not in text:
        folder = being_read.get().cwd / os.path.expanduser(text)
        if folder.is_absolute():
            return folder
    raise ValueError("the path of a folder")


def _file(value: object) -> Path:
    if isinstance(value, str | os.PathLike) and not str(value).endswith(os.sep):
        return _folder(value)
    raise ValueError("the path of a file")


def _record_size(value: object) -> int:
    size = literals.parse_size(value)
    if size < 1000:
        raise ValueError("a size of at least 1 kB")
    return size


def _textfile(value: object) -> Path:
    if (path := _folder(value)).suffix == ".prom":
        return path
    raise ValueError("the path of a file whose name ends in .prom")


Level = Annotated[str | int, PlainValidator(_level)]
Folder = Annotated[Path, PlainValidator(_folder)]
RecordSize = Annotated[int, PlainValidator(_record_size)]
_ChannelLevel = Annotated[
    str | int | None, PlainValidator(lambda value: None if value is None else _level(value))
]
_Size = Annotated[int, PlainValidator(literals.parse_size)]
_Days = Annotated[int, PlainValidator(literals.whole_number(36_500))]
_Count = Annotated[int, PlainValidator(literals.whole_number(1_000_000))]
_Number = Annotated[float, Field(allow_inf_nan=False)]
_Text = Annotated[str, Field(min_length=1)]
_Names = Annotated[tuple[_Text, ...], BeforeValidator(literals.parse_names)]
_Patterns = Annotated[
    tuple[Annotated[_Text, AfterValidator(literals.parse_pattern)], ...],
    BeforeValidator(literals.parse_texts),
]
_Secrets = Annotated[
    # Shorter ones would mask innocent text everywhere: the masker does not take them.
    tuple[Annotated[SecretStr, Field(min_length=6)], ...],
    BeforeValidator(literals.parse_texts),
]


class _Table(BaseModel):
    # What validates them is built with the settings whose parts they are.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class ChannelSettings(_Table):
    """One channel: which records it takes, and the file that keeps them.

    `file` unset is the channel's name and ".log"; `components` empty means every component that
    no other channel names, `("*",)` every component; `level` `None` means the top level `level`.
    Sizes are in bytes; 0 is no limit.
    """

    file: Annotated[str, PlainValidator(literals.parse_log_file)] = ""
    components: _Names = ()
    level: _ChannelLevel = None
    rotation: Annotated[datetime.time | None, PlainValidator(literals.parse_time)] = datetime.time()
    max_bytes: _Size = 20_000_000
    retention_days: _Days = 30
    retention_count: _Count = 10
    retention_bytes: _Size = 500_000_000
    compression: Annotated[Literal["gz"] | None, PlainValidator(literals.parse_compression)] = "gz"
    serialize: bool = True


class ConsoleSettings(_Table):
    """What stderr shows; `auto` is for people on a terminal, NDJSON and no colour otherwise."""

    enabled: bool = True
    level: Level = "INFO"
    format: Literal["auto", "human", "ndjson"] = "auto"
    color: Literal["auto", "always", "never"] = "auto"


class MaskingSettings(_Table):
    """What is hidden beyond the built-in rules, and the keys that are not (`allow`)."""

    enabled: bool = True
    keys: _Names = ()
    patterns: _Patterns = ()
    secrets: _Secrets = ()
    allow: _Names = ()
    env: bool = True
    fingerprint: bool = False


class AlertSettings(_Table):
    """A threshold, see `alerts.Rule`: said when crossed, and when back."""

    metric: Annotated[str, AfterValidator(alerts.metric_name)]
    above: _Number | None = None
    below: _Number | None = None
    for_: Annotated[float, PlainValidator(literals.parse_duration), Field(alias="for")] = 0.0
    level: Level = "WARNING"
    clear: _Number | None = None

    @model_validator(mode="after")
    def _has_one_limit(self) -> "AlertSettings":
        if (self.above is None) != (self.below is None):
            return self
        raise ValueError("either above or below")


class MetricsSettings(_Table):
    """The summary record every `interval` seconds, its thresholds, and Prometheus."""

    enabled: bool = True
    interval: Annotated[float, PlainValidator(literals.parse_interval)] = 60.0
    loop_lag: bool = False
    prometheus_host: _Text = "127.0.0.1"
    prometheus_port: Annotated[int, PlainValidator(literals.parse_port)] | None = None
    prometheus_textfile: Annotated[Path, PlainValidator(_textfile)] | None = None
    alerts: Annotated[tuple[AlertSettings, ...], BeforeValidator(literals.parse_tables)] = ()


class AuditSettings(_Table):
    """How the audit file is sealed: by a key, or the last of those in a file, oldest first."""

    key: Annotated[SecretStr, Field(min_length=SHORTEST)] | None = None
    key_file: Annotated[Path, PlainValidator(_file)] | None = None
    fsync: bool = True
    required: bool = False

    @model_validator(mode="after")
    def _has_one_source(self) -> "AuditSettings":
        if self.key is None or self.key_file is None:
            return self
        raise ValueError("either key or key_file")


class QueueSettings(_Table):
    """Who writes: the log call, or a thread for which up to `size` records wait."""

    mode: Literal["off", "background"] = "off"
    size: Annotated[int, PlainValidator(literals.whole_number(10_000_000, least=1))] = 10_000
    overflow: Literal["block", "drop_new", "drop_low"] = "block"


class OtlpSettings(_Table):
    """Records and figures to an OpenTelemetry Collector; unset, and `auto`, is as `OTEL_*` say.

    `level` `None` means the top level `level`; `timeout` is in seconds.
    """

    enabled: bool = True
    endpoint: Annotated[str, PlainValidator(literals.parse_endpoint)] | None = None
    headers: Annotated[dict[_Text, SecretStr], BeforeValidator(literals.parse_pairs)] = {}
    compression: Literal["auto", "gzip", "deflate", "none"] = "auto"
    timeout: Annotated[float, PlainValidator(literals.parse_interval)] | None = None
    level: _ChannelLevel = None
    version: str = ""
    size: Annotated[int, PlainValidator(literals.whole_number(10_000_000, least=1))] = 30_000
