"""What stands where a value would, and is none; and next to it what is one."""

from __future__ import annotations

import pytest

from anivault_loguru.masking import Masker

SECRET = "Tr0ub" + "4dorX9"
STAND_INS = [
    'DEFAULT = ["Cookie", "Authorization", "Proxy-Authorization"]',
    '["X-Api-Key", "X-Auth-Token", "Accept"]',
    "tests/test_password.py::test_x PASSED",
    "matched 'My Secret: Romance' to TMDB id 71234",
    "Top Secret: Wui Jung Gwai Lam - 03.mkv",
    "parsed title: Secret: Untold Melody (2023)",
    'title="Cookie: Run Kingdom" tmdb_id=123',
    'file="Secret: Garden.mkv" size=123',
    "query='Secret: Garden' results=12",
    "GET https://api.themoviedb.org/3/search/tv?query=Token%3A+The+Beginning",
    "No Secret: 비밀은 없다 E01.mkv",
    "Master Key: 마스터키 E05.mkv",
    "암호: 최후의 결전 E01.mkv",
    "WHERE token = ?",
    "WHERE password = %s",
    "password = $1",
    "password = :password",
    "WHERE token = @p1",
    "SET password = EXCLUDED.password",
    "api_key: ${{ secrets.TMDB_API_KEY }}",
    "api_key=${TMDB_API_KEY}",
    "password: {{ vault_password }}",
    "password: $DB_PASSWORD",
    "password=$(cat /run/secrets/x)",
    'f"password={password}"',
    "login(user=user, password=password)",
    "api_key=settings.tmdb_api_key",
    "password = var.db_password",
    "token = secrets.token_hex(16)",
    "const token = await getToken();",
    "  --password TEXT  Password for the db",
    "  -p, --password=PASSWORD  password",
    "  --tmdb-api-key TEXT   Your key",
    '"password": {"type": "string", "minLength": 8}',
    '"cookie": "^0.6.0",',
    '"tough-cookie": "^4.1.3"',
    "cookie==0.6.0",
    "PyJWT==2.8.0",
    "jwt==1.3.1",
    "cookie-parser: 1.4.6",
    "  id-token: write",
    "secrets: inherit",
    "credential.helper=store",
    "credentials: include",
    "SESSION_COOKIE_SAMESITE = 'Lax'",
    "CSRF_FAILURE_VIEW = 'django.views.csrf.csrf_failure'",
    "CSRF_COOKIE_DOMAIN = '.x.com'",
    "JWT_AUDIENCE=api",
    "password_hash_rounds=12",
    "authorization_endpoint: https://x/auth",
    "API key: configured",
    "Refreshing access token: attempt 2 of 3",
    "passwords_checked=5",
    "api_key=[REDACTED]",
    "Cookie: (none)",
    "password: '${DB_PASSWORD}'",
    'password: "{{ vault_password }}"',
    'PASSWORD_HASHERS = ["a"]',
]
PLANTED = [
    '["docker","login","-u","b","-p","{S}","ghcr.io"]',
    '{"cmd":["curl","-u","bob:{S}","https://h"]}',
    '["http","-a","bob:{S}","h"]',
    '["aws","configure","set","aws_secret_access_key","{S}"]',
    '["sshpass","-p","{S}","ssh"]',
    '~ password = "oldP4ss" -> "{S}"',
    '~ admin_password: "oldP4ss9" => "{S}"',
    "x --user b \\\n  --password \\\n  {S}",
    'array(1) {\n  ["password"]=>\n  string(11) "{S}"\n}',
    "C: AUTH PLAIN AGJvYgBUcjB1YjRkb3JYOQ=={S}",
    "DEBUG smtplib send: 'AUTH PLAIN AGJvYgBUcjB1Yj{S}=\\r\\n'",
    '1700000.1 [0 127.0.0.1:5] "AUTH" "default" "{S}"',
    "requirepass {S}",
    "masterauth {S}",
    "redis-cli -h r -a {S} ping",
    "ftplib *cmd* 'PASS {S}'",
    "rawHeaders: [\n  'Authorization',\n  'Bearer {S}',\n  'X-Api-Key',\n  '{S}'\n]",
    'http.Header{"Authorization":[]string{"Bearer {S}"}}',
    "machine h password {S}",
    "machine h login bob account x password {S}",
    '<meta name="csrf-token" content="{S}">',
    '<meta content="{S}" name="csrf-token">',
    "<member><name>password</name><value><string>{S}</string></value></member>",
    "ConvertTo-SecureString '{S}' -AsPlainText -Force",
    "    DefaultPassword    REG_SZ    {S}",
    "cmdkey /add:srv /user:bob /pass:{S}",
    "sqlcmd -S srv -U sa -P {S} -Q x",
    "ENV DB_PASSWORD {S}",
    "keytool -storepass {S} -keypass {S} -list",
    "twine upload -u __token__ -p {S} dist/*",
    "ldapsearch -x -D cn=admin -w {S}",
    "FERNET_KEY={S}",
    "AIRFLOW__CORE__FERNET_KEY={S}",
    "hmac_key={S}",
    "APP_KEY=base64:{S}",
    "DBPASS={S}",
    "API 키: {S}",
    "인증키: {S}",
    "비밀키={S}",
    "토큰: {S}",
    "APIキー: {S}",
    "トークン: {S}",
    "password={S})",
    'login(password="{S}")',
    "Secret: {S}",
    "Cookie: Session={S}",
    'token: "{S}"',
    "Token: Bearer {S}",
    "api_key={S}&x=1",
    "password: ${S}",
    "비밀번호: {S}",
    "secret: a.b.{S}",
]


@pytest.mark.parametrize("text", STAND_INS)
def test_a_stand_in_stays(text: str) -> None:
    """Placeholders, variables, lookups, words of a usage, versions, titles of films."""
    assert Masker().mask_text(text) == text


@pytest.mark.parametrize("text", PLANTED)
def test_a_secret_in_its_place_is_hidden(text: str) -> None:
    """In commands, protocols, lists of headers, plans and pages, and under less usual names."""
    planted = text.replace("{S}", SECRET)
    masked = Masker().mask_text(planted)
    assert SECRET not in masked
    assert Masker().mask_text(masked) == masked
