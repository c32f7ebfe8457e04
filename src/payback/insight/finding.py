"""Something that was found and wants a decision: what, whose, how much money is at stake, what to do next. A value; what finds
it are pure functions from figures to findings.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

REDUCE, CHANGE_MODEL, RESTRICT, SCALE, ACCEPT = "reduce", "change_model", "restrict", "scale", "accept"
FOLLOW = "follow"  # the recommended step is taken
OPTIONS = {
    FOLLOW: "do what is recommended",
    REDUCE: "reduce use",
    CHANGE_MODEL: "change model",
    RESTRICT: "restrict",
    SCALE: "scale",
    ACCEPT: "accept the trade-off",
}
SUBJECTS = ("organisation", "team", "workflow", "tool", "model", "repo")
LESS, MORE = "less", "more"
NOBODYS = "unattributed"  # the subject of a finding about what belongs to no team, tool, …


@dataclass(frozen=True, slots=True)
class Evidence:
    """One figure that speaks for a finding, and the question that walks to its rows (`href` on the web)."""

    says: str
    metric: str | None = None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind` and `subject` make the id, so the same thing found again is the same finding. `stake` is money of one month,
    None where it cannot be told; `action` the one next step; `options` the decisions that make sense. `team` is whose it is:
    who sees one team sees the findings of that team, and one without a team is for who sees everything. `metric` is the one
    that a decision is looked at by later, cut to the subject, and `expects` the way it should go.
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
    team: str | None = None
    metric: str | None = None
    expects: str = LESS

    @property
    def id(self) -> str:
        """What `payback decide` and the page call it."""
        return f"{self.kind}:{self.subject_kind}:{self.subject}"

    @property
    def where(self) -> dict[str, tuple[str | None, ...]]:
        """The filter of a question that keeps what the finding is about; empty for the whole organisation."""
        return where(self.subject_kind, self.subject)


def where(subject_kind: str, subject: str) -> dict[str, tuple[str | None, ...]]:
    """The filter of a question that keeps one subject."""
    if subject_kind not in SUBJECTS[1:]:
        return {}
    return {subject_kind: (None if subject == NOBODYS else subject,)}


def to_json(finding: Finding) -> dict[str, Any]:
    """The finding in plain values, with its id; money as text."""
    told = asdict(finding) | {"id": finding.id}
    told["stake"] = None if finding.stake is None else format(finding.stake, "f")
    return told


def from_json(told: Mapping[str, Any]) -> Finding:
    """The finding that `to_json` wrote; what an older payback did not know is as it is by default."""
    known = {name: value for name, value in told.items() if name in Finding.__dataclass_fields__}
    stake = known.get("stake")
    return Finding(
        **known
        | {
            "stake": None if stake is None else Decimal(stake),
            "evidence": tuple(Evidence(**one) for one in known.get("evidence", ())),
            "options": tuple(known.get("options", OPTIONS)),
        }
    )
