"""`pieces`: the useful output of every workflow, of whichever kind it declares, one row each. Pure.

What counts is what the workflow declares as `useful_output`: its merged changes (`merged_pr`), its tickets done (`ticket`), its
stories done (`story`), its merged documentation and test changes (`qa_task`), the deployments that are mostly its changes
(`deploy`), or the outputs of one kind told of it (`output:triage`). Of a workflow that declares none, all outputs told of it count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from payback.delivery.belonging import PIECES as TOLD
from payback.ledger.tables_work import PIECES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date, datetime

    import pyarrow as pa

    from payback.org.what import Workflow

    Row = Mapping[str, Any]
    Means = tuple[str | None, str | None]

MERGED_PR, TICKET, STORY, QA_TASK, DEPLOY = "merged_pr", "ticket", "story", "qa_task", "deploy"
KINDS = (MERGED_PR, TICKET, STORY, QA_TASK, DEPLOY)
BACK = ("corrected", "reopened", "rerouted")
NO_MEANS: Means = (None, None)


@dataclass(frozen=True)
class Made:
    """Rows of work, tickets, deployments and outputs; the workflows as declared, each one's team, the day of an instant; the tool and
    model that took most money, by run, and by workflow and day.
    """

    work: Iterable[Row] = ()
    items: Iterable[Row] = ()
    deployments: Iterable[Row] = ()
    outputs: Iterable[Row] = ()
    workflows: Mapping[str, Workflow] = field(default_factory=dict)
    team_of: Callable[[str], str | None] = lambda _workflow: None
    day_of: Callable[[datetime], date] = lambda moment: moment.date()
    of_run: Mapping[str, Means] = field(default_factory=dict)
    of_day: Mapping[tuple[str, date], Means] = field(default_factory=dict)

    def output(self, workflow: str | None) -> str:
        """The useful output that a workflow declares; empty where it declares none."""
        told = self.workflows.get(workflow or "")
        return (told.useful_output or "") if told else ""


def piece_rows(made: Made, now: datetime) -> pa.Table:
    """The `pieces` table."""
    import pyarrow as pa

    rows = []
    for kind, row, day, came_back in (*_changes(made), *_tickets(made), *_deployments(made), *_outputs(made)):
        told = made.workflows.get(row["workflow"])
        rows.append({
            "piece_id": f"{kind}:{row['subject']}",
            "kind": kind,
            "day": day,
            "task_type": told.task_type if told else None,
            "came_back": came_back,
            "synced_at": now,
            **{name: row.get(name) for name in ("workflow", "subject", "team", "repo", "tool", "model", "cost_list", "source")},
        })  # fmt: skip
    return pa.Table.from_pylist(rows, schema=PIECES.schema)


Piece = tuple[str, "Row", "date", bool | None]


def _changes(made: Made) -> Iterator[Piece]:
    for row in made.work:
        kind = made.output(row["workflow"])
        counts = kind == MERGED_PR or (kind == QA_TASK and row["work_type"] == "docs_qa")
        if counts and row["state"] == "merged" and row["merged_day"]:
            told = {
                **row,
                "subject": row["pull_request_id"],
                "tool": row["main_tool"],
                "model": row["main_model"],
            }
            yield kind, told, row["merged_day"], row["reworked"]


def _tickets(made: Made) -> Iterator[Piece]:
    for row in made.items:
        kind = made.output(row["workflow"])
        if row["resolved_day"] and (kind == TICKET or (kind == STORY and row["is_story"])):
            back = None if row["reopened"] is None else row["reopened"] > 0
            yield kind, {**row, "subject": row["ticket_id"]}, row["resolved_day"], back


def _deployments(made: Made) -> Iterator[Piece]:
    for row in made.deployments:
        if made.output(row["workflow"]) == DEPLOY:
            yield DEPLOY, {**row, "subject": row["deployment_id"]}, row["finished_day"], row["failed"]


def _outputs(made: Made) -> Iterator[Piece]:
    for row in made.outputs:
        workflow, kind, declared = row["workflow"], row["kind"] or "output", made.output(row["workflow"])
        if declared and declared != f"{TOLD}{kind}":
            continue
        day = made.day_of(row["produced_at"])
        tool, model = made.of_run.get(row["run_id"] or "") or made.of_day.get((workflow, day), NO_MEANS)
        told = {
            **row,
            "subject": row["output_id"],
            "team": made.team_of(workflow),
            "tool": tool,
            "model": model,
        }
        known = [row[name] for name in BACK if row[name] is not None]
        yield kind, told, day, any(known) if known else None
