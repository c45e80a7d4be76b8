"""Texts that are no secrets, however much they look like some: none of them may be changed."""

from __future__ import annotations

__all__ = ["INNOCENT"]

INNOCENT = """
token_count=5
max_tokens=4096
prompt_tokens: 12, completion_tokens: 30
tokenizer=cl100k_base
{"token_type": "bearer", "expires_in": 3600}
next_page_token=abc123
cache_key=movie:tmdb:12345
cache_key: tv/search/Kimetsu no Yaiba
primary_key=42
public_key=AAAAB3NzaC1yc2E
foreign_key: user_id
sort_key='title'
key=value
key: title
keyboard=us
keyboard layout: kr
keyword=anime
monkey=1
turkey: roasted
author=Miyazaki Hayao
authors: 3
authority=local
authenticated=true
auth_method=password
authentication failed for user bob
passed=12 failed=0
pass: 3 of 4
bypass=false
compass: north
passenger_count=4
secretary=Kim
Secret of NIMH (1982)
The Secret Garden.mkv
Password must be 8 characters
password is too short
password_length=12
password_required: true
password_policy=strict
password_file=/etc/app/pw
secret_name=db-main
cookie_count=3
cookies enabled
session started in 0.3 s
sessions=4
session_count=2
session timeout: 30
connection refused: 10.0.0.1:5432
connection_count=8
connections: 12 open
webhook delivered in 120 ms
webhook_name=deploy
credentials were rejected
credential_type=basic
signal=15
design: flat
sign=+
assigned=4
process 4242 exited with code 0
assessment: good
accessed=12
dsn_count=1
550e8400-e29b-41d4-a716-446655440000
id=6ba7b810-9dad-11d1-80b4-00c04fd430c8
md5 d41d8cd98f00b204e9800998ecf8427e
sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709
sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
commit 9fceb02d0ae598e95dc970b74767f19372d61af8
etag "33a64df551425fcc55e4d42a148795d9f25f89d4"
data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==
[SubsPlease] X - 01 [ABCD1234].mkv
[Erai-raws] Kaiju No. 8 - 12 [1080p][HEVC][5A0C2F31].mkv
진격의 거인 - 01화 [1080p].mkv
鬼滅の刃 第01話「残酷」.mp4
新世紀エヴァンゲリオン：Air／まごころを、君に
Код Гиас - 01.mkv
Φάντασμα.avi
12:30:45
2026-11-23T01:02:03.456789Z
10.0.0.1:8080
fe80::1ff:fe23:4567:890a
a@b.c
mail sent to bob@example.com
git@github.com:owner/project.git
https://api.themoviedb.org/3/search/tv?query=Naruto&page=1
https://example.com:8443/a/b@2x.png
http://localhost:8080/users/12
https://image.tmdb.org/t/p/w500/8Y43POKjjKDGI9MH89NW0NAzzp8.jpg
GET /users/me 200 12ms
s3://bucket/path/to/object
file:///usr/share/doc/x
/usr/lib/python3.11/site-packages/x.py
/opt/home/x
C:\\Windows\\System32
C:\\Users\\Public\\Videos
\\\\nas\\media\\anime
task-scheduler-worker-1
risk-assessment-2026
disk-usage-percent
sk-learn
asia-northeast3
Asia/Seoul
msg.length
global-config
glance-at-this
ghost_writer
npm_config_cache=/tmp/x
created_at=2026-11-23
format_version=2
float_v1_model
stage: k_test_results
hf_transfer=1
lin_reg=0.3
dapifoo
basic auth is not supported
bearer of good news
Bearer authentication is required
api.github.com
2 keys, 3 values
{"hits": 3, "misses": 1}
hit rate 87.5 %
100%
50%25
name="value"
(a, b), [c], {d}
a = b == c
x => y
<title>Secret</title>
Traceback (most recent call last):
ValueError: invalid literal for int() with base 10: 'x'
KeyError: 'title'
rate limit: 40 requests per 10 s
Processed 3 files in 1.2 s
memory 120 MB, cpu 3 %
home page
at home
root=/
[SubsPlease] Sousou no Frieren - 05 (1080p) [7F3D9C21].mkv
[Ohys-Raws] Spy x Family - 12 END (EX 1280x720 x264 AAC).mp4
귀멸의 칼날: 무한성편 (2025) [1080p BluRay x265].mkv
나의 아저씨 E16 END.HDTV.1080p.mkv
비밀의 숲 시즌2 E03.mp4
비밀번호 변경이 필요합니다
비밀번호를 잊으셨나요?
이상한 변호사 우영우 S01E01 「이상한 변호사」.mkv
오징어 게임 S2 - 03 (2160p NF WEB-DL DDP5.1 H.265).mkv
암호화 모듈을 불러왔습니다
암호: 없음
토큰 3개를 사용했습니다
추천 키워드: 애니, 드라마, 영화
키: 175cm, 몸무게: 70kg
사용자 3명, 파일 12개, 소요 1.2초
[Moozzi2] Mushoku Tensei S2 - 12 (BD 1920x1080 x265-10Bit FLACx2).mkv
葬送のフリーレン 第28話「また会ったときに恥ずかしいからね」.mkv
進撃の巨人 The Final Season 完結編（後編）.mp4
パスワードを忘れた場合
秘密のケミストリー.mkv
暗殺教室 第2期 第01話.mp4
【推しの子】 第11話「アイドル」[1080p].mkv
鍵: あり
トークン数: 1024
シークレットゲーム -KILLER QUEEN-.avi
密码错误次数过多
Секретные материалы S01E01.mkv
Пароль неверный
The Secret Life of Pets (2016).mkv
Secret Garden E01.mkv
The Pass (2016).mkv
Token of Love.mkv
Cookie Monster's Bake Sale - 01.mp4
Key: The Metal Idol - 01.mkv
The Key (2021) [tmdb-12345].mkv
Session 9 (2001).mkv
The Passenger - S01E02 - Bearer of Secrets.mkv
Authority Figures (2019).mkv
{"page":1,"results":[{"id":120089,"name":"SPY x FAMILY","poster_path":"/3r4LYFuXrg3G8fepysr4xSLWnQL.jpg"}],"total_pages":1}
GET https://api.themoviedb.org/3/tv/120089?language=ko-KR&append_to_response=credits,keywords HTTP/1.1 200
HTTP Request: GET https://api.themoviedb.org/3/search/tv?query=%EC%A7%84%EA%B2%A9%EC%9D%98%20%EA%B1%B0%EC%9D%B8 "HTTP/1.1 200 OK"
urllib3.connectionpool: Starting new HTTPS connection (1): api.themoviedb.org:443
urllib3.connectionpool: https://api.themoviedb.org:443 "GET /3/search/tv HTTP/1.1" 200 None
connect_tcp.started host='api.themoviedb.org' port=443 local_address=None timeout=5.0 socket_options=None
send_request_headers.started request=<Request [b'GET']>
receive_response_headers.complete return_value=(b'HTTP/1.1', 200, b'OK', [(b'Content-Type', b'application/json'), (b'ETag', b'W/"5d0a3b8c9f"')])
asyncio: Using selector: EpollSelector
sqlalchemy.engine.Engine SELECT users.id, users.name, users.password_hash FROM users WHERE users.id = ?
sqlalchemy.engine.Engine [generated in 0.00018s] (1,)
INSERT INTO users (name, email) VALUES (?, ?)
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, password VARCHAR(64) NOT NULL)
ALTER TABLE session ADD COLUMN token_id INTEGER
django.request: Not Found: /accounts/password/reset/
django.security.csrf: Forbidden (CSRF cookie not set.): /login/
Forbidden (CSRF token missing.): /api/x
uvicorn.access: 127.0.0.1:52514 - "GET /auth/login HTTP/1.1" 200
gunicorn.error: Booting worker with pid: 4242
celery.worker: Task app.tasks.refresh_tokens[550e8400-e29b-41d4-a716-446655440000] succeeded in 0.02s: None
kombu: Connected to amqp://guest:**@localhost:5672//
redis.exceptions.AuthenticationError: Authentication required.
psycopg2.OperationalError: FATAL:  password authentication failed for user "bob"
pymysql.err.OperationalError: (1045, "Access denied for user 'bob'@'localhost' (using password: YES)")
(using password: NO)
botocore.credentials: Found credentials in shared credentials file: ~/.aws/credentials
botocore.exceptions.NoCredentialsError: Unable to locate credentials
google.auth.exceptions.DefaultCredentialsError: Could not automatically determine credentials.
openai.AuthenticationError: Error code: 401
Usage(prompt_tokens=12, completion_tokens=30, total_tokens=42)
max_new_tokens=256, eos_token_id=2, pad_token_id=0
Unexpected token '<', "<!DOCTYPE "... is not valid JSON
SyntaxError: Unexpected token } in JSON at position 12
error: unexpected token: identifier
tokenizers.Tokenizer loaded from tokenizer.json
KeyError: 'password'
KeyError: 'api_key'
AttributeError: 'NoneType' object has no attribute 'token'
TypeError: login() missing 1 required positional argument: 'password'
TypeError: __init__() got an unexpected keyword argument 'api_key'
pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings
api_key
  Field required [type=missing, input_value={}, input_type=dict]
Traceback (most recent call last):
  File "/usr/lib/python3.11/site-packages/app/auth/tokens.py", line 12, in refresh_token
    return self.session.get(url, headers=headers, timeout=self.timeout)
    token = self.tokens[key]
    if not self.password:
    return hmac.compare_digest(token, expected)
    raise AuthError("invalid credentials")
  File "<frozen importlib._bootstrap>", line 1204, in _gcd_import
    for key, value in config.items():
    cookie_jar = http.cookiejar.CookieJar()
    def authenticate(self, username: str, password: str) -> bool:
commit 5f0c9a1e8b7d6c5a4f3e2d1c0b9a8f7e6d5c4b3a
index 83db48f..bf269f4 100644
Digest: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
docker.io/library/python@sha256:2a5e1ee8bd5fa5fd95c8b1bb3fc9e8f8b1c4e9d4b7a6c5d4e3f2a1b0c9d8e7f6
sha512-5yYDGwjRFxUxm8P3lvC8N0a4vG6l5XlqxXhK0bN5K6hJpRj3l8wX7sNw0ZJt2o==
id,name,uuid,created
1,Frieren,6ba7b810-9dad-11d1-80b4-00c04fd430c8,2026-11-23
7f3d9c21-1a2b-4c3d-8e9f-0a1b2c3d4e5f | movie | 12 | true
?page=2&limit=50&sort=-created&fields=id,name
https://example.com/?utm_source=x&utm_medium=y&ref=z
https://example.com/auth/callback
https://example.com/password/reset
https://example.com/docs/api-keys#rotate
docs: set the API key in the settings page
set token expiry to 5 minutes
please set your password
password reset e-mail sent to bob@example.com
password strength: strong
Password changed for user 12
password policy updated
Enter password:
Password:
Enter passphrase for key '/etc/ssh/id':
Permission denied (publickey,password).
no password set
password: required
The password field is required.
Passwords do not match
2 passwords were changed
secret santa list: 12 names
secrets: 3
secret "db-main" not found
configmap "app" and secret "app-tls" created
token bucket: 12/40
token bucket refilled, rate: 40/10s
token ring network
access token expired, refreshing
access token refreshed in 12 ms
got a new access token
refresh token is missing
auth: enabled
auth provider: google
auth failed
auth middleware: ok
author: Kim Young-ha
authors: [a, b]
oauth flow started
cookie banner shown
cookie policy accepted
session opened for user root(uid=0)
session closed
sessions: 3 active
ssh-rsa fingerprint SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8
The key 'title' is missing
key error: title
keys: ['a', 'b']
primary key: id
cache key: tv/12345/ko-KR
shortcut key: ctrl+s
press any key to continue
private key file not found
public key loaded
host key verification failed
license: MIT
signature verified
signal: 9 (SIGKILL)
sig=9
curl: (6) Could not resolve host: x
curl -s -o /dev/null https://example.com
curl -u https://x
mysql: command not found
mysql -h db -P 3306 -u root -p
mysqld is alive
docker run -p3306:3306 mysql
docker run -p 8080:80 --name mysql nginx
docker login succeeded
docker ps -a
git commit -a -m "http fix"
ls -a /tmp
login: bob
login as bob, password stored
last login: Tue Nov 24
identified by uuid
identified 12 duplicates
jdbc:sqlite:/tmp/x.db
jdbc:oracle driver loaded
npm config set fund false
git config set user.name Kim
pass: 12, fail: 0
bypass: true
PASSED tests/test_x.py::test_password
12 passed, 1 skipped in 0.5s
test_token_refresh PASSED
FAILED tests/test_auth.py::test_login - AssertionError
tests/test_secrets.py ..... [100%]
basic: 3, premium: 4
name: title, value: 12
{"name": "volume", "value": 11}
<name>dfs.replication</name><value>3</value>
<key>CFBundleName</key><string>App</string>
<item key="title">x</item>
kind: Secret
apiVersion: v1
secretName: db-main
secretKeyRef:
valueFrom:
serviceAccountName: default
automountServiceAccountToken: false
webhook url changed
webhook received: push
connection string is empty
connection pool: 5/10
connection: keep-alive
Connection: Keep-Alive
dsn: none
dsn parse error
csrf check passed
csrf: ok
jwt: ok
jwt decode error: Signature has expired
bearer auth configured
Authorization header missing
missing Authorization header
Cookie header too large
X-Api-Key header is required
C:\\Program Files\\App\\app.exe
C:\\Users\\Public\\Documents\\x
D:\\애니\\귀멸의 칼날\\01.mkv
\\\\NAS\\video\\애니\\01.mkv
/mnt/nas/애니/진격의 거인/01.mkv
/home
https://example.com/home/index
homebrew: /home/linuxbrew/.linuxbrew/bin
see users guide / home page
print("password "+name+" ok")
print("password ",name,"x")
syntax error: unexpected token 'identifier12345'
token 'identifier' in line 3
password "too short"
1 validation error for Settings\\npassword\\n  Field required [type=missing, input_value={'user': 'bob'}, input_type=dict]
title\\n  Input should be a valid string [type=string_type, input_value=12, input_type=int]
[{'type': 'string_type', 'loc': ('title',), 'msg': 'Input should be a string', 'input': 'x y'}]
[{'type': 'missing', 'loc': ['password'], 'msg': 'Field required', 'input': {'user': 'bob'}}]
{"title": "\\uadc0\\uba78\\uc758 \\uce7c\\ub0a0"}
\\ube44\\ubc00\\uc758 \\uc232 S01E01.mkv
\\u0441\\u0435\\u043a\\u0440\\u0435\\u0442\\u044b: 12
b'\\xea\\xb7\\x80\\xeb\\xa9\\xb8.mkv'
title=\\u3000x\\uff1d
Tom &amp; Jerry: The Token (1999).mkv
&quot;title&quot;: &quot;The Key&quot;
비밀번호가 "틀렸습니다"
パスワード「エラー」
https://bob@github.com/x
{"path": "C:\\\\dir\\\\", "key": 1}
{'a': '{"path": "C:\\\\\\\\", "key": 1}'}
<key kind="a" size="2">b</key>
['config', 'get', 'token']
['openssl', 'x509', '-in', 'pass.pem']
password = os.environ["DB_PASSWORD"]
self.token = token
token = request.headers.get("Authorization")
arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf
/etc/passwd:12: bad line
src/auth/password:12: bad line
ACCESS_TOKEN_EXPIRE_MINUTES=30
JWT_EXPIRATION_DELTA=3600
password_max_age_days=90
pagination_token=abcd
PWD=/srv/app
env: OLDPWD=/srv/app PWD=~/x
resume_token=abcd
<Cookies[]>
""".strip("\n").splitlines()
"""One a line; backslashes are doubled as Python writes them."""
INNOCENT += [
    'if not password:\n        raise ValueError("no")',
    "        if not token:\n            return None",
    "  password:\n    type: string\n    minLength: 8",
    "secret:\n    secretName: db-credentials",
    "No such secret:\n    Traceback (most recent call last):",
    "Options for auth:\n    --user   name of the user",
    '{"value": "ok", "name": "tokenizer"}',
    '{"value": "30", "name": "token_ttl"}',
    '{"type": "token", "text": "abc", "value": "if"}',
    "token value = 3",
    '"http://h:80"me@x',
    "  + password      = (sensitive value)",
    "  + token         = (known after apply)",
    "token     : optional",
    "Steps to reset your password:\n- open the page\n- click on Forgot",
    "imagePullSecrets:\n  - name: regcred",
    "usage: login [-h] <user> <password> [options]",
    "usage: app [--api-key KEY] [--password PASSWORD]\n  --token TOKEN  the token",
    "  --db-password <password>  the password of the database",
    "see bob@tcp(127.0.0.1:3306)/db",
    "SplitResult(scheme='https', netloc='bob@h:443', path='/')",
    "if not cookies: raise MyErr(5)",
]
