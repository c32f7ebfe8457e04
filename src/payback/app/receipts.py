"""Receipts: what one change cost, from the stored placements of requests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import ibis

from payback.access.facts import open as opened
from payback.delivery.links import Work
from payback.delivery.receipt import Receipt, receipt
from payback.delivery.references import parse_reference, resolve

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    import ibis.expr.types as ir

    from payback.access.facts import Ground
    from payback.access.scope import Scope
    from payback.delivery.references import Subject

PLACED = ("repo", "branch", "commit_id", "pull_request_id", "how")


def receipt_of(ground: Ground, reference: str, scope: Scope, now: datetime) -> Receipt:
    """The receipt of the change that a person named. UnknownNameError or UnclearReferenceError with the way out."""
    read = ground.warehouse.read
    work = Work(
        commits=read(opened(ground, "commits", scope)),
        pull_requests=read(opened(ground, "pull_requests", scope)),
        evidence=read(opened(ground, "evidence", scope)),
    )
    placed = opened(ground, "assignments", scope)
    subject = resolve(parse_reference(reference), work, read(placed.select("usage_id", *PLACED)))
    usage = read(_placed(opened(ground, "usage", scope), placed, subject))
    return replace(receipt(subject, usage, work.evidence, now), billed_usd=_billed(ground, subject, scope))


def _billed(ground: Ground, subject: Subject, scope: Scope) -> Decimal | None:
    """What was billed in USD for the use that served a change or the changes of a ticket; None where nothing is known."""
    changes = subject.changes or ({subject.id} if subject.kind == "pull_request" else frozenset())
    if not changes:
        return None
    spend = opened(ground, "spend", scope)
    own = spend.filter(spend.pull_request.isin(sorted(changes)), spend.currency == "USD")
    billed: Decimal | None = ground.warehouse.read(own.aggregate(billed=own.billed.sum()))["billed"][
        0
    ].as_py()
    return billed


def _placed(usage: ir.Table, placed: ir.Table, subject: Subject) -> ir.Table:
    """Requests of a repository, or of the changes of a ticket, with where they were placed."""
    told = placed.select("usage_id", **{f"placed_{name}": name for name in PLACED})
    rows = usage.left_join(told, "usage_id").drop("usage_id_right")
    if subject.changes:
        rows = rows.filter(rows["placed_pull_request_id"].isin(sorted(subject.changes)))
    else:
        rows = rows.filter(ibis.coalesce(rows["placed_repo"], rows["repo"]) == subject.repo)
    return rows.mutate(
        repo=ibis.coalesce(rows["placed_repo"], rows["repo"]),
        branch=ibis.coalesce(rows["placed_branch"], rows["branch"]),
        commit_id=rows["placed_commit_id"],
        pull_request_id=rows["placed_pull_request_id"],
        how=rows["placed_how"].fill_null("unlinked"),
    ).order_by("occurred_at", "usage_id")
