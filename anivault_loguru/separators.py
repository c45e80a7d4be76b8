"""What stands between a name and its value in texts: `=`, `: `, `->`, `">`, quotes, line ends.

The patterns run over text in lower case, which is faster than to ignore the case. What there may be
is written as a choice, `(?:X|)`, which ends at the first character that does not fit; of `(?:X)?`
the engine begins a repetition.
"""

from __future__ import annotations

import re

from .patterns import pattern
from .values import GAP, LINE_END, USUAL, is_header

__all__ = ["ANY_SPACE", "BEHIND", "NAME", "NAME_CHARACTERS", "QUOTE", "SEPARATOR", "fits"]

NAME = r"a-z0-9_.\-"
NAME_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
QUOTE = r"\\{0,15}[\"'`]"
"""A quote, escaped or not."""
_MAY_QUOTE = rf"(?:{QUOTE}|)"


def _thrice(pattern: str) -> str:
    """The pattern up to three times."""
    return f"(?:{pattern}(?:{pattern}(?:{pattern}|)|)|)"


# The codes that colour a terminal, raw or escaped.
_COLOUR = _thrice(r"(?:\x1b|\\{1,4}(?:u001b|x1b|033))\[[0-9;]{0,12}m")
_SPACE = r"\s|\\{1,15}[nrt]|%(?:25){0,2}20"
_ALIGNED = r"(?:[^\S\r\n]|\\{1,15}t){4,80}(?!\s)"  # in a column, on one line
# A list below its name, or a value that stands there alone: no code, no member of a mapping.
_COMMENT = r"[ \t]{0,9}(?:#[^\r\n\\]{0,200}|)"
_BELOW = (
    rf"{_COMMENT}{LINE_END}(?:(?:{_COMMENT}{LINE_END}){{0,2}}[ \t]{{0,80}}(?=-[ \t])"
    r"|[ \t]{3,80}(?![\w.\-]{1,60}[:=(\[])(?=[^\s\\\"'`]{1,300}[ \t]{0,9}(?:[\r\n\\\"'`]|\Z)))"
)
_SPACES = f"(?:{_ALIGNED}|" + _thrice(f"(?:{_SPACE})") + ")"
_PLUSES = rf"(?:{_BELOW}|{_ALIGNED}|" + _thrice(rf"(?:{_SPACE}|\+)") + ")"
_ATTRIBUTE = r"[\w:.\-]{1,40}="
_ADDRESSED = rf"&[{NAME}]{{1,40}}="  # the next parameter of a URL: the value is empty
_LISTED = rf"</key>{GAP}<(?:string|data)>"  # as property lists have it
_TAGGED = rf"{_ATTRIBUTE}(?=[^>]{{0,200}}>)"
_KEY = rf"{QUOTE}[^\"'\\\n]{{0,80}}{QUOTE}\s{{0,3}}:"  # of the next member of an object
# Behind the escape of a space too.
_ESCAPED_GATE = (
    r"\\(?!\\{0,14}[nrt]\s{0,40}(?!\s|(?:is|are|was) ?:|[a-z][^\n\\\[]{0,200}\[)"
    r"[^\\%=:!\-：＝\"'`])"
)
_GATE = (
    rf"(?=[\x1b\"'`\]=:：＝>]|{_ESCAPED_GATE}"
    rf"|!=|->|\*\*[:=]|\[\d{{0,6}}\]|%(?:25){{0,2}}(?:20|3[ad]|5d)|</name>|{_LISTED}"
    r"|\r?\n  [a-z][^\n\[]{0,200}\["
    r"|(?:\s{1,4}|[^\S\r\n]{5,80})(?!\s)"
    rf"(?:[=!:：＝%\\]|->|(?:is|are|was) ?:|{_TAGGED}))"
    rf"(?!={_ADDRESSED}|>\s{{0,9}}<(?!value>|!\[cdata\[)"
    rf"|{QUOTE}(?:{QUOTE}|[^\s\\\[\])%:=>,!：＝\-]|%(?!(?:25){{0,2}}(?:20|3[ad]|5d))"
    rf"|[^\S\r\n]{{4,80}}[^\s\\%:=>,!：＝\-]"
    rf"|\s{{0,3}},\s{{0,3}}(?:[^\s\\\"'`bur\])]|{_KEY})"
    rf"|(?!\r?\n\r?\n)\s{{1,80}}(?!(?:is|are|was) ?:|{_TAGGED})[^\s\\%:=,!：＝\-]))"
)
_ASSIGNED = (
    rf"{_COLOUR}{_MAY_QUOTE}(?:\*\*|)(?:\[\d{{0,6}}\]|\]|%(?:25){{0,2}}5d|){_SPACES}"
    r"(?:(?:is|are|was) ?(?=:)|)(?:=>|->|:=|!?={1,3}|[:：＝]|%(?:25){0,2}3[ad]"
    r"|\\{1,15}(?:u00|x)3[ad])(?:"
    # The value may stand on a line of its own if a quote or a bracket tells where it begins.
    rf"(?:\s|\\{{1,15}}[nrt]){{0,80}}(?={QUOTE}|[\[{{])|(?:\*\*(?=\s)|){_PLUSES}){_COLOUR}"
    rf"(?!{_ADDRESSED})"
)
# As pydantic shows what it refused, in words and as a list.
_REFUSED = (
    rf"{LINE_END}  (?=[a-z])(?:[^\n\\\[]{{0,200}}\[(?!type=)){{0,3}}[^\n\\\[]{{1,200}}"
    r"\[type=(?!missing)\w{1,60}, input_value="
    rf"|{QUOTE},?[)\]], ?{QUOTE}msg{QUOTE}: ?"
    rf"\\{{0,15}}(?:\"[^\"\n]{{1,200}}\"|'[^'\n]{{1,200}}'), ?{QUOTE}input{QUOTE}: ?(?!\{{)"
)
_XML = (
    rf"{_MAY_QUOTE}(?: {_TAGGED}[^>]{{0,200}}(?<!/)|)>(?:\s{{0,9}}<value>(?:<string>|)|)"
    rf"|</name>\s{{0,9}}<value>(?:<string>|)|{_LISTED}"
)
# The usual `name=value` comes first.
SEPARATOR = (
    rf"(?:(?=[=:]\s?[a-z0-9])|{_GATE})"
    rf"(?P<separator>[=:]\s?(?=[a-z0-9])|{_ASSIGNED}"
    rf"|(?P<part>{QUOTE}{LINE_END}{{2}})|{_REFUSED}"
    rf"|(?P<xml>{_XML})\s{{0,9}}(?=[^\s<]|<!\[cdata\[)"
    rf"|(?P<pair>{QUOTE},{GAP})(?!{_KEY})(?={QUOTE}|[bur]{QUOTE}))"
)
ANY_SPACE = r"[\s\x1c-\x1f]"
_SIGNS = r":：＝\]\["
# No sign is what is sure to stand before no value: `=` where the next parameter of a URL follows, a
# backslash that escapes a space before a word.
_ESCAPED_SIGN = (
    rf"\\+(?:[^\\nrt]|[nrt]{ANY_SPACE}*"
    r"(?:[\\%=:!\-：＝\"'`]|(?:is|are|was) ?:|[a-z][^\n\\\[]*\[))"
)
_EQUAL = rf"=(?:[^&]|&(?:[^{NAME}]|[{NAME}]+[^{NAME}=]|[{NAME}]{{41}}))"
_LOOSE = (
    rf"{_EQUAL}|{_ESCAPED_SIGN}|->|!=|%(?:25)*(?:20|3[ad]|5d)|(?:is|are|was) ?:"
    r"|[^\s=>]+=[^>]*>|\*\*[:=]"
)
BEHIND = (
    rf"[{_SIGNS}\x1b>]|{_LOOSE}|</(?:name|key)>|\n  [a-z]"
    rf"|{ANY_SPACE}+(?:[{_SIGNS}]|{_LOOSE})"
    rf"|[\"'`](?:\r?\n\r?\n|{ANY_SPACE}*(?:[{_SIGNS})>,\"'`]|{_LOOSE}))"
)
"""What stands behind every name that has a separator, as a Rust regular expression."""
# What stands before the name of a pair, read backwards: no search is needed.
_GAP_BACKWARDS = r"(?:\s|[nrt]\\{1,15}){0,80}"
_PAIR = pattern(rf"[\"'`]\\{{0,15}}[bBuUrR]?{_GAP_BACKWARDS}(?:\(|\[{_GAP_BACKWARDS}[\[,])")
_ATTRIBUTED = pattern(r"=\\{0,15}[\"']\Z")

# `login <user> <password> [options]`, `--password <password>  the password`
_WITH_DIGIT = pattern(rf"{QUOTE}[^\"'`\\\n]{{0,200}}?\d")  # which a header's name has not
_LONG_LINE = 300
_USAGE = pattern(r"(?:(?i:usage:)[^\n]{0,80}|--?[\w\-]{1,40}[ =]|<[\w\- ]{1,40}>[ ,|]?)<\Z")


def fits(match: re.Match[str], name: str, before: str) -> bool:
    """Whether the separator is one that may stand behind the name, given what stands before it."""
    if match["separator"] in USUAL:
        return True
    xml, part, pair = match.group("xml", "part", "pair")
    if xml:
        if _USAGE.search(before) and "</" not in _line(match):
            return False
        # <password>S, <ns:password>S, key="password">S, <name>db.password</name> <value>S
        return before[-1:] in ("<", ":", ">") or _ATTRIBUTED.search(before) is not None
    if part:
        return _ATTRIBUTED.search(before) is not None
    if pair:
        # ["--token", S], ('x-api-key', S), or a list of headers and values by turns
        if is_header(name.lower()) and _WITH_DIGIT.match(match.string, match.end()):
            return True
        return name[:1] == "-" or "--" in name or _PAIR.match(before[::-1]) is not None
    return True


def _line(match: re.Match[str]) -> str:
    """What stands behind a match up to the end of its line."""
    text, start = match.string, match.end()
    end = text.find("\n", start, start + _LONG_LINE)
    return text[start : end if end >= 0 else start + _LONG_LINE]
