from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from payback.insight.waste.again import LOOPS, Repeated
from payback.insight.waste.again import find as done_again
from payback.insight.waste.costly_pieces import costly_pieces
from payback.insight.waste.downstream import downstream_costly
from payback.insight.waste.premium import premium_on_low_stakes
from payback.insight.waste.worked import Stretch, Worked, poisson
from payback.metrics.comparing import PIECES, Side, comparisons
from payback.metrics.premium import Again


def flow(name: str, pieces: int, cost: str | None, **told) -> Worked:
    spent = None if cost is None else Decimal(cost)
    return Worked(name, name.title(), "output:triage", Stretch(30, pieces, spent), task_type="triage", **told)


PEERS = (flow("mail", 400, "40"), flow("chat", 300, "60"), flow("form", 200, "30"))  # 0.10, 0.20, 0.15


def test_bounds_of_a_count_are_the_published_ones():
    """Breslow and Day 1987, table 2.11: 10 and 100 observed."""
    assert poisson(10) == pytest.approx((4.795, 18.39), abs=0.02)
    assert poisson(100) == pytest.approx((81.36, 121.63), abs=0.02)


def test_a_workflow_that_brings_little_and_costs_a_multiple_of_its_peers_is_named_with_its_stake():
    (found,) = costly_pieces([*PEERS, flow("fax", 20, "20", owner="ann")])
    assert found.id == "costly-pieces:workflow:fax"
    assert "costs $1.00" in found.sentence
    assert "6.7 times" in found.sentence  # of 0.15, the middle one of its peers
    assert found.stake == Decimal("17.24")  # 0.85 a piece, 20 pieces, 365 ÷ 12 days for 30
    assert found.owner == "ann"
    assert {one.metric for one in found.evidence} >= {"workflow_unit_cost"}


@pytest.mark.parametrize(
    "others",
    [
        [*PEERS, flow("fax", 4, "40")],  # under five pieces, however dear
        [*PEERS, flow("fax", 20, "6")],  # twice its peers, but 20 pieces may be 31
        [*PEERS, flow("fax", 500, "500")],  # dear, but it brings more than they do
        [*PEERS, flow("fax", 20, None)],
        [PEERS[0], flow("fax", 20, "20")],  # one peer is no yardstick
        [*(replace(peer, task_type="other") for peer in PEERS), flow("fax", 20, "20")],
        [*(replace(peer, now=Stretch(30, 19, Decimal(2))) for peer in PEERS), flow("fax", 10, "20")],
    ],
)
def test_it_is_silent_where_chance_or_too_few_could_explain_it(others):
    assert [one for one in costly_pieces(others) if one.subject == "fax"] == []


def test_a_workflow_that_has_become_twice_as_dear_as_it_was_is_named():
    dear = flow("mail", 200, "100", before=Stretch(30, 200, Decimal(20)))
    (found,) = costly_pieces([dear])
    assert "its own of the days before" in found.sentence
    assert (
        costly_pieces([flow("mail", 200, "100", before=Stretch(30, 200, Decimal(40)))]) == ()
    )  # 2.5 times, less chance
    assert costly_pieces([flow("mail", 200, "100", before=Stretch(30, 19, Decimal(1)))]) == ()


BACK = {"correction_rate": Again(80, 200)}
USUAL = {"correction_rate": Again(40, 200)}


def test_a_cheap_call_that_costs_afterwards_is_named_with_what_follows_it():
    cheap = flow("draft", 200, "10", came_back=BACK, downstream=Decimal(900))
    (found,) = downstream_costly([cheap, flow("mail", 200, "10", came_back=USUAL, downstream=Decimal(900))])
    assert found.subject == "draft"
    assert "90 times the model" in found.sentence
    assert "40% of it was corrected" in found.sentence
    assert found.stake == Decimal("912.50")


@pytest.mark.parametrize(
    ("told", "others"),
    [
        ({"came_back": BACK, "downstream": None}, USUAL),  # nobody told what follows
        ({"came_back": BACK, "downstream": Decimal(29)}, USUAL),  # under three times the model
        (
            {"came_back": {"correction_rate": Again(50, 200)}, "downstream": Decimal(900)},
            USUAL,
        ),  # 25 % may be 20 %
        ({"came_back": BACK, "downstream": Decimal(900)}, BACK),  # as much of the others comes back
        ({"came_back": {"correction_rate": Again(10, 19)}, "downstream": Decimal(900)}, USUAL),  # too few
        (
            {"came_back": {"correction_rate": Again(50, 200)}, "downstream": Decimal(900)},
            {},
        ),  # nothing to hold it against
        ({"came_back": {}, "downstream": Decimal(900)}, USUAL),
    ],
)
def test_money_alone_or_chance_names_nobody(told, others):
    cheap = flow("draft", 200, "10", **told)
    found = downstream_costly([cheap, flow("mail", 200, "10", came_back=others)])
    assert [one.subject for one in found if one.subject == "draft"] == []


PRICES = {"opus": Decimal(20), "haiku": Decimal(2), "mystery": None}


def sides_of(premium: Again, cost: str, work: str = "docs") -> list[tuple[str, Side]]:
    return [
        (work, Side(("opus",), premium, Decimal(cost) * 60, 60)),
        (work, Side(("haiku",), Again(12, 100), Decimal(100), 100)),
        (work, Side(("mystery",), Again(50, 50), Decimal(900), 50)),
    ]


def test_a_premium_model_on_a_task_of_low_risk_is_named_where_a_gain_can_be_ruled_out():
    told = comparisons(sides_of(Again(12, 100), "5"), PRICES, {"docs": "low"})
    (found,) = premium_on_low_stakes(told, 30, {"docs": "ann"})
    assert (found.subject_kind, found.subject, found.owner) == ("task_type", "docs", "ann")
    assert found.stake == Decimal("243.33")  # 4 more on each of 60 changes, 365 ÷ 12 days for 30
    assert "haiku" in found.action
    assert "mystery" not in found.action  # a model without a price is no yardstick


@pytest.mark.parametrize(
    ("premium", "cost", "risk"),
    [
        (Again(12, 100), "5", "high"),
        (Again(12, 100), "5", None),
        (Again(12, 100), "0.5", "low"),  # it costs less
        (Again(12, 100), "1.4", "low"),  # it costs hardly more
        (Again(2, 19), "5", "low"),  # too few
        (Again(1, 100), "5", "low"),  # less of its work is done again
    ],
)
def test_a_premium_model_that_may_be_worth_it_is_not_named(premium, cost, risk):
    told = comparisons(sides_of(premium, cost), PRICES, {"docs": risk} if risk else {})
    assert premium_on_low_stakes(told, 30) == ()


def test_of_changes_and_pieces_of_one_kind_the_dearer_finding_stands():
    changes = comparisons(sides_of(Again(12, 100), "5"), PRICES, {"docs": "low"})
    pieces = comparisons(sides_of(Again(12, 100), "9"), PRICES, {"docs": "low"}, PIECES)
    (found,) = premium_on_low_stakes([*changes, *pieces], 30)
    assert found.stake == Decimal("486.67")  # 8 more on each of 60
    assert found.evidence[0].metric == "workflow_unit_cost"


def test_a_team_whose_agents_go_round_in_circles_is_named_from_five_dollars_or_two_percent_on():
    figures = (
        Repeated("red", Decimal("5.00"), 9, Decimal(900)),
        Repeated("blue", Decimal("1.00"), 4, Decimal(50)),
        Repeated("green", Decimal("4.99"), 9, Decimal(900)),
        Repeated("grey", Decimal("0.99"), 4, Decimal(5)),
        Repeated(None, Decimal("1.50"), 1, Decimal(10)),
        Repeated("white", Decimal(0), 0, None),
    )
    found = {one.subject: one for one in done_again(LOOPS, figures, {"blue": "Blue team"})}
    assert set(found) == {"unattributed", "blue", "red"}
    assert found["red"].stake == Decimal("5.00")
    assert found["blue"].sentence == (
        "Agents of Blue team ran again what had just failed, 4 times in the last 30 days: $1.00, 2.0 % of what its agents cost."
    )
    assert found["unattributed"].team is None
