"""Letters that look like ASCII ones: full-width, Cyrillic, Greek, mathematical."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import chain

from .patterns import pattern

__all__ = ["ESCAPES", "ESCAPE_CLUES", "LETTERS", "fold", "unescaped"]


# Old, raised, lowered, Roman and other letters that are ASCII ones by NFKC.
_COMPATIBLE = (
    "ſʰʲʳʷʸˡˢˣᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁᵂᵃᵇᵈᵉᵍᵏᵐᵒᵖᵗᵘᵛᵢᵣᵤᵥⁱⁿₐₑₒₓₕₖₗₘₙₚₛₜ"
    "ℂℊℋℌℍℎℐℑℒℓℕℙℚℛℜℝℤℨ\u212aℬℭℯℰℱℳℴℹⅠⅤⅩⅬⅭⅮⅯⅰⅴⅹⅼⅽⅾⅿ"
)


def _look_alikes() -> dict[int, str]:
    letters = dict(
        zip(
            "аеорсухіјѕԁкһԛԝАЕОРСУХІЈЅКМТНВοαερικντυΑΕΟΡΙΚΝΤΥΒΗΜΧΖ",
            "aeopcyxijsdkhqwAEOPCYXIJSKMTHBoaepikvtuAEOPIKNTYBHMXZ",
            strict=True,
        )
    )
    blocks = chain(range(0xFF01, 0xFF5F), range(0x1D400, 0x1D800), range(0x24B6, 0x24EA))
    others = "".join(map(chr, blocks)) + _COMPATIBLE
    # At once: each of them is one letter by NFKC.
    for letter, plain in zip(others, unicodedata.normalize("NFKC", others), strict=True):
        letters[letter] = letters.get(plain, plain)
    return {ord(letter): plain for letter, plain in letters.items() if len(plain) == 1}


_LOOK_ALIKES = _look_alikes()
LETTERS = "".join(chr(like) for like, plain in _LOOK_ALIKES.items() if plain.isalpha())
"""The letters that `fold` changes."""

# As one range: each letter beyond 16 bits for itself makes a slow class.
_NEAR = "".join(chr(letter) for letter in _LOOK_ALIKES if letter < 0x10000)
_FOLDED = pattern(f"[{re.escape(_NEAR)}\U0001d400-\U0001d7ff]")
_MANY = 32  # letters replaced one after another, which is faster than to look at each

ESCAPES = r"\\+(?:u(?:03|04|24|d835|ff)|x(?:c[ef]|d[01]|ef|f0))"
"""A regular expression, of either engine, that finds the letters that `fold` changes, escaped."""
ESCAPE_CLUES = tuple(rf"\{code}" for code in "u03 u04 u24 ud8 uff xce xcf xd0 xd1 xef xf0".split())
"""Of which one stands in whatever `ESCAPES` matches; see `clues.py`."""
_LETTER = r"u(?!00(?:[0189]|2[27]|5[cC]))[0-9a-fA-F]{4}"
_BYTE = r"x[89a-fA-F][0-9a-fA-F]"
# The first character by itself: a search goes fast from one to the next. `split` gives back the one
# group, which is all of it.
_ESCAPED = pattern(
    rf"([\\&%](?:(?<=\\)(?<!\\\\)\\*(?:{_LETTER}(?:\\+{_LETTER})*|{_BYTE}(?:\\+{_BYTE})*"
    r"|(?:u00|x)2[27]|x3[adAD])"
    r"|(?<=&)(?:quot|apos|amp|lt|gt|#x(?:2[267]|3[adAD])|#(?:3[489]|58|61));"
    r"|(?<=%)(?:25){0,2}(?:2[027cC]|3[adAD]|5[bdBD]|7[bdBD]"
    r"|5[cC](?=%(?:25){0,2}22))))"
)
_ESCAPE = pattern(
    rf"\\+(?:({_LETTER}(?:\\+{_LETTER})*)|({_BYTE}(?:\\+{_BYTE})*)"
    r"|(?:u00|x)(2[27])|x(3[adAD]))|&(?:(quot|apos|amp|lt|gt)|#x(2[267]|3[adAD])|#(3[489]|58|61));",
)
_ENTITIES = {"quot": '"', "apos": "'", "amp": "&", "lt": "<", "gt": ">"}
# As CSV has quotes within quotes.
_CSV = pattern(r'"(?<![{\[,:\s]")\\{0,15}"\s{0,3}:')
_DOUBLED = pattern(r'""(?:(?=\w)|(?<=\w"")(?![\w"\\]))')
_ESCAPED_DOUBLED = pattern(r"(\\{1,15}\")(?=\1\w)|(?<=\w)(\\{1,15}\")(?=\2(?![\w\"\\]))")
_SIGN = pattern(r'\\[ux]|&[#qa]|&[lg]t;|%(?:25){0,2}2[27]|"\\*"')  # that there may be any
_MARKS = str.maketrans("", "", "\\ux")


def unescaped(text: str) -> str:
    """Return `text` with letters for their escapes: in JSON, HTML, URLs, CSV, `repr` of bytes."""
    if _SIGN.search(text) is not None:
        if _CSV.search(text) is not None:
            text = _DOUBLED.sub('"', text)
            if '\\"' in text:
                text = _ESCAPED_DOUBLED.sub("", text)
        pieces = _ESCAPED.split(text)
        if len(pieces) > 1:
            escapes = pieces[1::2]
            letters = {escape: _unescaped(escape) for escape in set(escapes)}
            pieces[1::2] = map(letters.__getitem__, escapes)
            return "".join(pieces)
    return text


@lru_cache(maxsize=512)
def _unescaped(escape: str) -> str:
    if escape[0] == "%":
        return chr(int(escape[-2:], 16))
    match = _ESCAPE.match(escape)
    if match is None:
        return escape
    units, raw, quote, code, entity, hexadecimal, decimal = match.groups()
    if units:
        return bytes.fromhex(units.translate(_MARKS)).decode("utf-16-be", "surrogatepass")
    if raw:
        data = bytes.fromhex(raw.translate(_MARKS))
        try:
            return data.decode()
        except UnicodeDecodeError:
            return data.decode("latin-1")
    if quote:  # It stands for an escaped one.
        return escape[: escape.rindex("\\") + 1] + chr(int(quote, 16))
    if entity:
        return _ENTITIES[entity]
    return chr(int(decimal) if decimal else int(code or hexadecimal, 16))


def fold(text: str) -> str:
    """Return `text` with each letter that looks like an ASCII one made that one: as long as it."""
    if text.isascii() or (found := _FOLDED.search(text)) is None:
        return text
    for _ in range(_MANY):
        # All that are the same at once: what stands before the next one is done.
        text = text.replace(found[0], _LOOK_ALIKES.get(ord(found[0]), found[0]))
        found = _FOLDED.search(text, found.end())
        if found is None:
            return text
    return text.translate(_LOOK_ALIKES)
