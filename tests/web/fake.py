"""A desk for page tests: the real metrics and drill-downs over an in-memory warehouse of invented rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from payback.app import drill
from payback.app.bookkeeping import Bookkeeping
from payback.app.finders import FINDERS
from payback.app.findings import Findings
from payback.app.holdings import View
from payback.app.impacts import Impacts
from payback.app.memory import Memory
from payback.app.paying_back import PayingBack
from payback.app.people import people, person
from payback.app.reclaim import reclaimable
from payback.app.register import Register
from payback.app.shipping import Shipping
from payback.app.unmatched import unmatched
from payback.app.worth_answers import functions
from payback.delivery.receipt import receipt
from payback.delivery.references import Subject
from payback.errors import UnknownNameError
from payback.ledger.intake import Books
from payback.ledger.rules import Rules
from payback.metrics.answer import answer
from payback.metrics.explain import explain
from payback.metrics.sheets import rendered
from payback.org.organisation import Organisation, merged
from payback.org.rows import stored
from payback.settings import Settings
from tests.metrics.month import ground_of, rows_of
from tests.web import invented

if TYPE_CHECKING:
    from datetime import date

    from payback.access.facts import Ground

BERLIN = ZoneInfo("Europe/Berlin")


def _source(
    name: str, title: str, kind: str, rows: int, freshness: str, message: str, **more: Any
) -> dict[str, Any]:
    plain = {"last_synced_at": invented.NOW if rows else None, "rejected": 0, "coverage": None}
    return (
        {"name": name, "title": title, "kind": kind, "rows": rows, "freshness": freshness, "message": message}
        | plain
        | more
    )


SOURCES = [
    _source(
        "agents:claude_code",
        "Claude Code",
        "agent logs",
        1204,
        "fresh",
        "31 log files",
        rejected=2,
        coverage=Decimal("0.998"),
    ),
    _source("agents:codex", "Codex", "agent logs", 411, "late", "12 log files", coverage=Decimal(1)),
    _source("git", "Git", "repositories", 318, "fresh", "1 repository"),
    _source("openai:costs", "OpenAI: Costs", "vendor bills", 40, "fresh", "", connection="openai"),
    _source(
        "openai:keys",
        "OpenAI: API keys",
        "vendor",
        0,
        "fails",
        "openai: the key may not read this",
        connection="openai",
        needs="api.management.read",
        pages="Owners",
        next="An owner makes an admin key. Then: payback sync openai",
    ),
    _source(
        "agents:goose",
        "Goose",
        "agent logs",
        0,
        "absent",
        "no logs of this tool in the homes that payback looks at",
    ),
    _source(
        "files",
        "Bills and charges",
        "files",
        0,
        "absent",
        "no bill taken in yet: payback import FILE --as charges",
    ),
]


class FakeBookkeeping(Bookkeeping):
    """The real figures over a fake desk; rules are kept in its list, and who asked is noted."""

    def _recalled(self, key, make):
        self.app.asked.append(key[-1])
        return make()

    def rules(self):
        return self.app.rules

    def make_rule(self, entry, by):
        self.app.rules.append(
            {**RULE, "rule": entry["id"], "when": entry["when"], "give": entry["give"], "by": by}
        )
        return entry["id"]

    def drop_rule(self, rule_id, by):
        self.app.rules[:] = [rule for rule in self.app.rules if rule["rule"] != rule_id]


class FakeFindings(Findings):
    """The real register; where the desk has no state, findings and decisions are kept in its lists."""

    def look(self, finders=tuple(one for one in FINDERS if "verdict" not in one.kinds)):
        return super().look(finders)

    def _kept(self):
        return super()._kept() if self.app.state else self.app.found

    def _keep(self, kept):
        if self.app.state:
            super()._keep(kept)

    def _decisions(self):
        return super()._decisions() if self.app.state else self.app.decided

    def _effects(self, finding, metric, scope):
        return ()


class FakeImpacts(Impacts):
    """The real effects over a fake desk, which notes who asked."""

    def effects(self, scope):
        self.app.asked.append(scope)
        return super().effects(scope)

    def answered(self, scope, metric, asked):
        self.app.asked.append(scope)
        return super().answered(scope, metric, asked)


class FakePayingBack(PayingBack):
    """The real figures over a fake desk, with effects told; who asked is noted."""

    def _recalled(self, key, make):
        self.app.asked.append(key[-1])
        return make()


RULE = {"give": {}, "split": {}, "split_by": None, "among": [], "stage": "tool", "made": "page"}


@dataclass
class FakeDesk:
    """A `Desk` over a ground; `asked` keeps the scopes that facts were asked with."""

    ground: Ground
    settings: Settings
    span: tuple[date, date] | None = None
    standing: list[dict[str, Any]] = field(default_factory=lambda: list(SOURCES))
    working: dict[str, Any] | None = None
    organisation: Organisation = field(default_factory=Organisation)
    asked: list[Any] = field(default_factory=list)
    provisioning: Any = None
    arrivals: Any = None
    receiving: Any = None
    state: Any = None
    settled: int = 0
    rules: list[dict[str, Any]] = field(default_factory=list)
    found: list[Any] = field(default_factory=list)
    decided: list[Any] = field(default_factory=list)
    effects: tuple[Any, ...] = ()

    memory: Memory = field(default_factory=Memory)

    @property
    def shipping(self):
        return Shipping(self)

    @property
    def findings(self):
        return FakeFindings(self)

    @property
    def payback(self):
        return FakePayingBack(self, lambda _app, _scope: self.effects)

    @property
    def warehouse(self):
        return self.ground.warehouse

    @property
    def books(self):
        return Books(self.warehouse, lambda rows: rows, self.directory(), Rules())

    @property
    def bookkeeping(self):
        return FakeBookkeeping(self)

    @property
    def impacts(self):
        return FakeImpacts(self)

    def now(self):
        return invented.NOW

    def today(self) -> date:
        return invented.TODAY

    def first_day(self) -> date | None:
        return self.span and self.span[0]

    def last_day(self) -> date | None:
        return self.span and self.span[1]

    @property
    def register(self):
        return Register(self.ground.warehouse, self.state, self.directory, lambda: invented.NOW)

    def settle(self):
        self.settled += 1

    def directory(self):
        return merged(self.organisation, stored(self.ground.warehouse)).directory()

    def view(self, period, scope):
        self.asked.append(scope)
        return View(self.ground, self.directory(), scope, period, invented.NOW)

    def unmatched(self, scope):
        self.asked.append(scope)
        refused = self.register.refusals() if self.state else frozenset()
        return unmatched(self.ground, self.directory(), scope, invented.NOW, refused)

    def people(self, scope):
        self.asked.append(scope)
        return people(self.ground, self.directory(), scope, invented.NOW)

    def person(self, person_id, scope):
        self.asked.append(scope)
        return person(self.ground, self.directory(), scope, invented.NOW, person_id)

    def answer(self, query, scope):
        self.asked.append(scope)
        return answer(query, scope, self.ground, answered=functions(self.payback))

    def explain(self, query, scope):
        self.asked.append(scope)
        return explain(query, scope, self.ground, answered=functions(self.payback))

    def export(self, query, scope, form):
        return rendered(form, self.answer(query, scope))

    def sessions(self, period, where, scope, limit, offset, *, sort="-started_at"):
        self.asked.append(scope)
        rows = drill.page(drill.sessions(self.ground, period, where, scope), sort, limit, offset)
        return self.ground.warehouse.read(rows).to_pylist()

    def session(self, session_id, scope):
        self.asked.append(scope)
        return drill.session(self.ground, session_id, scope)

    def changes(self, period, where, scope, limit, offset, *, sort="-merged_at"):
        self.asked.append(scope)
        rows = drill.page(drill.changes(self.ground, period, where, scope), sort, limit, offset)
        return self.ground.warehouse.read(rows).to_pylist()

    def receipt(self, reference, scope):
        self.asked.append(scope)
        number = reference.rpartition("#")[2]
        if not number.isdigit():
            raise UnknownNameError("change", reference, ["acme/shop#12"])
        subject = Subject(
            "pull_request", f"{invented.REPO}#{number}", invented.REPO, "Basket keeps its items", "ann", f"feature/{number}",
            invented.NOW - timedelta(days=1), f"https://git.example/acme/shop/pull/{number}", frozenset({"a1"}),
        )  # fmt: skip
        return receipt(subject, _assigned(self.ground, int(number)), _signs(), invented.NOW)

    def reclaimable(self, scope):
        self.asked.append(scope)
        return reclaimable(self.ground, scope, invented.TODAY)

    def sources(self):
        return self.standing

    def tested(self, connection, scope):
        self.asked.append(scope)
        told = {
            "check": connection,
            "state": "fails",
            "found": "",
            "missing": "the key is wrong",
            "pages": "",
        }
        return [{**told, "state": "good", "missing": ""}, told]

    def rejected(self, source, limit):
        kept = [row for row in invented.REJECTED if source in {"", row["source"]}]
        return kept[:limit] if self.standing else []

    def progress(self):
        return self.working


def _assigned(ground: Ground, number: int) -> pa.Table:
    usage = ground.warehouse.read(ground.warehouse.table("usage"))
    branch = f"feature/{number}"
    own = [row == branch for row in usage["branch"].to_pylist()]
    for name, value in (
        ("commit_id", "a1"),
        ("pull_request_id", f"{invented.REPO}#{number}"),
        ("how", "branch_commit"),
    ):
        values = pa.array([value if mine else ("unlinked" if name == "how" else None) for mine in own])
        usage = usage.append_column(name, values)
    return usage


def _signs() -> pa.Table:
    sign = {
        "evidence_id": "1", "subject_kind": "commit", "subject_id": "a1", "kind": "trailer", "ai_class": "agent_assisted",
        "tool": "claude_code", "grade": "A", "seen_in": "commit message", "source": "git", "synced_at": invented.NOW,
    }  # fmt: skip
    return rows_of("evidence", [sign])


def a_company(**settings: Any) -> FakeDesk:
    """The invented company."""
    rows = invented.usage()
    ground = ground_of(
        BERLIN,
        usage=rows,
        spend=invented.spend(rows),
        step_spend=invented.step_spend(rows),
        work=invented.work(),
        production_deployments=invented.deployments(),
        reviews=invented.reviews(),
        work_signs=invented.work_signs(),
        outputs=invented.outputs(),
        pieces=invented.pieces(),
        code_fates=invented.code_fates(),
        developer_days=invented.developers(),
        rejected=invented.REJECTED,
        seats=invented.SEATS,
        effort_costs=invented.effort_costs(),
    )
    kept, decided = invented.findings()
    told = {
        "organisation": invented.organisation(),
        "found": kept,
        "decided": decided,
        "effects": invented.effects(),
    }
    return FakeDesk(ground, _settings(**settings), _span(rows), **told)


def _span(rows: list[dict[str, Any]]) -> tuple[date, date]:
    days = [row["occurred_at"].astimezone(BERLIN).date() for row in rows]
    return min(days), max(days)


def nobody(**settings: Any) -> FakeDesk:
    """An installation without a single fact."""
    return FakeDesk(
        ground_of(BERLIN),
        _settings(**settings),
        standing=[source for source in SOURCES if source["freshness"] == "absent"],
    )


def invented_too(desk: FakeDesk) -> FakeDesk:
    """The same company, marked as invented."""
    return replace(desk, settings=replace(desk.settings, invented=True))


def _settings(**given: Any) -> Settings:
    return Settings(Path("/nowhere"), "Acme", BERLIN, **given)
