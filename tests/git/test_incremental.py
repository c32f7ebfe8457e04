from __future__ import annotations

import json
import random

import pytest

from payback.warehouse.contract import Cursor, Delete, Upsert
from tests.git.build import by_key, commits_of, pulls_of, repository


@pytest.fixture
def repo(tmp_path):
    return repository(tmp_path / "web")


def note(session: str, ranges: str = "1-4,9") -> str:
    data = {
        "schema_version": "authorship/3.0.0",
        "sessions": {"s_00000000000001": {"agent_id": {"tool": "claude", "id": session, "model": "opus"}}},
    }
    return f"src/a.py\n  s_00000000000001::t_00000000000002 {ranges}\n---\n{json.dumps(data)}"


def test_a_second_reading_of_an_unchanged_repository_gives_nothing(repo):
    repo.commit("one")
    reading = repo.read(repo.read().cursor)
    assert (reading.commits.num_rows, reading.evidence.num_rows, reading.whole) == (0, 0, False)


def test_a_second_reading_gives_only_new_commits(repo):
    repo.commit("one")
    cursor = repo.read().cursor
    sha = repo.commit("two")
    assert list(commits_of(repo.read(cursor))) == [sha]


def test_a_merge_tells_the_commits_it_brought_again_with_their_pull_request(repo):
    repo.commit("one")
    repo.branch("topic")
    topic = repo.commit("two")
    cursor = repo.read().cursor
    repo.to("main")
    merge = repo.merge("Merge pull request #5 from acme/topic\n\nT\n", "topic")
    repo.git("branch", "-D", "topic")
    reading = repo.read(cursor)
    rows = commits_of(reading)
    assert rows.keys() == {topic, merge}
    assert (rows[topic]["pull_request_id"][-2:], rows[topic]["branch"]) == ("#5", "topic")
    assert pulls_of(reading)[5]["commits"] == 1


def test_commits_of_a_deleted_branch_keep_its_name_after_a_squash(repo):
    repo.commit("one")
    repo.branch("topic")
    topic = repo.commit("two", {"t.txt": "t\n"})
    cursor = repo.read().cursor
    repo.to("main")
    repo.squash("T (#5)", "topic")
    repo.git("branch", "-D", "topic")
    rows = commits_of(repo.read(cursor))
    assert topic not in rows or rows[topic]["branch"] == "topic"


def test_a_branch_once_known_is_kept_when_it_was_merged_by_fast_forward(repo):
    repo.commit("one")
    repo.branch("topic")
    topic = repo.commit("two")
    cursor = repo.read().cursor
    repo.to("main")
    repo.git("merge", "-q", "--ff-only", "topic")
    repo.git("branch", "-D", "topic")
    row = commits_of(repo.read(cursor))[topic]
    assert (row["branch"], row["on_default_branch"]) == ("topic", True)


def test_a_force_push_takes_rewritten_commits_off_the_default_branch(repo):
    repo.commit("one")
    bad = repo.commit("Bad (#7)")
    first = repo.read()
    repo.git("reset", "-q", "--hard", "HEAD~1")
    good = repo.commit("Good (#8)")
    reading = repo.read(first.cursor)
    rows = commits_of(reading)
    assert rows.keys() == {bad, good}
    assert (rows[bad]["on_default_branch"], rows[bad]["pull_request_id"]) == (False, None)
    assert rows[good]["on_default_branch"]
    assert reading.gone["pull_requests"] == ("github.com/acme/web#7",)


def test_history_whose_old_tips_were_pruned_is_read_whole(repo):
    repo.commit("one")
    repo.commit("two")
    cursor = repo.read().cursor
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.commit("other")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "-q", "--prune=now")
    reading = repo.read(cursor)
    assert (reading.whole, reading.commits.num_rows) == (True, 2)


def test_notes_are_line_level_evidence_with_the_tools_session(repo):
    sha = repo.commit("one")
    repo.note(sha, note("11111111-2222-3333-4444-555555555555"))
    (row,) = repo.read().evidence.to_pylist()
    assert (row["kind"], row["tool"], row["model"], row["lines"]) == ("note", "claude_code", "opus", 5)
    assert (row["subject_id"], row["session_id"]) == (
        f"github.com/acme/web@{sha}",
        "11111111-2222-3333-4444-555555555555",
    )
    assert row["occurred_at"] is not None


def test_a_note_added_later_is_read_without_reading_commits_again(repo):
    one, two = repo.commit("one"), repo.commit("two")
    repo.note(one, note("s1"))
    cursor = repo.read().cursor
    repo.note(two, note("s2"))
    reading = repo.read(cursor)
    assert reading.commits.num_rows == 0
    assert reading.evidence["session_id"].to_pylist() == ["s2"]


def test_a_rewritten_note_takes_back_what_it_said_before(repo):
    sha = repo.commit("one")
    repo.note(sha, note("s1"))
    first = repo.read()
    repo.note(sha, note("s2"))
    reading = repo.read(first.cursor)
    assert reading.gone["evidence"] == tuple(first.evidence["evidence_id"].to_pylist())
    repo.git("notes", "--ref=ai", "remove", sha)
    assert repo.read(reading.cursor).gone["evidence"] == tuple(reading.evidence["evidence_id"].to_pylist())


def test_a_broken_note_is_counted_and_the_others_are_read(repo):
    one, two = repo.commit("one"), repo.commit("two")
    repo.note(one, "src/a.py\n  key 1-2\n---\n{broken")
    repo.note(two, note("s2"))
    reading = repo.read()
    assert reading.evidence["session_id"].to_pylist() == ["s2"]
    assert "the note's JSON is broken" in {rejected.why for rejected in reading.rejected}


def test_everything_to_write_comes_as_one_list_with_the_cursor_last(repo):
    repo.commit("one\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n")
    reading = repo.read()
    *upserts, cursor = reading.changes()
    assert [change.table for change in upserts if isinstance(change, Upsert)] == ["commits", "evidence"]
    assert cursor == Cursor("git", str(repo.path / ".git"), reading.cursor)
    repo.git("reset", "-q", "--hard")
    assert not [
        change for change in repo.read(reading.cursor).changes() if isinstance(change, Upsert | Delete)
    ]


@pytest.mark.parametrize("seed", range(6))
def test_reading_in_steps_comes_to_the_same_as_reading_at_once(repo, seed):
    """Random branches, merges, squashes and notes; the facts gathered step by step equal one whole reading. A branch's
    name is compared only while its ref stands, since a whole reading cannot know a deleted one.
    """
    dice = random.Random(seed)
    repo.commit("start")
    held: dict[str, dict[str, dict]] = {"commits": {}, "pull_requests": {}, "evidence": {}}
    keys = {"commits": "sha", "pull_requests": "number", "evidence": "evidence_id"}
    cursor = None
    for step in range(14):
        repo.to("main")
        repo.branch(f"b{step}")
        for _ in range(dice.randint(1, 2)):
            sha = repo.commit(f"work {step}", {f"{step}.txt": f"{dice.random()}\n"})
            if dice.random() < 0.3:
                repo.note(sha, note(f"s{step}"))
        repo.to("main")
        match dice.randint(0, 3):
            case 0:
                repo.merge(f"Merge pull request #{step} from acme/b{step}\n\nT\n", f"b{step}")
            case 1:
                repo.squash(f"T (#{step})", f"b{step}")
            case 2:
                repo.merge(f"Merge branch 'b{step}'", f"b{step}")
        if dice.random() < 0.5:
            reading = repo.read(cursor)
            cursor = reading.cursor
            for name, rows in held.items():
                rows.update(by_key(getattr(reading, name), keys[name]))
    last, whole = repo.read(cursor), repo.read()
    for name, rows in held.items():
        rows.update(by_key(getattr(last, name), keys[name]))
        assert rows == by_key(getattr(whole, name), keys[name])
