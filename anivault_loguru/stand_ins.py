"""What stands where the value of a secret name would, and is none.

Words of a sentence, placeholders, variables, where a program looks a value up, versions, titles.
"""

from __future__ import annotations

from .patterns import pattern

__all__ = [
    "MODULES",
    "SIGNS",
    "begins_stand_in",
    "is_lookup",
    "is_own",
    "is_placeholder",
    "says_nothing",
]

# Words of a sentence, not values: `token: expired`, `auth: ok`.
_NOTHING = frozenset(
    """
    none null nil true false undefined ok okay yes no on off not missing invalid valid expired
    changed updated refreshed revoked denied failed required accepted rejected unset set empty
    unknown anonymous absent present enabled disabled it you this the is was must configured
    acquired attempt inherit include read write await
    str string bytes int bool optional raise return pass continue break yield 없음 なし 无 無 нет
    """.split()
)
_LONGEST_WORD = 12
_LONGEST = 200
_PLURAL = ("keys", "tokens", "passwords", "secrets", "cookies", "credentials", "passphrases")
_MODULES = (".auth", ".cookies", ".credentials", ".csrf", ".jwt", ".secrets", ".tokens")
MODULES = (*_MODULES, "auth")
# As others show what they do not: Terraform, scrubbers.
_INSTEAD = (
    *("(sensitive", "(known after apply", "(none)", "(hidden)", "(redacted)", "(not set)"),
    *("[redacted", "[filtered", "[hidden", "[masked", "<redacted", "<hidden", "<masked"),
)
_INSTEAD_WITHIN = 20
_OPENS = frozenset("([<")
# `self.token`, `os.environ["TOKEN"]`, `headers.get("Authorization")`: where a value is looked up.
_CODE = pattern(
    r"(?:self|cls)\.[A-Za-z_.]{1,80}(?![\w\-])|[A-Za-z_][\w.]{0,80}(?:\[|(?:\.get|getenv)\()"
    r"(\\{0,15}[\"'])[A-Za-z_][\w\-]{0,60}\1[\])](?![\w\-])"
    r"|(?:[A-Za-z_]\w{0,60}\.){1,9}[A-Za-z_]\w{0,60}\([\w, .]{0,60}\)"
)
_DOTTED = pattern(r"(?:[A-Za-z_]\w*\.)+([A-Za-z_]\w*)")
# Variables of shells, CI and templates, parameters of SQL.
_PLACEHOLDER = pattern(
    r"(?:\?|%s|%\(\w{1,60}\)s|[$:@]p?\d{1,2}|\$\{[A-Za-z_]\w{0,100}\}|\$[A-Z_][A-Z0-9_]{2,60}"
    r"|%[A-Z_][A-Z0-9_]{2,60}%|\$\([^()\n]{1,200}\)|\$?\{\{ {0,3}[\w.\-| ]{1,100}\}\})(?![\w\-])"
)
_NAMED = pattern(r"(?:[:@]|\{)([A-Za-z_][\w.]{1,60})\}?(?![\w\-])")  # `:password`, `{password}`
SIGNS = frozenset("?%$:@{^~0123456789")
_VERSION = pattern(r"[\^~]?\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w.\-])")
_SCHEMA = pattern(r"\{\s{0,9}\\{0,15}\"type\\{0,15}\"\s{0,3}:\s{0,3}\\{0,15}\"[a-z]{3,9}\\{0,15}\"")
# `Secret: Garden`, `암호: 최후의 결전`, as films are called.
_TITLED = ("secret", "secrets", "token", "tokens", "cookie", "cookies")
_TITLE = pattern(
    r"(?!Bearer|Basic|Token|Digest|Negotiate|Bot|Key)[A-Z][a-z'’]{1,20}(?=[ .,)!?\"'+]|\Z)"
    r"|[^\x00-\x7f]{1,40} [^\s=:]"
)
_TOLD = frozenset({": ", "%3a+", "%3A+", "%3a%20", "%3A%20"})


def begins_stand_in(text: str, start: int, separator: str, name: str, begin: int) -> bool:
    """Tell whether a stand-in begins at `start`, behind the separator of a name.

    Args:
        text: where it stands.
        start: where the value would begin.
        separator: what stands before it.
        name: in lower case.
        begin: where the name begins.
    """
    first = text[start : start + 1]
    if first in _OPENS:
        return text[start : start + _INSTEAD_WITHIN].lower().startswith(_INSTEAD)
    if first in SIGNS:
        return is_placeholder(text, start, name) > 0 or _SCHEMA.match(text, start) is not None
    if separator in _TOLD and (name in _TITLED or not name.isascii() or name == "master key"):
        title = _TITLE.match(text, start)
        if title and (text[begin].isupper() or not title[0].isascii()):
            return True
    return _CODE.match(text, start) is not None


def is_placeholder(text: str, start: int, name: str) -> int:
    """Return where a placeholder or a version ends that begins at `start`; 0 if there is none."""
    found = _PLACEHOLDER.match(text, start) or _VERSION.match(text, start)
    if found is None:
        found = _NAMED.match(text, start)
        if found is None or not is_own(found[1].rpartition(".")[2], name):
            return 0
    return found.end()


def is_own(word: str, name: str) -> bool:
    """Tell whether a word is but the name's own, or its last part: `--api-key KEY`."""
    plain, own = word.lower().replace("-", "_"), name.lower().replace("-", "_")
    return len(plain) > 2 and (own.endswith(plain) or plain.endswith(own.rpartition(".")[2]))


def is_lookup(value: str, name: str) -> bool:
    """Tell whether a value is an attribute with such a name: `settings.tmdb_api_key`."""
    found = _DOTTED.fullmatch(value)
    return found is not None and is_own(found[1], name)


def says_nothing(text: str, start: int, end: int, name: str) -> bool:
    """Tell whether a value is a word of a sentence, a number of things or code, not a secret.

    A long one is not: the search goes on within what says nothing, which must not be long.
    """
    if end - start > _LONGEST:
        return False
    value = text[start:end]
    if len(value) < _LONGEST_WORD and value.lower() in _NOTHING:
        return True
    if value.endswith("()") or is_lookup(value, name):
        return True
    if (value == name or value.isupper()) and is_own(value, name):
        return value.isupper() or text[end : end + 1] in (")", ",")  # `login(password=password)`
    if name.endswith(_MODULES) and value.isalpha():
        return True  # `botocore.credentials: Found` is the name of a logger
    if name == "auth":
        return len(value) < 6 or (value.isalpha() and len(value) < 12)
    return name.endswith(_PLURAL) and value.isdecimal() and len(value) < 5
