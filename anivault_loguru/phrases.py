"""Secrets told by the words around them: commands, SQL, netrc, `password 'S'`.

Neither a name with a separator stands before them, nor have they a shape of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .clues import Clue, behind
from .names import FOREIGN
from .scan import Scan
from .values import Span, hidden_spans, is_masked, secrets_of

__all__ = ["CLUES", "HINTS", "Phrases"]

_FLAGS = re.IGNORECASE | re.ASCII
_REACH = 300  # characters within which a command stands before its option
_GAP = r"(?:\s|\\{1,15}[nrt]){1,20}"
# Quotes may be escaped: the whole may stand in JSON.
_QUOTE = r"(?:\\{0,15}[\"'])"
_UNSPACED = r"(?:[^\s\"'\\]|\\(?!\\{0,14}[\"'nrt])|\\{0,15}[\"'](?=[A-Za-z0-9]))+"
_VALUE = rf"(?P<secret>{_UNSPACED})"
# In quotes a value may have spaces.
_OPEN = rf"(?P<open>{_QUOTE})?"
_QUOTED = r"(?(open)(?:(?!(?P=open))[^\r\n]){1,256}(?=(?P=open))|(?!))"
_HELD = rf"(?P<secret>{_QUOTED}|{_UNSPACED})"
_BARE = _OPEN + _HELD
# Between an option and its value, be they two items of a list.
_NEXT = rf"(?:{_QUOTE}, {{0,3}}|[ =]{{1,3}})"
_ITEM = rf"(?: |{_QUOTE}, ?{_QUOTE})"
_LETTERS = frozenset("_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class _Phrase(NamedTuple):
    """What to look for, and a Rust regular expression that matches in every text that has it."""

    hint: str
    pattern: str
    command: str = ""
    """For an option: this stands before it, in the syntax of both engines."""


def _words(first: str, second: str) -> str:
    """Two words of a command, or of the list of its arguments as a text has it."""
    return rf"{first}(?: |\\*[\"'], ?\\*[\"']){second}"


def _option(command: str, option: str, hint: str = "") -> _Phrase:
    # What stands before it is looked at behind the dash: a search goes fast from one to the next.
    pattern = rf"-(?:(?<=[\s\"']-)|(?<=\\[nt]-)){option[1:]}"
    return _Phrase(f"(?i-u:{hint or command})", pattern, command)


def _phrase(hint: str, pattern: str) -> _Phrase:
    return _Phrase(f"(?i:{hint})", pattern)


_WORD = r"(?:pass(?:word|wd|phrase|code)|pwd|api[ _\-]?key)(?: is| was)?"
_FOREIGN = "|".join(FOREIGN)
# `password "S"`: the first letter by itself, for a search goes fast from one to the next, and what
# may stand before it. Only the words are taken: `_quoted` sees to the quote in front of them.
_SAID = (
    r"(?-i:[pPaA])(?:(?<=p)(?:ass(?:word|wd|phrase|code)|wd)|(?<=a)pi[ _\-]?key)(?: is| was)? "
    r"(?=(?P<open>\\{0,15}[\"'`])(?=[^\s\"'`]{0,272}[\"'`])(?P<secret>(?:(?!(?P=open))\S){4,256})(?P=open))"
)
_USER = rf"{_OPEN}[^\s:\"']{{0,64}}:(?!//){_HELD}"
_PHRASES = (
    _option("curl", rf"-(?:-(?:proxy-)?user{_NEXT}|u(?:{_NEXT})?){_USER}"),
    _option("http", rf"-a{_NEXT}{_USER}", r"(?: |[\"'])-a[ \"'\\,]"),
    # Not a port: `-p3306:3306`.
    *(_option(w, rf"-p(?![\s\-]|\d{{1,5}}(?!\w)){_BARE}") for w in ("mysql", "mariadb")),
    _option("sshpass", rf"-p(?:{_NEXT})?{_BARE}"),
    _option("redis-cli", rf"-a{_NEXT}{_BARE}"),
    _option("ldapsearch", rf"-w{_NEXT}{_BARE}"),
    _option("sqlcmd", rf"-(?-i:P){_NEXT}{_BARE}"),
    _option("twine upload", rf"-p{_NEXT}{_BARE}"),
    *(
        _option(_words(*words), rf"-p{_NEXT}{_BARE}")
        for words in (("docker", "login"), ("podman", "login"), ("registry", "login"))
    ),
    _phrase("pass:", rf"-pass(?:in|out)?{_NEXT}{_QUOTE}?pass:{_BARE}"),
    _phrase(
        "setx",
        rf"setx{_ITEM}[\"']?[\w.\-]{{0,64}}(?:token|key|secret|pass\w*)"
        rf"(?:{_QUOTE},? {{0,3}}| ){_BARE}",
    ),
    _phrase(
        _words("config(?:ure)?", "set"),
        rf"config(?:ure)?{_ITEM}set{_ITEM}\S{{0,64}}(?:token|access_key|secret|password)"
        rf"(?:{_QUOTE}, {{0,3}}| ){_BARE}",
    ),
    _phrase("jdbc:oracle", r"jdbc:oracle:\w{1,9}:[^/\s:@\"']{1,64}/(?P<secret>[^@\s\"']{1,128})@"),
    _phrase(
        "identified",
        r"identified\s{1,9}(?:with\s{1,9}\S{1,40}\s{1,9})?by\s{1,9}(?:password\s{1,9})?"
        r"(\\{0,15}[\"'])(?P<secret>(?:\1\1|(?!\1)(?:[^\\]|\\{1,15}.))+)",
    ),
    # as httpx and requests show what they keep
    _phrase("<cookie ", r"<Cookie [^\s=]{1,99}=(?P<secret>\S{1,4096}) for "),
    _phrase(
        r"cookie\(version",
        rf"Cookie\(version=[^,]{{1,9}}, name=[^,]{{1,99}}, value={_QUOTE}"
        r"(?P<secret>[^\"'\n]{1,4096})",
    ),
    # and as `http.cookies`
    _phrase("<morsel: ", r"<Morsel: [^\s=]{1,99}=(?P<secret>[^;>\n]{1,4096})"),
    # Addresses without a scheme, as Go's drivers have them and `urllib` shows them.
    _phrase(
        r"@(?:tcp6?|udp|unix)\(",
        r"(?<![\w.\-])[\w.\-]{1,64}:(?P<secret>[^\s\"'`@/][^\s\"'`]{0,200}?)@(?=(?:tcp6?|udp|unix)\()",
    ),
    _phrase(
        r"netloc=",
        rf"netloc={_QUOTE}[^\s:@\"']{{0,64}}:(?P<secret>[^\s\"']{{1,256}})@(?=[^\s@\"']{{0,256}}{_QUOTE})",
    ),
    # Private keys as PuTTY and SSH2 have them; others are those of `pem.py`.
    _phrase(
        r"private-lines:",
        r"Private-Lines:\s{0,3}\d{1,4}(?P<secret>(?:(?:\s|\\{1,8}[nr]){1,4}(?!private-)[a-z0-9+/=]{1,128})+)",
    ),
    _phrase(
        r"---- BEGIN SSH2 ENC",
        r"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----"
        r"(?P<secret>(?:[\w+/=\s:,.\"'()@]+|-(?!---)|\\{1,8}[nr])+)",
    ),
    # as netrc has it
    _phrase(
        r"(?:login|machine|account)(?:\s|\\+[nrt])+[^\s]+(?:\s|\\+[nrt])+password[\s\\]",
        rf"(?:login|machine|account){_GAP}\S{{1,64}}{_GAP}password{_GAP}{_VALUE}",
    ),
    # as protocols and shells have them
    _phrase(
        r"auth (?:plain|login|xoauth2) ",
        r"auth (?:plain|login|xoauth2) (?P<secret>[a-z0-9+/=]{8,})",
    ),
    _phrase(
        r"\] \\*\"auth\\*\" \\*\"",
        rf"\] {_QUOTE}auth{_QUOTE} (?:{_QUOTE}[^\"\s]{{1,99}}{_QUOTE} )?"
        rf"{_QUOTE}(?P<secret>[^\"\s\\]+){_QUOTE}(?! {_QUOTE})",
    ),
    _phrase(r"[\"']pass [^\s]+[\"']", rf"{_QUOTE}pass (?P<secret>[^\s\"'\\]+){_QUOTE}"),
    _phrase(
        r"(?:requirepass|masterauth|cmdkey |securestring )",
        r"(?:(?:requirepass|masterauth) |cmdkey [ -~]{1,99}/pass:|convertto-securestring )"
        rf"{_BARE}",
    ),
    _phrase(r"reg_sz\s", r"(?:password|secret|token)\w{0,40}\s{1,9}reg_sz\s{1,9}(?P<secret>\S+)"),
    _phrase(
        r"env [a-z0-9_]*(?:password|passwd|token|secret|api_key)[a-z0-9_]* ",
        r"(?-i:ENV) \w{0,60}(?-i:PASSWORD|PASSWD|TOKEN|SECRET|API_KEY) (?P<secret>[^\s=\"'\\]+)",
    ),
    _phrase(
        "password for ",
        r"password for [^=\n]{1,99}=\s{0,3}(?:password\()?"
        r"(\\{0,15})'(?P<secret>(?:(?!\1')[^'\n])+)",
    ),
    _phrase(
        rf"{_WORD} \\*[\"'`]",
        _SAID,
    ),
    _phrase(
        rf"(?:{_WORD} ?|(?:{_FOREIGN})[^!-~]{{0,4}})[“‘«「『]",
        rf"(?:{_WORD} ?|(?:{_FOREIGN})[^!-~]{{0,4}})[“‘«「『](?P<secret>[!-~]{{4,256}})[”’»」』]",
    ),
    _phrase(
        rf"(?:{_FOREIGN})[^!-~]{{0,4}}\\*[\"'`]",
        rf"(?:{_FOREIGN})[^!-~]{{0,4}}(\\{{0,15}}[\"'`])(?P<secret>(?:(?!\1)[!-~]){{4,256}})\1",
    ),
    # Not the token of a language: `unexpected token 'x'`.
    _phrase(
        r"token \\*[\"'`]",
        r"(?<!unexpected )\btoken (\\{0,15}[\"'`])"
        r"(?P<secret>(?=[\w.\-]{0,64}\d)(?=[\w.\-]{0,64}[a-z])[\w.\-]{12,256})\1",
    ),
)
HINTS = tuple(dict.fromkeys(row.hint for row in _PHRASES))
"""Rust regular expressions of which one matches where `mask` finds something."""
CLUES: tuple[Clue, ...] = (
    *("<morsel: ", "private-lines", "---- begin ssh2"),
    *("curl", "mysql", "mariadb", "setx", "jdbc:oracle", "identified"),
    (" \"'", "-", "aA", " \"'\\"),
    *("requirepass", "masterauth", "cmdkey ", "securestring ", "reg_sz", "redis-cli", "sqlcmd"),
    *("ldapsearch", "twine upload", behind("\"'", "pass ")),
    *("docker login", "podman login", "registry login", behind("\"'", "login")),
    *("config set", "configure set", behind("\"'", "set")),
)
"""Of which, or of those to names, one stands in whatever one of these matches; see `clues.py`."""


class Phrases:
    """Masks what the phrases tell."""

    def __init__(self) -> None:
        self._any = Scan(HINTS)
        self._each = [Scan([row.hint]) for row in _PHRASES]

    def mask(self, text: str, hide: Callable[[str], str]) -> str:
        """Return `text` with their secrets replaced by what `hide` makes of them."""
        if self._any.may_hit(text):
            for scan, (_, pattern, command) in zip(self._each, _PHRASES, strict=True):
                if scan.may_hit(text):
                    # Compiled when it is first needed: `re` keeps it.
                    matches = re.finditer(pattern, text, _FLAGS)
                    if command:
                        matches = _behind(command, text.lower(), matches)
                    spans = _quoted(matches) if pattern is _SAID else secrets_of(matches)
                    text = hidden_spans(text, spans, hide)
        return text


def _quoted(matches: Iterator[re.Match[str]]) -> Iterator[Span]:
    """Give the secrets in quotes of the words that stand alone, or behind a quote."""
    done = 0
    for match in matches:
        text, start = match.string, match.start()
        before = text[start - 1] if start else ""
        begin, end = match.span("secret")
        if before and before in "\"'`":
            start -= 1
            # No sentence is in the quotes, and none closes a text of a program:
            # `"password "+name+"`.
            closed = match["open"] == before and text[begin] in "+,.<&|%)]:;"
            if closed and text[start - 1 : start] != "\\":
                continue
        elif before and before in _LETTERS:
            continue
        if start >= done:
            done = end + len(match["open"])
            if text[begin] not in "*•" or not is_masked(text[begin:end]):
                yield begin, end


def _behind(command: str, lower: str, matches: Iterator[re.Match[str]]) -> Iterator[re.Match[str]]:
    """Give those of the matches that stand behind the command."""
    at = -1
    for match in matches:
        start = match.start()
        if at < max(0, start - _REACH):
            at = _found(command, lower, max(0, start - _REACH), start)
        if at >= 0:
            yield match


def _found(command: str, lower: str, begin: int, end: int) -> int:
    """Where a command stands; -1 if it does not."""
    if command.isalpha():
        return lower.find(command, begin, end)
    found = re.compile(command).search(lower, begin, end)
    return found.start() if found else -1
