"""The rule of the chain, as anyone can check it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from chains import KEY, line

from anivault_loguru.chain import GENESIS, KEYLESS, Key, key_of, link, sealed

SHELL = r"""
body=$(sed -n 1p "$1" | sed 's/,"digest":"[0-9a-f]*"}$//')
printf %s "$body" | {tool}
"""


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="no sha256sum here")
def test_a_shell_verifies_a_line(tmp_path: Path) -> None:
    """sed and sha256sum get the digest of a line without a key."""
    linked, digest = link(line(1), GENESIS)
    (tmp_path / "audit.log").write_bytes(linked)
    script = SHELL.replace("{tool}", "sha256sum")
    command = ["sh", "-c", script, "sh", str(tmp_path / "audit.log")]
    assert subprocess.check_output(command, text=True).split()[0] == digest


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl here")
def test_openssl_verifies_a_line_with_a_key(tmp_path: Path) -> None:
    """sed and openssl get the digest of a line with a key, Korean text in it or not."""
    linked, digest = link(line(1).replace(b"thing 1", "파일 1".encode()), GENESIS, KEY)
    (tmp_path / "audit.log").write_bytes(linked)
    script = SHELL.replace("{tool}", "openssl dgst -sha256 -hmac a-key-of-some-length -r")
    command = ["sh", "-c", script, "sh", str(tmp_path / "audit.log")]
    assert subprocess.check_output(command, text=True).split()[0] == digest


def test_links_are_the_last_two_keys() -> None:
    """A linked line is the line, and `prev` and `digest` behind it."""
    linked, digest = link(b'{"a":1}\n', GENESIS)
    assert linked == b'{"a":1,"prev":"%b","digest":"%b"}\n' % (GENESIS.encode(), digest.encode())
    found = sealed(linked[:-1])
    assert found is not None
    assert (found.prev, found.digest) == (GENESIS, digest)


@pytest.mark.parametrize(
    "text", [b"", b"{}", b'{"a":1}', b'{"prev":"a","digest":"b"}', b"x" * 200, b"{" + b'"}' * 200]
)
def test_what_is_not_linked_is_none(text: bytes) -> None:
    """A line without links is told from one with them."""
    assert sealed(text) is None


def test_a_key_is_found_by_its_seal() -> None:
    """The key that fits is named, the later one first; none if none does."""
    found = sealed(link(line(1), GENESIS, KEY)[0][:-1])
    assert found is not None
    assert key_of(found, [KEYLESS, KEY]) is KEY
    assert key_of(found, [KEYLESS, Key(b"another-one")]) is None


def test_a_key_does_not_show_itself() -> None:
    """Neither repr nor str of a key holds the secret."""
    assert "a-key" not in f"{KEY!r} {KEY}"
    assert KEY.id in repr(KEY)
