"""Tools, workflows, what has an owner, and what an hour costs, as values with the interval in which they are true."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payback.org.who import Identity, Span

if TYPE_CHECKING:
    from decimal import Decimal

EXPERIMENT, PRODUCTION = "experiment", "production"
STAGES = (EXPERIMENT, PRODUCTION)
MAKES = ("repository", "project", "work_type", "label", "branch", "author")
OWNED = ("tool", "licence", "key", "project", "workflow", "repository", "account")


@dataclass(frozen=True, slots=True)
class Tool:
    """One AI tool: who sells it, what it is for, who answers for it."""

    tool_id: str
    name: str
    vendor: str | None = None
    purpose: str | None = None
    owner: str | None = None
    team: str | None = None
    data_class: str | None = None
    approved: bool | None = None
    span: Span = field(default_factory=Span)


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a workflow over one interval: experiment or production."""

    stage: str
    span: Span = field(default_factory=Span)


@dataclass(frozen=True, slots=True)
class Makes:
    """Which work is the output of a workflow: all that is told must fit. `repository`, `branch`, `author` speak of changes, `project` of
    tickets, `work_type` and `label` of either; * stands for anything in names.
    """

    repository: str | None = None
    project: str | None = None
    work_type: str | None = None
    label: str | None = None
    branch: str | None = None
    author: str | None = None

    @property
    def told(self) -> dict[str, str]:
        """What is told, by name."""
        found = {name: getattr(self, name) for name in MAKES}
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class Workflow:
    """One use of AI with an owner and a useful output. What limits it, the metric it is judged on, and what must not get worse.
    `makes` says which work is its output where its requests do not name it.
    """

    workflow_id: str
    name: str
    owner: str | None = None
    team: str | None = None
    task_type: str | None = None
    risk: str | None = None
    data_class: str | None = None
    useful_output: str | None = None
    constraint: str | None = None
    primary_metric: str | None = None
    guardrail_metrics: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    makes: tuple[Makes, ...] = ()


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who answers for one thing over one interval: a person, a team, or a person for a team."""

    kind: str
    subject: str
    owner: str | None
    team: str | None = None
    span: Span = field(default_factory=Span)


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of a thing on a day, and the team it belongs to."""

    owner: str | None
    team: str | None


@dataclass(frozen=True, slots=True)
class RateCard:
    """What one hour costs over one interval: of a kind of work, a team, or (both None) of anybody."""

    rate: Decimal
    currency: str
    kind: str | None = None
    team: str | None = None
    span: Span = field(default_factory=Span)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the organisation has besides people and teams."""

    identities: tuple[Identity, ...] = ()
    tools: tuple[Tool, ...] = ()
    workflows: tuple[Workflow, ...] = ()
    owners: tuple[Ownership, ...] = ()
    rates: tuple[RateCard, ...] = ()
