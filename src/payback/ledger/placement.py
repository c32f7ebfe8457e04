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

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from payback.ledger.rules import Rules, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from payback.org.directory import Directory

UNATTRIBUTED = "team unattributed"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CODES = 2**62
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
        self._asked: dict[tuple[Any, ...], Place] = {}
        self._ends = _turns(directory, self.rules)
        self._turns = np.array([(end - EPOCH) // MICROSECOND for end in self._ends], np.int64)

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

    def remembered(self, row: Mapping[str, Any], instant: datetime) -> Place:
        """`of`, asked once for rows that say the same between two turns of the organisation and its rules."""
        era = bisect_right(self._ends, instant)
        tags = row.get("tags")
        key = (
            era,
            tuple(tags.items()) if tags else (),
            *[None if one is tags else one for one in row.values()],
        )
        if (known := self._asked.get(key)) is None:
            known = self._asked[key] = self.of(row, instant)
        return known

    def places(self, rows: pa.Table, instants: Sequence[datetime]) -> list[Place]:
        """The place of each row of a table that has the columns of `IDENTITY`."""
        micros = np.array([(one - EPOCH) // MICROSECOND for one in instants], np.int64)
        distinct, which = self.distinct(rows, micros)
        return [distinct[index] for index in which.tolist()]

    def distinct(self, rows: pa.Table, micros: NDArray[np.int64]) -> tuple[list[Place], NDArray[np.int64]]:
        """The places of rows at instants (microseconds since 1970), each once, and which of them each row has.

        Between two turns of the organisation and its rules, rows that are alike belong to the same place: one row of each
        kind is asked for.
        """
        names = [name for name in IDENTITY if name in rows.column_names]
        eras = np.searchsorted(self._turns, micros, side="right")
        first, which = _alike(rows.select(names), eras)
        sample = rows.select(names).take(pa.array(first)).to_pylist()
        return [
            self._place(row, (int(eras[at]), int(micros[at]))) for row, at in zip(sample, first, strict=True)
        ], which

    def _place(self, row: Mapping[str, Any], when: tuple[int, int]) -> Place:
        era, micros = when
        key = (era, *row.items())
        if (known := self._known.get(key)) is None:
            known = self._known[key] = self.of(row, EPOCH + timedelta(microseconds=micros))
        return known


def _turns(directory: Directory, rules: Rules) -> list[datetime]:
    """The instants at which anything that places a row begins or ends to hold."""
    told = directory.catalogue
    spans = chain(
        (one.span for one in directory.memberships),
        (one.span for one in directory.accounts.identities),
        (one.span for one in told.owners),
        (stage.span for workflow in told.workflows for stage in workflow.stages),
        (one.span for one in rules.all),
    )
    return sorted({end for span in spans for end in (span.since, span.until) if end is not None})


def _alike(rows: pa.Table, eras: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows that say the same in the same era: the place of one of each, and for each row which."""
    code = eras.astype(np.int64)
    most = len(eras) and int(code.max()) + 1
    for column in rows.columns:
        encoded = column.combine_chunks().dictionary_encode()
        values = np.asarray(encoded.indices.fill_null(len(encoded.dictionary))).astype(np.int64)
        if most * (len(encoded.dictionary) + 1) >= CODES:
            code = np.unique(code, return_inverse=True)[1].astype(np.int64)
            most = int(code.max()) + 1
        code = code * (len(encoded.dictionary) + 1) + values
        most *= len(encoded.dictionary) + 1
    _, first, which = np.unique(code, return_index=True, return_inverse=True)
    return first, which


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
    micros = np.asarray(
        rows["occurred_at"].cast(pa.timestamp("us", tz="UTC")).combine_chunks().view(pa.int64())
    )
    distinct, which = placement.distinct(rows, micros)
    taken = pa.array(which)
    for name in PLACED:
        rows = _with(
            rows, name, pa.array([getattr(place, name) for place in distinct], pa.string()).take(taken)
        )
    return _with(rows, "placed_by", pa.array([place.basis for place in distinct], pa.string()).take(taken))


def _with(rows: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return rows.set_column(rows.schema.get_field_index(name), name, values)
