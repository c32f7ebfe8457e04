"""What counts as a deployment is shown, chosen with a form, recorded, and taken back."""

from __future__ import annotations

from contextlib import closing

import pytest

from payback.access.scope import Scope
from payback.delivery.shipping import Choice
from payback.errors import ForbiddenError
from payback.ledger.kept import take_kept
from payback.ledger.work_entries import Deployment
from payback.state import open_state, state_url
from payback.state.watched import audited
from tests.web import invented
from tests.web.fake import a_company
from tests.web.reading import Outline
from tests.web.test_forms import browser, send

REPO = invented.REPO
LEAD = Scope.of_teams("lead", ["shop"])


def told(number, kind, **more):
    return Deployment(
        deployment_id=f"{REPO}/{kind}/{number}", repo=REPO, source="github:x", kind=kind, status="success",
        created_at=invented.NOW, finished_at=invented.NOW, **more,
    )  # fmt: skip


@pytest.fixture
def desk(tmp_path):
    with closing(open_state(state_url(tmp_path / "state.db"))) as state:
        held = a_company()
        held.state = state
        rows = [
            told(1, "deployment", environment="staging"),
            told(2, "release"),
            told(3, "workflow_run", name="Deploy it"),
        ]
        take_kept(rows, held.warehouse, invented.NOW, [])
        yield held
        held.warehouse.close()


def row_of(client):
    return {row["repo"]: row for row in client.get("/deployments.json").json()["table"]["rows"]}[REPO]


def test_what_was_found_what_is_proposed_and_why_and_that_nobody_chose(desk):
    row = row_of(browser(desk))
    assert row["found"].startswith("1 deployment (staging 1); 1 release; 1 run (Deploy it 1)")
    assert row["proposed"] == "releases: no environment reads like production, and releases are told: 1"
    assert (row["counts"], row["made"], row["chosen_at"]) == ("releases (proposed)", "nobody", None)


def test_a_choice_counts_is_recorded_with_who_and_when_and_can_be_taken_back(desk):
    client = browser(desk)
    answer = send(
        client,
        "/deployments",
        act="choose",
        repository=REPO,
        kind="workflow_run",
        environment="",
        name="^Deploy",
    )
    assert answer.status_code == 303
    assert f"What counts for {REPO} is chosen" in Outline(client.get("/deployments").text).text
    row = row_of(client)
    assert (row["counts"], row["made"]) == ("workflow runs (name ^Deploy)", "eve")
    assert row["chosen_at"].startswith(f"{invented.NOW:%Y-%m-%d}")
    (one,) = audited(desk.state, "deployments.choose")
    assert (one.actor, one.subject, one.details["name"]) == ("eve", REPO, "^Deploy")
    assert desk.settled == 1
    send(client, "/deployments", act="take_back", repository=REPO)
    assert row_of(client)["made"] == "nobody"
    assert len(audited(desk.state, "deployments.take_back")) == 1


def test_a_proposal_is_accepted_with_its_button(desk):
    client = browser(desk)
    (button,) = row_of(client)["acts"]
    send(client, "/deployments", **button["fields"])
    assert (row_of(client)["counts"], row_of(client)["made"]) == ("releases", "eve")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "release", "name": "("}, "is no regular expression"),
        ({"kind": "guess"}, "guess"),
        ({"kind": "release", "repository": "github.com/acme/unheard"}, "unheard"),
    ],
)
def test_what_cannot_be_chosen_is_said_and_nothing_is_kept(desk, fields, words):
    client = browser(desk)
    answer = send(client, "/deployments", **{"act": "choose", "repository": REPO, **fields})
    assert answer.status_code == 303
    assert words in Outline(client.get("/deployments").text).text
    assert row_of(client)["made"] == "nobody"


def test_who_sees_one_team_sees_and_chooses_nothing(desk):
    client = browser(desk, LEAD)
    assert "Not yours to see" in client.get("/deployments").text
    with pytest.raises(ForbiddenError, match="choose what counts as a deployment"):
        desk.shipping.choose(Choice(REPO, "merge"), LEAD)
    assert row_of(browser(desk))["made"] == "nobody"
