"""Linear's issues as rows, and a workspace that is brought up to date whatever comes in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx2
import pytest
from graphql import parse, value_from_ast_untyped

from payback.ledger.entries import Identity, Rejected
from payback.ledger.work_entries import Census, Evidence, Ticket, TicketMove
from payback.sources.linear import SOURCE
from payback.sources.linear.agents import change_of, tool_of
from payback.sources.linear.asking import LONGEST, MOST
from payback.sources.linear.queries import CYCLES, ISSUES, KEYS, PEOPLE
from payback.sources.source import Context, Page
from tests.sources.graphql import complaints, connection, described
from tests.sources.installation import FAULTS, KEY, NOW, Recorder, expired, opened, rows, synced
from tests.sources.linear.workspace import ANA, CODEX, SESSION, Workspace, asked, event, issue, refused, spans
from tests.sources.reference import samples

TOLD = '[sources.linear]\nkey = "env:VENDOR_KEY"\nsince = 2026-10-20\n'
TABLES = ("tickets", "ticket_moves", "sprints", "evidence", "links", "identities", "rejected")
CONTEXT = Context("linear:issues", "linear", {}, NOW)


def held(app):
    return {name: rows(app, name) for name in TABLES}


def at(*parts):
    return datetime(2026, *parts, tzinfo=UTC)


def read(*issues, cycles=()):
    return list(
        SOURCE.stream("issues").parse(Page({"issues": issues, "cycles": dict(cycles)}, "page"), CONTEXT)
    )


def test_the_issue_of_the_reference_page_was_started_completed_and_delegated_to_an_agent():
    ticket, begun, ended, sign = read(*samples("../delivery/linear"))
    assert ticket == Ticket(
        ticket_id="ENG-12", source="linear:issues", project="ENG", status_category="done", started_at=at(9, 1, 8),
        resolved_at=at(9, 3, 10), reopened=0,
    )  # fmt: skip
    moves = [(move.moved_at, move.from_category, move.to_category) for move in (begun, ended)]
    assert moves == [(at(9, 1, 8), None, "in_progress"), (at(9, 3, 10), "in_progress", "done")]
    assert isinstance(sign, Evidence)
    assert (sign.subject_kind, sign.subject_id, sign.tool, sign.ai_class, sign.grade, sign.seen_in) == (
        "ticket", "ENG-12", "agent_a", "agent_assisted", "A", "delegate",
    )  # fmt: skip


def test_a_workspace_is_taken_in_whole_and_a_second_sync_changes_nothing(tmp_path):
    with opened(tmp_path / "home", TOLD, Workspace()) as app:
        assert [row["message"] for row in synced(app, "linear")] == [""] * 3
        told = (
            "ticket_id",
            "team",
            "status_category",
            "started_at",
            "resolved_at",
            "reopened",
            "points",
            "assignee",
        )
        assert rows(app, "tickets", *told) == [
            ("ENG-1", "Engine", "done", at(11, 10, 8), at(11, 12, 8), 0, 3.0, "ana@x"),
            ("ENG-2", "Engine", "in_progress", at(11, 12, 8), None, 1, None, "ana@x"),
            ("ENG-3", "Engine", "cancelled", None, None, 0, None, "ana@x"),
            ("ENG-4", "Engine", "to_do", None, None, 0, None, None),
            ("OPS-1", "Operations", "to_do", None, None, 0, None, "ana@x"),
        ]
        moves = ("ticket_id", "moved_at", "from_category", "to_category", "actor")
        assert [row for row in rows(app, "ticket_moves", *moves) if row[0] in {"ENG-1", "ENG-3"}] == [
            ("ENG-1", at(11, 1, 8), None, "to_do", "ben@x"),
            ("ENG-1", at(11, 10, 8), "to_do", "in_progress", "ben@x"),
            ("ENG-1", at(11, 12, 8), "in_progress", "done", None),
            ("ENG-3", at(11, 13, 8), "to_do", "cancelled", None),
            ("ENG-3", at(11, 3, 8), None, "to_do", "ben@x"),
        ]
        before = held(app)
        synced(app, "linear")
        assert held(app) == before


def test_a_cycle_is_a_sprint_and_what_is_left_over_was_in_the_next_one_from_its_start(tmp_path):
    with opened(tmp_path / "home", TOLD, Workspace()) as app:
        synced(app, "linear")
        told = ("sprint_id", "name", "ticket_id", "committed", "completed", "ended_at")
        assert rows(app, "sprints", *told) == [
            ("c1", "Cycle 41", "ENG-1", True, True, at(11, 16)),
            ("c1", "Cycle 41", "ENG-2", False, False, at(11, 16)),  # added on the third day
            ("c1", "Cycle 41", "ENG-3", True, False, at(11, 16)),  # cancelled is not completed
            ("c1", "Cycle 41", "ENG-4", True, False, at(11, 16)),  # taken out before the end
            ("c2", "Ship it", "ENG-2", True, None, at(11, 30)),
        ]


def test_delegates_and_sessions_are_signs_of_agents_and_their_changes_are_linked(tmp_path):
    with opened(tmp_path / "home", TOLD, Workspace()) as app:
        synced(app, "linear")
        told = ("subject_id", "kind", "tool", "model", "session_id", "ai_class")
        assert rows(app, "evidence", *told) == [
            ("ENG-2", "account", "codex", None, None, "agent_assisted"),
            ("ENG-2", "session", "codex", "GPT-5", "as-1", "agent_assisted"),
        ]
        assert rows(app, "links", "from_id", "to_kind", "to_id", "how") == [
            ("ENG-1", "pull_request", "github.com/acme/app#12", "attachment"),
            ("ENG-2", "pull_request", "github.com/acme/app#12", "agent session"),
        ]


def test_each_list_that_an_issue_holds_is_read_to_its_end(tmp_path):
    space, schema = Workspace(), described("linear")
    pulls = [f"https://github.com/acme/app/pull/{number}" for number in range(1, 15)]
    space.issues[4] |= {
        "attachments": connection([{"url": url} for url in pulls]),
        "labels": connection([{"name": f"label {number}"} for number in range(25)]),
        "agentSessions": connection([{**SESSION, "id": f"as-{number}"} for number in range(7)]),
    }
    vendor = Recorder(space)
    with opened(tmp_path / "home", TOLD, vendor) as app:
        synced(app, "linear")
        assert len([key for (key,) in rows(app, "links", "from_id") if key == "OPS-1"]) == 14
        assert len([key for (key,) in rows(app, "evidence", "subject_id") if key == "OPS-1"]) == 7
        assert dict(rows(app, "tickets", "ticket_id", "labels"))["OPS-1"].count(",") == 24
    assert {told for one in vendor.asked for told in complaints(schema, one)} == set()


def test_what_an_agent_never_began_and_a_person_as_delegate_are_no_signs():
    def at_work(status, **more):
        held = {"nodes": [{"id": "s", "status": status, "appUser": CODEX}]}
        return issue(1, "ENG-1", spans("Todo 2026-11-02T08:00"), "2026-11-02T08:00", **more) | {
            "labels": {}, "attachments": {}, "agentSessions": held,
        }  # fmt: skip

    for one in (at_work("pending"), at_work("error"), at_work("pending", delegate=ANA)):
        assert [row for row in read(one) if isinstance(row, Evidence)] == []
    assert len([row for row in read(at_work("active")) if isinstance(row, Evidence)]) == 1


@pytest.mark.parametrize(
    ("url", "change"),
    [
        ("https://github.com/acme/app/pull/12", "github.com/acme/app#12"),
        ("https://github.com/acme/app/pull/12/files?w=1", "github.com/acme/app#12"),
        ("https://gitlab.com/acme/group/app/-/merge_requests/3", "gitlab.com/acme/group/app#3"),
        ("https://dev.azure.com/acme/shop/_git/app/pullrequest/8", "dev.azure.com/acme/shop/app#8"),
        ("https://github.com/acme/app/issues/12", None),
        (None, None),
    ],
)
def test_a_change_is_known_by_its_address(url, change):
    assert change_of(url) == change


def test_an_agent_is_the_tool_that_its_name_stands_for():
    assert [tool_of(name) for name in ("Codex", "GitHub Copilot", "Claude", "Agent A")] == [
        "codex", "copilot", "claude_code", "agent_a",
    ]  # fmt: skip


def test_every_question_is_one_that_the_schema_allows(tmp_path):
    schema, vendor = described("linear"), Recorder(Workspace())
    with opened(tmp_path / "home", TOLD, vendor) as app:
        synced(app, "linear")
    names = {asked(one)["query"].split("(")[0].removeprefix("query ") for one in vendor.asked}
    assert names == {f"Payback{name}" for name in ("Teams", "Issues", "Rest", "Cycles", "Keys", "People")}
    assert {told for one in vendor.asked for told in complaints(schema, one)} == set()


def test_a_first_sync_reads_month_by_month_and_a_later_one_from_an_hour_before_the_last(tmp_path):
    vendor = Recorder(Workspace())
    with opened(tmp_path / "home", TOLD, vendor) as app:
        synced(app, "linear")
        first = stretches(vendor)
        vendor.asked.clear()
        synced(app, "linear")
        later = stretches(vendor)
    assert first == [
        {"gte": "2026-10-20T00:00:00+00:00", "lt": "2026-11-19T00:00:00+00:00"},
        {"gte": "2026-11-19T00:00:00+00:00"},
    ]
    assert later == [{"gte": "2026-11-25T11:00:00+00:00"}]


def stretches(vendor):
    """Which stretches of changes of the team ENG were asked for, each once."""
    found = [asked(one)["variables"] for one in vendor.asked if "PaybackIssues" in asked(one)["query"]]
    return [
        one["filter"]["updatedAt"]
        for one in found
        if one["filter"]["team"]["id"]["eq"] == "t-eng" and not one["after"]
    ]


def test_faults_on_the_way_leave_the_same_rows(tmp_path):
    with opened(tmp_path / "calm", TOLD, Workspace()) as app:
        synced(app, "linear")
        calm = held(app)

    def limited(_request, _vendor):
        return refused("RATELIMITED")

    faults = [None] * 3 + [expired, limited, *FAULTS, None, None, expired] + [*FAULTS, limited, None] * 40
    with opened(tmp_path / "troubled", TOLD, Recorder(Workspace(), faults)) as app:
        assert [row["message"] for row in synced(app, "linear")] == [""] * 3
        assert held(app) == calm


class Shuffled(Workspace):
    """Everything comes twice, in another order, with pages in between that hold nothing."""

    def cut(self, rows, paging):
        page = super().cut([*rows[::-1], *rows], paging)
        return {**page, "nodes": []} if paging["after"] == "2" else page


def test_issues_told_twice_and_out_of_order_are_the_same_rows(tmp_path):
    with opened(tmp_path / "calm", TOLD, Workspace()) as app:
        synced(app, "linear")
        calm = held(app)
    with opened(tmp_path / "shuffled", TOLD, Shuffled()) as app:
        synced(app, "linear")
        assert held(app) == calm


class Circling(Workspace):
    def cut(self, rows, paging):
        return {**super().cut(rows, paging), "pageInfo": {"hasNextPage": True, "endCursor": "0"}}


def test_a_cursor_that_comes_twice_ends_the_reading_with_a_sentence(tmp_path):
    with opened(tmp_path / "home", TOLD, Circling()) as app:
        found = {row["source"]: row["message"] for row in synced(app, "linear")}
    assert "the same cursor twice" in found["linear:issues"]


class Strict(Workspace):
    """A workspace that finds a question of more than three issues too complex."""

    def __call__(self, request):
        told = asked(request)
        if "PaybackIssues" in told["query"] and told["variables"]["first"] > 3:
            return httpx2.Response(
                400,
                json={"errors": [{"message": "Query too complex", "extensions": {"code": "INPUT_ERROR"}}]},
            )
        return super().__call__(request)


def weight(node, told):
    """The complexity of a field as Linear counts it: a tenth per property, one per object, times the size of a list."""
    if node.selection_set is None:
        return Decimal("0.1")
    inner = sum(weight(one, told) for one in node.selection_set.selections)
    sizes = [
        value_from_ast_untyped(one.value, told) for one in node.arguments or () if one.name.value == "first"
    ]
    return sizes[0] * inner if sizes else 1 + inner


@pytest.mark.parametrize(
    ("query", "first"), [(ISSUES, MOST), (KEYS, LONGEST), (PEOPLE, LONGEST), (CYCLES, LONGEST)]
)
def test_no_question_comes_near_the_10000_that_linear_allows(query, first):
    (operation,) = parse(query).definitions
    assert sum(weight(one, {"first": first}) for one in operation.selection_set.selections) < 8_000


def test_a_question_that_is_too_complex_is_asked_for_less(tmp_path):
    with opened(tmp_path / "home", TOLD, Strict()) as app:
        assert [row["message"] for row in synced(app, "linear")] == [""] * 3
        assert len(rows(app, "tickets")) == 5


def test_the_limit_of_the_hour_is_waited_for_before_it_is_passed():
    from payback.sources.http import Http, Wire
    from payback.sources.linear.asking import asked as ask

    reset = str(int((NOW + timedelta(seconds=40)).timestamp() * 1000))
    headers = {
        "x-complexity": "90",
        "x-ratelimit-complexity-remaining": "80",
        "x-ratelimit-complexity-reset": reset,
    }
    waited = []
    wire = Wire(
        httpx2.MockTransport(lambda _request: httpx2.Response(200, json={"data": {}}, headers=headers)),
        lambda: NOW,
        waited.append,
    )
    ask(Http("linear", "https://x", wire), "query{viewer{id}}", {})
    assert waited == [40.0]


def test_an_issue_moved_to_another_team_is_the_same_ticket_under_its_new_key(tmp_path):
    space = Workspace()
    with opened(tmp_path / "home", TOLD, space) as app:
        synced(app, "linear")
        space.issues[3] |= {
            "identifier": "OPS-7", "previousIdentifiers": ["ENG-4"], "team": {"id": "t-ops", "key": "OPS", "name": "Operations"},
            "updatedAt": "2026-11-25T11:30:00.000Z",
        }  # fmt: skip
        synced(app, "linear")
        assert [key for key, number in rows(app, "tickets", "ticket_id", "vendor_id") if number == "i4"] == [
            "OPS-7"
        ]
        for table in ("ticket_moves", "sprints"):
            assert "ENG-4" not in [key for (key,) in rows(app, table, "ticket_id")]


def test_what_lies_in_the_bin_is_gone_at_once_and_what_was_deleted_for_good_is_found_the_next_day(tmp_path):
    home, space = tmp_path / "home", Workspace()
    with opened(home, TOLD, space) as app:
        synced(app, "linear")
        space.issues[0] |= {"trashed": True, "updatedAt": "2026-11-25T11:30:00.000Z"}
        space.issues = [one for one in space.issues if one["identifier"] != "ENG-2"]
        synced(app, "linear")
        assert rows(app, "tickets", "ticket_id") == [("ENG-2",), ("ENG-3",), ("ENG-4",), ("OPS-1",)]
        assert "ENG-1" not in [key for (key,) in rows(app, "ticket_moves", "ticket_id")]
    with opened(home, TOLD, space, NOW + timedelta(days=1)) as app:
        synced(app, "linear")
        assert rows(app, "tickets", "ticket_id") == [("ENG-3",), ("ENG-4",), ("OPS-1",)]
        assert rows(app, "evidence") == []


def test_states_are_read_from_events_where_linear_keeps_no_stretches():
    told = issue(1, "ENG-1", spans("Todo 2026-11-02T08:00"), "2026-11-09T08:00") | {
        "labels": {}, "attachments": {}, "agentSessions": {}, "state": {"name": "Done", "type": "completed"},
        "completedAt": "2026-11-09T08:00:00.000Z",
    }  # fmt: skip
    moves = [
        event(
            "2026-11-09T08:00",
            fromState={"name": "Todo", "type": "unstarted"},
            toState={"name": "Done", "type": "completed"},
        )
    ]
    found = [row for row in read({**told, "history": {"nodes": moves}}) if isinstance(row, TicketMove)]
    assert [(move.moved_at, move.to_status, move.actor) for move in found] == [
        (at(11, 2, 8), "Todo", "ben@x"), (at(11, 9, 8), "Done", "ana@x"),
    ]  # fmt: skip
    assert [
        row for row in read(told) if isinstance(row, TicketMove)
    ] == []  # how it came to be done is not known


def test_an_issue_that_does_not_read_is_refused_with_its_place_and_the_others_stay():
    good = {"identifier": "ENG-3", "state": {"type": "started"}}
    found = read(
        {"identifier": "ENG-1"},
        {"identifier": "ENG-2", "state": {"type": "started"}, "updatedAt": "then"},
        good,
    )
    assert [(one.file, one.line) for one in found if isinstance(one, Rejected)] == [("page", 1), ("page", 2)]
    assert [one.ticket_id for one in found if isinstance(one, Ticket)] == ["ENG-3"]


def test_a_list_of_keys_without_a_key_concludes_nothing():
    page = Page(["ENG-1", None], "team ENG", {"project": "ENG"})
    (told,) = SOURCE.stream("census").parse(page, CONTEXT)
    assert isinstance(told, Rejected)
    (told,) = SOURCE.stream("census").parse(Page(["ENG-1"], "team ENG", {"project": "ENG"}), CONTEXT)
    assert told == Census("tickets", "project", "ENG", ("ENG-1",), "linear:issues")


def test_people_are_known_by_their_address_and_agents_are_bots():
    found = list(SOURCE.stream("people").parse(Page([ANA, CODEX, {"app": True}], "page"), CONTEXT))
    assert found[:2] == [
        Identity(
            system="linear",
            identity="ana@x",
            source="linear:issues",
            name="Ana",
            email="ana@x",
            last_seen_at=at(11, 24, 9),
        ),
        Identity(system="linear", identity="u-codex", source="linear:issues", name="Codex", kind="bot"),
    ]
    assert isinstance(found[2], Rejected)


CODES = [("AUTHENTICATION_ERROR", 400, "the key is wrong"), ("FORBIDDEN", 200, "the key may not read this")]


@pytest.mark.parametrize(("code", "status", "meaning"), CODES)
def test_a_refusal_is_one_sentence_without_the_key_and_the_other_streams_go_on(
    tmp_path, code, status, meaning
):
    space = Workspace()

    def vendor(request):
        return refused(code, status) if "PaybackIssues" in asked(request)["query"] else space(request)

    with opened(tmp_path / "home", TOLD, vendor) as app:
        found = {row["source"]: row["message"] for row in synced(app, "linear")}
        assert len(rows(app, "identities")) == 3
    assert meaning in found["linear:issues"]
    assert "scope read" in found["linear:issues"]
    assert found["linear:people"] == ""
    assert not any(KEY in message or "\n" in message for message in found.values())


def test_teams_that_are_named_are_read_alone_and_one_that_is_not_there_is_told(tmp_path):
    with opened(tmp_path / "home", f'{TOLD}teams = ["OPS", "GONE"]\n', Workspace()) as app:
        found = {row["source"]: row["message"] for row in synced(app, "linear")}
        assert "no team 'GONE'" in found["linear:issues"]
        assert rows(app, "tickets", "ticket_id") == [("OPS-1",)]


def test_a_token_of_oauth_is_a_bearer_token():
    assert SOURCE.headers({"key": "k"}, {"auth": "oauth"}) == {"authorization": "Bearer k"}
