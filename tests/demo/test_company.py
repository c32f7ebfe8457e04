from __future__ import annotations

import ast
import hashlib
import json
import re
import subprocess
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import payback.demo
from payback.demo.claude_code import Place
from payback.demo.company import invent
from payback.errors import SettingsError
from payback.ledger.columns import PROVENANCE
from payback.ledger.tables_money import CHARGES
from tests.demo.invented import TODAY, Home

PARIS = ZoneInfo("Europe/Paris")


def quiet(sentence: str) -> None:
    pass


def digests(home: Path) -> dict[str, str]:
    """Every file by its bytes; repositories by the object names of their refs."""
    found = {
        str(file.relative_to(home)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(home.rglob("*"))
        if file.is_file() and ".git" not in file.parts
    }
    for repo in sorted((home / "company" / "repos").iterdir()):
        refs = subprocess.run(["git", "-C", repo, "show-ref"], capture_output=True, check=True).stdout
        found[repo.name] = hashlib.sha256(refs).hexdigest()
    return found


def test_the_same_values_give_the_same_bytes_and_another_seed_does_not(tmp_path: Path):
    place = tmp_path / "home"
    made = []
    for seed in (3, 3, 4):
        place.mkdir()
        invent(place, seed=seed, months=2, people=8, today=TODAY, progress=quiet)
        made.append(digests(place))
        place.rename(tmp_path / f"earlier-{len(made)}")
    assert made[0] == made[1]
    assert made[0]["truth.json"] != made[2]["truth.json"]
    assert set(made[0]) != set(made[2])


def test_a_company_is_not_written_over(tmp_path: Path):
    (tmp_path / "company").mkdir()
    with pytest.raises(SettingsError, match="there already"):
        invent(tmp_path, today=TODAY, progress=quiet)


def test_an_unfinished_company_is_begun_anew(tmp_path: Path):
    (tmp_path / "company.unfinished" / "repos" / "billing" / ".git").mkdir(parents=True)
    invent(tmp_path, months=1, people=8, today=TODAY, progress=quiet)
    assert (tmp_path / "truth.json").exists()
    assert not (tmp_path / "company.unfinished").exists()


@pytest.mark.parametrize(("people", "months"), [(7, 3), (8, 0)])
def test_too_small_a_company_is_refused(tmp_path: Path, people: int, months: int):
    with pytest.raises(SettingsError, match="at least 8 people and 1 month"):
        invent(tmp_path, people=people, months=months, today=TODAY, progress=quiet)
    assert list(tmp_path.iterdir()) == []


def test_it_says_what_it_does(tmp_path: Path):
    said: list[str] = []
    invent(tmp_path, months=1, people=8, today=date(2026, 1, 1), progress=said.append)
    assert said[0] == "8 people, 8 teams, 1 months from 2026-01-01"
    assert said[-1] == "the truth about it written"


def test_every_line_of_every_log_is_json(home: Home):
    files = home.logs("**/*.jsonl")
    for file in files:
        assert all(json.loads(line) for line in file.read_bytes().splitlines())
        assert file.read_bytes().endswith(b"\n")
    assert len(files) > 150


def test_facts_lie_between_the_first_month_and_today(home: Home):
    days = {answer.at.astimezone(PARIS).date() for answer in home.answers}
    assert min(days) >= date(2025, 10, 1)
    assert max(days) < TODAY
    assert max(days) > date(2026, 3, 10)


def test_logs_hold_the_oddities_that_readers_stumble_over(home: Home):
    claude = b"".join(file.read_bytes() for file in home.logs(".claude/projects/**/*.jsonl"))
    codex = b"".join(file.read_bytes() for file in home.logs(".codex/sessions/**/*.jsonl"))
    for sign in (
        b'"subtype":"api_error"',
        b'"model":"<synthetic>"',
        b'"isSidechain":true',
        b'"stop_reason":null',
        b'"subtype":"compact_boundary"',
        b'"is_error":true',
        b'"name":"Task"',
    ):
        assert sign in claude
    for sign in (b'"forked_from_id"', b'"stream_error"', b'"type":"error"'):
        assert sign in codex
    assert re.search(rb'"ephemeral_5m_input_tokens":[1-9]', claude)
    assert re.search(rb'"ephemeral_1h_input_tokens":[1-9]', claude)
    ids = re.findall(rb'"sessionId":"[^"]*".*"id":"(msg_\w+)"', claude)
    assert len(ids) > len(set(ids))
    assert home.logs(".codex/archived_sessions/*.jsonl")
    assert home.logs(".claude/projects/*/*/subagents/agent-*.meta.json")


def test_a_long_folder_still_has_a_name_for_its_logs():
    short, long = Place("/home/zoë/src/app"), Place("/home/" + "x" * 300)
    assert short.slug == "-home-zo--src-app"
    assert len(long.slug) < 240
    assert long.slug != Place("/home/" + "x" * 301).slug


def test_prompts_stay_below_the_second_price_tier(home: Home):
    assert max(sum(answer.tokens[:4]) for answer in home.answers) < 200_000


def test_some_conversations_belong_to_no_repository(home: Home):
    repos = str(home.path / "company" / "repos")
    outside = [answer for answer in home.answers if not answer.cwd.startswith(repos)]
    assert outside
    assert all(not answer.branch for answer in outside)


def test_the_settings_name_what_is_there(home: Home):
    told = home.settings
    assert told["organisation"]["invented"] is True
    assert all(path.is_dir() for path in home.homes)
    assert {path.name for path in home.homes} == {
        path.name for path in (home.path / "company" / "homes").iterdir()
    }
    assert all((home.path / root).is_dir() for root in told["git"]["roots"])
    teams = {team["id"] for team in told["teams"]}
    assert {team.get("parent") for team in told["teams"]} <= {*teams, None}
    assert {account["team"] for account in told["accounts"]} <= teams
    people = {person["id"]: person for person in told["people"]}
    assert len(people) == len(told["people"]) == 25
    assert {entry["person"] for entry in told["agents"]["homes"]} <= set(people)


def test_memberships_follow_each_other_and_end_where_the_person_leaves(home: Home):
    teams = {team["id"] for team in home.settings["teams"]}
    for person in home.settings["people"]:
        parts = person["memberships"]
        assert {part["team"] for part in parts} <= teams
        assert parts[0]["from"] == person["valid_from"]
        assert parts[-1].get("until") == person.get("valid_until")
        for one, after in pairwise(parts):
            assert one["until"] == after["from"]
    moved = [person for person in home.settings["people"] if len(person["memberships"]) > 1]
    gone = [person for person in home.settings["people"] if "valid_until" in person]
    assert len(moved) >= 2
    assert len(gone) == 1
    assert max(answer.at for answer in home.answers if answer.person == gone[0]["id"]) < datetime.combine(
        gone[0]["valid_until"], datetime.min.time(), PARIS
    )


def test_bills_have_the_columns_of_the_charges_table(home: Home):
    carried = {column.name for column in PROVENANCE}
    wanted = [column.name for column in CHARGES.columns if column.name not in carried]
    assert all(set(line) <= set(wanted) for line in home.bills)
    ids = [line["charge_id"] for line in home.bills]
    assert len(ids) == len(set(ids))
    assert {line["vendor"] for line in home.bills} == {"anthropic", "openai", "cursor"}


def test_the_demo_imports_nothing_of_payback_but_errors_money_and_period():
    allowed = {"payback.errors", "payback.money", "payback.period"}
    for file in Path(payback.demo.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0
                names = [node.module or ""]
            for name in names:
                own = name.startswith("payback.demo")
                assert own or not name.startswith("payback") or name in allowed, f"{file.name} imports {name}"
