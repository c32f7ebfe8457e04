"""The `work` table: one row per pull request with its phases, size, AI class, cost and outcome. Pure.

Phases come from real end points only; one that is missing or runs backwards is NULL, never zero. `evidence_complete` is
true only where the description was read (so never from git alone) and every commit is known: only such rows may serve
as a comparison.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING, Any

from payback.delivery.compatible import Course, Seen, devlake, middleware, middleware_lead
from payback.delivery.delivered import hours, tools_of
from payback.delivery.markers import strongest
from payback.delivery.mending import Mended, mended
from payback.delivery.shipping import failures

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

    from payback.delivery.delivered import Delivered
    from payback.delivery.phases import Told

    Part = tuple[Decimal, int]

SIZE_BANDS = (("XS", 10), ("S", 50), ("M", 250), ("L", 1000))
_PHASES = {
    "coding_hours": ("first_commit_at", "ready_at"),
    "pickup_hours": ("ready_at", "first_review_at"),
    "review_hours": ("first_review_at", "approved_at"),
    "merge_wait_hours": ("approved_at", "merged_at"),
    "deploy_wait_hours": ("merged_at", "deployed_at"),
    "cycle_hours": ("first_commit_at", "merged_at"),
    "lead_hours": ("first_commit_at", "deployed_at"),
}
EXPOSED, UNEXPOSED = "exposed", "not_exposed"
_WHOLE = ("coding_hours", "pickup_hours", "review_hours", "merge_wait_hours")
_TAKEN = (
    "pull_request_id", "repo", "number", "title", "state", "head_branch", "is_draft", "created_at", "merged_at",
    "closed_at", "additions", "deletions", "files",
)  # fmt: skip


@dataclass(slots=True)
class Cost:
    """Money of one change: None where no request with a price is linked."""

    list_usd: Decimal | None = None
    billed_usd: Decimal | None = None
    sessions: set[str] = field(default_factory=set)
    parts: dict[tuple[str | None, str | None], Part] = field(default_factory=dict)
    workflows: dict[str, Part] = field(default_factory=dict)

    def add(
        self, tool: str | None, model: str | None, price: Decimal | None, workflow: str | None = None
    ) -> None:
        """One more request of a tool and a model, and of the workflow that it names."""
        spent, requests = self.parts.get((tool, model), (Decimal(0), 0))
        self.parts[tool, model] = (spent + (price or 0), requests + 1)
        if workflow:
            spent, requests = self.workflows.get(workflow, (Decimal(0), 0))
            self.workflows[workflow] = (spent + (price or 0), requests + 1)

    @property
    def most(self) -> tuple[str | None, str | None]:
        """The tool that took most of the money (of the requests, where money is equal or not known), and its model likewise."""
        tools: dict[str | None, Part] = {}
        for (tool, _), (spent, requests) in self.parts.items():
            before = tools.get(tool, (Decimal(0), 0))
            tools[tool] = (before[0] + spent, before[1] + requests)
        if not tools:
            return None, None
        first = max(tools, key=lambda tool: (tools[tool], tool or ""))
        own = {model: part for (tool, model), part in self.parts.items() if tool == first}
        return first, max(own, key=lambda model: (own[model], model or ""))


def work_rows(held: Delivered, assigned_usage: pa.Table) -> pa.Table:
    """The `work` table. `assigned_usage` needs pull_request_id, session_id, list_usd (and billed_usd, tool, model, workflow
    where known).
    """
    costs, outcomes, broke = costs_of(assigned_usage), mended(held), _incidents(held)
    return held.stamped(
        (
            _row(held, told, costs.get(key, Cost()))
            | outcomes.get(key, Mended()).columns(held, told.pull)
            | {"incidents": broke.get(key, 0) if held.shipped.of_change.get(key) else None}
            for key, told in held.told.items()
        ),
        "work",
    )


def sign_rows(held: Delivered, works: Iterable[Mapping[str, Any]]) -> pa.Table:
    """The `work_signs` table; `works` are rows of `work`."""
    rows = []
    for work in works:
        signs = held.signs.get(work["pull_request_id"], ())
        counts = Counter((sign["kind"], sign["tool"], sign["grade"]) for sign in signs)
        told = {name: work[name] for name in ("pull_request_id", "repo", "person", "team", "merged_day")}
        rows += [
            {**told, "kind": kind, "tool": tool, "grade": grade, "signs": count}
            for (kind, tool, grade), count in counts.items()
        ]
    return held.stamped(rows, "work_signs")


def _row(held: Delivered, told: Told, cost: Cost) -> dict[str, Any]:
    pull = told.pull
    key, signs = pull["pull_request_id"], held.signs.get(pull["pull_request_id"], [])
    moments = _moments(held, told)
    spans = {phase: hours(moments[begin], moments[end]) for phase, (begin, end) in _PHASES.items()}
    author = pull["author"] or _writer(told)
    person = held.people.who(author)
    at = pull["merged_at"] or pull["created_at"]
    kind = held.work_type({**pull, "branch": pull["head_branch"], **_called(held, pull)})
    told_as = {
        **pull,
        "repository": pull["repo"],
        "branch": pull["head_branch"],
        "author": author,
        "work_type": kind,
    }
    workflow, workflow_by = held.belonging.of_change(told_as, cost.workflows)
    return {
        **{name: pull[name] for name in _TAKEN},
        **{name: moment for name, moment in moments.items() if name not in _TAKEN},
        **spans,
        "author": author,
        "person": person,
        "team": held.people.team_of(person, at) if at else None,
        **_elsewhere(told, moments),
        "draft_hours": hours(pull["created_at"], moments["ready_at"]),
        "partial": pull["merged_at"] is not None and any(spans[phase] is None for phase in _WHOLE),
        **{f"{name}_day": held.day(moments[f"{name}_at"]) for name in ("created", "merged", "closed", "deployed")},
        "size_band": size_band(pull["additions"], pull["deletions"]),
        "work_type": kind,
        "ai_class": strongest(sign["ai_class"] for sign in signs),
        "ai_tools": tools_of(signs),
        **_main(cost, tools_of(signs)),
        "evidence_complete": _is_complete(told),
        "exposed": (exposed := _is_exposed(held, person or author, moments)),
        "exposure": None if exposed is None else EXPOSED if exposed else UNEXPOSED,
        "cost_list": cost.list_usd,
        "cost_billed": cost.billed_usd,
        "churned_list": _churned(cost.list_usd, held.lines.get(key)),
        "sessions": len(cost.sessions),
        "tickets": ",".join(held.tickets_of.get(key, ())) or None,
        "workflow": workflow,
        "workflow_by": workflow_by,
    }  # fmt: skip


def _main(cost: Cost, named: str | None) -> dict[str, str | None]:
    """The tool and model that took most of a change's money; without a linked session, the one tool that signs name."""
    tool, model = cost.most
    only = named if named and "," not in named else None
    return {"main_tool": tool or only, "main_model": model}


def _moments(held: Delivered, told: Told) -> dict[str, Any]:
    """Instants and counts of one change, with the deployment that held it first."""
    pull, phases = told.pull, held.phases[told.pull["pull_request_id"]]
    first = held.shipped.of_change.get(pull["pull_request_id"])
    return {
        "created_at": pull["created_at"],
        "merged_at": pull["merged_at"],
        "closed_at": pull["closed_at"] or pull["merged_at"],
        "first_commit_at": phases.first_commit_at,
        "ready_at": phases.ready_at,
        "first_review_at": phases.first_review_at,
        "approved_at": phases.approved_at,
        "deployed_at": first.finished_at if first else pull["deployed_at"],
        "deployment_id": first.deployment_id if first else None,
        "human_reviews": phases.human_reviews,
        "change_requests": phases.change_requests,
        "rejected": None if not phases.human_reviews else bool(phases.change_requests),
        "review_rounds": phases.review_rounds,
        "comments": phases.comments,
        "major_rework": phases.major_rework,
    }


def _elsewhere(told: Told, moments: Mapping[str, Any]) -> dict[str, float | None]:
    """The lead time of a change as two other tools count it."""
    pull = told.pull
    if pull["created_at"] is None:
        return {"devlake_hours": None, "middleware_hours": None}
    looks = [look for look in told.reviews if not look["is_bot"] and look["reviewer"] != pull["author"]]
    course = Course(
        pull["created_at"],
        pull["author"],
        pull["merged_at"],
        [commit["authored_at"] for commit in told.commits if not commit["is_merge"]],
        [(look["submitted_at"], look["reviewer"]) for look in looks],
        moments["deployed_at"],
    )
    minutes = devlake(course)
    seen = Seen(
        pull["created_at"].timestamp(),
        pull["merged_at"] and pull["merged_at"].timestamp(),
        [move["moved_at"].timestamp() for move in told.moves if move["kind"] == "ready"],
        [(look["state"].upper(), look["submitted_at"].timestamp()) for look in looks if look["state"]],
    )
    seconds = middleware_lead(course, middleware(seen))
    return {
        "devlake_hours": None if minutes is None or minutes.cycle is None else minutes.cycle / 60,
        "middleware_hours": None if seconds is None else seconds / 3600,
    }


def _called(held: Delivered, pull: Mapping[str, Any]) -> dict[str, str | None]:
    """What its tickets call a change: their kind where they have one and the same, beside its own labels those of tickets of
    hosts that have no kinds.
    """
    tickets = [held.tickets[one] for one in held.tickets_of.get(pull["pull_request_id"], ())]
    kinds = {ticket["kind"] for ticket in tickets}
    labels = [pull["labels"], *(ticket["labels"] for ticket in tickets if not ticket["kind"])]
    return {
        "kind": kinds.pop() if len(kinds) == 1 else None,
        "labels": ", ".join(one for one in labels if one) or None,
    }


def _writer(told: Told) -> str | None:
    """Where nobody says who opened a change, whoever wrote its first commit is its author."""
    own = [one for one in told.commits if not one["is_merge"]]
    if not own:
        return None
    first = min(own, key=lambda one: (one["authored_at"], one["commit_id"]))
    writer: str | None = first["author_email"]
    return writer


def size_band(additions: int | None, deletions: int | None) -> str | None:
    """XS under 10 changed lines, S under 50, M under 250, L under 1000, XL above; None where the size is unknown."""
    if additions is None or deletions is None:
        return None
    return next((band for band, limit in SIZE_BANDS if additions + deletions < limit), "XL")


def costs_of(usage: pa.Table) -> dict[str, Cost]:
    """Money and sessions by change."""
    costs: dict[str, Cost] = defaultdict(Cost)
    known = frozenset(usage.column_names)
    names = ("pull_request_id", "session_id", "list_usd", "billed_usd", "tool", "model", "workflow")
    columns = (usage[name].to_pylist() if name in known else [None] * usage.num_rows for name in names)
    for pull, session, price, share, tool, model, workflow in zip(*columns, strict=True):
        if pull is None:
            continue
        cost = costs[pull]
        cost.list_usd = _plus(cost.list_usd, price)
        cost.billed_usd = _plus(cost.billed_usd, share)
        cost.add(tool, model, price, workflow)
        if session is not None:
            cost.sessions.add(session)
    return costs


def _plus(total: Decimal | None, amount: Decimal | None) -> Decimal | None:
    return total if amount is None else amount if total is None else total + amount


def _is_complete(told: Told) -> bool:
    """Whether its description was read and all of its commits are known, without the one that merged it."""
    pull = told.pull
    known = sum(commit["sha"] != pull["merge_commit"] for commit in told.commits)
    return pull["source"] != "git" and pull["commits"] is not None and known >= pull["commits"]


def _churned(cost: Decimal | None, lines: tuple[int, int] | None) -> Decimal | None:
    """The part of a change's money that went into lines that did not stay; None where either is unknown."""
    if cost is None or lines is None or not lines[0]:
        return None
    added, alive = lines
    return (cost * (added - alive) / added).quantize(Decimal("1e-9"), ROUND_DOWN)


def _is_exposed(held: Delivered, who: str | None, moments: Mapping[str, Any]) -> bool | None:
    """Whether its author used AI on a day between the first commit and the end; None where the author is unknown."""
    begin = moments["first_commit_at"] or moments["created_at"]
    if who is None or begin is None:
        return None
    first, last = begin.date(), (moments["closed_at"] or held.now).date()
    return any(first <= day <= last for day in held.used.get(who, ()))


def _incidents(held: Delivered) -> Mapping[str, int]:
    """Incidents by change: those of the deployment that held it first."""
    of_deployment: dict[str, int] = defaultdict(int)
    for failure in failures(held.rows("incidents"), held.shipped, held.reading.services):
        of_deployment[failure.deployment_id] += 1
    return {
        change: of_deployment[shipment.deployment_id] for change, shipment in held.shipped.of_change.items()
    }
