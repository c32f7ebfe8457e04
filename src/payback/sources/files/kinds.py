"""What a file can be taken in as, by the name of `--as`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.sources.files import delivery, tracking
from payback.sources.files.charges import CHARGES
from payback.sources.files.fields import Field, Kind
from payback.sources.files.money import EXPENSES, RATES, SEATS
from payback.sources.files.organisation import OWNERS, PEOPLE, TEAMS, WORKFLOWS
from payback.sources.files.usage import USAGE
from payback.sources.files.work import ACTIVITY, EFFORT, OUTPUTS, SURVEYS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CHARGES", "KINDS", "USAGE", "Field", "Kind"]

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        CHARGES, USAGE, SEATS, EXPENSES, PEOPLE, TEAMS, WORKFLOWS, OWNERS, ACTIVITY, EFFORT, SURVEYS, OUTPUTS, RATES,
        *delivery.KINDS, *tracking.KINDS,
    )
}  # fmt: skip
