"""Named values in texts: `password = S`, `--token S`, `"api_key": "S"`, `Cookie: S`, `?sig=S`.

A pattern finds a piece of a sensitive name with a separator behind it; only then is the whole name
judged and the end of its value looked for. The search goes on behind the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["MARKED", "Named"]

MARKED = re.compile(r"\*\*\*MASKED(?::[0-9a-f]{4,16})?\*\*\*")

_NAME = r"A-Za-z0-9_.\-"
# (?=(...))\1 takes the longest match and gives nothing of it back: possessive repetition, which
# Python before 3.11 does not have.
_REST = rf"(?=(?P<rest>[{_NAME}]*))(?P=rest)(?: (?:string|url|id)(?![{_NAME}]))?"
_QUOTE = r"\\{0,7}[\"'`]"
# A full-width colon or equals sign is one character of a text and three of a line's bytes.
_SEPARATOR = (
    rf"(?P<separator>(?:{_QUOTE})?\]?\s{{0,3}}(?:=>|:=|!?={{1,3}}|[:：＝]|ï¼[\x9a\x9d]|%(?:25){{0,2}}3[ad])"
    r"(?:\s|\+|%(?:25){0,2}20){0,3}"
    r"|(?P<xml>>)\s{0,3}"
    r"|(?(joined)(?P<option>\s{1,3})(?=[^\s\-])|(?!))"
    rf"|{_QUOTE}\s{{0,3}},?\s{{0,3}}(?:{_QUOTE})?value(?:{_QUOTE})?\s{{0,3}}[:=]\s{{0,3}}"
    rf"|(?P<pair>{_QUOTE},\s{{0,3}})(?={_QUOTE}|[bBuUrR]{_QUOTE}))?"
)
_ESCAPED = re.compile(r"(?:[abfnrtv0]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})")
_TYPED = re.compile(r"[A-Za-z_][\w.\[\], |]{0,60}=\s{0,3}(?=[bBuUrRfF]{0,2}[\"'])")
_OPENS = re.compile(r"(?:[bBuUrRfF]{1,2})?(\\{0,7})(\"\"\"|'''|[\"'`])")
_STOP = r"\s,;:&\"'`<>()\[\]{}|\\"
# What ends a bare value does not where the value plainly goes on: `p,q)r`, but not `p, b=q`.
_BARE = re.compile(
    rf"(?:[^{_STOP}]"
    r"|:(?!\s|\Z|[\"'])"
    r"|[,;&|](?=[A-Za-z0-9!@#$%^*_+~.?/\-])(?![\w.\-]{1,40}(?:[=:]|%3[aAdD]))"
    r"|[\"'`()\[\]{}](?=[A-Za-z0-9])"
    r"|\\(?![\\nrt\"'`]|u[0-9a-f]{4}|x[0-9a-f]{2}))+"
)
_LINE = re.compile(r"(?:[^\r\n\\]|\\(?!\\{0,7}[rn]))+")
_WORDS = re.compile(r"[^\s\"'`\\<>]+(?: [a-z]+)*")
_SCHEME = re.compile(
    r"(?:bearer|basic|token|negotiate|ntlm|apikey|api-key|key|bot|splunk)\s{1,4}"
    r"(?=[^\s=,:]{2})[^\s,;\"'`<>\\]+",
    re.IGNORECASE,
)
_NOTHING = re.compile(r"(?:none|null|nil|true|false|undefined)(?![\w*])", re.IGNORECASE)
_BRACKETS = re.compile(r"(?<!\\)(\\{0,7})([\"'])|[\[\](){}]")
_ENCODED_END = r"%{}(?:26|23|3[bB]|20|22|27|0[aAdD])|[\s\"'<>\\&#]|\Z"
_QUERY = frozenset({"key", "sig", "signature", "token", "auth", "apikey", "sessid", "jwt"})
_ASKED = ("?", "&", "#", ";")

Span = tuple[int, int]


class Named:
    """Masks the values of sensitive names that hold a certain stem.

    Args:
        stem: in lower case, the piece of the names to look for.
        sensitive: tells of a name whether its value is secret.
    """

    def __init__(self, stem: str, sensitive: Callable[[str], bool]) -> None:
        self._sensitive = sensitive
        self._ascii = stem.isascii()
        # `--token S`: only a name that goes on to the left can be an option.
        begin = rf"(?:(?<=[{_NAME}])(?P<joined>))?"
        word = re.escape(stem)
        if not sensitive(stem):
            # Alone it is no name: refused here, it costs less than in `_named`.
            word = rf"(?:(?<=[{_NAME} ?&#;\\%]){word}|{word}(?=[{_NAME} ]))"
        self._pattern = re.compile(begin + word + _REST + _SEPARATOR, re.IGNORECASE | re.ASCII)

    def mask(self, text: str, folded: str, hide: Callable[[str], str]) -> str:
        """Return `text` with the values masked; `folded` is as long and has the plain names."""
        parts: list[str] = []
        done = position = 0
        while (match := self._pattern.search(folded, position)) is not None:
            # A name that is none is passed over as a whole; what stands behind it may be the
            # beginning of what stands before the next one.
            position = match.end("rest")
            name = self._named(folded, match, done) if match["separator"] else None
            span = _value(text, match, name) if name else None
            if span is None:
                continue
            start, position = span
            parts += (text[done:start], hide(text[start:position]))
            done = position
        return "".join((*parts, text[done:])) if parts else text

    def seen(self, text: str, at: int) -> bool:
        """Tell whether the stem at `at` belongs to a sensitive name with a separator behind it."""
        if not self._ascii:
            return True  # In a line's bytes it does not look like that.
        match = self._pattern.match(text, at)
        return (
            match is not None
            and match["separator"] is not None
            and self._named(text, match, 0) is not None
        )

    def _named(self, folded: str, match: re.Match[str], floor: int) -> _Name | None:
        """The name in front of the separator, if it is one whose value is secret."""
        lowest = max(floor, match.start() - 64)
        left = folded[lowest : match.start()]
        begin = lowest + len(left.rstrip(_NAME_CHARACTERS))
        stop = match.start("pair") if match["pair"] else match.end("rest")
        name = folded[begin:stop] if match["pair"] else _whole(folded, match, begin)
        before = folded[max(0, begin - 12) : begin]
        begin, name = self._trimmed(begin, name, before)
        before = folded[max(0, begin - 12) : begin]
        asked = before[-1:] in _ASKED or before[-3:].lower() in ("%3f", "%26", "%23")
        asked = asked or (before[-2:].lower() in ("3f", "26") and "%25" in before)
        secret = self._sensitive(name) or (asked and name.lower() in _QUERY)
        if not secret and before[-1:] == " ":
            # "API key: S": two words with a space between them.
            rest = before[:-1]
            name = rest[len(rest.rstrip(_NAME_CHARACTERS)) :] + " " + name
            secret = self._sensitive(name)
        if not secret or not _fits(match, name, before):
            return None
        return _Name(name.lower(), begin)

    def _trimmed(self, begin: int, name: str, before: str) -> tuple[int, str]:
        """Take an escape's last characters (`\\n`, `%3F`) off the beginning of a name."""
        if before[-1:] == "\\":
            escape = _ESCAPED.match(name)
            if escape is not None and not self._sensitive(name):
                return begin + escape.end(), name[escape.end() :]
        elif before[-1:] == "%":
            escape = _PERCENT.match(name)
            if escape is not None:
                return begin + escape.end(), name[escape.end() :]
        return begin, name


class _Name:
    """A sensitive name found: folded to lower case, and where it begins."""

    __slots__ = ("begin", "lower")

    def __init__(self, lower: str, begin: int) -> None:
        self.lower = lower
        self.begin = begin


_NAME_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
_PERCENT = re.compile(r"(?:25){0,2}[0-9A-Fa-f]{2}")


def _whole(folded: str, match: re.Match[str], begin: int) -> str:
    """The name with the word behind its space: `connection string`."""
    name = folded[begin : match.end("rest")]
    rest = _SECOND.match(folded, match.end("rest"))
    return name + rest[0] if rest else name


_SECOND = re.compile(r" (?:string|url|id)(?![A-Za-z0-9_.\-])", re.IGNORECASE)


def _fits(match: re.Match[str], name: str, before: str) -> bool:
    """Whether the separator is one that may stand behind the name, given what stands before it."""
    if match["xml"]:
        return before[-1:] in ("<", ":")
    if match["option"]:
        return name[:1] == "-"
    if match["pair"]:
        # ["--token", S], or ('x-api-key', S)
        return name[:1] == "-" or _PAIR.search(before) is not None
    return True


_PAIR = re.compile(r"[(\[]\s{0,3}[bBuUrR]?\\{0,7}[\"'`]\Z")


def _value(text: str, match: re.Match[str], name: _Name) -> Span | None:
    """The span of the value behind the separator: quoted, bracketed, a header's, or bare."""
    start = match.end()
    typed = _TYPED.match(text, start)
    if typed is not None:
        start = typed.end()
    quoted = _OPENS.match(text, start)
    if quoted is not None:
        end = _closing(text, quoted[1], quoted[2], quoted.end())
        return _hidden(text, quoted.end(), end)
    if text[start : start + 1] in ("[", "{", "("):
        end = _bracketed(text, start)
        return _hidden(text, start, end) if text[start + 1 : end - 1].strip() else None
    found = _SCHEME.match(text, start)
    separator = match["separator"]
    if name.lower.endswith("cookie") or (name.lower.endswith("authorization") and found is None):
        return _hidden(text, start, _line_end(text, name.begin, start))
    if found is None and "%" in separator:
        level = "25" * separator.lower().count("25")
        stop = re.compile(_ENCODED_END.format(level)).search(text, start)
        return _hidden(text, start, stop.start() if stop else len(text))
    if found is None and match["xml"]:
        end = text.find("<", start)
        return _hidden(text, start, end if end >= 0 else len(text))
    if found is None:
        words = name.lower.endswith(("passphrase", "passphrases"))
        found = (_WORDS if words else _BARE).match(text, start)
    if found is None or _NOTHING.fullmatch(found[0]):
        return None
    return _hidden(text, start, found.end())


def _hidden(text: str, start: int, end: int) -> Span | None:
    if end <= start or MARKED.fullmatch(text, start, end):
        return None
    return start, end


def _closing(text: str, slashes: str, quote: str, start: int) -> int:
    """Where the quote closes, or the end of the text.

    Inside a string that is itself quoted n times, a quote has 2^n - 1 backslashes, and a backslash
    of the value is 2^(n+1) of them.
    """
    level = len(slashes) + 1
    end = text.find(quote, start)
    while end >= 0:
        first = end
        while first > start and text[first - 1] == "\\":
            first -= 1
        if (end - first) % (2 * level) == len(slashes):
            return end - len(slashes)
        end = text.find(quote, end + 1)
    return len(text)


def _bracketed(text: str, start: int) -> int:
    """Where the bracket closes that opens at `start`; brackets within quotes do not count."""
    depth = 0
    position = start
    while (match := _BRACKETS.search(text, position)) is not None:
        position = match.end()
        if match[2]:
            position = _closing(text, match[1], match[2], position) + len(match[0])
        else:
            depth += 1 if match[0] in "[({" else -1
            if depth == 0:
                return position
    return len(text)


def _line_end(text: str, begin: int, start: int) -> int:
    """Where a header's value ends: with the quotes that hold the header, or with the line."""
    line = _LINE.match(text, start)
    end = line.end() if line else start
    opened = _QUOTED.search(text[max(0, begin - 8) : begin])
    if opened is not None:
        return min(end, _closing(text, opened[1], opened[2], start))
    return end


_QUOTED = re.compile(r"(\\{0,7})([\"'`])\Z")
