"""The lanes: which way log calls go, worked out anew for every change of what that depends on.

That is the configuration, and the handlers, the least level and the patcher of loguru's core. A
call goes over the express lane (`lane.py`) where only our channels listen, nowhere if its level is
off, and else by loguru.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from . import _core
from ._core import core
from .board import Board, Taker
from .compiled import Filter, Method
from .lane import Call, Lane
from .pouring import parts_of_records
from .scope import Caller
from .seal import Seal

__all__ = [
    "MISFIT",
    "Turn",
    "ask",
    "call_of",
    "calls",
    "close_lane",
    "lane",
    "on_turn",
    "open_lane",
    "renew_lane",
    "silent",
]

MISFIT = _core.misfit()
"""Why the express lane stays closed with the loguru installed; empty if it does not."""

Turn: TypeAlias = "Callable[[Call, tuple[Any, ...] | None], None]"
"""Sets the call that a method makes, and what a compiled one works with in its place."""

calls: dict[str, Call] = {}
"""What `call_of` has returned since the last change, for the levels that `Logger.log` met."""

_lane: Lane | None = None
_parts: tuple[Seal, Board, Mapping[int, Taker]] | None = None
_turns: list[tuple[str, int, Turn]] = []


def open_lane(seal: Seal, board: Board, takers: Mapping[int, Taker]) -> None:
    """Let plain calls go straight to `takers`, by the id of the loguru handler of each.

    The board shows those whose handler is there: an application may remove one.
    """
    global _parts
    _parts = (seal, board, takers)
    renew_lane()


def close_lane() -> None:
    """Let all calls go by loguru."""
    global _parts
    _parts = None
    renew_lane()


def renew_lane() -> None:
    """Work out the lane anew: the configuration, or what loguru's core holds, has changed."""
    global _lane
    _lane = None
    if _parts is not None:
        seal, board, takers = _parts
        handlers = core.handlers
        board.show(taker for id_, taker in takers.items() if id_ in handlers)
        board.parts = parts_of_records(seal, board) if Filter else None
        if not MISFIT and _core.users_patcher() is None:
            others = [handler.levelno for id_, handler in handlers.items() if id_ not in takers]
            _lane = Lane(seal, board, min(others, default=float("inf")))
    calls.clear()
    for level, number, turn in _turns:
        turn(call_of(level, number), _compiled(level, number))


def lane() -> Lane | None:
    """Return the express lane as it is now; None if it is closed."""
    return _lane


def on_turn(level: str, number: int, turn: Turn) -> None:
    """Call `turn` of a method that logs with a level whenever the lane is worked out anew."""
    _turns.append((level, number, turn))


def call_of(level: str, number: int) -> Call:
    """Return what logs with a level: `silent`, the lane's, or `ask`."""
    if number < core.min_level:
        return silent
    return _lane.call(level, number) if _lane and number < _lane.ceiling else ask


def _compiled(level: str, number: int) -> tuple[Any, ...] | None:
    """The like for a compiled method."""
    if number < core.min_level:
        return ()
    return _lane.parts(level, number) if Method and _lane and number < _lane.ceiling else None


def silent(logger: Caller, message: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Do nothing: no handler takes records of this level."""
    return True


def ask(logger: Caller, message: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Leave the call to loguru."""
    return False


_core.on_change(renew_lane)
