"""What was found and wants a decision, collected from the finders; what people decided, and what became of it.

Findings are collected over all rows, kept, and shown to whoever they concern: who sees one team sees the findings of that team.
The same thing found again is the same finding; one that is no longer found is gone with the day.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from payback.access.scope import Scope, Sight
from payback.app.effecting import effects
from payback.app.finders import FINDERS
from payback.errors import ForbiddenError, PaybackError, SettingsError, UnknownNameError
from payback.insight.decision import (
    ACCEPT,
    ACTS,
    DISMISS,
    OPEN,
    REOPEN,
    SNOOZE,
    STANDINGS,
    Checked,
    Measured,
    Unitary,
    checked,
    standing,
    waiting,
    windows,
)
from payback.insight.effect import ORGANISATION
from payback.insight.finding import LESS, MORE, OPTIONS, Finding, from_json, to_json
from payback.metrics.catalogue import CATALOGUE
from payback.metrics.question import Query
from payback.metrics.vocabulary import Metric
from payback.period import day_of
from payback.state.decided import Decided, Kept, decisions, keep_findings, kept_findings, record_decision
from payback.state.watched import Audited, record_audit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from payback.app.application import App
    from payback.app.finders import Finder
    from payback.insight.effect import Effect
    from payback.period import Period

DUE_DAYS, SNOOZE_DAYS = 60, 30
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding as it stands, everything that was decided about it, and what became of the last decision."""

    finding: Finding
    standing: str
    found_on: date
    gone_on: date | None
    history: tuple[Decided, ...] = ()
    check: Checked | None = None

    @property
    def last(self) -> Decided | None:
        """The decision that stands; None where there is none."""
        return self.history[-1] if self.history and self.history[-1].act != REOPEN else None


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody decides: to accept (as which of the options), dismiss, snooze or reopen, with what goes along."""

    act: str
    option: str = ""
    owner: str = ""
    reason: str = ""
    until: date | None = None
    metric: str = ""
    direction: str = ""
    size: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """The register of findings and decisions of an installation."""

    app: App

    def look(self, finders: Sequence[Finder] = FINDERS) -> list[str]:
        """Look for everything anew and keep it; says which finders could not look. Their findings stay as they were."""
        scope, today, now = Scope.everything("findings are looked for"), self.app.today(), self.app.now()
        found, blind, said = _collected(self.app, finders, scope)
        held = {one.id: one for one in self._kept()}
        known = {kind for finder in finders for kind in finder.kinds}
        kept, moves = [], []
        for finding in found:
            before = held.get(finding.id)
            is_new = before is None or before.gone_on is not None
            since = (today, now) if is_new or before is None else (before.found_on, before.found_at)
            kept.append(Kept(finding.id, finding.team, to_json(finding), *since))
            moves += [("finding.open", finding.id)] if is_new else []
        for one in held.values():
            is_looked_for = one.told["kind"] in known - blind and one.id not in {new.id for new in kept}
            if one.gone_on is None and is_looked_for:
                kept.append(replace(one, gone_on=today))
                moves.append(("finding.gone", one.id))
        self._keep(kept)
        for action, finding_id in moves:
            record_audit(self.app.state, Audited(now, "payback", action, finding_id))
        return said

    def listed(self, scope: Scope, *, checks: bool = True) -> list[Entry]:
        """Every finding that concerns the reader: open ones first, the dearest first; decided ones with their check."""
        made: dict[str, list[Decided]] = defaultdict(list)
        for one in self._decisions():
            made[one.finding_id].append(one)
        today = self.app.today()
        entries = [
            self._entry(kept, tuple(made[kept.id]), scope, today if checks else None)
            for kept in self._kept()
            if _concerns(kept, scope)
        ]
        return sorted(entries, key=_rank)

    def open(self, scope: Scope) -> list[Finding]:
        """The findings that wait for a decision of whoever the reader is, dearest first."""
        return [one.finding for one in self.listed(scope, checks=False) if one.standing == OPEN]

    def decide(self, finding_id: str, choice: Choice, by: Scope) -> str:
        """Write a decision; gives the sentence that says what holds now. Raises UnknownNameError for a finding that does not
        concern who decides, SettingsError with what is missing.
        """
        if by.sight not in {Sight.EVERYTHING, Sight.TEAMS}:
            raise ForbiddenError("decide about findings", by.reason)
        seen = {kept.id: kept for kept in self._kept() if _concerns(kept, by)}
        if finding_id not in seen:
            raise UnknownNameError("finding", finding_id, seen)
        finding = from_json(seen[finding_id].told)
        one = self._decided(finding, choice, by)
        self._record(one)
        details = {
            name: str(value)
            for name in ("option", "owner", "reason", "until", "metric", "direction", "size", "due")
            if (value := getattr(one, name)) is not None
        }
        record_audit(
            self.app.state, Audited(one.occurred_at, one.actor, f"finding.{one.act}", one.finding_id, details)
        )
        return _said(one)

    def _decided(self, finding: Finding, choice: Choice, by: Scope) -> Decided:
        if choice.act not in ACTS:
            raise UnknownNameError("act", choice.act, ACTS)
        reason = choice.reason.strip() or None
        if len(choice.reason) > LONGEST:
            raise SettingsError(f"a reason has at most {LONGEST} characters")
        plain = Decided(
            finding.id, self.app.now(), by.reason, choice.act, reason=reason, told=to_json(finding)
        )
        if choice.act == ACCEPT:
            return self._accepted(plain, finding, choice)
        if choice.act == DISMISS and reason is None:
            raise SettingsError("a finding is dismissed with a reason: --reason TEXT")
        if choice.act == SNOOZE:
            return replace(plain, until=self._later(choice.until, SNOOZE_DAYS, "a finding is snoozed until"))
        return plain

    def _accepted(self, plain: Decided, finding: Finding, choice: Choice) -> Decided:
        option = choice.option or finding.options[0]
        if option not in finding.options:
            raise UnknownNameError(f"way to decide {finding.id}", option, finding.options)
        metric = choice.metric or finding.metric
        owner = (choice.owner.strip() or finding.owner or "")[:LONGEST]
        if not owner:
            raise SettingsError(f"{finding.id} has no owner; say who does it: --owner WHO")
        told = replace(plain, option=option, owner=self._known(owner))
        if metric is None:
            return told
        _refuse_unknown(metric, finding)
        direction = choice.direction or finding.expects
        if direction not in {LESS, MORE}:
            raise UnknownNameError("direction", direction, (LESS, MORE))
        due = self._later(choice.due, DUE_DAYS, "a decision is looked at on")
        return replace(told, metric=metric, direction=direction, size=_size(choice.size), due=due)

    def _later(self, told: date | None, days: int, what: str) -> date:
        today = self.app.today()
        if told is not None and told <= today:
            raise SettingsError(f"{what} a day after today, not {told.isoformat()}")
        return told or today + timedelta(days=days)

    def _known(self, owner: str) -> str:
        """The person or team meant; as it is told where nobody knows it."""
        held = self.app.directory()
        return owner if owner in held.teams else held.person_of(owner) or owner

    def _entry(self, kept: Kept, made: tuple[Decided, ...], scope: Scope, today: date | None) -> Entry:
        stands = standing(kept, made, today or self.app.today())
        entry = Entry(from_json(kept.told), stands, kept.found_on, kept.gone_on, made)
        last = entry.last
        if today is None or last is None or last.due is None or last.metric not in CATALOGUE:
            return entry
        return replace(entry, check=self._check(entry.finding, last, last.due, scope))

    def _check(self, finding: Finding, made: Decided, due: date, scope: Scope) -> Checked:
        if self.app.today() < due:
            return waiting(made, due)
        metric = CATALOGUE[made.metric or ""]
        before, after = windows(day_of(made.occurred_at, self.app.settings.zone), due)
        pair = (
            self._measured(finding, metric.id, before, scope),
            self._measured(finding, metric.id, after, scope),
        )
        meant = Unitary(
            metric.title, metric.unit, finding.currency, isinstance(metric, Metric) and metric.adds_up
        )
        return checked(made, pair, meant, self._effects(finding, metric.id, scope))

    def _measured(self, finding: Finding, metric: str, period: Period, scope: Scope) -> Measured:
        query = Query((metric,), period, where=finding.where, currency=finding.currency)
        figure = self.app.answer(query, scope).totals[metric]
        value = None if figure.value is None else Decimal(str(figure.value))
        return Measured(period, value, figure.n)

    def _effects(self, finding: Finding, metric: str, scope: Scope) -> tuple[Effect, ...]:
        """What an estimate says of the metric for the subject; most metrics and subjects have none."""
        unit = None if finding.subject_kind == ORGANISATION else finding.subject
        return tuple(
            one
            for one in effects(self.app, scope)
            if (one.metric, one.unit_kind, one.unit) == (metric, finding.subject_kind, unit)
        )

    def _kept(self) -> Sequence[Kept]:
        return kept_findings(self.app.state)

    def _keep(self, kept: Iterable[Kept]) -> None:
        keep_findings(self.app.state, kept)

    def _decisions(self) -> Sequence[Decided]:
        return decisions(self.app.state)

    def _record(self, one: Decided) -> None:
        record_decision(self.app.state, one)


def _collected(
    app: App, finders: Sequence[Finder], scope: Scope
) -> tuple[list[Finding], set[str], list[str]]:
    """Everything found, once by id; the kinds that could not be looked for, and why."""
    found: dict[str, Finding] = {}
    blind: set[str] = set()
    said = []
    for finder in finders:
        try:
            found |= {one.id: one for one in finder.find(app, scope)}
        except PaybackError as error:
            blind |= set(finder.kinds)
            said.append(f"{finder.title} could not be looked for: {error}")
    return list(found.values()), blind, said


def _concerns(kept: Kept, scope: Scope) -> bool:
    if scope.sight is Sight.EVERYTHING:
        return True
    return scope.sight is Sight.TEAMS and kept.team in scope.teams


def _rank(entry: Entry) -> tuple[Any, ...]:
    last = entry.last
    moment = -(last.occurred_at.timestamp() if last else 0)
    return STANDINGS.index(entry.standing), moment, -(entry.finding.stake or Decimal(0)), entry.finding.id


def _refuse_unknown(metric: str, finding: Finding) -> None:
    if metric not in CATALOGUE:
        raise UnknownNameError("metric", metric, CATALOGUE)
    if not set(finding.where) <= set(CATALOGUE[metric].dimensions):
        raise SettingsError(f"{metric} is not told by {finding.subject_kind}; name one that is")


def _size(told: str) -> str | None:
    if not told.strip():
        return None
    try:
        size = Decimal(told.strip().rstrip("% "))
    except InvalidOperation as error:
        raise SettingsError(f"{told!r} is not a percentage; write for example 25") from error
    if not 0 < size <= 1000:
        raise SettingsError(f"an expected change is a percentage above 0, not {told}")
    return format(size.normalize(), "f")


def _said(one: Decided) -> str:
    if one.act == ACCEPT:
        when = f"; looked at on {one.due.isoformat()} by {one.metric}" if one.due else ""
        return f"{one.finding_id}: {OPTIONS[one.option or '']}, {one.owner}{when}"
    if one.act == SNOOZE:
        return f"{one.finding_id}: asked again on {one.until.isoformat() if one.until else ''}"
    return f"{one.finding_id}: {'dismissed' if one.act == DISMISS else 'open again'}"


def as_rows(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Entries in plain values, under the keys of the command line and of the page's twin."""
    return [_row(entry) for entry in entries]


def _row(entry: Entry) -> dict[str, Any]:
    last, check, finding = entry.last, entry.check, entry.finding
    names = ("act", "option", "owner", "reason", "until", "metric", "direction", "size", "due", "actor")
    return {
        **to_json(finding),
        "stake": finding.stake,
        "standing": entry.standing,
        "found_on": entry.found_on,
        "gone_on": entry.gone_on,
        "decision": last
        and {**{name: getattr(last, name) for name in names}, "decided_at": last.occurred_at},
        "check": check
        and {"state": check.state, "says": check.says, "due": check.due, "change": check.change},
    }
