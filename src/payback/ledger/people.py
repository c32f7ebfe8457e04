"""Person, team and cost centre of requests: the tag on the request first, then the person's membership at that instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from payback.org.directory import Directory


def placed(rows: pa.Table, directory: Directory) -> pa.Table:
    """The rows of `usage` with `person`, `team` and `cost_center` by the directory; tags win over memberships."""
    if not len(rows):
        return rows
    instants, actors = rows["occurred_at"].to_pylist(), rows["actor"].to_pylist()
    people = [directory.person_of(actor, at) for actor, at in zip(actors, instants, strict=True)]
    teams = [
        tag or directory.team_of(person, instant)
        for tag, person, instant in zip(rows["team_tag"].to_pylist(), people, instants, strict=True)
    ]
    centers = [
        tag or directory.cost_center_of(person, team)
        for tag, person, team in zip(rows["cost_center_tag"].to_pylist(), people, teams, strict=True)
    ]
    for name, values in (("person", people), ("team", teams), ("cost_center", centers)):
        rows = rows.set_column(rows.schema.get_field_index(name), name, pa.array(values, pa.string()))
    return rows
