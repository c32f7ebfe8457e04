"""Jira's pages as rows, and a site that is brought up to date whatever comes in between."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from payback.ledger.entries import Identity, Rejected
from payback.ledger.work_entries import Census, Ticket, TicketMove
from payback.sources.jira import SOURCE
from payback.sources.jira.site import Fields
from payback.sources.jira.timeline import changes
from payback.sources.source import Context, Page
from tests.desk import desk
from tests.sources.contracts import complaints
from tests.sources.installation import FAULTS, KEY, NOW, Recorder, expired, opened, rows, synced
from tests.sources.jira.site import PEOPLE, SPRINT, Site, issue, moved
from tests.sources.reference import samples

TOLD = """[sources.jira]
key = "env:VENDOR_KEY"
email = "ana@x"
base_url = "https://acme.atlassian.net"
since = 2026-10-01
"""
TABLES = ("tickets", "ticket_moves", "sprints", "incidents", "identities", "rejected")
DESCRIPTIONS = ("jira-platform-v3-subset", "jira-software-agile")


def held(app):
    return {name: rows(app, name) for name in TABLES}


def at(*parts):
    return datetime(2026, *parts, tzinfo=UTC)


def read(issues, histories=(), settings=None, **about):
    told = {"incident_types": "Incident", "base_url": "https://acme.atlassian.net", **(settings or {})}
    body = {
        "issues": issues,
        "histories": dict(histories),
        "sprints": {},
        "categories": {},
        "fields": Fields(),
    }
    return list(
        SOURCE.stream("issues").parse(
            Page({**body, **about}, "page"), Context("jira:issues", "jira", told, NOW)
        )
    )


def test_the_issue_of_the_reference_page_is_a_ticket_done_when_it_was_resolved():
    (page,) = samples("../delivery/jira")
    assert read(page["issues"]) == [
        Ticket(
            ticket_id="PAY-17", source="jira:issues", project="PAY", title="Export fails", kind="Bug", status="Done",
            status_category="done", assignee="5b…", vendor_id="10401", created_at=at(9, 1, 8), updated_at=at(9, 5, 9, 30),
            resolved_at=at(9, 5, 9, 30), reopened=0, url="https://acme.atlassian.net/browse/PAY-17",
        )
    ]  # fmt: skip


def test_a_site_is_taken_in_whole_and_a_second_sync_changes_nothing(tmp_path):
    with opened(tmp_path / "home", TOLD, Site()) as app:
        assert [row["message"] for row in synced(app, "jira")] == [""] * 4
        told = (
            "ticket_id",
            "kind",
            "status_category",
            "started_at",
            "resolved_at",
            "reopened",
            "points",
            "assignee",
        )
        assert rows(app, "tickets", *told) == [
            ("OPS-1", "Incident", "done", at(11, 12, 2, 10), at(11, 12, 4, 30), 0, None, "acc-ana"),
            ("PAY-1", "Story", "done", at(11, 3, 9), at(11, 10, 15), 0, 3.0, "acc-ana"),
            ("PAY-2", "Bug", "in_progress", at(11, 17, 10), None, 1, None, "acc-ana"),
            ("PAY-3", "Story", "to_do", None, None, 0, None, None),
            ("PAY-4", "Story", "to_do", None, None, 0, None, "acc-ben"),
        ]
        moves = ("ticket_id", "moved_at", "from_category", "to_category", "to_status", "actor")
        assert rows(app, "ticket_moves", *moves)[:7] == [
            ("OPS-1", at(11, 12, 2), None, "to_do", "To Do", "acc-ben"),
            ("OPS-1", at(11, 12, 2, 10), "to_do", "in_progress", "In Progress", "acc-ana"),
            ("OPS-1", at(11, 12, 4, 30), "in_progress", "done", "In Progress", "acc-ana"),
            ("PAY-1", at(10, 30, 8), None, "to_do", "To Do", "acc-ben"),
            ("PAY-1", at(11, 10, 15), "in_progress", "done", "Done", "acc-ana"),
            ("PAY-1", at(11, 3, 9), "to_do", "in_progress", "In Progress", "acc-ana"),
            ("PAY-2", at(11, 17, 10), "to_do", "in_progress", "In Progress", "acc-ana"),
        ]
        before = held(app)
        synced(app, "jira")
        assert held(app) == before


def test_what_was_in_a_sprint_at_its_start_was_committed_and_what_was_done_by_its_end_was_completed(tmp_path):
    with opened(tmp_path / "home", TOLD, Site()) as app:
        synced(app, "jira")
        told = ("sprint_id", "ticket_id", "started_at", "ended_at", "committed", "completed")
        seven, eight = (at(11, 2, 9), at(11, 16, 9)), (at(11, 16, 10), at(11, 30, 10))
        assert rows(app, "sprints", *told) == [
            ("jira:7", "PAY-1", *seven, True, True),
            ("jira:7", "PAY-2", *seven, False, False),  # added on the third day
            ("jira:7", "PAY-3", *seven, True, False),  # taken out on the fourth
            ("jira:8", "PAY-2", *eight, True, None),  # it runs
            ("jira:9", "PAY-4", None, None, None, None),  # only planned
        ]


def test_an_issue_of_an_incident_type_is_an_incident_too_for_as_long_as_it_is(tmp_path):
    site = Site()
    with opened(tmp_path / "home", TOLD, site) as app:
        synced(app, "jira")
        told = ("incident_id", "opened_at", "acknowledged_at", "resolved_at", "service", "severity")
        assert rows(app, "incidents", *told) == [
            ("OPS-1", at(11, 12, 2), at(11, 12, 2, 10), at(11, 12, 4, 30), "Billing", "High")
        ]
        site.issues[4] |= {"type": "Bug", "updated": "2026-11-25T11:30:00.000+0000"}
        synced(app, "jira")
        assert rows(app, "incidents") == []
    with opened(tmp_path / "other", f'{TOLD}incident_types = ["Bug"]\n', Site()) as app:
        synced(app, "jira")
        assert rows(app, "incidents", "incident_id") == [("PAY-2",)]


def test_searches_go_by_the_wall_clock_of_the_keys_owner_and_read_more_than_an_hour_again(tmp_path):
    vendor = Recorder(Site())
    with opened(tmp_path / "home", TOLD, vendor) as app:
        synced(app, "jira")
        vendor.asked.clear()
        synced(app, "jira")
    asked = [json.loads(one.content)["jql"] for one in vendor.asked if one.url.path.endswith("/search/jql")]
    # 12:00 UTC is 07:00 in New York in November, less 75 minutes; projects by id, OPS first
    assert asked[:2] == [
        'project = 200 AND updated >= "2026/11/25 05:45" ORDER BY updated ASC, key ASC',
        'project = 100 AND updated >= "2026/11/25 05:45" ORDER BY updated ASC, key ASC',
    ]


def test_every_request_is_one_that_jira_describes(tmp_path):
    described = [
        json.loads(desk(f"data/delivery/openapi/{name}.openapi3.json").read_text(encoding="utf-8"))
        for name in DESCRIPTIONS
    ]
    vendor = Recorder(Site())
    with opened(tmp_path / "home", f'{TOLD}projects = ["PAY", "OPS"]\n', vendor) as app:
        synced(app, "jira")
    paths = {one.url.path.rpartition("/")[2] for one in vendor.asked}
    assert {"jql", "bulkfetch", "search", "field", "status", "myself", "board", "sprint", "7"} <= paths
    for request in vendor.asked:
        platform, agile = (complaints(one, request) for one in described)
        assert (agile if request.url.path.startswith("/rest/agile") else platform) == []


def test_faults_on_the_way_leave_the_same_rows(tmp_path):
    with opened(tmp_path / "calm", TOLD, Site()) as app:
        synced(app, "jira")
        calm = held(app)
    faults = [None] * 6 + [expired, *FAULTS, None, None, expired] + [*FAULTS, None] * 30
    with opened(tmp_path / "troubled", TOLD, Recorder(Site(), faults)) as app:
        assert [row["message"] for row in synced(app, "jira")] == [""] * 4
        assert held(app) == calm


class Shuffled(Site):
    """Everything comes twice, the first time from its end."""

    def tokens(self, name, rows, body):
        return super().tokens(name, [*rows[::-1], *rows], body)


def test_issues_told_twice_and_out_of_order_are_the_same_rows(tmp_path):
    with opened(tmp_path / "calm", TOLD, Site()) as app:
        synced(app, "jira")
        calm = held(app)
    with opened(tmp_path / "shuffled", TOLD, Shuffled()) as app:
        assert [row["message"] for row in synced(app, "jira")] == [""] * 4
        assert held(app) == calm


class Holes(Site):
    """Between two pages there is one with nothing on it."""

    def tokens(self, name, rows, body):
        token = body.get("nextPageToken", "t0")
        if token[0] == "t" and token != "t0":
            return {name: [], "nextPageToken": f"h{token[1:]}"}
        return super().tokens(name, rows, {**body, "nextPageToken": f"t{token[1:]}"})


def test_a_page_with_nothing_on_it_is_not_the_end(tmp_path):
    with opened(tmp_path / "calm", TOLD, Site()) as app:
        synced(app, "jira")
        calm = held(app)
    with opened(tmp_path / "holes", TOLD, Holes()) as app:
        synced(app, "jira")
        assert held(app) == calm


class Circling(Site):
    def tokens(self, name, rows, body):
        return {name: rows[:1], "nextPageToken": "t1"}


def test_a_page_token_that_comes_twice_ends_the_reading_with_a_sentence(tmp_path):
    with opened(tmp_path / "home", TOLD, Circling()) as app:
        told = {row["source"]: row["message"] for row in synced(app, "jira")}
    assert "the same page token twice" in told["jira:issues"]


class Slow(Site):
    """A site that gives no page of more than a dozen."""

    def __call__(self, request):
        body = json.loads(request.content) if request.content else {}
        if request.url.path.endswith("/search/jql") and body["maxResults"] > 12 and body["fields"] != ["key"]:
            return httpx2.Response(502, text="too much")
        return super().__call__(request)


def test_a_site_too_slow_for_a_page_is_asked_for_smaller_ones(tmp_path):
    with opened(tmp_path / "home", TOLD, Slow()) as app:
        assert [row["message"] for row in synced(app, "jira")] == [""] * 4
        assert len(rows(app, "tickets")) == 5


def test_a_backfill_that_stops_goes_on_after_the_last_page_it_took_in(tmp_path):
    site = Site()
    calls = [0]

    def stopping(request):
        if request.url.path.endswith("/bulkfetch"):
            calls[0] += 1
            if calls[0] == 5:  # the second page of PAY
                return httpx2.Response(403, json={})
        return site(request)

    vendor = Recorder(stopping)
    with opened(tmp_path / "home", TOLD, vendor) as app:
        (told,) = [row for row in synced(app, "jira") if row["source"] == "jira:issues"]
        assert "may not read" in told["message"]
        mark = datetime.fromisoformat(app.warehouse.cursors("jira:issues")["100"])
        assert mark == at(11, 7, 8)
        vendor.asked.clear()
        synced(app, "jira")
        again = [
            json.loads(one.content)["jql"] for one in vendor.asked if one.url.path.endswith("/search/jql")
        ]
        assert any('project = 100 AND updated >= "2026/11/07 01:45"' in one for one in again)
        assert len(rows(app, "tickets")) == 5


def test_a_ticket_moved_to_another_project_is_the_same_ticket_under_its_new_key(tmp_path):
    site = Site()
    with opened(tmp_path / "home", TOLD, site) as app:
        synced(app, "jira")
        site.issues[2] |= {
            "key": "OPS-9", "project": {"id": "200", "key": "OPS"}, "updated": "2026-11-25T11:40:00.000+0000",
        }  # fmt: skip
        site.issues[2]["moves"].append(moved(302, "2026-11-25T11:40:00", "project", "100", "200"))
        synced(app, "jira")
        assert [key for key, number in rows(app, "tickets", "ticket_id", "vendor_id") if number == "3"] == [
            "OPS-9"
        ]
        assert "PAY-3" not in [key for (key,) in rows(app, "ticket_moves", "ticket_id")]
        assert ("jira:7", "OPS-9", True) in rows(app, "sprints", "sprint_id", "ticket_id", "committed")


def test_what_was_deleted_is_found_once_a_day_and_a_project_that_is_gone_keeps_its_tickets(tmp_path):
    home, site = tmp_path / "home", Site()
    with opened(home, TOLD, site) as app:
        synced(app, "jira")
        site.issues = [one for one in site.issues if one["key"] != "PAY-1"]
        synced(app, "jira")
        assert ("PAY-1",) in rows(app, "tickets", "ticket_id")
    with opened(home, f'{TOLD}projects = ["PAY"]\n', site, NOW + timedelta(days=1)) as app:
        synced(app, "jira")
        assert rows(app, "tickets", "ticket_id") == [("OPS-1",), ("PAY-2",), ("PAY-3",), ("PAY-4",)]
        assert "PAY-1" not in [
            key for table in ("ticket_moves", "sprints") for (key,) in rows(app, table, "ticket_id")
        ]


def test_a_list_of_keys_without_a_key_concludes_nothing():
    page = Page(["PAY-1", None], "project PAY", {"project": "PAY"})
    (told,) = SOURCE.stream("census").parse(page, Context("jira:census", "jira", {}, NOW))
    assert isinstance(told, Rejected)


def test_when_a_sprint_ends_its_tickets_are_read_again_though_none_of_them_changed(tmp_path):
    home, site = tmp_path / "home", Site()
    site.issues.append(
        issue(6, "PAY-6", "30", "2026-11-15T08:00:00", "2026-11-20T08:00:00", sprints=[8], moves=[
            moved(601, "2026-11-20T08:00:00", "status", "10", "30"),
        ])
    )  # fmt: skip
    with opened(home, TOLD, site) as app:
        synced(app, "jira")
        told = ("sprint_id", "ticket_id", "ended_at", "completed")
        assert ("jira:8", "PAY-6", at(11, 30, 10), True) in rows(app, "sprints", *told)
    site.sprints[8] |= {"state": "closed", "completeDate": "2026-12-01T09:00:00.000Z"}
    with opened(home, TOLD, site, at(12, 1, 12)) as app:
        synced(app, "jira")
        assert ("jira:8", "PAY-6", at(12, 1, 9), True) in rows(app, "sprints", *told)
        assert ("jira:8", "PAY-2", at(12, 1, 9), False) in rows(app, "sprints", *told)


def test_people_are_known_by_their_account_where_privacy_hides_their_address():
    found = list(SOURCE.stream("people").parse(Page(PEOPLE, "page"), Context("jira:people", "jira", {}, NOW)))
    assert found == [
        Identity(system="jira", identity="acc-ana", source="jira:people", name="Ana"),
        Identity(system="jira", identity="acc-ben", source="jira:people", name="Ben", email="ben@x"),
        Identity(system="jira", identity="acc-bot", source="jira:people", name="Automation", kind="bot"),
    ]


def test_an_issue_whose_people_are_gone_and_whose_sprint_was_deleted_is_still_read(tmp_path):
    site = Site()
    del site.sprints[7]
    for move in site.issues[0]["moves"]:
        move["author"] = None
    with opened(tmp_path / "home", TOLD, site) as app:
        assert [row["message"] for row in synced(app, "jira")] == [""] * 4
        assert {number for (number,) in rows(app, "sprints", "sprint_id")} == {"jira:8", "jira:9"}
        assert {who for key, who in rows(app, "ticket_moves", "ticket_id", "actor") if key == "PAY-1"} == {
            None,
            "acc-ben",
        }


@pytest.mark.parametrize(
    "created", [1492070429, 1492070429000, "1492070429000", "2017-04-13T08:00:29.000+0000"]
)
def test_times_of_changes_are_read_however_they_are_told(created):
    item = {"field": "status", "from": "10", "fromString": "To Do", "to": "20", "toString": "In Progress"}
    (change,) = changes([{"id": "1", "created": created, "items": [item]}], SPRINT)
    assert change.at == datetime(2017, 4, 13, 8, 0, 29, tzinfo=UTC)
    assert (change.was_called, change.now_called) == ("To Do", "In Progress")


def test_a_resolution_taken_back_is_a_reopening_where_the_status_does_not_tell():
    fields = {
        "created": "2026-11-01T08:00:00.000+0000",
        "status": {"id": "30", "name": "Done", "statusCategory": {"key": "done"}},
    }
    histories = {"1": [
        moved(1, "2026-11-02T08:00:00", "resolution", None, "1"), moved(2, "2026-11-03T08:00:00", "resolution", "1", None),
    ]}  # fmt: skip
    (ticket,) = read([{"id": "1", "key": "PAY-1", "fields": fields}], histories)
    assert ticket.reopened == 1


@pytest.mark.parametrize(
    ("resolution", "category", "resolved"),
    [("Won't Do", "cancelled", None), ("Duplicate", "cancelled", None), ("Cannot Reproduce", "cancelled", None),
     ("Done", "done", at(11, 2, 8)), (None, "done", at(11, 2, 8))],
)  # fmt: skip
def test_a_resolution_that_says_nothing_was_done_is_cancelled_and_never_done(resolution, category, resolved):
    fields = {
        "created": "2026-11-01T08:00:00.000+0000",
        "status": {"id": "30", "name": "Done", "statusCategory": {"key": "done"}},
        "resolution": resolution and {"name": resolution},
    }
    histories = {"1": [moved(1, "2026-11-02T08:00:00", "status", "10", "30")]}
    ticket, _, move = read([{"id": "1", "key": "PAY-1", "fields": fields}], histories)
    assert (ticket.status_category, ticket.resolved_at, move.to_category) == (category, resolved, category)


@pytest.mark.parametrize(
    ("resolution", "settings", "category"),
    [
        ({"id": "2", "name": "Wird nicht behoben"}, {}, "cancelled"),
        ({"id": "1", "name": "Behoben"}, {}, "done"),
        ({"id": "10001", "name": "Wird nicht erledigt"}, {}, "done"),
        ({"id": "10001", "name": "Wird nicht erledigt"}, {"cancelled_resolutions": ["wird nicht erledigt"]}, "cancelled"),
        ({"id": "10001", "name": "Wird nicht erledigt"}, {"cancelled_resolutions": ["10001"]}, "cancelled"),
        ({"id": "10000", "name": "Erledigt"}, {"cancelled_resolutions": "10001, Abgelehnt"}, "done"),
    ],
)  # fmt: skip
def test_resolutions_in_another_language_are_known_by_their_id_or_by_the_settings(
    resolution, settings, category
):
    fields = {
        "created": "2026-11-01T08:00:00.000+0000",
        "status": {"id": "30", "name": "Fertig", "statusCategory": {"key": "done"}},
        "resolution": resolution,
    }
    histories = {"1": [moved(1, "2026-11-02T08:00:00", "status", "10", "30")]}
    ticket, *_ = read([{"id": "1", "key": "PAY-1", "fields": fields}], histories, settings)
    assert ticket.status_category == category


def test_names_are_asked_for_in_english_whatever_the_language_of_the_keys_owner(tmp_path):
    vendor = Recorder(Site())
    with opened(tmp_path / "home", TOLD, vendor) as app:
        synced(app, "jira")
    names = ("accept-language", "x-force-accept-language")
    assert {tuple(one.headers[name] for name in names) for one in vendor.asked} == {("en", "true")}


def test_a_cancelled_resolution_of_the_site_that_is_taken_back_is_no_reopening():
    fields = {
        "created": "2026-11-01T08:00:00.000+0000",
        "status": {"id": "30", "name": "Fertig", "statusCategory": {"key": "done"}},
    }
    histories = {"1": [
        moved(1, "2026-11-02T08:00:00", "resolution", None, "Abgelehnt"),
        moved(2, "2026-11-03T08:00:00", "resolution", "Abgelehnt", None),
    ]}  # fmt: skip
    issues = [{"id": "1", "key": "PAY-1", "fields": fields}]
    assert read(issues, histories)[0].reopened == 1
    assert read(issues, histories, {"cancelled_resolutions": ["Abgelehnt"]})[0].reopened == 0


def test_what_was_cancelled_and_taken_up_again_was_cancelled_then_and_is_no_reopening():
    fields = {
        "created": "2026-11-01T08:00:00.000+0000",
        "status": {"id": "30", "name": "Done", "statusCategory": {"key": "done"}},
        "resolution": {"name": "Fixed"},
    }
    histories = {"1": [
        moved(1, "2026-11-02T08:00:00", "status", "20", "30"), moved(2, "2026-11-02T08:00:00", "resolution", None, "Won't Fix"),
        moved(3, "2026-11-03T08:00:00", "status", "30", "20"), moved(4, "2026-11-03T08:00:00", "resolution", "Won't Fix", None),
        moved(5, "2026-11-04T08:00:00", "status", "20", "30"), moved(6, "2026-11-04T08:00:00", "resolution", None, "Fixed"),
    ]}  # fmt: skip
    categories = {"20": "in_progress"}
    ticket, *moves = read([{"id": "1", "key": "PAY-1", "fields": fields}], histories, categories=categories)
    assert [move.to_category for move in moves] == ["in_progress", "cancelled", "in_progress", "done"]
    assert (ticket.reopened, ticket.resolved_at) == (0, at(11, 4, 8))


def test_an_issue_that_does_not_read_is_refused_with_its_place_and_the_others_stay():
    good = {
        "id": "3",
        "key": "PAY-3",
        "fields": {"created": "2026-11-01T08:00:00.000+0000", "status": {"name": "Open"}},
    }
    found = read([{}, {"id": "2", "key": "PAY-2", "fields": {"created": "then"}}, good])
    assert [(one.file, one.line) for one in found if isinstance(one, Rejected)] == [("page", 1), ("page", 2)]
    assert [type(one) for one in found if not isinstance(one, Rejected)] == [Ticket, TicketMove]


def test_an_issue_that_ever_moved_between_projects_says_which_of_its_keys_stands():
    fields = {"created": "2026-11-01T08:00:00.000+0000", "status": {"name": "Open"}}
    found = read(
        [{"id": "3", "key": "OPS-3", "fields": fields}],
        {"3": [moved(1, "2026-11-02T08:00:00", "project", "1", "2")]},
    )
    assert found[-1] == Census("tickets", "vendor_id", "3", ("OPS-3",), "jira:issues")


@pytest.mark.parametrize(
    ("status", "meaning"), [(401, "the key is wrong"), (403, "the key may not read this")]
)
def test_a_refusal_is_one_sentence_without_the_key_and_the_other_streams_go_on(tmp_path, status, meaning):
    site = Site()
    site.refused = {"/rest/agile": status, "/users/search": status}
    with opened(tmp_path / "home", TOLD, site) as app:
        found = {row["source"]: row["message"] for row in synced(app, "jira")}
        assert found["jira:issues"] == found["jira:census"] == ""
        assert len(rows(app, "tickets")) == 5
    assert meaning in found["jira:sprints"]
    assert "read:sprint:jira-software" in found["jira:sprints"]
    assert "People" in found["jira:people"]
    assert not any(KEY in message or "\n" in message for message in found.values())


def test_a_project_that_is_not_there_is_told_and_the_others_are_read(tmp_path):
    with opened(tmp_path / "home", f'{TOLD}projects = ["PAY", "GONE"]\n', Site()) as app:
        found = {row["source"]: row["message"] for row in synced(app, "jira")}
        assert "no project 'GONE'" in found["jira:issues"]
        assert len(rows(app, "tickets")) == 4


def test_what_is_no_jira_is_told_so(tmp_path):
    with opened(tmp_path / "home", TOLD, lambda _request: httpx2.Response(200, json={"data": []})) as app:
        found = {row["source"]: row["message"] for row in synced(app, "jira")}
    assert all("Jira site" in found[f"jira:{name}"] for name in ("issues", "sprints", "people"))


def test_data_center_gives_the_same_rows_by_its_older_search(tmp_path):
    with opened(tmp_path / "cloud", TOLD, Site()) as app:
        synced(app, "jira")
        cloud = held(app)
    told = TOLD.replace('email = "ana@x"', 'deployment = "data_center"')
    with opened(tmp_path / "own", told, Site(is_cloud=False)) as app:
        assert [row["message"] for row in synced(app, "jira")] == [""] * 4
        assert held(app) == cloud
