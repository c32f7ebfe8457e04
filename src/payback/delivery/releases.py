"""`production_deployments`: what went to production, with which changes, and whether it failed. DORA's deployments. Pure.

A deployment failed where an incident is linked to it; it is recovered when the last of them ended (DORA's failed
deployment recovery time). It is rework where the host says so, or where all of its changes mend something and the
deployment before it failed (DORA's deployment rework rate).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.delivery.belonging import most_of
from payback.delivery.delivered import hours
from payback.delivery.markers import strongest
from payback.delivery.shipping import failures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from payback.delivery.delivered import Delivered
    from payback.delivery.shipping import Failure, Shipment

    Row = Mapping[str, Any]


def deployment_rows(held: Delivered, works: Sequence[Row]) -> pa.Table:
    """The `production_deployments` table; `works` are rows of `work`."""
    changes: dict[str, list[Row]] = defaultdict(list)
    for work in works:
        if work["deployment_id"]:
            changes[work["deployment_id"]].append(work)
    broke: dict[str, list[Failure]] = defaultdict(list)
    for failure in failures(held.rows("incidents"), held.shipped, held.reading.services):
        broke[failure.deployment_id].append(failure)
    rows = []
    for shipments in held.shipped.by_repo.values():
        before = None
        for one in shipments:
            own = changes.get(one.deployment_id, [])
            rows.append(
                _row(held, one, (own, broke.get(one.deployment_id, ())), bool(before and broke.get(before)))
            )
            before = one.deployment_id
    return held.stamped(rows, "production_deployments")


def _row(
    held: Delivered,
    one: Shipment,
    brought: tuple[Sequence[Row], Sequence[Failure]],
    after_failure: bool,  # noqa: FBT001
) -> dict[str, Any]:
    own, broke = brought
    with_ai = sum(change["ai_class"] != "none_detected" for change in own)
    is_mending = after_failure and bool(own) and all(change["fix"] for change in own)
    ends = [failure.resolved_at for failure in broke]
    last = max((end for end in ends if end is not None), default=None)
    return {
        "deployment_id": one.deployment_id,
        "repo": one.repo,
        "team": _team(held, one, own),
        "name": one.name,
        "counted_as": held.shipped.choices[one.repo].kind,
        "is_proposed": held.shipped.choices[one.repo].proposed,
        "finished_at": one.finished_at,
        "finished_day": held.day(one.finished_at),
        "pull_requests": len(own),
        "ai_pull_requests": with_ai,
        "ai_class": strongest(change["ai_class"] for change in own),
        "ai_share": _band(with_ai, len(own)),
        "cost_list": _cost(own),
        "failed": bool(broke),
        "incidents": len(broke),
        "recovery_hours": None if None in ends else hours(one.finished_at, last),
        "workflow": most_of(change["workflow"] for change in own),
        "is_rework": is_mending if one.is_rework is None else one.is_rework,
    }


def _team(held: Delivered, one: Shipment, own: Sequence[Row]) -> str | None:
    """The team of most of its changes (of equals the first by name), else whose repository it is."""
    teams = Counter(str(change["team"]) for change in own if change["team"])
    if teams:
        return min(teams, key=lambda team: (-teams[team], team))
    return held.people.team_of_repo(one.repo, one.finished_at)


def _cost(own: Sequence[Row]) -> Decimal | None:
    known = [change["cost_list"] for change in own if change["cost_list"] is not None]
    return sum(known, Decimal(0)) if known else None


def _band(with_ai: int, whole: int) -> str | None:
    if not whole:
        return None
    if with_ai in {0, whole}:
        return "all" if with_ai else "none"
    return "half and more" if 2 * with_ai >= whole else "under half"
