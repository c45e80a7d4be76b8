"""The settings model: its top keys, and how the sources make one `Settings` (`tables`: the rest).

Precedence: keywords > environment > TOML > defaults. Every mistake is a `ConfigError` that names
the key, its source, the value found and what is expected.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import BaseModel, Field, PlainValidator, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from . import literals
from .mistakes import ConfigError, KeyPath, clashes, dotted, mistakes_of
from .sources import Layer, Reading, origin, read, read_keywords, working_directory
from .tables import (
    AlertSettings,
    AuditSettings,
    ChannelSettings,
    ConsoleSettings,
    Folder,
    Level,
    MaskingSettings,
    MetricsSettings,
    OtlpSettings,
    QueueSettings,
    RecordSize,
    being_read,
)

__all__ = [
    "AlertSettings",
    "AuditSettings",
    "ChannelSettings",
    "ConfigError",
    "ConsoleSettings",
    "MaskingSettings",
    "MetricsSettings",
    "OtlpSettings",
    "QueueSettings",
    "Settings",
    "load",
    "sources",
]

_LEVELS = frozenset({"TRACE", "DEBUG", "INFO", "SUCCESS", "WARNING", "ERROR", "CRITICAL"})

_DEFAULT_CHANNELS: dict[str, dict[str, object]] = {
    "network": {"components": ("network", "tmdb", "ratelimiter", "http")},
    "pipeline": {"components": ("pipeline", "cache", "scanner", "parser", "matcher", "organizer")},
    "audit": {
        "components": ("audit",),
        "retention_days": 365,
        "retention_count": 0,
        "retention_bytes": 0,
    },
    "metrics": {"components": ("metrics",)},
    "app": {"components": ()},
    "error": {"components": ("*",), "level": "ERROR"},
}


def _default_folder(data: dict[str, Any]) -> Path:
    return platformdirs.user_log_path(data.get("app", "anivault"), appauthor=False)


class _MergedSource(PydanticBaseSettingsSource):
    """The one source of pydantic-settings: the layers, merged by our rules for channels."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return being_read.get().tree.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return being_read.get().tree


class Settings(BaseSettings):
    """All settings, parsed and frozen. `Settings(**keywords)` reads environment and TOML too.

    Raises `ConfigError`. Sizes are in bytes, `metrics.interval` in seconds, `dir` is absolute.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", defer_build=True)

    app: Annotated[str, PlainValidator(literals.parse_app)] = "anivault"
    dir: Folder = Field(default_factory=_default_folder)
    level: Level = "INFO"
    max_record_bytes: RecordSize = 1_000_000
    schema_: Literal["native", "ecs", "otel"] = Field("native", alias="schema")
    utf8: bool = True
    intercept: bool = True
    inherit: bool = True
    channels: dict[str, ChannelSettings]  # the lowest layer always holds the default ones
    # Constructed, since to validate one table by itself is to build what validates it.
    console: ConsoleSettings = ConsoleSettings.model_construct()
    masking: MaskingSettings = MaskingSettings.model_construct()
    metrics: MetricsSettings = MetricsSettings.model_construct()
    queue: QueueSettings = QueueSettings.model_construct()
    otlp: OtlpSettings = OtlpSettings.model_construct()
    audit: AuditSettings = AuditSettings.model_construct()

    def __init__(self, reading: Reading | None = None, /, **keywords: object) -> None:
        if reading is None:
            layers = read(_DEFAULT_CHANNELS, keywords)
            reading = Reading(layers, _DEFAULT_CHANNELS, working_directory())
        token = being_read.set(reading)
        try:
            super().__init__()
            mistakes = list(clashes(self.channels))
        except ValidationError as error:
            mistakes = list(mistakes_of(error, _known_keys))
        finally:
            being_read.reset(token)
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
        if not any(layer.tree for layer in layers[1:]):
            return _default(Reading(layers, _DEFAULT_CHANNELS))
    else:
        base = Layer(
            settings.model_dump(exclude_unset=True, by_alias=True), lambda _: "settings object"
        )
        layers = (base, read_keywords(overrides or {}))
    return Settings(Reading(layers, _DEFAULT_CHANNELS, cwd or working_directory(), is_level))


def _default(reading: Reading) -> Settings:
    """Return the settings that no source says anything of: those need no validation.

    To build what validates is a tenth of the time that a program takes to import its logger.
    """
    channels: Any = reading.tree["channels"]
    tables = {name: ChannelSettings.model_construct(**table) for name, table in channels.items()}
    return Settings.model_construct(channels=tables)


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
        "audit": AuditSettings,
        "channels": ChannelSettings,
        "console": ConsoleSettings,
        "masking": MaskingSettings,
        "metrics": MetricsSettings,
        "otlp": OtlpSettings,
        "queue": QueueSettings,
    }
    model = models[table[1 if "alerts" in table else 0]] if table else Settings
    return [field.alias or name for name, field in model.model_fields.items()]
