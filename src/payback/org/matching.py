"""Whose an account without a person might be: proposals with a reason and a confidence. Nothing is matched by itself;
somebody confirms or refuses. Pure: accounts and people in, proposals out.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from payback.org.directory import Directory
    from payback.org.who import Person

NOREPLY = re.compile(r"^(?:\d+[+-])?([^+@]+)@users\.noreply\.[a-z.]+$")
MACHINE = re.compile(
    r"(\[bot\]|\bbot\b|[-_]bot$|^bot[-_]|github-actions|service[-_ ]?account|^svc[-_]|noreply@)"
)
SHORTEST_LOGIN = 4
AMBIGUOUS = Decimal("0.5")
MOST = 3


@dataclass(frozen=True, slots=True)
class Seen:
    """An account nobody stands behind yet: as use, bills, seats, activity or commits name it, or as a vendor lists it."""

    account: str
    system: str = "login"
    kind: str = "user"
    name: str | None = None
    email: str | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Its e-mail addresses in lower case."""
        told = (self.email, self.account if "@" in self.account else None)
        return tuple(dict.fromkeys(one.casefold() for one in told if one))


@dataclass(frozen=True, slots=True)
class Proposal:
    """One person an account may be, why, and how sure that is (0 to 1)."""

    account: str
    system: str
    person_id: str
    reason: str
    confidence: Decimal


@dataclass(slots=True)
class Known:
    """The people as matching looks at them: by account, by local part of their addresses, by name."""

    by_account: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    by_local: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    by_name: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    by_initials: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    by_first: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    domains: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, people: Iterable[Person]) -> Known:
        """The index of these people; machines among them are matched by their accounts only."""
        known = cls()
        for person in people:
            for account in (person.person_id, person.email, *person.accounts):
                known._add_account(person.person_id, account)
            if person.kind == "person":
                known._add_name(person)
        return known

    def _add_account(self, person_id: str, account: str | None) -> None:
        if not account:
            return
        key = account.casefold()
        self.by_account[key].add(person_id)
        if "@" in key:
            local, _, domain = key.partition("@")
            self.by_local[local.partition("+")[0]].add(person_id)
            self.domains.add(domain)

    def _add_name(self, person: Person) -> None:
        words = _words(person.name)
        if len(words) < 2:
            return
        self.by_name[" ".join(sorted(words))].add(person.person_id)
        first, last = words[0], words[-1]
        self.by_first[first].add(person.person_id)
        for login in (first[0] + last, first + last, last + first, last + first[0], first + last[0]):
            self.by_initials[login].add(person.person_id)


Found = tuple[set[str], str, str]
"""What a rule finds: people, the reason as a sentence, and the confidence as text."""
Rule = Callable[[Seen, Known], Iterator[Found]]


def _noreply(seen: Seen, known: Known) -> Iterator[Found]:
    for address in seen.addresses:
        if found := NOREPLY.match(address):
            login = found.group(1)
            yield known.by_account.get(login, set()), f"Git address of the login {login}", "0.95"


def _plus(seen: Seen, known: Known) -> Iterator[Found]:
    for address in seen.addresses:
        local, _, domain = address.partition("@")
        plain = f"{local.partition('+')[0]}@{domain}"
        if plain != address:
            yield known.by_account.get(plain, set()), f"{plain} with a tag", "0.95"


def _other_domain(seen: Seen, known: Known) -> Iterator[Found]:
    for address in seen.addresses:
        local, _, domain = address.partition("@")
        people = known.by_local.get(local.partition("+")[0], set())
        if domain in known.domains:
            yield people, f"same name before the @, and {domain} is a domain of the organisation", "0.9"
        else:
            yield people, f"same name before the @, at another domain ({domain})", "0.6"


def _login_of_address(seen: Seen, known: Known) -> Iterator[Found]:
    login = seen.account.casefold()
    if "@" not in login and seen.kind != "key":
        yield known.by_local.get(login, set()), "login is the name before the @ of their address", "0.8"


def _address_of_login(seen: Seen, known: Known) -> Iterator[Found]:
    for address in seen.addresses:
        local = address.partition("@")[0].partition("+")[0]
        yield known.by_account.get(local, set()), f"the name before the @ is their login {local}", "0.6"


def _same_name(seen: Seen, known: Known) -> Iterator[Found]:
    words = _words(seen.name or "")
    if len(words) > 1 and seen.kind != "key":
        yield known.by_name.get(" ".join(sorted(words)), set()), f"same full name, {seen.name}", "0.75"


def _login_of_name(seen: Seen, known: Known) -> Iterator[Found]:
    for told in (seen.account, *seen.addresses):
        login = "".join(_words(told.partition("@")[0].partition("+")[0]))
        if len(login) >= SHORTEST_LOGIN and seen.kind != "key":
            yield known.by_initials.get(login, set()), "login is made of their name", "0.55"


def _first_name(seen: Seen, known: Known) -> Iterator[Found]:
    for told in (seen.account, *seen.addresses):
        login = told.casefold().partition("@")[0].partition("+")[0]
        if seen.kind != "key" and login in known.by_first:
            yield known.by_first[login], f"login is their first name, {login}", "0.5"


def _key_name(seen: Seen, known: Known) -> Iterator[Found]:
    if seen.kind != "key" or not seen.name:
        return
    for part in re.split(r"[\s_/:]+|-(?=\D)", seen.name.casefold()):
        if len(part) >= SHORTEST_LOGIN - 1:
            people = known.by_account.get(part, set()) | known.by_local.get(part, set())
            yield people, f"the key's name says {part}", "0.4"


RULES: tuple[Rule, ...] = (
    _noreply,
    _plus,
    _other_domain,
    _login_of_address,
    _address_of_login,
    _same_name,
    _login_of_name,
    _first_name,
    _key_name,
)


def proposals(
    accounts: Iterable[Seen], directory: Directory, refused: AbstractSet[tuple[str, str]] = frozenset()
) -> dict[Seen, tuple[Proposal, ...]]:
    """For each account the people it may be, the surest first; never one that was refused (account in lower case, person).

    Where a rule finds several people, each of them is half as sure.
    """
    known = Known.of(directory.people.values())
    return {seen: _proposed(seen, known, refused) for seen in accounts}


def _proposed(seen: Seen, known: Known, refused: AbstractSet[tuple[str, str]]) -> tuple[Proposal, ...]:
    found: dict[str, Proposal] = {}
    for rule in RULES:
        for people, reason, sure in rule(seen, known):
            confidence = Decimal(sure) if len(people) == 1 else Decimal(sure) * AMBIGUOUS
            told = reason if len(people) < 2 else f"{reason}; {len(people)} people could be meant"
            for person in sorted(people):
                before = found.get(person)
                if (seen.account.casefold(), person) not in refused and (
                    before is None or confidence > before.confidence
                ):
                    found[person] = Proposal(seen.account, seen.system, person, told, confidence)
    return tuple(sorted(found.values(), key=lambda one: (-one.confidence, one.person_id))[:MOST])


def is_machine(seen: Seen) -> bool:
    """Whether an account says of itself that nobody sits behind it."""
    told = " ".join(part for part in (seen.account, seen.name) if part).casefold()
    return seen.kind in {"service_account", "bot"} or bool(MACHINE.search(told))


def same_people(directory: Directory) -> tuple[tuple[str, str, str], ...]:
    """Pairs of people that may be one, with the reason: two ids with one name, neither a machine."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for person in directory.people.values():
        words = _words(person.name)
        if person.kind == "person" and len(words) > 1:
            by_name[" ".join(sorted(words))].append(person.person_id)
    return tuple((first, other, "same full name") for first, *others in by_name.values() for other in others)


def _words(name: str) -> list[str]:
    """A name in plain lower-case words: accents gone, signs as gaps."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return re.findall(r"[a-z]+", plain)
