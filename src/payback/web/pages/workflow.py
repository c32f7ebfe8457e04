"""One workflow: who answers for it, what its runs cost, what a piece of its output costs with what follows, what its work came
to in review and afterwards, its effect, and what was found and decided about it.
"""

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
from payback.web.workflows import cost_of, decisions_table, effect_table, lines_table, titled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.web.asking import Ask
    from payback.web.blocks import Chart, Table, Tile

UNIT, FULL = "workflow_unit_cost", "workflow_full_unit_cost"
OUTPUT = ("useful_outputs", UNIT, FULL, "downstream_cost", "came_back_rate")
TOLD = ("correction_rate", "reopened_output_rate", "reroute_rate")
CHANGES = (
    "merged_prs", "cost_per_merged_pr", "review_time", "review_rejection_rate", "rework_rate", "incident_after_change_rate",
)  # fmt: skip
TICKETS = ("tickets_resolved", "cost_per_ticket", "ticket_resolution_time")
DEPLOYMENTS = ("deployment_frequency", "cost_per_deploy", "change_fail_rate")
RUNS = ("runs", "run_cost", "run_cost_p90", "run_cost_max", "requests_per_run", "retry_share")
USE = ("requests", "retry_share", "error_share")
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
    only = {"workflow": (found["workflow_id"],)}
    filters = replace(ask.filters, where=only, asked={**ask.filters.asked, **only})
    own = replace(ask, filters=filters)
    return {
        "empty": None,
        "title": found["name"] or found["workflow_id"],
        "facts": _facts(ask, found),
        "sentence": _sentence(own, found),
        "output": (*tiles(own, *OUTPUT), *_where_any(own, "outputs", TOLD)),
        "work": (
            *_where_any(own, "merged_prs", CHANGES),
            *_where_any(own, "tickets_resolved", TICKETS),
            *_where_any(own, "deployment_frequency", DEPLOYMENTS),
        ),
        "tiles": _where_any(own, "runs", (own.money, *RUNS)) or tiles(own, own.money, *USE),
        "lines": lines_table(own, cost_of(ask, found["workflow_id"])),
        "effect": effect_table(ask, found["workflow_id"]),
        "decisions": decisions_table(ask, found["workflow_id"]),
        "chart": _chart(own),
        "models": _models(own),
        "kinds": table(own, "output", KINDS, caption="Pieces told of, by kind"),
    }


def _where_any(own: Ask, counted: str, metrics: tuple[str, ...]) -> tuple[Tile, ...]:
    """Tiles of these metrics, where there is any of what the first counts."""
    return tiles(own, *metrics) if number(own.answer(counted).totals[counted]) else ()


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
    metric = titled(found["primary_metric"]) if found["primary_metric"] else None
    if metric is None and proposal:
        metric = f"{titled(proposal.primary_metric)} (proposed)"
    guards = found["guardrail_metrics"] or (proposal.guardrail_metrics if proposal else ())
    told = held.workflows.get(found["workflow_id"])
    makes = "; ".join(
        ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in one.told.items())
        for one in (told.makes if told else ())
    )
    facts = (
        ("Owner", named(held, found["owner"]) or "nobody"),
        ("Team", named(held, found["team"])),
        ("Stage", found["stage"] or ("not said" if found["declared"] else "not declared")),
        ("Useful output", found["useful_output"] or "not said"),
        ("Makes", makes),
        ("Task type", found["task_type"]),
        ("Risk", found["risk"]),
        ("Data", found["data_class"]),
        ("Limited by", found["constraint"]),
        ("Judged on", metric),
        ("Must not get worse", ", ".join(titled(one) for one in guards)),
    )
    return tuple((term, value) for term, value in facts if value)


def _sentence(own: Ask, found: Mapping[str, Any]) -> Sentence:
    """What a piece of its output costs, or why that is not known."""
    totals = own.answer(
        "useful_outputs", UNIT, FULL, "downstream_cost", "merged_prs", "tickets_resolved"
    ).totals
    pieces, cost = int(totals["useful_outputs"].value or 0), totals[UNIT]
    if pieces and cost.numerator:
        said = ("at least " if cost.excluded_n else "") + own.say(number(cost), "money")
        after = totals["downstream_cost"]
        follows = (
            f"and {own.say(number(totals[FULL]), 'money')} with the hours that follow"
            if after.n
            else "what people do to it afterwards is not told in hours"
        )
        return Sentence(
            "A piece of its output costs",
            said,
            f"on models at list price, over {words.plural(pieces, 'piece')}; {follows}.",
        )
    if pieces:
        return Sentence(
            "It brought",
            words.plural(pieces, "piece"),
            "in these days, and no use of a model is known to be for it.",
        )
    tied = [
        (int(totals[name].value or 0), what)
        for name, what in (("merged_prs", "merged change"), ("tickets_resolved", "ticket"))
    ]
    if any(count for count, _ in tied) and not found["useful_output"]:
        counted = " and ".join(words.plural(count, what) for count, what in tied if count)
        return Sentence(
            f"{counted[0].upper()}{counted[1:]} are tied to it, and", "its useful output is not said",
            'so it has no unit cost: write useful_output = "merged_pr" (or ticket, story, qa_task, deploy) under it in payback.toml.',
        )  # fmt: skip
    return Sentence(
        "It brought",
        "nothing that counts",
        "as its useful output in these days, so its unit cost is not known.",
    )


def _models(own: Ask) -> Table:
    """The models it used; each leads to itself among its spend."""
    return table(own, "model", MODELS, caption=f"Models in {period_words(own)}")


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
