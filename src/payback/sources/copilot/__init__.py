"""GitHub Copilot: seats, use by person and day, what seats, AI credits and premium requests cost, cost centres.

Built on the report endpoints; the older metrics and usage addresses are retired.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.sources.copilot.centres import CENTRES
from payback.sources.copilot.money import CREDITS, PREMIUM, SEAT_CHARGES
from payback.sources.copilot.place import VENDOR
from payback.sources.copilot.reports import METRICS
from payback.sources.copilot.seats import SEATS
from payback.sources.source import Setting, Source

if TYPE_CHECKING:
    from collections.abc import Mapping


def headers(secrets: Mapping[str, str], _told: Mapping[str, Any]) -> dict[str, str]:
    """What every request to GitHub carries."""
    return {
        "authorization": f"Bearer {secrets['key']}",
        "accept": "application/vnd.github+json",
        "x-github-api-version": "2022-11-28",
    }


SOURCE = Source(
    kind="copilot",
    title="GitHub Copilot",
    vendor=VENDOR,
    base="https://api.github.com",
    settings=(
        Setting("key", "A token with manage_billing:copilot and read:org", secret=True, required=True),
        Setting("enterprise", "The enterprise's name in GitHub's addresses"),
        Setting("organization", "The organization's name, where there is no enterprise to read"),
        Setting("per_user", "Ask for each seat holder's part of the AI credits", default="true"),
        Setting("seat_price", "What one seat costs a month by contract; the seats list tells no price"),
        Setting("currency", "The currency of seat_price", default="USD"),
    ),
    streams=(SEATS, METRICS, SEAT_CHARGES, CREDITS, PREMIUM, CENTRES),
    headers=headers,
    note="An owner makes a token with manage_billing:copilot and read:org (enterprise: read:enterprise) under Settings, "
    "Developer settings; reading money needs a billing manager.",
)
