"""Passwords in addresses: what is one, what is a host and its port, and where an address ends."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from anivault_loguru.masking import MARKER, Masker

S = "q7Zr2Xk9" + "Lm4TbW8s"
MASKER = Masker(homes=["/home/me"])

SHOWN = {
    f"redis://:8080#{S}@h:6379/0": f"redis://:{MARKER}@h:6379/0",
    f"redis://:12345/{S}@h:6379/0": f"redis://:{MARKER}@h:6379/0",
    f"http://u:{S}@[::1]:8080/x": f"http://u:{MARKER}@[::1]:8080/x",
    f"http://[user]:{S}@h": f"http://[user]:{MARKER}@h",
    f"postgres://u:pa'{S}@h/db": f"postgres://u:{MARKER}@h/db",
    f"postgres://u:{S}'@h/db": f"postgres://u:{MARKER}@h/db",
    f"to 'postgres://u:pa'!{S}@h/db' failed": f"to 'postgres://u:{MARKER}@h/db' failed",
    f'postgres://u:pa"{S}@h/db': f"postgres://u:{MARKER}@h/db",
    f"'postgres://u:{S}@h', 'a@b'": f"'postgres://u:{MARKER}@h', 'a@b'",
    f"'https://u:{S}@h' or 'https://h'": f"'https://u:{MARKER}@h' or 'https://h'",
    f"pa'{S} https://u:{S}@h": f"pa'{S} https://u:{MARKER}@h",
    quote(f"https://u:{S}@h/p"): f"https%3A//u%3A{MARKER}%40h/p",
    quote(quote(f"https://u:{S}@h/p")): f"https%253A//u%253A{MARKER}%2540h/p",
    quote(f"https://u:{S}/@h", safe=""): f"https%3A%2F%2Fu%3A{MARKER}%40h",
    quote(f"redis://:80/{S}@h", safe=""): f"redis%3A%2F%2F%3A{MARKER}%40h",
}
HOSTS = [
    *("http://[::1]:8080/x@y", "http://[::1]/a:b@c", "http://[2001:db8::1]?x=a:b@c"),
    *("http://[fe80::1%25eth0]:80/a@b", "http://[fe80::1%eth0]/a:b@c", "http://[::1]@h"),
    *("http://h:8080/a@b", "http://h/users:a@b.c", "http://:8080/"),
]
QUOTED = [
    "on http://:8080 as a@b.c",
    *("url='http://a:80' mail='x@y'", "['http://a:80/x', 'b@c']", "['http://a:80','b@c']"),
    *("{'http://a:80':'b@c'}", '{"url":"http://a:80","mail":"b@c"}', "`http://a:80` by `b@c`"),
    *("<a href='http://a:80/'>b@c</a>", "'http://a:80'=b@c", "f('http://a:80').to('b@c')"),
]


@pytest.mark.parametrize("text", SHOWN)
def test_a_password_is_hidden(text: str) -> None:
    """Where no name stands before it, with a quote in it, encoded with slashes left as they are."""
    assert MASKER.mask_text(text) == SHOWN[text]
    assert MASKER.mask_text(SHOWN[text]) == SHOWN[text]
    line = json.dumps({"message": text}, ensure_ascii=False).encode()
    assert json.loads(MASKER.mask_line(line)) == {"message": SHOWN[text]}


@pytest.mark.parametrize("encoded", range(3))
@pytest.mark.parametrize("text", HOSTS)
def test_what_is_no_password_stays(text: str, encoded: int) -> None:
    """Hosts of IPv6, ports, what stands behind a slash; encoded too."""
    for _ in range(encoded):
        text = quote(text, safe="")
    assert MASKER.mask_text(text) == text
    line = json.dumps({"message": text}, ensure_ascii=False).encode()
    assert MASKER.mask_line(line) == line


@pytest.mark.parametrize("text", QUOTED)
def test_what_stands_behind_an_address_stays(text: str) -> None:
    """A quote that nothing goes on behind ends it."""
    assert MASKER.mask_text(text) == text
    line = json.dumps({"message": text}, ensure_ascii=False).encode()
    assert MASKER.mask_line(line) == line
