"""Who stands behind an account on a day, in which team, and who answers for what. Every answer is effective-dated;
nothing is guessed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from payback.org.accounts import Accounts
from payback.org.what import (
    Catalogue,
    Owner,
    Ownership,
    RateCard,
    Stage,
    Tool,
    Workflow,
)
from payback.org.who import ALWAYS, Account, Identity, Membership, Person, Span, Team

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

__all__ = [
    "ALWAYS",
    "Account",
    "Catalogue",
    "Directory",
    "Identity",
    "Membership",
    "Owner",
    "Ownership",
    "Person",
    "RateCard",
    "Span",
    "Stage",
    "Team",
    "Tool",
    "Workflow",
]


class Directory:
    """The organisation as it was on each day.

    Where a person is in several teams at once, the membership that began last counts, so that no dollar is shown twice.
    """

    def __init__(
        self,
        people: Iterable[Person] = (),
        teams: Iterable[Team] = (),
        memberships: Iterable[Membership] = (),
        accounts: Mapping[Account, str] = MappingProxyType({}),
        catalogue: Catalogue | None = None,
    ) -> None:
        told = tuple(people)
        self.catalogue = catalogue or Catalogue()
        self.team_accounts = accounts
        self.accounts = Accounts(told, self.catalogue.identities)
        self.people: Mapping[str, Person] = {
            one.person_id: one for one in told if self.accounts.standing(one.person_id) == one.person_id
        }
        self.teams: Mapping[str, Team] = {team.team_id: team for team in teams}
        held = (replace(one, person_id=self.accounts.standing(one.person_id)) for one in memberships)
        self.memberships = tuple(sorted(held, key=lambda m: (m.person_id, m.span.since, m.team_id)))
        self.tools: Mapping[str, Tool] = {tool.tool_id: tool for tool in self.catalogue.tools}
        self.workflows: Mapping[str, Workflow] = {flow.workflow_id: flow for flow in self.catalogue.workflows}
        self._by_person: dict[str, list[Membership]] = defaultdict(list)
        for membership in self.memberships:
            self._by_person[membership.person_id].append(membership)
        self._owned = self._ownerships()

    def person_of(
        self, account: str | None, instant: datetime | None = None, system: str | None = None
    ) -> str | None:
        """The person behind a login, address, vendor's user or key; None when nobody is known, or two could be meant.

        Without an instant it is who stands behind it last; with a system only what is listed there counts.
        """
        return self.accounts.person_of(account, system, instant) if account else None

    def team_of(self, person_id: str | None, instant: datetime) -> str | None:
        """The team of a person at an instant; None when there was none."""
        held = self._by_person.get(self.accounts.standing(person_id or ""), [])
        index = bisect_right(held, instant, key=lambda m: m.span.since)
        for membership in reversed(held[:index]):
            if membership.span.holds(instant):
                return membership.team_id
        return None

    def team_named(self, told: str | None) -> str | None:
        """The team that somebody elsewhere means by a word: its id, or the name that it alone has; None where no team is meant."""
        word = (told or "").strip().casefold()
        meant = [
            team.team_id
            for team in self.teams.values()
            if word in {team.team_id.casefold(), team.name.casefold()}
        ]
        return told if told in self.teams else meant[0] if len(meant) == 1 else None

    def memberships_of(self, person_id: str) -> Sequence[Membership]:
        """The teams of a person, oldest first."""
        return tuple(self._by_person.get(person_id, ()))

    def team_of_account(self, vendor: str, account: str | None, sub_account: str | None) -> str | None:
        """The team that a part of a vendor's account belongs to; None where nobody said."""
        return self.team_accounts.get((vendor, account, sub_account)) or self.team_accounts.get(
            (vendor, None, sub_account)
        )

    def teams_above(self, team_id: str | None) -> tuple[str, ...]:
        """The teams that a team is part of, nearest first."""
        above: list[str] = []
        team = self.teams.get(team_id or "")
        while team and team.parent and team.parent not in {*above, team_id}:
            above.append(team.parent)
            team = self.teams.get(team.parent)
        return tuple(above)

    def descendants(self, team_id: str) -> tuple[str, ...]:
        """The teams that are part of a team, directly or not, by id."""
        return tuple(sorted(team for team in self.teams if team_id in self.teams_above(team)))

    def cost_center_of(self, person_id: str | None, team_id: str | None) -> str | None:
        """The person's own cost centre, else that of the team or the nearest team above it."""
        person = self.people.get(self.accounts.standing(person_id or ""))
        if person and person.cost_center:
            return person.cost_center
        held = (self.teams.get(team) for team in (team_id or "", *self.teams_above(team_id)))
        return next((team.cost_center for team in held if team and team.cost_center), None)

    def stage_of(self, workflow_id: str | None, instant: datetime) -> str | None:
        """`experiment` or `production` at an instant; None where nobody said."""
        workflow = self.workflows.get(workflow_id or "")
        held = [one for one in workflow.stages if one.span.holds(instant)] if workflow else []
        return max(held, key=lambda one: one.span.since).stage if held else None

    def owner_of(self, kind: str, subject: str | None, instant: datetime) -> Owner | None:
        """Who answers for a tool, licence, key, project, workflow, repository or account at an instant; None: nobody.

        The team is the one told with it, else the owner itself where it is a team, else the owner's team at that instant.
        """
        held = [
            one
            for one in self._owned.get((kind, (subject or "").casefold()), ())
            if one.span.holds(instant) and (one.owner or one.team)
        ]
        if not held:
            return None
        told = max(held, key=lambda one: one.span.since)
        owner = self.person_of(told.owner, instant) or told.owner
        if told.team or owner is None:
            return Owner(owner or told.team, told.team)
        return Owner(owner, owner if owner in self.teams else self.team_of(owner, instant))

    def team_of_repo(self, repo: str | None, instant: datetime) -> str | None:
        """The team a repository belongs to, told as host/owner/name, owner/name or name; None where nobody said."""
        parts = (repo or "").split("/")
        for first in range(len(parts)):
            if owner := self.owner_of("repository", "/".join(parts[first:]), instant):
                return owner.team
        return None

    def rate_of(self, kind: str | None, team: str | None, instant: datetime) -> tuple[Decimal, str] | None:
        """What an hour of a kind of work of a team costs at an instant, with its currency; None: no rate card says.

        The card that says most counts: kind and team, then kind, then team, then the one for anybody.
        """
        held = [
            one
            for one in self.catalogue.rates
            if one.span.holds(instant) and one.kind in {None, kind} and one.team in {None, team}
        ]
        if not held:
            return None
        card = max(held, key=lambda one: (one.kind is not None, one.team is not None, one.span.since))
        return card.rate, card.currency

    def _ownerships(self) -> Mapping[tuple[str, str], list[Ownership]]:
        """What is told about owners, by kind and subject; what tools, workflows and accounts say of themselves last."""
        own: list[Any] = [
            *(Ownership("tool", one.tool_id, one.owner, one.team, one.span) for one in self.tools.values()),
            *(Ownership("workflow", one.workflow_id, one.owner, one.team) for one in self.workflows.values()),
            *(
                Ownership(
                    "project" if sub_account else "account", sub_account or account or vendor, None, team
                )
                for (vendor, account, sub_account), team in self.team_accounts.items()
            ),
        ]
        found: dict[tuple[str, str], list[Ownership]] = defaultdict(list)
        for one in (*self.catalogue.owners, *own):
            found[one.kind, one.subject.casefold()].append(one)
        return found

    def __bool__(self) -> bool:
        return bool(self.people or self.teams)
