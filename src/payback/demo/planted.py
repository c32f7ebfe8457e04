"""What there is to be found at the invented company, by the kinds of finding and the words of a verdict; nothing in a quiet one.
Beside it, what came back of each workflow's output and what people did about it.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.demo.afterwards import RATES, afterwards, pieces
from payback.demo.workloads import DIGESTS, TESTS

if TYPE_CHECKING:
    from payback.demo.people import Company
    from payback.demo.span import Span

Row = dict[str, Any]
FINDINGS = (
    ("moved, not improved", "team", "payments"),
    ("downstream-costly", "workflow", TESTS.id),
    ("costly-pieces", "workflow", DIGESTS.id),
    ("premium-on-low-stakes", "task_type", "debt"),
    ("premium-on-low-stakes", "task_type", DIGESTS.task_type),
    ("loops", "team", "infrastructure"),
    ("premium worth it", "task_type", "fix"),
    ("review hours saved", "team", "storefront"),
)
PHASES = {
    "mobile": "coding",
    "storefront": "pickup",
    "data": "review",
    "infrastructure": "deploy",
    "payments": "rework",
}


def planted(span: Span) -> list[Row]:
    """Each with its kind, what it is about, and of a bottleneck the phase."""
    if span.is_quiet:
        return []
    found: list[Row] = [
        {"kind": kind, "subject_kind": about, "subject": subject} for kind, about, subject in FINDINGS
    ]
    return found + [
        {"kind": "bottleneck", "subject_kind": "team", "subject": team, "phase": phase}
        for team, phase in PHASES.items()
    ]


def outcomes(span: Span, company: Company) -> list[Row]:
    """By workflow: the pieces that were written down, how many came back how, and the hours after them with their money."""
    counts: dict[str, Row] = {}
    for piece in pieces(span):
        row = counts.setdefault(piece.work.id, {"pieces": 0, "corrected": 0, "reopened": 0, "rerouted": 0})
        row["pieces"] += 1
        for name in ("corrected", "reopened", "rerouted"):
            row[name] += getattr(piece, name)
    hours: dict[str, Decimal] = defaultdict(Decimal)
    money: dict[str, Decimal] = defaultdict(Decimal)
    for entry in afterwards(span, company):
        spent = Decimal(entry["hours"])
        hours[entry["workflow"]] += spent
        money[entry["workflow"]] += spent * RATES.get(entry["kind"], RATES[""])
    return [
        {"workflow": name, **row, "hours": str(hours[name]), "usd": str(money[name])}
        for name, row in sorted(counts.items())
    ]
