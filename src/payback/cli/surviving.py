"""`payback survive`: what became of lines, straight from Git."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from payback.cli import printing
from payback.cli.edge import Format, Home, Printed, home_of, opened, refusals
from payback.cli.machine import jobs, now
from payback.period import day_of, midnight, parse_day

if TYPE_CHECKING:
    from payback.sources.git.survival_report import Asked


def survive(
    repos: Annotated[list[Path], typer.Argument(metavar="REPO...", help="Folders of Git repositories.")],
    since: Annotated[str | None, typer.Option("--since", help="Only commits from this day on.")] = None,
    ages: Annotated[
        str, typer.Option("--ages", help="Ages in days, comma-separated; 14,30,60,90 without it.")
    ] = "",
    by: Annotated[str, typer.Option("--by", help="ai_class, tool or team.")] = "ai_class",
    rule: Annotated[
        str, typer.Option("--rule", help="lines, or theseus: all lines, no moves, sampled by week.")
    ] = "lines",
    home: Home = None,
    form: Printed = Format.TABLE,
) -> None:
    """Share of added lines alive at each age, straight from Git. Writes no facts."""
    from payback.settings import load
    from payback.sources.git import survival_report as report

    places = [path.expanduser() for path in repos]
    with refusals():
        zone = load(home_of(home), os.environ).zone
        first = midnight(parse_day(since, day_of(now(), zone)), zone) if since else None
        moment = int(now().timestamp()), int(first.timestamp()) if first else None
        question = report.asked(rule, ages, by, moment)
        found = _by_team(home, places, question) if by == "team" else _rows(home, places, question)
    names = report.columns(question)
    title = "" if form is not Format.TABLE else f"Lines alive at an age, rule {question.rule.id}"
    printing.rows(form, names if form is Format.JSON else (*names, "locked"), found, title)


def _rows(home: Path | None, places: list[Path], question: Asked) -> list[dict[str, Any]]:
    from payback.sources.git import Git
    from payback.sources.git import survival_report as report

    folder = home_of(home) / report.FOLDER
    found = report.histories(Git.within(os.environ), places, question.rule, folder, jobs())
    return report.told(report.all_of(found), question, report.CUTS[question.by])


def _by_team(home: Path | None, places: list[Path], question: Asked) -> list[dict[str, Any]]:
    from payback.app.fates import by_team

    with opened(home) as app:
        return by_team(app, places, question)
