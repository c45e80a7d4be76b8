"""The settings model: every key, its default, and how the sources make one `Settings`.

Texts are parsed here, once (see `literals`); everything below the roof gets plain values.
Precedence: keywords > environment > TOML > defaults. Every mistake is a `ConfigError` that names
the key, its source, the value found and what is expected.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from . import alerts, literals
from .mistakes import ConfigError, KeyPath, clashes, dotted, mistakes_of
from .sources import Layer, Reading, origin, read, read_keywords, working_directory

__all__ = [
    "AlertSettings",
    "ChannelSettings",
    "ConfigError",
    "ConsoleSettings",
    "MaskingSettings",
    "MetricsSettings",
    "QueueSettings",
    "Settings",
    "load",
    "sources",
]

_LEVELS = frozenset({"TRACE", "DEBUG", "INFO", "SUCCESS", "WARNING", "ERROR", "CRITICAL"})

_DEFAULT_CHANNELS: dict[str, dict[str, object]] = {
    "network": {"components": ("network", "tmdb", "ratelimiter", "http")},
    "pipeline": {"components": ("pipeline", "cache", "scanner", "parser", "matcher", "organizer")},
    "audit": {"components": ("audit",)},
    "metrics": {"components": ("metrics",)},
    "app": {"components": ()},
    "error": {"components": ("*",), "level": "ERROR"},
}


_NOTHING_READ = Reading()
_reading: ContextVar[Reading] = ContextVar("reading", default=_NOTHING_READ)


def _level(value: object) -> str | int:
    level = literals.parse_level(value)
    if isinstance(level, str) and not _reading.get().is_level(level):
        raise ValueError(literals.LEVEL)
    return level


def _folder(value: object) -> Path:
    if isinstance(value, str | os.PathLike) and (text := str(value)) and "\0" not in text:
        folder = _reading.get().cwd / os.path.expanduser(text)
        if folder.is_absolute():
            return folder
    raise ValueError("the path of a folder")


def _default_folder(data: dict[str, Any]) -> Path:
    return platformdirs.user_log_path(data.get("app", "anivault"), appauthor=False)


def _record_size(value: object) -> int:
    size = literals.parse_size(value)
    if size < 1000:
        raise ValueError("a size of at least 1 kB")
    return size


def _textfile(value: object) -> Path:
    if (path := _folder(value)).suffix == ".prom":
        return path
    raise ValueError("the path of a file whose name ends in .prom")


_Level = Annotated[str | int, PlainValidator(_level)]
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
    model_config = ConfigDict(frozen=True, extra="forbid")


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
    level: _Level = "INFO"
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
    level: _Level = "WARNING"
    clear: _Number | None = None

    @model_validator(mode="after")
    def _has_one_limit(self) -> AlertSettings:
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


class QueueSettings(_Table):
    """Who writes: the log call, or a thread for which up to `size` records wait."""

    mode: Literal["off", "background"] = "off"
    size: Annotated[int, PlainValidator(literals.whole_number(10_000_000, least=1))] = 10_000
    overflow: Literal["block", "drop_new", "drop_low"] = "block"


class _MergedSource(PydanticBaseSettingsSource):
    """The one source of pydantic-settings: the layers, merged by our rules for channels."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return _reading.get().tree.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return _reading.get().tree


class Settings(BaseSettings):
    """All settings, parsed and frozen. `Settings(**keywords)` reads environment and TOML too.

    Raises `ConfigError`. Sizes are in bytes, `metrics.interval` in seconds, `dir` is absolute.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    app: Annotated[str, PlainValidator(literals.parse_app)] = "anivault"
    dir: Annotated[Path, PlainValidator(_folder)] = Field(default_factory=_default_folder)
    level: _Level = "INFO"
    max_record_bytes: Annotated[int, PlainValidator(_record_size)] = 1_000_000
    utf8: bool = True
    intercept: bool = True
    inherit: bool = True
    channels: dict[str, ChannelSettings]  # the lowest layer always holds the default ones
    console: ConsoleSettings = ConsoleSettings()
    masking: MaskingSettings = MaskingSettings()
    metrics: MetricsSettings = MetricsSettings()
    queue: QueueSettings = QueueSettings()

    def __init__(self, reading: Reading | None = None, /, **keywords: object) -> None:
        if reading is None:
            layers = read(_DEFAULT_CHANNELS, keywords)
            reading = Reading(layers, _DEFAULT_CHANNELS, working_directory())
        token = _reading.set(reading)
        try:
            super().__init__()
            mistakes = list(clashes(self.channels))
        except ValidationError as error:
            mistakes = list(mistakes_of(error, _known_keys))
        finally:
            _reading.reset(token)
        if mistakes:
            # Raised outside the handler: the ValidationError's text shows values unmasked.
            lines = [m.line(origin(reading.layers, m.path)) for m in mistakes]
            raise ConfigError("\n".join(lines))

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *_: object, **__: object
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (_MergedSource(settings_cls),)


def load(
    settings: Settings | None = None,
    overrides: Mapping[str, object] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user_config_dir: Path | None = None,
    is_level: Callable[[str], bool] = _LEVELS.__contains__,
) -> Settings:
    """Return the settings of all sources, or `settings` with `overrides` merged onto it.

    `environ`, `cwd` and `user_config_dir` stand in for the process's own; with `settings` given,
    environment and TOML are not read. `is_level` knows the names of levels. Raises `ConfigError`.
    """
    if settings is None:
        layers = read(_DEFAULT_CHANNELS, overrides, environ, cwd, user_config_dir)
    else:
        base = Layer(
            settings.model_dump(exclude_unset=True, by_alias=True), lambda _: "settings object"
        )
        layers = (base, read_keywords(overrides or {}))
    return Settings(Reading(layers, _DEFAULT_CHANNELS, cwd or working_directory(), is_level))


def sources(
    overrides: Mapping[str, object] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user_config_dir: Path | None = None,
) -> dict[str, str]:
    """Say for every key, as a dotted path, which source sets it; `default` if none does.

    Reads what `load` reads and raises the same `ConfigError`.
    """
    layers = read(_DEFAULT_CHANNELS, overrides, environ, cwd, user_config_dir)
    settings = Settings(Reading(layers, _DEFAULT_CHANNELS, cwd or working_directory()))
    leaves = _leaves(settings.model_dump(by_alias=True))
    return {dotted(path): origin(layers, path, exact=True) for path in leaves}


def _leaves(tree: Mapping[str, Any], above: KeyPath = ()) -> Iterator[KeyPath]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*above, key))
        else:
            yield (*above, key)


def _known_keys(table: KeyPath) -> list[str]:
    models: dict[str | int, type[BaseModel]] = {
        "alerts": AlertSettings,
        "channels": ChannelSettings,
        "console": ConsoleSettings,
        "masking": MaskingSettings,
        "metrics": MetricsSettings,
        "queue": QueueSettings,
    }
    model = models[table[1 if "alerts" in table else 0]] if table else Settings
    return [field.alias or name for name, field in model.model_fields.items()]
