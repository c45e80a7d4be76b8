"""The parts of a configuration, each made of plain values from the settings."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

import platformdirs
from pydantic import SecretStr

from . import metrics, owned
from ._core import level_number
from ._figures import Figures
from ._trail import AUDIT
from .alerts import Rule
from .aliases import aliases
from .audited import AuditFile
from .background import Background
from .channel import Channel, Console, Route
from .collected import Collected
from .context import Parent
from .entry import Entry, Run
from .faults import faults
from .fingerprint import Fingerprint
from .journal import Journal
from .layouts import layout_of
from .masking import Masker
from .message import set_filling
from .mistakes import masked
from .paths import homes
from .rotation import Retention
from .seal import Seal
from .settings import ConfigError, Settings
from .short import short
from .writer import Writer

__all__ = [
    "aside_of",
    "channels_of",
    "check_folder",
    "console_of",
    "figures_of",
    "is_level",
    "masker_of",
    "queue_of",
    "seal_of",
    "secret_text",
    "share_rules",
]


def channels_of(
    effective: Settings,
    wake: Callable[[], None],
    aside: Callable[[Entry], None],
    queue: Background | None,
    audit: AuditFile | None,
) -> list[Channel]:
    """Return a channel for each table, in their order; `audit` is the file of one of them."""
    tables = effective.channels
    named = [component for table in tables.values() for component in table.components]
    claimed = frozenset(named) - {"*"}
    channels = []
    for name, table in tables.items():
        linked = AUDIT in table.components
        channels.append(
            Channel(
                name,
                level=level_number(effective.level if table.level is None else table.level),
                route=Route(frozenset(table.components), claimed),
                text=not table.serialize and not linked,
                aside=aside,
                queue=None if linked else queue,
                writer=audit if audit and linked else _writer(effective, name, wake),
            )
        )
    return channels


def _writer(effective: Settings, name: str, wake: Callable[[], None]) -> Writer:
    table = effective.channels[name]
    return Writer(
        str(effective.dir / table.file),
        at=table.rotation,
        max_bytes=table.max_bytes,
        retention=Retention(table.retention_days, table.retention_count, table.retention_bytes),
        gzip=table.compression == "gz",
        wake=wake,
        rotated=metrics.counter("rotations", channel=name).tick,
        report=lambda what, error: faults.say(name, what, error),
    )


def queue_of(effective: Settings) -> Background | None:
    """Return the queue behind which the files are written, or None if calls write themselves."""
    table = effective.queue
    return None if table.mode == "off" else Background(size=table.size, overflow=table.overflow)


def console_of(effective: Settings) -> Console | None:
    """Return the console, or None if it is off."""
    table = effective.console
    if not table.enabled:
        return None
    return Console(
        level=level_number(table.level),
        form=table.format,
        color=table.color,
        no_color=bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb",
        numbers=not effective.channels,
        journal=Journal(place) if (place := os.environ.get("JOURNAL_STREAM")) else None,
    )


def aside_of(console: Console | None) -> Callable[[Entry], None]:
    """Where a line goes that its file did not take: to stderr, unless it is shown there anyway."""
    stderr = Console(level=0, form="ndjson")

    def show(entry: Entry) -> None:
        if console is None or entry.level_no < console.level:
            stderr.write(entry)

    return show


def masker_of(effective: Settings, registered: Iterable[str]) -> Masker:
    """Return a masker with all values known to be secret."""
    table = effective.masking
    masker = Masker(
        keys=table.keys,
        allow=table.allow,
        patterns=table.patterns,
        secrets=[secret.get_secret_value() for secret in table.secrets],
        homes=homes(),
        enabled=table.enabled,
        hide=_fingerprint(effective.app) if table.fingerprint else None,
    )
    if table.env:
        for name, value in os.environ.items():
            # A shell's PWD is the working directory, whatever it is short for elsewhere.
            if name != "PWD" and masker.is_sensitive(name):
                masker.register(value)
    for name, secret in effective.otlp.headers.items():
        if masker.is_sensitive(name):
            value = secret.get_secret_value()
            masker.register(value.rpartition(" ")[2])  # after a scheme such as `Bearer`
    for value in registered:
        masker.register(value)
    return masker


def _fingerprint(app: str) -> Fingerprint:
    # Not beside the log files: whoever is given those must not get the key with them.
    folder = platformdirs.user_state_dir(app, appauthor=False)
    path = os.path.join(folder, "masking.key")
    return Fingerprint(path, report=lambda what, error: faults.say("masking", what, error))


def seal_of(
    effective: Settings,
    masker: Masker,
    run: Run,
    parent: Parent | None,
    begun: Callable[[], None],
    noticed: Callable[[], None] | None,
) -> Seal:
    """Return what makes the entries of all channels; see `Seal`."""
    return Seal(
        run=run,
        mask_line=masker.mask_line,
        clean=masker.clean,
        look=masker.look,
        mask_parts=masker.mask_parts,
        alike=masker.alike,
        max_bytes=effective.max_record_bytes,
        layout=layout_of(effective.schema_, effective.app),
        parent=parent,
        begun=begun,
        noticed=noticed,
    )


def is_level(name: str) -> bool:
    """Tell whether loguru has a level of that name."""
    try:
        level_number(name)
    except ValueError:
        return False
    return True


def secret_text(value: str | bytes | SecretStr) -> str:
    """Return the text of a secret.

    Raises:
        TypeError: it is no text, no bytes and no `SecretStr`.
    """
    secret: object = value.get_secret_value() if isinstance(value, SecretStr) else value
    if isinstance(secret, (bytes, bytearray)):
        secret = bytes(secret).decode("utf-8", "backslashreplace")
    if not isinstance(secret, str):
        raise TypeError(f"A secret is text or bytes, not {type(secret).__name__}.")
    return secret


def figures_of(
    effective: Settings,
    masker: Masker,
    maintain: Callable[[], None],
    push: Callable[[Collected], None] | None,
    head: Callable[[], str],
) -> Figures:
    """Return what makes the figures known; `head` gives the last digest of the audit chain."""
    table = effective.metrics
    return Figures(
        enabled=table.enabled,
        interval=table.interval,
        loop_lag=table.loop_lag,
        rules=[
            Rule(rule.metric, rule.above, rule.below, rule.for_, rule.level, rule.clear)
            for rule in table.alerts
        ],
        address=(table.prometheus_host, table.prometheus_port),
        textfile=str(table.prometheus_textfile) if table.prometheus_textfile else None,
        masker=masker,
        maintain=maintain,
        push=push,
        head=head,
    )


def share_rules(masker: Masker) -> None:
    """Let all that masks before anything is written do it by these rules."""
    faults.mask = short.mask = masker.mask_text
    aliases.judge(masker.is_sensitive)
    set_filling(masker.fill, masker.fill_named)


def check_folder(effective: Settings, source: str) -> None:
    """Refuse a folder that was named and can't be used; the default one is tried when writing."""
    folder = str(effective.dir)
    try:
        owned.inspect_folder(folder)
        for table in effective.channels.values():
            owned.inspect(os.path.join(folder, table.file))
    except OSError as error:
        expected = "expected a folder that can be written"
        raise ConfigError(f"dir ({masked(source)}): {masked(str(error))}; {expected}") from None
