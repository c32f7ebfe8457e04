from __future__ import annotations

import random
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payback.delivery.links import ASSIGNED, TO_A_CHANGE, assign, repository_at
from payback.delivery.slices import link_rows
from tests.delivery.build import NOW, REPO, commit, hour, pull, request, sign, usage, work


def placed(rows, changes) -> list[tuple[str | None, str | None, str]]:
    found = assign(usage(*rows), changes).to_pylist()
    return [
        (
            (row["commit_id"] or "@").rpartition("@")[2] or None,
            (row["pull_request_id"] or "#").rpartition("#")[2] or None,
            row["how"],
        )
        for row in found
    ]


def test_requests_belong_to_the_commit_that_follows_on_their_branch():
    changes = work([commit("a", 2), commit("b", 5), commit("x", 3, "other")])
    rows = [request(1, 1), request(2, 2), request(3, 2.5), request(4, 4.9), request(5, 6)]
    assert placed(rows, changes) == [
        ("a", None, "branch_commit"),
        ("a", None, "branch_commit"),
        ("b", None, "branch_commit"),
        ("b", None, "branch_commit"),
        (None, None, "branch_only"),
    ]


def test_a_long_session_over_two_branches_is_sliced_between_their_pull_requests():
    commits = [
        commit("a", 2, "one", pull_request_id=f"{REPO}#1"),
        commit("b", 4, "two", pull_request_id=f"{REPO}#2"),
    ]
    rows = [request(1, 1, "one"), request(2, 3, "two"), request(3, 1.5, "two")]
    assert [row[1] for row in placed(rows, work(commits))] == ["1", "2", "2"]


def test_work_after_the_last_commit_belongs_to_the_pull_request_that_ends_later():
    changes = work([commit("a", 2)], [pull(7, 9), pull(8, 20)])
    assert placed([request(1, 1), request(2, 3), request(3, 10), request(4, 21)], changes) == [
        ("a", "7", "branch_commit"),
        (None, "7", "branch_pull_request"),
        (None, "8", "branch_pull_request"),
        (None, None, "branch_only"),
    ]


def test_an_open_pull_request_takes_the_work_on_its_branch():
    assert placed([request(1, 3)], work([], [pull(7, None, created_at=hour(2))])) == [
        (None, "7", "branch_pull_request")
    ]


def test_a_pull_request_that_ends_after_the_window_takes_nothing():
    assert placed([request(1, 0)], work([], [pull(7, 24 * 31)])) == [(None, None, "branch_only")]


def test_a_commit_after_the_window_takes_nothing():
    assert placed([request(1, 0)], work([commit("a", 24 * 14 + 1)])) == [(None, None, "branch_only")]


def test_a_commit_that_names_the_session_wins_over_the_branch():
    changes = work([commit("a", 2), commit("b", 5)], signs=[sign("b", "s1")])
    assert placed([request(1, 1), request(2, 6)], changes) == [
        ("b", None, "session_note"),
        (None, None, "branch_only"),
    ]


def test_a_squash_that_names_the_session_takes_it_to_its_pull_request():
    squash = commit("q", 5, "main", pull_request_id=f"{REPO}#7", on_default_branch=True)
    changes = work([squash], signs=[sign("q", "s1", "session")])
    assert placed([request(1, 1)], changes) == [("q", "7", "session_trailer")]


def test_a_named_session_in_another_repository_is_not_taken_along():
    changes = work([commit("a", 2)], signs=[sign("a", "s1")], folders={})
    assert placed([request(1, 1, repo="github.com/acme/other")], changes) == [(None, None, "branch_only")]


def test_a_named_session_on_another_branch_is_not_taken_along():
    changes = work([commit("a", 2)], signs=[sign("a", "s1")])
    assert placed([request(1, 1, "other")], changes) == [(None, None, "branch_only")]


def test_a_commit_that_only_notes_know_still_takes_its_session():
    changes = work([], signs=[sign("gone", "s1", occurred_at=hour(2))])
    assert placed([request(1, 1)], changes) == [("gone", None, "session_note")]


def test_work_on_the_default_branch_goes_to_the_next_direct_commit_of_the_same_person():
    commits = [
        commit("theirs", 2, "main", author_email="bo@acme.example"),
        commit("merged", 3, "main", pull_request_id=f"{REPO}#5"),
        commit("mine", 4, "main"),
    ]
    changes = work(commits, [pull(9, 5, "main")])
    assert placed([request(1, 1, "main")], changes) == [("mine", None, "default_commit")]
    assert placed([request(1, 1, "main", actor="Bo@acme.example")], changes) == [
        ("theirs", None, "default_commit")
    ]


def test_work_of_an_unknown_person_on_the_default_branch_needs_evidence_of_the_tool():
    commits = [commit("plain", 2, "main"), commit("marked", 3, "main")]
    changes = work(commits, signs=[sign("marked", None, "trailer")], people={})
    assert placed([request(1, 1, "main")], changes) == [("marked", None, "default_commit")]
    assert placed([request(1, 1, "main", tool="codex")], changes) == [(None, None, "branch_only")]


def test_merges_take_no_work():
    assert placed([request(1, 1)], work([commit("m", 2, is_merge=True)])) == [(None, None, "branch_only")]


@pytest.mark.parametrize("branch", [None, "", "HEAD"])
def test_work_on_no_branch_stays_with_its_repository(branch):
    assert placed([request(1, 1, branch)], work([commit("a", 2)])) == [(None, None, "repository_only")]


def test_work_outside_any_repository_is_unlinked():
    assert placed([request(1, 1, working_directory="/elsewhere/x")], work([commit("a", 2)])) == [
        (None, None, "unlinked")
    ]


def test_the_longest_known_folder_names_the_repository():
    folders = {"/home/ana/web": "outer", "/home/ana/web/libs/inner": "inner", "C:/code/web": "windows"}
    assert repository_at("/home/ana/web/libs/inner/src", folders) == "inner"
    assert repository_at("/home/ana/web/libs", folders) == "outer"
    assert repository_at("/home/ana/website", folders) is None
    assert repository_at("C:\\code\\web\\src", folders) == "windows"
    assert repository_at(None, folders) is None


def test_a_full_repository_name_on_the_request_wins_over_the_folder():
    found = assign(usage(request(1, 1, repo="github.com/acme/api"), request(2, 1, repo="web")), work())
    assert found["repo"].to_pylist() == ["github.com/acme/api", REPO]


def test_no_requests_give_an_empty_table_of_the_declared_form():
    assert assign(usage(), work()).schema == ASSIGNED


BRANCHES = st.sampled_from(["main", "one", "two", None, "HEAD"])
REQUESTS = st.lists(
    st.builds(
        lambda number, at, branch, session, usd, folder: request(
            number, at, branch, usd, session_id=session, working_directory=folder
        ),
        st.integers(0, 10**9),
        st.integers(0, 24 * 40),
        BRANCHES,
        st.sampled_from(["s1", "s2", None]),
        st.one_of(st.none(), st.decimals(0, 100, places=9).map(str)),
        st.sampled_from(["/home/ana/web", "/elsewhere", None]),
    ),
    max_size=25,
    unique_by=lambda row: row["usage_id"],
)
COMMITS = st.lists(
    st.builds(
        lambda sha, at, branch, number, merge: commit(
            f"{sha:x}", at, branch, pull_request_id=f"{REPO}#{number}" if number else None, is_merge=merge
        ),
        st.integers(0, 10**9),
        st.integers(0, 24 * 40),
        BRANCHES,
        st.integers(0, 3),
        st.booleans(),
    ),
    max_size=12,
    unique_by=lambda row: row["sha"],
)
PULLS = st.lists(
    st.builds(pull, st.integers(1, 5), st.one_of(st.none(), st.integers(0, 24 * 40)), BRANCHES),
    max_size=4,
    unique_by=lambda row: row["number"],
)


@st.composite
def changes_of(draw):
    commits = draw(COMMITS)
    named = draw(st.lists(st.sampled_from(commits), max_size=3)) if commits else []
    return work(
        commits, draw(PULLS), [sign(row["sha"], draw(st.sampled_from(["s1", "s2"]))) for row in named]
    )


@settings(deadline=None)
@given(REQUESTS, changes_of(), st.randoms(use_true_random=False))
def test_each_dollar_is_in_one_place_and_none_is_lost_whatever_the_order(rows, changes, dice):
    table = usage(*rows)
    found = assign(table, changes).to_pylist()
    assert [row["usage_id"] for row in found] == [row["usage_id"] for row in rows]
    total = sum((row["list_usd"] or Decimal(0) for row in rows), Decimal(0))
    piles: dict[str, Decimal] = {}
    for row, place in zip(rows, found, strict=True):
        is_placed = place["commit_id"] is not None or place["pull_request_id"] is not None
        assert is_placed == (place["how"] in TO_A_CHANGE)
        pile = place["commit_id"] or place["pull_request_id"] or place["how"]
        piles[pile] = piles.get(pile, Decimal(0)) + (row["list_usd"] or Decimal(0))
    assert sum(piles.values(), Decimal(0)) == total
    order = list(range(len(rows)))
    dice.shuffle(order)
    shuffled = assign(table.take(pa.array(order, pa.int64())), changes).to_pylist()
    assert sorted(map(str, shuffled)) == sorted(map(str, found))


@settings(deadline=None)
@given(REQUESTS, changes_of())
def test_a_request_is_never_booked_on_a_commit_made_before_it(rows, changes):
    made = {row["commit_id"]: row["authored_at"] for row in changes.commits.to_pylist()}
    for row, place in zip(rows, assign(usage(*rows), changes).to_pylist(), strict=True):
        assert place["commit_id"] is None or made[place["commit_id"]] >= row["occurred_at"]


@settings(deadline=None)
@given(REQUESTS, changes_of())
def test_a_request_is_placed_alike_whichever_other_requests_there_are(rows, changes):
    together = assign(usage(*rows), changes).to_pylist()
    assert together == [assign(usage(row), changes).to_pylist()[0] for row in rows]


@settings(deadline=None)
@given(REQUESTS, changes_of())
def test_slices_of_a_session_never_weigh_more_than_the_session(rows, changes):
    table = usage(*rows)
    links = link_rows(table, assign(table, changes), NOW).to_pylist()
    assert len({row["link_id"] for row in links}) == len(links)
    weights: dict[tuple[str, str], float] = {}
    for row in links:
        assert row["valid_from"] < row["valid_until"]
        key = (row["from_id"], row["to_kind"])
        weights[key] = weights.get(key, 0.0) + row["weight"]
    assert all(weight <= 1 + 1e-9 for weight in weights.values())


def test_a_session_that_returns_to_a_branch_has_a_slice_for_each_stay():
    table = usage(request(1, 1, "one", "1"), request(2, 2, "two", "2"), request(3, 3, "one", "1"))
    rows = [
        row for row in link_rows(table, assign(table, work()), NOW).to_pylist() if row["to_kind"] == "branch"
    ]
    assert [(row["to_id"], row["weight"], row["valid_from"]) for row in rows] == [
        (f"{REPO}:one", 0.25, hour(1)),
        (f"{REPO}:two", 0.5, hour(2)),
        (f"{REPO}:one", 0.25, hour(3)),
    ]


def test_two_hundred_thousand_requests_are_placed_as_a_few_are():
    dice = random.Random(7)
    commits = [commit(f"{number:x}", dice.uniform(0, 4000), f"b{number % 300}") for number in range(5_000)]
    rows = [request(number, dice.uniform(0, 4000), f"b{number % 300}") for number in range(2_000)]
    one = usage(*rows)
    many = pa.concat_tables([one] * 100)
    found = assign(many, work(commits))
    assert found.num_rows == 200_000
    assert found.slice(199 * 1_000, 1_000).equals(assign(one, work(commits)).slice(1_000, 1_000))
