"""A quick look for what stands in every text that one of many patterns matches.

A scan of all patterns takes some time for each character, and most texts have not even a piece of
what it looks for: `token`, `ghp_`, `@`. Up to eight bytes of each such piece are compared at every
place of the text, all pieces at once: a place has for each bundle of them a bit, and a byte leaves
the bits of those that may have it there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise, takewhile

from .compiled import Clues as Compiled
from .compiled import made

__all__ = ["Clue", "Clues", "behind"]

Clue = str | tuple[str, ...]
"""A text, in any case of its letters; or for each of its places all the characters it may have.

These are as long as each other in UTF-8. An empty clue is everywhere.
"""

_Steps = tuple[bytes, ...]
_REACH = 8  # bytes
_SHORT = 4
_BUNDLES = 64


def behind(characters: str, text: str) -> Clue:
    """Return the clue of any of the characters, and `text` in any case of its letters."""
    return (characters, *_in_any_case(text))


class Clues:
    """Looks for clues.

    It never misses one; beginnings of two may be taken for a third.
    """

    def __init__(self, clues: Iterable[Clue]) -> None:
        steps = {_steps(clue) for clue in clues}
        # Behind a short one may be anything: another's beginning and that would be taken for both.
        short = [clue for clue in steps if len(clue) < _SHORT]
        few = min(len(short), _BUNDLES // 2)
        self._bundles = _bundled(short, few) + _bundled(steps.difference(short), _BUNDLES - few)

    def before(self, scan: Callable[[str], bool]) -> Callable[[str], bool]:
        """Return what tells the same as `scan`, of texts that it matches only if they have a clue.

        Where nothing is compiled that is `scan` itself: it is the faster one.
        """
        return made(Compiled, scan, self._bundles, scan)


def _steps(clue: Clue) -> _Steps:
    """For each of the first bytes in UTF-8 all that it may be."""
    steps: list[bytes] = []
    for place in clue if isinstance(clue, tuple) else _in_any_case(clue):
        spelled = [letter.encode("utf-8", "surrogatepass") for letter in place]
        steps += (bytes(sorted(set(column))) for column in zip(*spelled, strict=True))
    return tuple(steps[:_REACH])


def _bundled(clues: Iterable[_Steps], number: int) -> list[list[_Steps]]:
    """As many bundles, of clues that are alike: together they have the fewest bytes.

    As long as each other, too: behind a shorter one there may be anything.
    """
    ordered = sorted(clues, key=lambda clue: (len(clue), clue))
    bounds = [len(ordered) * place // number for place in range(number + 1)] if number else []
    return [ordered[begin:end] for begin, end in pairwise(bounds)]


def _in_any_case(text: str) -> tuple[str, ...]:
    """The text up to the first letter whose capital may be of another length."""
    alike = takewhile(lambda letter: letter.isascii() or letter.lower() == letter.upper(), text)
    return tuple(letter.lower() + letter.upper() for letter in alike)
