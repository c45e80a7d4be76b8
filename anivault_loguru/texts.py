"""Secrets inside texts: named values, addresses, headers, known formats, home paths.

Each matcher begins at a literal word, looks at a bounded piece around it, and goes on behind what
it masked, so that the time is linear in the text.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from urllib.parse import quote

from .formats import union

__all__ = ["MARKER", "Homes", "Texts", "is_value"]

MARKER = "***MASKED***"

_FORMATS = union()
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_PEM_END = re.compile(r"-----END [A-Z0-9 ]{0,40}-----")
_SCHEME = re.compile(r"(?:://|%3[aA]%2[fF]%2[fF])")
_AUTHORITY = re.compile(r"[^\s\"'<>\\`]{0,512}")
_BEARER = re.compile(
    r"\b(bearer|basic|digest|negotiate|token)(\s{1,4})([A-Za-z0-9._~+/=\-]{12,})", re.IGNORECASE
)
_QUERY = frozenset({"key", "sig", "signature", "token", "auth", "apikey", "code_verifier"})
_QUOTES = re.compile(r"(?:[bBuUrRfF]{1,2})?(\\{0,7}[\"'`])")
_BARE = re.compile(r"(?:[^\s,;:&\"'`<>()\[\]{}|\\]|:(?!\s|\Z)|\\(?![\\nrt\"'`]))+")
_HEADER = re.compile(r"[^\r\n\"'\\]+")
_NOTHING = re.compile(r"(?:none|null|nil|true|false|undefined)\b", re.IGNORECASE)
_SCHEMED = re.compile(r"(?:bearer|basic|digest|negotiate|token|apikey)\s+\S", re.IGNORECASE)
_LEFT = re.compile(r"[A-Za-z0-9_.\-]+\Z")
_OPEN = {"[": "]", "{": "}", "(": ")"}


def is_value(value: object) -> bool:
    """Tell whether there is something to hide: None, booleans and empty values stay."""
    return not (value is None or value is True or value is False or value in ("", [], {}))


class Homes:
    """Home folders: the user's own become `~`, other users' names in paths `***`."""

    def __init__(self, homes: Iterable[str]) -> None:
        folders = {home.rstrip("/\\") for home in homes}
        folders = {home for home in folders if len(home) > 2}
        own = {*folders, *(quote(os.fsencode(h), safe) for h in folders for safe in ("", "/"))}
        own |= {home.replace("\\", "\\\\") for home in folders}
        own |= {home.replace("\\", "/") for home in folders}
        self._own_folders = sorted(own, key=len, reverse=True)
        self._own = (
            re.compile(
                r"(?<![\w.~\-])(?:" + "|".join(map(re.escape, self._own_folders)) + r")(?![\w\-])",
                re.IGNORECASE if any("\\" in home for home in folders) else 0,
            )
            if folders
            else None
        )

    def words(self) -> list[bytes]:
        """The own home folders in lower case, as a scan over a line finds them."""
        return [home.lower().encode("utf-8", "surrogatepass") for home in self._own_folders]

    def mask(self, text: str) -> str:
        """Return `text` with home folders shown as `~`, other users' as `/home/***`."""
        if self._own is not None:
            text = self._own.sub("~", text)
        text = _OTHERS.sub(rf"\g<1>{_ANYONE}", text)
        return _WINDOWS.sub(rf"\g<1>{_ANYONE}", text)


_ANYONE = "***"
_OTHERS = re.compile(
    r"((?<![\w.\-])(?:/var)?/home/|(?<![\w.\-])/Users/|%2[fF]home%2[fF]|%2[fF]Users%2[fF])"
    r"(?!\*\*\*|Shared\b|linuxbrew\b)[^/\s\"'`<>|:;,%()\[\]{}\\]{1,128}"
)
_WINDOWS = re.compile(
    r"([a-z]:[\\/]{1,4}users[\\/]{1,4})"
    r"(?!\*\*\*|public\b|default\b|all users\b)"
    r"(?:[^\\/:*?\"<>|\r\n]{1,64}(?=[\\/])|[^\\/:*?\"<>|\s]{1,64})",
    re.IGNORECASE,
)


class Texts:
    """The matchers over one text.

    Args:
        sensitive: tells of a name whether its value is secret.
        stems: in lower case, a piece of each such name.
        patterns: the user's own regular expressions.
        homes: the home folders.
    """

    def __init__(
        self,
        sensitive: Callable[[str], bool],
        stems: Iterable[str],
        patterns: Iterable[str],
        homes: Homes,
    ) -> None:
        self._sensitive = sensitive
        self._patterns = [re.compile(pattern) for pattern in patterns]
        self._homes = homes
        stem = "|".join(sorted(map(re.escape, (*stems, "sig", "x-amz")), key=len, reverse=True))
        # (?=(...))\1 takes the longest match and never gives any of it back: Python before 3.11
        # has no possessive repetition.
        self._named = re.compile(
            rf"(?:{stem})(?=([A-Za-z0-9_.\-]{{0,40}}))\1"
            r"(?:(\\{0,7}[\"'`]?\]?\s{0,3})(=>|:=|[:=]|%(?:25)?3[aAdD])|([>\s]))\s{0,3}",
            re.IGNORECASE,
        )

    def mask(self, text: str) -> str:
        """Return `text` with every secret in it masked."""
        for pattern in self._patterns:
            text = pattern.sub(_masked_group, text)
        if "-----BEGIN " in text:
            text = _mask_keys(text)
        if "@" in text:
            text = self._mask_addresses(text)
        text = self._mask_named(text)
        text = _BEARER.sub(rf"\1\2{MARKER}", text)
        text = _FORMATS.sub(MARKER, text)
        return self._homes.mask(text)

    def _mask_named(self, text: str) -> str:
        parts: list[str] = []
        done = position = 0
        while (match := self._named.search(text, position)) is not None:
            position = match.end()
            span = self._span(text, match)
            if span is None:
                # The separator may be the beginning of the next name's surroundings.
                position = max(match.start() + 1, match.end(1))
                continue
            start, end = span
            parts += (text[done:start], MARKER)
            done = position = end
        return "".join((*parts, text[done:])) if parts else text

    def _span(self, text: str, match: re.Match[str]) -> tuple[int, int] | None:
        """Where the value stands that this name gives a name to, if it is to be masked."""
        left = _LEFT.search(text[max(0, match.start() - 64) : match.start()])
        begin = match.start() - len(left[0]) if left else match.start()
        name = text[begin : match.end(1)]
        before = text[max(0, begin - 3) : begin]
        asked = before[-1:] in ("?", "&", "#", ";") or before.lower() in ("%3f", "%26", "%23")
        if not (self._sensitive(name) or (asked and _in_query(name))):
            return None
        if match[4] is not None and not (
            (match[4] == ">" and before[-1:] == "<") or (match[4] != ">" and name[:2] == "--")
        ):
            return None
        return _value_at(text, match.end(), header=_is_header(name, match[3]))

    def _mask_addresses(self, text: str) -> str:
        """Mask the password of `scheme://user:password@host`, whatever stands in it."""
        parts: list[str] = []
        done = 0
        for match in _SCHEME.finditer(text):
            if match.end() < done:
                continue
            authority = _AUTHORITY.match(text, match.end())
            piece = authority[0] if authority else ""
            at = piece.rfind("@")
            colon = piece.find(":", 0, at) if at >= 0 else -1
            if colon < 0 or "://" in piece[:at] or _is_path(piece[:colon]):
                continue
            parts += (text[done : match.end() + colon + 1], MARKER)
            done = match.end() + at
        return "".join((*parts, text[done:])) if parts else text


def _is_path(user: str) -> bool:
    """`http://host/a:b@c`: a colon behind a slash does not end a user's name."""
    return "/" in user or "?" in user or "#" in user


def _in_query(name: str) -> bool:
    return name.lower() in _QUERY or name.lower().startswith("x-amz-")


def _is_header(name: str, separator: str | None) -> bool:
    return separator == ":" and name.lower().endswith(("authorization", "cookie"))


def _value_at(text: str, start: int, *, header: bool) -> tuple[int, int] | None:
    """The span of the value that begins at `start`: quoted, bracketed, or bare."""
    quoted = _QUOTES.match(text, start)
    if quoted is not None:
        start = quoted.end()
        end = _closing(text, quoted[1], start)
        return _unless_masked(text, start, end)
    if text[start : start + 1] in _OPEN:
        return _unless_masked(text, start, _bracketed(text, start))
    if header or _SCHEMED.match(text, start):
        match = _HEADER.match(text, start)
    else:
        match = _BARE.match(text, start)
    if match is None or _NOTHING.fullmatch(match[0]):
        return None
    return _unless_masked(text, start, match.end())


def _unless_masked(text: str, start: int, end: int) -> tuple[int, int] | None:
    return None if end <= start or text[start:end] == MARKER else (start, end)


def _closing(text: str, quote_: str, start: int) -> int:
    """Where the quote closes; an escaped one inside does not; an open one ends with the text."""
    while (end := text.find(quote_, start)) >= 0:
        if end == start or text[end - 1] != "\\":
            return end
        start = end + len(quote_)
    return len(text)


def _bracketed(text: str, start: int) -> int:
    depth = 0
    for match in re.compile(r"[\[\]{}()]").finditer(text, start):
        depth += 1 if match[0] in _OPEN else -1
        if depth == 0:
            return match.end()
    return len(text)


def _masked_group(match: re.Match[str]) -> str:
    if "secret" not in match.re.groupindex or match["secret"] is None:
        return MARKER
    start, end = (index - match.start() for index in match.span("secret"))
    return match[0][:start] + MARKER + match[0][end:]


def _mask_keys(text: str) -> str:
    """Mask PEM private keys, to the end of the text where the closing line is missing."""
    parts: list[str] = []
    done = 0
    while (match := _PEM.search(text, done)) is not None:
        end = _PEM_END.search(text, match.end())
        parts += (text[done : match.start()], MARKER)
        done = end.end() if end else len(text)
    return "".join((*parts, text[done:])) if parts else text
