"""`payback impact`: what adoption, or another change, did to an outcome, with its interval."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from payback.cli import printing
from payback.cli.edge import Format, Home, Printed, opened, refusals


def impact(  # one verb of the contract: own facts, or one of three kinds of file
    metric: Annotated[
        str | None, typer.Argument(help="A metric of delivery or quality, on your own facts.")
    ] = None,
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
    treatment: Annotated[
        str | None,
        typer.Option("--treatment", help="adoption; of an experiment, the column of the arm, 0 or 1."),
    ] = None,
    covariates: Annotated[
        str, typer.Option("--covariates", help="Columns fixed before treatment, comma-separated.")
    ] = "",
    controls: Annotated[str, typer.Option("--controls", help="never or not_yet.")] = "not_yet",
    method: Annotated[
        str,
        typer.Option(
            "--method",
            help="auto; of a metric difference_in_differences, interrupted_series, before_after, matched; of a panel "
            "callaway_santanna, imputation.",
        ),
    ] = "auto",
    team: Annotated[str | None, typer.Option("--team", help="The effect on one team.")] = None,
    by: Annotated[str | None, typer.Option("--by", help="team: the organisation and each team.")] = None,
    threshold: Annotated[
        int, typer.Option("--threshold", help="Percent of contributors with the habit.", min=1, max=100)
    ] = 30,
    home: Home = None,
    better: Annotated[str, typer.Option("--better", help="higher or lower.")] = "higher",
    log: Annotated[bool, typer.Option("--log", help="Compare logarithms; the effect in percent.")] = False,
    cluster: Annotated[str | None, typer.Option("--cluster", help="Column of what was assigned.")] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", help="When the series was interrupted; without times, points before."),
    ] = None,
    strata: Annotated[
        str, typer.Option("--strata", help="Columns within which a roll-out is, or was, dealt.")
    ] = "",
    instrument: Annotated[
        str | None,
        typer.Option("--instrument", help="Of an experiment: the column of access, when --treatment is use."),
    ] = None,
    dealt: Annotated[
        bool, typer.Option("--dealt", help="Of a panel: its dates were dealt out by plan.")
    ] = False,
    choosing: Annotated[
        int,
        typer.Option(
            "--choosing", help="Of a panel: steps before treatment that were used to choose.", min=0
        ),
    ] = 0,
    throughput: Annotated[
        bool, typer.Option("--throughput", help="Of a panel: the outcome is a throughput.")
    ] = False,
    plan: Annotated[str | None, typer.Option("--plan", help="Draw a roll-out: lottery or wedge.")] = None,
    units: Annotated[Path | None, typer.Option("--units", help="CSV: units of the roll-out.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the draw.")] = 1,
    share: Annotated[float, typer.Option("--share", help="Percent with a seat in a lottery.")] = 50,
    waves: Annotated[int, typer.Option("--waves", help="Waves of a wedge.")] = 4,
    every: Annotated[int, typer.Option("--every", help="Weeks between waves.", min=1)] = 4,
    history: Annotated[
        Path | None, typer.Option("--history", help="CSV: what the units did before, by week.")
    ] = None,
    gain: Annotated[float, typer.Option("--gain", help="Percent that is to be found.")] = 20,
    write: Annotated[Path | None, typer.Option("--write", help="File for the assignment.")] = None,
    form: Printed = Format.TABLE,
) -> None:
    """What adoption did to a metric; or the effect in a panel, an experiment or a series from outside. Writes no facts."""
    chosen = [path for path in (panel, experiment, series, plan) if path]
    if len(chosen) + (metric is not None) != 1:
        raise typer.BadParameter("give a metric, or one of --panel, --experiment, --series and --plan")
    inside = tuple(name.strip() for name in strata.split(",") if name.strip())
    if plan:
        from payback.cli.planning import planned

        if units is None:
            raise typer.BadParameter("give --units: the CSV file of the units of the roll-out")
        planned(
            (units, write, form),
            {
                "kind": plan,
                "unit": unit,
                "strata": inside,
                "seed": seed,
                "share": share,
                "waves": waves,
                "every": every,
                "start": start,
                "gain": gain,
            },
            (history, time, outcome),
        )
        return
    if metric is not None:
        _own(home, (metric, team, by), (method, treatment, threshold), form)
        return
    from payback.app.effects import Columns, of_experiment, of_panel, of_series
    from payback.insight.impact.estimate import Asked

    names = tuple(name.strip() for name in covariates.split(",") if name.strip())
    with refusals():
        if panel:
            columns = Columns(outcome, unit, time, treated_from, None, names, *inside[:1])
            asked = Asked(controls, better, is_log=log, is_throughput=throughput, is_dealt=dealt)
            found = of_panel(panel, columns, asked, method, choosing)
        elif experiment:
            columns = Columns(
                outcome, None, None, treatment, cluster, names, inside[0] if inside else None, instrument
            )
            found = of_experiment(experiment, columns, is_log=log)
        elif series:
            if start is None:
                raise typer.BadParameter("give --from: when the series was interrupted")
            found = of_series(series, Columns(outcome, None, time, None, None, names), start)
    _print(form, found)


def _own(
    home: Path | None,
    what: tuple[str, str | None, str | None],
    how: tuple[str, str | None, int],
    form: Format,
) -> None:
    """The effect of adoption on a metric: of the organisation, a team, or by team."""
    from payback.app.impacts import Asked, by_team
    from payback.app.impacts import impact as effect_of

    metric, team, by = what
    method, treatment, threshold = how
    if by not in {None, "team"}:
        raise typer.BadParameter("--by is team")
    asked = Asked(team, method, treatment or "adoption", threshold / 100)
    with opened(home) as app:
        scope = app.scope(None)
        if by:
            rows = by_team(app, scope, metric, asked)
            if form is Format.JSON:
                printing.emit({"metric": metric, "rows": rows})
            else:
                printing.rows(form, BY_TEAM, [_line(row) for row in rows], f"Effect of adoption on {metric}")
            return
        _print(form, effect_of(app, scope, metric, asked))


def _line(row: dict[str, Any]) -> dict[str, Any]:
    low, high = row["percent_interval"] or (None, None)
    return {**row, "unit": row["unit"] or "organisation", "from": low, "to": high}


BY_TEAM = ("unit", "since", "percent", "from", "to", "n", "units", "label", "verdict")


def _print(form: Format, found: dict[str, Any]) -> None:
    if form is Format.JSON:
        printing.emit(found)
        return
    rows: list[dict[str, Any]] = [
        {"what": name, "value": value} for name, value in found.items() if not isinstance(value, (list, dict))
    ]
    low, high = found["interval"] or (None, None)
    for name, row in (("adoption", "unit"), ("sensitivity", "threshold"), ("guardrails", "metric")):
        rows += [{"what": f"{name} {one[row]}", "value": _said(one)} for one in found.get(name, ())]
    if found.get("fixed_mix"):
        fixed = found["fixed_mix"]
        rows += [{"what": "at fixed mix", "value": _said(fixed)}, {"what": "mix", "value": fixed["mix"]}]
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


def _said(one: dict[str, Any]) -> str:
    """One adoption, one threshold or one guardrail in words."""
    if "week" in one:
        when = f"week of {one['week']}" if one["week"] else "not yet"
        return f"{when}: {one['habitual']} of {one['contributors']} contributors have the habit"
    if one["percent_interval"] is None:
        return str(one.get("verdict") or one.get("missing") or "no interval")
    low, high = one["percent_interval"]
    return f"{one['percent']:+.1f} % ({low:+.1f} to {high:+.1f}) {one.get('verdict', '')}".strip()
