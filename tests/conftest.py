"""What the tests share: a home of their own, and a clean logger before and after each."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import loguru
import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says more about the machine than about us.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

# Before anything of the package is imported: no test touches the developer's own folders.
for name in [name for name in os.environ if name.startswith(("ANIVAULT_", "TRACEPARENT"))]:
    if name != "ANIVAULT_LOGURU_PURE":  # says which code the whole run tests
        del os.environ[name]


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    home = tmp_path / "own-home"
    home.mkdir()
    for name in ("HOME", "USERPROFILE", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home))
    handlers = dict(loguru.logger._core.handlers)  # type: ignore[attr-defined]
    yield
    from anivault_loguru import _core, shutdown

    shutdown()
    _core.set_users_patcher(None)
    _core.core.patcher = None
    for handler in set(loguru.logger._core.handlers) - set(handlers):  # type: ignore[attr-defined]
        loguru.logger.remove(handler)


class Logs:
    """A folder of channel files, read back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def lines(self, channel: str = "app") -> list[dict[str, Any]]:
        """The decoded lines of one channel's live file, oldest first."""
        path = self.folder / f"{channel}.log"
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]

    def text(self) -> str:
        """Everything in the folder."""
        return "".join(path.read_text("utf-8") for path in sorted(self.folder.iterdir()))


@pytest.fixture
def logs(tmp_path: Path) -> Logs:
    """Channel files under a fresh folder; the logger is configured to write there, quietly."""
    from anivault_loguru import configure

    folder = tmp_path / "logs"
    configure(dir=folder, console={"enabled": False}, metrics={"enabled": False})
    return Logs(folder)
