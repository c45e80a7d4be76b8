"""The values of names in texts: where one begins and ends, quoted, bracketed, in a header, bare."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from .patterns import pattern
from .quotes import MOST, bracketed, closing, is_open, line_end, others_open
from .stand_ins import (
    MODULES,
    SIGNS,
    begins_stand_in,
    is_lookup,
    is_placeholder,
    says_nothing,
)

__all__ = [
    "GAP",
    "LINE_END",
    "MARK",
    "MARKED",
    "MOST",
    "USUAL",
    "Span",
    "changed",
    "hidden_spans",
    "is_header",
    "is_masked",
    "secrets_of",
    "span_of",
]

USUAL = frozenset({"=", ":", ": ", "= ", " = "})
"""Separators of a name and its value that are no others, whatever stands around."""

GAP = r"(?:\s|\\{1,15}[nrt]){0,80}(?!\s)"
"""What may stand between the members of an object or a list: they may have lines of their own."""
LINE_END = r"(?:\r?\n|(?:\\{1,15}r)?\\{1,15}n)"

Span = tuple[int, int]
MARK = r"\*\*\*MASKED(?::[0-9a-f]{4,16})?\*\*\*"
MARKED = pattern(MARK)

# A parameter's annotation: `password: str | None = "S"`. No base64 text in quotes: `token: S='`.
_TYPED = pattern(
    r"(?:(\\{0,15}[\"'])|)"
    r"[A-Za-z_][\w.]{0,60}(?:\[[^\]\n]{0,60}\])?(?: \| [\w.]{1,60}){0,3}(?(1)\1|)"
    r"(?:\s{1,3}|(?<![\w.]{17}))=\s{0,3}(?=[bBuUrRfF]{0,2}\\{0,15}[\"'])"
)
_LONGEST_TYPE = 400
# The usual value, which nothing but its end tells: no longer word of a sentence is one.
_SIMPLE = pattern(r"[A-Za-z0-9_.\-]{10,200}(?=\s|&[A-Za-z0-9_.\-]{1,40}=|\Z)")
_OPENS = pattern(r"(?:[bBuUrRfF]{1,2})?(\\{0,15})(\"\1\"\1\"|'\1'\1'|[\"'`])")
_OPENING = frozenset("bBuUrRfF\\\"'`")
_HEADERS = ("authorization", "cookie")
_PHRASES = ("passphrase", "passphrases")
_SPECIAL = (*_HEADERS, *_PHRASES)
_STOP = r"\x1b\s,;:&\"'`<>()\[\]{}|\\"
# What ends a bare value does not where the value plainly goes on: `p,q)r`, but not `p, b=q`. Quotes
# and backslashes may be escaped: the whole may stand in JSON.
_BARE = pattern(
    rf"(?:[^{_STOP}]+"
    r"|:(?!\s|\Z|[\"'])"
    r"|[,;&|](?=[A-Za-z0-9!@#$%^*_+~.?/\-])(?![\w.\-]{1,40}(?:=|:(?!\s)|%3[aAdD]))"
    r"|(?:[()\[\]{}]|\\{0,15}[\"'`])(?=[A-Za-z0-9])"
    r"|\\{1,16}(?![\\nrt\"'`]|u[0-9a-f]{4}|x[0-9a-f]{2}))+"
)
_WORDS = pattern(r"[^\s\"'`\\<>]+(?: [A-Za-z0-9]+)*")
_SCHEMES = frozenset("bBtTnNaAkKsS")  # what they begin with
_ONE_SCHEME = (
    r"(?:bearer|basic|token|negotiate|ntlm|apikey|api-key|key|bot|splunk)\s{1,4}"
    r"(?=[^\s=,:]{2})[^\s,;\"'`<>\\]+"
)
_SCHEME = pattern(rf"{_ONE_SCHEME}(?:[,;]\s{{0,3}}{_ONE_SCHEME}){{0,9}}", re.IGNORECASE)
# The quotes in it may be of the kind that holds the header.
_PARAMETERS = pattern(
    rf"(?:{_ONE_SCHEME}[,;]\s{{0,3}}|)"
    r"[a-z][\w\-]{1,40}\s{1,4}"
    r"(?:[\w\-]{1,40}=(?:\\{0,15}\"[^\"]{0,999}\"|[^\s,\"]{1,999})(?:,\s{0,4}|)){1,20}",
    re.IGNORECASE,
)
_UNLIKE = (*_SPECIAL, *MODULES)
# What may stand before a value: a tag of YAML, the type that PHP and Go show.
_TAG = pattern(
    r"(?:(?:!{1,2}[\w/]{1,40}|&[\w\-]{1,40})[ \t]{1,4}){1,3}|string\(\d{1,9}\) (?=[\"'\\])"
    r"|\[\]string(?=\{)"
)
_TAGGED = frozenset("!&s[")
_BLOCK = pattern(
    r"[|>](?:[+\-]?\d?|\d[+\-])[ \t]*(?:#[^\r\n\\]*|)(?:\r?\n(?:[ \t]+[^\n]*(?:\n|\Z)|\r?\n)+"
    r"|(?:\\{1,15}r|)\\{1,15}n(?:[ \t]+(?:[^\n\\]|\\(?!\\{0,14}n))*(?:\\{1,15}n|\Z))+)"
)


# Of a single word each, and of no `key: value`.
def _items(word: str) -> re.Pattern[str]:
    item = (
        r"-[ \t]+(?![\w.\-]{1,60}:(?:\s|\Z))"
        rf"(?:\\{{0,15}}[\"'][^\"'\\\n]{{1,500}}\\{{0,15}}[\"']|{word})"
        r"[ \t]*(?:#[^\r\n\\]*|(?=[\r\n\\\"'`]|\Z))"
    )
    return pattern(rf"{item}(?:{LINE_END}(?:[ \t]*(?:#[^\r\n\\]*|){LINE_END}){{0,2}}[ \t]*{item})*")


_ITEMS = _items(r"[^\s\\\"'`]+")
_PHRASE_ITEMS = _items(r"[^\s\\\"'`]+(?: [^\s\\\"'`]+)*")
_LINES = {"|": _BLOCK, ">": _BLOCK, "-": _ITEMS}  # as YAML has them
_ENCODED_END = r"%{}(?:26|23|3[bB]|20|22|27|0[aAdD])|[\s\"'<>\\&#]|\Z"
_QUOTE = pattern(r"(\\{0,15}[\"'`])\1*")
_QUOTES = frozenset("\\\"'`")
_QUOTES_PASSED = 20
_UNSPACED = pattern(r"\S*")
_CALLED = pattern(r"[\w.]*?[A-Za-z_]")  # the name of a function, read backwards
_CHANGED = pattern(
    r"(?P<quote>\\{0,15}[\"'`])\s{1,3}(?:->|=>|→)\s{1,3}(?P=quote)(?P<secret>[^\"'`\\\n]{1,500})(?P=quote)"
)
_DIGIT = pattern(r"\d")  # which a header's name has not
_PAIR_END = pattern(rf"{GAP}[)\]]")


def span_of(text: str, match: re.Match[str], name: str, begin: int) -> Span | None:
    """Return the span of the value of a sensitive name, None if there is nothing to hide.

    Args:
        text: where the value stands.
        match: the separator, as `named.py` finds it.
        name: in lower case.
        begin: where the name begins.
    """
    start = match.end()
    if (
        match["separator"] == "="
        and (simple := _SIMPLE.match(text, start)) is not None
        and not name.endswith(_UNLIKE)
        and not text.startswith(("self.", "cls."), start)
        and not ("." in simple[0] and is_lookup(simple[0], name))
    ):
        return start, simple.end()
    separator, first = match["separator"], text[start : start + 1]
    if first in _TAGGED and (tag := _TAG.match(text, start)) is not None:
        start = tag.end()
        first = text[start : start + 1]
    elif (
        ":" in separator
        and text.find("=", start, start + _LONGEST_TYPE) > 0
        and not name.endswith(_HEADERS)
    ):
        typed = _TYPED.match(text, start)
        if typed is not None:
            start = typed.end()
            first = text[start : start + 1]
    quoted = _OPENS.match(text, start) if first in _OPENING else None
    if quoted is not None:
        return _quoted_span(text, match, name, begin, quoted)
    if begins_stand_in(text, start, separator, name, begin):
        return None
    if first in ("[", "{", "("):
        end = bracketed(text, start)
        if name.endswith("cookie") and text[end : end + 1] == ";":
            end = line_end(text, begin, start)
        return _hidden(text, start, end) if text[start + 1 : end - 1].strip() else None
    end = _unquoted(text, start, match, name, begin)
    if end <= start or says_nothing(text, start, end, name):
        return None
    if separator == " = " and name.rpartition(".")[2] == text[start:end]:
        return None  # `self.token = token`
    return _hidden(text, start, end)


def _quoted_span(
    text: str, match: re.Match[str], name: str, begin: int, quoted: re.Match[str]
) -> Span | None:
    start = quoted.end()
    end = closing(text, quoted[1], quoted[2], start, partial(others_open, text, begin))
    # ('x-api-key', S) is a pair; ("password", "email", "name") is not.
    if (
        match["pair"]
        and not ("--" in name or (is_header(name) and _DIGIT.search(text, start, end)))
        and not _PAIR_END.match(text, end + len(quoted[1] + quoted[2]))
    ):
        return None
    stands_in = text[start : start + 1] in SIGNS and is_placeholder(text, start, name) == end
    return None if stands_in else _hidden(text, start, end)


def _unquoted(text: str, start: int, match: re.Match[str], name: str, begin: int) -> int:
    """Where a value ends that no quotes and no brackets hold."""
    first = text[start : start + 1]
    scheme = _SCHEME.match(text, start) if first in _SCHEMES else None
    if first == "*":
        scheme = MARKED.match(text, start)
    if name.endswith("cookie"):
        if first == "*" and scheme is not None and text[scheme.end() : scheme.end() + 1] != ";":
            return scheme.end()
        return line_end(text, begin, start)
    if name.endswith("authorization"):
        end = line_end(text, begin, start) if scheme is None else scheme.end()
        parameters = _PARAMETERS.match(text, start)
        return max(end, parameters.end()) if parameters else end
    if scheme is not None:
        return scheme.end()
    if match["separator"] not in USUAL and (end := _told_end(text, start, match)) >= 0:
        return end
    lines = _LINES.get(first)
    if first == "-" and name.endswith(_PHRASES):
        lines = _PHRASE_ITEMS
    if lines is not None and (block := lines.match(text, start)) is not None:
        return block.end()
    if text.startswith(("- ", "# "), start):
        return start  # words of a list, a comment
    words = _WORDS if name.endswith(_PHRASES) else _BARE
    found = words.match(text, start)
    end = found.end() if found else start
    if text[end : end + 1] in _QUOTES:
        end = _quotes_passed(text, end, words, begin)
    if text[end : end + 1] == "(" and _CALLED.match(text[max(start, end - 100) : end][::-1]):
        return bracketed(text, end)  # SecretStr('S')
    return end


def _told_end(text: str, start: int, match: re.Match[str]) -> int:
    """Where a value ends whose separator tells that: in a URL, XML, a form; else -1."""
    separator, xml, part = match.group("separator", "xml", "part")
    if "%" in separator:
        level = "25" * separator.lower().count("25")
        found = re.compile(_ENCODED_END.format(level)).search(text, start)
        return found.start() if found else len(text)
    if xml:
        end = text.find("]]>" if text.startswith("<![CDATA[", start) else "<", start)
        return end if end >= 0 else len(text)
    return line_end(text, start, start) if part else -1


def _quotes_passed(text: str, end: int, words: re.Pattern[str], begin: int) -> int:
    """Where a bare value ends whose first part ends at `end`.

    A quote in it ends it only if it may close one that was opened before the name; where there
    are very many, all up to a space is taken for the value.
    """
    passed: set[str] = set()
    for _ in range(_QUOTES_PASSED):
        quote = _QUOTE.match(text, end)
        more = words.match(text, quote.end()) if quote else None
        if quote is None or more is None:
            return end
        if quote[1] not in passed and is_open(text, begin, quote[1]):
            return end
        passed.add(quote[1])
        end = more.end()
    unspaced = _UNSPACED.match(text, end)
    return unspaced.end() if unspaced else end


def _hidden(text: str, start: int, end: int) -> Span | None:
    if end <= start or (text[start] in "*•" and is_masked(text[start:end])):
        return None
    return start, end


def changed(text: str, end: int) -> Span | None:
    """Return the span of a new value behind an old one: `password = "S" -> "S2"`."""
    found = _CHANGED.match(text, end)
    return _hidden(text, *found.span("secret")) if found else None


def is_header(name: str) -> bool:
    """Tell whether a name is a header's that is secret in whatever list it stands."""
    return name == "authorization" or name.startswith("x-")


def is_masked(value: str) -> bool:
    """Tell whether a value is a marker, or the stars or bullets of another one's masking."""
    return not value.strip("*") or not value.strip("•") or MARKED.fullmatch(value) is not None


def secrets_of(matches: Iterable[re.Match[str]]) -> Iterator[Span]:
    """Give the span of each match, or only of its group `secret` if it has one, unless masked."""
    for match in matches:
        start, end = match.span("secret" if "secret" in match.re.groupindex else 0)
        if start < 0:
            start, end = match.span()
        secret = match.string[start:end]
        if secret[:1] not in "*•" or not is_masked(secret):
            yield start, end


def hidden_spans(text: str, spans: Iterable[Span], hide: Callable[[str], str]) -> str:
    """Return `text` with what `hide` makes of each span; from the one after `MOST` on, of all."""
    parts: list[str] = []
    done = 0
    for start, end in spans:
        if len(parts) == 2 * MOST:
            parts += (text[done:start], hide(text[start:]))
            return "".join(parts)
        parts += (text[done:start], hide(text[start:end]))
        done = end
    return "".join((*parts, text[done:])) if parts else text
