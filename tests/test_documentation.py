"""The documentation says what the code does."""

from __future__ import annotations

import re
import tomllib

import pytest

from payback.ledger.documentation import page
from tests.architecture.tree import ROOT


def test_the_page_of_tables_is_current():
    assert (ROOT / "docs/extend/tables.md").read_text(encoding="utf-8") == page()


def test_the_page_of_vendors_is_current():
    from payback.sources.documentation import page as vendors

    assert (ROOT / "docs/connect/vendors.md").read_text(encoding="utf-8") == vendors()


def test_every_verb_stands_in_the_documentation_of_the_command_line():
    from payback.cli.verbs import cli

    told = (ROOT / "docs/start/command-line.md").read_text(encoding="utf-8")
    assert [
        command.name for command in cli.registered_commands if f"payback {command.name}" not in told
    ] == []


def test_every_metric_named_in_the_documentation_exists():
    from payback.metrics.catalogue import CATALOGUE

    for path in [ROOT / "README.md", *(ROOT / "docs/start").glob("*.md")]:
        for command in re.findall(
            r"payback (?:ask|explain|export \w+) ([^\n`|\[]+)", path.read_text(encoding="utf-8")
        ):
            words = [
                word for word in command.split(" --")[0].split() if not word.isupper() and "..." not in word
            ]
            assert [word for word in words if word not in CATALOGUE] == [], path


def test_every_test_that_the_documentation_names_exists():
    told = (ROOT / "docs/extend/sources.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", told))
    files = (path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert len(named) > 20
    assert (
        named - {name for text in files for name in re.findall(r"^def (test_\w+)\(", text, re.MULTILINE)}
        == set()
    )


def test_the_readme_shows_pictures_that_exist():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", readme)
    assert len(pictures) >= 2
    assert [picture for picture in pictures if not (ROOT / picture).exists()] == []


def test_the_changelog_has_a_place_for_what_comes_next():
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "block",
    re.findall(
        r"```toml\n(.*?)```",
        "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs/start").glob("*.md")),
        re.DOTALL,
    ),
)
def test_settings_shown_to_people_can_be_read(block, tmp_path):
    from payback.org.file import directory
    from payback.settings import load

    (tmp_path / "payback.toml").write_text(block)
    told = load(tmp_path, {})
    directory(tomllib.loads(block), told.zone)


def test_rules_shown_to_people_hold_as_they_stand():
    from zoneinfo import ZoneInfo

    from payback.ledger.rules import GIVES, LOOKS_AT, By, rule
    from payback.org.file_entries import entries, span

    text = (ROOT / "docs/understand/attribution.md").read_text(encoding="utf-8")
    told = [tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL)]
    rules = [rule(one, span(one, ZoneInfo("UTC"))) for part in told for one in entries(part, "rules")]
    assert {one.by for one in rules} >= {None, By.PARTS, By.USAGE}
    assert all(name in text for name in (*LOOKS_AT, *GIVES, *By))


def test_the_order_of_attribution_is_told_as_it_is():
    from payback.ledger.rules import Stage

    text = (ROOT / "docs/understand/attribution.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| (\w+) \| (?!looks)", text, re.MULTILINE)
    assert table == [stage.value for stage in Stage]


def test_every_word_of_reconciliation_is_explained():
    from payback.ledger.tables_money import SPEND

    words = next(column.sentence for column in SPEND.columns if column.name == "reconciled")
    text = (ROOT / "docs/understand/reconciliation.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert len(told) == 7
    assert [word for word in told if word not in words] == []
