"""A GitLab that is brought up to date, whatever comes in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from payback.sources.gitlab import SOURCE
from payback.sources.gitlab.rows import merge_request
from payback.sources.source import Context, Page
from tests.sources.gitlab.server import COMMIT, PATH, REPO, Server, change, event, issue, pipeline
from tests.sources.installation import FAULTS, KEY, NOW, Recorder, expired, opened, rows, synced

TOLD = '[sources.gitlab]\nkey = "env:VENDOR_KEY"\ngroups = ["acme"]\nsince = 2026-10-01\n'
CONTEXT = Context("gitlab:x", "gitlab", {}, NOW)
TABLES = (
    "pull_requests", "reviews", "pull_request_moves", "commits", "evidence", "tickets", "ticket_moves", "incidents",
    "deployments", "links", "identities", "rejected",
)  # fmt: skip


def everything(app):
    return {name: rows(app, name) for name in TABLES}


def at(day, hour=0):
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def twice(request, vendor):
    """A page that holds its first entry once more."""
    whole = vendor(request)
    body = whole.json()
    again = [*body, *body[:1]] if isinstance(body, list) else body
    link = whole.headers.get("link")
    return httpx2.Response(200, json=again, headers={"link": link} if link else {})


def test_all_lists_are_read_to_their_end_and_become_rows(tmp_path):
    with opened(tmp_path / "home", TOLD, Server()) as app:
        told = synced(app, "gitlab")
        assert [row["message"] for row in told] == [""] * 7
        assert rows(
            app, "pull_requests", "number", "state", "merge_commit", "additions", "files", "author"
        ) == [
            (1, "merged", "c" * 39 + "1", 40, 5, "mira"),
            (2, "closed", None, 40, 5, "mira"),
            (3, "open", None, 40, 5, "mira"),
        ]
        assert rows(app, "reviews", "pull_request_id", "state", "reviewer") == [
            (f"{REPO}#1", "approved", "tom"),
            (f"{REPO}#1", "commented", "tom"),
            (f"{REPO}#3", "changes_requested", "tom"),
            (f"{REPO}#3", "commented", None),
        ]
        assert rows(app, "pull_request_moves", "kind", "moved_at") == [("pushed", at(9, 1))]
        assert rows(app, "commits", "commit_id", "subject") == [(f"{REPO}@{'a' * 40}", "Export")]
        assert rows(app, "deployments", "deployment_id", "status", "kind", "finished_at") == [
            (f"{REPO}/deployments/1", "success", "deployment", at(12, 8) + timedelta(minutes=30)),
            (f"{REPO}/deployments/2", "failure", "deployment", None),
            (f"{REPO}/deployments/3", "success", "deployment", at(12, 8) + timedelta(minutes=30)),
            (f"{REPO}/pipelines/1", "success", "workflow_run", at(12, 9) + timedelta(minutes=1)),
            (f"{REPO}/releases/v1.2", "success", "release", at(12, 11)),
        ]
        linked = rows(app, "links", "from_id", "to_id", "how", "source")
        assert [row[:3] for row in linked if row[3] == "gitlab:deployments"] == [
            (f"{REPO}/deployments/1", f"{REPO}#1", "vendor")
        ]
        assert "words that are not kept" not in repr(everything(app))
        assert rows(app, "rejected") == []


def test_an_issue_is_a_ticket_with_its_moves_and_one_of_the_type_incident_an_incident_too(tmp_path):
    with opened(tmp_path / "home", TOLD, Server()) as app:
        synced(app, "gitlab")
        assert rows(app, "tickets", "ticket_id", "kind", "status_category", "reopened", "started_at") == [
            (f"{REPO}#1", "bug", "done", 1, at(3, 9)),
            (f"{REPO}#2", "bug", "to_do", 0, None),
            (f"{REPO}#3", "incident", "to_do", 0, None),
        ]
        moves = rows(app, "ticket_moves", "moved_at", "from_category", "to_category")
        assert sorted(moves) == [
            (at(3, 9), "to_do", "in_progress"),
            (at(4, 9), "in_progress", "done"),
            (at(5, 9), "done", "to_do"),
            (at(10, 9), "to_do", "done"),
        ]
        assert rows(app, "incidents", "incident_id", "severity", "repo") == [(f"{REPO}#3", "high", REPO)]


def test_a_second_sync_changes_nothing_and_asks_only_for_what_changed(tmp_path):
    vendor = Recorder(Server())
    with opened(tmp_path / "home", TOLD, vendor) as app:
        synced(app, "gitlab")
        before, first = everything(app), len(vendor.asked)
        synced(app, "gitlab")
        assert everything(app) == before
    again = vendor.asked[first:]
    assert {one.url.params["updated_after"] for one in again if "updated_after" in one.url.params} == {
        "2026-11-24T12:00:00+00:00"
    }
    assert not [one for one in again if one.url.path.endswith(("/notes", "/resource_state_events"))]


def test_faults_and_pages_told_twice_end_as_no_faults_do(tmp_path):
    with opened(tmp_path / "plain", TOLD, Server()) as app:
        synced(app, "gitlab")
        calm = everything(app)
    faults = [fault for _ in range(12) for fault in (*FAULTS, None, twice)]
    with opened(tmp_path / "faulty", TOLD, Recorder(Server(), faults)) as app:
        assert [row["message"] for row in synced(app, "gitlab")] == [""] * 7
        assert everything(app) == calm


def test_what_changes_while_a_list_is_read_pushes_nothing_over_the_edge_of_a_page(tmp_path):
    held = Server()

    def moving(request):
        answer = held(request)
        if request.url.path.endswith("/77/merge_requests") and "updated_after" in request.url.params:
            held.changes[0] = change(1, "merged", 20)
        return answer

    with opened(tmp_path / "home", TOLD, moving) as app:
        synced(app, "gitlab")
        assert rows(app, "pull_requests", "number") == [(1,), (2,), (3,)]


def test_many_entries_of_one_instant_are_read_page_by_page(tmp_path):
    held = Server()
    held.issues = [issue(number, day=10) for number in range(1, 8)]
    with opened(tmp_path / "home", TOLD, held) as app:
        synced(app, "gitlab")
        assert len(rows(app, "tickets")) == 7


@pytest.mark.parametrize(("status", "words"), [(401, "the key is wrong"), (403, "the key may not read this")])
def test_one_stream_refused_is_one_sentence_and_the_others_go_on(tmp_path, status, words):
    held = Server()
    held.refused = {"/77/issues": status}
    with opened(tmp_path / "home", TOLD + 'streams = ["issues", "merge_requests"]\n', held) as app:
        told = {row["source"]: row["message"] for row in synced(app, "gitlab")}
        assert len(rows(app, "pull_requests")) == 3
    assert words in told["gitlab:issues"]
    assert "the scope read_api" in told["gitlab:issues"]
    assert KEY not in told["gitlab:issues"]
    assert told["gitlab:merge_requests"] == ""


def test_sizes_that_may_not_be_asked_for_stay_unknown_and_the_rest_is_read(tmp_path):
    held = Server()
    held.refused = {"/api/graphql": 403}
    with opened(tmp_path / "home", TOLD, held) as app:
        assert [row["message"] for row in synced(app, "gitlab")] == [""] * 7
        assert set(rows(app, "pull_requests", "additions", "files")) == {(None, 6)}


def test_a_deleted_merge_request_goes_and_the_signs_of_the_one_that_shares_its_number_with_an_issue_stay(
    tmp_path,
):
    held = Server()
    with opened(tmp_path / "home", TOLD, held) as app:
        synced(app, "gitlab")
    held.changes = [one for one in held.changes if one["iid"] != 3]
    held.issues = [one for one in held.issues if one["iid"] != 2]
    with opened(tmp_path / "home", TOLD, held, NOW + timedelta(days=2)) as app:
        synced(app, "gitlab")
        assert rows(app, "pull_requests", "number") == [(1,), (2,)]
        assert {row[0] for row in rows(app, "reviews", "pull_request_id")} == {f"{REPO}#1"}
        assert rows(app, "tickets", "ticket_id") == [(f"{REPO}#1",), (f"{REPO}#3",)]
        signed = {
            row[0] for row in rows(app, "evidence", "subject_id", "subject_kind") if row[1] == "pull_request"
        }
        assert signed == {f"{REPO}#1", f"{REPO}#2"}


def test_a_deleted_deployment_goes_with_its_links_and_the_next_count_and_releases_and_pipelines_stay(
    tmp_path,
):
    held = Server()
    with opened(tmp_path / "home", TOLD, held) as app:
        synced(app, "gitlab")
        before = {row[0] for row in rows(app, "deployments", "deployment_id")}
    assert {name.split("/")[4] for name in before} == {"deployments", "releases", "pipelines"}
    held.deployments = held.deployments[1:]
    with opened(tmp_path / "home", TOLD, held, NOW + timedelta(hours=2)) as app:
        synced(app, "gitlab")
        assert len(rows(app, "deployments")) == len(before)  # counted once a day
    with opened(tmp_path / "home", TOLD, held, NOW + timedelta(days=1)) as app:
        synced(app, "gitlab")
        after = {row[0] for row in rows(app, "deployments", "deployment_id")}
        assert [
            row for row in rows(app, "links", "from_kind", "how") if row == ("deployment", "vendor")
        ] == []
    assert before - after == {f"{REPO}/deployments/1"}
    assert after < before


def test_deployments_that_may_not_be_counted_stay(tmp_path):
    held = Server()
    with opened(tmp_path / "home", TOLD, held) as app:
        synced(app, "gitlab")
        before = rows(app, "deployments", "deployment_id")
    held.refused = {"/deployments": 403}
    with opened(tmp_path / "home", TOLD, held, NOW + timedelta(days=2)) as app:
        synced(app, "gitlab")
        assert rows(app, "deployments", "deployment_id") == before


def test_a_project_under_another_path_leaves_nothing_under_its_old_one(tmp_path):
    held = Server()
    with opened(tmp_path / "home", TOLD, held) as app:
        synced(app, "gitlab")
    held.path = "acme/web"
    with opened(tmp_path / "home", TOLD, held, NOW + timedelta(days=2)) as app:
        synced(app, "gitlab")
        assert {row[0] for row in rows(app, "pull_requests", "repo")} == {"gitlab.com/acme/web"}
        assert len(rows(app, "pull_requests")) == len(rows(app, "tickets")) == 3


def test_a_project_that_is_not_there_is_told_of_and_the_others_are_read(tmp_path):
    told = TOLD.replace('groups = ["acme"]', f'projects = ["{PATH}", "acme/gone"]')
    with opened(tmp_path / "home", told, Server()) as app:
        assert [row["message"] for row in synced(app, "gitlab")] == [""] * 7
        assert len(rows(app, "pull_requests")) == 3
        assert {row[0] for row in rows(app, "rejected", "file")} == {"acme/gone"}


def test_new_commits_by_force_on_an_unmerged_merge_request_leave_the_old_ones_without_it(tmp_path):
    held = Server()
    pushed = {"id": "f" * 40}

    def forced(request):
        answer = held(request)
        if request.url.path.endswith("/merge_requests/3/commits"):
            return httpx2.Response(200, json=[{**COMMIT, **pushed}])
        return answer

    with opened(tmp_path / "home", TOLD, forced) as app:
        synced(app, "gitlab")
        pushed["id"] = "9" * 40
        held.changes[2] = change(3, day=25, sha="9" * 40)
        synced(app, "gitlab")
        of = dict(rows(app, "commits", "sha", "pull_request_id"))
        assert (of["f" * 40], of["9" * 40]) == (None, f"{REPO}#3")
        assert (3, "open", None) in rows(app, "pull_requests", "number", "state", "merge_commit")


def test_a_row_that_does_not_read_is_rejected_with_its_place_and_the_others_are_kept():
    body = [change(1), change(2) | {"created_at": "yesterday"}, {"iid": 3}]
    found = list(SOURCE.stream("merge_requests").parse(Page(body, PATH, {"path": PATH}), CONTEXT))
    refused = [one.file for one in found if type(one).__name__ == "Rejected"]
    assert sorted(refused) == [f"{PATH}#2", f"{PATH}#3"]
    assert [one.number for one in found if type(one).__name__ == "PullRequest"] == [1]


def test_a_description_names_the_issues_that_it_closes_and_no_merge_request():
    words = "Closes #4, #5 and other/tool#6. See #7 and !8. PAY-9"
    row = merge_request(change(1, description=words, source_branch="x"), REPO, "g")
    assert row.tickets == f"{REPO}#4,{REPO}#5,gitlab.com/other/tool#6,PAY-9"


def test_an_event_by_a_deleted_person_is_nobodys():
    told = issue(1, "closed") | {"resource_state_events": [event(1, 10, state="closed") | {"user": None}]}
    found = list(SOURCE.stream("issues").parse(Page([told], PATH, {"path": PATH}), CONTEXT))
    assert [one.actor for one in found if type(one).__name__ == "TicketMove"] == [None]


def test_an_address_that_goes_on_into_the_interface_is_refused_with_the_way_out(tmp_path):
    told = TOLD + 'base_url = "https://gitlab.acme.example/api/v4"\n'
    with opened(tmp_path / "home", told, Server()) as app:
        assert all("ends before /api" in row["message"] for row in synced(app, "gitlab"))


def test_pipelines_that_may_ship_are_those_of_the_default_branch_and_of_versions():
    body = [
        pipeline(1), pipeline(2, "failed"), pipeline(3, "manual"), pipeline(4, ref="v1.2.3"), pipeline(5, ref="feature"),
        pipeline(6, source="merge_request_event"), pipeline(7, ref="refs/merge-requests/7/head"), pipeline(8, "skipped", "release/2.0"),
    ]  # fmt: skip
    about = {"path": PATH, "branch": "main"}
    found = list(SOURCE.stream("pipelines").parse(Page(body, PATH, about), CONTEXT))
    assert [(one.deployment_id[-1], one.status, one.finished_at is None) for one in found] == [
        ("1", "success", False), ("2", "failure", True), ("3", "running", True), ("4", "success", False), ("8", "cancelled", True),
    ]  # fmt: skip
    assert {(one.kind, one.name) for one in found} == {("workflow_run", "Deploy")}


def test_members_are_accounts_and_what_gitlab_made_for_a_token_is_a_service_account(tmp_path):
    for name, told in (("named", TOLD), ("all", TOLD.replace('groups = ["acme"]\n', ""))):
        with opened(tmp_path / name, told, Server()) as app:
            synced(app, "gitlab")
            assert rows(app, "identities", "identity", "kind", "name", "email") == [
                ("group_5_bot_1f", "service_account", "Renewals", None),
                ("mira", "user", "Mira", "mira@example.com"),
                ("tom", "user", None, None),
            ]


def test_an_issue_moved_to_another_project_is_gone_here_and_no_closed_one(tmp_path):
    held = Server()
    with opened(tmp_path / "home", TOLD, held) as app:
        synced(app, "gitlab")
        held.issues[2] = issue(3, "closed", 25, issue_type="incident", moved_to_id=4711)
        synced(app, "gitlab")
        assert rows(app, "tickets", "ticket_id") == [(f"{REPO}#1",), (f"{REPO}#2",)]
        assert rows(app, "incidents", "incident_id") == []


def reordered(request, vendor):
    """A page in another order."""
    whole = vendor(request)
    body = whole.json()
    link = whole.headers.get("link")
    return httpx2.Response(
        200, json=body[::-1] if isinstance(body, list) else body, headers={"link": link} if link else {}
    )


def test_pages_in_another_order_and_empty_ones_on_the_way_end_as_no_faults_do(tmp_path):
    held = Server()
    with opened(tmp_path / "plain", TOLD, held) as app:
        synced(app, "gitlab")
        calm = everything(app)
    with opened(tmp_path / "reordered", TOLD, lambda request: reordered(request, held)) as app:
        synced(app, "gitlab")
        assert everything(app) == calm

    def hollow(request):
        """The first page of each list is empty, and the others come after it."""
        page = int(request.url.params.get("page", "1"))
        if request.method != "GET" or "per_page" not in request.url.params:
            return held(request)
        following = f'<{request.url.copy_set_param("page", page + 1)}>; rel="next"'
        if page == 1:
            return httpx2.Response(200, json=[], headers={"link": following})
        before = held(
            httpx2.Request("GET", request.url.copy_set_param("page", page - 1), headers=request.headers)
        )
        return httpx2.Response(
            before.status_code,
            json=before.json(),
            headers={"link": following} if "link" in before.headers else {},
        )

    with opened(tmp_path / "hollow", TOLD, hollow) as app:
        synced(app, "gitlab")
        assert everything(app) == calm


def test_a_place_in_a_list_that_expired_means_it_is_read_from_its_front(tmp_path):
    held, told = Server(), []

    def forgetful(request):
        if (
            request.url.path.endswith("/77/issues")
            and request.url.params.get("page", "1") != "1"
            and not told
        ):
            told.append(request)
            return expired(request, held)
        return held(request)

    held.issues = [issue(number, day=10 + number) for number in range(1, 4)]
    held.issues = [one | {"updated_at": "2026-11-12T09:00:00.000Z"} for one in held.issues]
    with opened(tmp_path / "calm", TOLD, held) as app:
        synced(app, "gitlab")
        calm = everything(app)
    with opened(tmp_path / "forgetful", TOLD, forgetful) as app:
        assert [row["message"] for row in synced(app, "gitlab")] == [""] * 7
        assert told
        assert everything(app) == calm


def test_a_merge_request_of_five_thousand_files_has_its_size_and_where_it_may_not_be_asked_for_it_is_unknown(
    tmp_path,
):
    held = Server(changes=[change(1, "merged", 10, changes_count="1000+")])

    def vast(request):
        answer = held(request)
        if request.url.path == "/api/graphql":
            return httpx2.Response(200, text=answer.text.replace('"fileCount":5', '"fileCount":5000'))
        return answer

    with opened(tmp_path / "told", TOLD, vast) as app:
        synced(app, "gitlab")
        assert rows(app, "pull_requests", "files", "additions") == [(5000, 40)]
    held.refused = {"/api/graphql": 403}
    with opened(tmp_path / "untold", TOLD, held) as app:
        synced(app, "gitlab")
        assert rows(app, "pull_requests", "files", "additions") == [(None, None)]
