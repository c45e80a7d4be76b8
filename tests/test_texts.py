"""Named values in texts, addresses, headers, keys: what is masked, and what stays."""

from __future__ import annotations

import json
import os
import string
from urllib.parse import quote

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from innocent import INNOCENT
from tokens import RECIPES
from tokens import example as token_of

from anivault_loguru.masking import MARKER, Masker

S = "Xq7" + "vRt9zW"
EXAMPLES = int(os.environ.get("MASK_EXAMPLES", "300"))
MASKER = Masker(homes=["/home/me"])

SHOWN = {
    f"api_key={S}": f"api_key={MARKER}",
    f"api_key = {S} next": f"api_key = {MARKER} next",
    f"API_KEY: {S}": f"API_KEY: {MARKER}",
    f"API key: {S}, ok": f"API key: {MARKER}, ok",
    f"apiKey:='{S}'": f"apiKey:='{MARKER}'",
    f'password => "{S} {S}" x': f'password => "{MARKER}" x',
    f"{{'password': '{S}', 'n': 1}}": f"{{'password': '{MARKER}', 'n': 1}}",
    f"{{'password': b'{S}'}}": f"{{'password': b'{MARKER}'}}",
    f'{{"password": "{S}\\"{S}", "n": 1}}': f'{{"password": "{MARKER}", "n": 1}}',
    f'{{"secret": ["{S}]", "{S}"], "n": 1}}': f'{{"secret": {MARKER}, "n": 1}}',
    f'{{"secret": {{"a": "{S}}}"}}, "n": 1}}': f'{{"secret": {MARKER}, "n": 1}}',
    f"Login(user='bob', password='{S}')": f"Login(user='bob', password='{MARKER}')",
    f"f(password={S}) done": f"f(password={MARKER}) done",
    f"password={S},{S};{S} x": f"password={MARKER} x",
    f"password={S}, user=bob": f"password={MARKER}, user=bob",
    f"password={S};user=bob": f"password={MARKER};user=bob",
    f"password={S}&user=bob": f"password={MARKER}&user=bob",
    f'password = """{S}"""': f'password = """{MARKER}"""',
    f'os.environ["DB_PASSWORD"] = "{S}"': f'os.environ["DB_PASSWORD"] = "{MARKER}"',
    f'if token == "{S}":': f'if token == "{MARKER}":',
    f'def f(password: str = "{S}"):': f'def f(password: str = "{MARKER}"):',
    f"first\\napi_key={S}": f"first\\napi_key={MARKER}",
    f"password：{S}": f"password：{MARKER}",
    f"ｐａｓｓｗｏｒｄ={S} раssword={S}": f"ｐａｓｓｗｏｒｄ={MARKER} раssword={MARKER}",
    f"--token {S} -v": f"--token {MARKER} -v",
    f"--db-password={S} -v": f"--db-password={MARKER} -v",
    f'["run", "--token", "{S}", "-v"]': f'["run", "--token", "{MARKER}", "-v"]',
    f"['--token', '{S}']": f"['--token', '{MARKER}']",
    f"[('x-api-key', '{S}'), ('a', 'b')]": f"[('x-api-key', '{MARKER}'), ('a', 'b')]",
    f'{{"name": "DB_PASSWORD", "value": "{S}"}}': f'{{"name": "DB_PASSWORD", "value": "{MARKER}"}}',
    f'<add key="password" value="{S}"/>': f'<add key="password" value="{MARKER}"/>',
    f"<password>{S} {S}</password>": f"<password>{MARKER}</password>",
    f"<ns:apiKey>{S}</ns:apiKey>": f"<ns:apiKey>{MARKER}</ns:apiKey>",
    f"password: {S}\nuser: bob": f"password: {MARKER}\nuser: bob",
    f"[db]\npassword = {S}\n": f"[db]\npassword = {MARKER}\n",
    f"passphrase: correct horse {S}\nx": f"passphrase: {MARKER}\nx",
    f"AccountName=a;AccountKey={S}==;Suffix=b": f"AccountName=a;AccountKey={MARKER};Suffix=b",
    f"Authorization: Bearer {S}.a-b, then": f"Authorization: {MARKER}, then",
    f"Authorization: {S}\nHost: x": f"Authorization: {MARKER}\nHost: x",
    f'Authorization: Digest username="bob", response="{S}"\nHost: x': (
        f"Authorization: {MARKER}\nHost: x"
    ),
    f"Proxy-Authorization: Basic {S}==": f"Proxy-Authorization: {MARKER}",
    f"authorization: AWS4-HMAC-SHA256 Credential=a/b, Signature={S}": f"authorization: {MARKER}",
    f"curl -H 'Authorization: Bearer {S}' https://x": (
        f"curl -H 'Authorization: {MARKER}' https://x"
    ),
    f'Cookie: a="{S}"; b={S}\nHost: x': f"Cookie: {MARKER}\nHost: x",
    f"Set-Cookie: a={S}; Path=/\\r\\nX: y": f"Set-Cookie: {MARKER}\\r\\nX: y",
    f'curl -H "Cookie: a={S}" x': f'curl -H "Cookie: {MARKER}" x',
    f"X-Api-Key: {S}": f"X-Api-Key: {MARKER}",
    f"Authorization: Bot {S}.{S} x": f"Authorization: {MARKER} x",
    f"password=SecretStr('{S}') x": f"password={MARKER} x",
    f"token: !!str {S}\nx: 1": f"token: !!str {MARKER}\nx: 1",
    f"token: >-\n  {S}\n  {S}\nx: 1": f"token: {MARKER}x: 1",
    f'{{\n  "password":\n      "{S}"\n}}': f'{{\n  "password":\n      "{MARKER}"\n}}',
    f"password='it''s {S}' x": f"password='{MARKER}' x",
    f"password%20%3D%20{S}": f"password%20%3D%20{MARKER}",
    f"(b'authorization', b'Bearer {S}')": f"(b'authorization', b'{MARKER}')",
    f"tmdb_key={'0123456789abcdef' * 2}": f"tmdb_key={MARKER}",
    f"AWS_SECRET_ACCESS_KEY={S}/{S}+{S}": f"AWS_SECRET_ACCESS_KEY={MARKER}",
    f"jdbc:mysql://h/db?user=a&password={S}": f"jdbc:mysql://h/db?user=a&password={MARKER}",
    f"csrfmiddlewaretoken={S}": f"csrfmiddlewaretoken={MARKER}",
    f"\x1b[1;31mapi_key\x1b[0m=\x1b[35m{S}\x1b[0m": (
        f"\x1b[1;31mapi_key\x1b[0m=\x1b[35m{MARKER}\x1b[0m"
    ),
    f"\\x1b[36mtoken\\x1b[0m: '{S}'": f"\\x1b[36mtoken\\x1b[0m: '{MARKER}'",
    f"with bearer {S}.{S}": f"with bearer {MARKER}",
    f"https://h/p?api_key={S}&page=2": f"https://h/p?api_key={MARKER}&page=2",
    f"https://h/p?key={S}&page=2": f"https://h/p?key={MARKER}&page=2",
    f"https://h/#access_token={S}&a=b": f"https://h/#access_token={MARKER}&a=b",
    f"?sv=1&sig={S}%2B%3D&se=2": f"?sv=1&sig={MARKER}&se=2",
    f"?X-Amz-Signature={S}&X-Amz-Date=1": f"?X-Amz-Signature={MARKER}&X-Amz-Date=1",
    f"%3Ftoken%3D{S}%26page%3D2": f"%3Ftoken%3D{MARKER}%26page%3D2",
    f"%253Fapi_key%253D{S}%2526p%253D2": f"%253Fapi_key%253D{MARKER}%2526p%253D2",
    f"postgres://bob:{S}@db:5432/x": f"postgres://bob:{MARKER}@db:5432/x",
    f"redis://:{S}@h": f"redis://:{MARKER}@h",
    f"amqp://u:{S}/#@{S}@h/x y@z": f"amqp://u:{MARKER}@h/x y@z",
    f"postgres%3A%2F%2Fbob%3A{S}%40db": f"postgres%3A%2F%2Fbob%3A{MARKER}%40db",
    f"https://{S}{S}{S}@github.com/x": f"https://{MARKER}@github.com/x",
    f"https:\\/\\/u:{S}@h\\/p": f"https:\\/\\/u:{MARKER}@h\\/p",
    f'<password type="x">{S}</password>': f'<password type="x">{MARKER}</password>',
    f"<Password><![CDATA[{S}]]></Password>": f"<Password>{MARKER}]]></Password>",
    f'<entry key="api_key">{S}</entry>': f'<entry key="api_key">{MARKER}</entry>',
    f"<name>db.pwd</name>\n<value>{S}</value>": f"<name>db.pwd</name>\n<value>{MARKER}</value>",
    f"- name: DB_PASSWORD\n  value: {S}\n": f"- name: DB_PASSWORD\n  value: {MARKER}\n",
    f'name="password"\r\n\r\n{S} {S}\r\n--x': f'name="password"\r\n\r\n{MARKER}\r\n--x',
    f"passwords[1]={S}": f"passwords[1]={MARKER}",
    f"user%5Bpassword%5D={S}&a=1": f"user%5Bpassword%5D={MARKER}&a=1",
    f"token\\u003d{S}\\u0026a\\u003db": f"token\\u003d{MARKER}\\u0026a\\u003db",
    f"?a=1\\u0026key={S}": f"?a=1\\u0026key={MARKER}",
    f"비밀번호: {S}": f"비밀번호: {MARKER}",
    f"pAsSwOrD={S} PassWord={S}": f"pAsSwOrD={MARKER} PassWord={MARKER}",
    f"-----BEGIN RSA PRIVATE KEY-----\n{S}\n-----END RSA PRIVATE KEY-----\nx": f"{MARKER}\nx",
    f"-----BEGIN PRIVATE KEY-----\\n{S}\\n-----END PRIVATE KEY-----\\nx": f"{MARKER}\\nx",
    f"a -----BEGIN EC PRIVATE KEY-----\n{S}\n{S}": f"a {MARKER}",
    f'{{"k": "-----BEGIN PRIVATE KEY-----\\n{S}", "a": 1}}': f'{{"k": "{MARKER}", "a": 1}}',
}

STAY = [
    *(
        "password",
        "password: None",
        "token=null",
        "secret: false",
        "api_key=",
        'pwd=""',
        "token: []",
    ),
    *(
        "password must be 8 characters",
        "the token was rejected",
        "a secret of mine",
        "auth, session",
    ),
    *("https://h:8080/a@b", "https://h/users/a@b.c", "mailto:a@b.c", "git@github.com:a/b.git"),
    *("http://h/a:b@c", "12:30:45", "https://h/p?page=2&sort=key", "?monkey=1&keyboard=2"),
    *("auth: ok", "auth: 12 ms", "token expired: retry", "credentials: missing", "cookies: 3"),
    *("API keys: 2 active", "Invalid API key: You must be granted a valid key.", "jwt: expired"),
    *('required = ["password", "email"]', '("password", "email", "name")', "0123456789abcdef" * 2),
    *("Bearer tokens are used", "basic understanding", "-----BEGIN CERTIFICATE-----\nabc"),
]


def in_line(text: str) -> str:
    """The text after the masking of a line that holds it."""
    line = json.dumps({"message": text, "fields": {}}, ensure_ascii=False, separators=(",", ":"))
    result: str = json.loads(MASKER.mask_line(line.encode("utf-8", "surrogatepass")))["message"]
    return result


@pytest.mark.parametrize("text", SHOWN)
def test_a_named_value_is_masked(text: str) -> None:
    """Exactly the value is masked, in a text and in a line, and masking again changes nothing."""
    assert MASKER.mask_text(text) == SHOWN[text]
    assert in_line(text) == SHOWN[text]
    assert MASKER.mask_text(SHOWN[text]) == SHOWN[text]


@pytest.mark.parametrize("levels", [1, 2, 3])
@pytest.mark.parametrize("secret", [S, f'{S}"{S}', f"{S}\\{S}", f"{S}\\", f"\\{S}'", f"{S} {S}"])
def test_json_inside_a_string(levels: int, secret: str) -> None:
    """Escaped up to three levels, the value is masked to its end and not further."""
    text, shown = json.dumps({"token": secret, "n": "v"}), json.dumps({"token": MARKER, "n": "v"})
    for _ in range(levels - 1):
        text, shown = json.dumps(text), json.dumps(shown)
    assert MASKER.mask_text(text) == shown
    assert in_line(text) == shown


PASSED = [
    (f'password=a"{S} b', f"password={MARKER} b"),
    (f"password=a'{S}, b=c", f"password={MARKER}, b=c"),
    (f'password=a"!{S} b', f"password={MARKER} b"),
    (f'password=a"",{S} b', f"password={MARKER} b"),
    (f"password=a\\{S} b", f"password={MARKER} b"),
    (f"passphrase: a\"{S} b's", f"passphrase: {MARKER}"),
    (f'run "--password={S}" now', f'run "--password={MARKER}" now'),
    (f'<a cmd="password={S}"/>', f'<a cmd="password={MARKER}"/>'),
    (f"password={S}\nn=1", f"password={MARKER}\nn=1"),
    (f"password='a\\'{S}', b", f"password='{MARKER}', b"),
    ("password=" + 'a"!' * 40 + f"{S} b", f"password={MARKER} b"),
]


@pytest.mark.parametrize("levels", range(3))
@pytest.mark.parametrize(("text", "shown"), PASSED)
def test_a_quote_ends_a_bare_value_only_if_it_was_opened(
    text: str, shown: str, levels: int
) -> None:
    """In JSON in JSON too the value is masked to its end, and the rest of the document stays."""
    for _ in range(levels):
        text, shown = (json.dumps({"log": t, "n": "v"}) for t in (text, shown))
    assert MASKER.mask_text(text) == shown
    assert in_line(text) == shown


@pytest.mark.parametrize("text", [*STAY, *INNOCENT])
def test_innocent_texts_stay(text: str) -> None:
    """What only looks a little like a secret is left as it is, in texts, lines and as a value."""
    assert MASKER.mask_text(text) == text
    assert in_line(text) == text


def test_there_are_a_hundred_innocent_lines() -> None:
    """The list of what must stay has at least a hundred entries, all different."""
    assert len(set(INNOCENT)) >= 100


def test_thousands_of_secrets_in_one_text() -> None:
    """Of a text that has more than five thousand the rest is hidden whole; nothing is shown."""
    masker = Masker(patterns=[r"CARD-(?P<secret>q9value-\d+)"])
    for piece in THOUSANDS:
        text = " ".join(piece.format(f"q9value-{number:05}") for number in range(5050))
        masked = masker.mask_text(text)
        assert "q9value-" not in masked
        assert 5000 <= masked.count(MARKER) < 5050
        assert masker.mask_text(masked) == masked


def test_tens_of_thousands_of_names_without_values() -> None:
    """Behind so many nothing is looked at any more: what stands there is hidden, not shown."""
    for piece in ("password: |", "token=None", "password=key="):
        for before in ("", "password=1234 "):
            text = before + f"{piece}\n" * 26_000 + f"password={S}"
            masked = MASKER.mask_text(text)
            assert S not in masked
            assert len(masked) < len(text)
            assert MASKER.mask_text(masked) == masked
            few = before + f"{piece}\n" * 4_000
            assert len(MASKER.mask_text(few)) >= len(few) - len(before)


def test_many_brackets_under_a_name() -> None:
    """A list of thousands of lists is masked to its end, or with all that follows it."""
    assert MASKER.mask_text(f"secret: {[[['a']]] * 900} b") == f"secret: {MARKER} b"
    assert S not in MASKER.mask_text(f"secret: {[[['a', S]]] * 9000} b")


THOUSANDS = [
    *("token={}", "a://b:{}@c", "--token {}", "mysql -p{}", "curl -u a:{}", "bearer a1-Bb-{}"),
    "CARD-{}",
]
NAMES = ["password", "apiKey", "DB_PASSWORD", "x-api-key", "client.secret", "access_token"]
PIECES = st.sampled_from(
    [
        *(
            "password",
            "api_key",
            "token",
            "key",
            "cookie",
            "=",
            ": ",
            "'",
            '"',
            "\\",
            "\n",
            " ",
            ",",
        ),
        *(
            "Authorization: ",
            "Bearer ",
            "a1b2c3d4e5f6",
            "://",
            "@",
            ":",
            "/home/",
            "/home/me",
            "C:\\",
        ),
        *(
            "Users\\",
            "%3D",
            "%25",
            "?",
            "&",
            "--token ",
            "[",
            "]",
            "{",
            "}",
            "(",
            ")",
            "<",
            ">",
            MARKER,
        ),
        *(
            "-----BEGIN PRIVATE KEY-----",
            "eyJ",
            ".",
            "sk-",
            "ghp_",
            "x" * 40,
            "é",
            "раssword",
            "ｋｅｙ",
        ),
        *(
            "curl -u ",
            "mysql -p",
            " login ",
            " password ",
            "identified by '",
            "<value>",
            "</name>",
            "->",
            "u003d",
            "api",
            "Connection String",
            "session id",
            "비밀번호",
            "пароль",
            "-p ",
            "#",
            "sig",
            "pass",
            "Sess",
            "\r\n",
            "***",
            "None",
            "value",
            "name",
            "passphrase",
            "at_",
            "\\n",
            "\\\\",
            '\\"',
            "u",
            ";",
            "|",
            "：",
        ),
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join)
VALUES = st.recursive(
    TEXTS | st.none() | st.booleans() | st.integers(-(2**53), 2**53),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def encoded(document: object) -> bytes:
    """A document as a line has it."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for unseen in "\x7f\u202e":
        text = text.replace(unseen, f"\\u{ord(unseen):04x}")
    return text.encode("utf-8", "surrogatepass")


@settings(max_examples=EXAMPLES, deadline=None)
@given(TEXTS)
@example("/home/me비밀번호://")
def test_masking_a_text_is_idempotent(text: str) -> None:
    """Masked text holds nothing more to mask."""
    once = MASKER.mask_text(text)
    assert MASKER.mask_text(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "password: unexpected token: identifier",
        '<secret password="Xq7>vRt9zWk3P="> x',
        'password: !vaultt9zWk}3P"type": "token", "text": "abc", "value": "if"}',
    ],
)
def test_of_a_malformed_text_all_is_found_at_once(text: str) -> None:
    """What only shows once something else is masked; the next time there is nothing more."""
    once = MASKER.settle(text)
    assert MARKER in once
    assert MASKER.mask_text(once) == once == MASKER.settle(once)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.dictionaries(TEXTS, VALUES, max_size=3))
def test_without_a_hit_nothing_would_be_masked(fields: dict[str, object]) -> None:
    """The scan has no false negatives: a line that it clears is clean."""
    document = {"message": "m", "fields": fields}
    try:
        line = encoded(document)
        line.decode()
    except UnicodeError:
        return
    if MASKER.clean(line.decode()):
        assert MASKER.mask_document(document) == document


SECRETS = st.text(string.ascii_letters + string.digits + "_-+.!*", min_size=8, max_size=20).filter(
    lambda text: text[0].isalnum() and text[-1].isalnum() and text not in MARKER
)
PLACES = {
    "assigned": lambda name, s: f"{name}={s}",
    "quoted": lambda name, s: f"{name}: '{s}'",
    "repr": lambda name, s: repr({"a": [{name: s}]}),
    "json": lambda name, s: json.dumps({"a": {name: [s]}}),
    "json twice": lambda name, s: json.dumps(json.dumps({name: s})),
    "url": lambda name, s: f"https://host/a?b=1&{name}={quote(s)}&c=2",
    "encoded url": lambda name, s: quote(f"https://host/?{name}={quote(s)}&c=2", safe=""),
    "address": lambda name, s: f"mysql://{name}:{s}@host/db",
    "option": lambda name, s: f"run --{name} {s} now",
    "xml": lambda name, s: f"<{name}>{s}</{name}>",
    "header": lambda name, s: f"Authorization: Bearer {s}",
    "cookie": lambda name, s: f"Cookie: a=b; c={s}; d=e",
}
AROUND = st.text(max_size=8) | st.sampled_from(["\n", "é ", "(", "see: ", "\\n", '"', "한글 "])


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.sampled_from(sorted(PLACES)),
    st.sampled_from(NAMES),
    SECRETS,
    AROUND,
    st.sampled_from(["message", "field", "key", "list", "error"]),
)
@example("assigned", "password", "abcdefgh1", "한글 ", "key")
def test_a_planted_secret_never_survives(
    place: str, name: str, secret: str, around: str, where: str
) -> None:
    """Wherever a named secret is put, and whatever stands before it, it is gone."""
    around = around.encode("utf-8", "replace").decode() + " "
    secret = f"Q9{secret}"  # no part of the document but for chance
    assume(secret not in around)
    text = around + PLACES[place](name, secret)
    planted: dict[str, dict[str, object]] = {
        "message": {"message": text},
        "field": {"fields": {"a": {"b": text}}},
        "key": {"fields": {text: 1}},
        "list": {"fields": {"a": [[text]]}},
        "error": {"exception": {"message": text, "stacktrace": f"x\n  {text}\n"}},
    }
    document = {"message": "m", "fields": {}, **planted[where]}
    assert secret.encode() not in MASKER.mask_line(encoded(document))
    assert secret not in MASKER.mask_text(text)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.sampled_from(sorted(RECIPES)), AROUND, AROUND, st.integers(0, 10**6))
def test_a_planted_token_never_survives(name: str, before: str, after: str, seed: int) -> None:
    """A token between whatever does not make it a longer word is gone."""
    token = token_of(name, seed)
    before, after = (t.encode("utf-8", "replace").decode() for t in (before, after))
    text = f"{before} {token} {after}"
    assert token[-14:].encode() not in MASKER.mask_line(encoded({"message": text}))


def test_what_ends_like_a_call_is_code_only_if_it_is_short() -> None:
    """A value of more than 200 characters is hidden though it ends in `()`.

    Else each name in it would have its value looked for up to the same far end.
    """
    masker = Masker()
    assert masker.mask_text("cookie: build()") == "cookie: build()"
    assert masker.mask_text(f"cookie: {'a=b; ' * 50}build()") == "cookie: ***MASKED***"


def test_base64_before_a_quote_is_no_annotation() -> None:
    """The sign of equality at the end of a value, in front of a quote, is the value's."""
    value = "dXNlcjpwYXNzd29yZA="
    assert Masker().mask_text(f"['a: b\\n  token: {value}']") == "['a: b\\n  token: ***MASKED***']"
    assert Masker().mask_text("password:str='S q'") == "password:str='***MASKED***'"


S = "q7Zr2Xk9" + "Lm4TbW8s"


@pytest.mark.parametrize(
    "text",
    [
        f"password:\n        {S}",
        f"password:   # required\n    {S}",
        f"passwords:\r\n  - {S}\r\n  - {S}",
        json.dumps(f"passwords:\r\n  - {S}\r\n  - {S}"),
        f"passwords:  # the list\n\n  - {S}\n  # second\n  - '{S}'\nname: x",
        f"password: |2- # as it is\n  {S}",
        f"password: &pw !!str {S}",
        f'{{\n  "value": "{S}",\n  "name": "SMTP_PASS"\n}}',
        f"UID=sa;PWD=~{S};x=1",
        f":123456789012:password:{S}",
        f'Authorization: Bearer X12345, Digest username="b", response="{S}"',
        f'Cookie={{"a":"b"}}; sid={S}',
        f"Cookie(version=0, name='sid', value='{S}', port=None)",
        f"secret=self.{S}",
    ],
)
def test_values_on_lines_of_their_own_and_at_odd_places(text: str) -> None:
    """They are hidden to the last, and masking again changes nothing."""
    masked = Masker().mask_text(text)
    assert S not in masked
    assert Masker().mask_text(masked) == masked
