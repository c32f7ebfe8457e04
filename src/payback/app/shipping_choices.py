"""What people chose on a page to count as a deployment of a repository, as the state keeps it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from payback.delivery.shipping import Choice
from payback.state.remembered import put_setting, settings_like

if TYPE_CHECKING:
    from payback.state import State

STORED = "deployments/"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What counts as a deployment of one repository, who chose it and when."""

    kind: str
    environment: str | None
    name: str | None
    by: str
    chosen_at: datetime


def chosen(state: State | None) -> dict[str, Chosen]:
    """The choices made on a page, by repository."""
    kept = settings_like(state, STORED) if state is not None else {}
    told = {key.removeprefix(STORED): json.loads(value) for key, value in kept.items()}
    return {
        repo: Chosen(**{**one, "chosen_at": datetime.fromisoformat(one["chosen_at"])})
        for repo, one in told.items()
    }


def keep(state: State, repo: str, one: Chosen | None, now: datetime) -> None:
    """Remember a choice, or forget it with None."""
    told = {**asdict(one), "chosen_at": one.chosen_at.isoformat()} if one else None
    put_setting(state, STORED + repo, json.dumps(told) if told else None, now)


def choices(state: State | None) -> tuple[Choice, ...]:
    """The choices as deployments are counted by."""
    return tuple(Choice(repo, one.kind, one.environment, one.name) for repo, one in chosen(state).items())
