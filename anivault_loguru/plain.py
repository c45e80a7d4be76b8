"""Plain values: whatever an application logs, as values that JSON has, and as bytes.

orjson does the work for the values it knows, and `simpler` helps it over the common ones it does
not. What makes it refuse the whole record (a lone surrogate, an integer beyond 64 bits, a key that
is no string, a cycle, too deep a nesting) goes through `plain`, which is slower and total.
"""

from __future__ import annotations

import dataclasses
import datetime
import re
import sys
import threading
from collections import deque
from collections.abc import Mapping
from typing import Any

import orjson

from .aliases import aliases
from .interruption import is_interruption
from .short import short

__all__ = [
    "FRAGMENT",
    "HIDDEN",
    "dumps",
    "encoded",
    "escaped",
    "let_through",
    "plain",
    "secrets_met",
    "simpler",
    "text_of",
]

FRAGMENT = orjson.OPT_UTC_Z
"""orjson's options for a value within a line."""
_OPTIONS = FRAGMENT | orjson.OPT_APPEND_NEWLINE
_DEEP = 100
# In UTF-8: DEL, C1 (0x9b begins a terminal's control sequence, 0x85 is NEL), U+061C, U+200E and F,
# U+2028 to 202E, U+2066 to 2069.
_CONTROL = re.compile(
    rb"\x7f|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]"
)
_LONG_REPR = 10_000
_MET = 64  # secrets
_here = threading.local()
HIDDEN = "*" * 10
"""What pydantic shows of a secret."""
_INT64 = range(-(2**63), 2**64)


def dumps(document: Mapping[str, Any]) -> bytes:
    """Encode a document as one line of UTF-8 JSON with its newline. Never raises.

    Every control character is a JSON escape: C0, which orjson escapes, and DEL, C1, line and
    paragraph separators and bidi controls, which JSON allows to stand as they are.
    """
    try:
        return encoded(document, _OPTIONS)
    # Not every Exception: one that a signal handler raises here is not ours to catch.
    except orjson.JSONEncodeError as error:
        let_through(error)
        return escaped(orjson.dumps(plain(document), None, _OPTIONS))


def let_through(error: orjson.JSONEncodeError) -> None:
    """Raise what interrupted the application's own code while orjson asked it for a value."""
    cause = error.__cause__
    if cause is not None and is_interruption(cause):
        raise cause


def encoded(value: object, options: int = FRAGMENT) -> bytes:
    """Encode a value as `dumps` does, without the newline.

    Raises:
        orjson.JSONEncodeError: it holds what orjson refuses, and `plain` would have to change.
    """
    text = orjson.dumps(value, simpler, options)
    return text if text.isascii() and b"\x7f" not in text else escaped(text)


def escaped(text: bytes) -> bytes:
    """Return encoded text with its control characters as JSON escapes."""
    # One byte is found ten times faster than two.
    if b"\xe2" in text or b"\xc2" in text or b"\x7f" in text or b"\xd8" in text:
        return _CONTROL.sub(_escape, text)
    return text


def _escape(match: re.Match[bytes]) -> bytes:
    return b"\\u%04x" % ord(match[0].decode())


def text_of(value: object) -> str:
    """Return `str(value)`, or as much as can be said of an object whose `str` or `repr` fails."""
    if type(value) is str:
        return value
    for form in (str, repr):
        try:
            text = form(value)
            return text if type(text) is str else str.__str__(text)
        except Exception as error:
            if is_interruption(error):
                raise
    return f"<{type(value).__name__} object that cannot be printed>"


def simpler(value: object) -> Any:
    """Give orjson a simpler value for one it does not know; containers are looked into again."""
    if isinstance(value, (set, frozenset, tuple)):  # orjson knows no subclass of tuple
        names = _names_of(value)
        if names and type(value).__module__ == "urllib.parse":
            return value.geturl()  # type: ignore[union-attr]
        return dict(zip(names, value, strict=True)) if names else list(value)
    cookies = _cookies(value)
    if cookies is not None:
        return cookies
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "backslashreplace")
    if isinstance(value, (datetime.date, datetime.time)):  # with a zone, or a subclass
        return value.isoformat()
    if isinstance(value, float):
        return float(value)
    if type(value).__module__ == "numpy":
        return _numeric(value)
    tolist = getattr(type(value), "tolist", None)
    if tolist is not None:
        return tolist(value)
    dump = getattr(type(value), "model_dump", None)
    if dump is not None:
        return aliases.shown(value, dump(value))
    attributes = getattr(type(value), "__attrs_attrs__", None)
    if attributes is not None:
        return {field.name: getattr(value, field.name) for field in attributes}
    if hasattr(type(value), "get_secret_value"):
        _meet(value)
    return _shown(value)


def _meet(value: Any) -> None:
    secret = value.get_secret_value()
    if isinstance(secret, bytes):
        secret = secret.decode("utf-8", "surrogateescape")
    if isinstance(secret, str):
        met: deque[str] | None = getattr(_here, "met", None)
        if met is None:
            met = _here.met = deque(maxlen=_MET)
        met.append(secret)


def secrets_met() -> set[str]:
    """Return what `SecretStr` and its like hid, that this thread has encoded since it last asked.

    In the line they are `HIDDEN`.
    """
    met: deque[str] | None = getattr(_here, "met", None)
    if not met:
        return set()
    secrets = set(met)
    met.clear()
    return secrets


def _names_of(value: object) -> tuple[str, ...] | None:
    """Return the names of a named tuple's items."""
    names = getattr(type(value), "_fields", None)
    if type(names) is tuple and isinstance(value, tuple) and len(names) == len(value):
        return names if all(type(name) is str for name in names) else None
    return None


def _cookies(value: object) -> dict[str, Any] | None:
    """Return a jar's cookies, or one cookie, under a name that is sensitive; None for others."""
    cookiejar = sys.modules.get("http.cookiejar")  # nobody has a cookie who has not imported it
    if cookiejar is None:
        return None
    if isinstance(value, cookiejar.Cookie):
        return {"cookie": {str(value.name): value.value}}
    # httpx.Cookies is a mapping that has a jar.
    jar = getattr(value, "jar", None) if type(value).__name__ == "Cookies" else value
    if not isinstance(jar, cookiejar.CookieJar):
        return None
    return {"cookies": {str(cookie.name): cookie.value for cookie in jar}}


def _numeric(value: Any) -> Any:
    # With this option, orjson imports numpy at the first value of any kind that it does not know:
    # a third of a second in the middle of a log call, and a lock that a fork would leave held.
    try:
        return orjson.Fragment(orjson.dumps(value, None, FRAGMENT | orjson.OPT_SERIALIZE_NUMPY))
    except orjson.JSONEncodeError:  # an array that can't be read in place
        return value.tolist()


def _shown(value: object) -> str:
    text = text_of(value)
    return text if len(text) <= _LONG_REPR else short.of(text, _LONG_REPR) + "…"


def plain(value: object, above: tuple[int, ...] = ()) -> Any:
    """Return `value` as None, bool, int, float, str, list and dict only. Never raises.

    A lone surrogate becomes the six characters of its escape (`\\udc80`), so that the bytes of a
    file name can be told from the text; an integer beyond 64 bits its digits; a container inside
    itself `<cycle>`; what lies deeper than 100 levels its type's name.
    """
    try:
        return _plain(value, above)
    except Exception as error:
        if is_interruption(error):
            raise
        return f"<{type(value).__name__} object that cannot be encoded: {type(error).__name__}>"


def _plain(value: object, above: tuple[int, ...]) -> Any:
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        return str.encode(value, "utf-8", "backslashreplace").decode("utf-8")
    if type(value) is int:
        return value if value in _INT64 else _digits(value)
    if type(value) is float:
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, (Mapping, list, tuple, set, frozenset)):
        if type(value) not in (dict, list, tuple) and (_names_of(value) or _cookies(value)):
            return plain(simpler(value), (*above, id(value)))
        if id(value) in above:
            return "<cycle>"
        if len(above) >= _DEEP:
            return f"<{type(value).__name__} nested deeper than {_DEEP}>"
        below = (*above, id(value))
        if isinstance(value, Mapping):
            return _mapping(value, below)
        return [plain(item, below) for item in value]
    try:
        # Dates, UUIDs, enums and numpy values: orjson knows them better than we do.
        return orjson.loads(orjson.dumps(value, None, _OPTIONS))
    except Exception as error:
        if is_interruption(error):
            raise
        found = simpler(value)
        return plain(found, (*above, id(value))) if found is not value else _shown(value)


def _mapping(value: Mapping[Any, Any], above: tuple[int, ...]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, item in value.items():
        name = _plain(key if isinstance(key, str) else text_of(key), ())
        while name in result:  # 1 and "1" are two keys in Python and would be one in JSON.
            name += "'"
        result[name] = plain(item, above)
    return result


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError:  # Python refuses to write more than 4300 digits in decimal.
        return hex(value)
