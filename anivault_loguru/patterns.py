"""Regular expressions that are compiled when they are first used, not with the import."""

from __future__ import annotations

import re
from typing import Any, cast

__all__ = ["pattern"]

_METHODS = ("findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn")


class _Later:
    """Becomes a pattern with the first look at an attribute of its; from then on costs no more."""

    def __init__(self, source: str, flags: int) -> None:
        self._given = source, flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(*self._given)
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def pattern(source: str, flags: int = 0) -> re.Pattern[str]:
    """Return what has the methods of `re.compile(source, flags)`, which is done with the first use.

    An error in the pattern shows only then: for patterns of our own, which tests use.
    """
    return cast("re.Pattern[str]", _Later(source, flags))
