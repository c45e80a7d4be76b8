"""The outbox to an OpenTelemetry Collector, made of the settings and `OTEL_EXPORTER_OTLP_*`."""

from __future__ import annotations

import os
from importlib import metadata
from typing import TYPE_CHECKING

from ._core import level_number
from ._express import logger
from .masking import MARKER, Masker
from .mistakes import ConfigError
from .settings import Settings

if TYPE_CHECKING:
    from .exporters.outbox import Outbox
    from .exporters.wire import Wire

__all__ = ["outbox_of"]

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


def outbox_of(effective: Settings, masker: Masker) -> Outbox | None:
    """Return what sends entries and figures, or None if nobody asked for it.

    Raises:
        ConfigError: the settings ask for it, and its packages are not there.
    """
    table = effective.otlp
    standard = any(map(os.environ.get, _ENDPOINTS)) and not _is_disabled()
    if not table.enabled or not (table.endpoint or standard):
        return None
    try:
        from .exporters import otlp
        from .exporters.outbox import Outbox
    except ImportError as error:
        if not table.endpoint:
            return None  # the variables are meant for somebody else's telemetry
        raise ConfigError(
            f"otlp.endpoint: needs the package {error.name} (pip install anivault-loguru[otlp])"
        ) from None

    def connect() -> Wire:
        return otlp.Collector(
            endpoint=table.endpoint,
            headers={name: value.get_secret_value() for name, value in table.headers.items()},
            compression=None if table.compression == "auto" else table.compression,
            timeout=table.timeout,
            resource=otlp.resource_of(effective.app, table.version or _version(effective.app)),
            mask=lambda name, text: MARKER if masker.is_sensitive(name) else masker.mask_text(text),
        )

    return Outbox(
        connect,
        level=level_number(effective.level if table.level is None else table.level),
        numbers=not effective.channels,
        size=table.size,
        report=_log,
    )


def _is_disabled() -> bool:
    return os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"


def _version(app: str) -> str:
    """Return the version of the distribution that the application is named after, if there is."""
    try:
        return metadata.version(app)
    except (metadata.PackageNotFoundError, ValueError):
        return ""


def _log(level: str, event: str, message: str, **fields: object) -> None:
    logger.bind(component="otlp", event=event, **fields).log(level, message)
