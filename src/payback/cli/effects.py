"""`payback impact`: what a change did to an outcome, with its interval."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from payback.cli import printing
from payback.cli.edge import Format, Printed, refusals


def impact(
    panel: Annotated[Path | None, typer.Option("--panel", help="CSV: units over time.")] = None,
    experiment: Annotated[
        Path | None, typer.Option("--experiment", help="CSV: a randomised comparison.")
    ] = None,
    series: Annotated[Path | None, typer.Option("--series", help="CSV: one interrupted series.")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Column of the unit.")] = None,
    time: Annotated[str | None, typer.Option("--time", help="Column of the time.")] = None,
    treated_from: Annotated[
        str | None,
        typer.Option("--treated-from", help="Column of the first treated time; 0, empty or inf: never."),
    ] = None,
    outcome: Annotated[str | None, typer.Option("--outcome", help="Column of the outcome.")] = None,
    treatment: Annotated[str | None, typer.Option("--treatment", help="Column of the arm, 0 or 1.")] = None,
    covariates: Annotated[
        str, typer.Option("--covariates", help="Columns fixed before treatment, comma-separated.")
    ] = "",
    controls: Annotated[str, typer.Option("--controls", help="never or not_yet.")] = "not_yet",
    method: Annotated[str, typer.Option("--method", help="auto or callaway_santanna.")] = "auto",
    better: Annotated[str, typer.Option("--better", help="higher or lower.")] = "higher",
    log: Annotated[bool, typer.Option("--log", help="Compare logarithms; the effect in percent.")] = False,
    cluster: Annotated[str | None, typer.Option("--cluster", help="Column of what was assigned.")] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", help="When the series was interrupted; without times, points before."),
    ] = None,
    form: Printed = Format.TABLE,
) -> None:
    """The effect in a panel, a randomised experiment or a series from outside. Writes no facts."""
    from payback.app.effects import Columns, of_experiment, of_panel, of_series
    from payback.insight.impact.estimate import Asked

    names = tuple(name.strip() for name in covariates.split(",") if name.strip())
    chosen = [path for path in (panel, experiment, series) if path]
    if len(chosen) != 1:
        raise typer.BadParameter("give one of --panel, --experiment and --series")
    with refusals():
        if panel:
            columns = Columns(outcome, unit, time, treated_from, None, names)
            found = of_panel(panel, columns, Asked(controls, better), method)
        elif experiment:
            columns = Columns(outcome, None, None, treatment, cluster, names)
            found = of_experiment(experiment, columns, is_log=log)
        elif series:
            if start is None:
                raise typer.BadParameter("give --from: when the series was interrupted")
            found = of_series(series, Columns(outcome, None, time, None, None, names), start)
    _print(form, found)


def _print(form: Format, found: dict[str, Any]) -> None:
    if form is Format.JSON:
        printing.emit(found)
        return
    rows: list[dict[str, Any]] = [
        {"what": name, "value": value} for name, value in found.items() if not isinstance(value, (list, dict))
    ]
    low, high = found["interval"] or (None, None)
    rows += [{"what": "interval from", "value": low}, {"what": "interval to", "value": high}]
    rows += [
        {"what": f"{step['t']:+d} steps since treatment", "value": step["att"]}
        for step in found.get("by_event_time", ())
    ]
    rows += [
        {"what": f"check {check['id']}", "value": check["says"]}
        for check in found.get("checks", ())
        if check["passed"] is False
    ]
    printing.rows(form, ("what", "value"), rows, "" if form is Format.CSV else "Effect")
