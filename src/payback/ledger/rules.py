"""Allocation rules as declared values: which use and money they speak of, and where it goes.

A rule that *gives* says what a key, project, account, repository, person or tool belongs to: team, workflow, environment,
task type, cost centre, owner. A rule that *splits* divides shared money over teams: by fixed parts, or in proportion to
use, seats or headcount. Rules are tried in an order that is stated, never in the order they were typed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from payback.errors import SettingsError
from payback.org.directory import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    Names = tuple[str, ...]
    Values = tuple[str, ...]

LOOKS_AT = (
    "api_key", "project", "account", "repo", "person", "tool", "model", "vendor", "source", "workflow", "team",
)  # fmt: skip
TAG = "tag."
GIVES = ("team", "workflow", "environment", "task_type", "cost_center", "owner")


class By(StrEnum):
    """In proportion to what shared money is split."""

    PARTS = "parts"
    USAGE = "usage"
    SEATS = "seats"
    HEADCOUNT = "headcount"


class Stage(StrEnum):
    """Where a rule stands in the order of attribution: tags before keys before repositories before people before tools."""

    TAG = "tag"
    KEY = "key"
    REPOSITORY = "repository"
    PERSON = "person"
    TOOL = "tool"


_STAGES = (
    (Stage.KEY, ("api_key", "project", "account")),
    (Stage.REPOSITORY, ("repo",)),
    (Stage.PERSON, ("person",)),
    (Stage.TOOL, ("tool", "model", "vendor", "source", "workflow", "team")),
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `when` pairs a column (or `tag.NAME`) with the value it must have; all must hold, and on that day.

    `parts` (team to weight) and `among` say over whom a splitting rule divides.
    """

    rule_id: str
    when: tuple[tuple[str, str], ...]
    give: tuple[tuple[str, str], ...] = ()
    by: By | None = None
    parts: tuple[tuple[str, int], ...] = ()
    among: tuple[str, ...] = ()
    span: Span = field(default_factory=Span)

    @property
    def stage(self) -> Stage:
        """Where it stands in the order of attribution."""
        names = {name for name, _ in self.when}
        if any(name.startswith(TAG) for name in names):
            return Stage.TAG
        return next(stage for stage, columns in _STAGES if names & set(columns))

    def holds(self, row: Mapping[str, Any], instant: datetime) -> bool:
        """Whether a row is what the rule speaks of. Tags are looked up in the row's `tags` mapping."""
        return self.span.holds(instant) and all(_value(row, name) == value for name, value in self.when)


def _value(row: Mapping[str, Any], name: str) -> str | None:
    if name.startswith(TAG):
        return (row.get("tags") or {}).get(name.removeprefix(TAG))
    found = row.get(name)
    return found if found is None else str(found)


class Rules:
    """The rules of an installation, found by what they look at: the most specific first, then by id."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self.all = tuple(sorted(rules, key=lambda rule: (-len(rule.when), rule.rule_id)))
        self.splitting = tuple(rule for rule in self.all if rule.by)
        self._found: dict[tuple[Stage, str], dict[Names, dict[Values, list[tuple[str, Rule]]]]] = {}
        for one in self.all:
            names, values = tuple(name for name, _ in one.when), tuple(value for _, value in one.when)
            for what, given in one.give:
                at = self._found.setdefault((one.stage, what), {}).setdefault(names, {})
                at.setdefault(values, []).append((given, one))

    def given(
        self, row: Mapping[str, Any], instant: datetime, stage: Stage, what: str
    ) -> tuple[str, Rule] | None:
        """What the most specific rule of a stage gives a row, with that rule; None where none speaks of it."""
        for names, by_values in self._found.get((stage, what), {}).items():
            values = tuple(told for name in names if (told := _value(row, name)) is not None)
            for given, one in by_values.get(values, ()):
                if one.span.holds(instant):
                    return str(given), one
        return None

    def columns(self) -> frozenset[str]:
        """The columns that giving rules look at, tags left out."""
        return frozenset(name for one in self.all for name, _ in one.when if not name.startswith(TAG))

    def __bool__(self) -> bool:
        return bool(self.all)


def rule(entry: Mapping[str, Any], span: Span) -> Rule:
    """A rule as payback.toml or a form tells it:

        id = "platform-openai"
        when = { vendor = "openai", project = "proj-platform" }
        give = { team = "platform" }                 # or:  split = { payments = 60, search = 40 }
                                                     # or:  split_by = "usage", among = ["payments", "search"]

    SettingsError names the rule and what is wrong with it.
    """
    name = str(entry.get("id") or "")
    if not name:
        raise SettingsError("each [[rules]] of payback.toml needs an id")
    when, give, split = (_pairs(entry, key, name) for key in ("when", "give", "split"))
    if strange := [key for key in when if key not in LOOKS_AT and not key.startswith(TAG)]:
        raise SettingsError(
            f"rule {name!r} cannot look at {strange[0]!r}; it can at {', '.join(LOOKS_AT)} and tag.NAME"
        )
    if strange := [key for key in give if key not in GIVES]:
        raise SettingsError(f"rule {name!r} cannot give {strange[0]!r}; it can give {', '.join(GIVES)}")
    if not when:
        raise SettingsError(f"rule {name!r} says nothing in `when`, so it would speak of everything")
    by = _by(entry, split, name)
    if bool(give) == (by is not None):
        raise SettingsError(f"rule {name!r} either gives or splits: write one of give, split, split_by")
    parts = tuple((team, _weight(weight, name)) for team, weight in split.items())
    among = tuple(str(team) for team in entry.get("among", ()))
    told = tuple((key, str(value)) for key, value in when.items())
    return Rule(name, told, tuple((key, str(value)) for key, value in give.items()), by, parts, among, span)


def _pairs(entry: Mapping[str, Any], key: str, name: str) -> Mapping[str, Any]:
    found = entry.get(key, {})
    if not hasattr(found, "items"):
        raise SettingsError(
            f'{key} of rule {name!r} is a table such as {{ project = "proj-1" }}, not {found!r}'
        )
    told: Mapping[str, Any] = found
    return told


def _by(entry: Mapping[str, Any], split: Mapping[str, Any], name: str) -> By | None:
    told = entry.get("split_by")
    if split:
        return By.PARTS
    if told is None:
        return None
    if told not in {By.USAGE, By.SEATS, By.HEADCOUNT}:
        raise SettingsError(f"split_by of rule {name!r} is usage, seats or headcount, not {told!r}")
    return By(told)


def _weight(told: object, name: str) -> int:
    if isinstance(told, bool) or not isinstance(told, int | float | str):
        raise SettingsError(f"a part of rule {name!r} is a number, not {told!r}")
    from decimal import Decimal, InvalidOperation

    try:
        weight = Decimal(str(told))
    except InvalidOperation:
        raise SettingsError(f"a part of rule {name!r} is a number, not {told!r}") from None
    if not weight.is_finite() or weight < 0 or weight > 10**6:
        raise SettingsError(f"a part of rule {name!r} is a number from 0 to 1,000,000, not {told!r}")
    return int(weight * 10**6)
