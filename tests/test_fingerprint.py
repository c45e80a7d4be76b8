"""Fingerprints of secrets, and the key they are made with."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Logs

from anivault_loguru import configure, logger
from anivault_loguru.fingerprint import Fingerprint
from anivault_loguru.masking import Masker


def test_equal_secrets_have_equal_markers_and_others_do_not(tmp_path: Path) -> None:
    """The marker tells whether it is the same secret, not which."""
    show = Fingerprint(str(tmp_path / "state" / "key"))
    assert re.fullmatch(r"\*\*\*MASKED:[0-9a-f]{4}\*\*\*", show("one"))
    assert show("one") == show("one")
    assert len({show(str(number)) for number in range(20)}) > 15


def test_the_key_is_the_installations(tmp_path: Path) -> None:
    """Another run shows the same marker, another installation another one."""
    first = Fingerprint(str(tmp_path / "key"))("one")
    assert Fingerprint(str(tmp_path / "key"))("one") == first
    others = {Fingerprint(str(tmp_path / f"key{number}"))("one") for number in range(8)}
    assert others != {first}


@pytest.mark.skipif(os.name != "posix", reason="modes mean little elsewhere")
def test_the_key_is_its_owners_alone(tmp_path: Path) -> None:
    """The file is 0600 under any umask, 32 bytes, and nothing else is left beside it."""
    path = tmp_path / "state" / "key"
    before = os.umask(0)
    try:
        Fingerprint(str(path))("one")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.stat().st_size == 32
    assert list(path.parent.iterdir()) == [path]


def test_no_file_is_made_before_there_is_a_secret(tmp_path: Path) -> None:
    """Configuring touches no disk."""
    Fingerprint(str(tmp_path / "state" / "key"))
    assert not (tmp_path / "state").exists()


@pytest.mark.skipif(os.name != "posix", reason="links need a privilege elsewhere")
def test_a_key_that_can_not_be_kept_serves_one_process(tmp_path: Path) -> None:
    """A planted link is not followed: it is said once, and markers are made nevertheless."""
    (tmp_path / "theirs").write_bytes(b"\0" * 32)
    (tmp_path / "key").symlink_to(tmp_path / "theirs")
    said: list[str] = []
    show = Fingerprint(str(tmp_path / "key"), lambda what, error: said.append(f"{what}: {error}"))
    assert show("one") == show("one")
    assert len(said) == 1
    assert (tmp_path / "theirs").read_bytes() == b"\0" * 32


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    """Whoever is first to make the key, all show the same marker."""
    code = (
        "import sys; from anivault_loguru.fingerprint import Fingerprint;"
        "print(Fingerprint(sys.argv[1])('one'))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "key")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert len({process.communicate()[0] for process in running}) == 1


def test_records_show_fingerprints(tmp_path: Path) -> None:
    """`masking.fingerprint`: the same secret has the same marker under a name and in a text."""
    configure(
        dir=tmp_path / "logs",
        console={"enabled": False},
        metrics={"enabled": False},
        masking={"fingerprint": True},
    )
    logger.info("password=abc123def", api_key="abc123def", other=["token=xyz789xyz"])
    line = Logs(tmp_path / "logs").lines()[0]
    marker = line["fields"]["api_key"]
    assert re.fullmatch(r"\*\*\*MASKED:[0-9a-f]{4}\*\*\*", marker)
    assert line["message"] == f"password={marker}"
    assert line["fields"]["other"] != [f"token={marker}"]
    assert "abc123def" not in Logs(tmp_path / "logs").text()


def test_masking_fingerprints_again_changes_nothing(tmp_path: Path) -> None:
    """A marker is known as one, whatever it holds."""
    masker = Masker(hide=Fingerprint(str(tmp_path / "key")))
    text = "password=abc123def, https://u:abc123def@h/ Authorization: Bearer abc123def456 x"
    once = masker.mask_text(text)
    assert once.count("***MASKED:") == 3
    assert masker.mask_text(once) == once
