from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payback.sources.git.history import commits, outlines, tokens
from tests.git.build import ANA, START, by_key, commits_of, pulls_of, repository


@pytest.fixture
def repo(tmp_path):
    return repository(tmp_path / "web")


def test_a_commit_keeps_its_author_dates_subject_and_size(repo):
    sha = repo.commit("Add a page\n\nBecause.\n", {"a.py": "x = 1\ny = 2\n"})
    row = commits_of(repo.read())[sha]
    assert row["commit_id"] == f"github.com/acme/web@{sha}"
    assert (row["author_name"], row["author_email"], row["subject"]) == (*ANA, "Add a page")
    assert row["authored_at"] == row["committed_at"] == START + timedelta(hours=1)
    assert (row["additions"], row["deletions"], row["files"], row["excluded_lines"]) == (2, 0, 1, 0)
    assert (row["on_default_branch"], row["branch"], row["is_merge"], row["parents"]) == (
        True,
        "main",
        False,
        0,
    )


def test_a_rename_counts_only_the_lines_that_changed(repo):
    body = "".join(f"line {number}\n" for number in range(40))
    repo.commit("first", {"old name.py": body})
    repo.git("mv", "old name.py", "new\tname.py")
    sha = repo.commit("move", {"new\tname.py": body + "more\n"})
    row = commits_of(repo.read())[sha]
    assert (row["additions"], row["deletions"], row["files"]) == (1, 0, 1)


def test_crlf_lines_count_once_each(repo):
    sha = repo.commit("dos", {"a.txt": b"one\r\ntwo\r\n"})
    assert commits_of(repo.read())[sha]["additions"] == 2


def test_a_binary_file_is_a_file_without_lines(repo):
    sha = repo.commit("logo", {"logo.png": bytes(range(256)) * 4})
    row = commits_of(repo.read())[sha]
    assert (row["additions"], row["deletions"], row["files"]) == (0, 0, 1)


def test_lock_and_vendored_files_are_counted_apart(repo):
    files = {"app.py": "a\n", "uv.lock": "l\n" * 30, "vendor/x/y.go": "v\n" * 5, "web/app.min.js": "m\n"}
    sha = repo.commit("all", files)
    row = commits_of(repo.read())[sha]
    assert (row["additions"], row["files"], row["excluded_lines"]) == (1, 1, 36)


def test_gitattributes_of_the_tip_rule_over_names(repo):
    sha = repo.commit("gen", {"api/client.py": "c\n" * 7, "dist/kept.py": "k\n", "app.py": "a\n"})
    repo.commit("rules", {".gitattributes": "api/** linguist-generated\ndist/kept.py -linguist-generated\n"})
    row = commits_of(repo.read())[sha]
    assert (row["additions"], row["excluded_lines"], row["files"]) == (2, 7, 2)


def test_a_merge_has_no_lines_of_its_own(repo):
    repo.commit("first")
    repo.branch("topic")
    topic = repo.commit("topic", {"t.py": "t\n"})
    repo.to("main")
    merge = repo.merge("Merge branch 'topic'", "topic")
    rows = commits_of(repo.read())
    assert (rows[merge]["is_merge"], rows[merge]["additions"]) == (True, None)
    assert (rows[topic]["on_default_branch"], rows[topic]["branch"]) == (False, "topic")


def test_a_merged_pull_request_holds_its_commits_first_date_and_size(repo):
    repo.commit("first")
    repo.branch("feature/login")
    one = repo.commit("one", {"l.py": "a\nb\n", "yarn.lock": "x\n" * 9})
    two = repo.commit("two", {"l.py": "a\nc\nd\n"})
    repo.to("main")
    repo.commit("elsewhere", {"z.py": "z\n"})
    merge = repo.merge(
        "Merge pull request #12 from acme/feature/login\n\nLog in with a key\n", "feature/login"
    )
    reading = repo.read()
    pull = pulls_of(reading)[12]
    assert pull["pull_request_id"] == "github.com/acme/web#12"
    assert (pull["title"], pull["head_branch"], pull["base_branch"]) == (
        "Log in with a key",
        "feature/login",
        "main",
    )
    assert (pull["state"], pull["merge_method"], pull["merge_commit"]) == ("merged", "merge", merge)
    assert (pull["commits"], pull["additions"], pull["deletions"], pull["files"]) == (2, 3, 0, 1)
    assert pull["first_commit_at"] == START + timedelta(hours=2)
    assert pull["merged_at"] == START + timedelta(hours=5)
    assert pull["created_at"] is None
    rows = commits_of(reading)
    assert {rows[sha]["pull_request_id"] for sha in (one, two, merge)} == {"github.com/acme/web#12"}
    assert rows[two]["branch"] == "feature/login"


def test_a_squash_merge_is_a_pull_request_whose_commits_are_unknown(repo):
    repo.commit("first")
    repo.branch("feature")
    repo.commit("wip", {"a.py": "a\n"})
    repo.to("main")
    squash = repo.squash("Add a thing (#31) (#34)\n\n* wip\n", "feature")
    repo.forget("feature")
    pull = pulls_of(repo.read())[34]
    assert (pull["merge_method"], pull["title"], pull["commits"]) == ("squash", "Add a thing (#31)", None)
    assert (pull["first_commit_at"], pull["additions"], pull["author"]) == (None, 1, ANA[1])
    assert pull["merge_commit"] == squash


def test_a_mirror_that_holds_the_head_of_a_squashed_pull_request_knows_its_commits(repo):
    repo.commit("first")
    repo.branch("feature")
    head = repo.commit("wip", {"a.py": "a\n"})
    repo.to("main")
    repo.squash("Add a thing (#34)", "feature")
    repo.git("update-ref", "refs/pull/34/head", head)
    repo.git("branch", "-D", "feature")
    reading = repo.read()
    assert (pulls_of(reading)[34]["commits"], commits_of(reading)[head]["pull_request_id"][-3:]) == (1, "#34")


@pytest.mark.parametrize(
    ("message", "number", "head", "base"),
    [
        ("Merge branch 'topic' into 'main'\n\nA title\n\nSee merge request acme/web!7\n", 7, "topic", "main"),
        ("Merged PR 81: A title", 81, "topic", "main"),
        ("Merged in topic (pull request #5)\n\nA title\n", 5, "topic", "main"),
    ],
)
def test_other_hosts_name_their_merges_otherwise(repo, message, number, head, base):
    repo.commit("first")
    repo.branch("topic")
    repo.commit("work")
    repo.to("main")
    repo.merge(message, "topic")
    pull = pulls_of(repo.read())[number]
    assert (pull["title"], pull["head_branch"], pull["base_branch"]) == ("A title", head, base)


def test_an_issue_number_in_a_commit_on_a_branch_is_no_pull_request(repo):
    repo.commit("first")
    repo.branch("topic")
    repo.commit("Fix it (#99)")
    repo.to("main")
    assert pulls_of(repo.read()) == {}


def test_the_merge_wins_over_an_earlier_mention_of_the_same_number(repo):
    repo.commit("Prepare (#12)")
    repo.branch("topic")
    repo.commit("work")
    repo.to("main")
    merge = repo.merge("Merge pull request #12 from acme/topic\n\nReal\n", "topic")
    assert pulls_of(repo.read())[12]["merge_commit"] == merge


def test_a_number_that_only_a_forks_head_mentions_is_not_ours(repo):
    repo.commit("first")
    repo.branch("fork")
    repo.branch("inner")
    repo.commit("x")
    repo.to("fork")
    head = repo.merge("Merge pull request #3 from other/inner\n\nTheirs\n", "inner")
    repo.to("main")
    repo.git("update-ref", "refs/pull/50/head", head)
    repo.git("branch", "-D", "fork", "inner")
    assert pulls_of(repo.read()).keys() == {50}


def test_a_stacked_pull_request_keeps_its_own_commits(repo):
    repo.commit("first")
    repo.branch("base")
    outer = repo.commit("outer")
    repo.branch("stacked")
    inner = repo.commit("inner")
    repo.to("base")
    repo.merge("Merge pull request #2 from acme/stacked\n\nInner\n", "stacked")
    repo.to("main")
    repo.merge("Merge pull request #1 from acme/base\n\nOuter\n", "base")
    rows = commits_of(repo.read())
    assert rows[inner]["pull_request_id"].endswith("#2")
    assert rows[outer]["pull_request_id"].endswith("#1")


def test_a_back_merge_of_the_default_branch_brings_nothing_into_the_pull_request(repo):
    repo.commit("first")
    repo.branch("topic")
    repo.commit("work")
    repo.to("main")
    mainline = repo.commit("mainline")
    repo.to("topic")
    repo.merge("Merge branch 'main' into topic", "main")
    repo.to("main")
    repo.merge("Merge pull request #8 from acme/topic\n\nT\n", "topic")
    reading = repo.read()
    assert commits_of(reading)[mainline]["pull_request_id"] is None
    assert pulls_of(reading)[8]["commits"] == 2


def test_an_octopus_merge_brings_in_every_branch(repo):
    repo.commit("first")
    shas = []
    for name in ("a", "b", "c"):
        repo.branch(name, "main")
        shas.append(repo.commit(name, {f"{name}.txt": "x\n"}))
    repo.to("main")
    merge = repo.merge("Merge pull request #4 from acme/a\n\nAll\n", "a", "b", "c")
    reading = repo.read()
    assert commits_of(reading)[merge]["parents"] == 4
    assert pulls_of(reading)[4]["commits"] == 3
    assert pulls_of(reading)[4]["additions"] == 3


def test_a_commit_dated_after_its_merge_is_kept_as_it_is(repo):
    repo.commit("first")
    repo.branch("topic")
    repo.commit("late", when=START + timedelta(days=30))
    repo.to("main")
    repo.merge("Merge pull request #6 from acme/topic\n\nT\n", "topic")
    pull = pulls_of(repo.read())[6]
    assert pull["first_commit_at"] > pull["merged_at"]


def test_reverts_name_what_they_revert(repo):
    bad = repo.commit("Bad (#20)", {"a": "1\n"})
    sha = repo.commit(
        f'Revert "Bad (#20)" (#21)\n\nThis reverts commit {bad}.\n\nReverts acme/web#20\n', {"a": "2\n"}
    )
    reading = repo.read()
    assert commits_of(reading)[sha]["reverts"] == f"github.com/acme/web@{bad}"
    assert pulls_of(reading)[21]["reverts"] == "github.com/acme/web#20"


def test_a_message_with_any_bytes_in_it_cannot_pass_for_another_commit(repo):
    sha = repo.commit("odd\n\n\x02commit\n1\t2\tfake.py\n", {"a": "1\n"})
    rows = commits_of(repo.read())
    assert list(rows) == [sha]
    assert rows[sha]["additions"] == 1


def test_evidence_of_commits_and_branches_is_told(repo):
    repo.commit("first")
    repo.branch("claude/fix-it")
    repo.commit("Fix\n\nCo-Authored-By: Claude Opus 4.8 <noreply@anthropic.com>\n")
    repo.to("main")
    repo.merge("Merge pull request #9 from acme/claude/fix-it\n\nFix\n", "claude/fix-it")
    rows = by_key(repo.read().evidence, "evidence_id").values()
    kinds = {(row["subject_kind"], row["kind"], row["tool"], row["ai_class"]) for row in rows}
    assert kinds == {
        ("commit", "trailer", "claude_code", "agent_assisted"),
        ("pull_request", "branch", "claude_code", "agent_assisted"),
    }


@given(st.binary(max_size=400), st.integers(1, 50))
def test_reading_any_bytes_as_gits_output_never_raises(content, step):
    chunks = [content[at : at + step] for at in range(0, len(content), step)]
    assert b"\0".join(tokens(chunks)).rstrip(b"\0") == content.rstrip(b"\0")
    for found in (commits(chunks), outlines(chunks)):
        assert isinstance(list(found), list)


@given(st.lists(st.binary(max_size=20), max_size=30))
def test_records_survive_any_cut_of_the_stream(pieces):
    whole = b"".join(
        b"\x02commit\0" + b"\0".join([b"aa", b"", b"n", b"e", b"1", b"n", b"e", b"2", b"m"]) + b"\0"
        for _ in range(3)
    )
    cut = [whole[at : at + 1 + len(pieces)] for at in range(0, len(whole), 1 + len(pieces))]
    assert len(list(commits(cut))) == 3
