"""Lines followed through the kinds of history that break things."""

from __future__ import annotations

import threading
import zlib
from datetime import timedelta

import pytest

from payback.delivery.fates.cohorts import fates, grouped, rows
from payback.delivery.fates.lines import LINES, THESEUS
from payback.errors import SourceError
from payback.sources.git.command import ahead, run, stream
from payback.sources.git.following import authors
from payback.sources.git.survival import followed, standing
from payback.sources.git.survival_report import all_of, asked, histories, parsed_ages, told
from tests.git.build import ANA, GIT, START, repository
from tests.git.fates_build import Invented, last, lines_of

CLAUDE = "\n\nCo-Authored-By: Claude <noreply@anthropic.com>"
DAY = 86400


def text(*words: str, end: str = "\n") -> str:
    return "".join(f"the line {word}{end}" for word in words)


def alive(repo, *ages: int, now=None, by: str = "ai_class"):
    """Rows of one repository as (added, alive) by kind and age."""
    history = followed(GIT, repo.path).history
    moment = int((now or START + timedelta(days=400)).timestamp())
    kind = {"ai_class": lambda one: history.mark_of(one)[0], "tool": lambda one: history.mark_of(one)[1]}[by]
    found = rows(grouped(fates(history, ages, moment), kind), by)
    return {(row[by], row["age_days"]): (row["added"], row["alive"]) for row in found}


@pytest.fixture
def repo(tmp_path):
    return repository(tmp_path / "web")


def at(days: float):
    return START + timedelta(days=days)


def test_a_line_lives_until_the_commit_that_takes_it_out(repo):
    first = repo.commit("a", {"a.py": text("one", "two", "three", "four") + "\n  \nx=1\n}\n"}, when=at(0))
    second = repo.commit("b" + CLAUDE, {"a.py": text("one", "2", "three", "four")}, when=at(20))
    repo.commit("c", {"a.py": text("one", "2")}, when=at(45))
    assert followed(GIT, repo.path).history.shas[:2] == [first, second]
    assert alive(repo, 14, 30, 60) == {
        ("agent_assisted", 14): (1, 1), ("agent_assisted", 30): (1, 1), ("agent_assisted", 60): (1, 1),
        ("none_detected", 14): (4, 4), ("none_detected", 30): (4, 3), ("none_detected", 60): (4, 1),
    }  # fmt: skip
    assert alive(repo, 14, by="tool") == {("claude_code", 14): (1, 1), (None, 14): (4, 4)}


def test_a_line_taken_out_at_an_age_to_the_second_is_not_alive_at_it(repo):
    repo.commit("a", {"a.py": text("one", "two", "three")}, when=at(0))
    repo.commit("b", {"a.py": text("one", "two")}, when=at(30))
    repo.commit("c", {"a.py": text("one")}, when=at(30) + timedelta(seconds=1))
    assert alive(repo, 30) == {("none_detected", 30): (3, 2)}


def test_commits_that_are_not_old_enough_are_locked_and_not_counted(repo):
    repo.commit("a", {"a.py": text("one", "two")}, when=at(0))
    repo.commit("b", {"b.py": text("three")}, when=at(20))
    assert alive(repo, 14, 30, 60, now=at(31)) == {
        ("none_detected", 14): (2, 2), ("none_detected", 30): (2, 2), ("none_detected", 60): (0, None),
    }  # fmt: skip
    assert alive(repo, 14, now=at(34)) == {("none_detected", 14): (3, 3)}


def test_a_line_that_moves_or_is_indented_stays_the_line_of_who_wrote_it(repo):
    first = repo.commit("a", {"a.py": text("one", "two", "three"), "b.py": text("four")})
    second = repo.commit(
        "b", {"a.py": text("three"), "b.py": "\tthe line one\n" + text("new", "four", "two")}
    )
    assert last(repo.path) == {first: 4, second: 1}
    assert last(repo.path, THESEUS) == {first: 2, second: 3}


def test_a_line_that_moves_is_looked_for_in_its_own_file_first(repo):
    first = repo.commit("a", {"a.py": text("one") + text("mine"), "b.py": text("keep")})
    second = repo.commit("b", {"b.py": text("keep") + text("mine")})
    repo.commit("c", {"a.py": text("mine") + text("one"), "b.py": text("keep")})
    assert last(repo.path) == {first: 3}
    assert list(lines_of(repo.path).values())[1] == {first: 3, second: 1}


def test_short_and_blank_lines_do_not_count_whatever_their_encoding(repo):
    sha = repo.commit("a", {"a.py": "abc\nabcd\n   \n\né=1\né=12\n  }\nend\n"})
    assert last(repo.path) == {sha: 2}
    assert last(repo.path, THESEUS) == {sha: 8}


def test_line_endings_changed_to_crlf_leave_every_line_where_it_was(repo):
    first = repo.commit("a", {"a.py": text("one", "two", "three")})
    repo.commit("b", {"a.py": text("one", "two", "three", end="\r\n")})
    assert last(repo.path) == {first: 3}


def test_a_file_renamed_and_edited_keeps_its_other_lines(repo):
    first = repo.commit("a", {"old name.py": text(*map(str, range(20)))})
    repo.git("mv", "old name.py", "new.py")
    second = repo.commit("b", {"new.py": text(*map(str, range(19)), "changed")})
    repo.git("mv", "new.py", 'dir "quoted"\t.py')
    third = repo.commit("c", {'dir "quoted"\t.py': text("top", *map(str, range(19)), "changed")})
    assert last(repo.path) == {first: 19, second: 1, third: 1}
    assert last(repo.path, THESEUS) == {first: 19, second: 1, third: 1}


def test_a_binary_file_has_no_lines_and_text_that_becomes_binary_is_gone(repo):
    first = repo.commit("a", {"a.dat": text("one", "two"), "b.py": text("three")})
    repo.commit("b", {"a.dat": b"\0\1\2" * 50, "c.bin": b"\0" * 9})
    assert last(repo.path) == {first: 1}
    again = repo.commit("c", {"a.dat": text("one", "two"), "c.bin": text("four")})
    more = repo.commit("d", {"a.dat": text("one", "two", "five")})
    assert last(repo.path)[first] == 1
    assert last(repo.path)[more] == 1
    assert last(repo.path)[again] == 0


def test_vendored_and_generated_files_are_not_lines_of_anybody(repo):
    repo.write(".gitattributes", "made/* linguist-generated\n")
    first = repo.commit("a", {"vendor/x.py": text("a", "b"), "made/y.py": text("c"), "z.py": text("own")})
    assert last(repo.path)[first] == 2  # the line of .gitattributes and that of z.py
    assert last(repo.path, THESEUS)[first] == 5


def test_a_change_of_gitattributes_counts_everything_anew(repo, tmp_path):
    repo.commit("a", {"made/y.py": text("c", "d"), "z.py": text("own")})
    assert sum(last(repo.path, LINES, tmp_path).values()) == 3
    repo.commit("b", {".gitattributes": "made/* linguist-generated\n"})
    assert sum(last(repo.path, LINES, tmp_path).values()) == 2


def test_a_merged_branch_brings_its_lines_as_those_of_the_commits_that_wrote_them(repo):
    first = repo.commit("a", {"a.py": text("one", "two")})
    repo.branch("side")
    wrote = repo.commit("b", {"a.py": text("one", "two", "side"), "s.py": text("s")})
    repo.to("main")
    main = repo.commit("c", {"a.py": text("zero", "one", "two")})
    merge = repo.merge("m", "side")
    found = lines_of(repo.path)
    assert found[main] == {first: 2, main: 1}
    assert found[merge] == {first: 2, main: 1, wrote: 2}
    assert wrote not in found


def test_what_a_merge_itself_writes_is_its_own(repo):
    first = repo.commit("a", {"a.py": text("one", "two", "three")})
    repo.branch("side")
    side = repo.commit("b", {"a.py": text("one", "side", "three")})
    repo.to("main")
    repo.commit("c", {"a.py": text("one", "main", "three")})
    repo.git("merge", "-q", "--no-commit", "-s", "ours", "side")
    merge = repo.commit("m", {"a.py": text("one", "side", "and more", "three")})
    assert last(repo.path) == {first: 2, side: 1, merge: 1}


def test_lines_that_a_branch_rewrote_before_it_was_merged_are_nobodys(repo):
    repo.commit("a", {"a.py": text("one")})
    repo.branch("side")
    draft = repo.commit("b", {"s.py": text("draft", "kept")})
    final = repo.commit("c", {"s.py": text("final", "kept")})
    repo.to("main")
    repo.merge("m", "side")
    assert {sha: lines for sha, lines in last(repo.path).items() if sha in {draft, final}} == {
        draft: 1,
        final: 1,
    }
    history = followed(GIT, repo.path).history
    added = {history.shas[one.commit]: one.added for one in fates(history, (30,), 2_000_000_000)}
    assert added[draft] == 1


def test_a_line_that_a_later_merge_brings_back_was_not_lost_and_came_once(repo):
    """The branch never lost it, and the merge has the branch's file."""
    first = repo.commit("a", {"a.py": text("one", "two", "three")}, when=at(0))
    repo.branch("side")
    repo.commit("b", {"a.py": text("one", "two", "three", "four")}, when=at(1))
    repo.to("main")
    repo.commit("c", {"a.py": text("one")}, when=at(2))
    again = repo.commit("d", {"a.py": text("one", "two", "three")}, when=at(3))
    repo.merge("m", "side", when=at(4))
    history = followed(GIT, repo.path).history
    found = {
        history.shas[one.commit]: (one.added, one.alive)
        for one in fates(history, (30,), int(at(99).timestamp()))
    }
    assert (found[first], found[again]) == ((3, 3), (2, 0))
    assert alive(repo, 30) == {("none_detected", 30): (6, 4)}


def test_an_octopus_merge_takes_each_file_from_the_branch_that_has_it(repo):
    first = repo.commit("a", {"a.py": text("one")})
    wrote = []
    for name in ("x", "y", "z"):
        repo.branch(name, first)
        wrote.append(repo.commit(name, {f"{name}.py": text(name, "more")}))
    repo.to("main")
    repo.merge("m", "x", "y", "z")
    assert last(repo.path) == {first: 1, **dict.fromkeys(wrote, 2)}


def test_two_histories_without_a_common_start_are_joined(repo):
    first = repo.commit("a", {"a.py": text("one")})
    repo.git("checkout", "-q", "--orphan", "other")
    repo.git("rm", "-qf", "a.py")
    other = repo.commit("b", {"b.py": text("two", "three")})
    repo.to("main")
    repo.merge("m", "other", "--allow-unrelated-histories")
    assert last(repo.path) == {first: 1, other: 2}


def test_a_submodule_and_a_link_are_no_lines(repo, tmp_path):
    other = repository(tmp_path / "other")
    other.commit("x", {"x.py": text("x")})
    repo.git("submodule", "--quiet", "add", str(other.path), "sub")
    repo.write(".gitmodules", "")
    (repo.path / "link").symlink_to("the line of a link")
    first = repo.commit("a", {"a.py": text("one")})
    assert last(repo.path) == {first: 1}


def test_a_commit_dated_after_its_merge_or_in_the_far_future_breaks_nothing(repo):
    repo.commit("a", {"a.py": text("one")}, when=at(0))
    repo.branch("side")
    skewed = repo.commit("b", {"s.py": text("s", "gone")}, when=at(9))
    repo.to("main")
    repo.merge("m", "side", when=at(5))
    repo.commit("c", {"s.py": text("s")}, when=at(6))
    future = repo.commit("d", {"f.py": text("f")}, when=at(3000))
    history = followed(GIT, repo.path).history
    found = {
        history.shas[one.commit]: (one.added, one.alive)
        for one in fates(history, (30,), int(at(100).timestamp()))
    }
    assert found[skewed] == (2, 1)
    assert found[future] == (1, None)


def test_a_commit_of_five_thousand_files_is_one_commit(tmp_path):
    made = Invented()
    made.add({f"d{n % 50}/f{n}.py": [f"the line {n}"] for n in range(5000)})
    made.add({f"e{n % 50}/f{n}.py": [f"the line {n}"] for n in range(5000)}, 0)
    shas = made.write(tmp_path / "r")
    assert last(tmp_path / "r") == {shas[0]: 5000}


def test_the_cut_of_a_shallow_clone_is_nobodys(repo, tmp_path):
    for name in "abc":
        repo.commit(name, {f"{name}.py": text(name)})
    repo.git("clone", "-q", "--depth", "2", f"file://{repo.path}", str(tmp_path / "shallow"))
    assert list(last(tmp_path / "shallow").values()) == [1]


def test_a_forced_push_is_read_from_the_beginning(repo, tmp_path):
    first = repo.commit("a", {"a.py": text("one")})
    gone = repo.commit("b", {"b.py": text("two")})
    left = tmp_path / "left"
    assert last(repo.path, LINES, left) == {first: 1, gone: 1}
    repo.git("reset", "-q", "--hard", first)
    assert last(repo.path, LINES, left) == {first: 1}
    other = repo.commit("c", {"c.py": text("three")})
    assert last(repo.path, LINES, left) == {first: 1, other: 1}
    repo.git("commit", "-q", "--amend", "--allow-empty", "-m", "again", when=at(3))
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "-q", "--prune=now")
    assert sum(last(repo.path, LINES, left).values()) == 2


def test_only_new_commits_are_replayed_and_none_where_there_are_none(repo, tmp_path):
    for name in "abc":
        repo.commit(name, {f"{name}.py": text(name)})
    assert followed(GIT, repo.path, LINES, tmp_path).replayed == 3
    assert followed(GIT, repo.path, LINES, tmp_path).replayed == 0
    assert standing(GIT, repo.path, LINES, tmp_path) is not None
    repo.commit("d", {"d.py": text("d")})
    assert standing(GIT, repo.path, LINES, tmp_path) is None
    assert followed(GIT, repo.path, LINES, tmp_path).replayed == 1


def test_a_branch_from_lately_is_gone_on_with_and_one_from_long_ago_is_read_whole(repo, tmp_path):
    def merged(name: str, start: str) -> int:
        repo.branch(name, start)
        repo.commit(name, {f"{name}.py": text(name), "a.py": text("one", "two", name)}, when=at(302))
        repo.to("main")
        repo.git("merge", "-q", "-s", "ours", "--no-ff", "-m", name, name, when=at(303))
        return followed(GIT, repo.path, LINES, tmp_path).replayed

    old = repo.commit("a", {"a.py": text("one", "two")}, when=at(0))
    late = repo.commit("b", {"a.py": text("one", "2")}, when=at(290))
    repo.commit("c", {"a.py": text("1", "2")}, when=at(300))
    followed(GIT, repo.path, LINES, tmp_path)
    assert merged("recent", late) == 2
    assert merged("ancient", old) == 2  # what it stands on was replaced within half a year of the tip
    repo.commit("d", {"a.py": text("1", "2", "3")}, when=at(600))
    followed(GIT, repo.path, LINES, tmp_path)
    assert merged("lost", old) > 2


def test_a_damaged_memory_is_as_good_as_none(repo, tmp_path):
    first = repo.commit("a", {"a.py": text("one")})
    last(repo.path, LINES, tmp_path)
    (file,) = tmp_path.glob("*.lines")
    whole = file.read_bytes()
    for damage in (
        b"",
        whole[:40],
        whole[:-20],
        whole.replace(b'"tip"', b'"tap"'),
        b"payback lines 0" + whole[15:],
    ):
        file.write_bytes(damage)
        assert last(repo.path, LINES, tmp_path) == {first: 1}
        repo.commit("more", {})
        assert last(repo.path, LINES, tmp_path) == {first: 1}


def test_no_line_message_address_or_path_is_left_behind(repo, tmp_path):
    repo.commit(
        "secretmessage", {"secretpath.py": text("secretline")}, author=("Secret Name", "secret@acme.example")
    )
    last(repo.path, LINES, tmp_path)
    (file,) = tmp_path.glob("*.lines")
    held = file.read_bytes()
    starts = [place for place in range(len(held)) if held.startswith(b"\x78\x01", place)]
    packed = [zlib.decompressobj().decompress(held[place:]) for place in starts]
    assert len(packed) == 12
    assert b"secret" not in b"".join([held, *packed]).lower()


def test_notes_that_come_later_change_the_class_and_not_the_lines(repo, tmp_path):
    first = repo.commit("a", {"a.py": text("one")})
    assert followed(GIT, repo.path, LINES, tmp_path).history.mark_of(0) == ("none_detected", None)
    note = '{"schema_version":"authorship/3.0.0","prompts":{"abcde12345":{"agent_id":{"tool":"cursor","id":"s","model":"m"}}}}'
    repo.note(first, f"a.py\n  abcde12345 1\n---\n{note}")
    found = followed(GIT, repo.path, LINES, tmp_path)
    assert found.history.mark_of(0) == ("agent_assisted", "cursor")
    assert found.replayed == 0
    assert standing(GIT, repo.path, LINES, tmp_path) is not None


def test_a_clone_without_contents_is_refused_in_a_sentence(repo, tmp_path):
    repo.commit("a", {"a.py": text("one")})
    repo.commit("b", {"a.py": text("two")})
    repo.git("config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial"
    repo.git("clone", "-q", "--bare", "--filter=blob:none", f"file://{repo.path}", str(partial))
    with pytest.raises(SourceError, match="git log failed in"):
        followed(GIT, partial)


def test_nothing_committed_yet_is_nothing(repo):
    assert followed(GIT, repo.path).tip is None
    assert list(followed(GIT, repo.path).history.shas) == []


def test_a_repositorys_own_settings_change_nothing(repo):
    first = repo.commit("a", {"a.py": text("one", "two", "three"), "b.py": text("b")})
    second = repo.commit("b", {"a.py": text("one", "2", "three")})
    for name, value in (
        ("diff.noprefix", "true"), ("diff.mnemonicPrefix", "true"), ("color.ui", "always"), ("diff.context", "9"),
        ("diff.interHunkContext", "9"), ("log.showRoot", "false"), ("diff.renames", "false"), ("core.quotepath", "true"),
        ("format.pretty", "oneline"), ("log.diffMerges", "off"), ("diff.suppressBlankEmpty", "true"),
    ):  # fmt: skip
        repo.git("config", name, value)
    assert last(repo.path) == {first: 3, second: 1}


def test_several_repositories_are_read_at_once_and_one_that_fails_is_a_value(repo, tmp_path):
    repo.commit("a" + CLAUDE, {"a.py": text("one", "two")})
    other = repository(tmp_path / "other")
    other.commit("b", {"b.py": text("three")})
    found = histories(GIT, [repo.path, tmp_path / "nowhere", other.path], LINES, None, 2)
    assert isinstance(found[1], SourceError)
    with pytest.raises(SourceError, match="nowhere"):
        all_of(found)
    question = asked("lines", "30", "ai_class", (int(at(99).timestamp()), None))
    both = told(all_of([found[0], found[2]]), question, lambda history, one: history.mark_of(one)[0])
    assert [(row["ai_class"], row["added"], row["alive"], row["share"]) for row in both] == [
        ("agent_assisted", 2, 2, 1.0), ("none_detected", 1, 1, 1.0),
    ]  # fmt: skip


def test_the_authors_of_a_history_are_told_by_commit(repo):
    sha = repo.commit("a", author=("Ana", "Ana@Acme.example"), committer=ANA)
    assert authors(GIT, repo.path, sha) == {sha: "ana@acme.example"}


def test_ages_are_days():
    assert parsed_ages("90, 14,14") == (14, 90)
    for wrong in ("x", "-1", "0", "1.5"):
        with pytest.raises(Exception, match="age in days"):
            parsed_ages(wrong)


def test_a_stream_that_is_left_early_takes_nothing_from_the_next(repo):
    """Whoever reads ahead has stopped before the pipe is closed."""
    for number in range(40):
        repo.write(f"f{number}.py", text(*map(str, range(400))))
    repo.commit("a", {})
    words = ["log", "-p", "--format=%H"]
    whole = run(GIT, repo.path, words)
    for _ in range(20):
        with stream(GIT, repo.path, words) as chunks, ahead(chunks) as read:
            next(read)
        with stream(GIT, repo.path, words) as chunks, ahead(chunks) as read:
            assert b"".join(read) == whole
    assert [one.name for one in threading.enumerate() if one.name == "payback-git"] == []
