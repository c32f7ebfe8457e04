from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from payback.errors import SourceError
from payback.sources.git import Git, discover, repository_of
from payback.sources.git.command import run
from payback.sources.git.reading import read_repository
from tests.git.build import ANA, GIT, NOW, Repo, commits_of, pulls_of, repository

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repo(tmp_path):
    return repository(tmp_path / "web")


def clone(repo: Repo, target: Path, *words: str) -> Repo:
    repo.git("clone", "-q", *words, f"file://{repo.path}", str(target))
    return Repo(target)


def test_an_empty_repository_is_read_as_nothing(repo):
    reading = repo.read()
    assert (reading.commits.num_rows, reading.pull_requests.num_rows, reading.rejected) == (0, 0, ())
    assert repo.read(reading.cursor).commits.num_rows == 0


def test_an_emptied_cursor_and_a_foreign_one_are_read_anew(repo):
    repo.commit("first")
    for cursor in ("", "not json", "[]", '{"refs": 3}', '{"rules": "old", "refs": {}, "default": null}'):
        reading = repo.read(cursor)
        assert (reading.commits.num_rows, reading.whole) == (1, True)


def test_a_folder_without_a_repository_is_a_source_error_with_a_way_out(tmp_path):
    with pytest.raises(SourceError, match="the other repositories go on"):
        read_repository(tmp_path, None, NOW, GIT)


def test_a_folder_that_is_gone_is_a_source_error(tmp_path):
    with pytest.raises(SourceError):
        read_repository(tmp_path / "gone", None, NOW, GIT)


def test_a_machine_without_git_says_so(repo):
    with pytest.raises(SourceError, match="could not be started"):
        read_repository(repo.path, None, NOW, Git(program="no-such-git", environ={"PATH": "/nonexistent"}))


def test_a_call_that_takes_too_long_is_ended(repo, tmp_path):
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    with pytest.raises(SourceError, match=r"no end within 0\.1 seconds"):
        run(Git(program=str(slow), environ=GIT.environ, seconds=0.1), repo.path, ["log"])


def test_a_shallow_clone_has_no_size_where_history_was_cut_off(repo, tmp_path):
    for number in range(4):
        repo.commit(f"c{number}", {f"{number}.txt": "line\n" * 10})
    reading = clone(repo, tmp_path / "shallow", "--depth", "2").read()
    sizes = [(row["additions"], row["parents"]) for row in reading.commits.to_pylist()]
    assert sorted(sizes, key=str) == [(10, 1), (None, None)]


def test_a_partial_clone_is_read_without_sizes_and_without_a_network(repo, tmp_path):
    repo.commit("one", {"a.txt": "1\n"})
    repo.commit("two", {"a.txt": "2\n"})
    repo.git("config", "uploadpack.allowFilter", "true")
    partial = clone(repo, tmp_path / "partial", "--filter=blob:none", "--no-checkout")
    shutil.rmtree(repo.path)
    reading = partial.read()
    assert [row["additions"] for row in reading.commits.to_pylist()] == [None, None]
    assert {rejected.why for rejected in reading.rejected} == {
        "size unknown: sizes are not in a partial clone"
    }


def test_an_object_that_is_not_here_is_never_fetched(repo, tmp_path):
    sha = repo.commit("one", {"a.txt": "1\n"})
    blob = repo.git("rev-parse", f"{sha}:a.txt")
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    partial = clone(repo, tmp_path / "partial", "--filter=blob:none", "--no-checkout")
    with pytest.raises(SourceError):
        run(GIT, partial.path, ["cat-file", "blob", blob])
    assert partial.git("cat-file", "blob", blob) == "1"


def test_a_bare_repository_is_read_like_any_other(repo, tmp_path):
    sha = repo.commit("first")
    bare = clone(repo, tmp_path / "mirror.git", "--mirror")
    assert commits_of(bare.read())[sha]["on_default_branch"]


def test_a_detached_head_is_work_of_no_branch(repo):
    repo.commit("first")
    repo.git("checkout", "-q", "--detach")
    sha = repo.commit("loose")
    row = commits_of(repo.read())[sha]
    assert (row["branch"], row["on_default_branch"]) == (None, False)


def test_a_repository_with_nothing_but_a_detached_head_has_a_default_line(repo):
    sha = repo.commit("only")
    repo.git("checkout", "-q", "--detach")
    repo.git("branch", "-D", "main")
    row = commits_of(repo.read())[sha]
    assert (row["branch"], row["on_default_branch"]) == (None, True)


def test_the_remotes_head_says_which_branch_is_the_default(repo, tmp_path):
    repo.commit("first")
    repo.branch("develop")
    sha = repo.commit("on develop")
    other = clone(repo, tmp_path / "other")
    other.git("checkout", "-q", "-b", "main", "origin/main")
    reading = other.read()
    assert reading.default_branch == "develop"
    assert commits_of(reading)[sha]["on_default_branch"]


def test_commits_ahead_of_the_remote_are_on_the_default_branch_too(repo, tmp_path):
    repo.commit("first")
    other = clone(repo, tmp_path / "other")
    sha = other.commit("not pushed yet")
    assert commits_of(other.read())[sha]["on_default_branch"]


def test_worktrees_are_one_repository(repo, tmp_path):
    repo.commit("first")
    repo.git("worktree", "add", "-q", "-b", "topic", str(tmp_path / "tree"))
    tree = Repo(tmp_path / "tree", clock=5)
    tree.commit("in the tree")
    first, second = repo.read(), tree.read()
    assert (first.repo, first.stream) == (second.repo, second.stream)
    assert first.commits["sha"].to_pylist() == second.commits["sha"].to_pylist()


def test_a_submodule_is_a_repository_of_its_own_and_no_lines_of_its_parent(repo, tmp_path):
    inner = repository(tmp_path / "inner", "https://github.com/acme/inner")
    inner.commit("inner")
    repo.commit("first")
    repo.git("submodule", "--quiet", "add", f"file://{inner.path}", "libs/inner")
    sha = repo.commit("add it", {})
    row = commits_of(repo.read())[sha]
    assert (row["files"], row["additions"]) == (1, 3)
    assert discover([tmp_path]) == [inner.path, repo.path, repo.path / "libs/inner"]
    assert repository_of(repo.path / "libs/inner/src") == repo.path / "libs/inner"


def test_a_missing_blob_costs_the_size_of_its_own_commit_only(repo):
    shas = [repo.commit(f"c{number}", {"a.txt": f"{number}\n" * 5}) for number in range(6)]
    blob = repo.git("rev-parse", f"{shas[2]}:a.txt")
    (repo.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    reading = repo.read()
    rows = commits_of(reading)
    assert [rows[sha]["additions"] for sha in shas] == [5, 5, None, None, 5, 5]
    assert len(reading.rejected) == 2
    assert all("size unknown" in rejected.why for rejected in reading.rejected)


def test_a_missing_commit_fails_its_repository_with_a_source_error(repo):
    repo.commit("one")
    middle = repo.commit("two")
    repo.commit("three")
    (repo.path / ".git/objects" / middle[:2] / middle[2:]).unlink()
    with pytest.raises(SourceError):
        repo.read()


def test_a_ref_to_a_missing_object_is_as_if_it_were_not(repo):
    sha = repo.commit("one")
    (repo.path / ".git/refs/heads/broken").write_text("1" * 40 + "\n")
    assert list(commits_of(repo.read())) == [sha]


def test_a_folder_that_only_looks_like_a_repository_is_a_source_error(tmp_path):
    (tmp_path / "x/.git").mkdir(parents=True)
    (tmp_path / "x/.git/HEAD").write_bytes(b"\xff\xfe garbage")
    with pytest.raises(SourceError):
        read_repository(tmp_path / "x", None, NOW, GIT)


def test_nothing_a_repository_configures_is_executed(repo, tmp_path):
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    trap.chmod(0o755)
    repo.commit("one", {"a.txt": "1\n", ".gitattributes": "*.txt diff=evil filter=evil\n"})
    sha = repo.commit("two", {"a.txt": "2\n"})
    head, _, message = repo.git("cat-file", "commit", sha).partition("\n\n")
    seal = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n abcd\n -----END PGP SIGNATURE-----"
    signed = repo.git("hash-object", "-t", "commit", "-w", "--stdin", given=f"{head}\n{seal}\n\n{message}\n")
    repo.git("update-ref", "refs/heads/main", signed)
    for key in (
        "diff.external", "diff.evil.textconv", "diff.evil.command", "filter.evil.clean", "filter.evil.smudge",
        "core.fsmonitor", "core.pager", "pager.log", "gpg.program", "core.sshCommand", "core.alternateRefsCommand",
        "diff.evil.process", "filter.evil.process", "core.editor",
    ):  # fmt: skip
        repo.git("config", key, str(trap))
    repo.git("config", "log.showSignature", "true")
    repo.git("config", "alias.log", f"!{trap}")
    hooks = repo.path / ".git/hooks"
    for name in ("post-checkout", "reference-transaction", "post-index-change", "fsmonitor-watchman"):
        shutil.copy(trap, hooks / name)
    assert repo.read().commits["additions"].to_pylist() == [1, 2]
    assert not (tmp_path / "sprung").exists()


def test_settings_of_the_caller_and_of_the_repository_do_not_change_the_figures(repo):
    body = "".join(f"{number}\n" for number in range(50))
    repo.commit("one", {"a.txt": body})
    repo.git("mv", "a.txt", "b.txt")
    sha = repo.commit("two", {"b.txt": body + "x\n"})
    repo.git("config", "diff.renames", "false")
    repo.git("config", "core.quotepath", "true")
    repo.git("config", "log.diffMerges", "separate")
    strange = Git.within({**GIT.environ, "GIT_DIR": "/nonexistent", "GIT_EXTERNAL_DIFF": "/bin/false"})
    row = commits_of(read_repository(repo.path, None, NOW, strange))[sha]
    assert (row["additions"], row["deletions"]) == (1, 0)


def test_reading_writes_nothing_into_the_repository(repo):
    repo.commit("one")
    before = {path: path.stat().st_mtime_ns for path in repo.path.rglob("*")}
    repo.read()
    assert {path: path.stat().st_mtime_ns for path in repo.path.rglob("*")} == before


def test_the_address_this_machine_commits_with_is_known(repo):
    repo.commit("one")
    repo.git("config", "user.email", ANA[1].upper())
    assert repo.read().own_email == ANA[1]


def test_a_working_directory_that_is_gone_belongs_to_the_nearest_repository_above(repo):
    assert repository_of(repo.path / "src/gone/deeper") == repo.path
    assert repository_of(repo.path / "src") == repo.path
    assert repository_of("relative/path") is None
    assert repository_of(repo.path.parent) is None


def test_discovery_skips_installed_packages_and_stops_at_its_depth(repo, tmp_path):
    for place in ("web/node_modules/pkg", "a/b/c/d/e/f/g/deep", "near/one"):
        repository(tmp_path / place, None)
    assert discover([tmp_path]) == [tmp_path / "near/one", repo.path]
    assert discover([tmp_path / "nowhere"]) == []


def test_a_folder_that_may_not_be_read_hides_nothing_else(repo, tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o000)
    try:
        assert discover([tmp_path]) == [repo.path]
    finally:
        locked.chmod(0o700)


def test_two_remotes_forms_are_one_name_and_no_remote_is_the_folders(tmp_path):
    repo = repository(tmp_path / "first", "https://user:secret@GitHub.com/acme/web.git")
    repo.commit("one")
    reading = repo.read()
    assert reading.repo == "github.com/acme/web"
    assert "secret" not in reading.cursor
    plain = repository(tmp_path / "plain", None)
    plain.commit("one")
    assert plain.read().repo == "plain"
    assert pulls_of(plain.read()) == {}


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only the superuser can give a folder away"
)
def test_a_repository_of_another_user_is_read_too(repo):
    repo.commit("one")
    for path in (repo.path, repo.path / ".git"):
        os.chown(path, 12345, 12345)
    assert repo.read().commits.num_rows == 1
