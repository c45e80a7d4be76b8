"""Examples of every token format, put together when asked for: no file holds a whole one."""

from __future__ import annotations

import random
import string

ALNUM = string.ascii_letters + string.digits
UPPER = string.ascii_uppercase + string.digits
BASE32 = string.ascii_uppercase + "234567"
LOWER = string.ascii_lowercase + string.digits
HEX = "0123456789abcdef"
DIGITS = string.digits
WORD = ALNUM + "_-"

Recipe = tuple[str | tuple[int, str], ...]
"""Literal pieces, and (number, alphabet) of drawn ones."""

RECIPES: dict[str, Recipe] = {
    "1Password service account": ("ops_", "eyJ", (250, ALNUM)),
    "age": ("AGE-SECRET", "-KEY-1", (58, UPPER)),
    "age, post-quantum": ("AGE-SECRET", "-KEY-PQ-1", (58, UPPER)),
    "Anthropic": ("sk-ant", "-api03-", (93, WORD), "AA"),
    "Atlassian": ("ATATT3", "xFfGF0", (180, WORD), "=", (8, UPPER)),
    "Atlassian organisation": ("ATCTT3", "xFfGN0", (180, WORD), "=", (8, UPPER)),
    "AWS access key": ("AK", "IA", (16, BASE32)),
    "AWS temporary key": ("AS", "IA", (16, BASE32)),
    "Bitbucket": ("AT", "BB", (24, ALNUM), (8, "0123456789ABCDEF")),
    "Brevo": ("xkey", "sib-", (64, HEX), "-", (16, ALNUM)),
    "Databricks": ("da", "pi", (32, HEX)),
    "Databricks OAuth": ("dk", "ea", (32, HEX)),
    "Databricks secret": ("do", "se", (32, HEX)),
    "DigitalOcean": ("dop", "_v1_", (64, HEX)),
    "Discord bot": ("MTA4", "NjE1NDk5", "MDE4NjI0MDAw", ".", (6, WORD), ".", (38, WORD)),
    "Discord webhook": ("https://discord.com/api/", "webhooks/", (18, DIGITS), "/", (68, WORD)),
    "Docker": ("dckr", "_pat_", (27, WORD)),
    "GitHub classic": ("gh", "p_", (36, ALNUM)),
    "GitHub fine-grained": ("github", "_pat_", (22, ALNUM), "_", (59, ALNUM)),
    "GitHub installation": ("gh", "s_", (36, ALNUM)),
    "GitHub OAuth": ("gh", "o_", (36, ALNUM)),
    "GitHub refresh": ("gh", "r_", (76, ALNUM)),
    "GitHub user": ("gh", "u_", (36, ALNUM)),
    "GitLab access": ("glp", "at-", (20, ALNUM)),
    "GitLab agent": ("glag", "ent-", (50, ALNUM)),
    "GitLab deploy": ("gl", "dt-", (20, ALNUM)),
    "GitLab feed or flag": ("gl", "ft-", (20, ALNUM)),
    "GitLab job": ("glc", "bt-", (2, ALNUM), "_", (20, ALNUM)),
    "GitLab mail": ("glim", "t-", (25, ALNUM)),
    "GitLab OAuth": ("glo", "as-", (64, ALNUM)),
    "GitLab runner": ("gl", "rt-", (20, ALNUM)),
    "GitLab runner registration": ("GR13", "48941", (20, ALNUM)),
    "GitLab SCIM": ("glso", "at-", (20, ALNUM)),
    "GitLab workspace": ("gl", "wt-", (20, ALNUM)),
    "Google API": ("AI", "za", (35, WORD)),
    "Google OAuth": ("ya", "29.", (60, WORD)),
    "Grafana API": ("ey", "JrIjoi", (43, ALNUM), "iLCJuIjoi", (20, ALNUM), "=="),
    "Grafana cloud": ("glc", "_", "eyJ", (60, ALNUM), "=="),
    "Grafana service account": ("gl", "sa_", (32, ALNUM), "_", (8, HEX)),
    "Heroku": ("HRKU", "-AA", (58, WORD)),
    "Hugging Face": ("h", "f_", (34, string.ascii_letters)),
    "Hugging Face organisation": ("api", "_org_", (34, string.ascii_letters)),
    "JSON web token": ("ey", "J", (30, ALNUM), ".", "eyJ", (60, ALNUM), ".", (43, WORD)),
    "Linear": ("lin", "_api_", (40, ALNUM)),
    "Mailgun": ("ke", "y-", (32, HEX)),
    "Mapbox": ("s", "k.", "eyJ", (60, ALNUM), ".", (22, WORD)),
    "Notion": ("nt", "n_", (46, ALNUM)),
    "Notion integration": ("secr", "et_", (43, ALNUM)),
    "npm": ("np", "m_", (36, ALNUM)),
    "OpenAI": ("s", "k-proj-", (120, WORD)),
    "OpenAI session": ("se", "ss-", (40, ALNUM)),
    "PyPI": ("py", "pi-", "AgEIcHlwaS5vcmc", (150, WORD)),
    "RubyGems": ("ruby", "gems_", (48, HEX)),
    "SendGrid": ("S", "G.", (22, WORD), ".", (43, WORD)),
    "Sentry organisation": ("sntr", "ys_", "eyJ", (120, ALNUM), "=_", (43, ALNUM)),
    "Sentry user": ("sntr", "yu_", (64, HEX)),
    "Shopify": ("shp", "at_", (32, HEX)),
    "Slack": ("xo", "xb-", (12, DIGITS), "-", (13, DIGITS), "-", (24, ALNUM)),
    "Slack app": ("xa", "pp-1-", (11, UPPER), "-", (13, DIGITS), "-", (64, HEX)),
    "Slack cookie": ("xo", "xd-", (40, ALNUM), "+/", (22, ALNUM), "=="),
    "Slack webhook": (
        *("https://hooks.", "slack.com/services/T", (8, UPPER), "/B", (8, UPPER), "/"),
        (24, ALNUM),
    ),
    "Stripe": ("s", "k_live_", (24, ALNUM)),
    "Stripe test": ("r", "k_test_", (24, ALNUM)),
    "Stripe webhook": ("wh", "sec_", (32, ALNUM)),
    "Telegram bot": ((10, "123456789"), ":A", "A", (33, WORD)),
    "Telegram bot, encoded": ((10, "123456789"), "%3AA", "A", (33, WORD)),
    "Terraform Cloud": ((14, ALNUM), ".atlas", "v1.", (67, WORD)),
    "Twilio": ("twilio client S", "K", (32, HEX)),
    "Vault batch": ("hv", "b.", (140, WORD)),
    "Vault recovery": ("hv", "r.", (92, WORD)),
    "Vault service": ("hv", "s.", (92, WORD)),
}

INNOCENT_PREFIX = {
    "Discord webhook": "https://discord.com/api/webhooks/",
    "Slack webhook": "https://hooks.slack.com/services/",
    "Twilio": "twilio client ",
}
"""What of an example stays: it says where, not what."""


def example(name: str, seed: int = 1) -> str:
    """An example of a format, the same for the same seed."""
    draw = random.Random(f"{name} {seed}")  # seeded on purpose: nothing here is a secret
    parts = []
    for piece in RECIPES[name]:
        if isinstance(piece, str):
            parts.append(piece)
        else:
            count, alphabet = piece
            # Letters at the ends: a `-` or `_` there would be read as what follows the token.
            ends = [c for c in alphabet if c not in "_-"]
            drawn = draw.choices(alphabet, k=count - 2) if count > 1 else []
            parts.append("".join([draw.choice(ends), *drawn, draw.choice(ends)][:count]))
    return "".join(parts)


def secret_of(name: str, token: str) -> str:
    """The part of an example that must not be seen anywhere: its last characters."""
    return token[-16:]


def near_misses(name: str) -> list[str]:
    """What looks like a token and is none: cut short, or the end of a longer word."""
    token = example(name)
    first = RECIPES[name][0]
    literal = "".join(piece for piece in RECIPES[name][:3] if isinstance(piece, str))
    misses = [literal, f"{literal} is how they begin", token[: min(len(token) // 2, 20)][:14]]
    if isinstance(first, str) and name not in {*INNOCENT_PREFIX, "JSON web token", "Mapbox"}:
        misses.append(f"x{token}")
    return misses
