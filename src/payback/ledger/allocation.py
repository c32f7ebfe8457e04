"""Shared money divided over teams by declared rules, after everything that names its team has been placed.

A rule that splits takes rows without a team (or of the team it names) and gives each team its part, exactly. Weights by
use are those of the row's calendar month, so that no day's accident decides; by seats (of the row's tool, where it has
any) and headcount those of its day.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from payback.ledger.batches import digest
from payback.ledger.portions import nano, portions
from payback.ledger.rules import By, Rule
from payback.ledger.shares import money
from payback.period import add_months, midnight, month_start

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from zoneinfo import ZoneInfo

    from payback.ledger.attribute import Ground
    from payback.warehouse.contract import Warehouse

    Row = dict[str, Any]

MONEY_COLUMNS = ("billed", "amortised", "list")
COUNTS = ("unpriced_tokens", "tokens", "requests")


def allocated(rows: pa.Table, ground: Ground) -> pa.Table:
    """Rows of `spend` with those that a splitting rule speaks of replaced by one row per team."""
    splitting = ground.placement.rules.splitting
    if not splitting or not len(rows):
        return rows
    columns = sorted(
        {"team", "day", "tool", *(name for rule in splitting for name, _ in rule.when)}
        & set(rows.column_names)
    )
    found: list[tuple[int, Rule]] = []
    for index, row in enumerate(rows.select(columns).to_pylist()):
        if rule := _rule_for(row, splitting, ground):
            found.append((index, rule))
    if not found:
        return rows
    chosen = {index for index, _ in found}
    weights: dict[tuple[str, date, str | None], Mapping[str, int]] = {}
    parts: list[Row] = []
    split_rows = rows.take(pa.array([index for index, _ in found], pa.int64())).to_pylist()
    for row, (_, rule) in zip(split_rows, found, strict=True):
        key = (rule.rule_id, row["day"], row["tool"] if rule.by is By.SEATS else None)
        if key not in weights:
            weights[key] = _weights(rule, row["day"], ground, row["tool"])
        parts += _parts(row, rule, weights[key], ground)
    kept = rows.filter(pa.array([index not in chosen for index in range(len(rows))]))
    return pa.concat_tables([kept, pa.Table.from_pylist(parts, schema=rows.schema)])


def _rule_for(row: Row, rules: tuple[Rule, ...], ground: Ground) -> Rule | None:
    for rule in rules:
        names = {name for name, _ in rule.when}
        if row["team"] is not None and "team" not in names:
            continue
        if rule.holds(row, midnight(row["day"], ground.zone)):
            return rule
    return None


def _weights(rule: Rule, day: date, ground: Ground, tool: str | None) -> Mapping[str, int]:
    """Team to weight, in the order of names; empty where there is nothing to go by."""
    match rule.by:
        case By.PARTS:
            found = dict(rule.parts)
        case By.USAGE:
            found = dict(ground.use_of_month(month_start(day)))
        case By.SEATS:
            found = ground.seats.by_team(day, ground, tool)
        case _:
            found = headcount(ground, day)
    among = set(rule.among) or set(found)
    leaving = dict(rule.when).get("team")
    return {team: found[team] for team in sorted(among & set(found) - {leaving}) if found[team] > 0}


def headcount(ground: Ground, day: date) -> dict[str, int]:
    """People of each team at the start of a day."""
    directory, instant = ground.placement.directory, midnight(day, ground.zone)
    teams = (
        directory.team_of(person.person_id, instant)
        for person in directory.people.values()
        if person.kind == "person" and person.span.holds(instant)
    )
    return dict(Counter(team for team in teams if team))


def _parts(row: Row, rule: Rule, weights: Mapping[str, int], ground: Ground) -> list[Row]:
    if not weights:
        return [row]
    teams = list(weights)
    split: dict[str, list[Any]] = {
        name: [money(part) for part in portions(nano(row[name]), list(weights.values()))]
        for name in MONEY_COLUMNS
    }
    split |= {name: portions(row[name], list(weights.values())) for name in COUNTS}
    return [
        {
            **row,
            **{name: values[index] for name, values in split.items()},
            "spend_id": digest(row["spend_id"], rule.rule_id, team),
            "team": team,
            "cost_center": ground.placement.directory.cost_center_of(None, team),
            "basis": f"{row['basis']}; shared by rule {rule.rule_id}",
            "allocation": rule.rule_id,
        }
        for index, team in enumerate(teams)
    ]


def use_of_month(warehouse: Warehouse, zone: ZoneInfo, month: date) -> Mapping[str, int]:
    """List money of each team's use in a calendar month, in billionths of a US dollar."""
    since, until = midnight(month, zone), midnight(add_months(month, 1), zone)
    hours = warehouse.table("usage_hourly")
    within = hours.filter(
        hours["hour"] >= ibis.literal(since), hours["hour"] < ibis.literal(until), hours["team"].notnull()
    )
    rows = warehouse.read(within.group_by("team").aggregate(worth=within["list_usd"].sum())).to_pylist()
    return {row["team"]: nano(row["worth"]) or 0 for row in rows}
