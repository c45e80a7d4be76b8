"""The compiled part of the hot path (`speedups/`), where it could be built, and what it needs.

It is there to be fast and for nothing else: each thing in it has a twin in Python, which does the
same where there is no compiler, on Windows and on other interpreters, and in a process whose
environment has `ANIVAULT_LOGURU_PURE`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

__all__ = [
    "Among",
    "Append",
    "CallParts",
    "Clues",
    "Filter",
    "Increment",
    "Method",
    "Parts",
    "RecordParts",
    "Sieve",
    "Sum",
    "Table",
    "made",
]

if TYPE_CHECKING:
    from ._speedups import Among as _Among
    from ._speedups import Append as _Append
    from ._speedups import Clues as _Clues
    from ._speedups import Filter as _Filter
    from ._speedups import Increment as _Increment
    from ._speedups import Method as _Method
    from ._speedups import Sieve as _Sieve
    from ._speedups import Sum as _Sum
    from ._speedups import Table as _Table

T = TypeVar("T")


class CallParts(NamedTuple):
    """What a compiled method of the logger works with beside `Parts`, in the order of the C code.

    The names are those of lane.py and pouring.py, where each part does the same for the twin.
    """

    base: dict[str, Any]
    context: Any
    scopes: object
    scope_of: Callable[[Any], Any]
    narrower: Callable[..., Any]
    named: frozenset[str]
    turn: Callable[[], bool]
    clock: Callable[[], float]
    end: Callable[[float], None]
    now: Callable[[], int]
    fill: Callable[..., str]
    get_ident: Callable[[], int]
    active: dict[int, Any]
    current_thread: Callable[[], Any]
    naming: object
    entire: Callable[..., None]
    interrupts: Callable[[BaseException], bool]


class RecordParts(NamedTuple):
    """What a compiled filter of records works with beside `Parts`; the names are pouring.py's."""

    make: Callable[[tuple[Any, ...]], Any]
    ids: dict[str, bytes]
    id_of: Callable[[object], bytes | None]
    extra: type
    seal: object
    micros: Callable[[Any], int]
    let_through: Callable[[Any], None]


class Parts(NamedTuple):
    """What compiled code pours values into moulds with, in the order of the C code."""

    moulds: dict[Any, Any]
    modules: dict[str, Any]
    active_span: Callable[[], object]
    dumps: Callable[..., bytes]
    simpler: Callable[[Any], Any]
    options: int
    poured: Callable[[dict[str, Any]], bytes] | None
    unfilled: bytes
    look: Callable[[], Callable[[str], bool]]
    alike: Callable[[str], bool]
    looked_at: Callable[..., tuple[bytes, bytes]]
    long: int
    most: int
    deep: int
    threads: dict[str, bytes]
    thread: Callable[[str], bytes]
    stamped: Callable[[int], bytes]
    entry: type
    batch: int
    noticed: Callable[[], None] | None
    unencoded: type[BaseException]
    own: CallParts | RecordParts


Among: type[_Among] | None = None
"""Tells whether any letter of a text is among those given; None where nothing is compiled."""

Append: type[_Append] | None = None
"""Appends lines to a writer's file; None where nothing is compiled."""

Clues: type[_Clues] | None = None
"""Passes over texts without clues; None where nothing is compiled."""

Filter: type[_Filter] | None = None
"""Writes loguru's records to the channels; None where nothing is compiled."""

Increment: type[_Increment] | None = None
"""Adds to a counter; None where nothing is compiled."""

Method: type[_Method] | None = None
"""A method of the logger that logs; None where nothing is compiled."""

Table: type[_Table] | None = None
"""Encodes fields as a schema has them; None where nothing is compiled."""

Sieve: type[_Sieve] | None = None
"""Tells whether a text may hold one of many words; None where nothing is compiled."""

Sum: type[_Sum] | None = None
"""Adds up whole numbers; None where nothing is compiled."""

if not os.environ.get("ANIVAULT_LOGURU_PURE"):
    try:
        from ._speedups import (
            PARTS,
            Among,
            Append,
            Clues,
            Filter,
            Increment,
            Method,
            Sieve,
            Sum,
            Table,
        )
    except ImportError:
        pass
    else:
        if (*Parts._fields, *CallParts._fields, *RecordParts._fields) != PARTS:
            # Compiled of other sources.
            Among = Append = Clues = Filter = Increment = Method = Sieve = Sum = Table = None


def made(kind: Callable[..., Any] | None, twin: T, *of: Any) -> T:
    """Return what a compiled class makes; its twin if nothing is compiled, or of other sources."""
    try:
        return kind(*of) if kind else twin
    except TypeError:  # the slots are not those that it was compiled for
        return twin
