"""`payback impact METRIC`: the effect of adoption on one metric, told whole: of the organisation, of one team, of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from payback.app.effecting import declared_of, effect_of_workflow, effects, margins_of, studied
from payback.app.outcomes import measured
from payback.app.studying import EVERYBODY, METHODS, study
from payback.errors import UnknownNameError
from payback.insight.adoption import THRESHOLD, THRESHOLDS
from payback.insight.effect import Check
from payback.insight.study import ADOPTION, BEFORE_AFTER, MATCHED, Study, agreement, judged
from payback.insight.study_told import adopted, sensitivity, told

if TYPE_CHECKING:
    from payback.access.scope import Scope
    from payback.app.application import App
    from payback.app.studying import Facts
    from payback.insight.adoption import Adoption
    from payback.insight.effect import Effect


OTHER_WAYS = (MATCHED, BEFORE_AFTER)
BESIDE = (
    "merged_prs", "cycle_time", "coding_time", "pickup_time", "review_time", "lead_time_for_changes", "pr_size", "tickets_resolved",
    "ticket_resolution_time", "deployment_frequency", "rework_rate", "review_rejection_rate", "change_fail_rate", "survival_30",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """Which effect is asked for: of a team (None: the organisation), by which method, at which share of contributors."""

    team: str | None = None
    method: str = "auto"
    treatment: str = ADOPTION
    threshold: float = THRESHOLD


@dataclass(frozen=True, slots=True)
class Answered:
    """One study with its verdict, the same at other thresholds, and by ways that say less."""

    study: Study
    effect: Effect
    others: tuple[tuple[float, Study], ...]
    ways: tuple[Study, ...] = ()


def impact(app: App, scope: Scope, metric: str, asked: Asked) -> dict[str, Any]:
    """The effect with who adopted when and how it hangs on the threshold. UnknownNameError for a team, method or treatment that
    is not there; else raises as `outcomes.measured` does.
    """
    found, facts = answered(app, scope, metric, asked), studied(app, scope)
    return {
        **told(found.study, found.effect),
        "sensitivity": sensitivity(found.others),
        "adoption": adopted(facts.adopted(asked.threshold).values()),
    }


def by_team(app: App, scope: Scope, metric: str, asked: Asked) -> list[dict[str, Any]]:
    """The effect on the organisation and on each team, without the sensitivities."""
    facts = studied(app, scope)
    teams = [None, *(unit for unit in facts.adopted(asked.threshold) if unit != EVERYBODY)]
    return [told(*_judged(app, facts, metric, replace(asked, team=team))) for team in teams]


def answered(app: App, scope: Scope, metric: str, asked: Asked) -> Answered:
    """The study of one metric of one unit. Remembered until rows change. Raises as `impact` does."""
    facts = studied(app, scope)
    _known(facts, asked)
    measured(metric)
    key = ("impact", app.today(), scope, metric, asked)
    return app.memory.recall(app.warehouse.edition, key, lambda: _answered(app, facts, metric, asked))


@dataclass(frozen=True, slots=True)
class Impacts:
    """Effects on own facts, as faces ask for them."""

    app: App

    def effects(self, scope: Scope) -> tuple[Effect, ...]:
        """Of every unit on the metric it is judged on: the organisation, each team, each workflow."""
        return effects(self.app, scope)

    def of_workflow(self, scope: Scope, workflow_id: str) -> Effect | None:
        """Of one workflow alone, without the studies of teams; None where nobody declared it."""
        return effect_of_workflow(self.app, scope, workflow_id)

    def answered(self, scope: Scope, metric: str, asked: Asked) -> Answered:
        """One study with its verdict and its sensitivity."""
        return answered(self.app, scope, metric, asked)

    def adoptions(self, scope: Scope) -> tuple[Adoption, ...]:
        """Who adopted when, at each threshold."""
        facts = studied(self.app, scope)
        return tuple(one for threshold in THRESHOLDS for one in facts.adopted(threshold).values())

    def beside(self, scope: Scope) -> tuple[Effect, ...]:
        """Further metrics of the organisation, which nobody is judged on."""
        facts = studied(self.app, scope)
        declared = declared_of(self.app, None)
        names = [name for name in BESIDE if name not in {declared.primary, *declared.guardrails}]
        key = ("beside", self.app.today(), scope)
        return self.app.memory.recall(
            self.app.warehouse.edition, key, lambda: tuple(judged(study(facts, name)) for name in names)
        )


def _known(facts: Facts, asked: Asked) -> None:
    if asked.method not in METHODS:
        raise UnknownNameError("method", asked.method, METHODS)
    if asked.treatment != ADOPTION:
        raise UnknownNameError("treatment", asked.treatment, (ADOPTION,))
    teams = [unit for unit in facts.adopted(asked.threshold) if unit != EVERYBODY]
    if asked.team is not None and asked.team not in teams:
        raise UnknownNameError("team", asked.team, teams)


def _answered(app: App, facts: Facts, metric: str, asked: Asked) -> Answered:
    found, effect = _judged(app, facts, metric, asked)
    others = tuple(
        (
            threshold,
            found
            if threshold == asked.threshold
            else study(facts, metric, asked.team, threshold, asked.method),
        )
        for threshold in THRESHOLDS
    )
    ways = tuple(study(facts, metric, asked.team, asked.threshold, method) for method in OTHER_WAYS)
    return Answered(found, replace(effect, checks=(*effect.checks, agreement(others))), others, ways)


def _judged(app: App, facts: Facts, metric: str, asked: Asked) -> tuple[Study, Effect]:
    """The study and its verdict; guardrails are those of the unit, if this is the metric that it is judged on."""
    declared, margins = declared_of(app, asked.team), margins_of(app.settings.told)
    found = study(facts, metric, asked.team, asked.threshold, asked.method)
    if metric != declared.primary:
        aside = Check("declared", None, f"judged on {declared.primary}; this one is looked at beside it")
        made = judged(found)
        return found, replace(made, checks=(aside, *made.checks))
    guards = tuple(judged(study(facts, name, asked.team, asked.threshold)) for name in declared.guardrails)
    made = judged(found, guards, margins)
    return found, replace(made, checks=(declared.check, *made.checks))
