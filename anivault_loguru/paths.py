"""Home folders in texts: the user's own become `~`, other users' names in paths `***`."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from .clues import behind
from .patterns import pattern
from .scan import Scan, literal

__all__ = ["Homes", "homes"]

_SLASH = r"(?:[\\/]|%(?:25){0,2}(?:2f|5c))"
_SLASHES = rf"(?:[\\/]{{1,16}}|{_SLASH}{{1,16}})"
_ENDS = r"\x00-\x1f\\/\s\"'`<>|:;,%()\[\]{}"
# Folders of everyone's, and what is masked already.
_NOBODY = (
    r"(?!(?=[*pdsal])(?:\*\*\*|(?:public|default|shared|all users|default user|linuxbrew)"
    rf"(?:[{_ENDS}]|\Z)))"
)
_PERCENT = r"%(?!(?:25){0,2}(?:2f|5c|20|22|0a))"
# Mostly there is no percent sign, and one repetition tells where the name ends.
_NAME = rf"(?:[^{_ENDS}]{{1,128}}(?![^{_ENDS}]|%)|(?:[^{_ENDS}]{{1,128}}|{_PERCENT}){{1,64}})"
# With a separator behind it, a name may have spaces: `C:\Users\Hong Gildong\`.
_PLAIN = r"[^\\/:*?\"<>|\x00-\x1f%]"
_SPACED = (
    rf"(?:{_PLAIN}{{1,64}}(?=[\\/])"
    rf"|(?={_PLAIN}{{0,64}}%)(?:{_PLAIN}|{_PERCENT}|%(?:25){{0,2}}20){{1,64}}(?={_SLASH}))"
)
_WHO = rf"{_NOBODY}(?:{_SPACED}|{_NAME})"
_FLAGS = re.IGNORECASE | re.ASCII
_HERE = r"\\{0,7}/"  # JSON may have a backslash before a slash
# The path of a request line is no folder's: `"GET /home/page HTTP/1.1"`.
_REQUESTED = (
    r"(?!(?-i:(?<=GET /)|(?<=PUT /)|(?<=HEAD /)|(?<=POST /)|(?<=PATCH /)|(?<=DELETE /)"
    r"|(?<=OPTIONS /))[^\s\"]{0,1024} HTTP/\d)"
)
# Each begins with a character that is rare, and looks behind it: a search goes fast from one to the
# next. What stands before may be an escape: a line has its line ends as `\\n`, a text has none.
_POSIX = pattern(
    r"((?:/(?=[huvepms])(?=home|users|var|usr|export|private|mnt|system)"
    r"(?:(?<![\w.~\-/*]/)(?<![\w.~\-/*]\\/)(?<![\w.~\-/*]\\{3}/)"
    r"|(?<=\\[abfnrtv]/)|(?<=\\[nrt]\\/)|(?<=\\u[0-9a-f]{4}/)|(?<=%[0-9a-f]{2}/)"
    # Behind an option, as `-I/home/me`, and behind an address's scheme or two slashes more.
    r"|(?<=[^\w.~\-/*]-[a-z]/)|(?<=\\[nrt]-[a-z]/)|(?<=\A-[a-z]/)"
    r"|(?<=:///)|(?<=:////)|(?<=:\\/\\/\\/)"
    r"|(?<=[^\w:/*]//)|(?<=[^\w:/*]///)|(?<=\\[nrt]//)|(?<=\A//)|(?<=\A///))"
    rf"{_REQUESTED}|%(?:25){{0,2}}2f)"
    rf"(?:(?:var|usr|export|private|mnt|system{_HERE}volumes{_HERE}data)"
    rf"(?:{_HERE}|%(?:25){{0,2}}2f))?"
    rf"(?:home|(?-i:Users))(?:\\{{0,7}}/{{1,4}}|%(?:25){{0,2}}2f)){_NOBODY}{_NAME}",
    _FLAGS,
)
_DRIVE = pattern(
    r"((?::(?=[\\/%])(?:(?<![a-z][a-z]:)|(?<=\\[nrt][a-z]:)|(?<=\\u[0-9a-f]{4}[a-z]:))(?<=[a-z]:)|%(?:25){0,2}3a)"
    rf"{_SLASHES}(?:users|documents and settings){_SLASHES}){_WHO}",
    _FLAGS,
)
_MOUNTED = pattern(
    r"(/(?=[a-z][/\\]|mnt|cyg|host)"
    r"(?:(?<![\w.~\-/*]/)(?<![\w.~\-/*]\\/)|(?<=\\[abfnrtv]/)|(?<=\\[nrt]\\/)"
    r"|(?<=\\u[0-9a-f]{4}/)|(?<=file:///))"
    rf"(?:(?:mnt|cygdrive|host_mnt|mnt{_HERE}host){_HERE})?[a-z]{_HERE}users{_HERE}){_WHO}",
    _FLAGS,
)
_SERVER = (
    r"[\\/]{1,16}(?:[?.][\\/]{1,8}unc[\\/]{1,8})?"
    r"(?:wsl(?:\$|%24|\.localhost)[\\/]{1,8}[\w.\-]{1,63}[\\/]{1,8}"
    r"|[\w.\-$?]{1,63}[\\/]{1,8}(?:c\$[\\/]{1,8})?)"
)
# A picture or a page is in no one's folder: `//cdn.example.com/users/avatar.png`.
_ASSET = (
    r"/[\w\-]{1,63}\.[\w.\-]{1,63}/users/[\w.\-]{1,128}"
    r"\.(?:png|jpe?g|gif|webp|svg|ico|css|m?js|json|html?|php)(?![\w./\\\-])"
)
_SHARE = pattern(
    r"((?:\\(?=[\\/])(?:(?<![\w:\\/*]\\)|(?<=\\[nrt]\\)|(?<=\\u[0-9a-f]{4}\\))"
    rf"|/(?=[\\/])(?:(?<![\w:\\/*]/)|(?<=\\[nrt]/)|(?<=file:/))(?!{_ASSET}))"
    rf"{_SERVER}(?:users|home)[\\/]{{1,8}}){_WHO}",
    _FLAGS,
)
# In quotes of its own a path says where it ends: `"C:\Users\Hong Gildong"`. No name of more words.
_WORD = r"(?:(?!(?P=quote))[^\\/:*?\"<>|\x00-\x20%,;=()\[\]{}])"
_QUOTED = pattern(
    r"((?P<quote>[\"'`])"
    rf"(?:(?:[\\/]{{2,16}}[?.][\\/]{{1,8}})?[a-z]:{_SLASHES}(?:users|documents and settings)"
    rf"|[\\/]{_SERVER}(?:users|home)){_SLASHES})"
    rf"{_NOBODY}{_WORD}{{1,64}}(?: {_WORD}{{1,64}}){{1,3}}(?=\\{{0,15}}(?P=quote))",
    _FLAGS,
)
_QUOTES = Scan([r"(?i-u:[\"'`](?:[a-z]:|[\\/][\\/]))"])
_BEFORE = r"(?i-u:[/\\]|%(?:25)*(?:2f|5c))"
_HINT = rf"{_BEFORE}(?i-u:home|users|documents and settings)(?-u:[/\\%])"
_USUAL = pattern(r"[\\/](?:home|users)[\\/]", re.IGNORECASE)
_OTHERS = (
    (_DRIVE, Scan([r"(?i-u::[\\/%]|%(?:25)*3a)"])),
    (_MOUNTED, Scan([r"(?i-u:/[a-z]\\*/users\\*/)"])),
    (_SHARE, Scan([r"[\\/][\\/]"])),
    (_POSIX, Scan([r"(?i-u:(?:/|%(?:25)*2f)(?:home|users))"])),
)
"""The patterns, and what finds in a text that it may have a match."""
_SHORT = 7


class Homes:
    """The home folders to hide.

    Args:
        homes: the user's own; every way of writing them is recognised.
    """

    def __init__(self, homes: Iterable[str]) -> None:
        homes = tuple(homes)
        own = {form for home in homes if len(home.rstrip("/\\")) > 2 for form in _forms(home)}
        self._own = _any_of(own)
        elsewhere = [home for home in homes if not _USUAL.search(home)]
        lasts = {re.split(r"[\\/]", home.rstrip("/\\"))[-1] for home in elsewhere}
        forms = sorted({form for last in lasts for form in _forms(last)} - {""})
        self.hints = (_HINT, *(f"{_BEFORE}(?i:{literal(form)})" for form in forms))
        """Rust regular expressions of which one matches where `mask` finds something."""
        names = ("home", "users", "documents and settings", *forms)
        self.clues = [behind("/\\fFcC", name) for name in names]
        """Of which one stands in whatever one of these matches; see `clues.py`."""

    def mask(self, text: str) -> str:
        """Return `text` with own home folders shown as `~` and other users' names as `***`."""
        if self._own is not None:
            text = self._own.sub("~", text)
        if _QUOTES.may_hit(text):
            text = _nobody(_QUOTED, text)
        for other, scan in _OTHERS:
            if scan.may_hit(text):
                text = _nobody(other, text)
        return text


def _nobody(pattern: re.Pattern[str], text: str) -> str:
    """Return `text` with `***` behind the first group of each match, instead of the rest of it."""
    pieces = pattern.split(text)
    if len(pieces) == 1:
        return text
    step = 1 + pattern.groups
    shown = ["***"] * (len(pieces) // step * 3 + 1)
    shown[::3], shown[1::3] = pieces[::step], pieces[1::step]
    return "".join(shown)


def _any_of(forms: set[str]) -> re.Pattern[str] | None:
    if not forms:
        return None
    union = "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
    # "/root" is short enough to stand inside other paths; "/home/me" is not.
    edge = (
        r"(?:(?<![\w.~\-])|(?<=\\[abfnrtv])|(?<=\\u[0-9a-f]{4}))"
        if min(map(len, forms)) < _SHORT
        else ""
    )
    case = re.IGNORECASE if any("\\" in form for form in forms) else 0
    return re.compile(rf"{edge}(?:{union})(?![\w\-]|\.\w)", case | re.ASCII)


def _forms(home: str) -> Iterator[str]:
    """How one folder may be written: composed or decomposed, slashes, escapes, percent signs."""
    home = home.rstrip("/\\")
    for form in {home, *(unicodedata.normalize(kind, home) for kind in ("NFC", "NFD"))}:
        slashed = form.replace("\\", "/")
        if form == slashed:
            yield from (form.replace("/", "\\" * n + "/") for n in (1, 3))
        yield from {form, slashed, *(form.replace("\\", "\\" * n) for n in (2, 4, 8))}
        for path in {form, slashed}:
            for safe in ("", "/", "/:", "\\:"):
                once = quote(path.encode("utf-8", "surrogatepass"), safe=safe)
                yield from (once, quote(once, safe=""), quote(once), once.replace("%2F", "%2f"))
        if slashed[1:3] == ":/":  # C:/Users/me is /mnt/c/Users/me to WSL, /cygdrive/c to Cygwin
            tail = f"/{slashed[0].lower()}{slashed[2:]}"
            yield from (mount + tail for mount in ("/mnt", "/cygdrive", ""))


def homes() -> set[str]:
    """Return the home folders of the user, as named and as resolved."""
    home = os.path.expanduser("~")
    return set() if home == "~" else {home, os.path.realpath(home)}
