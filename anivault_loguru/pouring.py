"""What compiled code pours values into moulds with: see `compiled` and `mould`.

On the plain lane a record names its place, not its code: its moulds are found by all that their
lines have in common.
"""

from __future__ import annotations

from sys import modules
from typing import Any, NamedTuple

from orjson import JSONEncodeError, dumps

from .board import Board
from .compiled import CallParts, Parts, RecordParts
from .context import active_span
from .entry import Entry
from .instruments import BATCH
from .mould import Mould, mould_of
from .plain import FRAGMENT, let_through, simpler
from .scope import Scopes
from .seal import DEEP, LONG, Extra, Seal, micros

__all__ = ["parts_of", "parts_of_records"]

_MOST = 1024  # places, whose names may come from data


def parts_of(
    seal: Seal, scopes: Scopes, moulds: dict[Any, Mould | None], own: CallParts | RecordParts
) -> Parts:
    """Return what pours into the lines of a seal, and finds the moulds in `moulds`."""
    return Parts(
        moulds=moulds,
        modules=modules,
        active_span=active_span,
        dumps=dumps,
        simpler=simpler,
        options=FRAGMENT,
        poured=seal.layout.poured,
        unfilled=seal.layout.unfilled,
        look=seal.look,
        alike=seal.alike,
        looked_at=seal.looked_at,
        long=LONG,
        most=seal.max_bytes // 2,
        deep=DEEP,
        threads=scopes.threads,
        thread=scopes.thread,
        stamped=seal.layout.stamped,
        entry=Entry,
        batch=BATCH,
        noticed=seal.noticed,
        unencoded=JSONEncodeError,
        own=own,
    )


class _Place(NamedTuple):
    """What the lines of one place on the plain lane have in common, with the ids that there are."""

    level: str
    level_no: int
    component: str
    event: str
    ids: int
    module: str
    function: str
    line_no: int
    process: int

    @property
    def there(self) -> tuple[bool, bool, bool]:
        return bool(self.ids & 1), bool(self.ids & 2), bool(self.ids & 4)


class _Records:
    """Makes the moulds of records, and keeps them."""

    def __init__(self, seal: Seal, board: Board) -> None:
        self.moulds: dict[tuple[Any, ...], Mould | None] = {}
        self._seal = seal
        self._way = board.way

    def make(self, key: tuple[Any, ...]) -> Mould | None:
        """Return the mould for the records of a place; None if each has to be sealed as a whole."""
        place, seal = _Place(*key), self._seal
        parent = seal.parent
        if not seal.has_begun or place.process != seal.run.process:
            return None
        made = None
        if parent.request_id is None and parent.trace_id is None:
            where = place.module, place.function, place.line_no
            way = self._way(place.component, place.level_no)
            made = mould_of(seal, way, place, place.level, place.level_no, where)
        if len(self.moulds) >= _MOST:
            self.moulds.clear()
        self.moulds[key] = made
        return made


def parts_of_records(seal: Seal, board: Board) -> Parts:
    """Return what a compiled filter of records works with."""
    scopes, records = Scopes(seal.parent, seal.clean), _Records(seal, board)
    own = RecordParts(
        make=records.make,
        ids=scopes.ids,
        id_of=scopes.id_of,
        extra=Extra,
        seal=seal,
        micros=micros,
        let_through=let_through,
    )
    return parts_of(seal, scopes, records.moulds, own)
