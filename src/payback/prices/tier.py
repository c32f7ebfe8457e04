"""How a request was served, as far as it changes its price: service tier, speed, region. Knows which words change nothing."""

from __future__ import annotations

from typing import NamedTuple

STANDARD = frozenset({"", "default", "normal", "on_demand", "standard"})
ANYWHERE = frozenset({"", "default", "global", "not_available"})


class Tier(NamedTuple):
    """As a source wrote it; None is not said, which is priced as standard."""

    service_tier: str | None = None
    speed: str | None = None
    region: str | None = None

    @property
    def services(self) -> tuple[str, ...]:
        """The words other than standard for how it was served: batch, priority, flex, fast, ..."""
        told = dict.fromkeys((word or "").strip().lower() for word in (self.service_tier, self.speed))
        return tuple(word for word in told if word not in STANDARD)

    @property
    def place(self) -> str | None:
        """The region it was bound to, None for anywhere."""
        word = (self.region or "").strip().lower()
        return None if word in ANYWHERE else word
