"""Cursor's pages as entries, and a connection that is brought up to date whatever comes in between."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import httpx2
import pytest

from payback.app.window import Window
from payback.ledger.entries import Activity, Charge, Identity, Rejected, Seat, Usage
from payback.ledger.work_entries import Evidence
from payback.sources.cursor import SOURCE
from payback.sources.cursor.commits import repository
from payback.sources.cursor.events import payment
from payback.sources.source import Context, Page
from tests.sources.cursor.team import EVENTS, Team, commit, day, event
from tests.sources.installation import (
    FAULTS,
    KEY,
    NOW,
    Recorder,
    everything,
    expired,
    opened,
    rows,
    synced,
)
from tests.sources.reference import samples

TOLD = '[sources.cursor]\nkey = "env:VENDOR_KEY"\nsince = 2026-11-10\nseat_price = "40"\naccount = "acme"\n'
CONTEXT = Context("cursor:x", "cursor", {"account": "acme"}, NOW)
REFUSED = {401: "the key is wrong", 403: "the key may not read this"}


def entries(stream: str, body: object, **about: str) -> list:
    return list(SOURCE.stream(stream).parse(Page(body, "page", about), CONTEXT))


def test_the_event_of_the_reference_page_is_a_request_and_on_demand_money():
    usage, charge = entries("events", samples("cursor")[1]["usageEvents"])
    assert isinstance(usage, Usage)
    assert usage.occurred_at == datetime(2026, 11, 6, 21, 20, tzinfo=UTC)  # 1794000000000 ms
    assert (usage.vendor, usage.tool, usage.actor, usage.session_id) == (
        "cursor",
        "cursor",
        "dev@example.com",
        "c-1",
    )
    assert (usage.input_tokens, usage.cache_read_tokens, usage.output_tokens) == (1200, 15000, 800)
    assert (usage.payment, usage.precedence, usage.quality) == ("metered", "usage_api", "exact")
    assert usage.reported_usd == Decimal("0.0412")
    assert isinstance(charge, Charge)
    assert (charge.billed_cost, charge.effective_cost) == (Decimal("0.0462"), Decimal("0.0462"))
    assert (charge.charge_period_start, charge.charge_period_end) == (
        datetime(2026, 11, 6, tzinfo=UTC), datetime(2026, 11, 7, tzinfo=UTC),
    )  # fmt: skip
    assert (charge.actor, charge.model, charge.account, charge.precedence) == (
        "dev@example.com", "model-z", "acme", "billing_api",
    )  # fmt: skip


def test_the_cycle_of_the_reference_page_is_kept_without_an_amount():
    told = samples("cursor")[0]
    body = {"members": told["teamMemberSpend"], "cycle": told["subscriptionCycleStart"]}
    (charge,) = entries("spend", body, day="2026-11-25T00:00:00+00:00")
    assert isinstance(charge, Charge)
    assert (charge.billed_cost, charge.effective_cost, charge.list_cost) == (None, None, None)
    assert charge.details == {
        "x_OnDemandToDate": "12.500000000",
        "x_IncludedToDate": "20.600000000",
        "x_OverallToDate": "33.100000000",
        "x_CycleStart": "2026-11-01T00:00:00+00:00",
        "x_Members": "1",
    }


@pytest.mark.parametrize(
    ("kind", "chargeable", "told"),
    [
        ("Usage-based", True, "metered"),
        ("USAGE-BASED (over limit)", None, "metered"),
        ("Usage-based", False, "seat"),
        ("Included in Business", False, "seat"),
        ("included in pro", True, "seat"),
        ("User API Key", False, "own_key"),
        ("Something new", True, "metered"),
        ("Something new", False, "seat"),
        ("Something new", None, None),
        (None, None, None),
    ],
)
def test_who_pays_is_told_by_the_kind_and_else_by_whether_it_is_chargeable(kind, chargeable, told):
    assert payment({"kind": kind, "isChargeable": chargeable}) == told


def test_only_on_demand_money_and_the_fee_on_own_keys_are_charged():
    found = entries("events", EVENTS)
    usages = [one for one in found if isinstance(one, Usage)]
    charges = [one for one in found if isinstance(one, Charge)]
    assert len({usage.usage_id for usage in usages}) == 5
    assert [(usage.payment, usage.vendor, usage.requests, usage.errors) for usage in usages] == [
        ("metered", "cursor", 1, 0), ("metered", "cursor", 1, 0), ("seat", "cursor", 1, 0), ("own_key", None, 1, 0),
        ("seat", "cursor", 0, 1),
    ]  # fmt: skip
    assert [(charge.actor, charge.sku, charge.billed_cost, charge.quantity) for charge in charges] == [
        ("ann@x", "usage-based", Decimal("0.092"), 2.0), ("bob@x", "Cursor token fee", Decimal("0.005"), 1.0),
    ]  # fmt: skip
    assert usages[0].cache_write_5m_tokens == 10


def test_the_order_in_which_events_come_changes_no_row():
    assert sorted(map(repr, entries("events", EVENTS[::-1]))) == sorted(map(repr, entries("events", EVENTS)))


def test_events_without_tokens_are_marked_as_estimates():
    (usage,) = entries("events", [event(23, "a@x", "Included in Pro", False, 1.0, tokenUsage=None)])
    assert (usage.quality, usage.input_tokens) == ("estimated", 0)


def test_an_event_that_does_not_read_is_refused_with_its_place_and_the_others_stay():
    torn = event(23, "a@x", "Usage-based", True, 1.0, tokenUsage={"inputTokens": -4})
    found = entries("events", [torn, {"model": "x"}, EVENTS[0]])
    assert [(one.file, one.line) for one in found if isinstance(one, Rejected)] == [("page", 1), ("page", 2)]
    assert len([one for one in found if isinstance(one, Usage)]) == 1


def test_a_day_holds_suggestions_and_edits_but_not_all_lines_typed():
    assert entries("days", [day(23, "ann@x")]) == [
        Activity(
            day=date(2026, 11, 23), person="ann@x", tool="cursor", source="cursor:x", active=True, suggestions=40,
            acceptances=10, chats=8, edits_accepted=3, edits_rejected=1,
        )
    ]  # fmt: skip
    assert [one.line for one in entries("days", [{"day": "2026-11-23"}, {"email": "x", "day": "then"}])] == [
        1,
        2,
    ]


def test_members_who_were_removed_are_gone_and_free_owners_hold_no_seat():
    team = Team()
    groups = [{"id": 7, "currentMembers": [{"userId": "user_1"}]}]
    found = entries("members", {"members": team.members, "groups": groups})
    assert [(one.identity, one.belongs_to) for one in found if isinstance(one, Identity)] == [
        ("ann@x", "group:7"), ("bob@x", None), ("free@x", None),
    ]  # fmt: skip
    assert [one.person for one in found if isinstance(one, Seat)] == ["ann@x", "bob@x"]


def test_a_commit_is_a_sign_of_the_agent_and_one_of_completions():
    found = entries("commits", [commit("a")])
    assert all(isinstance(one, Evidence) for one in found)
    assert [(one.subject_kind, one.subject_id, one.kind, one.ai_class, one.tool) for one in found] == [
        ("commit", "github.com/acme/api@" + "a" * 40, "vendor", "agent_assisted", "cursor"),
    ] * 2
    assert [(one.grade, one.lines, one.seen_in) for one in found] == [
        ("A", 40, "AI code tracking, agent"),
        ("C", 50, "AI code tracking, completions"),
    ]
    assert {one.occurred_at for one in found} == {datetime(2026, 11, 24, 14, 12, 3, tzinfo=UTC)}
    assert "secret plan" not in repr(found)


def test_a_commit_without_lines_of_ai_is_no_sign_and_one_of_the_cloud_agent_is_its_own():
    none = {"tabLinesAdded": 0, "composerLinesAdded": 0, "composerLinesDeleted": 0}
    assert entries("commits", [commit("a", **none)]) == []
    (own,) = entries("commits", [commit("a", commitSource="cloud", **none)])
    assert (own.ai_class, own.lines) == ("agent_authored", 0)


def test_a_commit_that_cannot_be_placed_is_refused_with_its_place_and_the_others_stay():
    torn = [
        commit("a", commitHash="a1b2c3d4"),
        commit("b", None),
        commit("c", composerLinesAdded=-1),
        commit("d"),
    ]
    found = entries("commits", torn)
    assert [(one.line, one.why.split(": ")[1]) for one in found if isinstance(one, Rejected)] == [
        (1, "its hash is not whole"), (2, "it names no repository"), (3, "'-1' is not a count"),
    ]  # fmt: skip
    assert len([one for one in found if isinstance(one, Evidence)]) == 2


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ("acme/api", "git.acme.example/acme/api"),
        ("group/sub/api", "git.acme.example/group/sub/api"),
        ("GitLab.com/acme/api", "gitlab.com/acme/api"),
        ("git@github.com:acme/api.git", "github.com/acme/api"),
        ("https://github.com/acme/api", "github.com/acme/api"),
        ("api", "api"),
    ],
)
def test_a_repository_is_named_as_git_names_it(told, named):
    assert repository(told, "git.acme.example") == named


def test_commits_are_taken_in_page_by_page_and_a_second_telling_corrects_the_first(tmp_path):
    team = Team()
    with opened(tmp_path / "home", TOLD, team) as app:
        synced(app, "cursor")
        assert len(rows(app, "evidence")) == 6
        assert {row["source"] for row in rows(app, "evidence")} == {"cursor:commits"}
        team.commits[0] = commit("a", composerLinesAdded=44)
        synced(app, "cursor")
        found = [row for row in rows(app, "evidence") if row["grade"] == "A"]
        assert sorted(row["lines"] for row in found) == [40, 40, 44]


def test_a_team_is_taken_in_whole_and_a_second_sync_changes_nothing(tmp_path):
    with opened(tmp_path / "home", TOLD, Team()) as app:
        assert [row["message"] for row in synced(app, "cursor")] == [""] * 7
        assert len(rows(app, "usage")) == 5
        assert rows(app, "charges", "source", "actor", "billed_cost") == [
            ("cursor:events", "ann@x", Decimal("0.092")),
            ("cursor:events", "bob@x", Decimal("0.005")),
            ("cursor:spend", None, None),
        ]
        assert rows(app, "activity", "day", "person", "suggestions", "lines_suggested", "lines_added") == [
            (date(2026, 11, 23), "ann@x", 40, None, None),
            (date(2026, 11, 23), "ann@x", None, 90, 200),
            (date(2026, 11, 23), "bob@x", 0, None, None),
            (date(2026, 11, 24), "ann@x", 20, None, None),
        ]
        assert rows(app, "seats", "person", "price", "interval") == [
            ("ann@x", Decimal(40), "month"), ("bob@x", Decimal(40), "month"),
        ]  # fmt: skip
        assert ("group:7", "group", None) in rows(app, "identities", "identity", "kind", "belongs_to")
        before = everything(app)
        synced(app, "cursor")
        assert everything(app) == before


def test_the_cycle_is_kept_for_every_day_it_was_read(tmp_path):
    home = tmp_path / "home"
    for offset in (1, 0):
        with opened(home, TOLD, Team(), NOW - timedelta(days=offset)) as app:
            synced(app, "cursor")
            found = [row for row in rows(app, "charges") if row["source"] == "cursor:spend"]
    assert sorted(row["charge_period_start"].day for row in found) == [24, 25]
    assert dict(found[0]["details"])["x_OnDemandToDate"] == "9.705000000"


def test_a_restated_window_replaces_what_it_said(tmp_path):
    team = Team()
    with opened(tmp_path / "home", TOLD, team) as app:
        synced(app, "cursor")
        team.events = team.events[1:]
        team.days = [day(23, "ann@x", 44)]
        synced(app, "cursor", Window(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 25, tzinfo=UTC)))
        assert len(rows(app, "usage")) == 4
        assert rows(app, "charges", "billed_cost")[:2] == [(Decimal("0.005"),), (Decimal("0.046"),)]
        assert [row[0] for row in rows(app, "activity", "suggestions")] == [44, None]


def another_page(request: httpx2.Request, vendor: Team) -> httpx2.Response:
    """The first page once more, whichever was asked for."""
    body = {**json.loads(request.content), "page": 1}
    again = httpx2.Request("POST", request.url, headers=request.headers, json=body)
    again.headers["content-length"] = str(len(again.content))
    return vendor(again)


class Repeating(Team):
    """A team whose second page of events comes as the first one, once; and once as if it were the second."""

    def __init__(self) -> None:
        super().__init__()
        self.left = 2

    def paged(self, name, rows, body, called):
        told = super().paged(name, rows, body, called)
        if name == "usageEvents" and body["page"] == 2 and self.left:
            self.left -= 1
            first = super().paged(name, rows, {**body, "page": 1}, called)
            return first if self.left else {**told, name: first[name]}
        return told


def test_a_page_told_twice_is_asked_for_again(tmp_path):
    with opened(tmp_path / "calm", TOLD, Team()) as app:
        synced(app, "cursor")
        calm = everything(app)
    with opened(tmp_path / "twice", TOLD, Repeating()) as app:
        synced(app, "cursor")
        assert everything(app) == calm


def test_faults_on_the_way_leave_the_same_rows(tmp_path):
    with opened(tmp_path / "calm", TOLD, Team()) as app:
        synced(app, "cursor")
        calm = everything(app)
    faults = [None, None, None, expired, *[fault for fault in FAULTS for _ in range(1)], None] + [
        *FAULTS,
        None,
    ] * 12
    with opened(tmp_path / "troubled", TOLD, Recorder(Team(), faults)) as app:
        assert [row["message"] for row in synced(app, "cursor")] == [""] * 7
        assert everything(app) == calm


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_one_sentence_without_the_key_and_the_other_streams_go_on(tmp_path, status):
    team = Team()
    team.refused = {"usage-events": status, "groups": status, "analytics": status}
    with opened(tmp_path / "home", TOLD, team) as app:
        found = {row["source"]: row["message"] for row in synced(app, "cursor")}
        assert found["cursor:members"] == found["cursor:days"] == ""
        assert len(rows(app, "seats")) == 2
    told = found["cursor:events"]
    assert REFUSED[status] in told
    assert "\n" not in told
    assert "Enterprise" in found["cursor:lines"]
    assert not any(KEY in message for message in found.values())
