"""One test of a text for many patterns at once, without backtracking.

The engine is Rust's `regex`, which comes with pydantic on every platform and is reached through its
validators: a lazily built automaton, about 2 ns a character whatever the number of patterns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from pydantic_core import SchemaValidator, core_schema

__all__ = ["Scan", "is_unicode", "literal"]

Test = Callable[[str], bool]
_LONG = 1 << 14  # characters of patterns that are compiled together


class Scan:
    """Patterns in the syntax of Rust's `regex`, to look for in texts.

    `hit` tells whether any of them matches somewhere in a text. A text with a lone surrogate is
    none to the engine, and never hit: see `may_hit` and `is_unicode`.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = tuple(patterns)
        self._test: Test | None = None

    @property
    def hit(self) -> Test:
        """The test; made when it is first asked for: many programs mask nothing but a home."""
        test = self._test
        if test is None:
            self._test = test = _test_of(self._patterns)
        return test

    def may_hit(self, text: str) -> bool:
        """Tell whether one of them matches, or the text is none that could be looked at."""
        return (self._test or self.hit)(text) or not (text.isascii() or is_unicode(text))


def literal(text: str) -> str:
    """Return the pattern that matches exactly `text`."""
    return _SPECIAL.sub(r"\\\g<0>", text)


_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$#&\-~]")


def _test_of(patterns: Iterable[str]) -> Test:
    tests = [_compiled(union) for union in _unions(patterns)]
    return tests[0] if len(tests) == 1 else lambda text: any(test(text) for test in tests)


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> Test:
    # Strict: the text as it is, not what could be made of it.
    schema = core_schema.str_schema(pattern=pattern, regex_engine="rust-regex", strict=True)
    return SchemaValidator(schema).isinstance_python


def _unions(patterns: Iterable[str]) -> Iterator[str]:
    """The patterns in bundles that the engine takes at once; the first stay as more are added."""
    bundle: list[str] = []
    size = 0
    for pattern in patterns:
        if size + len(pattern) > _LONG and bundle:
            yield "|".join(bundle)
            bundle, size = [], 0
        bundle.append(pattern)
        size += len(pattern)
    if bundle:
        yield "|".join(bundle)


is_unicode: Test = _compiled("")
"""Tell whether a text has no lone surrogate."""
