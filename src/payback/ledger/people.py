"""Person, team and cost centre of requests: the tag on the request first, then the person's membership at that instant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from payback.org.directory import Directory


def placed(rows: pa.Table, directory: Directory) -> pa.Table:
    """The rows of `usage` with `person`, `team` and `cost_center` filled by the directory; tags win over memberships."""
    if not len(rows):
        return rows
    actors = rows["actor"].to_pylist()
    instants = rows["occurred_at"].to_pylist()
    tags = rows["team_tag"].to_pylist()
    people = [directory.person_of(actor) for actor in actors]
    teams = [
        tag or directory.team_of(person, instant)
        for tag, person, instant in zip(tags, people, instants, strict=True)
    ]
    centers = [directory.cost_center_of(person, team) for person, team in zip(people, teams, strict=True)]
    kept = pc.coalesce(rows["cost_center"], pa.array(centers, pa.string()))
    for name, values in (("person", people), ("team", teams)):
        rows = rows.set_column(rows.schema.get_field_index(name), name, pa.array(values, pa.string()))
    return rows.set_column(rows.schema.get_field_index("cost_center"), "cost_center", kept)
