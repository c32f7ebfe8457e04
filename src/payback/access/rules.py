"""Which columns of each table decide who may see a row. One line per table; a table without a line is refused.

A team column opens rows to scopes of teams, a person column to a scope of that person; a table with neither is seen
only with everything. `for_all` is for reference tables that hold nobody's figures.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """The columns by which a row belongs to a team or to a person; a row belongs to a person if any of them names them."""

    teams: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    for_all: bool = False


_ONLY_EVERYTHING = Rule()
_FOR_ALL = Rule(for_all=True)
_REQUESTS = Rule(teams=("team",), people=("person", "actor"))

RULES: dict[str, Rule] = {
    "usage": _REQUESTS,
    "usage_hourly": _REQUESTS,
    "steps": _ONLY_EVERYTHING,
    "step_spend": Rule(teams=("team",), people=("actor",)),
    "assignments": _ONLY_EVERYTHING,
    "outputs": _ONLY_EVERYTHING,
    "activity": Rule(people=("person",)),
    "rejected": _ONLY_EVERYTHING,
    "charges": Rule(people=("actor",)),
    "seats": Rule(people=("person",)),
    "effort": Rule(teams=("team",), people=("person",)),
    "effort_costs": Rule(teams=("team",), people=("person",)),
    "surveys": Rule(teams=("team",), people=("person",)),
    "spend": Rule(teams=("team",), people=("person",)),
    "exchange_rates": _FOR_ALL,
    "pull_requests": Rule(people=("author",)),
    "reviews": Rule(people=("reviewer",)),
    "pull_request_moves": Rule(people=("actor",)),
    "commits": Rule(people=("author_email",)),
    "tickets": Rule(teams=("team",), people=("assignee",)),
    "ticket_moves": Rule(people=("actor",)),
    "sprints": Rule(teams=("team",)),
    "deployments": _ONLY_EVERYTHING,
    "incidents": Rule(teams=("team",)),
    "evidence": _ONLY_EVERYTHING,
    "links": _ONLY_EVERYTHING,
    "line_replacements": _ONLY_EVERYTHING,
    "code_fates": Rule(teams=("team",)),
    "work": Rule(teams=("team",), people=("person", "author")),
    "work_signs": Rule(teams=("team",), people=("person",)),
    "work_items": Rule(teams=("team",), people=("person",)),
    "sprint_items": Rule(teams=("team",)),
    "pieces": Rule(teams=("team",)),
    "developer_days": Rule(teams=("team",), people=("person",)),
    "production_deployments": Rule(teams=("team",)),
    "use_days": Rule(teams=("team",), people=("person", "who")),
    "seat_days": Rule(teams=("team",), people=("person", "holder")),
    "user_weeks": Rule(teams=("team",), people=("person",)),
    "people": Rule(people=("person_id",)),
    "identities": Rule(people=("person_id", "identity")),
    "teams": _FOR_ALL,
    "memberships": Rule(teams=("team_id",), people=("person_id",)),
    "tools": _FOR_ALL,
    "workflows": _FOR_ALL,
    "rate_cards": Rule(teams=("team",)),
    "owners": Rule(teams=("team",), people=("owner",)),
}
