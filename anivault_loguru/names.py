"""Which names are sensitive: `apiKey`, `DB_PASSWORD`, `x-auth-token`; not `token_count`.

A name is split into words at camel, snake, kebab and dot boundaries, folded (case, full-width
letters, look-alike Cyrillic and Greek letters), and judged by its words.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from unicodedata import normalize

from .clues import Clue
from .letters import ESCAPE_CLUES, ESCAPES, fold
from .patterns import pattern
from .scan import Scan, literal

__all__ = ["ALONE", "CLUES", "FOREIGN", "HINTS", "STEMS", "Names", "stems_of", "words_of"]

_PASSWORDS = "비밀번호 암호 パスワード 暗証番号 密码 密碼 口令 пароль"
_KEYS = "인증키 비밀키 토큰 トークン 秘密鍵 api키 apiキー"
FOREIGN = [*_PASSWORDS.split(), *_KEYS.split(), "api 키", "api キー"]
# Folded, in the half-width letters of old terminals, and taken apart, as macOS has them.
_FOREIGN_FORMS = sorted(
    {*FOREIGN, "пapoль", "ﾊﾟｽﾜｰﾄﾞ", *(normalize("NFD", word) for word in FOREIGN)}
)
_FOREIGN_NAME = pattern(rf"(?<![^\W\d_])(?:{'|'.join(_FOREIGN_FORMS)})(?![^\W\d_])")
_STRONG = frozenset(
    """
    password passwords passwd pwd passphrase passphrases passcode secret secrets credential
    credentials cookie cookies authorization apikey apikeys jwt csrf xsrf csrftoken xsrftoken
    dsn bearer accesstoken authtoken refreshtoken idtoken apitoken bottoken
    """.split()
)
_STRONG_ENDS = (
    *("password", "passwd", "passphrase", "apikey", "secretkey", "clientsecret", "privatekey"),
    *(
        "storepass",
        "keypass",
        "dbpass",
        "fernetkey",
        "accesskey",
        "encryptionkey",
        "signingkey",
        "accountkey",
        "sessionid",
        "sessid",
    ),
)
_NEUTRAL = frozenset(
    """
    count length len size type kind name names id ids url uri path file policy ttl expiry expires
    expiration timeout limit index error errors required valid validity age version enabled status
    strength min max hint field label algorithm provider manager store attempts attempt changed
    updated created rotation present missing at in seconds minutes hours days weeks delta interval
    lifetime duration period date samesite view origins domain hashers validators audience rounds
    endpoint helper checked
    """.split()
)
_KEY = """
    api access private secret encryption signing account client master subscription tmdb auth
    application functions app fernet hmac
"""
_TOKENS = "access auth refresh id api session csrf xsrf oauth bot bearer"
_NO_TOKEN = frozenset(
    """
    max min num total count prompt completion input output next prev previous page continuation
    first last current start stop begin end bos eos sep pad unk cls mask special unexpected
    cancellation cancel per parse syntax word text pagination resume cursor
    """.split()
)
"""Words before `token` that make it a piece of text, a place in a list or a signal."""
_LOGINS = """
    db database smtp mail imap ftp sftp ssh mysql pg postgres mongo redis rabbitmq amqp mqtt ldap
    user admin root sudo become login http proxy rpc vnc wifi keystore truststore
"""
_PAIRS = frozenset(
    [("connection", "string"), ("webhook", "url"), ("session", "id"), ("set", "cookie")]
    + [(word, key) for word in _KEY.split() for key in ("key", "keys")]
    + [(word, token) for word in _TOKENS.split() for token in ("token", "tokens")]
    + [(word, "pass") for word in _LOGINS.split()]
)
"""Two words that are sensitive together: `api_key`, never `key` alone."""
_ALONE = frozenset({("token",), ("auth",)})

STEMS = tuple(
    """
    pass pwd secret credential cookie auth jwt srf sess dsn bearer token key connection webhook
    """.split()
    + _FOREIGN_FORMS
)
"""In lower case, a piece of every name that can be sensitive: what a scan has to look for."""


ALONE = "(?:[^A-Za-z]|$)"
"""The end of a hint for a name that no letters follow."""


def _hints() -> list[str]:
    """Rust regular expressions of which one matches in every folded text with a sensitive name."""
    # Between two words there may be anything but letters and digits, or the escape of such.
    between = r"(?:[^A-Za-z0-9]|\\+(?:[bfnrt]|u[0-9a-f]{4}))*"
    words = {*_STRONG, *_STRONG_ENDS, "token", "csrf", "xsrf"}
    shortest = {word for word in words if not any(o in word for o in words if o != word)}
    firsts: dict[str, set[str]] = {}
    for first, second in _PAIRS:
        if not any(word in second for word in shortest):
            firsts.setdefault(second.replace("keys", "key"), set()).add(first)
    pairs = (("|".join(sorted(firsts[second])), second) for second in sorted(firsts))
    return [
        "(?i-u:auth)" + ALONE,  # unlike the name of an author
        *(f"(?i-u:{word})" for word in sorted(shortest)),
        *(f"(?i:{literal(word)})" for word in _FOREIGN_FORMS),
        f"(?i-u:{ESCAPES})",
        *(f"(?i-u:{_escaped(word)})" for word in _FOREIGN_FORMS),
        *(f"(?i-u:{first}){between}(?i-u:{second})" for first, second in pairs),
    ]


def _escaped(word: str) -> str:
    """A pattern for the escapes of the word's first letters, in JSON and in the `repr` of bytes."""
    code = "".join(rf"\\+u{ord(letter):04x}" for letter in word[:2])
    raw = "".join(rf"\\+x{byte:02x}" for byte in word[:2].encode())
    return f"{code}|{raw}"


HINTS = _hints()
CLUES: tuple[Clue, ...] = (
    *"auth bearer connection cookie credential csrf dsn jwt key pass pwd secret sess".split(),
    *("token", "webhook", "xsrf"),
    *(tuple(letter.lower() + letter.upper() for letter in word) for word in _FOREIGN_FORMS),
    *ESCAPE_CLUES,
    *(rf"\u{ord(word[0]):04x}" for word in _FOREIGN_FORMS),
    *(rf"\x{word.encode()[0]:02x}" for word in _FOREIGN_FORMS),
)
"""Of which one stands in whatever one of these matches; see `clues.py`."""
_LETTERS = pattern(r"[a-z]{3,}")
_WORDS = pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+|\d+")


def words_of(name: str) -> tuple[str, ...]:
    """Split a name into its folded words: `X-ApiKey2` gives `("x", "api", "key")`."""
    words = [word.casefold() for word in _WORDS.findall(fold(name))]
    while len(words) > 1 and words[-1].isdigit():
        words.pop()
    return tuple(words)


def stems_of(name: str) -> set[str]:
    """Pieces of which every spelling of `name` has one, folded and in lower case."""
    word = max((word for word in words_of(name) if not word.isdigit()), key=len, default="")
    return {word} if word.isascii() else {word, word.upper()}


def _strong(word: str) -> bool:
    return word in _STRONG or word.endswith(_STRONG_ENDS) or word.startswith(("csrf", "xsrf"))


class Names:
    """Decides whether a name is sensitive; the decisions are kept.

    Args:
        keys: further names that are sensitive, compared by their words.
        allow: names that are not, whatever the rules say.
    """

    def __init__(self, keys: Iterable[str] = (), allow: Iterable[str] = ()) -> None:
        keys = tuple(keys)
        self._keys = frozenset(map(words_of, keys)) - {()}
        self._allow = frozenset(map(words_of, allow)) - {()}
        stems = {stem for key in keys for stem in stems_of(key) if stem}
        self.stems = sorted(stems)
        """Of every name that is sensitive for the sake of `keys`, a piece."""
        self.hints = [*HINTS, *(f"(?i:{literal(stem)})" for stem in self.stems)]
        """Rust regular expressions of which one matches in every folded text with such a name."""
        self.clues = [*CLUES, *self.stems]
        """For the hints, what `CLUES` is for `HINTS`."""
        self._scan = Scan(self.hints)
        self.sensitive = lru_cache(maxsize=4096)(self._sensitive)

    def _sensitive(self, name: str) -> bool:
        name = fold(name[-128:])
        if not self._scan.may_hit(name):
            return False
        words = words_of(name)
        if not words or words in self._allow:
            return False
        if words in self._keys or words in _ALONE or words[-2:] in _PAIRS:
            return True
        if words[-1] in _NEUTRAL:
            return False
        if words[-1] == "token" and words[-2] not in _NO_TOKEN:
            return True
        if any(map(_strong, words)) or not _PAIRS.isdisjoint(pairwise(words)):
            return True
        if not name.isascii() and _FOREIGN_NAME.search(name.lower()):
            return True
        if name.isascii() and name.islower():
            return False
        # `pAssWord`: where capitals do not tell the words apart, what stands between marks is one.
        letters = _LETTERS.findall(fold(name).lower())
        return letters == ["token"] or any(map(_strong, letters))
