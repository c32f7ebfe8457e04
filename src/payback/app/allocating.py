"""Rules that place money: those of payback.toml and those made on a page, tried out before they hold, and how well they do.

A trial computes spend as it would be, beside what it is, and writes nothing. Coverage says what share of the money each
rule placed; stability, how much a team's share moves from month to month (an allocation that jumps is not ready to charge
anybody by).
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import ibis

from payback.access.facts import open as opened
from payback.access.scope import Sight
from payback.errors import ForbiddenError, SettingsError, UnknownNameError
from payback.ledger import spend
from payback.ledger.placement import Placement
from payback.ledger.rules import Rule, Rules, rule
from payback.org.file_entries import entries, span
from payback.state.remembered import put_setting, settings_like
from payback.state.watched import Audited, record_audit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from payback.access.scope import Scope
    from payback.app.application import App
    from payback.period import Period
    from payback.state import State

    Row = dict[str, Any]

STORED = "rule/"
BASES = ("billed", "amortised", "list")


def rules_of(told: Mapping[str, Any], state: State, zone: ZoneInfo) -> Rules:
    """The rules that hold: [[rules]] of payback.toml, and those made on pages. SettingsError names one that cannot be."""
    typed = [rule(entry, span(entry, zone)) for entry in entries(told, "rules")]
    made = [rule(entry, span(entry, zone)) for entry in _made(state).values()]
    names = [one.rule_id for one in (*typed, *made)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SettingsError(f"two rules are called {twice[0]!r}; give one of them another id")
    return Rules([*typed, *made])


def _made(state: State) -> dict[str, Row]:
    return {
        key.removeprefix(STORED): json.loads(value) for key, value in settings_like(state, STORED).items()
    }


def make_rule(app: App, entry: Mapping[str, Any], by: Scope) -> Rule:
    """Keep a rule made on a page or by a verb, and place all money by it. SettingsError says what is wrong with it."""
    _may_change(by)
    made = rule(entry, span(entry, app.settings.zone))
    if any(made.rule_id == one.rule_id for one in app.books.rules.all if one.rule_id not in _made(app.state)):
        raise SettingsError(f"payback.toml already has a rule {made.rule_id!r}; choose another id")
    put_setting(app.state, STORED + made.rule_id, json.dumps(dict(entry), default=str), app.now())
    _note(app, "rule.make", made.rule_id, dict(entry), by)
    _settle(app)
    return made


def drop_rule(app: App, rule_id: str, by: Scope) -> None:
    """Take back a rule that was made on a page. UnknownNameError for another."""
    _may_change(by)
    made = _made(app.state)
    if rule_id not in made:
        raise UnknownNameError("rule made on a page", rule_id, made)
    put_setting(app.state, STORED + rule_id, None, app.now())
    _note(app, "rule.drop", rule_id, made[rule_id], by)
    _settle(app)


def _may_change(by: Scope) -> None:
    if by.sight is not Sight.EVERYTHING:
        raise ForbiddenError("make rules, which move everybody's money", by.reason)


def _note(app: App, action: str, subject: str, details: Row, by: Scope) -> None:
    told = json.loads(json.dumps(details, default=str))
    record_audit(app.state, Audited(app.now(), by.reason, action, subject, told))


def _settle(app: App) -> None:
    """The rules hold at once; money is placed by them now, or beside the answer while sources are kept up to date."""
    app.organise()
    app.settle()


def rules(app: App) -> list[Row]:
    """Every rule: id, what it looks at, what it gives or how it splits, and where it was made."""
    made = _made(app.state)
    return [
        {
            "rule": one.rule_id,
            "when": dict(one.when),
            "give": dict(one.give),
            "split": {team: weight / 10**6 for team, weight in one.parts},
            "split_by": one.by.value if one.by else None,
            "among": list(one.among),
            "stage": one.stage.value,
            "made": "page" if one.rule_id in made else "payback.toml",
        }
        for one in app.books.rules.all
    ]


def trial(app: App, entry: Mapping[str, Any], period: Period, scope: Scope, currency: str = "") -> Row:
    """A rule tried on a period: money of each team before and after, in each basis, and how much would move, in one currency
    (the organisation's where none is named).

    Rows: team, and for each basis `before`, `after`. Nothing is written.
    """
    _may_change(scope)
    from payback.app.derivation import ground_of

    tried = rule(entry, span(entry, app.settings.zone))
    others = [one for one in app.books.rules.all if one.rule_id != tried.rule_id]
    ground, currency = ground_of(app), currency or app.settings.currency
    grounds = (
        replace(ground, placement=Placement(app.books.directory, held), trial=True)
        for held in (app.books.rules, Rules([*others, tried]))
    )
    sums = [_by_team(app, period, one, currency) for one in grounds]
    teams = sorted({*sums[0], *sums[1]}, key=lambda team: (team is None, team or ""))
    nothing = dict.fromkeys(BASES, Decimal(0))
    rows: list[Row] = [
        {"team": team}
        | {f"{basis}_before": sums[0].get(team, nothing)[basis] for basis in BASES}
        | {f"{basis}_after": sums[1].get(team, nothing)[basis] for basis in BASES}
        for team in teams
    ]
    moved = {
        basis: sum(
            (max(row[f"{basis}_after"] - row[f"{basis}_before"], Decimal(0)) for row in rows), Decimal(0)
        )
        for basis in BASES
    }
    days = {"since": period.since, "until": period.until}
    return {"rule": tried.rule_id, **days, "currency": currency, "rows": rows, "moved": moved}


def _by_team(
    app: App, period: Period, ground: spend.Ground, currency: str
) -> dict[str | None, dict[str, Decimal]]:
    found: dict[str | None, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(BASES, Decimal(0)))
    told = spend.computed(app.warehouse, period, ground, app.now())
    for rows in (told.use, told.charged):
        for row in rows.select(["day", "team", "currency", *BASES]).to_pylist():
            if period.since <= row["day"] < period.until and row["currency"] == currency:
                for basis in BASES:
                    found[row["team"]][basis] += row[basis] or Decimal(0)
    return found


def coverage(app: App, period: Period, scope: Scope) -> list[Row]:
    """What each way of placing placed in a period: rule, rows, money in each basis, and its share of the amortised money
    (of list where nothing is billed). The row without a team comes in its place like any other.
    """
    rows = opened(app.ground, "spend", scope)
    rows = rows.filter(rows["day"] >= ibis.literal(period.since), rows["day"] < ibis.literal(period.until))
    rows = rows.filter(rows["currency"] == app.settings.currency)
    rows = rows.mutate(rule=rows["allocation"].fill_null(rows["basis"].re_extract(r"(team [^;]+)", 1)))
    told = rows.group_by("rule").aggregate(rows=rows.count(), **{basis: rows[basis].sum() for basis in BASES})
    found: list[Row] = app.warehouse.read(told.order_by("rule")).to_pylist()
    basis = "amortised" if any(row["amortised"] for row in found) else "list"
    total = sum((row[basis] or Decimal(0) for row in found), Decimal(0))
    ranked = sorted(found, key=lambda row: -(row[basis] or Decimal(0)))
    return [{**row, "share": float((row[basis] or 0) / total) if total else None} for row in ranked]


def stability(app: App, period: Period, scope: Scope) -> list[Row]:
    """How alike a team's share of the amortised money is from one month to the next: 1 is unchanged, 0 all of it moved.

    One row per month after the first: 1 − ½ Σ |share − share of the month before|, over teams and the unattributed.
    """
    rows = opened(app.ground, "spend", scope)
    rows = rows.filter(rows["day"] >= ibis.literal(period.since), rows["day"] < ibis.literal(period.until))
    rows = rows.filter(rows["currency"] == app.settings.currency, rows["amortised"].notnull())
    told = rows.group_by(month=rows["day"].truncate("M"), team=rows["team"]).aggregate(
        cost=rows["amortised"].sum()
    )
    months: dict[Any, dict[str | None, Decimal]] = defaultdict(dict)
    for row in app.warehouse.read(told.order_by("month")).to_pylist():
        months[row["month"]][row["team"]] = row["cost"]
    found = []
    for before, after in zip(list(months), list(months)[1:], strict=False):
        shares = [_shares(months[before]), _shares(months[after])]
        moved = sum(
            abs(shares[1].get(team, 0.0) - shares[0].get(team, 0.0)) for team in {*shares[0], *shares[1]}
        )
        found.append({"month": after, "stability": round(1 - moved / 2, 6)})
    return found


def _shares(costs: Mapping[str | None, Decimal]) -> dict[str | None, float]:
    total = sum(costs.values(), Decimal(0))
    return {team: float(cost / total) for team, cost in costs.items()} if total else {}
