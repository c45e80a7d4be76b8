"""A logging and monitoring preset on loguru: `from anivault_loguru import logger`.

The way of one record, top to bottom:

    logger.info(...)      _express.py    the logger: loguru's, unable to raise for its data
    a plain call          lane.py        goes straight to the channels; mould.py: its known line
    any other call        board.py       goes by loguru, to our handlers and to yours
    logging, warnings     intercept.py   what others say arrives here too
    record → line         seal.py        numbered, encoded (entry.py) and masked (masking.py) once
    Channel.write         channel.py     one append to one file (writer.py); stderr for people
    audit(...)            _audit.py      the same, linked and on disk (audited.py, ledger.py)

`_configure.py` builds these parts from `settings.py`; `monitor.py` works behind them. Importing
the package does nothing: the first touch of `logger` configures, the first record makes the files.
"""

from __future__ import annotations

from ._version import __version__

# What `typing` calls so. Importing `typing`, or `importlib`, costs more than all the rest here.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from loguru import Logger

    from . import events, metrics
    from ._audit import AuditError, audit
    from ._configure import configure, mask, register_secret, shutdown
    from .context import propagate
    from .settings import ConfigError, Settings

    logger: Logger

__all__ = [
    "AuditError",
    "ConfigError",
    "Settings",
    "__version__",
    "audit",
    "configure",
    "events",
    "logger",
    "mask",
    "metrics",
    "propagate",
    "register_secret",
    "shutdown",
]

_HOMES = {
    "AuditError": "._audit",
    "ConfigError": ".settings",
    "Settings": ".settings",
    "audit": "._audit",
    "configure": "._configure",
    "events": ".events",
    "logger": "._express",
    "mask": "._configure",
    "metrics": ".metrics",
    "propagate": ".context",
    "register_secret": "._configure",
    "shutdown": "._configure",
}
# What logs has to be configured when it is first touched.
_CONFIGURED = frozenset({"audit", "events", "logger", "mask"})


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    if name in _CONFIGURED:
        import_module("._configure", __name__).ensure()
    module = import_module(home, __name__)
    value = module if home == f".{name}" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
