"""Pouring values into moulds: what compiled code does it with (see `compiled`), and its twin.

On the plain lane a record names its place, not its code: its moulds are found by all that their
lines have in common.
"""

from __future__ import annotations

from collections.abc import Callable
from sys import modules
from threading import current_thread
from types import FrameType
from typing import Any, NamedTuple

from orjson import JSONEncodeError, dumps

from .board import Board
from .compiled import CallParts, Parts, RecordParts
from .context import active_span
from .entry import Entry
from .extra import Extra
from .instruments import BATCH
from .message import formatted_or_given
from .mould import Mould, mould_of
from .plain import FRAGMENT, let_through, simpler
from .scope import Scope, Scopes
from .seal import DEEP, LONG, Seal, micros
from .tally import tally

__all__ = ["parts_of", "parts_of_records", "pour_of"]

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


def pour_of(
    seal: Seal,
    scopes: Scopes,
    level: str,
    level_no: int,
    now: Callable[[], int],
    entire: Callable[..., None],
) -> Callable[[Mould, Scope, FrameType, Any, tuple[Any, ...], dict[str, Any]], None]:
    """Return what pours the values of a call into its mould: the twin of the compiled code.

    Args:
        seal: whose lines they are.
        scopes: know the names of threads.
        level, level_no: name and number.
        now: nanoseconds since 1970 UTC.
        entire: writes what cannot be poured; see `Lane`.
    """
    turn, new, noticed = tally.turn, tuple.__new__, seal.noticed
    stamped, poured, nothing = seal.layout.stamped, seal.layout.poured, seal.layout.unfilled
    threads = scopes.threads
    hit: Callable[[str], bool] | None = None

    def pour(
        mould: Mould,
        scope: Scope,
        frame: FrameType,
        message: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        nonlocal hit
        begun = tally.clock() if turn() else 0.0
        moment = now() // 1000
        text, body, loose = mould.text, nothing, b""
        made = message is not mould.literal
        if made and (args or kwargs or scope.named or type(message) is not str):
            message = formatted_or_given(message, args, {**kwargs, **scope.named}, kwargs)
        fields = {**scope.fields, **kwargs} if scope.fields else kwargs
        try:
            if made:
                text = loose = dumps(message)
            if fields:
                body = poured(fields) if poured else dumps(fields, simpler, FRAGMENT)
                loose += body
            if loose:
                hit = hit or seal.look()
                short = len(loose) < LONG and loose.isascii() and 127 not in loose
                if not short or hit(loose.decode()):
                    text, body = seal.looked_at(message, loose, text, body)
            name = current_thread().name
            thread = threads.get(name) or scopes.thread(name)
            values = (stamped(moment), text, *scope.ids, body, thread, mould.number())
        except JSONEncodeError as error:
            entire(error, moment, message, scope, kwargs, frame)
        else:
            line = mould.template % (values if mould.pick is None else mould.pick(values))
            entry = new(Entry, (moment, level, level_no, mould.component, mould.event, line))
            for write in mould.writes:
                write(entry)
            mould.tick()
            mould.sizes.append(len(line))
            if len(mould.sizes) > BATCH:
                mould.settle()
            if noticed is not None:
                noticed()
        if begun:
            tally.end(begun)

    return pour


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
