"""The token formats: each is masked wherever it stands and however encoded, its likes are not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from tokens import INNOCENT_PREFIX, RECIPES, example, near_misses, secret_of

from anivault_loguru import configure, logger
from anivault_loguru.formats import FORMATS
from anivault_loguru.masking import MARKER, Masker

NAMES = [row.name for row in FORMATS]
ENCODINGS: dict[str, Callable[[str], str]] = {
    "raw": lambda token: token,
    "in JSON": lambda token: json.dumps({"a": f'"{token}"\n'}),
    "in JSON in JSON": lambda token: json.dumps(json.dumps([f"\n{token}"])),
    "in a URL": lambda token: f"https://host/?q={quote(token, safe='')}&b=1",
    "repr'd": lambda token: repr({"a": f"\t{token}\n", "b": [f"'{token}'"]}),
    "in bytes": lambda token: repr(f"\x1b[1m{token}é".encode()),
    "in prose": lambda token: f"it was {token}, they said ({token}).",
    "at a line's start": lambda token: f"first\n{token}\nlast",
}


def test_every_format_has_an_example() -> None:
    """Recipes and rows are of the same formats; a keyword has three characters or none."""
    assert sorted(RECIPES) == sorted(NAMES)
    assert len(NAMES) == len(set(NAMES))
    assert all(
        len(row.keyword) != 1 and len(row.keyword) != 2 and row.keyword == row.keyword.lower()
        for row in FORMATS
    )


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_masked_however_encoded(name: str, encoding: str) -> None:
    """Raw, escaped, percent-encoded or repr'd, nothing is left of the token, in texts and lines."""
    masker = Masker()
    for seed in range(3):
        token = example(name, seed)
        text = ENCODINGS[encoding](token)
        secret = secret_of(name, token)
        assert secret not in masker.mask_text(text)
        line = json.dumps({"message": text, "fields": {"n": 1}}, ensure_ascii=False).encode()
        masked = masker.mask_line(line)
        assert secret.encode() not in masked
        assert MARKER.encode() in masked
        assert INNOCENT_PREFIX.get(name, "") in masker.mask_text(token)


@pytest.mark.parametrize("name", NAMES)
def test_near_misses_stay(name: str) -> None:
    """A beginning alone, a token cut short or one inside a longer word is left as it is."""
    masker = Masker()
    for text in near_misses(name):
        assert masker.mask_text(text) == text
        line = json.dumps({"message": text}).encode()
        assert masker.mask_line(line) == line


SEGMENT = "eyJ" + "q7Zr2Xk9Lm4TbW8s" * 3
LONG = [
    f"ghs_1234567_{SEGMENT}.{SEGMENT}.{'Lm4-TbW8_' * 9}",
    f"ghs_{SEGMENT}.{SEGMENT}.{'Lm4-TbW8_' * 9}",
    f"glcbt-{SEGMENT}.{SEGMENT}.{'Lm4-TbW8_' * 9}",
    *(f"xox{kind}-1234567890-1234567890-{'q7Zr2Xk9Lm4TbW8s' * 2}" for kind in "abceoprs"),
    f"sk-None-{'q7Zr2Xk9Lm4TbW8s' * 3}",
]


@pytest.mark.parametrize("token", LONG)
def test_a_token_is_hidden_as_a_whole(token: str) -> None:
    """Also one that has a JSON web token in it: nothing of it stays in front."""
    assert Masker().mask_text(f"it was {token}, they said") == f"it was {MARKER}, they said"


STAY = [
    # A report of Power BI that everybody may see begins like a key of Grafana's.
    "https://app.powerbi.com/view?r=eyJrIjoi" + "NmM0Ni00MDAwLTljYWMt" * 3 + "LCJ0IjoiZjYxMGMw",
    *("dose of 20 mg", "dkea", "dosed the patients", "BATBB", "ATBB-12", "GR1348941"),
    *("api_org_id=12", "api_org_name", "hvr.md", "xoxc-", "glimt-agent", "sk-None"),
]


@pytest.mark.parametrize("text", STAY)
def test_what_begins_like_a_token_stays(text: str) -> None:
    """Words and links that have the same first letters."""
    masker = Masker()
    assert masker.mask_text(text) == text
    line = json.dumps({"message": text}).encode()
    assert masker.mask_line(line) == line


@pytest.mark.parametrize("name", NAMES)
def test_a_token_reaches_no_output(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Message, extra, nested list, key, exception and traceback: files, console, users' sinks."""
    token = example(name)
    configure(dir=tmp_path / "logs", metrics={"enabled": False}, console={"format": "human"})
    seen: list[str] = []
    number = logger.add(lambda message: seen.append(f"{message}{message.record}"))
    try:
        raise ValueError(f"bad {token}") from KeyError(token)
    except ValueError:
        logger.exception("m {}", token, extra=token, deep=[[{"a": [token]}]], by={token: 1})
    logger.remove(number)
    text = "".join(path.read_text("utf-8") for path in (tmp_path / "logs").iterdir())
    assert text.count(MARKER) >= 10
    assert secret_of(name, token) not in text + capfd.readouterr().err + "".join(seen)
