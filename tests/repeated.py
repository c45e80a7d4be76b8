"""Pieces of which a line is built against each matcher of the masking: repeated, each is slow.

`test_linear.py` has lines of two lengths of them, `benchmarks/masking.py` lines of 1 MB.
"""

from __future__ import annotations

__all__ = ["REPEATED"]

REPEATED = [
    *(
        "eyJ-",
        "eyJaaaaaaaaaa.",
        "eyJaaaaaaaaaa.eyJ",
        "://",
        ":",
        "@",
        "://a:",
        "a://b:c@",
        "%3a%2f%2f",
    ),
    *("-----BEGIN", "-----BEGIN PRIVATE KEY-----", "key", "key=", "api_key", "api_key=", "token "),
    *("password: ", "password='", "password: x=", "password=[", "password%3D", "passphrase: a "),
    *("/home/", "/home/a", "/users/", "C:\\Users\\", "C:\\Users\\a ", "\\\\a\\Users\\", "users"),
    *("\\", '\\"', '"', "'", 'secret\\"', "Cookie: ", "Authorization: ", "--token ", "-- --token "),
    *("Authorization: Digest \\", "<password>", "[", '("token", ', '{"name":"password","value":'),
    *("ghp_", "sk-", "at_", "xox", "hooks.slack.com/a/", "webhooks/", "twilio ", "Bearer ", "AKIA"),
    *(
        "bearer a1",
        "hf_",
        "12345678:AA",
        "%2f",
        "%252F",
        "sig=",
        "sess",
        "a",
        "Б",
        "раssword=",
        "ｋ",
    ),
    *("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\n", "-----END "),
    *("<password a=", "<password>a</password>", "auth ", "password: |\n", "</name><value>"),
    *("curl -u ", "curl -u a:b ", "mysql -pa ", " -a ", " login a password ", "identified by '"),
    *('name="password"\r\n\r\n', ":\\/\\/a:b@", "/home/홍길동/", "%25%2540", "MTA4MTA4"),
    *("비밀번호: ", '\\"password\\": \\"', "&key=", "- name: token\n  value: a\n", "pAssWord="),
    *(
        "key=key=",
        '"key": 1, ',
        '"token": null, ',
        "password=[a(b",
        'password=a"!',
        "password=a\\\\",
    ),
    *(
        "jwt=eyJ",
        "pass:",
        "-passin pass:",
        "http -a a:b ",
        "sshpass -p a ",
        "curl -u 'a:b",
        "a b c ",
        "한글 ",
    ),
    *("registered-value", "registered-", "***MASKED***", "password=***MASKED***", "glpat-", "SG."),
]
