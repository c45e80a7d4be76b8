"""Names of secrets in texts: `password = S`, `--token S`, `"api_key": "S"`, `Cookie: S`, `?sig=S`.

A pattern finds a piece of a sensitive name with a separator behind it; only then is the whole name
judged, and the end of its value looked for (see `values.py`). The search goes on behind the value.
The patterns run over text in lower case, like those of `separators.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from .blocks import Blocks
from .clues import behind
from .letters import fold
from .members import Members
from .names import ALONE
from .patterns import pattern
from .separators import ANY_SPACE, BEHIND, NAME, NAME_CHARACTERS, SEPARATOR, fits
from .stand_ins import is_own
from .values import MOST, Span, changed, hidden_spans, is_masked, span_of

__all__ = ["CLUES", "HINTS", "Named"]

_REST = rf"[{NAME}]*(?: (?:string|url|id)(?![{NAME}])|)"
# (?=(...))\1 takes the longest match and gives nothing of it back: possessive repetition, which
# Python before 3.11 does not have.
_OPTION = pattern(
    rf"-(?:-|(?<![{NAME}]-))(?=(?P<name>[a-z0-9][{NAME}]{{1,128}}))(?P=name)"
    r"(?P<separator>[^\S\r\n]{1,80}(?:\\\r?\n[^\S\r\n]{0,80}|)|\s{1,3}|\\{1,15}[nt])(?=[^\s\-])(?:(?P<pair>(?!))|(?P<xml>(?!))|(?P<part>(?!))|)"
)
_ESCAPED = pattern(r"(?:[abfnrtv0]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})")
_PERCENT = pattern(r"(?:25){0,2}[0-9A-Fa-f]{2}")
_COLOURED = pattern(r"\d{1,3}m(?=[A-Za-z])")
_DIGITS = "0123456789"
_PLACEHOLDER = pattern(r"[A-Z][A-Z0-9_\-]{2,60}(?![^\s\]),|])")
_METAVARS = ("TEXT", "STRING", "VALUE", "FILE", "PATH")
_FOLDERS = ("PWD", "OLDPWD")
_RESOURCE = pattern(r"arn:[\w:\-]{1,60}:\d{12}:\Z")
_LINE_NUMBER = pattern(r"\d{1,6}(?![^:\s,)])")
_BEFORE = 100  # characters in front of a name that tell what it is
# Names of parameters of a URL that are secret there.
_QUERY = frozenset({"key", "sig", "signature", "sessid", "pass"})
_SIGNATURES = ("-signature", "_signature")  # `X-Amz-`, `X-Goog-`, `oauth_`
HINTS = (r"(?i-u:(?:[?&#;]|%(?:25)*(?:3f|26|23)|\\+u0026)(?:key|pass|(?:[a-z]{1,9}[_-]){0,2}sig))",)
"""What of these names only the scan of `names.py` does not find, as a Rust regular expression."""
CLUES = (behind("?&#;fF63-_", "sig"),)
"""This, or a clue to a name, stands in whatever that matches; see `clues.py`."""


class Named:
    """Masks the values of sensitive names.

    Args:
        stems: in lower case, pieces of which every sensitive name has one.
        sensitive: tells of a name whether its value is secret.
        hints: Rust regular expressions, of which one matches in a text with such a name.
    """

    def __init__(
        self, stems: Iterable[str], sensitive: Callable[[str], bool], hints: Iterable[str]
    ) -> None:
        self._sensitive = sensitive
        self._stems = _any_of(stems)
        # A name alone ends with its hint: what stands behind it is still to be seen.
        self._hints = "|".join(hint.removesuffix(ALONE) for hint in (*hints, *HINTS))

        self._members = Members(self._stems, self._hints, sensitive)

    @cached_property
    def _held(self) -> Callable[[str], re.Match[str] | None]:
        return re.compile(self._stems).search

    @cached_property
    def _assigned(self) -> Blocks:
        # Without a separator too: so a search passes over a name as a whole.
        pattern = re.compile(rf"(?:{self._stems}){_REST}(?:{SEPARATOR}|)")
        hint = rf"(?:{self._hints})[{NAME}]*(?: (?:string|url|id))?(?:{BEHIND})"
        return Blocks(pattern, hint, NAME)

    @cached_property
    def _options(self) -> Blocks:
        hint = rf"-[{NAME}]*(?:{self._hints})[{NAME}]*(?:{ANY_SPACE}+|\\+[nt])[^\s\-]"
        return Blocks(_OPTION, hint, NAME)

    def mask(self, text: str, folded: str, hide: Callable[[str], str]) -> str:
        """Return `text` with the values masked; `folded` is as long and has the plain names."""
        masked = hidden_spans(text, self._spans(self._assigned, self._named, text, folded), hide)
        if "-" in masked:
            folded = folded if masked is text else fold(masked)
            options = self._spans(self._options, self._option, masked, folded)
            masked = hidden_spans(masked, options, hide)
        lower = _lower(folded if masked is text else fold(masked))
        if "value" in lower or "content=" in lower:
            folded = folded if masked is text else fold(masked)
            masked = hidden_spans(masked, self._members.spans(masked, folded, lower), hide)
        return masked

    def _spans(
        self,
        blocks: Blocks,
        named: Callable[[str, re.Match[str], int], tuple[str, int]],
        text: str,
        folded: str,
    ) -> Iterator[Span]:
        """Give the spans of the values.

        A text with many thousands of names, be there values or not, is not taken apart to its
        end: behind `MOST` of them, or four times as many that only look like names, the rest is
        one value.
        """
        lower = _lower(folded)
        count = done = 0
        matches = blocks.matches(lower)
        while (match := next(matches, None)) is not None:
            name, begin = named(folded, match, done)
            count += 4 if name else 1
            span = span_of(text, match, name, begin) if name else None
            if count > 4 * MOST:
                span = _rest(text, match)
            if span is not None:
                if match["xml"] and "=" in match["xml"]:
                    for inner in self._attributes(named, folded, text, match, lower):
                        yield inner
                        done = inner[1]
                if done <= span[0]:
                    yield span
                    done = span[1]
                    if (new := changed(text, done)) is not None:
                        yield new
                        done = new[1]
                matches = blocks.matches(lower, done)
            elif match["xml"] and "=" in match["xml"]:
                # An attribute of an element whose name is none: <key password="S">
                matches = blocks.matches(lower, match.start("separator"))

    def _attributes(
        self,
        named: Callable[[str, re.Match[str], int], tuple[str, int]],
        folded: str,
        text: str,
        tag: re.Match[str],
        lower: str,
    ) -> Iterator[Span]:
        """Give the spans within a tag whose content is one: <secret key="S">."""
        start = tag.start("separator")
        end = tag.end("xml")
        for match in self._assigned.matches(lower[:end], start):
            name, begin = named(folded, match, start)
            span = span_of(text, match, name, begin) if name else None
            if span is not None and start <= span[0] < end:
                start = span[1]  # of a quote that is left open beyond the tag
                yield span

    def _option(self, folded: str, match: re.Match[str], floor: int) -> tuple[str, int]:
        """The name of an option, `--token S`, and where it begins."""
        begin, end = match.span("name")
        name = folded[begin:end]
        lower = name.lower()
        held = self._held(lower) and self._sensitive(name)
        shown = _PLACEHOLDER.match(folded, match.end()) if held else None
        if shown and (shown[0] in _METAVARS or is_own(shown[0], lower)):
            return "", begin  # `--api-key KEY`, as a usage has it
        return (lower if held else ""), begin

    def _named(self, folded: str, match: re.Match[str], floor: int) -> tuple[str, int]:
        """The name in front of the separator, in lower case, and where it begins; "" for none.

        Of a long name only the end counts.
        """
        begin, end = match.start(), match.start("separator")
        if begin and folded[begin - 1] in NAME_CHARACTERS:
            lowest = max(floor, begin - 64)
            begin = lowest + len(folded[lowest:begin].rstrip(NAME_CHARACTERS))
        name = folded[begin:end] if end - begin < 128 else folded[end - 128 : end]
        last = folded[begin - 1 : begin]
        if last and last in "\\%[;":
            begin, name = self._trimmed(begin, name, last)
        before = folded[max(0, begin - _BEFORE) : begin]
        lower = name.lower()
        if (last in (":", "/") or name in _FOLDERS) and _is_place(folded, match, name, before):
            return "", begin
        # Numbers at the end make no other name.
        if not self._sensitive(name.rstrip(_DIGITS)) and not (
            (lower in _QUERY or lower.endswith(_SIGNATURES)) and _is_parameter(before)
        ):
            if before[-1:] != " " or not name.isalpha():
                return "", begin
            # "API key: S": two words with a space between them.
            lower = f"{_last_word(before).lower()} {lower}"
            if not self._sensitive(lower):
                return "", begin
        elif (
            lower == "token"
            and before[-1:] == " "
            and not self._sensitive(_last_word(before) + "_token")
        ):
            return "", begin  # "unexpected token: x"
        return (lower if fits(match, name, before) else ""), begin

    def _trimmed(self, begin: int, name: str, mark: str) -> tuple[int, str]:
        """Take an escape's last characters (`\\n`, `%3F`) off the beginning of a name."""
        if mark == "\\":
            escape = None if self._sensitive(name) else _ESCAPED.match(name)
        else:
            escape = (_PERCENT if mark == "%" else _COLOURED).match(name)
        return (begin + escape.end(), name[escape.end() :]) if escape else (begin, name)


def _lower(folded: str) -> str:
    """A text in lower case, as long as it."""
    lower = folded.lower()
    return lower if len(lower) == len(folded) else folded.replace("İ", "I").lower()


def _any_of(words: Iterable[str]) -> str:
    """A pattern for the words, in their order, that looks at the first letter of many at once."""
    rests: dict[str, list[str]] = {}
    for word in dict.fromkeys(words):
        rests.setdefault(word[0], []).append(re.escape(word[1:]))
    return "|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in rests.items())


def _is_place(folded: str, match: re.Match[str], name: str, before: str) -> bool:
    """Whether it is a place, or a piece of one: `PWD=/srv`, `/etc/passwd:12: …`, an ARN."""
    if name in _FOLDERS:
        return before[-1:] != ";" and folded[match.end() : match.end() + 1] in ("/", "~")
    if match["separator"] != ":":
        return False
    if folded.startswith(":", match.end()):
        return True  # `tests/test_password.py::test_login`
    if before[-1:] == ":":
        return name == "secret" and _RESOURCE.search(before) is not None
    return _LINE_NUMBER.match(folded, match.end()) is not None


def _last_word(before: str) -> str:
    """The word before a space."""
    rest = before[:-1]
    return rest[len(rest.rstrip(NAME_CHARACTERS)) :]


def _rest(text: str, match: re.Match[str]) -> Span | None:
    """The span of all that stands behind a separator, unless it is masked."""
    start, end = match.end(), len(text)
    return None if is_masked(text[start:]) else (start, end)


def _is_parameter(before: str) -> bool:
    """Whether what stands before a name makes it a parameter of a URL, encoded up to twice."""
    if before[-1:] in ("?", "&", "#", ";"):
        return True
    mark = before[-3:].lower()
    return (
        mark in ("%3f", "%26", "%23")
        or before[-5:] == "u0026"
        or (mark[1:] in ("3f", "26", "23") and "%25" in before)
    )
