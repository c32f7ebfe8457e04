"""`effort_costs` kept up to date: made anew whenever hours, changes, outputs, rate cards or what is assumed are others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from payback.app.assuming import assumed, is_measured
from payback.app.effort_rows import Known, rows
from payback.ledger import rates
from payback.ledger.batches import digest, table_of
from payback.ledger.owing import LEDGER
from payback.ledger.placing import fingerprint
from payback.ledger.tables import BY_NAME
from payback.warehouse.contract import Cursor, Replace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from payback.app.application import App
    from payback.insight.assumptions import Assumed, Assumption

    Row = dict[str, Any]

MADE_OF = "effort_costs"
SOURCE = "ledger"
# Counted up by whoever changes how the rows follow from facts.
MADE_AS = "1"
DAYS = 7
WORK = (
    "pull_request_id", "repo", "author", "person", "team", "state", "merged_day", "deployment_id", "additions", "deletions",
    "work_type", "ai_class", "main_tool", "workflow", "evidence_complete", "human_reviews", "comments", "reworked", "incidents", "bugs",
)  # fmt: skip
READ = ("effort", "work", "outputs", "production_deployments", "developer_days", "exchange_rates")


def bring_up_to_date(app: App) -> bool:
    """Make the rows anew where what they are made of is another; False when they stand."""
    made_of, table = _fingerprint(app), app.warehouse.table(MADE_OF)
    count = app.warehouse.read(table.aggregate(rows=table.count()))["rows"][0].as_py()
    if app.warehouse.cursors(LEDGER).get(MADE_OF) == f"{made_of} {count}":
        return False
    found = table_of(BY_NAME[MADE_OF], rows(known(app)), SOURCE, app.now())
    app.warehouse.apply([Replace(MADE_OF, found), Cursor(LEDGER, MADE_OF, f"{made_of} {len(found)}")])
    return True


def _fingerprint(app: App) -> str:
    """Another text where something that the rows follow from is another: a change grows old enough with the day."""
    counted = []
    for name in READ:
        rows = app.warehouse.table(name)
        told = rows.aggregate(rows=rows.count(), last=rows["synced_at"].max())
        counted.append((name, *app.warehouse.read(told).to_pylist()[0].values()))
    held, told_here = app.books.directory, app.settings.told
    cards = sorted(held.catalogue.rates, key=repr)
    measured = sorted(assumed(told_here).values(), key=lambda one: one.id) if is_measured(told_here) else ()
    organisation = fingerprint(held, app.books.rules)
    return digest(MADE_AS, *counted, *cards, *measured, organisation, app.settings.currency, app.today())


def known(app: App) -> Known:
    """All that the rows are made of, as it is held now."""
    work = _read(app, "work", *WORK)
    told = app.settings.told
    return Known(
        effort=_read(app, "effort"),
        work=_shipped(app, work),
        outputs=_read(app, "outputs", "output_id", "workflow", "kind", "produced_at", "corrected"),
        assumed=with_rework(assumed(told), work, _developer_days(app)) if is_measured(told) else None,
        directory=app.books.directory,
        rates=rates.stored(app.warehouse),
        currency=app.settings.currency,
        zone=app.settings.zone,
        today=app.today(),
    )


def _read(app: App, table: str, *columns: str) -> list[Row]:
    rows = app.warehouse.table(table)
    found: list[Row] = app.warehouse.read(rows.select(*columns) if columns else rows).to_pylist()
    return found


def _shipped(app: App, work: list[Row]) -> list[Row]:
    held = _read(app, "production_deployments", "deployment_id", "pull_requests")
    count = {row["deployment_id"]: row["pull_requests"] for row in held}
    return [{**row, "shipped_with": count.get(row["deployment_id"])} for row in work]


def _developer_days(app: App) -> dict[date, int]:
    """How many people developed on each day."""
    rows = app.warehouse.table("developer_days")
    told = rows.group_by("day").aggregate(rows=rows.count())
    return {row["day"]: row["rows"] for row in app.warehouse.read(told).to_pylist()}


def reworked_as(app: App, told: Mapping[str, Assumption]) -> Assumed:
    """What is assumed, with the hours of a change that is done again as they are here."""
    return with_rework(told, _read(app, "work", "state", "merged_day"), _developer_days(app))


def with_rework(told: Mapping[str, Assumption], work: list[Row], developers: Mapping[date, int]) -> Assumed:
    """What is assumed, with the hours of a change that is done again: where nobody told them, the coding hours that go into
    one change, by how many a developer merges in a week.
    """
    one = told["rework_hours"]
    merged = sum(row["merged_day"] in developers for row in work if row["state"] == "merged")
    if one.value is not None or not merged:
        return told
    week = told["coding_hours_per_week"]
    hours = (week.value or 0) * sum(developers.values()) / DAYS / merged
    said = f"coding hours of one change here: {week.value:g} a week ÷ changes merged by a developer in a week"
    return {**told, "rework_hours": replace(one, value=round(hours, 2), source=said, read_on=week.read_on)}
