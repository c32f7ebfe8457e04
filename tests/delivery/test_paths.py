from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payback.delivery.paths import declared, path_rules
from payback.delivery.repositories import repository_name


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("package-lock.json", "lock"),
        ("services/api/Cargo.lock", "lock"),
        ("go.sum", "lock"),
        ("vendor/github.com/x/y.go", "vendored"),
        ("web/node_modules/a/index.js", "vendored"),
        ("dist/app.js", "built"),
        ("static/jquery.min.js", "built"),
        ("api/v1/user.pb.go", "generated"),
        ("proto/user_pb2.py", "generated"),
        ("tests/__snapshots__/page.test.js.snap", "snapshot"),
        ("ui/button.test.tsx.snap", "snapshot"),
        ("src/app.py", None),
        ("src/vendor.py", None),
        ("docs/distribution.md", None),
        ("lockfile.py", None),
        ("go.summary", None),
    ],
)
def test_paths_that_no_one_writes_by_hand_are_told_by_their_names(path, why):
    assert declared(path) == why


@pytest.mark.parametrize(
    ("attributes", "path", "why"),
    [
        ("*.gen.py linguist-generated", "a/b.gen.py", "attribute"),
        ("*.gen.py linguist-generated=true", "b.gen.py", "attribute"),
        ("docs/*.md linguist-generated", "docs/a.md", "attribute"),
        ("docs/*.md linguist-generated", "docs/deep/a.md", None),
        ("docs/** linguist-vendored", "docs/deep/a.md", "attribute"),
        ("/top.txt linguist-generated", "deep/top.txt", None),
        ("yarn.lock -linguist-generated", "yarn.lock", None),
        ("yarn.lock linguist-generated=false", "yarn.lock", None),
        ("* linguist-generated\nsrc/** -linguist-generated", "src/a.py", None),
        ("*.py text eol=lf", "a.py", None),
        ("# *.py linguist-generated", "a.py", None),
        ("[attr]x linguist-generated", "a.py", None),
    ],
)
def test_the_repositorys_own_attributes_win(attributes, path, why):
    assert path_rules({"": attributes}).why_excluded(path) == why


def test_attributes_of_a_folder_hold_below_it_and_win_over_the_roots():
    rules = path_rules({"": "*.sql linguist-generated", "db": "*.sql -linguist-generated"})
    assert rules.why_excluded("db/x.sql") is None
    assert rules.why_excluded("other/x.sql") == "attribute"


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_attributes_and_no_path_make_the_rules_fail(attributes, path):
    rules = path_rules({"": f"{attributes} linguist-generated", "sub": attributes})
    assert rules.why_excluded(path) in {
        None,
        "lock",
        "vendored",
        "built",
        "generated",
        "snapshot",
        "attribute",
    }


@pytest.mark.parametrize(
    ("remote", "name"),
    [
        ("git@github.com:acme/web.git", "github.com/acme/web"),
        ("https://github.com/acme/web", "github.com/acme/web"),
        ("https://user:token@GitHub.com:443/acme/web.git/", "github.com/acme/web"),
        ("ssh://git@github.com:22/acme/web.git", "github.com/acme/web"),
        ("https://gitlab.example.org/group/sub/web.git", "gitlab.example.org/group/sub/web"),
        ("git@ssh.dev.azure.com:v3/org/project/web", "dev.azure.com/org/project/web"),
        ("https://org@dev.azure.com/org/project/_git/web", "dev.azure.com/org/project/web"),
        ("https://dev.azure.com/org/_git/web", "dev.azure.com/org/web/web"),
        ("https://org.visualstudio.com/project/_git/web", "dev.azure.com/org/project/web"),
        ("https://org.visualstudio.com/DefaultCollection/_git/web", "dev.azure.com/org/web/web"),
        ("org@vs-ssh.visualstudio.com:v3/org/project/web", "dev.azure.com/org/project/web"),
        ("https://tfs.example.org/tfs/Main/project/_git/web", "tfs.example.org/tfs/Main/project/web"),
        ("ssh://tfs.example.org:22/tfs/Main/project/_git/web", "tfs.example.org/tfs/Main/project/web"),
        ("work:acme/web.git", "work/acme/web"),
        ("/srv/git/web.git", "folder"),
        ("file:///srv/git/web.git", "folder"),
        (r"C:\git\web", "folder"),
        ("../web", "folder"),
        ("", "folder"),
        (None, "folder"),
    ],
)
def test_one_repository_has_one_name_however_its_remote_is_written(remote, name):
    assert repository_name(remote, "folder") == name


@given(st.text(max_size=80))
def test_no_remote_makes_naming_fail(remote):
    assert repository_name(remote, "folder")
