"""Which names are sensitive."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anivault_loguru.letters import fold
from anivault_loguru.names import FOREIGN, HINTS, STEMS, Names, words_of
from anivault_loguru.plain import dumps
from anivault_loguru.scan import Scan

HIT = Scan(HINTS).hit

SENSITIVE = """
    password Password PASSWORD db_password dbPassword DB-PASSWORD user.password password2 passwd pwd
    passphrase secret client_secret clientSecret credentials cookie Set-Cookie authorization
    Proxy-Authorization api_key apiKey APIKey apikey X-Api-Key x_api_key tmdb_api_key TMDB_KEY
    access_key private_key privateKey secret_key signing_key encryption_key account_key client_key
    master_key token access_token accessToken refreshToken id_token api_token session_token
    csrf_token oauth_token bot_token X-Auth-Token jwt JWT csrf xsrf sessionid session_id JSESSIONID
    PHPSESSID dsn SENTRY_DSN connection_string ConnectionString webhook_url webhookUrl auth
    AWS_SECRET_ACCESS_KEY aws_secret_access_key bearer_token bearerToken GITHUB_TOKEN
    mysql_pwd DB_PASS smtp_pass user_pass rootPassword password_hash passwordHash
    secret.password.value password_old old_password --password credentials_json
    PassWord passWORD pAsSwOrD DB_PassWord ansible_ssh_pass Ocp-Apim-Subscription-Key
    비밀번호 db.비밀번호 パスワード 密码 пароль Пароль ﾊﾟｽﾜｰﾄﾞ
    X-Auth-Key x-functions-key DD-APPLICATION-KEY toKen
""".split()
SENSITIVE += [unicodedata.normalize("NFD", name) for name in ("비밀번호", "db.암호", "パスワード")]

INNOCENT = """
    ACCESS_TOKEN_EXPIRE_MINUTES JWT_EXPIRATION_DELTA password_max_age_days pagination_token
    token_count tokenCount max_tokens tokens tokenizer token_type token_limit num_tokens
    cache_key cacheKey key keys public_key primary_key foreign_key sort_key monkey keyboard keyword
    turkey author authors author_name authority authenticated auth_method oauth pass passed passing
    passenger compass bypass secretary session sessions session_count connection connections
    connection_timeout webhook webhook_name password_length password_count password_required
    password_policy password_url password_file password_ttl password_expiry password_error
    secret_name secret_id cookie_name cookie_count cookie_path credential_type pwd_valid
    api_key_id api_key_name apiKeyCount private_key_path private_key_file access_token_url
    token_expiry refresh_token_expires_in n name id bypassed compassKey 암호화 비밀번호길이
""".split()


@pytest.mark.parametrize("name", SENSITIVE)
def test_names_of_secrets_are_sensitive(name: str) -> None:
    """A name is sensitive however it is cut into words and cased."""
    assert Names().sensitive(name)
    assert HIT(name)
    assert any(stem in fold(name).lower() for stem in STEMS)


@pytest.mark.parametrize("name", INNOCENT)
def test_other_names_are_not(name: str) -> None:
    """A strong word before a neutral last word, or a weak word alone, is not sensitive."""
    assert not Names().sensitive(name)


@pytest.mark.parametrize(
    "name",
    [
        *("ｐａｓｓｗｏｒｄ", "раsswоrd", "ΡASSWORD", "𝐩𝐚𝐬𝐬𝐰𝐨𝐫𝐝", "api＿key", "ＡＰＩ＿ＫＥＹ"),
        *("pasſword", "ᵖassword", "tokℯn", "seⅽret", "to\u212aen"),
    ],
)
def test_look_alikes_are_read_as_what_they_look_like(name: str) -> None:
    """Full-width, mathematical, raised, Roman, Cyrillic and Greek letters do not hide a name."""
    assert Names().sensitive(name)


def test_foreign_names_are_known_as_they_are_folded() -> None:
    """Of these letters some look like ASCII ones."""
    assert set(map(fold, FOREIGN)) <= set(STEMS)


@given(st.text())
def test_folding_keeps_positions(text: str) -> None:
    """A folded text has the length of the text, so that spans found in it hold for both."""
    assert len(fold(text)) == len(text)


def test_the_users_keys_and_allow_list_decide_first() -> None:
    """`keys` adds names, `allow` takes them away; both compare words, not spelling."""
    names = Names(keys=["licence_plate"], allow=["api-key"])
    assert names.sensitive("licencePlate")
    assert names.sensitive("Licence-Plate")
    assert not names.sensitive("api_key")
    assert names.sensitive("password")


WORDS = [
    *(*STEMS, "api", "private", "db", "string", "url", "id", "authorization", "passwd", "password"),
    *("author", "encryption", "user", "count", "x", "2", "Key", "TOKEN", "s", "_", "-", " ", "\n"),
    *('"', "\\", "\x7f", "é", "раsswоrd", "ｋｅｙ"),
]


@given(st.lists(st.sampled_from(WORDS), max_size=6).map("".join) | st.text(max_size=12))
def test_the_hints_miss_no_sensitive_name(name: str) -> None:
    """A line with a sensitive name, escaped in whatever way, is never passed over."""
    if Names().sensitive(name):
        assert HIT(fold(name))
        assert HIT(fold(dumps({name: 1}).decode()))
        assert HIT(fold(dumps({"a": dumps({name: 1}).decode()}).decode()))


ASCII_STEMS = [stem for stem in STEMS if stem.isascii()]


@given(st.lists(st.sampled_from([*ASCII_STEMS, "api", "id", "count", "db", "n", "2"]), max_size=4))
def test_spelling_does_not_matter(words: list[str]) -> None:
    """snake, kebab, dotted and camel case of one name are judged alike."""
    sensitive = Names().sensitive
    camel = "".join(word.title() for word in words)
    judged = {sensitive(mark.join(words)) for mark in "_-."} | {sensitive(camel)}
    assert len(judged) == 1


def test_words() -> None:
    """Words end at camel, snake, kebab and dot boundaries; numbers at the end are left out."""
    assert words_of("X-ApiKey2") == ("x", "api", "key")
    assert words_of("AWSSecretKey") == ("aws", "secret", "key")
    assert words_of("db.password_1") == ("db", "password")
