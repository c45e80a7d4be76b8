"""Which names are sensitive: `apiKey`, `DB_PASSWORD`, `x-auth-token`; not `token_count`.

A name is split into words at camel, snake, kebab and dot boundaries, folded (case, full-width
letters, look-alike Cyrillic and Greek letters), and judged by its words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

__all__ = ["STEMS", "Names", "words_of"]

_STRONG = frozenset(
    """
    password passwords passwd pwd passphrase passphrases passcode secret secrets credential
    credentials cookie cookies authorization apikey apikeys jwt csrf xsrf csrftoken xsrftoken
    sessionid dsn bearer accesstoken authtoken refreshtoken idtoken apitoken bottoken clientsecret
    privatekey secretkey accesskey encryptionkey signingkey accountkey
    """.split()
)
_STRONG_ENDS = ("password", "passwd", "passphrase", "apikey", "secretkey", "clientsecret")
_NEUTRAL = frozenset(
    """
    count length len size type kind name names id ids url uri path file policy ttl expiry expires
    expiration timeout limit index error errors required valid validity age version enabled status
    strength min max hint field label algorithm provider manager store attempts attempt changed
    updated created rotation present missing
    """.split()
)
_KEY = "api access private secret encryption signing account client master tmdb".split()
_TOKEN = "access auth refresh id api session csrf xsrf oauth bot bearer".split()
_PASS = "db database smtp mail ftp mysql pg redis user admin root".split()
_PAIRS = frozenset(
    [("connection", "string"), ("webhook", "url"), ("session", "id"), ("set", "cookie")]
    + [(word, key) for word in _KEY for key in ("key", "keys")]
    + [(word, token) for word in _TOKEN for token in ("token", "tokens")]
    + [(word, "pass") for word in _PASS]
)
"""Two words that are sensitive together: `api_key`, never `key` alone."""

STEMS = (
    "pass pwd secret credential cookie auth jwt srf session dsn bearer connection webhook token key"
).split()
"""In lower case, a piece of every name that can be sensitive: what a scan has to look for."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+|\d+")
_LOOK_ALIKE = str.maketrans(
    "аеорсухіјѕԁкАЕОРСУХІЈЅКМТНВοαερικντυΑΕΟΡΙΚΝΤΥΒΗΜΧ",
    "aeopcyxijsdkAEOPCYXIJSKMTHBoaepikvtuAEOPIKNTYBHMX",
)


def words_of(name: str) -> tuple[str, ...]:
    """Split a name into its folded words: `X-ApiKey2` gives `("x", "api", "key")`."""
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name).translate(_LOOK_ALIKE)
    words = [word.casefold() for word in _WORDS.findall(name)]
    while len(words) > 1 and words[-1].isdigit():
        words.pop()
    return tuple(words)


class Names:
    """Decides whether a name is sensitive; the decisions are kept.

    Args:
        keys: further names that are sensitive, compared by their words.
        allow: names that are not, whatever the rules say.
    """

    def __init__(self, keys: Iterable[str] = (), allow: Iterable[str] = ()) -> None:
        self._keys = frozenset(map(words_of, keys)) - {()}
        self._allow = frozenset(map(words_of, allow)) - {()}
        self.sensitive = lru_cache(maxsize=4096)(self._sensitive)

    def _sensitive(self, name: str) -> bool:
        words = words_of(name[-128:])
        if not words or words in self._allow:
            return False
        if words in self._keys or words in _ALONE or words[-2:] in _PAIRS:
            return True
        if words[-1] in _NEUTRAL:
            return False
        return any(word in _STRONG or word.endswith(_STRONG_ENDS) for word in words) or any(
            pair in _PAIRS for pair in pairwise(words)
        )


_ALONE = frozenset({("token",), ("auth",)})
