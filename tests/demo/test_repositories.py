from __future__ import annotations

import json
import subprocess
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.demo.invented import Home

PARIS = ZoneInfo("Europe/Paris")


def git(repo: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", repo, *words], capture_output=True, check=True, text=True).stdout


@pytest.fixture(scope="module")
def repos(home: Home) -> list[Path]:
    return sorted((home.path / "company" / "repos").iterdir())


def test_git_finds_nothing_wrong_with_the_repositories(repos: list[Path]):
    assert len(repos) == 8
    for repo in repos:
        assert git(repo, "fsck", "--full", "--strict", "--no-dangling") == ""
        assert git(repo, "status", "--porcelain") == ""
        assert git(repo, "remote", "get-url", "origin") == f"https://git.example.com/acme/{repo.name}.git\n"
        assert (repo / "src" / "harbour").is_dir()


def test_merged_changes_of_the_truth_are_those_of_the_main_branches(home: Home, repos: list[Path]):
    by_email: dict[str, str] = {}
    for person in home.settings["people"]:
        by_email |= dict.fromkeys([person["email"], *person.get("git_emails", [])], person["id"])
    counts: Counter[tuple[str, str | None]] = Counter()
    for repo in repos:
        authors = dict(line.split() for line in git(repo, "log", "--format=%H %ae", "main").splitlines())
        log = git(repo, "log", "--first-parent", "--format=%at%x09%P%x09%ae%x09%s", "main").splitlines()
        for line in log[:-1]:
            stamp, parents, email, subject = line.split("\t")
            assert subject.startswith("Merge pull request #") == (len(parents.split()) == 2)
            assert subject.startswith("Merge pull request #") or subject.endswith(")")
            local = datetime.fromtimestamp(int(stamp), PARIS)
            *_, branch = parents.split()
            person = by_email.get(email if branch == parents else authors[branch])
            counts[f"{local:%Y-%m}", home.team_on(person, local.date()) if person else None] += 1
    told = {
        (row["month"], row["team"]): row["value"]
        for row in home.truth["delivery"]
        if row["metric"] == "merged_prs" and "ai_class" not in row
    }
    assert counts == told
    assert len(told) > 30


def test_every_change_is_where_the_truth_says(home: Home, repos: list[Path]):
    for repo in repos:
        subjects = git(repo, "log", "--first-parent", "--format=%s", "main").splitlines()
        heads = set(git(repo, "for-each-ref", "--format=%(refname)").splitlines())
        for change in home.truth["pull_requests"]:
            if change["repo"] != f"git.example.com/acme/{repo.name}":
                continue
            assert f"refs/remotes/origin/{change['branch']}" in heads
            merge = f"Merge pull request #{change['number']} from acme/{change['branch']}"
            squash = [line for line in subjects if line.endswith(f"(#{change['number']})")]
            assert (merge in subjects) == (change["merged_at"] is not None and not change["squashed"])
            assert bool(squash) == change["squashed"]


def test_a_branch_has_conversations_before_its_last_commit(home: Home, repos: list[Path]):
    begun: dict[tuple[str, str], float] = {}
    for answer in home.answers:
        for repo in repos:
            if answer.cwd.startswith(str(repo)):
                key = (repo.name, answer.branch)
                begun[key] = min(answer.at.timestamp(), begun.get(key, answer.at.timestamp()))
    checked = 0
    for repo in repos:
        for change in home.truth["pull_requests"]:
            if change["repo"].endswith(f"/{repo.name}") and change["requests"]:
                ref = f"refs/remotes/origin/{change['branch']}"
                assert begun[repo.name, change["branch"]] < int(git(repo, "log", "-1", "--format=%at", ref))
                checked += 1
    assert checked > 30


def test_commits_carry_the_marks_of_several_agents(home: Home, repos: list[Path]):
    said = "".join(git(repo, "log", "--all", "--format=%B") for repo in repos)
    for mark in (
        "<noreply@anthropic.com>",
        "Generated with [Claude Code]",
        "Codex <noreply@openai.com>",
        "Made-with: Cursor",
        "This reverts commit ",
        "Bump tideline from ",
    ):
        assert mark in said
    told = {change["mark"] for change in home.truth["pull_requests"]}
    assert told >= {None, "claude_code", "codex", "cursor"}


def test_a_revert_names_the_commit_it_takes_back(repos: list[Path]):
    named = 0
    for repo in repos:
        for body in git(repo, "log", "--all", "--grep=This reverts commit", "--format=%B%x00").split("\0"):
            if "This reverts commit " in body:
                name = body.split("This reverts commit ")[1].split(".")[0]
                assert git(repo, "cat-file", "-t", name) == "commit\n"
                named += 1
    assert named


def test_notes_name_a_conversation_and_lines_that_the_commit_added(home: Home, repos: list[Path]):
    known = {file.stem for file in home.logs(".claude/projects/*/*.jsonl")}
    read = 0
    for repo in (repo for repo in repos if repo.name in {"billing", "search-engine"}):
        for line in git(repo, "notes", "--ref=ai", "list").splitlines():
            commit = line.split()[1]
            files, about = git(repo, "notes", "--ref=ai", "show", commit).split("---\n", 1)
            told = json.loads(about)
            assert told["schema_version"] == "authorship/3.0.0"
            assert told["base_commit_sha"] == commit
            ((key, session),) = told["sessions"].items()
            assert session["agent_id"]["id"] in known
            touched = set(git(repo, "show", "--name-only", "--format=", commit).split())
            paths = [text for text in files.splitlines() if not text.startswith(" ")]
            assert set(paths) <= touched
            assert f"  {key}::t_" in files
            read += 1
    assert read > 10


def test_two_repositories_hold_the_heads_of_pull_requests(repos: list[Path]):
    holding = {repo.name for repo in repos if git(repo, "for-each-ref", "refs/pull")}
    assert holding == {"billing", "platform-infra"}
