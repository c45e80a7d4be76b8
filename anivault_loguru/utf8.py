"""UTF-8 for what the process prints, and for the Python processes it starts."""

from __future__ import annotations

import os
import sys

__all__ = ["Utf8"]

# `backslashreplace` shows what can't be encoded; a strict stream would raise into `print`.
_VARIABLES = {"PYTHONIOENCODING": "utf-8:backslashreplace", "PYTHONUTF8": "1"}


class Utf8:
    """Turns stdout and stderr to UTF-8, whatever the locale, and tells child processes to do so."""

    def __init__(self) -> None:
        self._before: dict[str, str | None] | None = None

    def install(self) -> None:
        """Reconfigure the streams that can be, and set the variables."""
        for stream in (sys.stdout, sys.stderr):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                try:
                    reconfigure(encoding="utf-8", errors="backslashreplace")
                except (ValueError, OSError, LookupError):
                    continue
        if self._before is None:
            self._before = {name: os.environ.get(name) for name in _VARIABLES}
            os.environ.update(_VARIABLES)

    def remove(self) -> None:
        """Give the variables back; the streams stay UTF-8, for they may have text in them."""
        for name, value in (self._before or {}).items():
            if os.environ.get(name) != _VARIABLES[name]:
                continue
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        self._before = None
