"""From settings to running parts: channels, console, masking, monitor, interception.

The only place below which nobody knows the settings: every part gets plain values from here.
"""

from __future__ import annotations

import atexit
import functools
import os
import threading
from typing import Any

from pydantic import SecretStr

from ._core import (
    current_extra,
    foreign_handlers,
    foreign_values,
    outlive_exit,
    remove_default_handler,
    remove_handlers,
    remove_others,
    set_last_patcher,
)
from ._exports import outbox_of
from ._express import logger, set_listeners
from ._parts import (
    aside_of,
    channels_of,
    check_folder,
    console_of,
    figures_of,
    is_level,
    masker_of,
    queue_of,
    seal_of,
    secret_text,
    share_rules,
)
from ._trail import Trail, audit_file_of, recorder
from .board import Board, Sink, Taker
from .context import REQUEST, RUN, Inheritance, parent_of
from .entry import Run
from .intercept import Interception
from .lanes import close_lane, open_lane, renew_lane
from .masking import Masker
from .message import set_filling
from .patcher import Patcher
from .paths import homes
from .plain import text_of
from .settings import Settings, load, sources
from .utf8 import Utf8

__all__ = ["Preset", "configure", "ensure", "installed", "mask", "register_secret", "shutdown"]

_lock = threading.RLock()
_run = Run()
_parent = parent_of(os.environ)
_registered: set[str] = set()
_installed: Preset | None = None


def configure(settings: Settings | None = None, **overrides: Any) -> Settings:
    """Put the settings in force, replacing those in force before, and return them.

    Without `settings` they are read from environment and TOML; keyword arguments come on top.
    No disk is touched. loguru's default handler and our own earlier ones are replaced, handlers
    that the application added are left alone.

    Raises:
        ConfigError: a setting is wrong; what was in force before still is.
    """
    if not isinstance(settings, (Settings, type(None))):
        raise TypeError(f"configure() takes Settings or keywords, not {settings!r:.80}.")
    effective = _read(settings, overrides)
    # The scan is made at once: who configures is about to log, and no log call is to wait for it.
    _put_in_force(effective).seal.look()
    return effective


def ensure() -> None:
    """Configure from environment and TOML unless that, or more, was done already."""
    with _lock:
        if _installed is None:
            _put_in_force(_read(None, {}))


def _read(settings: Settings | None, overrides: dict[str, Any]) -> Settings:
    effective = load(settings, overrides, is_level=is_level)
    if effective.model_fields_set & {"dir"}:
        source = "settings object" if settings else sources(overrides)["dir"]
        check_folder(effective, "keyword argument" if "dir" in overrides else source)
    return effective


def _put_in_force(effective: Settings) -> Preset:
    global _installed
    with _lock:
        before = _installed
        preset = Preset(effective, masker=masker_of(effective, tuple(_registered)))
        preset.add()
        _installed = preset
        for secret in tuple(_registered):
            preset.masker.register(secret)
        open_lane(preset.seal, preset.board, preset.takers)
        if before is not None:
            before.remove()
            preset.trail.follow(before.trail)
        remove_default_handler()
        preset.start()
    return preset


def shutdown() -> None:
    """Write the last summary, finish the files, and give back what was taken over.

    Records logged afterwards go nowhere until `configure` is called again.
    """
    global _installed
    with _lock:
        preset = _installed
        if preset is not None:
            preset.stop()
            close_lane()
            preset.remove()
            _installed = None
            set_last_patcher(None)
            set_listeners()
            set_filling(None)


def installed() -> Preset | None:
    """Return what is in force."""
    return _installed


def mask(text: str) -> str:
    """Return `text` masked as records are: secrets as `***MASKED***`, the home folder as `~`."""
    preset = _installed
    if preset is not None:
        return preset.masker.settle(text)
    return _plain_masker(frozenset(homes()), frozenset(_registered)).settle(text)


@functools.lru_cache(maxsize=1)
def _plain_masker(homes: frozenset[str], secrets: frozenset[str]) -> Masker:
    """The masker of a process that has not configured, or not any more."""
    return Masker(homes=homes, secrets=secrets)


def register_secret(value: str | bytes | SecretStr) -> None:
    """Mask `value` (6 characters or more) from now on, wherever and however encoded it stands.

    Raises:
        TypeError: it is no text, no bytes and no `SecretStr`.
    """
    secret = secret_text(value)
    # Without a lock: it may be in a signal handler. `configure` looks again once it is installed.
    _registered.add(secret)
    if _installed is not None:
        _installed.masker.register(secret)
        renew_lane()  # what was found clean may hold it


class Preset:
    """The parts of one configuration, and their order of coming and going."""

    def __init__(self, effective: Settings, *, masker: Masker) -> None:
        self.masker = masker
        self.settings = effective
        self.takers: dict[int, Taker] = {}
        self.board = Board()
        self._outbox = outbox_of(effective, masker)
        push = None if self._outbox is None else self._outbox.put
        self._figures = figures_of(effective, masker, self._maintain, push, lambda: self.trail.head)
        parent = _parent if effective.inherit else None
        self.seal = seal_of(effective, masker, _run, parent, self._begin, self._figures.noticed)
        console = self._console = console_of(effective)
        self._queue = queue_of(effective)
        wake = self._figures.wake
        self._queues = [one for one in (self._queue, self._outbox) if one is not None]
        record = recorder(self.seal, masker.mask_line)
        file = audit_file_of(effective, record, wake, masker.register)
        self.trail = Trail(effective, file, _run)
        self.channels = channels_of(effective, wake, aside_of(self._console), self._queue, file)
        self._interception = Interception(
            level=self._least_level(),
            console=console is not None,
            shown=None if console is None else lambda: console.shown,
        )
        self._utf8 = Utf8() if effective.utf8 else None
        self._inheritance = Inheritance(_for_children) if effective.inherit else None

    def add(self) -> None:
        """Add one loguru handler for each channel and for the console.

        A record that meets an older preset's handlers too is theirs: they come first.
        """
        others = (self._console, self._outbox)
        takers: list[Taker] = [*self.channels, *(taker for taker in others if taker is not None)]
        self.board.show(takers)
        for channel in takers:
            sink = Sink(channel, self.seal, self.board)
            # catch=False: a sink raises nothing but what interrupts it, which loguru would swallow.
            handler = logger.add(
                sink,
                level=channel.level,
                filter=sink.take,
                format="{message}",
                catch=False,
            )
            self.takers[handler] = channel

    def start(self) -> None:
        """Take over what belongs to a process in this configuration."""
        share_rules(self.masker)
        set_listeners(self._flush, self.trail.switched)
        ours = frozenset(self.takers)
        set_last_patcher(Patcher(self.masker, foreign_handlers(ours), foreign_values(ours)))
        if self._utf8 is not None:
            self._utf8.install()
        if self._inheritance is not None:
            self._inheritance.install()
        if self.settings.intercept:
            self._interception.install()
        self.trail.watch()
        self._figures.start()

    def stop(self) -> None:
        """Log the last summary, and compress and prune what is due."""
        self.trail.end()  # so that the summary holds the digest of the last record
        self._figures.stop()
        self._stop_queues()

    def remove(self) -> None:
        """Remove the handlers and give back what `start` took over."""
        self._figures.remove()
        self._stop_queues()
        self._interception.remove()
        if self._inheritance is not None:
            self._inheritance.remove()
        if self._utf8 is not None:
            self._utf8.remove()
        remove_handlers(frozenset(self.takers))

    def _begin(self) -> None:
        self._figures.begun()
        self.trail.begin()

    def _flush(self) -> None:
        for queue in self._queues:
            queue.flush()

    def _stop_queues(self) -> None:
        for queue in self._queues:
            queue.stop()

    def _maintain(self) -> None:
        if self.settings.intercept and _installed is self:
            self._interception.ensure()
        for channel in self.channels:
            channel.writer.maintain()

    def _least_level(self) -> int:
        takers = (*self.channels, self._console, self._outbox)
        return min((taker.level for taker in takers if taker is not None), default=20)


def _for_children() -> dict[str, str]:
    """The variables that a child started now gets, where there is a request to go on with."""
    extra = current_extra()
    request_id = extra.get("request_id", _parent.request_id)
    text = "" if request_id is None else text_of(request_id)
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return {}  # no environment could hold it
    return {REQUEST: text, RUN: _run.id} if text and "\0" not in text else {}


def _at_exit() -> None:
    preset = _installed
    if preset is not None:
        preset.stop()
    remove_others(frozenset(preset.takers if preset is not None else ()))


def _after_fork() -> None:
    """Be a process of one's own: no thread that could hold the lock is here."""
    global _lock
    _lock = threading.RLock()
    _run.renew()
    renew_lane()


outlive_exit()
atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
