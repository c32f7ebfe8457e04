"""Names that bills give to whoever is paid, as the ids payback knows vendors by. An unknown name is its own id."""

from __future__ import annotations

import re

IDS = {
    "amazon": "aws",
    "amazonwebservices": "aws",
    "amazonwebservicesinc": "aws",
    "aws": "aws",
    "anthropic": "anthropic",
    "anthropicpbc": "anthropic",
    "anysphere": "cursor",
    "anysphereinc": "cursor",
    "azure": "azure",
    "microsoft": "azure",
    "microsoftazure": "azure",
    "microsoftcorporation": "azure",
    "gcp": "google",
    "google": "google",
    "googlecloud": "google",
    "googlecloudplatform": "google",
    "googlellc": "google",
    "github": "github",
    "githubinc": "github",
    "openai": "openai",
    "openaillc": "openai",
    "openrouter": "openrouter",
    "openrouterinc": "openrouter",
}
_SIGNS = re.compile(r"[^a-z0-9]+")


def vendor_id(name: str) -> str:
    """The id of a vendor: `aws` for "Amazon Web Services, Inc.", else the name in small letters."""
    return IDS.get(_SIGNS.sub("", name.casefold()), name.strip().casefold())
