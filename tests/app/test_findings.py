"""Findings are looked for, kept, decided and looked at again: whose they are, what stands, what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from payback.access.scope import Scope
from payback.app import open_app
from payback.app.finders import Finder
from payback.app.findings import Choice, as_rows
from payback.errors import ForbiddenError, SettingsError, UnknownNameError
from payback.insight.finding import FOLLOW, REDUCE, Finding
from payback.state.decided import decisions
from payback.state.watched import audit
from tests.app.world import opened, surroundings

ALL = Scope.everything("eve")
LEAD = Scope.of_teams("lead of red", ["red"])
RED = Finding(
    "idle-seats", "team", "red", "Red holds 3 idle seats.", "Give them back.", "red", Decimal("90.50"),
    options=(REDUCE, FOLLOW), team="red", metric="merged_prs",
)  # fmt: skip
BLUE = replace(RED, subject="blue", team="blue", owner=None, stake=Decimal(200))
WHOLE = replace(RED, subject_kind="organisation", subject="acme", team=None, stake=None)
TOLD = '[[teams]]\nid = "red"\nname = "Red"\n[[teams]]\nid = "blue"\nname = "Blue"\n'
START = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Days:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def days():
    return Days()


@pytest.fixture
def app(tmp_path, days):
    home = tmp_path / "home"
    home.mkdir()
    (home / "payback.toml").write_text(TOLD)
    with open_app(home, replace(surroundings(home), clock=days)) as held:
        yield held


def looked(app, *found):
    return app.findings.look([Finder(("idle-seats",), "Idle seats", lambda _app, _scope: found)])


def standings(app, scope=ALL):
    return {one.finding.id: one.standing for one in app.findings.listed(scope)}


def acts(app):
    return [(one.actor, one.action, one.subject) for one in audit(app.state, START - timedelta(days=1))]


def test_the_same_thing_found_again_is_the_same_finding_with_its_latest_figures(app, days):
    looked(app, RED)
    days.now += timedelta(days=3)
    looked(app, replace(RED, stake=Decimal(70)))
    [entry] = app.findings.listed(ALL)
    assert (entry.finding.stake, entry.found_on) == (Decimal(70), date(2026, 11, 23))
    assert acts(app) == [("payback", "finding.open", RED.id)]


def test_what_is_no_longer_found_is_gone_with_the_day_and_begins_anew_when_it_comes_back(app, days):
    looked(app, RED, BLUE)
    days.now += timedelta(days=2)
    looked(app, BLUE)
    assert standings(app) == {RED.id: "gone", BLUE.id: "open"}
    assert {one.finding.id: one.gone_on for one in app.findings.listed(ALL)}[RED.id] == date(2026, 11, 25)
    days.now += timedelta(days=2)
    looked(app, RED, BLUE)
    entry = next(one for one in app.findings.listed(ALL) if one.finding.id == RED.id)
    assert (entry.standing, entry.found_on) == ("open", date(2026, 11, 27))
    assert [action for _, action, subject in acts(app) if subject == RED.id] == [
        "finding.open", "finding.gone", "finding.open",
    ]  # fmt: skip


def test_a_finder_that_could_not_look_leaves_its_findings_as_they_were(app):
    looked(app, RED)

    def broken(_app, _scope):
        raise SettingsError("no figures")

    assert app.findings.look([Finder(("idle-seats",), "Idle seats", broken)]) == [
        "Idle seats could not be looked for: no figures"
    ]
    assert standings(app) == {RED.id: "open"}


def test_open_findings_stand_first_the_dearest_at_the_top(app):
    looked(app, WHOLE, RED, BLUE)
    assert [one.finding.id for one in app.findings.listed(ALL)] == [BLUE.id, RED.id, WHOLE.id]
    app.findings.decide(BLUE.id, Choice("dismiss", reason="a trial"), ALL)
    assert [one.finding.id for one in app.findings.listed(ALL)] == [RED.id, WHOLE.id, BLUE.id]


def test_a_team_lead_sees_and_decides_the_findings_of_that_team_alone(app):
    looked(app, WHOLE, RED, BLUE)
    assert standings(app, LEAD) == {RED.id: "open"}
    assert app.findings.open(LEAD) == [RED]
    for hidden in (BLUE, WHOLE):
        with pytest.raises(UnknownNameError):
            app.findings.decide(hidden.id, Choice("dismiss", reason="not mine"), LEAD)
    app.findings.decide(RED.id, Choice("accept"), LEAD)
    assert [one.actor for one in decisions(app.state)] == ["lead of red"]
    assert standings(app, Scope.nothing("x")) == standings(app, Scope.of_person("y", "red")) == {}
    with pytest.raises(ForbiddenError):
        app.findings.decide(RED.id, Choice("accept"), Scope.of_person("y", "red"))


def test_a_decision_is_kept_with_who_what_and_by_when_and_stands_in_the_record(app):
    looked(app, RED)
    choice = Choice("accept", REDUCE, "red", "too many", None, "", "", "25 %", date(2027, 1, 15))
    assert app.findings.decide(RED.id, choice, ALL) == (
        f"{RED.id}: reduce use, red; looked at on 2027-01-15 by merged_prs"
    )
    [one] = decisions(app.state)
    assert (one.actor, one.option, one.owner, one.direction, one.size) == (
        "eve",
        "reduce",
        "red",
        "less",
        "25",
    )
    assert one.told["sentence"] == RED.sentence
    assert acts(app)[-1] == ("eve", "finding.accept", RED.id)
    [row] = as_rows(app.findings.listed(ALL))
    assert (row["standing"], row["decision"]["owner"], row["check"]["state"]) == ("decided", "red", "waiting")


def test_snoozed_asks_again_on_its_day_and_reopened_at_once(app, days):
    looked(app, RED)
    app.findings.decide(RED.id, Choice("snooze", until=date(2026, 12, 1)), ALL)
    assert standings(app) == {RED.id: "snoozed"}
    days.now = START.replace(month=12, day=1)
    assert standings(app) == {RED.id: "open"}
    app.findings.decide(RED.id, Choice("dismiss", reason="planned"), ALL)
    assert standings(app) == {RED.id: "dismissed"}
    app.findings.decide(RED.id, Choice("reopen"), ALL)
    assert standings(app) == {RED.id: "open"}
    assert [one.act for one in decisions(app.state)] == ["snooze", "dismiss", "reopen"]


def test_what_was_dismissed_stays_so_when_it_comes_back_and_what_was_accepted_is_open_again(app, days):
    looked(app, RED, BLUE)
    app.findings.decide(RED.id, Choice("dismiss", reason="planned"), ALL)
    app.findings.decide(BLUE.id, Choice("accept", owner="blue"), ALL)
    days.now += timedelta(days=1)
    looked(app)
    assert standings(app) == {RED.id: "dismissed", BLUE.id: "decided"}
    days.now += timedelta(days=1)
    looked(app, RED, BLUE)
    assert standings(app) == {RED.id: "dismissed", BLUE.id: "open"}


@pytest.mark.parametrize(
    ("choice", "why"),
    [
        (Choice("dismiss"), "with a reason"),
        (Choice("snooze", until=date(2026, 11, 23)), "a day after today"),
        (Choice("accept", due=date(2026, 11, 1)), "a day after today"),
        (Choice("accept", "scale"), "no way to decide"),
        (Choice("accept", metric="nothing"), "no metric"),
        (Choice("accept", metric="pr_size", size="many"), "not a percentage"),
        (Choice("accept", size="-5"), "above 0"),
        (Choice("accept", direction="up"), "no direction"),
        (Choice("accept", metric="unpriced_tokens_by_nobody"), "no metric"),
        (Choice("explode"), "no act"),
    ],
)
def test_what_cannot_be_decided_so_is_refused_and_nothing_is_kept(app, choice, why):
    looked(app, RED)
    with pytest.raises((SettingsError, UnknownNameError), match=why):
        app.findings.decide(RED.id, choice, ALL)
    assert decisions(app.state) == ()


def test_a_finding_without_an_owner_needs_one_to_be_accepted(app):
    looked(app, BLUE)
    with pytest.raises(SettingsError, match="say who does it"):
        app.findings.decide(BLUE.id, Choice("accept"), ALL)


def test_waste_of_the_invented_company_is_found_by_team_with_its_money(company):
    import json

    with opened(company) as app:
        app.findings.look()
        found = {one.id: one for one in app.findings.open(ALL)}
    told = json.loads((company / "truth.json").read_text())
    wasteful = {row["owner"] for row in told["waste"] if row["kind"] == "retries"}
    circled = {(one.kind, one.subject) for one in found.values() if one.kind == "loops"}
    assert {(one["kind"], one["subject"]) for one in told["planted"] if one["kind"] == "loops"} <= circled
    assert found
    for one in found.values():
        assert one.action
        assert one.evidence
        if one.kind in {"retries", "loops"}:
            assert one.team is None or one.team in wasteful
        if one.kind == "idle-seats":
            assert one.stake >= 20
