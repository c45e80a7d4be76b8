"""Moulds: what every line of one place in the code has in common, encoded and found clean once.

A log call that is met again differs from the last one in its time, its number, its fields, perhaps
its message. A mould is the line with holes for these. It is cut from the very document that a line
is encoded from, with marks where the values would stand: whatever is poured into it gives, byte for
byte, the line that the document would have given.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from types import CodeType
from typing import Any, Protocol

from .board import Straight, Way
from .entry import Entry, Layout
from .instruments import Wholes
from .plain import dumps
from .seal import Seal
from .tally import tally

__all__ = ["MADE", "SPARE", "Around", "Mould", "cut", "holes_of", "mould_of"]

# For the values that differ, in the order in which they are poured: JSON texts, the last a number.
_MARKS = tuple(f"\0{number}" for number in range(8))
_STAMP, _MESSAGE, _REQUEST, _TRACE, _SPAN, _FIELDS, _THREAD, _SEQ = _MARKS
# A mark may stand for members of an object, as the value of an impossible key.
_HOLE = re.compile(rb'(?:,"\\u0000":)?"\\u0000([0-7])"')
SPARE = 2500
"""Bytes that a line leaves free for ids and the thread's name, and as many for a message."""

MADE = object()
"""Stands for a message that is no literal: any other object can be logged."""


@dataclass(slots=True, eq=False)
class Mould:
    """The line of one place: `template % values`.

    Attributes:
        template: the line, with a hole for each value: stamp, message, the ids there are, fields,
            thread, number.
        pick: brings these into the template's order; None if they are.
        order: which of them each hole has, for compiled code; empty if they are in that order.
        code, module: the function that logs (None for records), and the name of its module; kept,
            so that no other code can come to have its address.
        literal, text: the message that stands in the code, without braces, and its JSON; `MADE` for
            one that is made at run time.
        level, level_no, component, event: of the entry.
        writes: what writes the entry.
        straights: for each of them, how a line goes straight to its file, if it does.
        number: draws the number.
        tick, sizes, settle: count a record, and its bytes; see `Tally.handles`.
    """

    template: bytes
    pick: Callable[[tuple[Any, ...]], tuple[Any, ...]] | None
    order: bytes
    code: CodeType | None
    module: str
    literal: object
    text: bytes
    level: str
    level_no: int
    component: str
    event: str
    writes: tuple[Callable[[Entry], None], ...]
    straights: tuple[Straight | None, ...]
    number: Callable[[], int]
    tick: Callable[[], object]
    sizes: Wholes
    settle: Callable[[], None]


class Around(Protocol):
    """What stands around a call or record, as far as its mould has it."""

    @property
    def component(self) -> str:
        """Of its entry."""

    @property
    def event(self) -> str:
        """Of its entry."""

    @property
    def there(self) -> tuple[bool, bool, bool]:
        """Which of request, trace and span id there are."""


def cut(layout: Layout, scope: Around, level: str, level_no: int, *where: Any) -> bytes | None:
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


def holes_of(
    line: bytes,
) -> tuple[bytes, Callable[[tuple[Any, ...]], tuple[Any, ...]] | None, bytes]:
    """Return template, `pick` and `order` for a line with marks: the first three of a `Mould`."""
    pieces = _HOLE.split(line)
    numbers = [int(number) for number in pieces[1::2]]
    holes = [b"%d" if number == 7 else b"%b" for number in numbers]
    solid = [piece.replace(b"%", b"%%") for piece in pieces[::2]]
    template = b"".join(piece + hole for piece, hole in zip(solid, [*holes, b""], strict=True))
    given = sorted(set(numbers))
    if numbers == given:
        return template, None, b""
    order = bytes(map(given.index, numbers))
    return template, itemgetter(*order), order


def mould_of(
    seal: Seal,
    way: Way,
    scope: Around,
    level: str,
    level_no: int,
    place: tuple[str, str, int],
    code: CodeType | None = None,
) -> Mould | None:
    """Make the mould for the calls at `place` (module, function, line); None if there is no line.

    That is so if nobody takes the record, if there is something to mask in the names, or if the
    line might have to be cut.
    """
    (writes, numbered, straights), run = way, seal.run
    line = cut(seal.layout, scope, level, level_no, *place, run.process, run.id)
    if line is None or not writes or len(line) + 2 * SPARE > seal.max_bytes // 2:
        return None
    if not seal.clean(line.decode()):
        return None
    template, pick, order = holes_of(line)
    tick, sizes, settle = tally.handles(level, scope.component)
    return Mould(
        template=template,
        pick=pick,
        order=order,
        code=code,
        module=place[0],
        literal=MADE,
        text=b"",
        level=level,
        level_no=level_no,
        component=scope.component,
        event=scope.event,
        writes=writes,
        straights=straights,
        number=run.next if numbered else int,
        tick=tick,
        sizes=sizes,
        settle=settle,
    )
