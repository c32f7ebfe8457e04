"""Verbs of the ledger as finance keeps it: reconcile, unattributed, and the rules that place money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from payback.cli import printing
from payback.cli.edge import Format, Home, Printed, opened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payback.app import App
    from payback.period import Period

rules = typer.Typer(no_args_is_help=True, help="The rules that place money, tried out before they hold.")

Since = Annotated[str, typer.Option("--since", help="First day: 2026-11-01, 2026-11, 90d.")]
Until = Annotated[
    str, typer.Option("--until", help="The day after the last one. Without it: today is the last.")
]
When = Annotated[
    list[str] | None,
    typer.Option("--when", help="COLUMN=VALUE that it looks at: vendor=openai, project=p-1, tag.team=x."),
]
Give = Annotated[list[str] | None, typer.Option("--give", help="What it gives: team=platform.")]
Split = Annotated[list[str] | None, typer.Option("--split", help="TEAM=PART, for money that teams share.")]
SplitBy = Annotated[str, typer.Option("--split-by", help="usage, seats or headcount.")]
Among = Annotated[str, typer.Option("--among", help="The teams that share; comma-separated.")]
Id = Annotated[str, typer.Option("--id", help="What the rule is called; without it, by what it looks at.")]

RECONCILED = (
    "month", "vendor", "currency", "billed", "source", "metered", "difference", "explained", "unexplained", "gap", "fixed",
    "invoiced", "not_invoiced", "covered_by_seats", "unpriced_tokens", "set_aside",
)  # fmt: skip
QUEUE = (
    "looks_at", "vendor", "currency", "billed", "amortised", "list", "requests", "first", "last", "tools", "sources",
)  # fmt: skip
LISTED = ("rule", "looks_at", "gives", "stage", "made")
TRIED = (
    "team", "billed_before", "billed_after", "amortised_before", "amortised_after", "list_before", "list_after",
)  # fmt: skip


def reconcile(
    since: Since = "90d", until: Until = "tomorrow", home: Home = None, form: Printed = Format.TABLE
) -> None:
    """Vendor by month: billed and by whose word, what known use comes to, the difference, what nobody explains."""
    with opened(home) as app:
        found = app.bookkeeping.reconciliation(_whole_months(_period(app, since, until)), app.scope(None))
    if form is not Format.JSON:
        found = [{**row, "set_aside": _pairs(row["set_aside"])} for row in found]
    printing.rows(form, RECONCILED, found, "Billed against known use")


def unattributed(
    since: Since = "30d", until: Until = "tomorrow", home: Home = None, form: Printed = Format.TABLE
) -> None:
    """Money without a team, dearest first, by what a rule could look at."""
    with opened(home) as app:
        found = app.bookkeeping.unattributed(_period(app, since, until), app.scope(None))
    names: Sequence[str] = QUEUE
    if form is Format.JSON:
        names = ("when", *QUEUE[1:])
    else:
        found = [
            {**row, "looks_at": _pairs(row["when"])}
            | {name: ", ".join(row[name]) for name in ("tools", "sources")}
            for row in found
        ]
    printing.rows(form, names, found, "Money without a team")


@rules.command("list")
def listing(home: Home = None, form: Printed = Format.TABLE) -> None:
    """Every rule, in the order in which they are tried within their stage, with where it was made."""
    with opened(home) as app:
        found = app.bookkeeping.rules()
    if form is Format.JSON:
        printing.emit(found)
        return
    rows = [{**row, "looks_at": _pairs(row["when"]), "gives": _gives(row)} for row in found]
    printing.rows(form, LISTED, rows, "Rules")


@rules.command("try")
def attempt(
    when: When = None,
    give: Give = None,
    split: Split = None,
    split_by: SplitBy = "",
    among: Among = "",
    since: Since = "30d",
    until: Until = "tomorrow",
    currency: Annotated[str, typer.Option("--currency", help="The organisation's without it.")] = "",
    home: Home = None,
    form: Printed = Format.TABLE,
) -> None:
    """Money of each team before and after a rule, in one currency. Nothing is written."""
    with opened(home) as app:
        entry = _entry("", when, give, split) | _shares(split_by, among)
        told = app.bookkeeping.trial(entry, _period(app, since, until), app.scope(None), currency.upper())
    if form is Format.JSON:
        printing.emit(told)
        return
    rows = [{**row, "team": row["team"] or "(none)"} for row in told["rows"]]
    printing.rows(
        form, TRIED, rows, f"Rule {told['rule']}, {told['since']} to {told['until']}, {told['currency']}"
    )
    if form is Format.TABLE:
        typer.echo("moved: " + _pairs(told["moved"], shown=True))


@rules.command("make")
def make(
    when: When = None,
    give: Give = None,
    split: Split = None,
    split_by: SplitBy = "",
    among: Among = "",
    name: Id = "",
    home: Home = None,
) -> None:
    """Keep a rule, and place all money by it. Those of payback.toml are written there."""
    with opened(home) as app:
        entry = _entry(name, when, give, split) | _shares(split_by, among)
        made = app.bookkeeping.make_rule(entry, app.scope(None))
    typer.echo(f"Rule {made} holds.")


@rules.command("drop")
def drop(rule: Annotated[str, typer.Argument(help="Its id.")], home: Home = None) -> None:
    """Take back a rule that was made by a verb or on a page, and place all money without it."""
    with opened(home) as app:
        app.bookkeeping.drop_rule(rule, app.scope(None))
    typer.echo(f"Rule {rule} is taken back.")


def _entry(
    name: str, when: list[str] | None, give: list[str] | None, split: list[str] | None
) -> dict[str, Any]:
    from payback.app.unplaced import rule_id

    looked = _told("--when", when)
    parts = {"give": _told("--give", give), "split": _told("--split", split)}
    return {"id": name or (rule_id(looked) if looked else "new"), "when": looked} | {
        key: told for key, told in parts.items() if told
    }


def _shares(split_by: str, among: str) -> dict[str, Any]:
    teams = [team.strip() for team in among.split(",") if team.strip()]
    return ({"split_by": split_by} if split_by else {}) | ({"among": teams} if teams else {})


def _told(option: str, given: list[str] | None) -> dict[str, str]:
    from payback.errors import SettingsError

    found: dict[str, str] = {}
    for word in given or ():
        name, sign, value = word.partition("=")
        if not (sign and name.strip() and value.strip()):
            raise SettingsError(
                f"{option} {word!r} is not NAME=VALUE; write for example {option} team=platform"
            )
        found[name.strip()] = value.strip()
    return found


def _period(app: App, since: str, until: str) -> Period:
    from payback.app.questions import day
    from payback.period import Period

    return Period(day(since, app.today()), day(until, app.today()))


def _whole_months(period: Period) -> Period:
    from datetime import timedelta

    from payback.period import Period, add_months, month_start

    return Period(month_start(period.since), add_months(period.until - timedelta(days=1), 1))


def _gives(row: Mapping[str, Any]) -> str:
    if row["give"]:
        return _pairs(row["give"])
    shares = _pairs(row["split"], shown=True) if row["split"] else f"by {row['split_by']}"
    return "split " + shares + (f" among {', '.join(row['among'])}" if row["among"] else "")


def _pairs(told: Mapping[str, Any], *, shown: bool = False) -> str:
    return ", ".join(f"{name} {printing.shown(value) if shown else value}" for name, value in told.items())
