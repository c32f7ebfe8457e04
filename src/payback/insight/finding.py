"""Something that was found and wants a decision: what, whose, how much money is at stake, what to do next. A value; what finds
it are pure functions from figures to findings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

REDUCE, CHANGE_MODEL, RESTRICT, SCALE, ACCEPT = "reduce", "change_model", "restrict", "scale", "accept"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One figure that speaks for a finding, and the question that walks to its rows (`href` on the web)."""

    says: str
    metric: str | None = None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind` and `subject` make the id, so the same thing found again is the same finding. `stake` is money of one month,
    None where it cannot be told; `action` the one next step; `options` the decisions that make sense.
    """

    kind: str
    subject_kind: str
    subject: str
    sentence: str
    action: str
    owner: str | None = None
    stake: Decimal | None = None
    currency: str = "USD"
    evidence: tuple[Evidence, ...] = ()
    options: tuple[str, ...] = (REDUCE, CHANGE_MODEL, RESTRICT, SCALE, ACCEPT)

    @property
    def id(self) -> str:
        """What `payback decide` and the page call it."""
        return f"{self.kind}:{self.subject_kind}:{self.subject}"
