"""loguru's core, and everything of it that loguru keeps private: only this module touches it.

The core is one object per process, shared by every logger. It is watched: whoever adds a sink,
removes one, or sets a patcher, through whatever logger, `on_change` hears of it, so that nothing
has to be asked again for each record.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any

import loguru
from loguru._better_exceptions import ExceptionFormatter
from loguru._defaults import LOGURU_AUTOINIT
from loguru._error_interceptor import ErrorInterceptor
from loguru._logger import Core as _Core
from loguru._logger import Logger as LoguruLogger
from loguru._logger import context

from .mending import patch
from .reports import report

__all__ = [
    "Contextualized",
    "LoguruLogger",
    "context",
    "core",
    "current_extra",
    "first_options",
    "foreign_handlers",
    "foreign_values",
    "last_patchers",
    "level_number",
    "misfit",
    "on_change",
    "outlive_exit",
    "remove_default_handler",
    "remove_handlers",
    "remove_others",
    "set_last_patcher",
    "set_users_patcher",
    "users_patcher",
]

Record = dict[str, Any]
Patcher = Callable[[Record], None]

core: _Core = loguru.logger._core  # type: ignore[attr-defined]
first_options: Any = loguru.logger._options  # type: ignore[attr-defined]

_OPTIONS = "exception depth record lazy colors raw capture patchers extra".split()
_LOG = "self level from_decorator options message args kwargs".split()
_WATCHED = frozenset({"enabled", "extra", "handlers", "min_level", "patcher"})
_listeners: list[Callable[[], None]] = []
_last: tuple[Patcher, ...] = ()
_users: Patcher | None = None


class _WatchedCore(_Core):
    """loguru's core, telling when what routes a record is replaced. Reading costs nothing more."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "patcher" and self is core and value is not _joined:
            # Through whatever logger it comes, a patcher of the user's runs before the last one.
            value = set_users_patcher(value)
        super().__setattr__(name, value)
        if name in _WATCHED and self is core:
            for listener in _listeners:
                listener()


def on_change(listener: Callable[[], None]) -> None:
    """Call `listener` after every change of handlers, least level or patcher. It must not raise."""
    core.__class__ = _WatchedCore
    _listeners.append(listener)


def misfit() -> str:
    """Say in what the installed loguru is not the one that the express lane knows; empty if it is.

    The lane reads a logger's options, the levels and the enabled modules, and relies on the
    dictionary of handlers being replaced, not changed, by `add` and `remove`.
    """
    parameters = list(inspect.signature(LoguruLogger._log).parameters)
    if parameters != _LOG:
        return f"Logger._log takes {parameters}"
    if list(inspect.signature(LoguruLogger.__init__).parameters)[2:] != _OPTIONS:
        return "a logger's options are others"
    if len(first_options) != len(_OPTIONS):
        return f"a logger has {len(first_options)} options"
    trial = _Core()
    logger = LoguruLogger(trial, None, 0, False, False, False, False, True, [], {})
    before = trial.handlers
    added = logger.add(lambda message: None, level=7)
    if trial.handlers is before or added not in trial.handlers or trial.min_level != 7:
        return "adding a sink changes the dictionary of handlers in place"
    if trial.levels_lookup.get("INFO") != ("INFO", "INFO", 20, trial.levels["INFO"].icon):
        return "the table of levels has another form"
    logger.disable("a.module")
    if trial.enabled is None or ("a.module.", False) not in trial.activation_list:
        return "modules are disabled in another way"
    return ""


class Contextualized(contextlib.ContextDecorator):
    """loguru's `contextualize` without its lock, which a signal handler might find taken.

    Args:
        values: added to the extra of every record of this thread and task inside the block.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def _recreate_cm(self) -> Contextualized:
        return Contextualized(self._values)  # as a decorator it may be entered many times over

    def __enter__(self) -> None:
        self._token = context.set({**context.get(), **self._values})

    def __exit__(self, *exc_info: object) -> None:
        context.reset(self._token)


def current_extra() -> dict[str, Any]:
    """Return the extra of the moment, from `configure` and `contextualize`."""
    return {**core.extra, **context.get()}


def level_number(level: str | int) -> int:
    """Return the number of a level given by name or number.

    Raises:
        ValueError: loguru has no level of that name.
    """
    return level if isinstance(level, int) else int(loguru.logger.level(level).no)


def remove_default_handler() -> None:
    """Remove the handler to stderr that loguru installs at import, if it is still there."""
    # Ids are given once: 0 is the default handler's, unless loguru was told to install none.
    if LOGURU_AUTOINIT and 0 in core.handlers:
        loguru.logger.remove(0)


def outlive_exit() -> None:
    """Keep our handlers when the interpreter exits, and remove only the others, as loguru would.

    loguru removes all of them in an exit handler, so that what exit handlers registered before it
    log would go nowhere.
    """
    atexit.unregister(loguru.logger.remove)


def remove_others(ours: frozenset[int]) -> None:
    """Remove every handler that is not ours: what they hold back is written now."""
    for id_ in [id_ for id_ in core.handlers if id_ not in ours]:
        with contextlib.suppress(ValueError):
            loguru.logger.remove(id_)


def remove_handlers(ids: frozenset[int]) -> None:
    """Remove handlers at one stroke: no record sees some of them and misses others."""
    with core.lock:
        removed = [handler for id_, handler in core.handlers.items() if id_ in ids]
        left = {id_: handler for id_, handler in core.handlers.items() if id_ not in ids}
        core.handlers = left
        core.min_level = min((h.levelno for h in left.values()), default=float("inf"))
    for handler in removed:
        handler.stop()


def foreign_handlers(ours: frozenset[int]) -> Callable[[], bool]:
    """Return a test, cheap enough for every record: is there a handler whose id is not in `ours`?

    loguru replaces the dictionary of handlers on every add and remove, so its identity tells
    whether the answer must be worked out again.
    """
    seen: tuple[object, bool] = (None, False)

    def test() -> bool:
        nonlocal seen
        handlers = core.handlers
        if seen[0] is not handlers:
            seen = (handlers, not ours.issuperset(handlers))
        return seen[1]

    return test


def foreign_values(ours: frozenset[int]) -> Callable[[], bool]:
    """Return a test: is there a handler whose id is not in `ours` and which has `diagnose` on?"""

    def test() -> bool:
        return any(
            getattr(getattr(handler, "_exception_formatter", None), "_diagnose", True)
            for id_, handler in core.handlers.items()
            if id_ not in ours
        )

    return test


def set_last_patcher(patcher: Patcher | None) -> None:
    """Run `patcher` on every record after the user's own patchers; None for none.

    loguru runs the core's patcher first and a logger's patchers after it, so that whatever
    `logger.patch()` adds would get past a masking core patcher. Our logger runs it once more at
    the end; loguru's own, which other code may use, has only the core's.
    """
    global _last, _users
    _users = users_patcher()
    _last = () if patcher is None else (patcher,)
    core.patcher = _chained()


def set_users_patcher(patcher: Patcher | None) -> Patcher | None:
    """Take a patcher of the user's, and return the core's patcher that goes with it."""
    global _users
    _users = patcher
    return _chained()


def last_patchers() -> tuple[Patcher, ...]:
    """Return what every record of our logger goes through last: none or one patcher."""
    return _last


def users_patcher() -> Patcher | None:
    """Return the core's patcher as far as it is not ours."""
    # Before the core was watched, one may have been set.
    return _users if core.patcher is _joined else core.patcher


_joined: Patcher | None = None


def _chained() -> Patcher | None:
    global _joined
    if not _last:
        _joined = None
        return _users
    users, last = _users, _last[0]
    if users is None:
        _joined = last
        return last

    def both(record: Record) -> None:
        patch(record, users)
        last(record)

    _joined = both
    return both


class _LibraryFolders:
    """Python's own folders, which loguru looks for, for 6 ms, with every sink that is added.

    They are asked for when a traceback is written, and looked for once then.
    """

    def __iter__(self) -> Iterator[str]:
        return iter(_library_folders(tuple(sys.path)))


def _put_off_library_folders() -> None:
    global _library_folders
    look = getattr(ExceptionFormatter, "_get_lib_dirs", None)
    if look is not None:
        _library_folders = functools.lru_cache(maxsize=1)(lambda path: look())
        ExceptionFormatter._get_lib_dirs = staticmethod(  # type: ignore[method-assign]
            _LibraryFolders
        )


_library_folders: Callable[[tuple[str, ...]], list[str]]
_put_off_library_folders()


def _report(self: Any, record: object = None, *, exception: BaseException | None = None) -> None:
    report(self._handler_id, record, sys.exc_info()[1] if exception is None else exception)


ErrorInterceptor.print = _report  # type: ignore[method-assign]
