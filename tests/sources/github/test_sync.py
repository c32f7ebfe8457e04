"""GitHub read to its end: page by page, with faults, again and again, stopped and gone on with, and refused."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx2
import pytest

from payback.app import connections
from tests.desk import desk
from tests.sources.contracts import complaints as rest_complaints
from tests.sources.github.hub import TOLD, Hub, at, commit, event, issue, pull, review, run, who
from tests.sources.graphql import complaints, described
from tests.sources.installation import FAULTS, KEY, NOW, Recorder, opened, rows, synced

TABLES = (
    "pull_requests", "reviews", "pull_request_moves", "commits", "evidence", "tickets", "ticket_moves", "deployments",
    "identities", "rejected",
)  # fmt: skip
APP = "github.com/acme/app"


def hub(pulls=130):
    """A repository of several pages, one pull request of which holds more than any first page, and an empty one."""
    long = pull(
        1,
        at(20),
        commits=[commit(f"c{number}", at(2)) for number in range(120)],
        reviews=[review(number, "COMMENTED", at(3)) for number in range(60)],
        comments=[{"fullDatabaseId": f"9{n}", "createdAt": at(3), "author": who("bob")} for n in range(55)],
        timelineItems=[event("ReviewRequestedEvent", at(4, hour), requestedReviewer=who("bob")) for hour in range(8)],
    )  # fmt: skip
    many = [pull(number, at(1 + number % 20)) for number in range(2, pulls + 1)]
    issues = [issue(500 + number, at(1 + number % 20)) for number in range(60)]
    deployments = [
        {
            "__typename": "Deployment", "id": f"D{number}", "databaseId": number, "task": "deploy", "environment": "production", "state": "ACTIVE",
            "createdAt": at(20), "commitOid": "aa", "ref": {"name": "main"}, "statuses": lambda first: {"nodes": []},
            "latestStatus": {"environmentUrl": None, "logUrl": None},
        }
        for number in range(1, 4)
    ]  # fmt: skip
    release = {
        "id": "R1", "databaseId": 1, "tagName": "v1.0", "name": "1.0", "url": "u", "isDraft": False, "isPrerelease": False,
        "createdAt": at(20), "publishedAt": at(21), "tagCommit": {"oid": "aa"},
    }  # fmt: skip
    found = Hub(
        app={
            "pullRequests": [long, *many],
            "issues": issues,
            "deployments": deployments,
            "releases": [release],
            "runs": [run(number, at(20)) for number in range(1, 131)],
        },
        empty={},
    )
    found.members = [{"login": "ana", "name": "Ana", "email": "ana@acme.example", "databaseId": 1}]
    return found


def held(app):
    return {name: rows(app, name) for name in TABLES}


def test_all_pages_of_all_lists_come_in_and_a_second_sync_changes_nothing(tmp_path):
    with opened(tmp_path / "home", TOLD, hub()) as app:
        told = synced(app, "github")
        assert [row["message"] for row in told] == [""] * 7
        before = held(app)
        synced(app, "github")
        assert held(app) == before
    assert len(before["pull_requests"]) == 130
    assert len(before["reviews"]) == 115
    assert len(before["commits"]) == 120
    assert len(before["pull_request_moves"]) == 8
    assert len(before["tickets"]) == 60
    assert {(row["kind"], row["status"]) for row in before["deployments"]} == {
        ("deployment", "success"),
        ("release", "success"),
        ("workflow_run", "success"),
    }
    assert len(before["deployments"]) == 134
    assert rows_of(before, "identities", "identity", "email") == [("ana", "ana@acme.example")]
    assert before["rejected"] == []


def rows_of(found, table, *names):
    return [tuple(row[name] for name in names) for row in found[table]]


def test_faults_on_the_way_give_the_same_end(tmp_path):
    with opened(tmp_path / "sound", TOLD, hub()) as app:
        synced(app, "github")
        sound = held(app)
    with opened(tmp_path / "faulty", TOLD, Recorder(hub(), list(FAULTS) * 2 + [None, *FAULTS] * 8)) as app:
        synced(app, "github")
        synced(app, "github")
        assert held(app) == sound


def test_what_moves_while_a_list_is_read_is_there_at_the_end_once(tmp_path):
    whole, state = hub(), {"pages": 0}
    pulls = whole.repositories["acme/app"]["pullRequests"]

    def vendor(request):
        reply = whole(request)
        if "additions" in request.content.decode():
            state["pages"] += 1
            if state["pages"] == 2:
                last = min(pulls, key=lambda node: (node["updatedAt"], node["id"]))
                last |= {"updatedAt": "2026-11-25T11:59:00Z", "title": "Moved meanwhile"}
                state["moved"] = last["number"]
        return reply

    with opened(tmp_path / "home", TOLD, vendor) as app:
        synced(app, "github")
    with opened(tmp_path / "home", TOLD, vendor, NOW + timedelta(minutes=5)) as app:
        synced(app, "github")
        found = held(app)
    assert len(found["pull_requests"]) == 130
    titles = dict(rows_of(found, "pull_requests", "number", "title"))
    assert titles[state["moved"]] == "Moved meanwhile"


def test_a_page_told_twice_or_empty_or_in_another_order_changes_nothing(tmp_path):
    whole, seen = hub(), []

    def odd(request):
        reply = whole(request).json()
        listed = ((reply.get("data") or {}).get("repository") or {}).get("pullRequests")
        if listed and "additions" in request.content.decode():
            after = json.loads(request.content)["variables"]["after"]
            seen.append(after)
            if after is None and seen.count(None) == 1:
                listed |= {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": "0"}}
            elif after == "50" and seen.count("50") == 1:
                listed["pageInfo"]["endCursor"] = "50"
            listed["nodes"] = [*listed["nodes"][::-1], *listed["nodes"][:3], None]
        return httpx2.Response(200, json=reply)

    with opened(tmp_path / "sound", TOLD, hub()) as app:
        synced(app, "github")
        sound = held(app)
    with opened(tmp_path / "odd", TOLD, odd) as app:
        assert synced(app, "github")[0]["message"] == ""
        assert held(app) == sound
    assert seen == [None, "0", "50", "50", "100", None, "0"][: len(seen)]


def graphql_error(**error):
    return lambda _request, _vendor: httpx2.Response(200, json={"data": None, "errors": [error]})


@pytest.mark.parametrize(
    "heavy",
    [
        {"type": "RESOURCE_LIMITS_EXCEEDED", "message": "Resource limits for this query exceeded."},
        {"message": "Something went wrong while executing your query."},
    ],
)
def test_a_question_that_is_too_heavy_is_asked_for_half_as_much(tmp_path, heavy):
    asked = []

    def vendor(request):
        variables = json.loads(request.content)["variables"] if request.content else {}
        if (
            "pullRequests(first: $first" in request.content.decode()
            and "additions" in request.content.decode()
        ):
            asked.append(variables["first"])
            if variables["first"] > 12:
                return graphql_error(**heavy)(request, None)
        return whole(request)

    whole = hub()
    with opened(tmp_path / "home", TOLD, vendor) as app:
        synced(app, "github")
        assert len(rows(app, "pull_requests")) == 130
    assert asked[:4] == [50, 25, 12, 12]


def test_a_limit_told_inside_an_answer_is_waited_for(tmp_path):
    limited = graphql_error(type="RATE_LIMITED", message="API rate limit exceeded")
    with opened(tmp_path / "home", TOLD, Recorder(hub(), [None, limited, limited])) as app:
        assert synced(app, "github")[0]["message"] == ""
        assert len(rows(app, "pull_requests")) == 130


def test_a_backfill_that_is_stopped_goes_on_where_it_was(tmp_path):
    asked, broken = [], True
    whole = hub()

    def vendor(request):
        body = request.content.decode()
        if "additions" in body and '"name":"app"' in body.replace(" ", ""):
            after = json.loads(body)["variables"]["after"]
            asked.append(after)
            if after == "100" and broken:
                return httpx2.Response(401, json={"message": "expired"})
        return whole(request)

    with opened(tmp_path / "home", TOLD, vendor) as app:
        assert "the key is wrong" in synced(app, "github")[0]["message"]
        assert len(rows(app, "pull_requests")) == 100
        broken = False
        asked.clear()
        assert synced(app, "github")[0]["message"] == ""
        assert asked == ["100"]
        assert len(rows(app, "pull_requests")) == 130


def test_a_place_in_a_list_that_expired_means_it_is_read_from_its_front(tmp_path):
    broken = True
    whole = hub()

    def vendor(request):
        body = request.content.decode()
        if "additions" in body and json.loads(body)["variables"]["after"] == "100":
            if broken:
                return httpx2.Response(401, json={"message": "expired"})
            if not asked:
                asked.append(body)
                error = {"type": "INVALID_CURSOR_ARGUMENTS", "message": "`100` is not a valid cursor."}
                return graphql_error(**error)(request, None)
        return whole(request)

    asked = []
    with opened(tmp_path / "home", TOLD, vendor) as app:
        synced(app, "github")
        broken = False
        assert synced(app, "github")[0]["message"] == ""
        assert asked
        assert len(rows(app, "pull_requests")) == 130


def test_only_what_moved_is_read_again_and_brings_all_that_belongs_to_it(tmp_path):
    whole = hub()
    with opened(tmp_path / "home", TOLD, whole) as app:
        synced(app, "github")
        later = NOW + timedelta(hours=2)
    whole.repositories["acme/app"]["pullRequests"][0] = pull(
        1, "2026-11-25T13:00:00Z", title="Renamed", commits=[commit("new", at(25))], reviews=[]
    )
    vendor = Recorder(whole)
    with opened(tmp_path / "home", TOLD, vendor, later) as app:
        synced(app, "github")
        found = held(app)
    questions = [json.loads(request.content)["query"] for request in vendor.asked if request.content]
    assert sum("additions" in question for question in questions) == 1
    titles = dict(rows_of(found, "pull_requests", "pull_request_id", "title"))
    assert titles[f"{APP}#1"] == "Renamed"
    assert found["reviews"] == []
    mine = {row["sha"] for row in found["commits"] if row["pull_request_id"] == f"{APP}#1"}
    assert mine == {"new"}, "commits that a force-push threw out stay, and belong to no change"
    assert len(found["commits"]) == 121


def test_what_was_deleted_or_moved_elsewhere_goes_with_the_next_count(tmp_path):
    whole = hub()
    with opened(tmp_path / "home", TOLD, whole) as app:
        synced(app, "github")
    whole.repositories["acme/app"]["issues"].pop()
    whole.repositories["acme/app"]["pullRequests"].pop(0)
    with opened(tmp_path / "home", TOLD, whole, NOW + timedelta(hours=25)) as app:
        synced(app, "github")
        assert (len(rows(app, "tickets")), len(rows(app, "pull_requests"))) == (59, 129)
        assert rows(app, "reviews") == []


def test_a_deleted_deployment_goes_with_the_next_count_and_releases_and_runs_stay(tmp_path):
    whole = hub(2)
    with opened(tmp_path / "home", TOLD, whole) as app:
        synced(app, "github")
        before = {row[0] for row in rows(app, "deployments", "deployment_id")}
    assert {name.split("/")[3] for name in before} == {"deployments", "releases", "actions"}
    whole.repositories["acme/app"]["deployments"].pop(0)
    with opened(tmp_path / "home", TOLD, whole, NOW + timedelta(hours=2)) as app:
        synced(app, "github")
        assert len(rows(app, "deployments")) == len(before)  # counted once a day
    with opened(tmp_path / "home", TOLD, whole, NOW + timedelta(days=1)) as app:
        synced(app, "github")
        after = {row[0] for row in rows(app, "deployments", "deployment_id")}
    assert before - after == {f"{APP}/deployments/1"}
    assert after < before


def waiting(number, day, state="WAITING", told=None):
    statuses = [{"state": state, "createdAt": told or day}]
    return {
        "__typename": "Deployment", "id": f"D{number}", "databaseId": number, "task": "deploy", "environment": "production",
        "state": state, "createdAt": day, "commitOid": "aa", "ref": {"name": "main"},
        "statuses": lambda first: {"nodes": statuses}, "latestStatus": statuses[0],
    }  # fmt: skip


def test_what_is_told_of_a_deployment_weeks_after_it_was_made_comes_with_the_next_count(tmp_path):
    old = [waiting(number, f"2026-10-{number:02}T10:00:00Z") for number in (1, 2, 3)]
    whole = Hub(app={"deployments": [*old, waiting(9, at(20))]})
    with opened(tmp_path / "home", TOLD, whole) as app:
        synced(app, "github")
        assert {row["status"] for row in rows(app, "deployments")} == {"running"}
    whole.repositories["acme/app"]["deployments"][:2] = [
        waiting(1, "2026-10-01T10:00:00Z", "SUCCESS", "2026-11-26T09:00:00Z"),
        waiting(2, "2026-10-02T10:00:00Z", "FAILURE", "2026-11-26T09:30:00Z"),
    ]
    vendor = Recorder(whole)
    with opened(tmp_path / "home", TOLD, vendor, NOW + timedelta(days=1)) as app:
        synced(app, "github")
        found = {row["deployment_id"].rpartition("/")[2]: row for row in rows(app, "deployments")}
    assert {number: row["status"] for number, row in found.items()} == {
        "1": "success", "2": "failure", "3": "running", "9": "running",
    }  # fmt: skip
    assert f"{found['1']['finished_at']:%Y-%m-%d %H:%M}" == "2026-11-26 09:00"
    assert {row["source"] for row in found.values()} == {"github:deployments"}
    named = [
        json.loads(one.content)["variables"] for one in vendor.asked if b"PaybackDeployments" in one.content
    ]
    assert named == [{"ids": ["D1", "D2"]}], "only what has something new is read again"


def test_an_old_deployment_from_before_what_the_settings_want_is_left_alone(tmp_path):
    whole = Hub(app={"deployments": [waiting(1, "2026-08-01T10:00:00Z", "INACTIVE", "2026-11-25T11:00:00Z")]})
    with opened(tmp_path / "home", TOLD, whole) as app:
        synced(app, "github")
        assert rows(app, "deployments") == []


def test_a_repository_that_got_another_name_is_known_under_that_name_alone(tmp_path):
    whole = hub()
    whole.numbers = {"acme/app": 1, "acme/shop": 1}
    with opened(tmp_path / "home", TOLD, whole) as app:
        synced(app, "github")
    whole.repositories["acme/shop"] = whole.repositories.pop("acme/app")
    with opened(tmp_path / "home", TOLD, whole, NOW + timedelta(hours=2)) as app:
        synced(app, "github")
        assert {row["repo"] for row in rows(app, "pull_requests")} == {"github.com/acme/shop"}
        assert len(rows(app, "pull_requests")) == 130
        assert {row["project"] for row in rows(app, "tickets")} == {"github.com/acme/shop"}


def test_a_repository_that_was_deleted_is_told_and_the_others_are_read(tmp_path):
    told = '[sources.github]\nkey = "env:VENDOR_KEY"\nrepositories = ["acme/gone", "acme/app"]\n'
    with opened(tmp_path / "home", told, hub()) as app:
        assert {row["message"] for row in synced(app, "github")} == {""}
        assert len(rows(app, "pull_requests")) == 130
        assert {row["why"] for row in rows(app, "rejected")} == {
            "acme/gone: it is not there, or the key's owner may not see it"
        }


def test_where_no_repository_can_be_seen_the_connection_fails(tmp_path):
    told = '[sources.github]\nkey = "env:VENDOR_KEY"\nrepositories = ["acme/gone"]\n'
    with opened(tmp_path / "home", told, hub()) as app:
        message = synced(app, "github")[0]["message"]
        assert "there is nothing at this address, or the key's owner may not see it" in message
        assert connections.tested(app, "github")[0]["state"] == "fails"


def test_without_a_place_to_read_the_settings_say_what_to_write(tmp_path):
    with opened(tmp_path / "home", '[sources.github]\nkey = "env:VENDOR_KEY"\n', hub()) as app:
        assert 'write organisation = "acme"' in synced(app, "github")[0]["message"]


@pytest.mark.parametrize(
    ("status", "why"),
    [(401, "the key is wrong, expired or revoked"), (403, "the key may not read this")],
)
def test_a_wrong_key_or_right_is_one_sentence_without_the_key(tmp_path, status, why):
    def vendor(_request):
        return httpx2.Response(status, json={"message": f"Bad credentials {KEY}"})

    with opened(tmp_path / "home", TOLD, vendor) as app:
        messages = [row["message"] for row in synced(app, "github")]
    assert all(message.count(why) == 1 and KEY not in message for message in messages)


def test_one_list_that_may_not_be_read_leaves_the_others(tmp_path):
    whole = hub()

    def vendor(request):
        if "PaybackNumbers" not in request.content.decode() and "assignees" in request.content.decode():
            error = {
                "type": "FORBIDDEN",
                "path": ["repository", "issues"],
                "message": "Resource not accessible",
            }
            return httpx2.Response(200, json={"data": {"repository": {"issues": None}}, "errors": [error]})
        if "/actions/" in request.url.path:
            return httpx2.Response(403, json={"message": "Resource not accessible by personal access token"})
        return whole(request)

    with opened(tmp_path / "home", TOLD, vendor) as app:
        told = {row["source"].partition(":")[2]: row["message"] for row in synced(app, "github")}
        assert len(rows(app, "pull_requests")) == 130
    assert "issues needs read access to Issues" in told["issues"]
    assert "read access to Actions" in told["workflow_runs"]
    assert [name for name, message in told.items() if not message] == [
        "pull_requests", "deployments", "releases", "census", "members",
    ]  # fmt: skip


def test_each_question_is_one_that_github_describes(tmp_path):
    vendor = Recorder(hub())
    vendor.vendor.repositories["acme/app"]["pullRequests"].append(
        pull(999, at(24), author=who("copilot-swe-agent", "Bot", 198982749))
    )
    vendor.vendor.repositories["acme/app"]["deployments"].append(
        waiting(99, "2026-10-01T10:00:00Z", "SUCCESS", "2026-11-25T11:00:00Z")
    )
    named = TOLD.replace('organisation = "acme"', 'repositories = ["acme/app"]')
    for name, told in (("all", TOLD), ("named", named)):
        with opened(tmp_path / name, told, vendor) as app:
            synced(app, "github")
            connections.tested(app, "github")
    schema = described("github")
    rest = json.loads(
        desk("data/delivery/openapi/github-rest-subset.openapi3.json").read_text(encoding="utf-8")
    )
    seen = {}
    for request in vendor.asked:
        if request.method == "POST":
            body = json.loads(request.content)
            key = (body["query"], *sorted(body["variables"]))
            seen[key] = seen.get(key) or complaints(schema, request)
        else:
            seen[str(request.url)] = rest_complaints(rest, request)
    assert [found for found in seen.values() if found] == []
    assert len(seen) > 12
    assert {request.headers["x-github-api-version"] for request in vendor.asked} == {"2022-11-28"}


def test_a_company_own_github_is_asked_at_its_own_addresses(tmp_path):
    vendor = Recorder(hub())
    told = f'{TOLD}base_url = "https://git.acme.example/api"\n'
    with opened(tmp_path / "home", told, vendor) as app:
        assert {row["message"] for row in synced(app, "github")} == {""}
        assert {row["repo"] for row in rows(app, "pull_requests")} == {"git.acme.example/acme/app"}
    assert {request.url.path for request in vendor.asked} == {
        "/api/graphql",
        "/api/v3/repos/acme/app/actions/runs",
        "/api/v3/repos/acme/empty/actions/runs",
    }
    assert all(KEY in request.headers["authorization"] for request in vendor.asked)
    with opened(tmp_path / "wrong", told.replace("/api", "/api/v3"), vendor) as app:
        assert "write https://HOST/api" in synced(app, "github")[0]["message"]
