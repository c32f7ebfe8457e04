"""What lists of Azure DevOps leave out and is asked for, and how accounts are told on a server of one's own."""

from __future__ import annotations

import httpx2
import pytest

from payback.sources.azure_devops.threads import is_bot
from tests.sources.azure_devops.organisation import Organisation, system
from tests.sources.installation import Recorder, opened, rows, synced

TOLD = '[sources.azure_devops]\nkey = "env:VENDOR_KEY"\norganisation = "acme"\nsince = 2026-10-01\n'
SIGNED = "Export\n\nCo-Authored-By: Claude <noreply@anthropic.com>"


def signed(app):
    return {row[0][-4:] for row in rows(app, "evidence", "subject_id", "tool") if row[1] == "claude_code"}


def test_a_message_that_a_list_cuts_after_its_first_line_is_read_whole(tmp_path):
    held = Organisation()
    held.message = SIGNED
    with opened(tmp_path / "home", TOLD, held) as app:
        assert [row["message"] for row in synced(app, "azure_devops")] == [""] * 5
        assert signed(app) == {"aaaa", "bbbb", "cccc"}
        assert {row[0] for row in rows(app, "commits", "subject")} == {"Export"}


def test_a_commit_that_is_gone_since_it_was_listed_keeps_its_first_line(tmp_path):
    held = Organisation()
    held.message, held.refused = SIGNED, {"r1/commits/": 404}
    with opened(tmp_path / "home", TOLD, held) as app:
        assert [row["message"] for row in synced(app, "azure_devops")] == [""] * 5
        assert signed(app) == set()
        assert {row[0] for row in rows(app, "commits", "subject")} == {"Export"}


def test_a_message_of_one_line_costs_no_request(tmp_path):
    held = Organisation()
    held.is_cut = False
    vendor = Recorder(held)
    with opened(tmp_path / "home", TOLD, vendor) as app:
        synced(app, "azure_devops")
    assert not [request for request in vendor.asked if "/r1/commits/" in request.url.path]


@pytest.mark.parametrize(
    ("name", "known"),
    [("coderabbitai", True), ("ACME\\CodeRabbitAI", True), ("ACME\\ana", False), ("ana@example.com", False)],
)
def test_a_reviewer_that_is_a_machine_is_known_in_any_domain(name, known):
    assert is_bot({"uniqueName": name, "displayName": "Somebody", "descriptor": "win.1"}) == known


def test_a_list_told_twice_counts_once(tmp_path):
    """Commits and comments are counted, drafts follow one another, and a reopening is one."""

    def doubled(request):
        answer = held(request)
        if not request.url.path.lower().endswith(
            ("/commits", "/threads", "/iterations", "/labels", "/updates")
        ):
            return answer
        body = answer.json()
        return httpx2.Response(
            200, json={**body, "value": [*body["value"], *body["value"]]}, headers=answer.headers
        )

    found = []
    for name in ("once", "twice"):
        held = Organisation()
        held.page = 100
        held.threads[31].append(system(3, "IsDraftUpdate", "2026-11-03T08:00:00Z"))
        with opened(tmp_path / name, TOLD, held if name == "once" else doubled) as app:
            assert [row["message"] for row in synced(app, "azure_devops")] == [""] * 5
            found.append([rows(app, table) for table in ("pull_requests", "pull_request_moves", "tickets")])
    assert found[0] == found[1]
    assert {row["reopened"] for row in found[0][2]} == {0, 1}
