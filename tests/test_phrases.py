"""Secrets told by the words around them: exactly they are masked, and their likes are not."""

from __future__ import annotations

import pytest

from anivault_loguru.masking import MARKER, Masker
from anivault_loguru.phrases import HINTS
from anivault_loguru.scan import Scan

S = "Xq7" + "vRt9zW"
SHOWN = {
    f"curl -u bob:{S} https://x": f"curl -u bob:{MARKER} https://x",
    f"curl -sS --user 'bob:{S}' https://x": f"curl -sS --user 'bob:{MARKER}' https://x",
    f"['curl', '-u', 'bob:{S}', 'x']": f"['curl', '-u', 'bob:{MARKER}', 'x']",
    f"mysql -uroot -p{S} db": f"mysql -uroot -p{MARKER} db",
    f"mysqldump -p'{S}' db": f"mysqldump -p'{MARKER}' db",
    f"mysqldump -p'{S} {S}' db": f"mysqldump -p'{MARKER}' db",
    f"curl -u 'bob:{S} {S}' x": f"curl -u 'bob:{MARKER}' x",
    f"curl -u 'bob:{S} x": f"curl -u 'bob:{MARKER} x",
    f"curl -u bob:a'{S} x": f"curl -u bob:{MARKER} x",
    f'{{"a":"docker login -p \\"{S} {S}\\" r"}}': f'{{"a":"docker login -p \\"{MARKER}\\" r"}}',
    f"sshpass -p {S} ssh h": f"sshpass -p {MARKER} ssh h",
    f"docker login -u bob -p {S} r.io": f"docker login -u bob -p {MARKER} r.io",
    f"openssl rsa -passin pass:{S} -in k": f"openssl rsa -passin pass:{MARKER} -in k",
    f"setx X_TOKEN {S}": f"setx X_TOKEN {MARKER}",
    f"aws configure set aws_secret_access_key {S}": (
        f"aws configure set aws_secret_access_key {MARKER}"
    ),
    f"machine h login bob password {S}\nmachine": f"machine h login bob password {MARKER}\nmachine",
    f"CREATE USER bob IDENTIFIED BY '{S} x' z": f"CREATE USER bob IDENTIFIED BY '{MARKER}' z",
    f"CREATE ROLE bob PASSWORD '{S}' LOGIN": f"CREATE ROLE bob PASSWORD '{MARKER}' LOGIN",
    f"SET PASSWORD FOR 'a'@'h' = '{S}'": f"SET PASSWORD FOR 'a'@'h' = '{MARKER}'",
    f"jdbc:oracle:thin:u/{S}@h:1521:x": f"jdbc:oracle:thin:u/{MARKER}@h:1521:x",
    f'the password "{S}" is wrong': f'the password "{MARKER}" is wrong',
    f'{{"a":"mysql -p\\"{S}\\" db"}}': f'{{"a":"mysql -p\\"{MARKER}\\" db"}}',
}
STAY = [
    *("docker run -p3306:3306 mysql", "docker run --name mysql -p3306:3306 x", "mysql -u root -p"),
    *("curl -u https://x", "curl -L https://x", "git commit -a -m 'http: y'", "login ok, password"),
    *("set token expiry to 5", 'password "must be long"', "identified by its uuid"),
    *("sort -u a:b", "ps -p 4242", "password 'it'"),
]


@pytest.mark.parametrize("text", SHOWN)
def test_the_secret_is_masked(text: str) -> None:
    """Exactly it, and masking again changes nothing."""
    assert Masker().mask_text(text) == SHOWN[text]
    assert Masker().mask_text(SHOWN[text]) == SHOWN[text]
    assert Scan(HINTS).hit(text)


@pytest.mark.parametrize("text", STAY)
def test_likes_of_it_stay(text: str) -> None:
    """The same options of other commands, ports, sentences."""
    assert Masker().mask_text(text) == text


def test_a_login_is_found_in_the_list_of_its_arguments() -> None:
    """As `repr` shows a command's arguments, a password with spaces goes to its quotes' end."""
    text = "run ['docker', 'login', '-p', 'S q']"
    assert Masker().mask_text(text) == "run ['docker', 'login', '-p', '***MASKED***']"
    innocent = "['docker', 'run', '-p', '8080:80'] after ['login']"
    assert Masker().mask_text(innocent) == innocent
