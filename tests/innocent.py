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
""".strip().splitlines()
"""One a line; backslashes are doubled as Python writes them."""
