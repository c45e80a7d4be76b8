"""The objects of one kind that are still there: for what has to be done to each after a fork."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

__all__ = ["Living"]

T = TypeVar("T")


class Living(Generic[T]):
    """Knows objects and keeps none of them.

    When an object of a `weakref.WeakSet` goes, Python code runs wherever that happens; what a
    signal handler raises in it, such as a timeout, would be lost. Here nothing runs.

    Args:
        forked: called with each of them in a forked child.
    """

    def __init__(self, forked: Callable[[T], object]) -> None:
        self._known: list[weakref.ref[T]] = []
        self._forked = forked
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._in_child)

    def add(self, living: T) -> None:
        """Know `living` as long as it is there."""
        self._known = [
            *(known for known in self._known if known() is not None),
            weakref.ref(living),
        ]

    def __iter__(self) -> Iterator[T]:
        return iter([living for known in self._known if (living := known()) is not None])

    def _in_child(self) -> None:
        for living in self:
            self._forked(living)
