"""Workflows that bring little and cost much: a piece of output costs a multiple of what it costs others of the same task
type, or of what it cost before. Pure.

A small count may be chance, so the money is held against the most pieces that a steady flow of that size would bring (95 %).
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import quote

from payback.insight.effect import WORKFLOW
from payback.insight.finding import ACCEPT, CHANGE_MODEL, REDUCE, RESTRICT, Evidence, Finding
from payback.insight.waste.worked import times

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from payback.insight.waste.worked import Worked

KIND = "costly-pieces"
FEWEST, FEWEST_OF_PEER, FEWEST_PEERS = 5, 20, 2
DEARER = 2
OPTIONS = (REDUCE, CHANGE_MODEL, RESTRICT, ACCEPT)


def costly_pieces(workflows: Sequence[Worked]) -> tuple[Finding, ...]:
    """One finding per workflow whose unit cost is at least twice that of its peers (at fewer pieces than they bring), or
    twice its own of before, beyond what a small count explains. Silent under five pieces, without two peers of 20 pieces,
    and without a past of 20.
    """
    return tuple(found for one in workflows for found in _one(one, workflows))


def _one(one: Worked, others: Sequence[Worked]) -> Iterator[Finding]:
    cost, between = one.now.unit_cost, one.now.unit_cost_between
    if cost is None or between is None or one.now.pieces < FEWEST:
        return
    peers = [peer for peer in others if _is_peer(one, peer)]
    usual = median(peer for each in peers if (peer := each.now.unit_cost) is not None) if peers else None
    is_small = bool(peers) and one.now.pieces / one.now.days < median(
        peer.now.pieces / peer.now.days for peer in peers
    )
    if len(peers) >= FEWEST_PEERS and usual is not None and is_small and between[0] >= DEARER * usual:
        names = ", ".join(sorted(peer.name for peer in peers))
        yield _finding(one, (cost, usual), f"that of others of its kind of task ({names})")
    elif one.before is not None and one.before.pieces >= FEWEST_OF_PEER:
        past, bounds = one.before.unit_cost, one.before.unit_cost_between
        if past is not None and bounds is not None and between[0] >= DEARER * bounds[1]:
            yield _finding(one, (cost, past), "its own of the days before")


def _is_peer(one: Worked, other: Worked) -> bool:
    return (
        other.workflow != one.workflow
        and one.task_type is not None
        and other.task_type == one.task_type
        and other.now.pieces >= FEWEST_OF_PEER
        and other.now.unit_cost is not None
    )


def _finding(one: Worked, costs: tuple[Decimal, Decimal], against: str) -> Finding:
    cost, usual = costs
    ratio = times(cost / usual) if usual else "infinitely many times"
    return Finding(
        KIND,
        WORKFLOW,
        one.workflow,
        f"A piece of {one.name} costs {one.say(cost)}, {ratio} {against}.",
        f"Look at its dearest runs and try the model that its peers use, or stop {one.name} if nobody misses it.",
        one.owner,
        one.now.a_month((cost - usual) * one.now.pieces),
        evidence=(
            Evidence(f"{one.say(cost)} a piece, {one.now.pieces} pieces", "workflow_unit_cost", _page(one)),
            Evidence(f"{one.say(usual)} is {against}", "workflow_unit_cost", "/workflows"),
            Evidence("what its runs cost", "run_cost_p90", _page(one)),
        ),
        currency=one.currency,
        options=OPTIONS,
        metric="workflow_unit_cost",
    )


def _page(one: Worked) -> str:
    return f"/workflows/{quote(one.workflow, safe='')}"
