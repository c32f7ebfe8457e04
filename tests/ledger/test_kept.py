"""Lists kept by id, and changes that Git and a host both tell: whoever speaks first, the same rows stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from payback.ledger.batches import table_of
from payback.ledger.kept import take_kept
from payback.ledger.tables import BY_NAME
from payback.ledger.tellers import settled
from payback.ledger.work_entries import (
    Census,
    Commit,
    Deployment,
    Incident,
    PullRequest,
    PullRequestMove,
    Review,
    SprintTicket,
    Ticket,
)
from payback.warehouse.contract import Cursor, Delete, Upsert
from tests.ledger.entries import books

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SOURCE, REPO = "github:pull_requests", "github.com/acme/app"
CHANGE = f"{REPO}#7"


def pull(number=7, source=SOURCE, **told):
    return PullRequest(
        pull_request_id=f"{REPO}#{number}", repo=REPO, number=number, state="open", source=source, **told
    )


def review(number, state="approved"):
    return Review(
        review_id=f"r{number}", pull_request_id=CHANGE, submitted_at=NOW, source=SOURCE, state=state
    )


def commit(sha, source=SOURCE, change=CHANGE, **told):
    return Commit(
        commit_id=f"{REPO}@{sha}",
        repo=REPO,
        sha=sha,
        authored_at=NOW,
        committed_at=NOW,
        source=source,
        pull_request_id=change,
        **told,
    )


def rows(warehouse, table):
    found = warehouse.read(warehouse.table(table)).to_pylist()
    return sorted(found, key=lambda row: tuple(row[name] for name in BY_NAME[table].key))


def take(warehouse, *entries, hours=0, owed=None):
    return take_kept(entries, warehouse, NOW + timedelta(hours=hours), [], owed)


def by_git(warehouse, table, entry):
    """What the reader of Git writes: a row whose source is git."""
    from payback.ledger.batches import row_of

    written = [Upsert(table, table_of(BY_NAME[table], [{**row_of(entry), "source": "git"}], None, NOW))]
    warehouse.apply(settled(written, warehouse))


def test_what_is_told_again_replaces_what_it_said_before_with_all_that_belongs_to_it():
    held = books().warehouse
    ready = PullRequestMove(move_id="m1", pull_request_id=CHANGE, kind="ready", moved_at=NOW, source=SOURCE)
    take(held, pull(), review(1), review(2), ready, commit("a"), commit("b"))
    take(held, pull(title="Export"), review(2), commit("b"), hours=1)
    assert [row["title"] for row in rows(held, "pull_requests")] == ["Export"]
    assert [row["review_id"] for row in rows(held, "reviews")] == ["r2"]
    assert rows(held, "pull_request_moves") == []
    assert [(row["sha"], row["pull_request_id"]) for row in rows(held, "commits")] == [
        ("a", None),
        ("b", CHANGE),
    ]


def test_a_page_read_again_writes_nothing_and_owes_nothing():
    held, owed = books().warehouse, Cursor("links", "owed", "changes")
    take(held, pull(), review(1), commit("a"), owed=owed)
    before = rows(held, "pull_requests")
    held.apply([Cursor("links", "owed", None)])
    take(held, pull(), review(1), commit("a"), hours=5, owed=owed)
    assert rows(held, "pull_requests") == before
    assert held.cursors("links") == {}


def test_what_a_census_does_not_find_is_gone_with_all_that_belongs_to_it_and_only_that():
    held = books().warehouse
    other = PullRequest(
        pull_request_id="other#1", repo="other", number=1, state="open", source="gitlab:merge_requests"
    )
    take(held, pull(7), pull(8), review(1), other)
    census = Census("pull_requests", "repo", REPO, (f"{REPO}#8",), "github:census")
    take(held, census)
    assert [row["pull_request_id"] for row in rows(held, "pull_requests")] == [f"{REPO}#8", "other#1"]
    assert rows(held, "reviews") == []


def test_a_census_of_one_kind_leaves_the_other_kinds_of_the_same_repository():
    held = books().warehouse
    told = [
        Deployment(deployment_id=f"{kind}-{number}", repo=REPO, kind=kind, source=f"github:{kind}s")
        for kind in ("deployment", "release", "workflow_run")
        for number in (1, 2)
    ]
    take(held, *told)
    take(held, Census("deployments", "repo", REPO, ("deployment-2",), "github:census", "deployment"))
    assert [row["deployment_id"] for row in rows(held, "deployments")] == [
        "deployment-2", "release-1", "release-2", "workflow_run-1", "workflow_run-2",
    ]  # fmt: skip


def test_an_incident_that_is_a_ticket_goes_with_it_and_when_it_is_none_any_more():
    held, source = books().warehouse, "jira:issues"
    tickets = [Ticket(ticket_id=f"OPS-{number}", source=source, project="OPS") for number in (1, 2, 3)]
    incidents = [Incident(incident_id=f"OPS-{number}", opened_at=NOW, source=source) for number in (1, 2, 3)]
    other = Incident(incident_id="P1", opened_at=NOW, source="pagerduty:incidents")
    take(held, *tickets, *incidents, other)
    take(held, tickets[0], hours=1)
    assert [row["incident_id"] for row in rows(held, "incidents")] == ["OPS-2", "OPS-3", "P1"]
    take(held, Census("tickets", "project", "OPS", ("OPS-1", "OPS-2"), "jira:census"))
    assert [row["incident_id"] for row in rows(held, "incidents")] == ["OPS-2", "P1"]


def test_a_sprint_that_a_ticket_left_goes_and_its_other_tickets_stay():
    held, source = books().warehouse, "jira:issues"
    ticket = Ticket(ticket_id="PAY-1", source=source)
    first, second = (SprintTicket(sprint_id=name, ticket_id="PAY-1", source=source) for name in "12")
    other = SprintTicket(sprint_id="1", ticket_id="PAY-2", source=source)
    take(held, ticket, first, second, Ticket(ticket_id="PAY-2", source=source), other)
    take(held, ticket, second, hours=1)
    assert [(row["sprint_id"], row["ticket_id"]) for row in rows(held, "sprints")] == [
        ("1", "PAY-2"),
        ("2", "PAY-1"),
    ]


GIT_PULL = pull(
    source="git", title="from the merge", additions=10, deletions=2, files=1, merge_method="squash"
)
HOST_PULL = pull(title="Export", additions=900, deletions=2, files=3, author="ana")


@pytest.mark.parametrize("order", list(permutations(("git", "host", "host", "git")))[:6])
def test_git_knows_the_lines_of_a_change_and_the_host_the_rest_in_any_order(order):
    held = books().warehouse
    for teller in order:
        if teller == "git":
            by_git(held, "pull_requests", GIT_PULL)
        else:
            take(held, HOST_PULL)
    (row,) = rows(held, "pull_requests")
    told = ("title", "author", "additions", "files", "merge_method", "sized_by", "source")
    assert [row[name] for name in told] == ["Export", "ana", 10, 1, "squash", "git", SOURCE]


@pytest.mark.parametrize("order", list(permutations(("git", "host", "git"))))
def test_git_knows_a_commit_and_the_host_the_change_it_went_in_with_in_any_order(order):
    held = books().warehouse
    take(held, pull())
    for teller in order:
        if teller == "git":
            by_git(held, "commits", commit("a", "git", None, additions=4))
        else:
            take(held, pull(), commit("a"))
    (row,) = rows(held, "commits")
    assert (row["source"], row["additions"], row["pull_request_id"]) == ("git", 4, CHANGE)


def test_what_git_no_longer_finds_does_not_take_away_what_a_host_tells():
    held = books().warehouse
    take(held, pull(7))
    by_git(held, "pull_requests", pull(9, "git"))
    gone = [Delete("pull_requests", "pull_request_id", [CHANGE, f"{REPO}#9"])]
    held.apply(settled(gone, held))
    assert [row["pull_request_id"] for row in rows(held, "pull_requests")] == [CHANGE]
