"""Moulds: what every line of one place in the code has in common, encoded and found clean once.

A log call that is met again differs from the last one in its time, its number, its fields, perhaps
its message. A mould is the line with holes for these. It is cut from the very document that a line
is encoded from, with marks where the values would stand: whatever is poured into it gives, byte for
byte, the line that the document would have given.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from operator import itemgetter
from types import CodeType
from typing import Any

from .context import Parent
from .entry import Entry, Layout
from .plain import dumps

__all__ = ["MADE", "Mould", "Scope", "cut", "holes_of", "scope_of"]

# For the values that differ, in the order in which they are poured: JSON texts, the last a number.
_MARKS = tuple(f"\0{number}" for number in range(8))
_STAMP, _MESSAGE, _REQUEST, _TRACE, _SPAN, _FIELDS, _THREAD, _SEQ = _MARKS
_HOLE = re.compile(rb'"\\u0000([0-7])"')
MADE = object()
"""Stands for a message that is no literal: any other object can be logged."""
_MOST = 1024
_kinds: dict[tuple[str, str, bool, bool, bool], int] = {}
_numbers = count()


@dataclass(slots=True, eq=False)
class Mould:
    """The line of one place: `template % values`.

    Attributes:
        template: the line, with a hole for each value: stamp, message, the ids there are, fields,
            thread, number.
        pick: brings these into the template's order; None if they are.
        code, module: the function that logs, and the name of its module; kept, so that no other
            code can come to have its address.
        literal, text: the message that stands in the code, without braces, and its JSON; `MADE` for
            one that is made at run time.
        component, event: of the entry.
        writes: what writes the entry.
        number: draws the number.
        tick, sizes, settle: count a record, and its bytes; see `Tally.handles`.
    """

    template: bytes
    pick: Callable[[tuple[Any, ...]], tuple[Any, ...]] | None
    code: CodeType
    module: str
    literal: object
    text: bytes
    component: str
    event: str
    writes: tuple[Callable[[Entry], None], ...]
    number: Callable[[], int]
    tick: Callable[[], object]
    sizes: deque[float]
    settle: Callable[[], None]


@dataclass(slots=True, eq=False)
class Scope:
    """What stands around a call, set apart: ids, names, and what goes to the fields.

    Attributes:
        kind: stands for component, event and which ids there are; -1 for a scope that no mould
            fits.
        component, event: of the records.
        ids: request, trace and span id, as far as there are, as clean JSON.
        there: which of them there are.
        fields: the values that go to the line's fields.
        base: the extra of loguru's core, as it was.
        around: the context's values, the object itself.
        bound: what the logger, or the call, binds.
        captures: whether the call's other values go to the fields.
        named: what of `bound` came with the call: its message may be formatted with it.
        owner: the lane that made this scope.
        depth: how many frames above the lane the caller is.
        narrower: the scopes of calls that name things themselves, by what they name.
    """

    kind: int = -1
    component: str = ""
    event: str = ""
    ids: tuple[bytes, ...] = ()
    there: tuple[bool, bool, bool] = (False, False, False)
    fields: dict[str, Any] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=dict)
    around: dict[str, Any] = field(default_factory=dict)
    bound: dict[str, Any] = field(default_factory=dict)
    captures: bool = True
    named: dict[str, Any] = field(default_factory=dict)
    owner: object = None
    depth: int = 0
    narrower: dict[tuple[tuple[str, str], ...], Scope] = field(default_factory=dict)


def scope_of(extra: dict[str, Any], parent: Parent, encode: Callable[[str], bytes | None]) -> Scope:
    """Set the extra's parts apart; no mould fits if one of them is not plain text, or not clean.

    Args:
        extra: all values around a call; it is used up.
        parent: has the ids where the extra has none.
        encode: gives the clean JSON of a text, None if it is not clean.
    """
    component, event = extra.pop("component", "app"), extra.pop("event", "log")
    named = [extra.pop(name, None) for name in ("request_id", "trace_id", "span_id")]
    if named[0] is None:
        named[0] = parent.request_id
    if named[1] is None:
        named[1:] = parent.trace_id, parent.span_id
    texts = [text for text in named if text is not None]
    if not all(type(text) is str for text in (component, event, *texts)):
        return Scope()
    ids = [encode(text) for text in texts]
    if None in ids or not component or not event:
        return Scope()
    request, trace, span = (text is not None for text in named)
    if len(_kinds) >= _MOST:  # the names may come from data
        _kinds.clear()
    kind = _kinds.setdefault((component, event, request, trace, span), next(_numbers))
    return Scope(kind, component, event, tuple(filter(None, ids)), (request, trace, span), extra)


def cut(layout: Layout, scope: Scope, level: str, level_no: int, *where: Any) -> bytes | None:
    """Return the line with marks where values go; None if a name in it holds the like.

    Args:
        layout: the schema.
        scope: what stands around the call.
        level, level_no: name and number.
        where: logger, function, line, process, run.
    """
    logger, function, line_no, process, run = where
    if any("\0" in name for name in (level, scope.component, scope.event, logger, function)):
        return None
    ids = (_REQUEST, _TRACE, _SPAN)
    document = layout.document(
        _STAMP,
        level,
        level_no,
        scope.component,
        scope.event,
        _MESSAGE,
        *[mark if there else None for mark, there in zip(ids, scope.there, strict=True)],
        _FIELDS,
        logger,
        function,
        line_no,
        process,
        _THREAD,
        run,
        _SEQ,
        None,
    )
    return dumps(document)


def holes_of(line: bytes) -> tuple[bytes, Callable[[tuple[Any, ...]], tuple[Any, ...]] | None]:
    """Return template and `pick` for a line with marks: the first two of a `Mould`."""
    pieces = _HOLE.split(line)
    numbers = [int(number) for number in pieces[1::2]]
    holes = [b"%d" if number == 7 else b"%b" for number in numbers]
    solid = [piece.replace(b"%", b"%%") for piece in pieces[::2]]
    template = b"".join(piece + hole for piece, hole in zip(solid, [*holes, b""], strict=True))
    order = sorted(set(numbers))
    pick = None if numbers == order else itemgetter(*map(order.index, numbers))
    return template, pick
