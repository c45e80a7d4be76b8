"""Home folders: the user's own and those of others, in every way of writing a path."""

from __future__ import annotations

import json
import unicodedata
from urllib.parse import quote

import pytest

from anivault_loguru.masking import Masker

HANGUL = "홍길동"
NFD = unicodedata.normalize("NFD", HANGUL)

OTHERS = {
    "/home/eve/.ssh/id": "/home/***/.ssh/id",
    "see /home/eve": "see /home/***",
    "(/home/eve)": "(/home/***)",
    "file:///home/eve/x": "file:///home/***/x",
    "file:/home/eve/x": "file:/home/***/x",
    "--dir=/home/eve/x": "--dir=/home/***/x",
    "cc -I/home/eve/include": "cc -I/home/***/include",
    "/var/home/eve/x": "/var/home/***/x",
    "/Users/eve/Movies": "/Users/***/Movies",
    "/System/Volumes/Data/Users/eve/x": "/System/Volumes/Data/Users/***/x",
    f"/home/{HANGUL}/x": "/home/***/x",
    f"/Users/{NFD}/x": "/Users/***/x",
    "%2Fhome%2Feve%2Fx": "%2Fhome%2F***%2Fx",
    "%2FUsers%2Feve": "%2FUsers%2F***",
    f"/home/{quote(HANGUL)}/x": "/home/***/x",
    r"C:\Users\eve\x": r"C:\Users\***\x",
    r"c:\users\eve": r"c:\users\***",
    "C:/Users/eve/x": "C:/Users/***/x",
    r"C:\\Users\\eve\\x": r"C:\\Users\\***\\x",
    r"\\?\C:\Users\eve\x": r"\\?\C:\Users\***\x",
    r"C:\Users\HONGGI~1\x": r"C:\Users\***\x",
    r"C:\Users\Hong Gildong\AppData": r"C:\Users\***\AppData",
    rf"C:\Users\{HANGUL}\x": r"C:\Users\***\x",
    rf"C:\Users\{NFD}\x": r"C:\Users\***\x",
    r"C:\Users\홍 길동\x": r"C:\Users\***\x",
    "C%3A%5CUsers%5Ceve%5Cx": "C%3A%5CUsers%5C***%5Cx",
    "file:///C:/Users/eve/x": "file:///C:/Users/***/x",
    "file:///C:/Users/Hong%20Gildong/x": "file:///C:/Users/***/x",
    "/mnt/c/Users/eve/x": "/mnt/c/Users/***/x",
    "/cygdrive/c/Users/eve/x": "/cygdrive/c/Users/***/x",
    "/c/Users/eve/x": "/c/Users/***/x",
    r"\\server\Users\eve\x": r"\\server\Users\***\x",
    r"\\server\home\eve\x": r"\\server\home\***\x",
    r"\\\\server\\c$\\Users\\eve": r"\\\\server\\c$\\Users\\***",
    r"\\wsl$\Ubuntu\home\eve\x": r"\\wsl$\Ubuntu\home\***\x",
    r"\\wsl.localhost\Ubuntu-22.04\home\eve\x": r"\\wsl.localhost\Ubuntu-22.04\home\***\x",
    r"\\\\wsl.localhost\\Ubuntu\\home\\eve": r"\\\\wsl.localhost\\Ubuntu\\home\\***",
    "//wsl$/Ubuntu/home/eve/x": "//wsl$/Ubuntu/home/***/x",
    "file://wsl.localhost/Ubuntu/home/eve/x": "file://wsl.localhost/Ubuntu/home/***/x",
    "file://wsl%24/Ubuntu/home/eve/x": "file://wsl%24/Ubuntu/home/***/x",
    r"\\?\UNC\server\users\eve\x": r"\\?\UNC\server\users\***\x",
    r"\\\\?\\UNC\\server\\users\\eve": r"\\\\?\\UNC\\server\\users\\***",
    r'{"p":"\/home\/eve\/x"}': r'{"p":"\/home\/***\/x"}',
    r"{\"p\":\"\\\/home\\\/eve\\\/x\"}": r"{\"p\":\"\\\/home\\\/***\\\/x\"}",
    r"a:\n\/home\/eve\/x": r"a:\n\/home\/***\/x",
    r"file:\/\/\/home\/eve\/x": r"file:\/\/\/home\/***\/x",
    r"\/mnt\/c\/Users\/eve\/x": r"\/mnt\/c\/Users\/***\/x",
    "sqlite:////home/eve/x.db": "sqlite:////home/***/x.db",
    "unix:///home/eve/x": "unix:///home/***/x",
    "//home/eve/x": "//home/***/x",
    "see ///home/eve/x": "see ///home/***/x",
    '"-I/home/eve/x"': '"-I/home/***/x"',
    "['-L/home/eve/x', '-I/home/eve/y']": "['-L/home/***/x', '-I/home/***/y']",
    "-I/home/eve/x": "-I/home/***/x",
    r'"C:\Users\Hong eve"': r'"C:\Users\***"',
    r'cd "C:\Users\홍 eve" now': r'cd "C:\Users\***" now',
    r"open('C:\\Users\\Hong eve')": r"open('C:\\Users\\***')",
    r'"C:\Users\Pat O\'eve"'.replace("\\'", "'"): r'"C:\Users\***"',
    r"{\"p\":\"C:\\Users\\Hong eve\",\"n\":1}": r"{\"p\":\"C:\\Users\\***\",\"n\":1}",
    r'"\\?\C:\Users\Hong eve"': r'"\\?\C:\Users\***"',
    r'"\\server\users\Hong eve"': r'"\\server\users\***"',
    r"'C:\Users\eve' and 'D:\x'": r"'C:\Users\***' and 'D:\x'",
    r'"see C:\Users\eve now"': r'"see C:\Users\*** now"',
    # A share by that name may hold homes.
    r"\\nas\home\eve\01.mkv": r"\\nas\home\***\01.mkv",
    "//fs.example.com/users/eve/a.png": "//fs.example.com/users/***/a.png",
    # No request lines.
    "GET /home/eve": "GET /home/***",
    "GET /home/a?x=/home/eve/y HTTP/1.1": "GET /home/a?x=/home/***/y HTTP/1.1",
    "open /home/eve/x HTTP/1.1": "open /home/***/x HTTP/1.1",
}

STAY = [
    *(r"C:\Users\Public\Videos", "C:/Users/Default/x", "/Users/Shared/x", "/home", "/home/"),
    *("https://api.example.com/users/me", "https://host/home/page", "/users/me", "GET /users/12"),
    *("homepage", "users: 12", "the home / work split", "at home/work", "/homework/x", "~/x"),
    *('"GET /home/dashboard HTTP/1.1" 200', "POST /Users/list HTTP/2", "DELETE /home/a/b HTTP/1.0"),
    *(r"https:\/\/host\/home\/page", r'{"u":"https:\/\/host\/Users\/me"}', r"a\/home\/b"),
    *("//cdn.example.com/users/avatar.png", 'src="//x.example.com/users/me.svg"', "x-C/home/b"),
    *("/home/linuxbrew/bin", "/opt/home/x", "C:\\Users", "C:\\Users\\", "/home/***/x"),
]


@pytest.mark.parametrize("text", OTHERS)
def test_another_users_folder_is_masked(text: str) -> None:
    """The user's name becomes `***`; what stands around it stays; masking again changes nothing."""
    masker = Masker()
    assert masker.mask_text(text) == OTHERS[text]
    assert masker.mask_text(OTHERS[text]) == OTHERS[text]
    for shown in (
        f"first\n{text}\nlast",
        f"\x1b{text}",
        json.dumps(f"{text}\n{text}", ensure_ascii=False),
    ):
        line = json.dumps({"message": shown}, ensure_ascii=False).encode()
        assert masker.mask_line(line) != line
        assert b"eve" not in masker.mask_line(line)


@pytest.mark.parametrize("text", STAY)
def test_what_is_nobodys_home_stays(text: str) -> None:
    """Folders of everyone's, URLs and words are left as they are."""
    assert Masker().mask_text(text) == text


@pytest.mark.parametrize(
    "home",
    [
        *(
            "/home/hong",
            "/Users/hong",
            "/root",
            "/var/home/hong",
            "/srv/people/hong",
            "/data/홍길동",
        ),
        *(r"C:\Users\hong", r"C:\Users\Hong Gildong", r"D:\집\홍길동", f"/Users/{NFD}"),
    ],
)
def test_ones_own_home_becomes_a_tilde(home: str) -> None:
    """Raw, escaped, percent-encoded, composed or decomposed, with either slash."""
    masker = Masker(homes=[home])
    windows = "\\" in home
    forms = [home, json.dumps(home)[1:-1], json.dumps(home, ensure_ascii=False)[1:-1]]
    forms += [quote(home, safe=""), quote(home), unicodedata.normalize("NFC", home)]
    forms += [unicodedata.normalize("NFD", home), quote(quote(home, safe=""), safe="")]
    forms += [home.upper(), home.lower(), home.replace("\\", "/")] if windows else []
    for form in forms:
        if "\\u" in form:
            continue  # ASCII-only JSON is no line of ours; decoded, it is the raw form
        masked = masker.mask_text(f"in {form}: {form}/x and {form}\\y")
        assert masked == "in ~: ~/x and ~\\y"
        line = json.dumps({"m": f"x\n{form}\n", "f": [f"{form}/x"]}, ensure_ascii=False).encode()
        assert json.loads(masker.mask_line(line)) == {"m": "x\n~\n", "f": ["~/x"]}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r'{"p":"\/home\/me\/x"}', r'{"p":"~\/x"}'),
        (r"{\"p\":\"\\\/home\\\/me\\\/x\"}", r"{\"p\":\"~\\\/x\"}"),
        ("sqlite:////home/me/x.db", "sqlite:///~/x.db"),
        ('"-I/home/me/x"', '"-I~/x"'),
        ("GET /home/me/x HTTP/1.1", "GET ~/x HTTP/1.1"),
        (r"\\wsl$\Ubuntu\home\me\x", r"\\wsl$\Ubuntu\home\***\x"),
    ],
)
def test_ones_own_home_in_other_writings(text: str, shown: str) -> None:
    """With escaped slashes, behind a scheme or an option, in a request; from Windows as others'."""
    masker = Masker(homes=["/home/me"])
    assert masker.mask_text(text) == shown
    assert masker.mask_text(shown) == shown
    line = json.dumps({"message": text}).encode()
    assert json.loads(masker.mask_line(line)) == {"message": shown}


def test_ones_own_home_is_not_the_beginning_of_another() -> None:
    """`/home/me` does not make `/home/mercy` one's own."""
    masker = Masker(homes=["/home/me", "/root"])
    assert masker.mask_text("/home/mercy/x") == "/home/***/x"
    assert masker.mask_text("/rootfs /chroot https://host/root/x") == (
        "/rootfs /chroot https://host/root/x"
    )
    assert masker.mask_text("/root /root/x") == "~ ~/x"


def test_a_home_in_capitals_of_any_script() -> None:
    """Letters that only Unicode lowers are found as they are."""
    masker = Masker(homes=["/srv/ÉMILE", "/data/Ω"])
    assert masker.mask_text("/srv/ÉMILE/x /data/Ω/y") == "~/x ~/y"
    line = json.dumps({"m": "/srv/ÉMILE/x"}, ensure_ascii=False).encode()
    assert json.loads(masker.mask_line(line)) == {"m": "~/x"}
