"""Scopes: what stands around a log call, set apart once for many calls.

`bind`, `contextualize` and `configure(extra=...)` say a call's component, event and ids, and fields
of its own. They change seldom; so the parts that the schema names are taken out, and the ids
encoded, when they do, and not for each record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol

from orjson import JSONEncodeError

from ._core import context, core
from .context import Parent
from .plain import encoded

__all__ = ["NAMED", "Caller", "Scope", "Scopes"]

NAMED = frozenset({"component", "event", "request_id", "trace_id", "span_id"})
"""The extras that have keys of their own in a line."""

_MOST = 1024  # of what is kept for names that may come from data
_FEW = 64
_LONGEST = 100  # characters of a name or id that is kept
_kinds: dict[tuple[str, str, tuple[bool, bool, bool]], int] = {}
_numbers = count()


class Caller(Protocol):
    """A logger: loguru's options, and room for the scope that was made of them."""

    _options: Any
    _scope: Scope | None


@dataclass(slots=True, eq=False)
class Scope:
    """What stands around a call, set apart: ids, names, and what goes to the fields.

    Attributes:
        kind: stands for component, event and which ids there are; -1 if a name or id is not plain
            text, or not clean: no mould fits then.
        component, event: of the records.
        ids: request, trace and span id, as far as there are, as clean JSON.
        there: which of them there are.
        fields: the values that go to the line's fields.
        base: the extra of loguru's core, as it was.
        around: the context's values, the object itself.
        bound: what the logger, or the call, binds.
        captures: whether the call's other values go to the fields.
        named: what of `bound` came with the call: its message may be formatted with it.
        owner: what made this scope.
        depth: how many frames above the lane's function the caller is.
        narrower: the scopes of calls that name things themselves, by what they name.
    """

    kind: int
    component: str
    event: str
    ids: tuple[bytes, ...]
    there: tuple[bool, bool, bool]
    fields: dict[str, Any]
    base: dict[str, Any]
    around: dict[str, Any]
    bound: dict[str, Any]
    captures: bool
    owner: object
    depth: int
    named: dict[str, Any]
    narrower: dict[tuple[tuple[str, str], ...], Scope]


_NO_NAMES: dict[str, Any] = {}


class Scopes:
    """Makes scopes.

    Args:
        parent: the ids that this process was given, for calls that have none.
        clean: tells of a text that there is nothing in it to mask.
    """

    def __init__(self, parent: Parent, clean: Callable[[str], bool]) -> None:
        self._parent = parent
        self._is_clean = clean
        self.ids: dict[str, bytes] = {}
        """The clean JSON of ids, as far as they were met."""
        self.threads: dict[str, bytes] = {}
        """The clean JSON of names of threads, as far as they were met."""

    def of(self, logger: Caller) -> Scope:
        """Return what stands around the calls of a logger now, and keep it there."""
        _, depth, _, _, _, _, captures, _, bound = logger._options
        scope = self._scope(core.extra.copy(), context.get(), bound, captures, depth + 2, _NO_NAMES)
        logger._scope = scope
        return scope

    def narrower(self, outer: Scope, kwargs: dict[str, Any]) -> Scope:
        """Take out of a call's values those that the schema names, into a scope of its own."""
        named = {name: kwargs.pop(name) for name in NAMED if name in kwargs}
        plain = all(type(value) is str for value in named.values())
        key = tuple(named.items()) if plain else ()
        scope = outer.narrower.get(key)
        if scope is None:
            bound = {**outer.bound, **named} if outer.captures else outer.bound
            around = outer.base, outer.around, bound
            scope = self._scope(*around, outer.captures, outer.depth, named)
            if plain and len(outer.narrower) < _FEW:
                outer.narrower[key] = scope
        return scope

    def clean(self, text: str) -> bytes | None:
        """Return the JSON of a text; None if there is something to mask in it."""
        try:
            found = encoded(text)
        except JSONEncodeError:
            return None
        return found if self._is_clean(text) else None

    def thread(self, name: str) -> bytes:
        """Return the clean JSON of a thread's name, and remember it.

        Raises:
            JSONEncodeError: it has none.
        """
        found = self.clean(name) if type(name) is str and len(name) <= _LONGEST else None
        if found is None:
            raise JSONEncodeError
        if len(self.threads) < _MOST:
            self.threads[name] = found
        return found

    def _scope(
        self,
        base: dict[str, Any],
        around: dict[str, Any],
        bound: dict[str, Any],
        captures: bool,
        depth: int,
        named: dict[str, Any],
    ) -> Scope:
        fields = {**base, **around, **bound}
        component, event = fields.pop("component", "app"), fields.pop("event", "log")
        request, trace, span = (
            fields.pop("request_id", None),
            fields.pop("trace_id", None),
            fields.pop("span_id", None),
        )
        if request is None:
            request = self._parent.request_id
        if trace is None:
            trace, span = self._parent.trace_id, self._parent.span_id
        there = (request is not None, trace is not None, span is not None)
        ids = tuple([self.id_of(text) for text in (request, trace, span) if text is not None])
        kind = -1
        if captures and None not in ids:
            kind = _kind(component, event, there)
        return Scope(
            *(kind, component, event, ids, there, fields, base, around, bound),  # type: ignore[arg-type]
            *(captures, self, depth, named, {}),
        )

    def id_of(self, text: object) -> bytes | None:
        """Return the clean JSON of an id; the next record is likely to have the same."""
        if type(text) is not str:
            return None
        found = self.ids.get(text)
        if found is None and len(text) <= _LONGEST:
            found = self.clean(text)
            if found is not None:
                if len(self.ids) >= _MOST:
                    self.ids.clear()
                self.ids[text] = found
        return found


def _kind(component: object, event: object, there: tuple[bool, bool, bool]) -> int:
    if type(component) is not str or type(event) is not str or not component or not event:
        return -1
    key = (component, event, there)
    kind = _kinds.get(key)
    if kind is None:
        if len(_kinds) >= _MOST:
            _kinds.clear()
        kind = _kinds.setdefault(key, next(_numbers))
    return kind
