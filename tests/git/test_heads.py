from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payback.delivery.links import Work, assign
from payback.sources.git.differences import patches
from payback.sources.git.reflog import left_in
from payback.sources.git.squashes import is_named
from tests.delivery.build import request, usage
from tests.git.build import ANA, GITHUB, START, Repo, commits_of, pulls_of, repository

BO = ("Bo", "bo@acme.example")
LINES = "".join(f"line {number}\n" for number in range(30))


@pytest.fixture
def repo(tmp_path):
    made = repository(tmp_path / "web")
    made.commit("first", {"a.py": LINES, "b.py": LINES})
    return made


def edited(number: int, by: str = "x") -> str:
    return LINES.replace(f"line {number}\n", f"line {number} {by}\n")


def offer(repo: Repo, branch: str, files: dict, subject: str = "wip", **how) -> str:
    """A branch from main with one commit; main is checked out again."""
    repo.branch(branch, "main")
    sha = repo.commit(subject, files, **how)
    repo.to("main")
    return sha


def heads(repo: Repo, cursor: str | None = None) -> dict[int, str | None]:
    return {number: row["head_branch"] for number, row in pulls_of(repo.read(cursor)).items()}


def test_a_squash_on_unmoved_ground_comes_from_the_branch_with_its_tree(repo):
    sha = offer(repo, "topic", {"a.py": edited(3)})
    repo.squash("Entirely renamed (#5)", "topic")
    reading = repo.read()
    pull = pulls_of(reading)[5]
    assert (pull["head_branch"], pull["commits"], pull["first_commit_at"]) == (
        "topic",
        1,
        START + timedelta(hours=2),
    )
    assert commits_of(reading)[sha]["pull_request_id"] == "github.com/acme/web#5"


def test_a_squash_after_others_comes_from_the_branch_with_the_same_contents(repo):
    offer(repo, "topic", {"a.py": edited(3)})
    offer(repo, "other", {"a.py": edited(4)})
    repo.commit("elsewhere", {"c.py": "c\n"})
    repo.squash("Renamed (#5)", "topic")
    assert heads(repo) == {5: "topic"}


def test_a_squash_into_a_file_that_moved_on_comes_from_the_branch_with_the_same_lines(repo):
    offer(repo, "topic", {"a.py": edited(3)})
    offer(repo, "other", {"a.py": edited(20, "y")})
    repo.commit("above", {"a.py": f"new\n{LINES}"})
    repo.squash("Renamed (#5)", "topic")
    assert heads(repo) == {5: "topic"}


def test_the_same_change_by_someone_else_under_another_name_is_not_the_origin(repo):
    offer(repo, "mine", {"a.py": edited(3)}, author=BO)
    offer(repo, "real", {"a.py": edited(3)})
    repo.commit("elsewhere", {"c.py": "c\n"})
    repo.squash("Renamed (#5)", "real")
    repo.forget("real")
    assert heads(repo) == {5: None}


def test_a_branch_that_went_on_after_its_squash_gives_it_only_what_came_before(repo):
    before = offer(repo, "topic", {"a.py": edited(3)})
    repo.squash("One (#5)", "topic")
    repo.to("topic")
    after = repo.commit("later", {"b.py": edited(9)})
    reading = repo.read()
    rows = commits_of(reading)
    assert pulls_of(reading)[5]["head_branch"] == "topic"
    assert rows[before]["pull_request_id"].endswith("#5")
    assert (rows[after]["pull_request_id"], rows[after]["branch"]) == (None, "topic")


def test_a_branch_squashed_twice_is_the_origin_of_both(repo):
    one = offer(repo, "topic", {"a.py": edited(3)})
    repo.squash("One (#5)", "topic")
    repo.to("topic")
    two = repo.commit("more", {"b.py": edited(9)})
    repo.to("main")
    repo.squash("Two (#6)", "topic")
    reading = repo.read()
    rows = commits_of(reading)
    assert heads(repo) == {5: "topic", 6: "topic"}
    assert [rows[sha]["pull_request_id"][-2:] for sha in (one, two)] == ["#5", "#6"]


def test_a_stacked_branch_keeps_to_its_own_commits(repo):
    lower = offer(repo, "lower", {"a.py": edited(3)})
    repo.branch("upper", "lower")
    upper = repo.commit("more", {"b.py": edited(9)})
    repo.to("main")
    repo.squash("Lower (#5)", "lower")
    repo.git("checkout", "upper", "--", "b.py")
    repo.commit("Upper (#6)", {}, committer=GITHUB)
    reading = repo.read()
    rows = commits_of(reading)
    assert {number: row["head_branch"] for number, row in pulls_of(reading).items()} == {
        5: "lower",
        6: "upper",
    }
    assert [rows[sha]["pull_request_id"][-2:] for sha in (lower, upper)] == ["#5", "#6"]


def test_a_branch_on_top_of_the_deleted_origin_is_not_taken_for_it(repo):
    offer(repo, "lower", {"a.py": edited(3)})
    repo.branch("upper", "lower")
    repo.commit("more", {"b.py": edited(9)})
    repo.to("main")
    repo.squash("Lower (#5)", "lower")
    repo.forget("lower")
    assert heads(repo) == {5: None}


def test_a_backport_made_after_the_squash_is_not_its_origin(repo):
    offer(repo, "topic", {"a.py": edited(3)})
    squash = repo.squash("One (#5)", "topic")
    repo.forget("topic")
    repo.branch("backport", "HEAD~1")
    repo.git("cherry-pick", squash, when=repo.next_hour())
    repo.to("main")
    repo.git("reflog", "expire", "--expire=now", "--all")
    assert heads(repo) == {5: None}


def test_a_branch_that_holds_the_squash_is_not_its_origin(repo):
    offer(repo, "inner", {"a.py": edited(3)})
    repo.branch("outer", "main")
    repo.squash("Inner (#5)", "inner")
    repo.to("main")
    repo.forget("inner")
    assert heads(repo) == {5: None}


def test_two_branches_at_one_commit_leave_it_open_unless_a_name_tells(repo):
    for number, names in ((5, ("red", "blue")), (6, ("black", "WEB-12-lights"))):
        offer(repo, names[0], {f"{number}.py": "x\n"})
        repo.git("branch", names[1], names[0])
        repo.squash(f"WEB-12 Turn on (#{number})", names[0])
    assert heads(repo) == {5: None, 6: "WEB-12-lights"}


def test_commits_that_a_squash_lists_are_its_own_even_where_its_lines_differ(repo):
    repo.branch("topic", "main")
    repo.commit("one", {"a.py": edited(3)})
    repo.commit("Add the second part", {"a.py": edited(4)}, author=BO)
    repo.to("main")
    repo.commit(
        "All (#5)\n\n* one\n\n* Add the second part\n", {"a.py": edited(3, "otherwise")}, committer=GITHUB
    )
    assert heads(repo) == {5: "topic"}


def test_a_squash_that_lists_more_than_the_branch_holds_is_not_from_it(repo):
    repo.branch("topic", "main")
    repo.commit("one", {"a.py": edited(3)})
    repo.commit("Add the second part", {"a.py": edited(4)})
    repo.to("main")
    repo.commit(
        "All (#5)\n\n* one\n* Add the second part\n* three\n", {"a.py": edited(3, "z")}, committer=GITHUB
    )
    assert heads(repo) == {5: None}


@pytest.mark.parametrize(
    ("title", "author", "path", "days", "found"),
    [
        ("Fix the door", ANA, "a.py", 1, "topic"),
        ("Fix it", ANA, "a.py", 1, None),
        ("Fix the door", BO, "a.py", 1, None),
        ("Fix the door", ANA, "b.py", 1, None),
        ("Fix the door", ANA, "a.py", 40, None),
    ],
)
def test_a_title_alone_is_too_little(repo, title, author, path, days, found):
    """A branch of one commit with the squash's telling title is its origin by author, paths and time."""
    offer(repo, "topic", {"a.py": edited(3)}, title, author=author)
    when = START + timedelta(days=days)
    repo.commit(f"{title} (#5)", {path: edited(3, "otherwise")}, committer=GITHUB, when=when)
    assert heads(repo) == {5: found}


def test_a_title_that_two_squashes_have_tells_neither(repo):
    offer(repo, "topic", {"a.py": edited(3)}, "Fix the door")
    repo.commit("Fix the door (#5)", {"b.py": edited(3)}, committer=GITHUB)
    repo.commit("Fix the door (#6)", {"a.py": edited(3, "otherwise")}, committer=GITHUB)
    assert heads(repo) == {5: None, 6: None}


@pytest.mark.parametrize(
    ("branch", "found"),
    [("WEB-7-go", "WEB-7-go"), ("fix/go-far-away-99", "fix/go-far-away-99"), ("go", None)],
)
def test_a_name_counts_with_the_same_paths_and_author(repo, branch, found):
    offer(repo, branch, {"a.py": edited(3), "b.py": edited(3)})
    repo.commit(
        "WEB-7 Go far away (#5)" if "WEB" in branch else "Go far away (#5)",
        {"a.py": edited(3, "z"), "b.py": edited(3)},
        committer=GITHUB,
    )
    assert heads(repo) == {5: found}


def test_tickets_and_whole_titles_are_found_in_names():
    assert is_named("web-12-lights", "WEB-12: turn on")
    assert is_named("feat/turn-on-the-lights-3f", "Turn on the lights!")
    assert not is_named("web-123-lights", "WEB-12: turn on")
    assert not is_named("feat/fix-it", "Fix it")
    assert not is_named("main", "")


def test_a_branch_deleted_after_its_squash_is_known_from_the_diary_of_the_checkout(repo):
    sha = offer(repo, "topic", {"a.py": edited(3)})
    repo.squash("One (#5)", "topic")
    repo.git("branch", "-D", "topic")
    reading = repo.read()
    assert pulls_of(reading)[5]["head_branch"] == "topic"
    assert (commits_of(reading)[sha]["branch"], commits_of(reading)[sha]["pull_request_id"][-2:]) == (
        "topic",
        "#5",
    )
    assert repo.read(reading.cursor).commits.num_rows == 0


def test_a_branch_deleted_between_two_readings_is_still_the_origin(repo):
    sha = offer(repo, "topic", {"a.py": edited(3)})
    cursor = repo.read().cursor
    repo.squash("One (#5)", "topic")
    repo.forget("topic")
    reading = repo.read(cursor)
    assert pulls_of(reading)[5]["head_branch"] == "topic"
    row = commits_of(reading)[sha]
    assert (row["branch"], row["pull_request_id"], row["on_default_branch"]) == (
        "topic",
        "github.com/acme/web#5",
        False,
    )


def test_a_branch_once_found_is_kept_when_its_pull_request_is_told_again(repo):
    offer(repo, "topic", {"a.py": edited(3)})
    repo.squash("One (#5)", "topic")
    first = repo.read()
    repo.forget("topic")
    second = repo.read(first.cursor)
    assert pulls_of(second) == {}
    repo.git("gc", "-q", "--prune=now")
    repo.commit("next", {"c.py": "c\n"})
    third = repo.read(first.cursor)
    assert third.whole
    assert pulls_of(third)[5]["head_branch"] == "topic"


def test_a_mirrors_ref_names_the_branch_at_its_commit_and_the_title_does_not_matter(repo):
    head = offer(repo, "topic", {"a.py": edited(3)})
    repo.commit("Other words (#5)", {"b.py": edited(9)}, committer=GITHUB)
    repo.git("update-ref", "refs/pull/5/head", head)
    assert heads(repo) == {5: "topic"}


def test_a_merge_that_names_no_branch_comes_from_the_one_at_its_second_parent(repo):
    sha = offer(repo, "topic", {"a.py": edited(3)})
    repo.merge("Merged PR 8: A title", "topic")
    assert heads(repo) == {8: "topic"}
    assert commits_of(repo.read())[sha]["branch"] == "topic"


def test_a_pull_request_known_only_from_its_head_is_open_until_it_is_merged(repo):
    repo.branch("topic", "main")
    repo.commit("Begin it", {"a.py": edited(3)})
    head = repo.commit("Go on", {"a.py": edited(4)})
    repo.to("main")
    repo.git("update-ref", "refs/pull/5/head", head)
    reading = repo.read()
    pull = pulls_of(reading)[5]
    assert (pull["state"], pull["title"], pull["head_branch"]) == ("open", "Begin it", "topic")
    assert (pull["commits"], pull["merged_at"], pull["merge_commit"]) == (2, None, None)
    assert pull["first_commit_at"] == START + timedelta(hours=2)
    repo.squash("Begin it (#5)", "topic")
    repo.git("branch", "-D", "topic")
    later = repo.read(reading.cursor)
    assert (pulls_of(later)[5]["state"], pulls_of(later)[5]["head_branch"]) == ("merged", "topic")
    assert later.gone["pull_requests"] == ()


def test_a_head_left_behind_for_a_quarter_counts_as_closed(repo):
    head = offer(repo, "topic", {"a.py": edited(3)})
    repo.git("update-ref", "refs/pull/5/head", head)
    first = repo.read()
    repo.commit("much later", {"c.py": "c\n"}, when=START + timedelta(days=100))
    assert pulls_of(first)[5]["state"] == "open"
    assert pulls_of(repo.read(first.cursor))[5]["state"] == "closed"


def test_a_pull_request_whose_head_is_gone_is_withdrawn(repo):
    head = offer(repo, "topic", {"a.py": edited(3)})
    repo.git("update-ref", "refs/pull/5/head", head)
    first = repo.read()
    repo.git("update-ref", "-d", "refs/pull/5/head")
    assert repo.read(first.cursor).gone["pull_requests"] == ("github.com/acme/web#5",)


def test_a_head_whose_commits_stand_on_the_default_branch_again_was_rebased(repo):
    one = offer(repo, "topic", {"a.py": edited(3)}, "Once more")
    repo.git("update-ref", "refs/pull/5/head", one)
    repo.commit("elsewhere", {"c.py": "c\n"})
    repo.git("cherry-pick", one)
    landed = repo.git("rev-parse", "HEAD")
    reading = repo.read()
    pull = pulls_of(reading)[5]
    assert (pull["state"], pull["merge_method"], pull["merge_commit"]) == ("merged", "rebase", landed)
    assert (pull["title"], pull["head_branch"], pull["commits"]) == ("Once more", "topic", 1)
    assert commits_of(reading)[landed]["pull_request_id"].endswith("#5")


def test_a_head_whose_commits_went_in_with_another_pull_request_is_not_merged(repo):
    one = offer(repo, "first-try", {"a.py": edited(3)}, "Once more")
    repo.git("update-ref", "refs/pull/5/head", one)
    repo.branch("second-try", "main")
    repo.git("cherry-pick", one, when=repo.next_hour())
    again = repo.git("rev-parse", "HEAD")
    repo.to("main")
    repo.merge("Merge pull request #6 from acme/second-try\n\nT\n", "second-try")
    reading = repo.read()
    assert {number: row["state"] for number, row in pulls_of(reading).items()} == {5: "open", 6: "merged"}
    assert commits_of(reading)[again]["pull_request_id"].endswith("#6")


def test_a_partial_clone_compares_contents_by_name(repo, tmp_path):
    offer(repo, "topic", {"a.py": edited(3)})
    repo.commit("elsewhere", {"c.py": "c\n"})
    repo.squash("Renamed (#5)", "topic")
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git(
        "clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{repo.path}", str(tmp_path / "part")
    )
    assert heads(Repo(tmp_path / "part")) == {5: "topic"}


def test_work_on_a_squashed_branch_is_booked_on_its_pull_request_once(repo):
    offer(repo, "topic", {"a.py": edited(3)})
    repo.squash("One (#5)", "topic")
    reading = repo.read()
    known = Work(
        reading.commits, reading.pull_requests, reading.evidence, default_branches={reading.repo: "main"}
    )
    rows = [request(number, at, repo=reading.repo) for number, at in enumerate((1.5, 2.5, 3.5))]
    found = assign(usage(*rows), known).to_pylist()
    assert [(row["how"], (row["pull_request_id"] or "")[-2:]) for row in found] == [
        ("branch_commit", "#5"),
        ("branch_pull_request", "#5"),
        ("branch_only", ""),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_no_squash_is_ever_given_a_wrong_branch(repo, seed):
    """Random work of two people on two files, squashed in any order under two titles; some branches vanish, some are
    never merged. No two of them make the very same change: that would be beyond telling.
    """
    dice, people = random.Random(seed), (BO, ANA)
    waiting: list[int] = []
    for number in range(1, 16):
        repo.branch(f"b{number}", dice.choice(["main", "main", *(f"b{one}" for one in waiting[-1:])]))
        for _ in range(dice.randint(1, 3)):
            name = dice.choice("ab")
            text = (repo.path / f"{name}.py").read_text() + f"{number} {dice.randint(0, 4)}\n"
            repo.commit(dice.choice(["Fix it", "wip"]), {f"{name}.py": text}, author=people[number % 2])
        repo.to("main")
        waiting.append(number)
        if dice.random() < 0.7:
            done = waiting.pop(dice.randrange(len(waiting)))
            repo.git("merge", "-q", "--squash", "-X", "ours", f"b{done}")
            repo.commit(
                f"{dice.choice(['Fix it', 'wip'])} (#{done})", {}, author=people[done % 2], committer=GITHUB
            )
            if dice.random() < 0.3:
                repo.forget(f"b{done}")
    found = heads(repo)
    assert {number: head for number, head in found.items() if head not in {None, f"b{number}"}} == {}
    assert any(found.values())


@given(st.lists(st.binary(max_size=120), max_size=8))
def test_a_diary_of_any_bytes_never_raises(lines):
    assert isinstance(left_in(lines), dict)


def test_a_diary_names_branches_but_no_hashes():
    old, new = b"a" * 40, b"b" * 40
    who = b"Ana <ana@acme.example> 1772442000 +0000\tcheckout: moving from "
    lines = [
        old + b" " + new + b" " + who + b"topic to main",
        old + b" " + new + b" " + who + new + b" to main",
        old + b" " + new + b" Ana <a@b> 1 +0000\tcommit: moving from x to y",
    ]
    assert left_in(lines) == {"topic": "a" * 40}


@given(st.binary(max_size=300), st.integers(1, 40))
def test_patches_of_any_bytes_never_raise(content, step):
    chunks = [content[at : at + step] for at in range(0, len(content), step)]
    assert isinstance(list(patches(chunks)), list)
