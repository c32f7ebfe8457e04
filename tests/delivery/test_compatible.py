"""Two other tools' numbers on their own test data: DevLake's change lead time and Middleware's vectors, all of them."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from payback.delivery.compatible import (
    Course,
    Seen,
    Shipped,
    devlake,
    devlake_deployed_at,
    failed_deployments,
    middleware,
    reads_like_a_bot,
)
from payback.delivery.phases import rounds_of
from tests.desk import desk

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def table(name):
    path = desk(f"data/dora/change_lead_time/{name}.csv")
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def instant(text):
    if not text:
        return None
    day, clock = text.replace("T", " ").removesuffix(".000+00:00").split(" ")
    return datetime(*(int(part) for part in (*day.split("-"), *clock.split(":"))), tzinfo=UTC)


def grouped(rows, key):
    found = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return found


def shipped():
    by_pair = defaultdict(set)
    for row in table("commits_diffs"):
        by_pair[row["old_commit_sha"], row["new_commit_sha"]].add(row["commit_sha"])
    rows = table("cicd_deployment_commits")
    sha_of = {row["id"]: row["commit_sha"] for row in rows}
    return [
        Shipped(
            instant(row["finished_date"]),
            row["environment"] == "PRODUCTION",
            row["result"] == "SUCCESS",
            frozenset(by_pair[sha_of[before], row["commit_sha"]])
            if (before := row["prev_success_deployment_commit_id"])
            else None,
        )
        for row in rows
    ]


def test_change_lead_time_of_devlake_comes_out_for_all_six_changes():
    commits, comments = (
        grouped(table(name), "pull_request_id") for name in ("pull_request_commits", "pull_request_comments")
    )
    deployments = shipped()
    found = {}
    for row in table("pull_requests"):
        merged = instant(row["merged_date"])
        course = Course(
            created_at=instant(row["created_date"]),
            author=row["author_id"] or None,
            merged_at=merged,
            commits=[instant(one["commit_authored_date"]) for one in commits[row["id"]]],
            comments=[(instant(one["created_date"]), one["account_id"]) for one in comments[row["id"]]],
            deployed_at=devlake_deployed_at(row["merge_commit_sha"], deployments),
        )
        if (minutes := devlake(course)) is not None:
            found[row["id"]] = minutes
    wanted = {row["id"]: row for row in table("project_pr_metrics")}
    assert len(wanted) == 6
    assert found.keys() == wanted.keys()
    for key, row in wanted.items():
        told = [found[key].coding, found[key].pickup, found[key].review, found[key].deploy, found[key].cycle]
        columns = ("pr_coding_time", "pr_pickup_time", "pr_review_time", "pr_deploy_time", "pr_cycle_time")
        assert told == [int(row[column]) if row[column] else None for column in columns], key


def vectors(name):
    return json.loads(desk("data/delivery/vectors/metric_vectors.json").read_text(encoding="utf-8"))[name]


def test_times_of_a_change_come_out_as_middleware_counts_them():
    cases = vectors("pr_performance")
    assert len(cases) == 12
    for case in cases:
        seen = Seen(
            case["pr"]["created"],
            case["pr"].get("merged"),
            [at for kind, _, at in case["events"] if kind == "ready_for_review"],
            [(state, at) for kind, state, at in case["events"] if kind == "review"],
        )
        for name, value in case["expect"].items():
            assert getattr(middleware(seen), name) == value, case["id"]


def test_rounds_of_review_are_counted_as_middleware_counts_them():
    cases = vectors("rework_cycles")
    assert len(cases) == 7
    for case in cases:
        looks = [
            {"submitted_at": NOON + timedelta(hours=at), "state": kind.lower()}
            for kind, at in case["events"]
            if kind != "commit"
        ]
        pushed = [NOON + timedelta(hours=at) for kind, at in case["events"] if kind == "commit"]
        assert rounds_of(looks, pushed) == case["expect"], case["id"]


def test_deployments_fail_as_middleware_says():
    cases = vectors("change_failure_rate")
    assert len(cases) == 5
    for case in cases:
        deployed, broke = (
            {text: NOON + timedelta(hours=int(text.removesuffix("h"))) for text in case[name]}
            for name in ("deployments", "incidents")
        )
        failed = failed_deployments(deployed.values(), broke.values())
        share = 100 * len(failed) / len(deployed) if deployed else 0
        assert share == case["expect_pct"], case["id"]
        if "failed" in case:
            assert failed == {deployed[text] for text in case["failed"]}


@pytest.mark.parametrize("is_bot", [True, False])
def test_names_read_like_bots_as_middleware_reads_them(is_bot):
    names = vectors("is_bot_name")[str(is_bot).lower()]
    assert [name for name in names if reads_like_a_bot(name) is not is_bot] == []


def test_all_fifty_two_vectors_are_looked_at():
    sizes = [len(vectors(name)) for name in ("pr_performance", "rework_cycles", "change_failure_rate")]
    assert sum(sizes) + sum(len(names) for names in vectors("is_bot_name").values()) == 52
