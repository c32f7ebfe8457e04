"""`code_fates`: what became of lines, with the class, tool and team of who wrote them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from payback.app import Surroundings, open_app
from payback.app.fates import by_team
from payback.errors import SettingsError
from payback.sources.git.survival_report import asked
from tests.app.world import rows
from tests.git.build import START, repository

SETTINGS = """
[git]
roots = ["{root}"]
[[teams]]
id = "red"
[[people]]
id = "ana"
email = "ana@acme.example"
team = "red"
"""
CLAUDE = "\n\nCo-Authored-By: Claude <noreply@anthropic.com>"


def at(days: float) -> datetime:
    return START + timedelta(days=days)


@pytest.fixture
def repo(tmp_path):
    return repository(tmp_path / "src" / "web")


@pytest.fixture
def open_on(tmp_path):
    """The installation on a day, with these settings."""

    def opened(day: datetime, more: str = ""):
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        (home / "payback.toml").write_text(SETTINGS.format(root=tmp_path / "src") + more)
        return open_app(home, Surroundings({"HOME": str(tmp_path)}, "linux", lambda: day))

    return opened


def told(app) -> dict[tuple[str, int], tuple[int, int | None]]:
    return {
        (row["commit_id"].partition("@")[2], row["age_days"]): (row["added"], row["alive"])
        for row in rows(app, "code_fates")
    }


def read(app) -> tuple[int, int]:
    (row,) = [row for row in app.sync() if row["source"] == "fates"]
    return row["read"], row["rows"]


def test_each_commit_has_a_row_per_age_with_class_tool_team_and_dates(repo, open_on):
    sha = repo.commit("a" + CLAUDE, {"a.py": "line one\nline two\n"}, when=at(0))
    repo.commit("b", {"a.py": "line one\nline 2\n"}, when=at(20), author=("Bo", "bo@acme.example"))
    with open_on(at(40)) as app:
        assert read(app) == (1, 8)
        found = {(row["commit_id"], row["age_days"]): row for row in rows(app, "code_fates")}
        row = found[f"github.com/acme/web@{sha}", 30]
        assert row == {
            "commit_id": f"github.com/acme/web@{sha}", "age_days": 30, "repo": "github.com/acme/web",
            "ai_class": "agent_assisted", "tool": "claude_code", "team": "red", "added": 2, "alive": 1,
            "committed_at": at(0).astimezone(UTC), "source": "git",
        }  # fmt: skip
        assert [found[row["commit_id"], age]["alive"] for age in (14, 30, 60, 90)] == [2, 1, None, None]
        others = [row for row in rows(app, "code_fates") if row["commit_id"] != f"github.com/acme/web@{sha}"]
        assert {(row["ai_class"], row["tool"], row["team"]) for row in others} == {
            ("none_detected", None, None)
        }


def test_a_second_sync_writes_nothing_and_a_new_day_unlocks(repo, open_on):
    sha = repo.commit("a", {"a.py": "line one\n"}, when=at(0))
    with open_on(at(20)) as app:
        assert read(app) == (1, 4)
        assert read(app) == (0, 0)
        assert told(app)[sha, 30] == (1, None)
    with open_on(at(31)) as app:
        assert read(app) == (1, 4)
        assert told(app)[sha, 30] == (1, 1)


def test_what_a_forced_push_took_away_is_taken_back(repo, open_on):
    first = repo.commit("a", {"a.py": "line one\n"}, when=at(0))
    gone = repo.commit("b", {"b.py": "line two\n"}, when=at(1))
    with open_on(at(99)) as app:
        app.sync()
        assert {sha for sha, _ in told(app)} == {first, gone}
        repo.git("reset", "-q", "--hard", first)
        app.sync()
        assert {sha for sha, _ in told(app)} == {first}


def test_a_squash_has_the_signs_of_its_pull_request(repo, open_on):
    repo.commit("a", {"a.py": "line one\n"}, when=at(0))
    repo.branch("codex/more")
    repo.commit("b", {"b.py": "line two\n"})
    repo.to("main")
    sha = repo.squash("More (#7)", "codex/more")
    with open_on(at(99)) as app:
        app.sync()
        row = next(row for row in rows(app, "code_fates") if row["commit_id"].endswith(sha))
    assert (row["ai_class"], row["tool"]) == ("agent_assisted", "codex")


def test_a_squash_has_the_signs_of_the_commits_it_was_made_of(repo, open_on):
    repo.commit("a", {"a.py": "line one\n"}, when=at(0))
    repo.branch("more")
    repo.commit("b" + CLAUDE, {"b.py": "line two\n"})
    repo.to("main")
    sha = repo.squash("More (#7)", "more")
    with open_on(at(99)) as app:
        app.sync()
        row = next(row for row in rows(app, "code_fates") if row["commit_id"].endswith(sha))
    assert (row["ai_class"], row["tool"]) == ("agent_assisted", "claude_code")


def test_a_repository_that_cannot_be_followed_is_told_of_and_the_others_are_kept(repo, open_on, tmp_path):
    repo.commit("a", {"a.py": "line one\n"}, when=at(0))
    other = repository(tmp_path / "src" / "broken", remote=None)
    other.commit("a", {"a.py": "line one\n"}, when=at(0))
    blob = other.git("rev-parse", "HEAD:a.py")
    (other.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with open_on(at(99)) as app:
        (row,) = [row for row in app.sync() if row["source"] == "fates"]
        assert (row["read"], row["rejected"]) == (1, 1)
        assert "could not be followed" in row["message"]
        assert {row["repo"] for row in rows(app, "code_fates")} == {"github.com/acme/web"}


def test_it_can_be_left_out(repo, open_on):
    repo.commit("a", {"a.py": "line one\n"}, when=at(0))
    with open_on(at(99), "") as app:
        app.settings.told["git"]["survival"] = False
        assert [row for row in app.sync() if row["source"] == "fates"] == []
        assert rows(app, "code_fates") == []
        app.settings.told["git"]["survival"] = "no"
        assert any("true or false" in row.get("message", "") for row in app.sync())


def test_the_metric_is_the_share_of_lines_of_commits_that_are_old_enough(repo, open_on):
    from payback.metrics.question import Query
    from payback.period import Period

    repo.commit("a" + CLAUDE, {"a.py": "line one\nline two\nline three\nline four\n"}, when=at(0))
    repo.commit("b", {"a.py": "line one\nline two\nline three\n"}, when=at(10))
    repo.commit("c", {"b.py": "line five\n"}, when=at(80))
    with open_on(at(99)) as app:
        app.sync()
        period = Period(at(0).date(), at(99).date())
        found = app.answer(
            Query(("survival_30", "lines_locked_30"), period, by=("ai_class",)), app.scope(None)
        )
        totals = {name: figure.value for name, figure in found.totals.items()}
    assert {name: float(value) for name, value in totals.items()} == {
        "survival_30": 0.75,
        "lines_locked_30": 1.0,
    }


def test_by_team_asks_the_organisation(repo, open_on):
    repo.commit("a", {"a.py": "line one\n"}, when=at(0))
    repo.commit("b", {"b.py": "line two\n"}, when=at(1), author=("Bo", "bo@acme.example"))
    with open_on(at(99)) as app:
        found = by_team(app, [repo.path], asked("lines", "30", "team", (int(at(99).timestamp()), None)))
    assert [(row["team"], row["added"], row["alive"]) for row in found] == [("red", 1, 1), (None, 1, 1)]


def test_a_setting_that_is_neither_true_nor_false_is_refused():
    from payback.app.fates import is_wanted

    with pytest.raises(SettingsError, match="survival"):
        is_wanted({"git": {"survival": 1}})


def test_a_fix_that_takes_away_lines_of_a_change_within_fourteen_days_follows_it(repo, open_on):
    repo.commit("start", {"a.txt": "begin here\n"}, when=at(0))
    repo.commit("feat: export (#1)", {"b.txt": "first line\nsecond line\n"}, when=at(1))
    repo.commit("feat: other (#2)", {"c.txt": "third line\n"}, when=at(2))
    repo.commit("fix: export (#3)", {"b.txt": "first line\nmended line\n"}, when=at(5))
    repo.commit("fix: other, late (#4)", {"c.txt": "mended late\n"}, when=at(30))
    with open_on(at(40)) as app:
        app.sync()
        replaced = [
            (row["commit_id"].partition("@")[0], row["lines"]) for row in rows(app, "line_replacements")
        ]
        assert replaced == [("github.com/acme/web", 1)]
        work = {row["number"]: row["followed_by_fix"] for row in rows(app, "work")}
        assert work == {1: True, 2: False, 3: False, 4: False}
        app.sync()
        assert [row for row in app.sync() if row["source"] in {"fates", "links"} and row["read"]] == []
