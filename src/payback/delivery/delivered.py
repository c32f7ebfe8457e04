"""All that is known of delivery at one moment, as rows by what they belong to, and how this organisation reads it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from payback.delivery.belonging import Belonging
from payback.delivery.kinds_of_work import Rule, kind_of_work
from payback.delivery.phases import Phases, Told, phases_of
from payback.delivery.registry import registry
from payback.delivery.rewriting import former_commits
from payback.delivery.shipping import Choice, Deliveries, Shipped, shipped
from payback.ledger.tables import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import date, datetime, tzinfo

    import pyarrow as pa

    Row = Mapping[str, Any]
    Who = Callable[[str | None], str | None]
    TeamOf = Callable[[str | None, datetime], str | None]

READ = (
    "pull_requests", "reviews", "pull_request_moves", "commits", "tickets", "ticket_moves", "sprints", "deployments",
    "incidents", "evidence", "links",
)  # fmt: skip
SOURCE, FATES = "delivery", "fates"


@dataclass(frozen=True, slots=True)
class Reading:
    """How the organisation reads delivery: what counts as a deployment, kinds of work, the repository of a service, the tool
    that a label on a change stands for.
    """

    deployments: tuple[Choice, ...] = ()
    work_types: tuple[Rule, ...] = ()
    services: Mapping[str, str] = field(default_factory=dict)
    ai_labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class People:
    """Who is behind a login or address (None: nobody knows), a person's team at an instant, whose a repository is, and which
    team of the organisation is meant by what a tracker calls one.
    """

    who: Who = lambda _account: None
    team_of: TeamOf = lambda _person, _at: None
    team_of_repo: TeamOf = lambda _repo, _at: None
    team_named: Who = lambda _told: None


@dataclass(frozen=True)
class Delivered:
    """Rows of the delivery tables (`tables`, those of READ), how they are read, who people are, the zone, the moment.

    `replaced` holds, for a change, the earlier changes whose lines it rewrote within 14 days, where Git was read;
    `read_lines` names the repositories of which that is known. `used` holds the days (UTC) on which a person or account used
    AI; `labels` the tool that a label of a change stands for; `belonging` which workflow work belongs to.
    """

    tables: Mapping[str, pa.Table]
    zone: tzinfo
    now: datetime
    reading: Reading = field(default_factory=Reading)
    people: People = field(default_factory=People)
    default_branches: Mapping[str, str] = field(default_factory=dict)
    replaced: Mapping[str, frozenset[str]] = field(default_factory=dict)
    read_lines: frozenset[str] = frozenset()
    used: Mapping[str, AbstractSet[date]] = field(default_factory=dict)
    lines: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    belonging: Belonging = field(default_factory=Belonging)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of one table; none where it was not read."""
        table = self.tables.get(name)
        return [] if table is None else table.to_pylist()

    @cached_property
    def pulls(self) -> list[dict[str, Any]]:
        return self.rows("pull_requests")

    @cached_property
    def commits(self) -> list[dict[str, Any]]:
        return self.rows("commits")

    @cached_property
    def tickets(self) -> dict[str, dict[str, Any]]:
        return {row["ticket_id"]: row for row in self.rows("tickets")}

    @cached_property
    def told(self) -> dict[str, Told]:
        """What is told of each change."""
        reviews, moves, commits = (
            by(rows, "pull_request_id")
            for rows in (self.rows("reviews"), self.rows("pull_request_moves"), self.commits)
        )
        former = former_commits(self.commits)
        return {
            key: Told(
                pull, reviews.get(key, ()), moves.get(key, ()), commits.get(key, ()), former.get(key, ())
            )
            for pull in self.pulls
            for key in (pull["pull_request_id"],)
        }

    @cached_property
    def phases(self) -> dict[str, Phases]:
        """The phases of each change."""
        return {
            key: phases_of(told, lambda login: self.people.who(login) or login)
            for key, told in self.told.items()
        }

    @cached_property
    def signs(self) -> dict[str, list[dict[str, Any]]]:
        """Signs of AI by change and by ticket: their own, and those of the commits that went in with a change."""
        pull_of = {commit["commit_id"]: commit["pull_request_id"] for commit in self.commits}
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for sign in self.rows("evidence"):
            subject = sign["subject_id"]
            change = pull_of.get(subject) if sign["subject_kind"] == "commit" else subject
            if change is not None:
                found[change].append(sign)
        for pull in self.pulls:
            found[pull["pull_request_id"]] += self._labelled(pull)
        return found

    def _labelled(self, pull: Row) -> list[dict[str, Any]]:
        """Signs that a label gives: a vendor's own attribution, and what people say, as the organisation reads its labels."""
        labels = {label.strip().casefold() for label in (pull["labels"] or "").split(",")}
        vendors = [(label, "vendor", one.tool, one.grade) for label, one in registry().labels.items()]
        own = [(label.casefold(), "label", tool, "B") for label, tool in self.reading.ai_labels.items()]
        return [
            {"kind": kind, "ai_class": "agent_assisted", "tool": tool, "grade": grade}
            for label, kind, tool, grade in (*vendors, *own)
            if label in labels
        ]

    @cached_property
    def shipped(self) -> Shipped:
        """Counted deployments, and the first that held each change."""
        deployments = self.rows("deployments")
        links = [
            (link["from_id"], link["to_id"])
            for link in self.rows("links")
            if (link["from_kind"], link["to_kind"]) == ("deployment", "pull_request")
        ]
        shas = {f"{row['repo']}@{row['sha']}" for row in deployments if row["sha"]}
        dates = {one["commit_id"]: one["committed_at"] for one in self.commits if one["commit_id"] in shas}
        held = Deliveries(deployments, self.pulls, dates, self.default_branches, links)
        return shipped(held, self.reading.deployments)

    @cached_property
    def tickets_of(self) -> dict[str, tuple[str, ...]]:
        """The tickets of each change, those that are known as tickets alone: those that it names, then those that a tracker
        says it belongs to.
        """
        linked: dict[str, list[str]] = defaultdict(list)
        for link in sorted(self.rows("links"), key=lambda link: str(link["from_id"])):
            if (link["from_kind"], link["to_kind"]) == ("ticket", "pull_request"):
                linked[link["to_id"]].append(link["from_id"])
        return {
            pull["pull_request_id"]: tuple(
                ticket
                for ticket in dict.fromkeys(
                    [part.strip() for part in (pull["tickets"] or "").split(",")]
                    + linked[pull["pull_request_id"]]
                )
                if ticket in self.tickets
            )
            for pull in self.pulls
        }

    def work_type(self, texts: Mapping[str, Any]) -> str | None:
        """The kind of work of something with a title, branch, labels and kind."""
        return kind_of_work(texts, self.reading.work_types)

    def type_of_ticket(self, ticket: Mapping[str, Any]) -> str | None:
        """The kind of work that a ticket is called: by somebody, by its kind, or where that says none, by its labels."""
        said: str | None = ticket.get("work_type")
        return (
            said
            or self.work_type({"kind": ticket["kind"]})
            or self.work_type({"labels": ticket.get("labels")})
        )

    def day(self, moment: datetime | None) -> date | None:
        """The day of an instant in the organisation's zone."""
        return moment.astimezone(self.zone).date() if moment else None

    def stamped(self, rows: Iterable[Mapping[str, Any]], table: str) -> pa.Table:
        """Rows as an Arrow table of a derived table."""
        import pyarrow as pa

        told = [{**row, "source": SOURCE, "synced_at": self.now} for row in rows]
        return pa.Table.from_pylist(told, schema=BY_NAME[table].schema)


def by(rows: Iterable[Row], column: str) -> dict[Any, list[Row]]:
    """Rows by what a column names; those that name nothing are left out."""
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        if row[column] is not None:
            found[row[column]].append(row)
    return found


def tools_of(signs: Sequence[Row]) -> str | None:
    """The tools that signs name, comma-separated."""
    return ",".join(sorted({sign["tool"] for sign in signs})) or None


def hours(begin: datetime | None, end: datetime | None) -> float | None:
    """Hours between two instants; None if one is unknown or they run backwards."""
    if begin is None or end is None or end < begin:
        return None
    return (end - begin).total_seconds() / 3600
