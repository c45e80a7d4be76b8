"""Private keys in PEM: hidden with all their lines, however a text shows them."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from anivault_loguru.masking import MARKER, Masker

S = "q7Zr2Xk9" + "Lm4TbW8s"
MASKER = Masker(homes=["/home/me"])


def key_of(label: str = "PRIVATE KEY", lines: int = 6) -> list[str]:
    """The lines of a key, the last of its body cut short."""
    body = [f"MIIE{S}{S}{S}/+{number:02}" for number in range(lines)]
    return [f"-----BEGIN {label}-----", *body, f"{S}==", f"-----END {label}-----"]


KEY = key_of()
TEXT = "\n".join(KEY)
SHOWN = {
    **{
        "\n".join(f"{before}{line}" for line in KEY) + "\nrest": f"{before}{MARKER}\nrest"
        for before in ("", "  ", "> ", "> > ", "| ", "    | ", "# ", "// ", " * ", "+", "[app] ")
    },
    "\n".join(f"2026-11-25 01:02:03 [web_1] INFO | {line}" for line in KEY): (
        f"2026-11-25 01:02:03 [web_1] INFO | {MARKER}"
    ),
    "<p>" + "<br>".join(KEY) + "</p>": f"<p>{MARKER}</p>",
    "<p>" + "<br />\n".join(KEY) + "</p>": f"<p>{MARKER}</p>",
    "&#10;".join(KEY): MARKER,
    "\\n\\\n".join(KEY): MARKER,
    repr(KEY): f"['{MARKER}']",
    json.dumps(KEY): f'["{MARKER}"]',
    repr([f"{line}\n" for line in KEY]): f"['{MARKER}\\n']",
    repr([line.encode() for line in KEY]): f"[b'{MARKER}']",
    "x = (\n    '" + "\\n'\n    '".join(KEY) + "'\n)": f"x = (\n    '{MARKER}'\n)",
    f"https://h/?key={quote(TEXT, safe='')}&n=1": f"https://h/?key={MARKER}&n=1",
    f"pem={quote(TEXT)} n=1": f"pem={MARKER} n=1",
    f"pem={quote(quote(TEXT))}&n=1": f"pem={MARKER}&n=1",
    f"pem={TEXT.replace(' ', '+').replace(chr(10), '%0D%0A')}&n=1": f"pem={MARKER}&n=1",
    "\n".join(key_of("RSA PRIVATE KEY")): MARKER,
    "\n".join(key_of("ENCRYPTED PRIVATE KEY")): MARKER,
    "\n".join(key_of("PGP PRIVATE KEY BLOCK")): MARKER,
    "\n".join([*KEY, *KEY]): f"{MARKER}\n{MARKER}",
}
"""Texts with a key, and what is shown of them."""


@pytest.mark.parametrize("text", SHOWN)
def test_all_lines_of_a_key_are_hidden(text: str) -> None:
    """Quoted, commented, logged line by line, in HTML, in a list, in a URL; and nothing else is."""
    assert MASKER.mask_text(text) == SHOWN[text]
    assert MASKER.mask_text(SHOWN[text]) == SHOWN[text]
    line = json.dumps({"message": text}, ensure_ascii=False).encode()
    assert json.loads(MASKER.mask_line(line)) == {"message": SHOWN[text]}


@pytest.mark.parametrize("before", ["", "> ", "| ", "# ", "[app] INFO: "])
def test_a_key_cut_short_is_hidden(before: str) -> None:
    """Without a closing line, as far as its lines go."""
    text = "\n".join(f"{before}{line}" for line in KEY[:-2])
    assert MASKER.mask_text(text) == f"{before}{MARKER}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"{quote(TEXT)[:120]}&n=1", f"{MARKER}&n=1"),
        (
            json.dumps({"k": "\n".join(KEY[:3]), "sha256": "e3b0c442" * 8, "n": 1}),
            json.dumps({"k": MARKER, "sha256": "e3b0c442" * 8, "n": 1}),
        ),
        (
            f"t.startswith('{KEY[0]}') and t.endswith('{KEY[-1]}')",
            f"t.startswith('{MARKER}') and t.endswith('{KEY[-1]}')",
        ),
    ],
)
def test_what_stands_behind_a_key_stays(text: str, shown: str) -> None:
    """The rest of a URL or of a document, and code that only looks for one."""
    assert MASKER.mask_text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        f"-----BEGIN CERTIFICATE-----\n{S}\n-----END CERTIFICATE-----",
        f"-----BEGIN%20CERTIFICATE-----%0A{S}%0A-----END%20CERTIFICATE-----",
        *("-----BEGIN PRIVATE", "-----BEGIN PUBLIC KEY-----", "----- BEGIN -----"),
    ],
)
def test_what_is_no_private_key_stays(text: str) -> None:
    """Certificates, public keys and lines of dashes."""
    assert MASKER.mask_text(text) == text
