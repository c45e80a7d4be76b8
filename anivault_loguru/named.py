"""Names of secrets in texts: `password = S`, `--token S`, `"api_key": "S"`, `Cookie: S`, `?sig=S`.

A pattern finds a piece of a sensitive name with a separator behind it; only then is the whole name
judged, and the end of its value looked for (see `values.py`). The search goes on behind the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from .blocks import Blocks
from .clues import behind
from .letters import fold
from .names import ALONE
from .patterns import pattern
from .values import MOST, USUAL, Span, hidden_spans, is_masked, span_of

__all__ = ["CLUES", "HINTS", "Named"]

# The patterns run over text in lower case, which is faster than to ignore the case. What there may
# be is written as a choice, `(?:X|)`, which ends at the first character that does not fit; of
# `(?:X)?` the engine begins a repetition.
_NAME = r"a-z0-9_.\-"
_REST = rf"[{_NAME}]*(?: (?:string|url|id)(?![{_NAME}])|)"
_QUOTE = r"\\{0,15}[\"'`]"
_MAY_QUOTE = rf"(?:{_QUOTE}|)"


def _thrice(pattern: str) -> str:
    """The pattern up to three times."""
    return f"(?:{pattern}(?:{pattern}(?:{pattern}|)|)|)"


# The codes that colour a terminal, raw or escaped.
_COLOUR = _thrice(r"(?:\x1b|\\{1,4}(?:u001b|x1b|033))\[[0-9;]{0,12}m")
_SPACE = r"\s|\\{1,15}[nrt]|%(?:25){0,2}20"
_SPACES = _thrice(rf"(?:{_SPACE})")
_PLUSES = _thrice(rf"(?:{_SPACE}|\+)")
_LINE_END = r"(?:\r?\n|(?:\\{1,15}r)?\\{1,15}n)"
_ATTRIBUTE = r"[\w:.\-]{1,40}="
_ADDRESSED = rf"&[{_NAME}]{{1,40}}="  # the next parameter of a URL: the value is empty
# Most names have nothing of the kind behind them: that is to be seen at once.
_VALUE = rf"value{_MAY_QUOTE}\s{{0,3}}[:=]"
_TAGGED = rf"{_ATTRIBUTE}(?=[^>]{{0,200}}>)"
# Behind the escape of a space too.
_ESCAPED_GATE = (
    rf"\\(?!\\{{0,14}}[nrt]\s{{0,40}}(?!\s|(?:is|are|was) ?:|{_VALUE}|[a-z][^\n\\\[]{{0,200}}\[)"
    r"[^\\%=:!\-：＝\"'`])"
)
_GATE = (
    rf"(?=[\x1b\"'`\]=:：＝>]|{_ESCAPED_GATE}"
    r"|!=|->|\[\d{0,6}\]|%(?:25){0,2}(?:20|3[ad]|5d)|</name>"
    rf"|(?:,\s{{0,3}}|\r?\n\s{{1,40}}){_MAY_QUOTE}{_VALUE}"
    r"|\r?\n  [a-z][^\n\[]{0,200}\["
    rf"|\s{{1,4}}(?!\s)(?:[=!:：＝%\\]|->|(?:is|are|was) ?:|{_VALUE}|{_TAGGED}))"
    rf"(?!={_ADDRESSED}|>\s{{0,9}}<(?!value>|!\[cdata\[)"
    rf"|{_QUOTE}(?:[^\s\\\[\])%:=>,!：＝v\"'`\-]|\s{{0,3}},\s{{0,3}}[^\s\\\"'`burv\])]"
    rf"|(?!\r?\n\r?\n)\s{{1,50}}(?!(?:is|are|was) ?:|{_VALUE}|{_TAGGED})[^\s\\%:=,!：＝\"'`\-]))"
)
_ASSIGNED = (
    rf"{_COLOUR}{_MAY_QUOTE}(?:\[\d{{0,6}}\]|\]|%(?:25){{0,2}}5d|){_SPACES}"
    r"(?:(?:is|are|was) ?(?=:)|)(?:=>|->|:=|!?={1,3}|[:：＝]|%(?:25){0,2}3[ad]"
    r"|\\{1,15}(?:u00|x)3[ad])(?:"
    # The value may stand on a line of its own if a quote or a bracket tells where it begins.
    rf"(?:\s|\\{{1,15}}[nrt]){{0,80}}(?={_QUOTE}|[\[{{])|{_PLUSES}){_COLOUR}"
    rf"(?!{_ADDRESSED})"
)
# As pydantic shows what it refused, in words and as a list.
_REFUSED = (
    rf"{_LINE_END}  (?=[a-z])(?:[^\n\\\[]{{0,200}}\[(?!type=)){{0,3}}[^\n\\\[]{{1,200}}"
    r"\[type=(?!missing)\w{1,60}, input_value=(?!\{)"
    rf"|{_QUOTE},?[)\]], ?{_QUOTE}msg{_QUOTE}: ?"
    rf"\\{{0,15}}(?:\"[^\"\n]{{1,200}}\"|'[^'\n]{{1,200}}'), ?{_QUOTE}input{_QUOTE}: ?(?!\{{)"
)
_HELD = (
    rf"(?:{_QUOTE}\s{{0,3}},?\s{{0,3}}|,\s{{0,3}}|{_MAY_QUOTE}{_LINE_END}\s{{1,40}})"
    rf"{_MAY_QUOTE}{_VALUE}\s{{0,3}}"
)
_XML = (
    rf"{_MAY_QUOTE}(?: {_TAGGED}[^<>]{{0,200}}|)>(?:\s{{0,9}}<value>|)"
    rf"|</name>\s{{0,9}}<value>"
)
# The usual `name=value` comes first.
_SEPARATOR = (
    rf"(?:(?=[=:]\s?[a-z0-9])|{_GATE})"
    rf"(?P<separator>[=:]\s?(?=[a-z0-9])|{_ASSIGNED}"
    rf"|(?P<part>{_QUOTE}{_LINE_END}{{2}})|{_HELD}|{_REFUSED}"
    rf"|(?P<xml>{_XML})\s{{0,9}}(?=[^\s<]|<!\[cdata\[)"
    rf"|(?P<pair>{_QUOTE},\s{{0,3}})(?={_QUOTE}|[bur]{_QUOTE}))"
)
# (?=(...))\1 takes the longest match and gives nothing of it back: possessive repetition, which
# Python before 3.11 does not have.
_OPTION = pattern(
    rf"-(?:-|(?<![{_NAME}]-))(?=(?P<name>[a-z0-9][{_NAME}]{{1,128}}))(?P=name)"
    r"(?P<separator>\s{1,3}|\\{1,15}[nt])(?=[^\s\-])(?:(?P<pair>(?!))|(?P<xml>(?!))|(?P<part>(?!))|)"
)
_ANY_SPACE = r"[\s\x1c-\x1f]"
_SIGNS = r":：＝\]\["
# No sign is what is sure to stand before no value: `=` where the next parameter of a URL follows, a
# backslash that escapes a space before a word.
_ESCAPED_SIGN = (
    rf"\\+(?:[^\\nrt]|[nrt]{_ANY_SPACE}*"
    r"(?:[\\%=:!\-：＝\"'`]|(?:is|are|was) ?:|value|[a-z][^\n\\\[]*\[))"
)
_EQUAL = rf"=(?:[^&]|&(?:[^{_NAME}]|[{_NAME}]+[^{_NAME}=]|[{_NAME}]{{41}}))"
_LOOSE = (
    rf"{_EQUAL}|{_ESCAPED_SIGN}|->|!=|%(?:25)*(?:20|3[ad]|5d)|(?:is|are|was) ?:|value"
    r"|[^\s=>]+=[^>]*>"
)
_HELD_LOOSE = rf"{_ANY_SPACE}*(?:\\*[\"'`])?value"
_BEHIND = (
    rf"[{_SIGNS}\x1b>]|{_LOOSE}|</name>|[,\n]{_HELD_LOOSE}|\n  [a-z]"
    rf"|{_ANY_SPACE}+(?:[{_SIGNS}]|{_LOOSE})"
    rf"|[\"'`](?:\r?\n\r?\n|{_ANY_SPACE}*(?:[{_SIGNS})>,\"'`]|{_LOOSE}))"
)
"""What stands behind every name that has a separator, as a Rust regular expression."""
_ESCAPED = pattern(r"(?:[abfnrtv0]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})")
_PERCENT = pattern(r"(?:25){0,2}[0-9A-Fa-f]{2}")
_COLOURED = pattern(r"\d{1,3}m(?=[A-Za-z])")
_PAIR = pattern(r"(?:\(|[\[,]\s{0,3}\[)\s{0,3}[bBuUrR]?\\{0,15}[\"'`]\Z")
_ATTRIBUTED = pattern(r"=\\{0,15}[\"']\Z")
_NAME_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
_DIGITS = "0123456789"
# Names of parameters of a URL that are secret there.
_QUERY = frozenset({"key", "sig", "signature", "x-amz-signature", "sessid", "pass"})
HINTS = (r"(?i-u:(?:[?&#;]|%(?:25)*(?:3f|26|23)|\\+u0026)(?:key|pass|(?:x-amz-)?sig))",)
"""What of these names only the scan of `names.py` does not find, as a Rust regular expression."""
CLUES = (behind("?&#;fF63-", "sig"),)
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

    @cached_property
    def _held(self) -> Callable[[str], re.Match[str] | None]:
        return re.compile(self._stems).search

    @cached_property
    def _assigned(self) -> Blocks:
        # Without a separator too: so a search passes over a name as a whole.
        pattern = re.compile(rf"(?:{self._stems}){_REST}(?:{_SEPARATOR}|)")
        hint = rf"(?:{self._hints})[{_NAME}]*(?: (?:string|url|id))?(?:{_BEHIND})"
        return Blocks(pattern, hint, _NAME)

    @cached_property
    def _options(self) -> Blocks:
        hint = rf"-[{_NAME}]*(?:{self._hints})[{_NAME}]*(?:{_ANY_SPACE}+|\\+[nt])[^\s\-]"
        return Blocks(_OPTION, hint, _NAME)

    def mask(self, text: str, folded: str, hide: Callable[[str], str]) -> str:
        """Return `text` with the values masked; `folded` is as long and has the plain names."""
        masked = hidden_spans(text, self._spans(self._assigned, self._named, text, folded), hide)
        if "-" not in masked:
            return masked
        if masked is not text:
            folded = fold(masked)
        return hidden_spans(masked, self._spans(self._options, self._option, masked, folded), hide)

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
        lower = folded.lower()
        if len(lower) != len(folded):
            lower = folded.replace("İ", "I").lower()  # the one letter that grows
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
                    yield from self._attributes(named, folded, text, match, lower, span[0])
                yield span
                done = span[1]
                matches = blocks.matches(lower, done)
            elif match["xml"]:
                # An attribute of an element whose name is none: <key password="S">
                matches = blocks.matches(lower, match.start("separator"))

    def _attributes(
        self,
        named: Callable[[str, re.Match[str], int], tuple[str, int]],
        folded: str,
        text: str,
        tag: re.Match[str],
        lower: str,
        done: int,
    ) -> Iterator[Span]:
        """Give the spans within a tag whose content is one: <secret key="S">."""
        start = tag.start("separator")
        for match in self._assigned.matches(lower[: tag.end("xml")], start):
            name, begin = named(folded, match, start)
            span = span_of(text, match, name, begin) if name else None
            if span is not None and start <= span[0] and span[1] <= done:
                yield span
                start = span[1]

    def _option(self, folded: str, match: re.Match[str], floor: int) -> tuple[str, int]:
        """The name of an option, `--token S`, and where it begins."""
        begin, end = match.span("name")
        name = folded[begin:end]
        lower = name.lower()
        held = self._held(lower) and self._sensitive(name)
        return (lower if held else ""), begin

    def _named(self, folded: str, match: re.Match[str], floor: int) -> tuple[str, int]:
        """The name in front of the separator, in lower case, and where it begins; "" for none.

        Of a long name only the end counts.
        """
        begin, end = match.start(), match.start("separator")
        if begin and folded[begin - 1] in _NAME_CHARACTERS:
            lowest = max(floor, begin - 64)
            begin = lowest + len(folded[lowest:begin].rstrip(_NAME_CHARACTERS))
        name = folded[begin:end] if end - begin < 128 else folded[end - 128 : end]
        last = folded[begin - 1 : begin]
        if last and last in "\\%[;":
            begin, name = self._trimmed(begin, name, last)
        before = folded[max(0, begin - 12) : begin]
        lower = name.lower()
        # Numbers at the end make no other name.
        if not self._sensitive(name.rstrip(_DIGITS)) and not (
            lower in _QUERY and _is_parameter(before)
        ):
            if before[-1:] != " " or not name.isalpha():
                return "", begin
            # "API key: S": two words with a space between them.
            lower = f"{_last_word(before)} {lower}"
            if not self._sensitive(lower):
                return "", begin
        elif (
            lower == "token"
            and before[-1:] == " "
            and not self._sensitive(_last_word(before) + "_token")
        ):
            return "", begin  # "unexpected token: x"
        return (lower if _fits(match, name, before) else ""), begin

    def _trimmed(self, begin: int, name: str, mark: str) -> tuple[int, str]:
        """Take an escape's last characters (`\\n`, `%3F`) off the beginning of a name."""
        if mark == "\\":
            escape = None if self._sensitive(name) else _ESCAPED.match(name)
        else:
            escape = (_PERCENT if mark == "%" else _COLOURED).match(name)
        return (begin + escape.end(), name[escape.end() :]) if escape else (begin, name)


def _any_of(words: Iterable[str]) -> str:
    """A pattern for the words, in their order, that looks at the first letter of many at once."""
    rests: dict[str, list[str]] = {}
    for word in dict.fromkeys(words):
        rests.setdefault(word[0], []).append(re.escape(word[1:]))
    return "|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in rests.items())


def _last_word(before: str) -> str:
    """The word before a space."""
    rest = before[:-1]
    return rest[len(rest.rstrip(_NAME_CHARACTERS)) :]


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


def _fits(match: re.Match[str], name: str, before: str) -> bool:
    """Whether the separator is one that may stand behind the name, given what stands before it."""
    if match["separator"] in USUAL:
        return True
    xml, part, pair = match.group("xml", "part", "pair")
    if xml:
        # <password>S, <ns:password>S, key="password">S, <name>db.password</name> <value>S
        return before[-1:] in ("<", ":", ">") or _ATTRIBUTED.search(before) is not None
    if part:
        return _ATTRIBUTED.search(before) is not None
    if pair:
        # ["--token", S], or ('x-api-key', S)
        return name[:1] == "-" or "--" in name or _PAIR.search(before) is not None
    return True
