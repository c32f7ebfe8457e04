"""What pages about people share: how kinds are said, the list of known people to choose from, and who may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.web.blocks import Empty, Link

if TYPE_CHECKING:
    from datetime import datetime

    from payback.org.directory import Directory
    from payback.web.asking import Ask

KINDS = {"person": "Person", "bot": "Bot", "service": "Service account"}
MOST_KNOWN = 500


def known_people(held: Directory) -> tuple[tuple[str, str], ...]:
    """Ids and names of people to choose from, by name; any other id or address can be typed."""
    people = sorted(held.people.values(), key=lambda one: one.name.casefold())
    return tuple((one.person_id, one.name) for one in people[:MOST_KNOWN])


def known_owners(held: Directory) -> tuple[tuple[str, str], ...]:
    """Ids and names of teams and people to choose from."""
    teams = sorted(held.teams.values(), key=lambda one: one.name.casefold())
    return (*((one.team_id, f"{one.name} (team)") for one in teams), *known_people(held))


def without_right(ask: Ask) -> Empty:
    """What is said instead of figures of people to who has no right to them."""
    return Empty(
        "People are shown to those with the right to see them",
        f"You see sums as {ask.scope.reason}. Whoever runs payback grants the right; each use of it is recorded.",
        (Link("Go to Teams", "/teams"),),
    )


def named(held: Directory, person_or_team: str | None) -> str | None:
    """The name of a person or team; the id itself where it is neither."""
    known = held.people.get(person_or_team or "") or held.teams.get(person_or_team or "")
    return known.name if known else person_or_team


def told_day(at: datetime | None) -> datetime | None:
    """A beginning to show; None where it holds since always."""
    return at if at is not None and at.year > 1970 else None
