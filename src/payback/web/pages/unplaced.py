"""One thing without a team: what it is made of, what a rule would move, and the rule made or taken back."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.app.reconciling import RULE_BY
from payback.app.unplaced import proposed_rule, rule_id
from payback.errors import SettingsError, UnknownNameError
from payback.web import words
from payback.web.blocks import Button, Column, Sentence, Table
from payback.web.page import Page
from payback.web.pages.unattributed import NO_TEAMS, days_said, pick, team_names, what_said
from payback.web.questions.spent import BASIS
from payback.web.series import spoken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payback.web.asking import Ask

    Row = Mapping[str, Any]

AMOUNTS = (
    Column("list", "List price", "money"),
    Column("billed", "Billed", "money"),
    Column("amortised", "Amortised", "money"),
)
UNDONE = (
    "It can be taken back at any time, here or on the page Rules. Money is moved by it, never made or lost."
)


def view(ask: Ask, path: Mapping[str, str]) -> dict[str, Any]:
    """The thing as the queue tells it; with a team chosen, the trial of its rule; with a rule made, the way back."""
    when = _when(path)
    teams = dict(team_names(ask))
    rows = [
        row for row in ask.desk.bookkeeping.unattributed(ask.filters.period, ask.scope) if row["when"] == when
    ]
    held = _held(ask, when)
    to = ask.filters.to
    if to and to not in teams:
        raise UnknownNameError("team", to, teams)
    tried = _tried(ask, when, rows) if to and not held else None
    return {
        "empty": None,
        "title": what_said(when, None),
        "table": _amounts(ask, rows),
        "held": _said(held, teams) if held else None,
        "undo": _undo(held) if held else None,
        "pick": None if held else pick(ask, when, tuple(teams.items())),
        "nobody": None if teams or held else NO_TEAMS,
        "trial": _trial(ask, tried, to, teams) if tried else None,
        "confirm": Button(f"Yes, it belongs to {teams[to]}", {"act": "make", "team": to}, main=True)
        if tried
        else None,
        "note": UNDONE,
    }


def _when(path: Mapping[str, str]) -> dict[str, str]:
    if path["by"] not in RULE_BY:
        raise UnknownNameError("thing that a rule could look at", path["by"], RULE_BY)
    vendor = {} if path["vendor"] == "-" else {"vendor": path["vendor"]}
    return {path["by"]: path["value"], **vendor}


def _held(ask: Ask, when: Mapping[str, str]) -> Row | None:
    """The rule made for this thing; None where there is none."""
    rules: Sequence[Row] = ask.desk.bookkeeping.rules()
    return next((rule for rule in rules if rule["rule"] == rule_id(when) and rule["made"] == "page"), None)


def _said(rule: Row, teams: Mapping[str, str]) -> Sentence:
    team = rule["give"].get("team", "")
    return Sentence("A rule says that it belongs to", teams.get(team, team) + ".", "It holds for all days.")


def _undo(rule: Row) -> Button:
    return Button("Take the rule back", {"act": "drop", "rule": rule["rule"]})


def _amounts(ask: Ask, rows: Sequence[Row]) -> Table:
    columns = (
        Column("days", "Days"),
        Column("tools_said", "Tool"),
        *AMOUNTS,
        Column("states_said", "Stands"),
        Column("sources_said", "Told by"),
    )
    shown = tuple(
        {
            **row,
            "days": days_said(row),
            "tools_said": ", ".join(words.title(tool) for tool in row["tools"]) or None,
            "states_said": ", ".join(spoken("reconciled", state) for state in row["states"]) or None,
            "sources_said": ", ".join(row["sources"]),
        }
        for row in rows
    )
    return Table(
        "Its money without a team",
        columns,
        shown,
        empty=f"None of it is without a team in {words.days(ask.filters.period)}.",
    )


def _tried(ask: Ask, when: Mapping[str, str], rows: Sequence[Row]) -> Row:
    """The rule tried on the page's days, in the currency of what it would place."""
    currency = rows[0]["currency"] if rows else ""
    tried: Row = ask.desk.bookkeeping.trial(
        proposed_rule(when, ask.filters.to), ask.filters.period, ask.scope, currency
    )
    return tried


def _trial(ask: Ask, tried: Row, to: str, teams: Mapping[str, str]) -> dict[str, Any]:
    """What moves, as a sentence for each basis in which something does, and by team."""
    rows: Sequence[Row] = tried["rows"]
    bases = [name for name in dict.fromkeys((ask.filters.basis, *BASIS)) if _moves(rows, name)]
    currency, when = tried["currency"], words.days(ask.filters.period)
    return {
        "sentences": [_gain(rows, basis, to, (teams[to], currency, when)) for basis in bases]
        or [Sentence("", "No money", f"of {when} would move.")],
        "takes": any(_moved(row, basis) < 0 for row in rows for basis in bases if row["team"] is not None),
        "table": _moves_table(rows, bases, teams, currency),
    }


def _gain(rows: Sequence[Row], basis: str, to: str, said: tuple[str, str, str]) -> Sentence:
    """What the team would gain in a basis, and from whom."""
    name, currency, when = said
    gains = sum((_moved(row, basis) for row in rows if row["team"] == to), Decimal(0))
    nobody = -sum((_moved(row, basis) for row in rows if row["team"] is None), Decimal(0))
    others = -sum((_moved(row, basis) for row in rows if row["team"] not in {None, to}), Decimal(0))
    parts = [
        f"{words.short(amount, 'money', currency)} {whose}"
        for amount, whose in (
            (nobody, "that has no team now"),
            (others, "of other teams"),
            (
                gains - nobody - others,
                "of the bill's own list price, which known use would no longer explain",
            ),
        )
        if amount
    ]
    return Sentence(
        "",
        words.short(gains, "money", currency),
        f"{BASIS[basis]} in {when} would go to {name}" + (f": {' and '.join(parts)}." if parts else "."),
    )


def _moves(rows: Sequence[Row], basis: str) -> bool:
    return any(_moved(row, basis) for row in rows)


def _moved(row: Row, basis: str) -> Decimal:
    moved: Decimal = row[f"{basis}_after"] - row[f"{basis}_before"]
    return moved


def _moves_table(rows: Sequence[Row], bases: Sequence[str], teams: Mapping[str, str], currency: str) -> Table:
    """Before and after of the teams whose money moves."""
    columns = [Column("name", "Team")]
    for basis in bases:
        columns += [
            Column(f"{basis}_before", f"{basis.capitalize()} before", "money"),
            Column(f"{basis}_after", "after", "money"),
            Column(f"{basis}_moved", "moves", "change"),
        ]
    moving = [row for row in rows if any(_moved(row, basis) for basis in bases)]
    shown = tuple(
        {
            **row,
            **{f"{basis}_moved": _moved(row, basis) or None for basis in bases},
            "name": teams.get(row["team"] or "", row["team"]) or words.title(""),
            "quiet": row["team"] is None,
            "currency": currency,
        }
        for row in moving
    )
    still = len(rows) - len(moving)
    keeps = "1 other team keeps what it has." if still == 1 else f"{still} other teams keep what they have."
    return Table(
        "Before and after",
        tuple(columns),
        shown,
        empty="Every team keeps what it has.",
        note=keeps if still and moving else "",
    )


def act(ask: Ask, path: Mapping[str, str], form: Mapping[str, str]) -> str:
    """Make the rule, or take it back."""
    when, books = _when(path), ask.desk.bookkeeping
    if form.get("act") == "make":
        teams = dict(team_names(ask))
        team = form.get("team", "")
        if teams and team not in teams:
            raise UnknownNameError("team", team, teams)
        books.make_rule(proposed_rule(when, team), ask.scope)
        return f"{what_said(when, None)} belongs to {teams.get(team, team)} now"
    if form.get("act") == "drop":
        books.drop_rule(rule_id(when), ask.scope)
        return f"The rule about {what_said(when, None)} is taken back"
    raise SettingsError("the form does not say what to do")


PAGE = Page(
    "unplaced",
    "/unattributed/{vendor}/{by}/{value:path}",
    "Without a team",
    "Spend",
    "Whose is it?",
    view,
    parent="unattributed",
    controls=("days", "basis"),
    dimensions=(),
    example=(("vendor", "mystery"), ("by", "tool"), ("value", "opencode")),
    act=act,
)
