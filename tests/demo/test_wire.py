"""What the invented vendors answer: shaped as the vendors' documents say, refused as they refuse, and wrong only for a while."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from payback.demo.making import FILE, version
from payback.demo.wire import KINDS, Faults, transport
from tests.sources.installation import KEY, opened, rows, synced

if TYPE_CHECKING:
    from pathlib import Path

    from tests.demo.invented import Home

VERSION = {"anthropic-version": "2023-06-01"}
ANTHROPIC, OPENAI = "https://api.anthropic.com/v1/organizations", "https://api.openai.com/v1/organization"
FORGE = "https://git.example.com/api"
COMMITS = "https://api.cursor.com/analytics/ai-code/commits?startDate=2026-01-01&endDate=2026-02-01"
JIRA = "https://lumen-harbour.atlassian.net/rest/api/3"
GITHUB = "https://api.github.com"
REPORTS = (
    (f"{ANTHROPIC}/usage_report/messages", {"starting_at": "2026-01-01T00:00:00Z", "ending_at": "2026-02-01T00:00:00Z"}),
    (f"{ANTHROPIC}/cost_report", {"starting_at": "2026-01-01T00:00:00Z", "ending_at": "2026-02-01T00:00:00Z"}),
    (f"{OPENAI}/usage/completions", {"start_time": "1767225600", "end_time": "1769904000"}),
    (f"{OPENAI}/costs", {"start_time": "1767225600", "end_time": "1769904000"}),
)  # fmt: skip
OPENED = (
    f"{ANTHROPIC}/users",
    f"{OPENAI}/users",
    f"{GITHUB}/orgs/lumen-harbour/copilot/billing/seats",
    "https://api.cursor.com/teams/members",
    "http://litellm.lumen-harbour.example:4000/team/list",
)


@pytest.fixture
def client(home: Home):
    with httpx2.Client(transport=transport(home.path)) as client:
        yield client


def headers(home: Home, address: str, suffix: str = "") -> dict[str, str]:
    host = httpx2.URL(address).host
    vendor = "litellm" if host.startswith("litellm") else host.split(".")[1]
    key = (home.path / "company" / "keys" / f"{vendor}{suffix}").read_text()
    return sent(vendor, key)


def sent(vendor: str, key: str) -> dict[str, str]:
    if vendor == "anthropic":
        return {"x-api-key": key, **VERSION}
    if vendor == "cursor":
        return {"authorization": httpx2.BasicAuth(key, "")._auth_header}
    return {"authorization": f"Bearer {key}"}


def asked(client: httpx2.Client, home: Home, address: str, params: Any = ()) -> httpx2.Response:
    return client.get(address, params=params, headers=headers(home, address))


@pytest.mark.parametrize("address", OPENED)
def test_a_key_opens_a_strange_one_is_refused_and_a_limited_one_may_not(
    client: httpx2.Client, home: Home, address: str
):
    assert asked(client, home, address).status_code == 200
    host = httpx2.URL(address).host
    vendor = "litellm" if host.startswith("litellm") else host.split(".")[1]
    assert client.get(address, headers=sent(vendor, "sk-strange")).status_code == 401
    assert client.get(address, headers=headers(home, address, "-limited")).status_code == 403


@pytest.mark.parametrize(("address", "params"), REPORTS)
def test_reports_come_in_pages_whose_cursor_belongs_to_one_question(
    client: httpx2.Client, home: Home, address: str, params: dict[str, str]
):
    whole = asked(client, home, address, params | {"limit": "31"}).json()
    assert len(whole["data"]) == 31
    assert whole["has_more"] is False
    begun = asked(client, home, address, params | {"limit": "20"}).json()
    assert begun["has_more"] is True
    rest = asked(client, home, address, params | {"limit": "20", "page": begun["next_page"]}).json()
    assert begun["data"] + rest["data"] == whole["data"]
    strange = asked(client, home, address, params | {"limit": "31", "page": begun["next_page"]})
    assert strange.status_code == 400


@pytest.mark.parametrize(("address", "params"), REPORTS)
@pytest.mark.parametrize("wrong", [{"limit": "9999"}, {"group_by[]": "shoe_size"}, {"bucket_width": "1y"}])
def test_what_the_vendor_does_not_know_is_refused(
    client: httpx2.Client, home: Home, address: str, params: dict[str, str], wrong: dict[str, str]
):
    assert asked(client, home, address, params | wrong).status_code == 400
    assert asked(client, home, address).status_code == 400


def test_anthropic_results_have_the_fields_of_the_reference(client: httpx2.Client, home: Home):
    address, params = REPORTS[0]
    ungrouped = asked(client, home, address, params).json()
    results = [row for bucket in ungrouped["data"] for row in bucket["results"]]
    assert set(results[0]) == {
        "uncached_input_tokens", "cache_read_input_tokens", "cache_creation", "output_tokens", "server_tool_use",
        "account_id", "api_key_id", "service_account_id", "workspace_id", "model", "service_tier", "context_window",
        "inference_geo",
    }  # fmt: skip
    assert results[0]["workspace_id"] is None
    told = asked(
        client, home, address, [*params.items(), ("group_by[]", "workspace_id"), ("limit", "31")]
    ).json()
    assert {row["workspace_id"] for bucket in told["data"] for row in bucket["results"]} > {"ws-payments"}
    address, params = REPORTS[1]
    cuts = [("group_by[]", "workspace_id"), ("group_by[]", "description")]
    costs = asked(client, home, address, [*params.items(), *cuts]).json()
    line = next(row for bucket in costs["data"] for row in bucket["results"])
    assert isinstance(line["amount"], str)
    assert (line["currency"], line["cost_type"]) == ("USD", "tokens")
    assert line["token_type"] in line["description"]


def test_the_days_of_a_report_add_up_whatever_the_cuts(client: httpx2.Client, home: Home):
    address, params = REPORTS[3]
    sums = []
    for cuts in ((), ("project_id",), ("project_id", "line_item", "api_key_id", "user_id")):
        more = [*params.items(), *(("group_by[]", cut) for cut in cuts), ("limit", "180")]
        rows = [
            row for bucket in asked(client, home, address, more).json()["data"] for row in bucket["results"]
        ]
        sums.append(round(sum(row["amount"]["value"] for row in rows), 6))
        assert {row["amount"]["currency"] for row in rows} == {"usd"}
    assert len(set(sums)) == 1
    assert sums[0] > 0


def test_a_copilot_report_lies_behind_a_link_that_wants_no_token(client: httpx2.Client, home: Home):
    address = f"{GITHUB}/orgs/lumen-harbour/copilot/metrics/reports/users-1-day"
    day = home.vendor("github")["days"][0]["day"]
    (link,) = asked(client, home, address, {"day": day}).json()["download_links"]
    lines = client.get(link).content.splitlines()
    assert {json.loads(line)["day"] for line in lines} == {day}
    assert client.get(link, headers=headers(home, GITHUB)).status_code == 403
    assert client.get(link.partition("?")[0]).status_code == 403
    assert asked(client, home, address, {"day": "2019-01-01"}).status_code == 204


def test_a_cursor_event_that_the_seat_covers_carries_an_amount_and_is_not_charged(home: Home):
    events = home.vendor("cursor")["events"]
    assert {event["kind"] for event in events} == {"Included in Business", "Usage-based"}
    for event in events:
        assert event["isChargeable"] is (event["kind"] == "Usage-based")
        assert event["chargedCents"] > 0
        assert event["timestamp"].isdigit()


def graphql(client: httpx2.Client, home: Home, key: str) -> Any:
    query = """query Q($first: Int!) { repositoryOwner(login: "acme") { repositories(first: $first) { nodes { nameWithOwner
      pullRequests(first: 1) { totalCount nodes { number author { __typename login } reviews(first: 9) { totalCount } } } } } } }"""
    told = (home.path / "company" / "keys" / key).read_text() if key else "ghp-strange"
    body = {"query": query, "variables": {"first": 100}}
    return client.post(f"{FORGE}/graphql", json=body, headers=sent("github", told))


def test_the_companys_github_tells_of_its_repositories_to_who_may_see_them(client: httpx2.Client, home: Home):
    owner = graphql(client, home, "forge").json()["data"]["repositoryOwner"]
    told = {one["nameWithOwner"]: one["pullRequests"]["totalCount"] for one in owner["repositories"]["nodes"]}
    known = [f"{one['repo'].split('/', 1)[1]}" for one in home.truth["pull_requests"]]
    assert told == {name: known.count(name) for name in sorted(set(known))}
    shut = graphql(client, home, "forge-limited").json()["data"]["repositoryOwner"]
    assert shut == {"repositories": {"nodes": []}}
    assert graphql(client, home, "").status_code == 401


def test_runs_of_workflows_are_those_of_the_stretch_asked_for(client: httpx2.Client, home: Home):
    key = sent("github", (home.path / "company" / "keys" / "forge").read_text())
    address = f"{FORGE}/v3/repos/acme/accounts/actions/runs"
    whole = client.get(address, headers=key, params={"per_page": "100"}).json()["workflow_runs"]
    month = {"created": "2026-01-01T00:00:00Z..2026-01-31T23:59:59Z", "per_page": "100"}
    found = client.get(address, headers=key, params=month).json()["workflow_runs"]
    assert found == [run for run in whole if run["created_at"].startswith("2026-01")]
    assert 0 < len(found) < len(whole)


def test_jira_finds_by_the_clock_of_who_asks_and_a_token_belongs_to_its_search(
    client: httpx2.Client, home: Home
):
    key = sent("jira", (home.path / "company" / "keys" / "jira").read_text())
    address = f"{JIRA}/search/jql"
    jql = 'project = 905 AND updated >= "2026/01/01 00:00" ORDER BY updated ASC, key ASC'
    first = client.post(
        address, headers=key, json={"jql": jql, "fields": ["updated"], "maxResults": 5}
    ).json()
    updated = [issue["fields"]["updated"] for issue in first["issues"]]
    assert updated == sorted(updated)
    assert min(updated) >= "2025-12-31T23:00:00"
    token = {"nextPageToken": first["nextPageToken"]}
    assert client.post(address, headers=key, json={"jql": jql, **token}).status_code == 200
    assert client.post(address, headers=key, json={"jql": "project = 905", **token}).status_code == 400
    assert client.post(address, headers=key, json={"jql": "colour = red"}).status_code == 400


def test_an_incident_is_resolved_after_it_was_taken_up_after_it_was_opened(client: httpx2.Client, home: Home):
    key = {"authorization": f"Token token={(home.path / 'company' / 'keys' / 'pagerduty').read_text()}"}
    address = "https://api.pagerduty.com/incidents"
    told = client.get(address, headers=key, params={"limit": "100"}).json()["incidents"]
    assert told
    for one in told:
        log = client.get(f"{address}/{one['id']}/log_entries", headers=key).json()["log_entries"]
        times = [entry["created_at"] for entry in log]
        assert times == sorted(times)
        assert times[0] == one["created_at"]
    late = client.get(address, headers=key, params={"since": told[-1]["created_at"], "limit": "100"}).json()
    assert late["incidents"] == [one for one in told if one["created_at"] >= told[-1]["created_at"]]
    assert client.get(address, headers={"authorization": "Token token=strange"}).status_code == 401


def test_nobody_else_is_reached(client: httpx2.Client):
    with pytest.raises(httpx2.ConnectError):
        client.get("https://example.com/")


def test_faults_come_the_same_for_a_seed_and_end(home: Home):
    address, params = REPORTS[0]
    asked_for = [params | {"limit": str(limit)} for limit in range(1, 32)]

    def tried(seed: int) -> list[Any]:
        with httpx2.Client(transport=transport(home.path, Faults(seed, share=1.0))) as client:
            return [[_once(client, home, address, one) for _ in range(3)] for one in asked_for]

    first, again, other = tried(1), tried(1), tried(2)
    assert first == again
    assert first != other
    with httpx2.Client(transport=transport(home.path)) as client:
        good = [asked(client, home, address, one).content for one in asked_for]
    assert [last for _, _, last in first] == good
    assert all(begun != whole for (begun, _, _), whole in zip(first, good, strict=True))


def _once(client: httpx2.Client, home: Home, address: str, params: dict[str, str]) -> Any:
    try:
        return asked(client, home, address, params).content
    except httpx2.HTTPError as error:
        return type(error).__name__


def test_all_kinds_of_faults_are_drawn():
    assert len(set(KINDS)) == 7


def of_another_version(home: Home, target: Path, version: str) -> Path:
    """A company of which Cursor's file tells nothing of commits, as an earlier version wrote it."""
    shutil.copytree(home.path / "company" / "vendors", target / "company" / "vendors")
    file = target / "company" / "vendors" / "cursor.json"
    told = json.loads(file.read_bytes())
    told.pop("commits")
    file.write_text(json.dumps(told))
    access = {"cursor": {KEY: ["admin", "analytics"]}}
    (target / "company" / "vendors" / "access.json").write_text(json.dumps(access))
    (target / "company" / FILE).write_text(version)
    return target


def test_a_company_of_another_version_is_told_in_one_sentence_and_what_is_stored_stays(
    home: Home, tmp_path: Path
):
    of_another_version(home, tmp_path, "an earlier one")
    (tmp_path / "home").mkdir()
    with opened(
        tmp_path / "home", '[sources.cursor]\nkey = "env:VENDOR_KEY"\n', transport(tmp_path).handler
    ) as app:
        told = {row["source"]: row["message"] for row in synced(app, "cursor")}
        assert len(rows(app, "seats")) > 0
    assert told["cursor:members"] == ""
    assert [message for message in told.values() if message] == [
        (f"cursor: the company in {tmp_path} was invented by another version of payback, and this one cannot read what "
        "cursor has on file there; what was taken in stays. payback demo --home NEW_FOLDER invents one anew")
    ]  # fmt: skip


def test_a_company_of_this_version_that_cannot_be_answered_for_is_a_mistake_and_no_sentence(
    home: Home, tmp_path: Path
):
    assert (home.path / "company" / FILE).read_text() == version()
    of_another_version(home, tmp_path, version())
    with httpx2.Client(transport=transport(tmp_path)) as client, pytest.raises(KeyError, match="commits"):
        client.get(COMMITS, auth=(KEY, ""))


def test_an_expired_cursor_of_graphql_is_told_as_github_tells_it_and_only_where_one_was_sent(home: Home):
    key = {"authorization": f"Bearer {(home.path / 'company' / 'keys' / 'forge').read_text()}"}
    query = (
        "query Q($login: String!, $first: Int!, $after: String) { organization(login: $login) {"
        " membersWithRole(first: $first, after: $after) { nodes { login } } } }"
    )

    def refused(after: str | None) -> set[str]:
        found = set()
        with httpx2.Client(transport=transport(home.path, Faults(5, share=1.0))) as client:
            for first in range(1, 41):
                variables = {"login": "acme", "first": first, "after": after}
                try:
                    told = client.post(
                        f"{FORGE}/graphql", headers=key, json={"query": query, "variables": variables}
                    )
                    errors = told.json().get("errors") if told.status_code == 200 else None
                except (httpx2.HTTPError, ValueError):
                    continue
                found |= {error["type"] for error in errors or ()}
        return found

    assert refused(None) == set()
    assert refused("cursor:1") == {"INVALID_CURSOR_ARGUMENTS"}
