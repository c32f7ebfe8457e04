"""The effects of adoption on the organisation's own facts, each unit judged on the metric that it declared before looking.

[effects]                              # optional, in payback.toml
primary_metric = "merged_prs"          # of the organisation, and of teams that declare none
guardrail_metrics = ["rework_rate"]
margins = { rework_rate = 20 }         # percent by which a guardrail may be worse; 10 where nothing is told
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from payback.access.facts import open as open_facts
from payback.app.outcomes import measured
from payback.app.studying import EVERYBODY, facts, series_of, study
from payback.errors import PaybackError, SettingsError
from payback.insight.effect import WORKFLOW, Check, Effect
from payback.insight.study import MARGIN, Subject, judged, nothing
from payback.metrics.vocabulary import Better
from payback.org.proposing import judged as proposed
from payback.org.proposing import judged_team

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from typing import Any

    from payback.access.scope import Scope
    from payback.app.application import App
    from payback.app.studying import Facts
    from payback.org.what import Workflow


@dataclass(frozen=True, slots=True)
class Declared:
    """What a unit is judged on, and in words who said so."""

    primary: str
    guardrails: tuple[str, ...]
    by: str
    is_declared: bool = True

    @property
    def check(self) -> Check:
        """Whether it was declared before looking."""
        return Check("declared", self.is_declared, f"judged on {self.primary}: {self.by}")


def effects(application: App, scope: Scope) -> tuple[Effect, ...]:
    """What adoption did, as far as the scope may see: the organisation first, then each team, then each workflow, on the
    metric each is judged on. Remembered until rows change.
    """
    today = application.today()
    return application.memory.recall(
        application.warehouse.edition,
        ("effects", today, scope),
        lambda: tuple(_effects(application, scope)),
    )


def _effects(application: App, scope: Scope) -> Iterator[Effect]:
    told = studied(application, scope)
    margins = margins_of(application.settings.told)
    for team in (None, *sorted(name for name in told.adopted() if name != EVERYBODY)):
        declared = declared_of(application, team)
        guards = tuple(judged(study(told, name, team), (), margins) for name in declared.guardrails)
        found = judged(study(told, declared.primary, team), guards, margins)
        yield replace(found, checks=(declared.check, *found.checks))
    for workflow in application.directory().workflows.values():
        yield _of_workflow(told, workflow)


def effect_of_workflow(application: App, scope: Scope, workflow_id: str) -> Effect | None:
    """What one workflow did on the metric it is judged on; None where nobody declared it. Remembered until rows change."""
    workflow = application.directory().workflows.get(workflow_id)
    if workflow is None:
        return None
    key = ("effect of", application.today(), scope, workflow)
    told = studied(application, scope)
    return application.memory.recall(application.warehouse.edition, key, lambda: _of_workflow(told, workflow))


def studied(application: App, scope: Scope) -> Facts:
    """The facts that studies stand on, up to today. Remembered until rows change."""
    today = application.today()
    return application.memory.recall(
        application.warehouse.edition,
        ("studied", today, scope),
        lambda: facts(application.ground, scope, today),
    )


def declared_of(application: App, team: str | None) -> Declared:
    """What a team (None: the organisation) is judged on: what it declared, what the organisation did, or a proposal."""
    directory, settings = application.directory(), application.settings.told.get("effects", {})
    one = directory.teams.get(team or "")
    if one and one.primary_metric:
        guards = one.guardrail_metrics or tuple(settings.get("guardrail_metrics", ()))
        return Declared(one.primary_metric, guards, f"{one.name} declared it")
    if settings.get("primary_metric"):
        return Declared(
            str(settings["primary_metric"]),
            tuple(settings.get("guardrail_metrics", ())),
            "the organisation declared it",
        )
    told = judged_team(one.constraint if one else None)
    return Declared(
        told.primary_metric, told.guardrail_metrics, f"proposed, {told.reason}; declare it", is_declared=False
    )


def margins_of(told: Mapping[str, Any]) -> Mapping[str, float]:
    """By how many percent each guardrail may be worse. SettingsError for what is no number."""
    found = told.get("effects", {}).get("margins", {})
    if not isinstance(found, dict) or not all(
        isinstance(one, (int, float)) and one >= 0 for one in found.values()
    ):
        raise SettingsError(f"[effects] margins are percent by metric: {{ rework_rate = {MARGIN:.0f} }}")
    return {str(name): float(margin) for name, margin in found.items()}


def _of_workflow(told: Facts, workflow: Workflow) -> Effect:
    """The effect of a workflow on its metric, as told of its team: a step at its first use, weak. A metric that exists only
    since the workflow does has no before.
    """
    offer = proposed(workflow.useful_output)
    name = workflow.primary_metric or (offer.primary_metric if offer else "")
    subject = Subject(name, WORKFLOW, workflow.workflow_id, more=True)
    try:
        metric = measured(name)
    except PaybackError:
        why = f"{name} is told only since the workflow began" if name else "no primary metric is declared"
        return replace(judged(nothing(subject, why)), treatment=WORKFLOW)
    began = _began(told, workflow.workflow_id)
    subject = replace(subject, more=metric.better is not Better.LESS, since=began)
    if began is None or workflow.team is None:
        why = "it has no team" if workflow.team is None else "it was not used yet"
        return replace(judged(nothing(subject, why)), treatment=WORKFLOW)
    found = series_of(replace(subject, unit=workflow.team), told, began)
    return replace(judged(replace(found, subject=subject)), treatment=WORKFLOW)


def _began(told: Facts, workflow: str) -> date | None:
    rows = open_facts(told.ground, "spend", told.scope)
    first = told.ground.warehouse.read(rows.filter(rows.workflow == workflow).aggregate(first=rows.day.min()))
    found: date | None = first["first"][0].as_py()
    return found
