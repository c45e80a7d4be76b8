"""Secrets that can be told by their shape alone: one row a public token format.

A row has a keyword (in lower case) that every such token holds, and the shape. Shapes follow what
the issuers publish about their tokens, and the rules of gitleaks where they publish nothing. In a
URL `/`, `+`, `=` and `:` may be percent-encoded.

Every shape begins with literal text or a fixed look behind it, and what follows an open repetition
cannot fail but at the end of a run, so that a search is linear in the text. `(?P<secret>...)`
marks the part to hide where it is not the whole.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .clues import Clue
from .patterns import pattern

__all__ = ["FORMATS", "Format", "clues", "compiled", "hints"]


class Format(NamedTuple):
    """A token format: its issuer, the keyword every such token holds (or ""), and its shape.

    Where there is no keyword, `clue` tells what characters are at the beginning; see `clues.py`.
    """

    name: str
    keyword: str
    shape: str
    clue: Clue = ""


_S = r"(?:/|%2[fF])"
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_HEX = "0123456789abcdef"

FORMATS = (
    # These are looked for first: they may have a JSON web token in them.
    Format("GitHub installation", "ghs_", r"ghs_[A-Za-z0-9][\w.\-]{35,}"),
    Format("GitLab job", "glc", r"glcbt-[\w\-.]{20,}"),
    Format("1Password service account", "eyj", r"ops_eyJ[\w\-]{100,}={0,2}"),
    Format("age", "secret", r"AGE-SECRET-KEY-1[A-Z0-9]{58}"),
    Format("age, post-quantum", "secret", r"AGE-SECRET-KEY-PQ-1[A-Z0-9]{58}"),
    Format("Anthropic", "sk-", r"sk-ant-[\w\-]{20,}"),
    Format("Atlassian", "atatt3", r"ATATT3[\w\-=]{50,}"),
    Format("Atlassian organisation", "atctt3", r"ATCTT3[\w\-=]{50,}"),
    Format("AWS access key", "akia", r"AKIA[A-Z2-7]{16}"),
    Format("AWS temporary key", "asia", r"ASIA[A-Z2-7]{16}"),
    Format("Bitbucket", "atbb", r"ATBB[A-Za-z0-9]{32}"),
    Format("Brevo", "key", r"xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}"),
    Format("Databricks", "dapi", r"dapi[a-f0-9]{32}(?:-\d)?"),
    Format("Databricks OAuth", "dkea", r"dkea[a-f0-9]{32}", (*"dkea", *4 * (_HEX,))),
    Format("Databricks secret", "dose", r"dose[a-f0-9]{32}", (*"dose", *4 * (_HEX,))),
    Format("DigitalOcean", "_v1_", r"do[opr]_v1_[a-f0-9]{64}"),
    # The number of the account in base64, then a time and a signature.
    Format(
        "Discord bot",
        "",
        r"[MNO][DTjz][AEIMQUYcgk][w-z0-5](?:[MNO][DTjz][AEIMQUYcgk][w-z0-5]){4,5}(?:[MNO][AQgw]|[MNO][DTjz][AEIMQUYcgk])?"
        r"\.[\w\-]{6}\.[\w\-]{27,}",
        2 * ("MNO", "DTjz", "AEIMQUYcgk", "wxyz012345"),
    ),
    Format(
        "Discord webhook",
        "webhook",
        rf"webhooks{_S}\d{{17,20}}{_S}(?P<secret>[\w\-]{{60,80}})",
    ),
    Format("Docker", "at_", r"dckr_[po]at_[\w\-]{20,}"),
    Format("GitHub classic", "ghp_", r"ghp_[A-Za-z0-9]{36,}"),
    Format("GitHub fine-grained", "at_", r"github_pat_\w{22,}"),
    Format("GitHub OAuth", "gho_", r"gho_[A-Za-z0-9]{36,}"),
    Format("GitHub refresh", "ghr_", r"ghr_[A-Za-z0-9]{36,}"),
    Format("GitHub user", "ghu_", r"ghu_[A-Za-z0-9]{36,}"),
    Format("GitLab access", "glp", r"gl(?:pat|ptt)-[\w\-.]{20,}"),
    Format("GitLab agent", "gla", r"glagent-[\w\-.]{20,}"),
    Format("GitLab deploy", "gld", r"gldt-[\w\-.]{20,}"),
    Format("GitLab feed or flag", "glf", r"glf(?:t|fct)-[\w\-.]{20,}"),
    Format("GitLab mail", "gli", r"glimt-[\w\-.]{20,}"),
    Format("GitLab OAuth", "glo", r"gloas-[\w\-.]{20,}"),
    Format("GitLab runner", "glr", r"glrtr?-[\w\-.]{20,}"),
    Format("GitLab runner registration", "gr1348941", r"GR1348941[\w\-]{20,}"),
    Format("GitLab SCIM", "gls", r"glsoat-[\w\-.]{20,}"),
    Format("GitLab workspace", "glw", r"glwt-[\w\-.]{20,}"),
    Format("Google API", "aiza", r"AIza[\w\-]{35}"),
    Format("Google OAuth", "ya29.", r"ya29\.[\w\-.]{20,}"),
    # {"k":"...","n":"..."} in base64, with a key of 32 letters and digits.
    Format(
        "Grafana API",
        "eyj",
        r"eyJrIjoi[A-Za-z0-9]{43}iLCJuIjoi[A-Za-z0-9+/=%]{8,}",
        tuple("eyJrIjoi"),
    ),
    Format("Grafana cloud", "eyj", r"glc_eyJ[A-Za-z0-9+/=%]{20,}"),
    Format("Grafana service account", "gls", r"glsa_[A-Za-z0-9]{32}_[a-fA-F0-9]{8}"),
    Format("Heroku", "hrku-", rf"HRKU-(?:AA[\w\-]{{50,}}|{_UUID})"),
    Format("Hugging Face", "hf_", r"hf_[A-Za-z0-9]{30,64}"),
    Format("Hugging Face organisation", "api_org_", r"api_org_[A-Za-z0-9]{30,64}"),
    Format("JSON web token", "eyj", r"eyJ[\w\-]{8,}\.(?:eyJ)?[\w\-]{8,}(?:\.[\w\-]{0,4096}){0,3}"),
    Format("Linear", "lin_", r"lin_(?:api|oauth)_[A-Za-z0-9]{40,64}"),
    Format("Mailgun", "key", r"key-[a-f0-9]{32}"),
    Format("Mapbox", "eyj", r"sk\.eyJ[\w\-]{20,}\.[\w\-]{20,}"),
    Format("Notion", "ntn_", r"ntn_[A-Za-z0-9]{40,}"),
    Format("Notion integration", "secret", r"secret_[A-Za-z0-9]{43}"),
    Format("npm", "npm_", r"npm_[A-Za-z0-9]{36}"),
    Format(
        "OpenAI", "sk-", r"sk-(?:(?:proj|svcacct|admin|None|or-v1|lf)-[\w\-]{20,}|[A-Za-z0-9]{32,})"
    ),
    Format("OpenAI session", "sess", r"sess-[A-Za-z0-9]{40}"),
    Format("PyPI", "pypi-", r"pypi-[\w\-]{50,}"),
    Format("RubyGems", "rubygems_", r"rubygems_[a-f0-9]{48}"),
    Format("SendGrid", "sg.", r"SG\.[\w\-]{20,24}\.[\w\-]{39,50}"),
    Format("Sentry organisation", "eyj", r"sntrys_eyJ[A-Za-z0-9+/=_%]{40,}"),
    Format("Sentry user", "sntry", r"sntryu_[a-f0-9]{64}"),
    Format("Shopify", "shp", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    Format("Slack", "xox", r"xox[abceoprs](?:\.xox[bp])?-[A-Za-z0-9\-%]{10,}"),
    Format("Slack app", "xapp-", r"xapp-\d-[A-Za-z0-9\-]{10,}"),
    Format("Slack cookie", "xox", r"xoxd-[A-Za-z0-9+/=%\-]{10,}"),
    Format(
        "Slack webhook",
        "hooks.slack",
        rf"hooks\.slack(?:-gov)?\.com{_S}[a-z]{{1,12}}{_S}(?P<secret>(?:[\w\-]|{_S}){{20,}})",
    ),
    Format("Stripe", "k_live_", r"[srp]k_live_[A-Za-z0-9]{10,}"),
    Format("Stripe test", "k_test_", r"[srp]k_test_[A-Za-z0-9]{10,}"),
    Format("Stripe webhook", "whsec_", r"whsec_[A-Za-z0-9+/=%]{16,}"),
    Format("Telegram bot", ":aa", r"(?<=\d{8}):(?P<secret>AA[\w\-]{32,33})"),
    Format(
        "Telegram bot, encoded",
        "3aaa",
        r"(?:(?<=\d{8}%)|(?<=\d{8}%25))3[aA](?P<secret>AA[\w\-]{32,33})",
    ),
    Format("Terraform Cloud", ".atlasv1.", r"[A-Za-z0-9][A-Za-z0-9]{13}\.atlasv1\.[\w\-=]{60,}"),
    Format(
        "Twilio",
        "twilio",
        r"twilio[ -~]{0,60}?(?:(?<![A-Za-z0-9])|(?<=%[0-9a-f]{2}))(?P<secret>SK[0-9a-f]{32})",
    ),
    Format("Vault batch", "hvb.", r"hvb\.[\w\-]{24,}"),
    Format("Vault recovery", "hvr.", r"hvr\.[\w\-]{24,}"),
    Format("Vault service", "hvs.", r"hvs\.[\w\-]{24,}"),
)
"""The formats, by issuer."""

# A token begins behind no letter or digit, or behind an escape: a literal `\n`, `%3D`, a colour.
# Put behind the first character, so that a search goes fast from one of these to the next.
_BEHIND = (
    r"(?:(?<!{before}{first})|(?<=\\[abfnrtv]{first})|(?<=%[0-9A-Fa-f]{{2}}{first})"
    r"|(?<=\\x[0-9a-f]{{2}}{first})|(?<=\\u[0-9a-f]{{4}}{first})|(?<=[\[;0-9][0-9]m{first}))"
)
_AHEAD = pattern(r"[\w\-]+(?![\w\-{*+?])")
_FIRST = pattern(r"\[\w+\]|\[A-Za-z0-9\]|\w")


def compiled(keyword: str) -> re.Pattern[str]:
    """Compile the shapes that share a keyword."""
    shapes = "|".join(_begun(row) for row in FORMATS if row.keyword == keyword)
    return re.compile(rf"(?:{shapes})(?![A-Za-z0-9])", re.ASCII)


def _begun(row: Format) -> str:
    """The shape, made to begin only where a token can; one with a group says that itself."""
    first = _FIRST.match(row.shape)
    if first is None or "(?P<secret>" in row.shape:
        return row.shape
    # In `eyJ-eyJ-eyJ-` each one would be tried to the end: only the first of a run is.
    before = r"[\w\-]" if row.keyword == "eyj" else "[A-Za-z0-9]"
    behind = _BEHIND.format(before=before, first=first[0])
    rest = row.shape[first.end() :]
    # What follows is looked at before what stands behind.
    ahead = _AHEAD.match(rest)
    return first[0] + (f"(?={ahead[0]})" if ahead else "") + behind + rest


def hints(keyword: str | None = None) -> list[str]:
    """Rust regular expressions of which one matches wherever a token of some format stands.

    With a keyword only the formats that have it.
    """
    rows = (row for row in FORMATS if keyword in (None, row.keyword))
    return [f"(?-u:{_loosened(row.shape)})" for row in rows]


def clues() -> list[Clue]:
    """What `clues.py` looks for: one of them stands in whatever one of the `hints` matches."""
    return [row.clue or _clue(row) for row in FORMATS]


def _clue(row: Format) -> Clue:
    """The literal text that the hint begins with, if it says more than the keyword."""
    begin = _LITERAL.match(_loosened(row.shape))
    literal = begin[0].replace("\\", "") if begin else ""
    return tuple(literal) if len(literal) >= len(row.keyword) else row.keyword


def _loosened(shape: str) -> str:
    """The shape from its first literal on, with its runs cut short: small, and fast."""
    shape = _BEFORE.sub("", shape).replace("(?P<secret>", "(?:")
    return _REPEATED.sub(lambda match: f"{{{min(int(match[1]), _FEW)},}}", shape)


_BEFORE = pattern(r"\(\?:(?:\(\?<[^()]*\)\|?)+\)|\(\?<[^()]*\)|\A(?:\[A-Za-z0-9\](?:\{\d+\})?)+")
_LITERAL = pattern(r"(?:(?:[\w:\-]|\\\.)(?![{*+?]))+")
_REPEATED = pattern(r"\{(\d+)(?:,\d*)?\}")
_FEW = 16
