"""Letters that look like ASCII ones: full-width, Cyrillic, Greek, mathematical."""

from __future__ import annotations

import unicodedata
from itertools import chain

__all__ = ["LOOK_ALIKE", "fold"]


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
LOOK_ALIKE = f"[{''.join(chr(a) for a, plain in _LOOK_ALIKES.items() if plain.isalpha())}]"
"""A Rust regular expression for the letters that `fold` changes."""


def fold(text: str) -> str:
    """Return `text` with each letter that looks like an ASCII one made that one: as long as it."""
    return text if text.isascii() else text.translate(_LOOK_ALIKES)
