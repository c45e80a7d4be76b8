"""Secrets that can be told by their shape alone: one row a public token format.

Each row has the keyword that a scan looks for (lower case) and the shape. A shape begins with
literal text, and what follows an open repetition cannot fail, or begins only where a run begins,
so that a search is linear in the text. Shapes follow what the issuers publish about their tokens.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["FORMATS", "Format", "union"]


class Format(NamedTuple):
    """A token format: its issuer, the keyword every such token holds, and its shape."""

    name: str
    keyword: str
    shape: str


FORMATS = (
    Format("AWS access key id", "akia", r"AKIA[A-Z2-7]{16}"),
    Format("AWS temporary key id", "asia", r"ASIA[A-Z2-7]{16}"),
    Format("GitHub token", "gh", r"gh[pousr]_[A-Za-z0-9_.\-]{36,}"),
    Format("GitHub fine-grained token", "github_pat_", r"github_pat_[A-Za-z0-9_]{22,}"),
    Format("GitLab token", "gl", r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt|oas)-[\w\-.]{20,}"),
    Format("Slack token", "xox", r"xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9\-]{10,}"),
    Format("Slack app token", "xapp-", r"xapp-\d-[A-Za-z0-9\-]{10,}"),
    Format("Slack webhook", "hooks.slack", r"hooks\.slack\.com/[a-z]{1,12}/[\w/\-]{20,}"),
    Format("Stripe key", "_live_", r"[srp]k_live_[A-Za-z0-9]{10,}"),
    Format("Stripe test key", "_test_", r"[srp]k_test_[A-Za-z0-9]{10,}"),
    Format("Stripe webhook secret", "whsec_", r"whsec_[A-Za-z0-9+/=]{16,}"),
    Format("OpenAI or Anthropic key", "sk-", r"sk-[A-Za-z0-9][A-Za-z0-9_\-]{19,}"),
    Format("Google API key", "aiza", r"AIza[A-Za-z0-9_\-]{35}"),
    Format("Google OAuth token", "ya29.", r"ya29\.[A-Za-z0-9_\-.]{20,}"),
    Format("Azure storage key", "accountkey=", r"(?<=AccountKey=)[A-Za-z0-9+/]{40,}={0,2}"),
    Format("npm token", "npm_", r"npm_[A-Za-z0-9]{36}"),
    Format("PyPI token", "pypi-", r"pypi-[A-Za-z0-9_\-]{50,}"),
    Format("RubyGems key", "rubygems_", r"rubygems_[a-f0-9]{48}"),
    Format("Docker token", "dckr_", r"dckr_(?:pat|oat)_[A-Za-z0-9_\-]{20,64}"),
    Format("Hugging Face token", "hf_", r"hf_[A-Za-z0-9]{30,64}"),
    Format("Telegram bot token", ":aa", r"\d{8,10}:AA[A-Za-z0-9_\-]{32,33}"),
    Format("Discord webhook", "api/webhooks/", r"(?<=api/webhooks/)\d{17,20}/[\w\-]{60,80}"),
    Format("SendGrid key", "sg.", r"SG\.[A-Za-z0-9_\-]{22}\.[A-Za-z0-9_\-]{43}"),
    Format("DigitalOcean token", "_v1_", r"do[opr]_v1_[a-f0-9]{64}"),
    Format("Shopify token", "shp", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    Format("Linear key", "lin_api_", r"lin_api_[A-Za-z0-9]{40}"),
    Format("Grafana token", "gl", r"glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}"),
    Format("Vault token", "hv", r"hv[sbr]\.[A-Za-z0-9_\-]{24,}"),
    Format("Databricks token", "dapi", r"dapi[a-f0-9]{32}(?:-\d)?"),
    Format("Atlassian token", "atatt3", r"ATATT3[A-Za-z0-9_\-=]{50,}"),
    Format("age secret key", "age-secret-key-", r"AGE-SECRET-KEY-1[A-Z0-9]{58}"),
    Format("JSON web token", "eyj", r"(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?"),
)
"""The formats, in no particular order: none is the beginning of another's match."""


def union() -> re.Pattern[str]:
    """Compile all shapes into one pattern, each at a place where a token can begin."""
    return re.compile(
        r"(?<![A-Za-z0-9])(?:" + "|".join(row.shape for row in FORMATS) + r")(?![A-Za-z0-9])"
    )
