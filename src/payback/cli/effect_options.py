"""What `payback impact` can be asked with: the words and the help of each option."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Metric = Annotated[str | None, typer.Argument(help="A metric of delivery or quality, on your own facts.")]
Panel = Annotated[Path | None, typer.Option("--panel", help="CSV: units over time.")]
Experiment = Annotated[Path | None, typer.Option("--experiment", help="CSV: a randomised comparison.")]
Series = Annotated[Path | None, typer.Option("--series", help="CSV: one interrupted series.")]
Unit = Annotated[str | None, typer.Option("--unit", help="Column of the unit.")]
Time = Annotated[str | None, typer.Option("--time", help="Column of the time.")]
TreatedFrom = Annotated[
    str | None,
    typer.Option("--treated-from", help="Column of the first treated time; 0, empty or inf: never."),
]
Outcome = Annotated[str | None, typer.Option("--outcome", help="Column of the outcome.")]
Treatment = Annotated[
    str | None, typer.Option("--treatment", help="adoption; of an experiment, the column of the arm, 0 or 1.")
]
Covariates = Annotated[
    str, typer.Option("--covariates", help="Columns fixed before treatment, comma-separated.")
]
Controls = Annotated[str, typer.Option("--controls", help="never or not_yet.")]
Method = Annotated[
    str,
    typer.Option(
        "--method",
        help="auto; of a metric difference_in_differences, interrupted_series, before_after, matched; of a panel "
        "callaway_santanna, imputation.",
    ),
]
Team = Annotated[str | None, typer.Option("--team", help="The effect on one team.")]
By = Annotated[str | None, typer.Option("--by", help="team: the organisation and each team.")]
Threshold = Annotated[
    int, typer.Option("--threshold", help="Percent of contributors with the habit.", min=1, max=100)
]
Better = Annotated[str, typer.Option("--better", help="higher or lower.")]
Log = Annotated[bool, typer.Option("--log", help="Compare logarithms; the effect in percent.")]
Cluster = Annotated[str | None, typer.Option("--cluster", help="Column of what was assigned.")]
Start = Annotated[
    str | None, typer.Option("--from", help="When the series was interrupted; without times, points before.")
]
Strata = Annotated[str, typer.Option("--strata", help="Columns within which a roll-out is, or was, dealt.")]
Instrument = Annotated[
    str | None,
    typer.Option("--instrument", help="Of an experiment: the column of access, when --treatment is use."),
]
Dealt = Annotated[bool, typer.Option("--dealt", help="Of a panel: its dates were dealt out by plan.")]
Choosing = Annotated[
    int,
    typer.Option("--choosing", help="Of a panel: steps before treatment that were used to choose.", min=0),
]
Throughput = Annotated[bool, typer.Option("--throughput", help="Of a panel: the outcome is a throughput.")]
Plan = Annotated[str | None, typer.Option("--plan", help="Draw a roll-out: lottery or wedge.")]
Units = Annotated[Path | None, typer.Option("--units", help="CSV: units of the roll-out.")]
Seed = Annotated[int, typer.Option("--seed", help="Of the draw.")]
Share = Annotated[float, typer.Option("--share", help="Percent with a seat in a lottery.")]
Waves = Annotated[int, typer.Option("--waves", help="Waves of a wedge.")]
Every = Annotated[int, typer.Option("--every", help="Weeks between waves.", min=1)]
History = Annotated[Path | None, typer.Option("--history", help="CSV: what the units did before, by week.")]
Gain = Annotated[float, typer.Option("--gain", help="Percent that is to be found.")]
Write = Annotated[Path | None, typer.Option("--write", help="File for the assignment.")]
