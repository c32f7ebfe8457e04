"""Receipts: what one change cost, from the stored placements of requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from payback.access.facts import open as opened
from payback.delivery.links import Work
from payback.delivery.receipt import Receipt, receipt
from payback.delivery.references import parse_reference, resolve

if TYPE_CHECKING:
    from datetime import datetime

    import ibis.expr.types as ir

    from payback.access.facts import Ground
    from payback.access.scope import Scope

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
    usage = read(_placed(opened(ground, "usage", scope), placed, subject.repo))
    return receipt(subject, usage, work.evidence, now)


def _placed(usage: ir.Table, placed: ir.Table, repo: str) -> ir.Table:
    """Requests of a repository with where they were placed."""
    told = placed.select("usage_id", **{f"placed_{name}": name for name in PLACED})
    rows = usage.left_join(told, "usage_id").drop("usage_id_right")
    rows = rows.filter(ibis.coalesce(rows["placed_repo"], rows["repo"]) == repo)
    return rows.mutate(
        repo=ibis.coalesce(rows["placed_repo"], rows["repo"]),
        branch=ibis.coalesce(rows["placed_branch"], rows["branch"]),
        commit_id=rows["placed_commit_id"],
        pull_request_id=rows["placed_pull_request_id"],
        how=rows["placed_how"].fill_null("unlinked"),
    ).order_by("occurred_at", "usage_id")
