"""Exceptions that stand in for others: of the same name, with nothing in them but a masked text."""

from __future__ import annotations

import copyreg
from functools import lru_cache
from typing import Any

__all__ = ["substitute"]


class _Substituted(type):
    """The class of their classes. By it, pickle makes them anew where it would look them up."""


@lru_cache(maxsize=256)
def _kind(name: str, module: str) -> _Substituted:
    return _Substituted(name, (Exception,), {"__module__": module})


def _reduced(kind: _Substituted) -> tuple[Any, ...]:
    return _kind, (kind.__name__, kind.__module__)


copyreg.pickle(_Substituted, _reduced)


def substitute(kind: Any, text: str) -> tuple[type[Exception], Exception, None]:
    """Return type, value and no traceback of an exception called as `kind` that says `text`."""
    made: Any = _kind(str(kind.__name__), str(kind.__module__))
    return made, made(text), None
