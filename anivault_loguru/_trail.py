"""The audit trail of a configuration: its file, its keys, and what the preset itself puts there."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from . import metrics, owned
from ._core import level_number
from .audited import AuditFile
from .chain import RECOVERED, Key
from .entry import Run
from .faults import faults
from .keys import keys_in
from .ledger import Ledger, Recorder
from .mill import Mill
from .mistakes import masked
from .owned import Refused
from .plain import dumps, text_of
from .rotation import Naming, Retention
from .seal import Seal
from .settings import ConfigError, Settings

__all__ = ["AUDIT", "Trail", "audit_file_of", "recorder"]

AUDIT = "audit"
"""The component whose records are chained."""

_LONGEST = 300
_FAULTS = frozenset({RECOVERED, "path.refused", "masking.failed"})


def audit_file_of(
    effective: Settings, record: Recorder, wake: Callable[[], None], hide: Callable[[str], None]
) -> AuditFile | None:
    """Return the file of the channel that takes the component `audit`; None if none does.

    Each key is given to `hide`.

    Raises:
        ConfigError: the keys can't be read.
    """
    tables = effective.channels
    name = next((name for name, table in tables.items() if AUDIT in table.components), None)
    if name is None:
        return None
    table, path = tables[name], effective.audit.key_file
    file = str(effective.dir / table.file)
    folder, base = os.path.split(file)

    def report(what: str, error: BaseException) -> None:
        faults.say(name, what, error)

    keys = keys_of(effective)
    for key in keys:
        key.hide(hide)
    ledger = Ledger(
        file,
        keys=keys,
        record=record,
        reload=functools.partial(_keys_in, path) if path else None,
        fsync=effective.audit.fsync,
        at=table.rotation,
        max_bytes=table.max_bytes,
        rotated=functools.partial(_rotated, name, wake),
        report=report,
    )
    retention = Retention(table.retention_days, table.retention_count, table.retention_bytes)
    gzip = table.compression == "gz"
    return AuditFile(
        name,
        ledger,
        lambda remove: Mill(folder, Naming(base), retention, gzip, report, time.time, remove),
        record,
        report,
    )


def _rotated(name: str, wake: Callable[[], None]) -> None:
    metrics.increment("rotations", channel=name)
    wake()


def keys_of(effective: Settings) -> list[Key]:
    """Return the keys of the settings, oldest first.

    Raises:
        ConfigError: their file can't be read, or others can read it.
    """
    table = effective.audit
    if table.key is not None:
        return [Key(table.key.get_secret_value().encode())]
    return _keys_in(table.key_file) if table.key_file is not None else []


def _keys_in(path: Path) -> list[Key]:
    try:
        return keys_in(str(path))
    except (OSError, ValueError) as error:
        expected = "expected a file for its owner alone, with a key a line"
        raise ConfigError(f"audit.key_file: {masked(str(error))}; {expected}") from None


def recorder(seal: Seal, mask_line: Callable[[bytes], bytes]) -> Recorder:
    """Return what makes the lines of the preset's own audit records.

    They have numbers like all records, but move no figures.
    """
    layout, run = seal.layout, seal.run

    def record(event: str, message: str, fields: dict[str, object], moment: int = 0, /) -> bytes:
        level = "WARNING" if event in _FAULTS else "INFO"
        fields = {key: v[:_LONGEST] if isinstance(v, str) else v for key, v in fields.items()}
        document = layout.document(
            *(
                layout.stamp(moment or time.time_ns() // 1000),
                level,
                level_number(level),
                AUDIT,
                event,
            ),
            *(message[:_LONGEST], None, None, None),
            *(fields, __name__, "record", 0),
            *(run.process, "anivault-audit", run.id, run.next(), None),
        )
        return mask_line(dumps(document))

    return record


class Trail:
    """Puts into the audit file what the preset itself does: nothing before the first record.

    Args:
        settings: those in force.
        file: the audit file; None if no channel takes the component `audit`.
        run: the identity of this process.
    """

    def __init__(self, settings: Settings, file: AuditFile | None, run: Run) -> None:
        self.file = file
        self._settings = settings
        # Now: in a log call, what a signal handler raises would come out of pydantic as its error.
        self._digest = "" if file is None else _digest(settings)
        self._run = run
        self._begun = ""  # the run that logged

    @property
    def head(self) -> str:
        """The digest of the last record in the audit file, as far as is known here."""
        if self.file is None:
            return ""
        self.file.flush()
        return self.file.head

    def begin(self) -> None:
        """Record that logging starts, with the first record of this process.

        It is written with the first audit record, the first summary or the end: no log call waits
        for a disk because of it.
        """
        if self._begun == self._run.id:
            return  # under another configuration
        self._begun = self._run.id
        if self.file is not None:
            self.file.forget()
            fields: dict[str, object] = {"settings": self._digest}
            self.file.defer("logging.started", "Logging started", fields)

    def follow(self, before: Trail) -> None:
        """Record what another configuration changes, if there was one that logged."""
        self._begun = before._begun
        if self.file is None or self._begun != self._run.id:
            return
        old, new = _flat(before._settings), _flat(self._settings)
        changed = sorted(key for key in {**old, **new} if old.get(key) != new.get(key))
        levels = [
            f"{key}: {old.get(key)} to {new.get(key)}"
            for key in changed
            if key.rpartition(".")[2] == "level"
        ]
        fields: dict[str, object] = {
            "settings": self._digest,
            "before": before._digest or _digest(before._settings),
            "changed": ", ".join(changed),
            "levels": ", ".join(levels),
        }
        self.file.defer("logging.reconfigured", "Another configuration is in force", fields)

    def switched(self, module: str | None, on: bool) -> None:
        """Record that the records of a module are written from now on, or not any more."""
        event, said = ("enabled", "written again") if on else ("disabled", "left out from now on")
        self._post(f"logging.{event}", f"Records of a module are {said}", {"module": module})

    def watch(self) -> None:
        """Record corrected permissions, refused paths and failures of masking from now on."""
        faults.told = self._told
        owned.corrected = self._corrected

    def end(self) -> None:
        """Record that logging stops, and wait for what was posted."""
        if self.file is not None:
            self._post("logging.stopped", "Logging stopped", {"settings": self._digest})
            self.file.flush()
        self._begun = ""  # what goes wrong from now on is nobody's to record

    def _told(self, place: str, what: str, error: BaseException | str) -> None:
        if self.file is None or place == self.file.name:
            return  # there is no way to write what is wrong with the audit file itself
        if isinstance(error, Refused):
            self._post("path.refused", f"Refused: {error}", {"channel": place})
        elif place in ("masking", "patcher"):
            self._post("masking.failed", f"{place}: {what}", {"error": text_of(error)})

    def _corrected(self, path: str, was: int, now: int) -> None:
        fields: dict[str, object] = {"path": path, "was": f"{was:04o}", "now": f"{now:04o}"}
        self._post("permissions.corrected", f"Others could get at {path}", fields)

    def _post(self, event: str, message: str, fields: Mapping[str, object]) -> None:
        # What fails while nothing is logged yet, or not any more, makes no file.
        if self.file is not None and self._begun == self._run.id:
            self.file.post(event, message, dict(fields))


def _digest(settings: Settings) -> str:
    """Return the SHA-256 of the effective settings; secrets are not in it."""
    return hashlib.sha256(_text(settings).encode()).hexdigest()


def _text(settings: Settings) -> str:
    # Not orjson, which imports modules for the types here: a fork meanwhile would leave the child
    # with their locks taken.
    return json.dumps(_tree(settings), default=text_of, sort_keys=True)


def _tree(value: Any) -> Any:
    """Return what `model_dump(by_alias=True)` does, for which pydantic would have much to build."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        return {it.alias or name: _tree(getattr(value, name)) for name, it in fields.items()}
    if isinstance(value, dict):
        return {key: _tree(item) for key, item in value.items()}
    return [_tree(item) for item in value] if isinstance(value, tuple) else value


def _flat(settings: Settings) -> dict[str, Any]:
    return dict(_leaves(json.loads(_text(settings)), ""))


def _leaves(tree: Mapping[str, Any], above: str) -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield above + key, value
