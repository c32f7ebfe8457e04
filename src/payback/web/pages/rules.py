"""Rules: what places money on teams, how much each of them placed, and how steady the result is from month to month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.errors import SettingsError
from payback.period import Period, add_months, month_start
from payback.web import words
from payback.web.blocks import Button, Column, Sentence, Table
from payback.web.emptiness import nothing_yet
from payback.web.page import Page
from payback.web.standing import month_said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from payback.web.asking import Ask

    Row = Mapping[str, Any]

STEADY = 0.9
MONTHS = 3
LOOKED_AT = 6
GIVING = "team by rule "
NOBODY = "team unattributed"
RULES = (
    Column("rule", "Rule", "code"),
    Column("looks_at", "Looks at"),
    Column("gives", "Gives"),
    Column("stage", "Stands at"),
    Column("made", "Made in"),
    Column(
        "share",
        "Placed",
        "share",
        bar=True,
        help="Share of the amortised money of these days (of list where nothing is billed)",
    ),
    Column("acts", "Undo", "acts"),
)
COVERAGE = (
    Column("name", "What placed it"),
    Column("share", "Share", "share"),
    Column("amortised", "Amortised", "money"),
    Column("billed", "Billed", "money"),
    Column("list", "List price", "money"),
)


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """All rules, coverage of these days, and the stability of the last whole months."""
    if ask.span is None:
        return {"empty": nothing_yet(ask)}
    books = ask.desk.bookkeeping
    covered = books.coverage(ask.filters.period, ask.scope)
    this_month = month_start(ask.desk.today())
    steady = books.stability(Period(add_months(this_month, -LOOKED_AT), this_month), ask.scope)
    return {
        "empty": None,
        "placed": _placed(ask, covered),
        "steady": stability_said(steady, this_month),
        "rules": _rules(books.rules(), covered),
        "coverage": Table(
            f"What placed the money of {words.days(ask.filters.period)}",
            COVERAGE,
            tuple(_covered(row) for row in covered),
        ),
        "stability": _stability(steady),
    }


def _placed(ask: Ask, covered: Sequence[Row]) -> Sentence:
    nobody = next((row["share"] for row in covered if row["rule"] == NOBODY), 0)
    when = words.days(ask.filters.period)
    if not covered or nobody is None:
        return Sentence("", "No money", f"in {when} to be placed.")
    if nobody <= 0:
        rest = "but for credits that have none" if nobody else "to the last cent"
        return Sentence("All money of", when, f"is placed on a team, {rest}.")
    return Sentence("", words.exact(1 - nobody, "share"), f"of the money of {when} is placed on a team.")


def stability_said(steady: Sequence[Row], this_month: date) -> Sentence:
    """Whether the shares of teams were alike enough to charge by in each of the last three whole months."""
    wanted = [add_months(this_month, -age) for age in range(MONTHS, 0, -1)]
    known = {row["month"]: row["stability"] for row in steady}
    if missing := [month for month in wanted if month not in known]:
        return Sentence(
            "Whether it is stable enough to charge by",
            "cannot be told yet",
            f"because {', '.join(month_said(month) for month in missing)} cannot be compared with the month before.",
        )
    said = ", ".join(f"{words.exact(known[month], 'share')} ({month_said(month)})" for month in wanted)
    if all(known[month] >= STEADY for month in wanted):
        return Sentence(
            "",
            "Stable enough to charge by:",
            f"at least 90 % of the money stayed with its team from each month to the next: {said}.",
        )
    return Sentence(
        "",
        "Not stable enough to charge by:",
        f"in each of the last three months 90 % of the money would have to stay with its team; it was {said}.",
    )


def _rules(rules: Sequence[Row], covered: Sequence[Row]) -> Table:
    shares = {row["rule"].removeprefix(GIVING): row["share"] for row in covered if row["rule"]}
    rows = tuple(
        {
            **row,
            "looks_at": ", ".join(f"{name} = {value}" for name, value in row["when"].items()),
            "gives": _gives(row),
            "made": "a page or verb" if row["made"] == "page" else row["made"],
            "share": shares.get(row["rule"], 0),
            "acts": (
                Button(
                    "Take back", {"act": "drop", "rule": row["rule"]}, f"Take back the rule {row['rule']}"
                ),
            )
            if row["made"] == "page"
            else (),
        }
        for row in rules
    )
    empty = "No rule is declared. Money is placed by tags, owners of keys and projects, repositories and the membership of people."
    note = (
        "Within a stage the rule that looks at most is tried first. Rules of payback.toml are changed there."
        if rows
        else ""
    )
    return Table("Rules that hold", RULES, rows, empty=empty, note=note)


def _gives(row: Row) -> str:
    if row["give"]:
        return ", ".join(f"{name} = {value}" for name, value in row["give"].items())
    among = f" among {', '.join(row['among'])}" if row["among"] else ""
    if row["split"]:
        return "split: " + ", ".join(
            f"{team} {words.exact(weight, 'number')}" for team, weight in row["split"].items()
        )
    return f"split by {row['split_by']}{among}"


def _covered(row: Row) -> dict[str, Any]:
    told = (row["rule"] or "").removeprefix("team ")
    name = (
        words.title("")
        if row["rule"] == NOBODY
        else told.removeprefix("by ")
        if told.startswith("by ")
        else f"shared by rule {told}"
    )
    return {**row, "name": name[:1].upper() + name[1:], "quiet": row["rule"] == NOBODY}


def _stability(steady: Sequence[Row]) -> Table:
    columns = (
        Column("when", "Month"),
        Column("stability", "Stayed with its team", "share"),
    )
    rows = tuple(
        {"when": month_said(row["month"]), "stability": row["stability"]} for row in reversed(steady)
    )
    return Table(
        "From one month to the next",
        columns,
        rows,
        empty="Two whole months of billed money are needed to compare.",
        note="The share of the amortised money that stood with the same team (or with none) as in the month before."
        if rows
        else "",
    )


def act(ask: Ask, _path: Mapping[str, str], form: Mapping[str, str]) -> str:
    """Take a rule back."""
    if form.get("act") != "drop" or not form.get("rule"):
        raise SettingsError("the form does not say which rule to take back")
    ask.desk.bookkeeping.drop_rule(form["rule"], ask.scope)
    return f"The rule {form['rule']} is taken back"


PAGE = Page(
    "rules",
    "/rules",
    "Rules",
    "Spend",
    "What places money on teams, and does it hold still?",
    view,
    controls=("days",),
    dimensions=(),
    act=act,
)
