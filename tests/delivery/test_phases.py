"""The phases of a change, worked out by hand, and what must not count as a review."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from payback.delivery.phases import Told, phases_of
from payback.delivery.rewriting import former_commits
from payback.ledger.tables import BY_NAME

NINE = datetime(2026, 9, 1, 9, tzinfo=UTC)


def at(hours):
    return None if hours is None else NINE + timedelta(hours=hours)


def pull(**told):
    row = dict.fromkeys(BY_NAME["pull_requests"].names)
    return {**row, "author": "ana", "source": "github:pull_requests", "created_at": at(0), **told}


def look(hours, state="approved", who="ben", **told):
    return {
        "review_id": f"r{hours}",
        "reviewer": who,
        "state": state,
        "submitted_at": at(hours),
        "is_bot": False,
        "comments": None,
        **told,
    }


def move(hours, kind):
    return {"kind": kind, "moved_at": at(hours)}


def commit(hours, size=None, committed=None, **told):
    return {
        "commit_id": f"at{hours}-{committed}",
        "repo": "app",
        "sha": f"at{hours}",
        "author_email": "ana@acme.example",
        "subject": f"Written at {hours}",
        "authored_at": at(hours),
        "committed_at": at(hours if committed is None else committed),
        "additions": size,
        "deletions": 0 if size is not None else None,
        "is_merge": False,
        "pull_request_id": None,
        **told,
    }


def phases(told, **names):
    return phases_of(told, lambda login: names.get(login or "", login))


def test_a_draft_is_ready_when_it_was_first_marked_so():
    found = phases(
        Told(
            pull(merged_at=at(30)),
            [look(8, "changes_requested"), look(20)],
            [move(2, "ready"), move(5, "draft"), move(6, "ready")],
            [commit(-3), commit(10)],
        )
    )
    assert (found.first_commit_at, found.ready_at, found.first_review_at, found.approved_at) == (
        at(-3), at(2), at(8), at(20),
    )  # fmt: skip
    assert (found.human_reviews, found.change_requests, found.review_rounds) == (2, 1, 1)


def test_a_draft_that_was_never_ready_has_no_ready_instant():
    assert phases(Told(pull(is_draft=True))).ready_at is None


@pytest.mark.parametrize(
    "seen",
    [
        look(1, who="ana"),
        look(1, who="ana-work"),
        look(1, is_bot=True),
        look(1, "pending"),
    ],
)
def test_only_another_person_reviews(seen):
    found = phases(Told(pull(), [seen]), **{"ana-work": "ana"})
    assert (found.first_review_at, found.human_reviews, found.change_requests) == (None, 0, 0)


def test_nobody_is_the_author_of_a_change_whose_author_is_deleted():
    assert phases(Told(pull(author=None), [look(1, who=None)])).human_reviews == 1


def test_a_commit_dated_after_the_merge_tells_nothing_of_its_beginning():
    assert phases(Told(pull(merged_at=at(5)), commits=[commit(9)])).first_commit_at is None
    assert phases(Told(pull(merged_at=at(5)), commits=[commit(9), commit(-1)])).first_commit_at == at(-1)


def test_rework_is_major_where_over_thirty_per_cent_came_after_the_first_review():
    after = [commit(-1, 70), commit(5, 30)]
    assert phases(Told(pull(), [look(4)], commits=after)).major_rework is False
    assert phases(Told(pull(), [look(4)], commits=[commit(-1, 69), commit(5, 31)])).major_rework is True
    assert phases(Told(pull(), [look(4)], commits=[commit(-1, 69), commit(5)])).major_rework is None
    assert phases(Told(pull(), commits=after)).major_rework is None


def test_a_pure_rebase_after_the_first_review_is_no_rewriting():
    before = [commit(-1, 60), commit(1, 30)]
    rebased = [commit(-1, 60, 6), commit(1, 30, 6)]
    told = [*rebased, commit(5, 10)]
    assert phases(Told(pull(), [look(4)], commits=told, former=before)).major_rework is False
    more = [*rebased, commit(5, 39)]
    assert phases(Told(pull(), [look(4)], commits=more, former=before)).major_rework is True


@pytest.mark.parametrize(
    "former",
    [
        [],
        [commit(-1, 50)],
        [commit(-1)],
        [commit(-1, 60, subject="Something else")],
        [commit(-1, 60, author_email="ben@acme.example")],
        [commit(-1, 60, 5)],
    ],
)
def test_a_commit_dated_anew_whose_former_one_is_not_known_as_it_is_leaves_rewriting_unknown(former):
    rebased = [commit(-1, 60, 6), commit(3, 30)]
    assert phases(Told(pull(), [look(4)], commits=rebased, former=former)).major_rework is None


def test_what_is_unknown_of_a_rebase_matters_only_where_it_could_change_the_answer():
    small = [commit(-1, 30, 6), commit(3, 70)]
    assert phases(Told(pull(), [look(4)], commits=small)).major_rework is False
    great = [commit(-1, 30, 6), commit(3, 30), commit(5, 40)]
    assert phases(Told(pull(), [look(4)], commits=great)).major_rework is True


def test_former_commits_are_those_of_the_same_repository_author_moment_and_title():
    now = commit(-1, 60, 6, pull_request_id="app#1")
    was = commit(-1, 60)
    others = [commit(-1, 60, repo="web"), commit(-1, 60, subject="Else"), commit(0, 60)]
    assert former_commits([now, was, *others]) == {"app#1": [now, was]}
    assert former_commits([commit(-1, 60, pull_request_id="app#1"), was]) == {}


def test_a_squash_brings_no_lines_of_its_own_and_a_fast_forward_does():
    told = [commit(-1, 90), commit(5, 10), commit(9, 100)]
    squashed = pull(merge_method="squash", merge_commit="at9")
    assert phases(Told(squashed, [look(4)], commits=told)).major_rework is False
    assert phases(Told(pull(merge_commit="at9"), [look(4)], commits=told)).major_rework is True
    assert phases(Told(squashed, [look(4)], commits=[commit(9, 100)])).major_rework is None


def test_pushes_that_the_host_tells_stand_before_dates_of_commits():
    told = Told(
        pull(),
        [look(1, "changes_requested"), look(3, "commented"), look(6)],
        [move(2, "pushed"), move(4, "force_pushed")],
        [commit(-5), commit(-4)],
    )
    assert phases(told).review_rounds == 2


def test_a_host_that_tells_force_pushes_alone_leaves_the_dates_of_commits_standing():
    told = Told(
        pull(),
        [look(1, "changes_requested"), look(3, "commented"), look(6)],
        [move(4, "force_pushed")],
        [commit(-5), commit(2)],
    )
    assert phases(told).review_rounds == 2


def test_what_git_alone_tells_has_no_count_of_reviews():
    found = phases(Told(pull(source="git", merged_at=at(4))))
    assert (found.human_reviews, found.change_requests) == (None, None)
