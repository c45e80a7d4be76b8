"""Letters that look like ASCII ones: full-width, Cyrillic, Greek, mathematical."""

from __future__ import annotations

import re
import unicodedata
from itertools import chain

__all__ = ["LETTERS", "fold"]


def _look_alikes() -> dict[int, str]:
    letters = dict(
        zip(
            "аеорсухіјѕԁкһԛԝАЕОРСУХІЈЅКМТНВοαερικντυΑΕΟΡΙΚΝΤΥΒΗΜΧΖ",
            "aeopcyxijsdkhqwAEOPCYXIJSKMTHBoaepikvtuAEOPIKNTYBHMXZ",
            strict=True,
        )
    )
    blocks = chain(range(0xFF01, 0xFF5F), range(0x1D400, 0x1D800), range(0x24B6, 0x24EA))
    for letter in map(chr, blocks):
        plain = unicodedata.normalize("NFKC", letter)
        letters[letter] = letters.get(plain, plain)
    return {ord(letter): plain for letter, plain in letters.items() if len(plain) == 1}


_LOOK_ALIKES = _look_alikes()
LETTERS = "".join(chr(like) for like, plain in _LOOK_ALIKES.items() if plain.isalpha())
"""The letters that `fold` changes."""

# As one range: each letter beyond 16 bits for itself makes a slow class.
_NEAR = "".join(chr(letter) for letter in _LOOK_ALIKES if letter < 0x10000)
_FOLDED = re.compile(f"[{re.escape(_NEAR)}\U0001d400-\U0001d7ff]+")
_MANY = 32  # letters replaced one after another, which is faster than to look at each


def fold(text: str) -> str:
    """Return `text` with each letter that looks like an ASCII one made that one: as long as it."""
    if text.isascii() or not (found := set("".join(_FOLDED.findall(text)))):
        return text
    if len(found) > _MANY:
        return text.translate(_LOOK_ALIKES)
    for letter in found:
        text = text.replace(letter, _LOOK_ALIKES.get(ord(letter), letter))
    return text
