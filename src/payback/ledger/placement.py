"""Where a request or a charge belongs, and which rule says so. Rule 9 of the ledger, one order for both:

    team         tag > rule on a tag > the tagged workflow's team > key, project or account > repository > person > tool
    workflow     tag > key, project or account > repository > person > tool
    environment  tag > the workflow's stage on that day > key, project or account > ...
    task type    tag > the workflow's > key, project or account > ...
    cost centre  tag > key, project or account > ... > the person's, else the team's
    owner        the workflow's > key or project > the tool's

What no rule speaks of stays unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from payback.ledger.rules import Rules, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from payback.org.directory import Directory

UNATTRIBUTED = "team unattributed"
QUARTER = 900
TAGS = {
    "team": "team_tag",
    "cost_center": "cost_center_tag",
    "workflow": "workflow_tag",
    "environment": "environment_tag",
    "task_type": "task_type_tag",
}
IDENTITY = (
    "vendor",
    "account",
    "project",
    "api_key",
    "tool",
    "model",
    "actor",
    "repo",
    "source",
    *TAGS.values(),
)
AFTER_TAGS = (Stage.KEY, Stage.REPOSITORY, Stage.PERSON, Stage.TOOL)


class Place(NamedTuple):
    """Where something belongs; None is unknown. `basis` names the rule that placed it on its team."""

    person: str | None = None
    team: str | None = None
    cost_center: str | None = None
    workflow: str | None = None
    environment: str | None = None
    task_type: str | None = None
    owner: str | None = None
    basis: str = UNATTRIBUTED


class Placement:
    """The organisation and its rules, asked where things belong. Answers are remembered: many rows are alike."""

    def __init__(self, directory: Directory, rules: Rules | None = None) -> None:
        self.directory = directory
        self.rules = rules or Rules()
        self._known: dict[tuple[Any, ...], Place] = {}

    def of(self, row: Mapping[str, Any], instant: datetime) -> Place:
        """The place of a row (columns of `usage`, tags in `*_tag` columns and `tags`) at an instant."""
        person = next(
            (
                who
                for name in ("actor", "api_key")
                if (who := self.directory.person_of(row.get(name), instant))
            ),
            None,
        )
        asked = {**row, "person": person}
        workflow = self._given(asked, instant, "workflow")
        team, basis = self._team(asked, instant, row.get("workflow_tag"))
        return Place(
            person=person,
            team=team,
            cost_center=self._given(asked, instant, "cost_center")
            or self.directory.cost_center_of(person, team),
            workflow=workflow,
            environment=self._environment(asked, instant, workflow),
            task_type=self._task_type(asked, instant, workflow),
            owner=self._owner(asked, instant, workflow),
            basis=basis,
        )

    def _given(self, row: Mapping[str, Any], instant: datetime, what: str) -> str | None:
        """By tag, else by the first stage whose rules speak of it."""
        if what in TAGS and (tag := row.get(TAGS[what])):
            return str(tag)
        for stage in Stage:
            if found := self.rules.given(row, instant, stage, what):
                return found[0]
        return None

    def _team(
        self, row: Mapping[str, Any], instant: datetime, workflow_tag: str | None
    ) -> tuple[str | None, str]:
        if tag := row.get("team_tag"):
            return str(tag), "team by tag"
        if found := self.rules.given(row, instant, Stage.TAG, "team"):
            return found[0], f"team by rule {found[1].rule_id}"
        workflow = self.directory.workflows.get(workflow_tag or "")
        if workflow and workflow.team:
            return workflow.team, "team by workflow"
        for stage in AFTER_TAGS:
            if found := self.rules.given(row, instant, stage, "team"):
                return found[0], f"team by rule {found[1].rule_id}"
            if team := self._known_team(row, instant, stage):
                return team, f"team by {_WORDS[stage]}"
        return None, UNATTRIBUTED

    def _known_team(self, row: Mapping[str, Any], instant: datetime, stage: Stage) -> str | None:
        """What the organisation itself says at a stage, besides its rules."""
        if stage is Stage.KEY:
            return self._team_of_key(row, instant)
        if stage is Stage.REPOSITORY:
            return self.directory.team_of_repo(row["repo"], instant) if row.get("repo") else None
        if stage is Stage.PERSON:
            return self.directory.team_of(row["person"], instant)
        owner = self.directory.owner_of("tool", row["tool"], instant) if row.get("tool") else None
        tool = self.directory.tools.get(row.get("tool") or "")
        return (owner.team if owner else None) or (tool.team if tool else None)

    def _team_of_key(self, row: Mapping[str, Any], instant: datetime) -> str | None:
        for kind, column in (("key", "api_key"), ("project", "project")):
            owner = self.directory.owner_of(kind, row[column], instant) if row.get(column) else None
            if owner and owner.team:
                return owner.team
        return self.directory.team_of_account(row.get("vendor") or "", row.get("account"), row.get("project"))

    def _environment(self, row: Mapping[str, Any], instant: datetime, workflow: str | None) -> str | None:
        if tag := row.get("environment_tag"):
            return str(tag)
        stage = self.directory.stage_of(workflow, instant) if workflow else None
        return stage or self._given(row, instant, "environment")

    def _task_type(self, row: Mapping[str, Any], instant: datetime, workflow: str | None) -> str | None:
        if tag := row.get("task_type_tag"):
            return str(tag)
        known = self.directory.workflows.get(workflow or "")
        return (known.task_type if known else None) or self._given(row, instant, "task_type")

    def _owner(self, row: Mapping[str, Any], instant: datetime, workflow: str | None) -> str | None:
        known = self.directory.workflows.get(workflow or "")
        if known and known.owner:
            return known.owner
        for kind, subject in (
            ("workflow", workflow),
            ("key", row.get("api_key")),
            ("project", row.get("project")),
        ):
            owner = self.directory.owner_of(kind, subject, instant) if subject else None
            if owner:
                return owner.owner
        given = self._given(row, instant, "owner")
        owner = (
            self.directory.owner_of("tool", row["tool"], instant) if not given and row.get("tool") else None
        )
        tool = self.directory.tools.get(row.get("tool") or "")
        return given or (owner.owner if owner else None) or (tool.owner if tool else None)

    def places(self, rows: pa.Table, instants: list[datetime]) -> list[Place]:
        """The place of each row of a table that has the columns of `IDENTITY`."""
        names = [name for name in IDENTITY if name in rows.column_names]
        return list(self._places(rows, names, instants))

    def _places(self, rows: pa.Table, names: list[str], instants: list[datetime]) -> Iterator[Place]:
        columns = [rows[name].to_pylist() for name in names]
        known = self._known
        for instant, *values in zip(instants, *columns, strict=True):
            key = (int(instant.timestamp()) // QUARTER, *values)
            place = known.get(key)
            if place is None:
                place = known[key] = self.of(dict(zip(names, values, strict=True)), instant)
            yield place


_WORDS = {
    Stage.KEY: "key or project",
    Stage.REPOSITORY: "repository",
    Stage.PERSON: "membership",
    Stage.TOOL: "the tool's owner",
}
PLACED = ("person", "team", "cost_center", "workflow", "environment", "task_type")


def placed(rows: pa.Table, placement: Placement) -> pa.Table:
    """The rows of `usage` with person, team, cost centre, workflow, environment and task type, and the rule for the team."""
    if not len(rows):
        return rows
    found = placement.places(rows, rows["occurred_at"].to_pylist())
    for name in PLACED:
        rows = _with(rows, name, [getattr(place, name) for place in found])
    return _with(rows, "placed_by", [place.basis for place in found])


def _with(rows: pa.Table, name: str, values: list[str | None]) -> pa.Table:
    return rows.set_column(rows.schema.get_field_index(name), name, pa.array(values, pa.string()))
