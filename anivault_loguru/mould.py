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
from itertools import count
from operator import itemgetter
from types import CodeType
from typing import Any

from .context import Parent
from .entry import Layout
from .plain import dumps

__all__ = ["Mould", "Scope", "cut", "scope_of"]

# For the values that differ, in the order in which `Mould.pick` takes them: JSON texts, the last a
# number.
_MARKS = tuple(f"\0{number}" for number in range(8))
_STAMP, _MESSAGE, _REQUEST, _TRACE, _SPAN, _FIELDS, _THREAD, _SEQ = _MARKS
_HOLE = re.compile(rb'"\\u0000([0-7])"')
_MOST = 1024
_kinds: dict[tuple[str, str, bool, bool, bool], int] = {}
_numbers = count()


class Mould:
    """The line of one place: `template % pick(values)`.

    Attributes:
        template: the line, with a hole for each value.
        pick: takes the values that the template wants out of (stamp, message, request, trace and
            span id, fields, thread, number).
        size: bytes of the line without what goes into the holes.
        code, module: the function that logs, and the name of its module; kept, so that no other
            code can come to have its address.
        literal, text: a message that stands in the code without braces, and its JSON; None if the
            message is made at run time.
        component, event: of the entry.
        writes: what writes the entry.
        number: draws the number.
        tick, sizes, settle: count a record, and its bytes; see `Tally.handles`.
    """

    __slots__ = (
        *("code", "component", "event", "literal", "module", "number", "pick", "settle"),
        *("size", "sizes", "template", "text", "tick", "writes"),
    )

    code: CodeType
    module: str
    literal: str | None
    text: bytes
    component: str
    event: str
    writes: tuple[Callable[[Any], None], ...]
    number: Callable[[], int]
    tick: Callable[[], object]
    sizes: deque[float]
    settle: Callable[[], object]

    def __init__(self, line: bytes) -> None:
        pieces = _HOLE.split(line)
        numbers = [int(number) for number in pieces[1::2]]
        holes = [b"%d" if number == 7 else b"%b" for number in numbers]
        solid = [piece.replace(b"%", b"%%") for piece in pieces[::2]]
        self.template = b"".join(
            piece + hole for piece, hole in zip(solid, [*holes, b""], strict=True)
        )
        self.pick: Callable[[tuple[Any, ...]], tuple[Any, ...]] = itemgetter(*numbers)
        self.size = sum(map(len, solid))


class Scope:
    """What `bind` and `contextualize` say around a call, set apart: ids, names, and the fields.

    Attributes:
        around: the context's values, the object itself.
        base: the extra of loguru's core, as it was.
        owner: the lane that made this scope.
        kind: stands for component, event and which ids there are; -1 for a scope that no mould
            fits.
        ids: request, trace and span id as clean JSON; empty where there is none.
        fields: the values that go to the line's fields.
        depth: how many frames above the lane the caller is.
    """

    __slots__ = (
        *("around", "base", "component", "depth", "event", "fields", "ids", "kind", "owner"),
    )

    around: object
    base: dict[str, Any]
    owner: object
    depth: int
    kind: int
    ids: tuple[bytes, bytes, bytes]

    def __init__(self, component: str, event: str, fields: dict[str, Any], kind: int = -1) -> None:
        self.component = component
        self.event = event
        self.fields = fields
        self.kind = kind
        self.ids = (b"", b"", b"")


def scope_of(
    extra: dict[str, Any], parent: Parent, encode: Callable[[str], bytes | None]
) -> Scope | None:
    """Set the extra's parts apart; None if one of them is not plain text, or not clean.

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
    if not all(type(text) is str for text in (component, event, *named) if text is not None):
        return None
    if not (component and event):
        return None
    request, trace, span = (b"" if text is None else encode(text) for text in named)
    if request is None or trace is None or span is None:
        return None
    key = (component, event, request != b"", trace != b"", span != b"")
    if len(_kinds) >= _MOST:  # the names may come from data
        _kinds.clear()
    scope = Scope(component, event, extra, _kinds.setdefault(key, next(_numbers)))
    scope.ids = (request, trace, span)
    return scope


def cut(layout: Layout, scope: Scope, level: str, level_no: int, *where: Any) -> bytes | None:
    """Return the line with marks in its holes, for a `Mould`; None if a name holds the like.

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
        *[mark if there else None for mark, there in zip(ids, scope.ids, strict=True)],
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
