"""Unattributed: the money without a team, dearest first, each with the rule that would place it one choice away."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from payback.access.scope import Sight
from payback.app.unplaced import weight
from payback.period import Period
from payback.web import words
from payback.web.asking import number
from payback.web.blocks import Column, Empty, Link, Pick, Sentence, Table, Tile
from payback.web.emptiness import nothing_in_range, nothing_yet
from payback.web.page import Page
from payback.web.questions.spent import BASIS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payback.metrics.question import Answer
    from payback.web.asking import Ask

    Row = Mapping[str, Any]

MOST = 50
KINDS = {
    "api_key": "key",
    "project": "project",
    "account": "account",
    "person": "person",
    "tool": "tool",
    "vendor": "vendor",
}
SHARES = {
    "list": "unattributed_share",
    "billed": "unattributed_share_billed",
    "amortised": "unattributed_share_amortised",
}
BARE = "nothing a rule could look at"


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """What has no team in these days, and how much of all money it is."""
    if ask.span is None:
        return {"empty": nothing_yet(ask)}
    rows = ask.desk.bookkeeping.unattributed(ask.filters.period, ask.scope)
    answer = ask.answer(ask.money, *SHARES.values())
    if not rows and number(answer.totals[ask.money]) is None:
        return {"empty": nothing_in_range(ask, "money")}
    teams = team_names(ask)
    return {
        "empty": None,
        "sentence": _sentence(ask, rows, number(answer.totals[SHARES[ask.filters.basis]])),
        "tiles": tuple(_tile(answer, basis, metric) for basis, metric in SHARES.items()),
        "table": _table(ask, rows, teams),
        "nobody": None if teams else NO_TEAMS,
    }


NO_TEAMS = Empty(
    "No team is known yet",
    "A rule gives money to a team. Name teams under [[teams]] in payback.toml, or let an identity provider push them.",
    (Link("Go to Teams", "/teams"),),
)


def _sentence(ask: Ask, rows: Sequence[Row], share: Any) -> Sentence:
    """The amounts without a team in the basis asked for, of each currency apart; in another basis where that one has none."""
    when = words.days(ask.filters.period)
    for basis in dict.fromkeys((ask.filters.basis, *BASIS)):
        if said := _said(rows, basis):
            apart = len({row["currency"] for row in rows if row[basis]}) > 1
            whole = basis == ask.filters.basis and not apart and share is not None and 0 < share <= 1
            of_all = f", {words.exact(share, 'share')} of all of it" if whole else ""
            return Sentence("", said, f"{BASIS[basis]} in {when} has no team{of_all}.")
    if any(row["requests"] for row in rows):
        return Sentence("Use of", when, "without a price has no team.")
    return Sentence("All money of", when, "has a team.")


def _said(rows: Sequence[Row], basis: str) -> str:
    sums: dict[str, Decimal] = {}
    for row in rows:
        if row[basis]:
            sums[row["currency"]] = sums.get(row["currency"], Decimal(0)) + row[basis]
    return " and ".join(words.short(amount, "money", currency) for currency, amount in sums.items())


def _tile(answer: Answer, basis: str, metric: str) -> Tile:
    """The share without a team; where credits outweigh it, that is said instead."""
    share = number(answer.totals[metric])
    credit = share is not None and share < 0
    return Tile(
        metric,
        f"Without a team, {BASIS[basis]}",
        None if credit else share,
        "share",
        "credits outweigh it" if credit else "cannot be told",
    )


def _table(ask: Ask, rows: Sequence[Row], teams: tuple[tuple[str, str], ...]) -> Table:
    columns = (
        Column("what", "What it says of itself"),
        Column("tools_said", "Tool"),
        Column("list", "List price", "money", bar=True),
        Column("billed", "Billed", "money", bar=True),
        Column("amortised", "Amortised", "money"),
        Column("days", "Days"),
        Column("pick", "Belongs to", "pick"),
    )
    more = f"The {MOST} dearest of {words.grouped(len(rows))}. " if len(rows) > MOST else ""
    note = f"{more}A choice shows first what would move. Nothing is changed before you confirm it."
    return Table(
        "Dearest first",
        columns,
        tuple(_row(ask, row, teams) for row in rows[:MOST]),
        empty="Nothing is without a team in these days.",
        note=note if rows else "",
    )


def _row(ask: Ask, row: Row, teams: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    href = ask.filters.kept(thing_href(row["when"])) if row["when"] else ""
    return {
        **row,
        "what": what_said(row["when"], row["vendor"]),
        "href": href,
        "tools_said": ", ".join(words.title(tool) for tool in row["tools"]) or None,
        "days": days_said(row),
        "list_unknown": "unpriced" if row["requests"] and row["list"] is None else "–",
        "weight": weight(row),
        "pick": pick(ask, row["when"], teams) if row["when"] else None,
    }


def days_said(row: Row) -> str:
    """The days from the first to the last: 1–31 Oct 2026."""
    return words.days(Period(row["first"], row["last"] + timedelta(days=1)))


def what_said(when: Mapping[str, str], vendor: str | None) -> str:
    """What a rule would look at, in words: OpenAI, project proj-1."""
    names = [name for name in when if name != "vendor"] or list(when)
    parts = [
        words.title(when[name]) if name in {"tool", "vendor"} else f"{KINDS.get(name, name)} {when[name]}"
        for name in names
    ]
    of = words.title(when.get("vendor") or vendor) if when.get("vendor") or vendor else ""
    if not when:
        return f"{of}: {BARE}" if of else BARE.capitalize()
    said = ", ".join(parts if names == ["vendor"] or not when.get("vendor") else [of, *parts])
    return said[:1].upper() + said[1:]


def thing_href(when: Mapping[str, str]) -> str:
    """The page of one thing without a team."""
    name = next((name for name in when if name != "vendor"), "vendor")
    vendor = when.get("vendor", "-") if name != "vendor" else "-"
    return f"/unattributed/{quote(vendor, safe='')}/{name}/{quote(when[name], safe='')}"


def team_names(ask: Ask) -> tuple[tuple[str, str], ...]:
    """Ids and names of teams to choose from; none for who may not make rules."""
    if ask.scope.sight is not Sight.EVERYTHING:
        return ()
    teams = sorted(ask.desk.directory().teams.values(), key=lambda team: team.name.casefold())
    return tuple((team.team_id, team.name) for team in teams)


def pick(ask: Ask, when: Mapping[str, str], teams: tuple[tuple[str, str], ...]) -> Pick | None:
    """The choice of a team, which leads to the trial of its rule; None where there is none to choose from."""
    if not teams:
        return None
    kept = tuple(
        (name, value)
        for name, values in ask.filters.asked.items()
        if name not in {"to", "page", "sort"}
        for value in values
    )
    label = f"Team of {what_said(when, None)}"
    return Pick(thing_href(when), "to", label, teams, "Try", kept, ask.filters.to)


PAGE = Page(
    "unattributed",
    "/unattributed",
    "Unattributed",
    "Spend",
    "Which money has no team, and whose is it?",
    view,
    controls=("days", "basis"),
    dimensions=(),
)
