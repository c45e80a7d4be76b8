"""Pieces of which a line is built against each matcher of the masking: repeated, each is slow.

`test_linear.py` has lines of two lengths of them, `benchmarks/masking.py` lines of 1 MB.
"""

from __future__ import annotations

__all__ = ["REPEATED", "repeated"]


def repeated(piece: str, length: int) -> str:
    """Return `piece` over and over, to `length` bytes; a `{}` in it is a number that grows."""
    count = length // len(piece.encode())
    if "{}" not in piece:
        return piece * count
    return "".join(piece.replace("{}", str(number)) for number in range(count))


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
    # What may stand behind a name, but is no separator there.
    *("password a=", 'key" ', 'token" value', "sig%", "secret [", "password  ", "key\n ", "key, "),
    # What says nothing, in values that go on to the end of the line, or of the text.
    *("cookie: self.", "cookie: a()", "cookie: a()\n", '"cookie: a()" ', "token=self.a("),
    *(
        "\\" * 9 + '"cookie: a()\n',
        "password=self.a," + "x" * 41,
        "auth: a-b-c-(",
        "<password>cls.",
    ),
    # Pieces of which no two are the same.
    *("--token a{} ", "curl -u u{} ", "Bearer {} ", "bearer a{}b ", "&key{}=", "password{} a="),
    *("/home/u{} ", "C:\\Users\\u{} ", "/users/u{}/", "\\\\a{}\\Users\\b ", "auth{} ", "pass:{} "),
    *("-passin pass:{} ", "mysql -pa{} ", "sshpass -p {} ", "http -a a{}:b ", "<password a{}="),
    *(
        "login a{} password ",
        "glpat-{} ",
        "AKIA{} ",
        "eyJaaaaaaa{}.b ",
        "-----BEGIN {}",
        "key{}=a ",
    ),
    # What stands for letters, what pydantic says, quotes within quotes.
    *("\\u0430 ", "\\xea", "&quot;", "password\\n  ", "password\n  a", 'password "', 'token "'),
    *("('password',), 'msg': '", 'password="\\\\"', 'Authorization: Digest a="', "비밀번호 '"),
    *("xoxd-", "ghs_a.eyJ", "eyJrIjoi", "GR1348941", "ATCTT3", "AGE-SECRET-KEY-PQ-1"),
    *(
        "://a:b'c",
        "%3a//a%3a",
        "http://[::1",
        '"C:\\Users\\a b',
        '"C:\\Users\\a b" ',
        "\\/home\\/a",
    ),
    *("GET /home/", "//a.b/users/", "\\\\wsl$\\", "-I/home/a ", "-----BEGIN PRIVATE KEY-----> "),
    *("-----BEGIN PRIVATE KEY-----[a] " + "b" * 40, "-----BEGIN%20", "-----BEGIN A A A A "),
    *("password='{}' ", "token: {}, ", '"token": {}, ', "a://b{}:c@ ", "registered-value{} "),
    # What stands in columns, on lines of their own, or percent-encoded.
    *(
        "password" + " " * 60,
        "password:" + " " * 60,
        "password\t=\t\t\t\t\t\t",
        "password:\n    a: ",
    ),
    *("password:\n    ", "password:\n- a", "api_keys:\n- a\n- b\n", "password:\\n" + " " * 40),
    *('password",\n', 'password", "a": "b",\n ', 'password", "a": b, "c": d, "e": f, ', "key\n\n"),
    *('"value": "a{}", "name": "', '"value": "a", ', "**password** ", "**password:** ", "**key:**"),
    *(
        "%7B%22password%22%3A",
        "%2522",
        "%2525",
        '""password""',
        '""a',
        "&lt;password&gt;",
        "<cookie ",
    ),
    *(
        "<Cookie a=b ",
        "Authorization: a b=",
        "authorization: bearer a.b, ",
        "token token=",
        "?a_sig",
    ),
    *('password = a["', "password = a.get(", "pass:123456789012:secret:", "/passwd:1", "ⓟassword="),
    *('"password"' + " " * 70, "password:\n  # x\n", "passwords:\n- a # b\n", "password:\n    a\n"),
    # Of several matchers, and what has to be looked at twice.
    *('%22password%22%2fhome%2f"password","a":"b",', 'x""password"": ""'),
    '&quot;password&quot;"password","a":"b",',
    *('"type":"token1","value":,', '"name":"token1","value":null,', '"value":0,"name":"token1",'),
    *("- name: token\n  value: a\n", '{"name":"password","value":', '"value":{}, "name":"token",'),
    *("name = 'token', value = ", "name='token' value = "),
    *(
        'password = "a" -> "b" ',
        "auth plain a",
        'auth" "',
        '] "auth" "',
        "'pass a",
        "password=$(",
        "token=a.b(",
    ),
    *("login a password ", "machine a ", "password reg_sz ", "ENV A_TOKEN ", "secret: {{ a "),
    *("redis-cli -a ", "content='a' name='token' ", "password: ${a", "x-api-key', 'a', '"),
    *("<Morsel: a", "a:b@tcp(", "a:", "netloc='a:b", "private-lines: 1 a ", "private-lines: 1a"),
    *("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----", "passphrases:\n- a b\n", "--token TOKEN "),
    *("<user> <password> ", "usage: <password> ", "%5C%22password%5C%22"),
    *("<key>password</key> ", "<secret password='", "비밀번호=", "ﾊﾟｽﾜｰﾄﾞ "),
]
