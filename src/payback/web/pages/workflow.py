"""One workflow: who answers for it, what its runs cost, what a piece of its output costs, what had to be corrected."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from payback.access.scope import Sight
from payback.app.holdings import workflows
from payback.errors import UnknownNameError
from payback.org.proposing import judged
from payback.web import words
from payback.web.asking import number
from payback.web.blocks import Sentence
from payback.web.page import Page
from payback.web.people import named
from payback.web.scorecards import Shown, period_words, table, tiles
from payback.web.series import cut_of, over_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.web.asking import Ask
    from payback.web.blocks import Chart, Table

RUNS = ("runs", "run_cost", "run_cost_p90", "run_cost_max", "requests_per_run", "retry_share")
OUTPUT = ("outputs", "workflow_unit_cost", "correction_rate", "reopened_output_rate", "reroute_rate")
MODELS = (
    Shown("requests", "Requests", bar=True),
    Shown("spend_list", "List price"),
    Shown("run_cost", "Run, median"),
    Shown("run_cost_p90", "Run, p90"),
    Shown("response_time", "Response time, median"),
    Shown("retry_share", "Tried again"),
    Shown("error_share", "Failed"),
)
KINDS = (
    Shown("outputs", "Pieces", bar=True),
    Shown("correction_rate", "Corrected"),
    Shown("reopened_output_rate", "Reopened"),
    Shown("reroute_rate", "Sent to someone else"),
)


def view(ask: Ask, path: Mapping[str, str]) -> dict[str, Any]:
    """The workflow, or UnknownNameError where there is none."""
    found = _found(ask, path["workflow_id"])
    own = replace(ask, filters=replace(ask.filters, where={"workflow": (found["workflow_id"],)}))
    return {
        "empty": None,
        "title": found["name"] or found["workflow_id"],
        "facts": _facts(ask, found),
        "sentence": _sentence(own, found),
        "tiles": tuple(replace(tile, href="") for tile in tiles(own, own.money, *RUNS)),
        "output": tuple(replace(tile, href="") for tile in tiles(own, *OUTPUT)),
        "chart": _chart(own),
        "models": _models(own),
        "kinds": table(own, "output", KINDS, caption="What it brought, by kind"),
    }


def _found(ask: Ask, workflow_id: str) -> Mapping[str, Any]:
    rows = workflows(ask.desk.view(ask.filters.period, ask.scope))
    for row in rows:
        if row["workflow_id"] == workflow_id:
            return row
    known = [row["workflow_id"] for row in rows] if ask.scope.sight is Sight.EVERYTHING else ()
    raise UnknownNameError("workflow", workflow_id, known)


def _facts(ask: Ask, found: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    held = ask.desk.directory()
    proposal = judged(found["useful_output"])
    metric = found["primary_metric"] or (f"{proposal.primary_metric} (proposed)" if proposal else None)
    guards = found["guardrail_metrics"] or (proposal.guardrail_metrics if proposal else ())
    told = (
        ("Owner", named(held, found["owner"]) or "nobody"),
        ("Team", named(held, found["team"])),
        ("Stage", found["stage"] or ("not said" if found["declared"] else "not declared")),
        ("Useful output", found["useful_output"]),
        ("Task type", found["task_type"]),
        ("Risk", found["risk"]),
        ("Data", found["data_class"]),
        ("Limited by", found["constraint"]),
        ("Judged on", metric),
        ("Must not get worse", ", ".join(guards)),
    )
    return tuple((term, value) for term, value in told if value)


def _sentence(own: Ask, found: Mapping[str, Any]) -> Sentence:
    """What a piece of its output costs, or why that is not known."""
    totals = own.answer("outputs", "workflow_unit_cost").totals
    output = found["useful_output"] or ""
    if number(totals["outputs"]):
        cost = totals["workflow_unit_cost"]
        said = ("at least " if cost.excluded_n else "") + own.say(number(cost), "money")
        pieces = words.plural(int(totals["outputs"].value or 0), "piece")
        return Sentence(
            "A piece of its output costs",
            said,
            f"at list price, over {pieces}; what comes after is not in it.",
        )
    if output and not output.startswith("output:"):
        kind = words.title(output).lower()
        return Sentence(
            "What it brings is counted as", kind, "and not tied to it, so its unit cost is not known."
        )
    return Sentence(
        "It brought", "no output", "that anybody told of in these days, so its unit cost is not known."
    )


def _models(own: Ask) -> Table:
    """The models it used; they lead nowhere, since the page has no filter of models."""
    told = table(own, "model", MODELS, caption=f"Models in {period_words(own)}")
    return replace(told, rows=tuple({**row, "href": ""} for row in told.rows))


def _chart(own: Ask) -> Chart | None:
    """Its spend over time by model; None where nothing was spent."""
    answer = own.answer(own.money, by=("model",))
    if not answer.rows:
        return None
    cut = cut_of(answer, own.money, "model")
    course = own.answer(own.money, by=("model",), grain=own.filters.grain)
    return over_time(own, cut, course, "Spend over time by model")


PAGE = Page(
    "workflow",
    "/workflows/{workflow_id}",
    "Workflow",
    "Control",
    "What does it cost, and what does it bring?",
    view,
    parent="workflows",
    dimensions=(),
    example=(("workflow_id", "triage"),),
)
