"""`payback impact`: what adoption, or another change, did to an outcome, with its interval."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import typer

from payback.cli import effect_options as option
from payback.cli import printing
from payback.cli.edge import Format, Home, Printed, opened, refusals


def impact(
    metric: option.Metric = None,
    panel: option.Panel = None,
    experiment: option.Experiment = None,
    series: option.Series = None,
    unit: option.Unit = None,
    time: option.Time = None,
    treated_from: option.TreatedFrom = None,
    outcome: option.Outcome = None,
    treatment: option.Treatment = None,
    covariates: option.Covariates = "",
    controls: option.Controls = "not_yet",
    method: option.Method = "auto",
    team: option.Team = None,
    by: option.By = None,
    threshold: option.Threshold = 30,
    home: Home = None,
    better: option.Better = "higher",
    log: option.Log = False,
    cluster: option.Cluster = None,
    start: option.Start = None,
    strata: option.Strata = "",
    instrument: option.Instrument = None,
    dealt: option.Dealt = False,
    choosing: option.Choosing = 0,
    throughput: option.Throughput = False,
    plan: option.Plan = None,
    units: option.Units = None,
    seed: option.Seed = 1,
    share: option.Share = 50,
    waves: option.Waves = 4,
    every: option.Every = 4,
    history: option.History = None,
    gain: option.Gain = 20,
    write: option.Write = None,
    form: Printed = Format.TABLE,
) -> None:
    """What adoption did to a metric; or the effect in a panel, an experiment or a series from outside. Writes no facts."""
    given = SimpleNamespace(**locals())
    chosen = [path for path in (panel, experiment, series, plan) if path]
    if len(chosen) + (metric is not None) != 1:
        raise typer.BadParameter("give a metric, or one of --panel, --experiment, --series and --plan")
    if plan:
        _planned(given)
    elif metric is not None:
        _own(given)
    else:
        _outside(given)


def _planned(given: Any) -> None:
    """A roll-out, drawn."""
    from payback.cli.planning import planned

    if given.units is None:
        raise typer.BadParameter("give --units: the CSV file of the units of the roll-out")
    same = {
        name: getattr(given, name) for name in ("unit", "seed", "share", "waves", "every", "start", "gain")
    }
    planned(
        (given.units, given.write, given.form),
        {"kind": given.plan, "strata": _columns(given.strata), **same},
        (given.history, given.time, given.outcome),
    )


def _outside(given: Any) -> None:
    """The effect in a file."""
    from payback.app.effects import Columns, of_experiment, of_panel, of_series
    from payback.insight.impact.estimate import Asked

    names, inside = _columns(given.covariates), _columns(given.strata)
    with refusals():
        if given.panel:
            columns = Columns(
                given.outcome, given.unit, given.time, given.treated_from, None, names, *inside[:1]
            )
            asked = Asked(
                given.controls,
                given.better,
                is_log=given.log,
                is_throughput=given.throughput,
                is_dealt=given.dealt,
            )
            found = of_panel(given.panel, columns, asked, given.method, given.choosing)
        elif given.experiment:
            stratum = inside[0] if inside else None
            columns = Columns(
                given.outcome, None, None, given.treatment, given.cluster, names, stratum, given.instrument
            )
            found = of_experiment(given.experiment, columns, is_log=given.log)
        else:
            if given.start is None:
                raise typer.BadParameter("give --from: when the series was interrupted")
            found = of_series(
                given.series, Columns(given.outcome, None, given.time, None, None, names), given.start
            )
    _print(given.form, found)


def _columns(told: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in told.split(",") if name.strip())


def _own(given: Any) -> None:
    """The effect of adoption on a metric: of the organisation, a team, or by team."""
    from payback.app.impacts import Asked, by_team
    from payback.app.impacts import impact as effect_of

    if given.by not in {None, "team"}:
        raise typer.BadParameter("--by is team")
    asked = Asked(given.team, given.method, given.treatment or "adoption", given.threshold / 100)
    with opened(given.home) as app:
        scope = app.scope(None)
        if not given.by:
            _print(given.form, effect_of(app, scope, given.metric, asked))
            return
        rows = by_team(app, scope, given.metric, asked)
        if given.form is Format.JSON:
            printing.emit({"metric": given.metric, "rows": rows})
        else:
            title = f"Effect of adoption on {given.metric}"
            printing.rows(given.form, BY_TEAM, [_line(row) for row in rows], title)


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
