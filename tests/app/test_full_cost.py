"""Full cost beside invoice cost: entered, measured and assumed lines, each once, and the sum exact."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payback.app.answering import ANSWERED
from payback.app.assuming import assumed, is_measured
from payback.app.effort_costs import with_rework
from payback.app.effort_rows import Known, kind_of, rows
from payback.app.entering import Entry, enter, withdraw
from payback.app.full_cost import costing
from payback.errors import SettingsError, UnanswerableError
from payback.ledger.rates import Rates
from payback.metrics.answer import answer
from payback.metrics.catalogue.full_cost import LINES
from payback.metrics.question import Query
from payback.org.file import organisation
from payback.period import Period, add_months
from tests.app import world
from tests.metrics.month import ALL, MARCH, PARIS, effort, ground_of, spend, the_month

CARDS = """
[[rate_cards]]
rate = "80"
currency = "USD"
until = 2026-03-15

[[rate_cards]]
rate = "90"
currency = "USD"
from = 2026-03-15

[[rate_cards]]
kind = "review"
team = "red"
rate = "120"
currency = "EUR"
"""


class Asked:
    """Answers over a ground, as the app gives them."""

    def __init__(self, ground):
        self.ground = ground

    def answer(self, query, scope):
        return answer(query, scope, self.ground, answered=ANSWERED)


def hours(name, kind, day="2026-03-10", **given):
    plain = dict.fromkeys(("person", "team", "workflow", "output_id", "rate", "currency", "measured"))
    return plain | {"effort_id": name, "day": date.fromisoformat(day), "kind": kind, "hours": 2.0} | given


def change(number, ai_class, **given):
    plain = {
        "pull_request_id": f"shop#{number}", "repo": "shop", "author": "abcdef"[number % 6], "person": None, "team": "red",
        "state": "merged", "merged_day": date(2026, 3, 10), "additions": 100, "deletions": 0, "work_type": "feature",
        "ai_class": ai_class, "main_tool": "codex", "workflow": None, "evidence_complete": True, "human_reviews": 1, "comments": 0,
        "reworked": False, "incidents": None, "bugs": 0, "shipped_with": None,
    }  # fmt: skip
    return plain | given


def made(effort=(), work=(), outputs=(), told="", day=date(2026, 6, 1), **assumptions):
    """Rows of `effort_costs` by id, as they follow from these."""
    import tomllib

    known = Known(
        effort, work, outputs, assumed({"full_cost": assumptions}),
        organisation(tomllib.loads(told or CARDS), PARIS).directory(), Rates([(date(2026, 1, 1), "EUR", "USD", Decimal(2))]),
        "USD", PARIS, day,
    )  # fmt: skip
    return rows(known)


WITHOUT = [change(100 + n, "none_detected", additions=200) for n in range(6)]  # 0.4 hours each


def test_hours_are_priced_by_the_card_that_says_most_on_their_day():
    found = made([
        hours("a", "qa"), hours("b", "qa", "2026-03-20"), hours("c", "review", team="red"), hours("d", "qa", rate=Decimal(50), currency="usd"),
    ])  # fmt: skip
    assert [(row["rate"], row["currency"], row["cost"], row["reporting_cost"]) for row in found] == [
        (Decimal(80), "USD", Decimal(160), Decimal(160)),
        (Decimal(90), "USD", Decimal(180), Decimal(180)),
        (Decimal(120), "EUR", Decimal(240), Decimal(480)),
        (Decimal(50), "USD", Decimal(100), Decimal(100)),
    ]


def test_hours_without_a_rate_have_no_money():
    [row] = made([hours("a", "qa")], told="[organisation]\nname = 'x'")
    assert (row["hours"], row["rate"], row["cost"], row["currency"]) == (2.0, None, None, "USD")


def test_a_change_with_ai_has_the_extra_hours_of_its_review():
    found = made(work=[change(1, "agent_authored", human_reviews=3), change(2, "agent_assisted"), *WITHOUT])
    review = [row for row in found if row["kind"] == "review"]
    # 100 lines at 500 an hour: 0.6 and 0.2 hours, against 0.4
    assert [(row["pull_request"], round(row["hours"], 9), row["how"]) for row in review] == [
        ("shop#1", 0.2, "measured"),
        ("shop#2", -0.2, "measured"),
    ]
    assert [row["cost"] for row in review] == [Decimal(24), Decimal(-24)]  # at EUR 120
    assert "500 changed lines an hour" in review[0]["basis"]


def test_only_changes_whose_evidence_was_read_are_held_against():
    unread = [one | {"evidence_complete": False} for one in WITHOUT]
    assert made(work=[change(1, "agent_authored"), *unread]) == []


def test_a_change_that_is_too_young_is_not_judged():
    work = [change(1, "agent_authored", reworked=True), *WITHOUT]
    young = made(work=work, day=date(2026, 3, 23), rework_hours=4)
    grown = made(work=work, day=date(2026, 3, 24), rework_hours=4)
    assert [row["kind"] for row in young] == ["review"]
    assert [(row["kind"], row["hours"]) for row in grown if row["kind"] == "rework"] == [("rework", 4.0)]


def test_extra_defects_are_priced_only_where_somebody_says_what_one_takes():
    work = [change(1, "agent_authored", bugs=2), *WITHOUT]
    assert "defect_triage" not in {row["kind"] for row in made(work=work)}
    assert ("defect_triage", 3.0) in {(row["kind"], row["hours"]) for row in made(work=work, bug_hours=1.5)}


@pytest.mark.parametrize(
    ("entered", "stands_back"),
    [
        (hours("a", "review", "2026-03-31", team="red"), ["shop#1", "shop#2"]),  # the month of the team
        (hours("a", "review", "2026-04-01", team="red"), []),
        (hours("a", "review", team="blue"), []),
        (hours("a", "code review"), ["shop#1", "shop#2"]),  # everybody's
        (hours("a", "review", output_id="shop#2"), ["shop#2"]),  # this change alone
        (hours("a", "review", workflow="triage"), []),
        (hours("a", "qa", team="red"), []),
    ],
)
def test_what_is_entered_counts_in_place_of_what_is_measured_for_the_same(entered, stands_back):
    found = made([entered], [change(1, "agent_authored"), change(2, "agent_authored"), *WITHOUT])
    assert [row["pull_request"] for row in found if row["replaced"]] == stands_back
    assert found[0]["replaced"] is False


def test_corrected_output_takes_the_minutes_told():
    output = {
        "output_id": "o1", "workflow": "triage", "kind": "triage", "corrected": True,
        "produced_at": world.NOW,
    }  # fmt: skip
    outputs = [output, output | {"output_id": "o2", "corrected": False}]
    assert made(outputs=outputs) == []
    [row] = made(outputs=outputs, correction_minutes=15)
    assert (row["how"], row["hours"], row["workflow"], row["cost"]) == (
        "assumed",
        0.25,
        "triage",
        Decimal("22.5"),
    )


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("Review", "review"),
        ("security review", "security_review"),
        ("Training", "enablement"),
        ("gardening", "other"),
    ],
)
def test_a_kind_of_work_belongs_to_one_line(told, kind):
    assert kind_of(told) == kind


def test_a_change_done_again_takes_the_coding_hours_of_one_change_here():
    work = [change(n, "none_detected") for n in range(7)]
    developers = {
        date(2026, 3, 10) + timedelta(days=n): 2 for n in range(28)
    }  # 8 weeks of developers, 7 changes
    found = with_rework(assumed({}), work, developers)["rework_hours"]
    assert (found.value, found.is_default) == (pytest.approx(8.86, abs=0.01), True)  # 7.75 × 8 ÷ 7
    assert (
        with_rework(assumed({"full_cost": {"rework_hours": 3}}), work, developers)["rework_hours"].value == 3
    )


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"full_cost": {"reviews": 1}}, "has no 'reviews'"),
        ({"full_cost": {"review_minutes": -1}}, "zero or more"),
        ({"full_cost": {"bug_hours": "two"}}, "is a number"),
        ({"full_cost": {"bug_hours": True}}, "is a number"),
        ({"full_cost": {"review_lines_per_hour": 0}}, "above zero"),
        ({"full_cost": {"coding_hours_per_week": 400}}, "at most 168"),
        ({"full_cost": []}, "is a table"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_with_its_name(told, why):
    with pytest.raises(SettingsError, match=why):
        assumed(told)


def test_measuring_is_turned_off_with_a_word():
    assert (is_measured({}), is_measured({"full_cost": {"measure": False}})) == (True, False)
    with pytest.raises(SettingsError, match="true or false"):
        is_measured({"full_cost": {"measure": "no"}})


def test_every_default_says_where_it_comes_from():
    assert all(one.source and one.read_on for one in assumed({}).values() if one.value is not None)


def test_the_month_has_its_lines_between_invoice_and_full_cost():
    ground = the_month()
    found = costing(Asked(ground), ALL, MARCH, "team", {"currency": ["USD"]})
    whole = found.whole
    assert (whole.invoice, whole.full, whole.beyond) == (Decimal(5), Decimal(2220), Decimal(2215))
    assert whole.duplicates == Decimal("0.50")
    assert found.parts["blue"].beyond == Decimal(210)
    review = next(line for line in found.parts["blue"].lines if line.kind == "review")
    assert (review.cost, review.hours, review.how, review.replaced) == (
        Decimal(-50),
        -0.5,
        {"measured": 1},
        1,
    )
    enablement = next(line for line in found.parts["blue"].lines if line.kind == "enablement")
    assert (enablement.cost, enablement.hours, enablement.unpriced) == (None, 4.0, 1)
    ground.warehouse.close()


def test_a_cut_that_hours_do_not_know_is_refused():
    ground = the_month()
    with pytest.raises(UnanswerableError, match="model"):
        costing(Asked(ground), ALL, MARCH, "model")
    ground.warehouse.close()


def test_currencies_come_together_by_the_rate_of_the_day():
    ground = ground_of(
        spend=[spend(spend_id="a", team="red", amortised="10") | {"reporting_amortised": Decimal(10)}],
        effort_costs=[effort("e", "qa", "red", 2.0, "30", currency="EUR", reporting_cost=Decimal(120))],
    )
    both = costing(Asked(ground), ALL, MARCH).whole
    assert (both.invoice, both.beyond, both.full, both.currency) == (10, 120, 130, "USD")
    euros = costing(Asked(ground), ALL, MARCH, where={"currency": ["EUR"]}).whole
    assert (euros.beyond, euros.currency) == (60, "EUR")
    ground.warehouse.close()


def _measured(n, hours):
    told = {
        "took": 1 + hours,
        "expected": 1.0,
        "expected_error": 0.1,
        "matched_with": "shop",
        "matched": 9,
        "matched_authors": 4,
    }
    return effort(f"e{n}", "review", "red", hours, "100", how="measured", person=f"p{n}", **told)


def test_a_measured_line_has_an_interval_and_so_has_full_cost():
    ground = ground_of(
        spend=[spend(spend_id="a", team="red", amortised="10")],
        effort_costs=[*(_measured(n, n / 4) for n in range(6)), effort("e", "review", "red", 1.0, "100")],
    )
    whole = costing(Asked(ground), ALL, MARCH).whole
    line = next(line for line in whole.lines if line.kind == "review")
    low, high = line.interval
    assert line.cost == Decimal(475)  # 375 measured, 100 entered
    assert low < 475 < high
    assert (low + high) / 2 == pytest.approx(475)  # what is entered only shifts it
    assert whole.interval == (whole.full - 475 + low, whole.full - 475 + high)
    ground.warehouse.close()


teams = st.sampled_from(("red", "blue", None))
amounts = st.none() | st.integers(-(10**14), 10**14).map(lambda n: Decimal(n).scaleb(-9))
days = st.dates(date(2026, 1, 1), date(2026, 3, 31))
KINDS = [kind for kind, *_ in LINES]


@st.composite
def facts(draw):
    spent = [
        spend(spend_id=str(n), day=draw(days), team=draw(teams)) | {"amortised": draw(amounts)}
        for n in range(draw(st.integers(0, 8)))
    ]
    told = [
        effort(str(n), draw(st.sampled_from(KINDS)), draw(teams), 1.0, None, day=draw(days), replaced=draw(st.booleans()))
        | {"cost": draw(amounts)}
        for n in range(draw(st.integers(0, 12)))
    ]  # fmt: skip
    return spent, told


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(facts())
def test_full_less_invoice_is_the_sum_of_the_lines_exactly_for_every_team_and_month(given_facts):
    spent, told = given_facts
    ground = ground_of(spend=spent, effort_costs=told)
    for month in range(1, 4):
        first = date(2026, month, 1)
        found = costing(Asked(ground), ALL, Period(first, add_months(first, 1)), "team")
        for one in (found.whole, *found.parts.values()):
            assert (one.full or 0) - (one.invoice or 0) == one.beyond
            assert one.full is None or one.full.as_tuple().exponent >= -9
        assert sum(part.beyond for part in found.parts.values()) == found.whole.beyond
        assert sum(part.full or 0 for part in found.parts.values()) == (found.whole.full or 0)
    ground.warehouse.close()


def test_hours_entered_by_hand_cost_at_once_and_are_gone_when_taken_back(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "payback.toml").write_text('[[rate_cards]]\nrate = "80"\ncurrency = "USD"\n', encoding="utf-8")
    march = Query(("full_cost", "enablement_cost"), MARCH)
    with world.opened(home) as app:
        told = enter(
            app, Entry("hours", {"kind": "training", "hours": "6", "day": "2026-03-05", "team": "pay"})
        )
        assert app.answer(march, ALL).totals["enablement_cost"].value == Decimal(480)
        assert app.answer(march, ALL).totals["full_cost"].value == Decimal(480)
        withdraw(app, told["entry"])
        assert app.answer(march, ALL).totals["full_cost"].value == 0


def test_a_new_rate_card_prices_the_same_hours_anew(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    told = home / "payback.toml"
    told.write_text('[[rate_cards]]\nrate = "80"\ncurrency = "USD"\n', encoding="utf-8")
    with world.opened(home) as app:
        enter(app, Entry("hours", {"kind": "qa", "hours": "1", "day": "2026-03-05"}))
    told.write_text('[[rate_cards]]\nrate = "95"\ncurrency = "USD"\n', encoding="utf-8")
    with world.opened(home) as app:
        app.sync()
        [row] = world.rows(app, "effort_costs")
        assert row["cost"] == 95
        assert not app.sync() or world.rows(app, "effort_costs") == [row]


def test_the_invented_company_has_exact_lines_in_every_month_of_every_team_tool_and_workflow(company):
    with world.opened(company) as app:
        first = add_months(world.TODAY, -2)
        for month in (first, add_months(first, 1), add_months(first, 2)):
            period = Period(month, add_months(month, 1))
            for cut in ("team", "tool", "workflow"):
                found = costing(app, ALL, period, cut)
                for one in (found.whole, *found.parts.values()):
                    assert (one.full or 0) - (one.invoice or 0) == one.beyond
                assert sum(part.beyond for part in found.parts.values()) == found.whole.beyond
            query = Query(("full_cost", "invoice_cost"), period, by=("team",), converted=True)
            told = app.answer(query, ALL).rows
            by_team = {row.keys["team"]: (row["full_cost"], row["invoice_cost"]) for row in told}
            again = costing(app, ALL, period, "team").parts
            assert by_team == {name: (one.full, one.invoice) for name, one in again.items()}
