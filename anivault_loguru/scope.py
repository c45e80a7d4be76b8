"""Scopes: what stands around a log call, set apart once for many calls.

`bind`, `contextualize` and `configure(extra=...)` say a call's component, event and ids, and fields
of its own. They change seldom; so the parts that the schema names are taken out, and the ids
encoded, when they do, and not for each record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
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
_kinds: dict[tuple[str, str, bool, bool, bool], int] = {}
_numbers = count()


class Caller(Protocol):
    """A logger: loguru's options, and room for the scope that was made of them."""

    _options: Any
    _scope: Scope | None


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
        owner: what made this scope.
        depth: how many frames above the lane's function the caller is.
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


class Scopes:
    """Makes scopes.

    Args:
        parent: the ids that this process was given, for calls that have none.
        clean: tells of a text that there is nothing in it to mask.
    """

    def __init__(self, parent: Parent, clean: Callable[[str], bool]) -> None:
        self._parent = parent
        self._is_clean = clean
        self._ids: dict[str, bytes] = {}
        self.threads: dict[str, bytes] = {}
        """The clean JSON of names of threads, as far as they were met."""

    def of(self, logger: Caller) -> Scope:
        """Return what stands around the calls of a logger now, and keep it there."""
        _, depth, _, _, _, _, captures, _, bound = logger._options
        scope = self._scoped({**core.extra}, context.get(), bound, captures)
        scope.depth = depth + 2
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
            scope = self._scoped(outer.base, outer.around, bound, outer.captures)
            scope.depth, scope.named = outer.depth, named
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

    def _scoped(
        self, base: dict[str, Any], around: dict[str, Any], bound: dict[str, Any], captures: bool
    ) -> Scope:
        scope = self._set_apart({**base, **around, **bound}) if captures else Scope()
        scope.base, scope.around, scope.bound = base, around, bound
        scope.captures, scope.owner = captures, self
        return scope

    def _set_apart(self, extra: dict[str, Any]) -> Scope:
        """No mould fits if one of the names is not plain text, or not clean."""
        component, event = extra.pop("component", "app"), extra.pop("event", "log")
        named = [extra.pop(name, None) for name in ("request_id", "trace_id", "span_id")]
        if named[0] is None:
            named[0] = self._parent.request_id
        if named[1] is None:
            named[1:] = self._parent.trace_id, self._parent.span_id
        texts = [text for text in named if text is not None]
        if not all(type(text) is str for text in (component, event, *texts)):
            return Scope()
        ids = [self._id(text) for text in texts]
        if None in ids or not component or not event:
            return Scope()
        request, trace, span = (text is not None for text in named)
        if len(_kinds) >= _MOST:
            _kinds.clear()
        kind = _kinds.setdefault((component, event, request, trace, span), next(_numbers))
        there = (request, trace, span)
        return Scope(kind, component, event, tuple(filter(None, ids)), there, extra)

    def _id(self, text: str) -> bytes | None:
        """Return the clean JSON of an id; the next record is likely to have the same."""
        found = self._ids.get(text)
        if found is None and len(text) <= _LONGEST:
            found = self.clean(text)
            if found is not None:
                if len(self._ids) >= _MOST:
                    self._ids.clear()
                self._ids[text] = found
        return found
