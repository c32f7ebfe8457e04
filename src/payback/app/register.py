"""What people decide about the organisation: whose an account is, who is whom, who answers for what. Each decision is
written as rows with their dates and goes into the record of what was done; money is placed by it from the next placing on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from payback.access.scope import Sight
from payback.errors import ForbiddenError, SettingsError, UnknownNameError
from payback.ledger.batches import table_of
from payback.ledger.tables import BY_NAME
from payback.org import decisions
from payback.org.accounts import MERGED
from payback.org.matching import Seen
from payback.org.what import OWNED
from payback.org.who import ALWAYS, PEOPLE_KINDS, REFUSED
from payback.state.watched import Audited, audited, record_audit
from payback.warehouse.contract import Upsert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from payback.access.scope import Scope
    from payback.org.directory import Directory
    from payback.state import State
    from payback.warehouse.contract import Warehouse

    Row = dict[str, Any]

REFUSE = "identity.refuse"
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A person to be: how they are called, what they are, and their team from now on."""

    name: str
    kind: str = "person"
    email: str | None = None
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Register:
    """Where decisions are written. Every method takes who decides, and gives the sentence that says what holds now."""

    warehouse: Warehouse
    state: State
    directory: Callable[[], Directory]
    clock: Callable[[], datetime]

    def confirm(
        self,
        account: str,
        person: str,
        by: Scope,
        *,
        system: str | None = None,
        since: datetime | None = None,
    ) -> str:
        """The account is that person's: on all days, or from an instant on."""
        _may_decide(by)
        person_id = self._person(person)
        rows, seen = self._identity(account, system)
        self._refuse_told(account, but=person_id)
        reason = f"confirmed by {by.reason}"
        self._write("identities", decisions.confirmed(rows, seen, person_id, reason, since))
        self._note(by, "identity.confirm", seen, {"person": person_id, "since": _told(since)})
        return f"{account} is {self._name(person_id)}"

    def refuse(self, account: str, person: str, by: Scope, *, system: str | None = None) -> str:
        """The account is not that person's; it is not proposed again."""
        _may_decide(by)
        person_id = self._person(person)
        rows, seen = self._identity(account, system)
        reason = f"refused by {by.reason}"
        self._write("identities", decisions.refused(rows, seen, person_id, reason))
        self._note(by, REFUSE, seen, {"person": person_id})
        return f"{account} is not {self._name(person_id)}"

    def split(
        self, account: str, by: Scope, *, system: str | None = None, since: datetime | None = None
    ) -> str:
        """The account is no longer its person's: from an instant on, or (None) it never was."""
        _may_decide(by)
        held = self.directory()
        person_id = held.person_of(account, None, system)
        rows, seen = self._identity(account, system)
        if person_id is None:
            raise SettingsError(f"{account} is nobody's account, so it cannot be split off")
        self._refuse_told(account)
        reason = f"split off by {by.reason}"
        self._write("identities", decisions.refused(rows, seen, person_id, reason, since))
        self._note(by, "identity.split", seen, {"person": person_id, "since": _told(since)})
        return f"{account} is no longer {self._name(person_id)}"

    def merge(self, person: str, into: str, by: Scope) -> str:
        """Both are one person: the second stands, with the accounts and memberships of both."""
        _may_decide(by)
        first, second = self._person(person), self._person(into)
        if first == second:
            raise SettingsError(f"{person} and {into} are one person already")
        names = self._name(first), self._name(second)
        self._write("identities", [decisions.merge(first, second, f"merged by {by.reason}")])
        self._note(by, "person.merge", Seen(first, MERGED), {"into": second})
        return f"{names[0]} ({first}) is {names[1]} ({second})"

    def unmerge(self, person: str, by: Scope) -> str:
        """A merge taken back: both are people of their own again."""
        _may_decide(by)
        rows = [row for row in self._rows(person) if row["system"] == MERGED and row["state"] != REFUSED]
        if not rows:
            raise SettingsError(f"{person} was not merged into anybody")
        self._write("identities", [row | {"state": REFUSED} for row in rows])
        self._note(by, "person.unmerge", Seen(person, MERGED), {"from": rows[0]["person_id"]})
        return f"{person} is a person of their own again"

    def add(self, account: str, newcomer: Newcomer, by: Scope, *, system: str | None = None) -> str:
        """A new person, bot or service account, whose the account is."""
        _may_decide(by)
        if newcomer.kind not in PEOPLE_KINDS:
            raise UnknownNameError("kind of person", newcomer.kind, PEOPLE_KINDS)
        held, email = self.directory(), newcomer.email or (account if "@" in account else None)
        if newcomer.team and newcomer.team not in held.teams:
            raise UnknownNameError("team", newcomer.team, held.teams)
        person_id = _free_id(held, email, account)
        told = {
            "person_id": person_id,
            "name": newcomer.name or account,
            "kind": newcomer.kind,
            "email": email,
        }
        self._write("people", [{**told, "valid_from": ALWAYS}])
        if newcomer.team:
            self._write(
                "memberships", [{"person_id": person_id, "team_id": newcomer.team, "valid_from": ALWAYS}]
            )
        rows, seen = self._identity(account, system)
        if rows or (email or "").casefold() != account.casefold():
            reason = f"confirmed by {by.reason}"
            self._write("identities", decisions.confirmed(rows, seen, person_id, reason))
        self._note(by, "person.add", seen, {**told, "team": newcomer.team})
        return f"{account} is {told['name']}, a new {newcomer.kind if newcomer.kind != 'service' else 'service account'}"

    def name_owner(
        self, kind: str, subject: str, owner: str, by: Scope, *, since: datetime | None = None
    ) -> str:
        """Who answers for a thing: on all days where nobody did, else from an instant (now unless told) on."""
        _may_decide(by)
        if kind not in OWNED:
            raise UnknownNameError("kind of thing with an owner", kind, OWNED)
        held, now = self.directory(), self.clock()
        who = owner if owner in held.teams else self._person(owner)
        before = held.owner_of(kind, subject, now)
        begin = since or (ALWAYS if before is None else now)
        team = who if who in held.teams else None
        rows = [
            {**row, "valid_until": begin}
            for row in self._read("owners")
            if (row["kind"], row["subject"].casefold()) == (kind, subject.casefold())
            and row["valid_until"] is None
            and row["valid_from"] < begin
        ]
        told = {"kind": kind, "subject": subject, "owner": who, "team": team, "valid_from": begin}
        self._write("owners", [*rows, told])
        self._note(by, "owner.name", Seen(subject, kind), {"owner": who, "since": begin.isoformat()})
        return f"{self._name(who)} answers for {kind} {subject}"

    def refusals(self) -> frozenset[tuple[str, str]]:
        """The matches that somebody refused: account in lower case and person."""
        return frozenset(
            (str(one.details.get("account", "")).casefold(), str(one.details.get("person", "")))
            for one in audited(self.state, REFUSE)
        )

    def _refuse_told(self, account: str, but: str | None = None) -> None:
        """SettingsError where an account is told with a person (other than `but`): a decision would change nothing."""
        holder = self.directory().accounts.told(account)
        if holder not in {None, but}:
            raise SettingsError(
                f"{account} is told as an account of {self._name(str(holder))} where that person is told "
                "(payback.toml, a file or SCIM); take it out there"
            )

    def _person(self, told: str) -> str:
        held = self.directory()
        found = held.person_of(told)
        if found is None:
            raise UnknownNameError("person", told, held.people)
        return found

    def _name(self, person_or_team: str) -> str:
        held = self.directory()
        known = held.people.get(person_or_team) or held.teams.get(person_or_team)
        return known.name if known else person_or_team

    def _identity(self, account: str, system: str | None) -> tuple[list[Row], Seen]:
        """The rows of an account in the system meant, and the account; a new one where none lists it yet."""
        if not account or len(account) > LONGEST:
            raise SettingsError(f"an account is a text of at most {LONGEST} characters")
        rows = [
            row for row in self._rows(account) if row["system"] != MERGED and system in {None, row["system"]}
        ]
        systems = sorted({row["system"] for row in rows})
        if len(systems) > 1:
            raise SettingsError(
                f"{account} is an account in {' and '.join(systems)}; say which with its system"
            )
        if not rows:
            return [], Seen(account, system or ("email" if "@" in account else "login"))
        last = rows[-1]
        return rows, Seen(
            last["identity"], last["system"], last["kind"] or "user", last["name"], last["email"]
        )

    def _rows(self, account: str) -> list[Row]:
        table = self.warehouse.table("identities")
        kept = table.filter(table["identity"].lower() == account.lower()).order_by("valid_from")
        rows: list[Row] = self.warehouse.read(kept).to_pylist()
        return rows

    def _read(self, table: str) -> list[Row]:
        rows: list[Row] = self.warehouse.read(self.warehouse.table(table)).to_pylist()
        return rows

    def _write(self, table: str, rows: Iterable[Row]) -> None:
        told = [{"source": decisions.SOURCE, **row} for row in rows]
        self.warehouse.apply([Upsert(table, table_of(BY_NAME[table], told, None, self.clock()))])

    def _note(self, by: Scope, action: str, subject: Seen, details: Mapping[str, Any]) -> None:
        told = {"account": subject.account, **details}
        record_audit(
            self.state,
            Audited(self.clock(), by.reason, action, f"{subject.system}:{subject.account}", told),
        )


def _may_decide(by: Scope) -> None:
    """Decisions about people are made by who may see all of them."""
    if by.sight is not Sight.EVERYTHING or not by.may_see_people:
        raise ForbiddenError("decide about people", by.reason)


def _told(since: datetime | None) -> str | None:
    return since.astimezone(UTC).isoformat() if since else None


def _free_id(held: Directory, email: str | None, account: str) -> str:
    """An id that nobody has: the name before the @, else the whole address or account."""
    for told in ((email or account).partition("@")[0].casefold(), (email or account).casefold()):
        if held.person_of(told) is None and told not in held.people:
            return told
    raise SettingsError(f"{email or account} is an account of {held.person_of(email or account)} already")
