"""The public `audit(event, **fields)`: one record of the audit chain, on disk when it returns."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any

from pydantic import SecretStr

from ._configure import Preset, installed, register_secret
from ._core import current_extra
from ._express import logger
from ._parts import secret_text
from ._trail import AUDIT
from .chain import Key
from .faults import faults
from .keys import SHORTEST
from .plain import text_of

__all__ = ["AuditError", "audit"]

_TOLD = ("actor", "target", "outcome")
_logger = logger.opt(depth=1).bind(component=AUDIT)


class AuditError(RuntimeError):
    """A record that `audit.required` demands could not be written."""


class Audit:
    """The audit log of the process; call it to record an event."""

    def __init__(self) -> None:
        self._required = False

    def __call__(self, event: str, /, **fields: Any) -> None:
        """Record an event in the audit chain; when this returns, it is on disk.

        By convention `actor` says who, `target` on what, and `outcome` how it ended. The record has
        level INFO, and is written whatever the channel's level is and though the caller's module
        is disabled. Fields of the names `event` and `component` get an underscore appended.

        Raises:
            AuditError: it could not be written, and the setting `audit.required` is true. Without
                it the loss is counted and said on stderr, like that of any record.
        """
        preset = self._preset()
        file = preset.trail.file if preset is not None else None
        if preset is None or file is None:
            self._fail("no channel takes the component audit")
            return
        name = text_of(event) or "log"
        extra = {f"{k}_" if k in ("event", "component") else k: v for k, v in fields.items()}
        told = [f"{key}={text_of(fields[key])}" for key in _TOLD if key in fields]
        message = " ".join([name, *told])
        with file.watched() as outcome:
            _logger.info(message.replace("{", "{{").replace("}", "}}"), event=name, **extra)
            if not outcome.written and outcome.error is None:
                self._force(preset, message, {**extra, "component": AUDIT, "event": name})
        if outcome.error is not None:
            self._fail(outcome.error, counted=True)

    def rotate_key(self, key: str | bytes | SecretStr) -> None:
        """Seal with another key from now on; when this returns, the chain says so, by both keys.

        This process alone changes over: put the key into the settings of all, `audit.key` or the
        last line of `audit.key_file`, which running processes read when they meet the new key.

        Raises:
            AuditError: it could not be recorded, and `audit.required` is true.
            ValueError: the key is shorter than 8 characters.
        """
        text = secret_text(key)
        preset = self._preset()
        if preset is None or preset.trail.file is None:
            self._fail("no channel takes the component audit")
            return
        if len(text) < SHORTEST:
            raise ValueError(f"A key has at least {SHORTEST} characters.")
        new = Key(text.encode("utf-8", "backslashreplace"))
        register_secret(text)
        try:
            preset.trail.file.add_key(new)
        except OSError as error:
            self._fail(error)

    def _preset(self) -> Preset | None:
        preset = installed()
        if preset is not None:
            self._required = preset.settings.audit.required  # which holds after a shutdown, too
        return preset

    def _force(self, preset: Preset, message: str, extra: dict[str, Any]) -> None:
        """Write a record that the logger passed over, for its level or a disabled module."""
        frame = sys._getframe(2)
        entry = preset.seal.seal(
            time.time_ns() // 1000,
            "INFO",
            20,
            AUDIT,
            message,
            {**current_extra(), **extra},
            text_of(frame.f_globals.get("__name__", "")),
            frame.f_code.co_name,
            frame.f_lineno,
            preset.seal.run.process,
            threading.current_thread().name,
        )
        for channel in preset.channels:
            if channel.writer is preset.trail.file:
                channel.write(entry)

    def _fail(self, error: Exception | str, *, counted: bool = False) -> None:
        if not counted:
            faults.lost(AUDIT, error)
        if self._required:
            cause = error if isinstance(error, Exception) else None
            raise AuditError(f"The audit record could not be written: {error}") from cause


audit = Audit()
