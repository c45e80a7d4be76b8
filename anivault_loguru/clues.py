"""A quick look for what stands in every text that one of many patterns matches.

A scan of all patterns takes some time for each character, and most texts have not even a piece of
what it looks for: `token`, `ghp_`, `@`. Up to eight bytes of each such piece are compared at every
place of the text, all pieces at once: a place has for each bundle of them a bit, and a byte leaves
the bits of those that may have it there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import pairwise, takewhile
from math import prod
from operator import or_

from .compiled import Clues as Compiled
from .compiled import made

__all__ = ["Clue", "Clues", "behind"]

Clue = str | tuple[str, ...]
"""A text, in any case of its letters; or for each of its places all the characters it may have.

These are as long as each other in UTF-8. An empty clue is everywhere.
"""

_Steps = tuple[bytes, ...]
_REACH = 8  # bytes
_BUNDLES = 64
_ALL = (1 << 256) - 1
_USUAL = sum(1 << byte for byte in b" etaoinshrdlcumwfgypbvk")


def behind(characters: str, text: str) -> Clue:
    """Return the clue of any of the characters, and `text` in any case of its letters."""
    return (characters, *_in_any_case(text))


class Clues:
    """Looks for clues.

    It never misses one; beginnings of two may be taken for a third.
    """

    def __init__(self, clues: Iterable[Clue]) -> None:
        self._bundles = _bundled(_needed({_steps(clue) for clue in clues}))

    def before(self, scan: Callable[[str], bool]) -> Callable[[str], bool]:
        """Return what tells the same as `scan`, of texts that it matches only if they have a clue.

        Where nothing is compiled that is `scan` itself: it is the faster one.
        """
        return made(Compiled, scan, self._bundles, scan)


def _steps(clue: Clue) -> _Steps:
    """For each of the first bytes in UTF-8 all that it may be."""
    steps: list[bytes] = []
    for place in clue if isinstance(clue, tuple) else _in_any_case(clue[:_REACH]):
        steps += _columns(place)
    return tuple(steps[:_REACH])


@lru_cache(maxsize=256)
def _columns(characters: str) -> list[bytes]:
    """Of characters that are as long as each other in UTF-8, for each byte all that it may be."""
    spelled = [letter.encode("utf-8", "surrogatepass") for letter in characters]
    return [bytes(sorted(set(column))) for column in zip(*spelled, strict=True)]


def _needed(clues: Collection[_Steps]) -> list[_Steps]:
    """Those of the clues in which no other one stands."""
    beginning: defaultdict[int, list[_Steps]] = defaultdict(list)
    for clue in clues:
        for byte in clue[0] if clue else ():
            beginning[byte].append(clue)
    return [clue for clue in clues if not any(_others_in(clue, beginning))]


def _others_in(clue: _Steps, beginning: Mapping[int, list[_Steps]]) -> Iterator[_Steps]:
    for at, step in enumerate(clue):
        for other in beginning.get(step[0], ()):
            if len(other) <= len(clue) - at and other is not clue:
                pairs = zip(map(_mask, other), map(_mask, clue[at:]), strict=False)
                if all(mine & of_other == mine for of_other, mine in pairs):
                    yield other


def _bundled(clues: Iterable[_Steps]) -> list[list[_Steps]]:
    """As many bundles as there may be, which together fit as little else as they can.

    Of neighbours in the order of length and bytes those are put together, again and again, that
    then fit the fewest texts more.
    """
    bundles = [[clue] for clue in sorted(clues, key=lambda clue: (len(clue), clue))]
    fits = [[*map(_mask, clue)] + [_ALL] * (_REACH - len(clue)) for [clue] in bundles]
    more = [_more(one, other) for one, other in pairwise(fits)]
    while len(bundles) > _BUNDLES:
        at = more.index(min(more))
        bundles[at] += bundles.pop(at + 1)
        fits[at] = list(map(or_, fits[at], fits.pop(at + 1)))
        before = max(0, at - 1)
        around = fits[before : at + 2]
        more[before : at + 2] = [_more(one, other) for one, other in pairwise(around)]
    return bundles


@lru_cache(maxsize=256)
def _mask(step: bytes) -> int:
    """The bytes that may stand at a place, a bit for each."""
    return sum(1 << byte for byte in step)


def _more(one: list[int], other: list[int]) -> int:
    """How many texts fit both together, but none of them alone; those of usual letters count."""
    alone = prod(map(_weight, one)) + prod(map(_weight, other))
    return prod(map(_weight, map(or_, one, other))) - alone


def _weight(mask: int) -> int:
    return mask.bit_count() + 30 * (mask & _USUAL).bit_count()


def _in_any_case(text: str) -> tuple[str, ...]:
    """The text up to the first letter whose capital may be of another length."""
    alike = takewhile(lambda letter: letter.isascii() or letter.lower() == letter.upper(), text)
    return tuple(letter.lower() + letter.upper() for letter in alike)
