"""The useful output of workflows brought up to date, when outputs, changes, tickets, money or the workflows themselves moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.delivery.pieces import Made, piece_rows
from payback.ledger.batches import digest
from payback.ledger.owing import LEDGER
from payback.period import day_of
from payback.warehouse.contract import Cursor, Replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from payback.app.application import App

STREAM, COUNTED_AS = "pieces", "2"
READ = ("outputs", "work", "work_items", "production_deployments", "spend")


def bring_up_to_date(app: App) -> bool:
    """Count the pieces anew; False where nothing moved that they are made of."""
    told = _fingerprint(app)
    held = app.warehouse.table("pieces")
    count = app.warehouse.read(held.aggregate(rows=held.count()))["rows"][0].as_py()
    if app.warehouse.cursors(LEDGER).get(STREAM) == f"{told} {count}":
        return False
    rows = piece_rows(_made(app), app.now())
    app.warehouse.apply([Replace("pieces", rows), Cursor(LEDGER, STREAM, f"{told} {len(rows)}")])
    return True


def _fingerprint(app: App) -> str:
    """Another text wherever what pieces are made of may be another."""
    found: list[Any] = [COUNTED_AS]
    for name in READ:
        rows = app.warehouse.table(name)
        ends = rows.aggregate(rows=rows.count(), last=rows["synced_at"].max())
        found.append(app.warehouse.read(ends).to_pylist())
    directory = app.books.directory
    return digest(*found, *sorted(directory.workflows.items()), *sorted(directory.catalogue.owners, key=repr))


def _made(app: App) -> Made:
    directory, zone, now = app.books.directory, app.settings.zone, app.now()

    def team_of(workflow: str) -> str | None:
        owner = directory.owner_of("workflow", workflow, now)
        return owner.team if owner else None

    return Made(
        _rows(app, "work"),
        _rows(app, "work_items"),
        _rows(app, "production_deployments"),
        app.warehouse.read(app.warehouse.table("outputs").order_by("output_id")).to_pylist(),
        directory.workflows,
        team_of,
        lambda moment: day_of(moment, zone),
        *_means(app),
    )


def _rows(app: App, name: str) -> list[dict[str, Any]]:
    """The rows of a table that belong to a workflow."""
    rows = app.warehouse.table(name)
    found: list[dict[str, Any]] = app.warehouse.read(rows.filter(rows["workflow"].notnull())).to_pylist()
    return found


def _means(app: App) -> tuple[Mapping[str, Any], Mapping[Any, Any]]:
    """The tool and model that took most of the list money, by run of an output, and by workflow and day."""
    spend = app.warehouse.table("spend")
    spend = spend.filter(spend["workflow"].notnull(), spend["list"] > 0)
    by_run = spend.filter(spend["run_id"].notnull()).semi_join(app.warehouse.table("outputs"), "run_id")
    runs = by_run.group_by("run_id", "tool", "model").aggregate(spent=by_run["list"].sum())
    days = spend.group_by("workflow", "day", "tool", "model").aggregate(spent=spend["list"].sum())
    return (
        _most(app.warehouse.read(runs).to_pylist(), "run_id"),
        _most(app.warehouse.read(days).to_pylist(), "workflow", "day"),
    )


def _most(rows: Iterable[Mapping[str, Any]], *names: str) -> dict[Any, tuple[str | None, str | None]]:
    found: dict[Any, tuple[Any, tuple[str | None, str | None]]] = {}
    for row in rows:
        key = row[names[0]] if len(names) == 1 else tuple(row[name] for name in names)
        rank = (row["spent"] or 0, row["tool"] or "", row["model"] or "")
        if key not in found or rank > found[key][0]:
            found[key] = rank, (row["tool"], row["model"])
    return {key: means for key, (_, means) in found.items()}
