"""Full cost beside invoice cost: for the whole and each part of a cut, the lines between them, with how each is known.

    costs = costing(app, scope, period, "team")
    costs.whole.full - costs.whole.invoice == sum of costs.whole.lines       # exactly

The amounts are those of the metrics of the same names. Intervals are of the lines that are measured on changes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any

import ibis

from payback.access.facts import open as opened
from payback.insight.extra_hours import Extra, interval
from payback.metrics.catalogue.full_cost import LINES
from payback.metrics.facts import EFFORT_COSTS
from payback.metrics.question import Figure, Query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Protocol

    from payback.access.facts import Ground
    from payback.access.scope import Scope
    from payback.metrics.question import Answer
    from payback.period import Period

    Row = dict[str, Any]
    Money = tuple[Decimal, Decimal]

    class Asked(Protocol):
        """What is asked: answers of metrics and the facts themselves. `App` is one."""

        @property
        def ground(self) -> Ground:
            """The facts."""

        def answer(self, query: Query, scope: Scope) -> Answer:
            """The numbers a query asks for."""


CENT = Decimal("0.01")
NOTHING = Figure(Decimal(0), Decimal(0), None, 0, 0)
METRICS = ("full_cost", "invoice_cost", *(f"{kind}_cost" for kind, *_ in LINES))
DUPLICATES = "duplicate_tool_spend"
READ = (
    "day", "kind", "how", "basis", "hours", "took", "expected", "expected_error", "matched_with", "matched",
    "matched_authors", "rate", "currency", "cost", "reporting_cost", "replaced", "person", "effort_cost_id", "about", "team",
    "workflow", "pull_request", "output_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line between invoice and full cost. `cost` None: hours are known and no rate is; `interval` is of the part that is
    measured on changes, laid around the whole, None where none is calibrated. `how` counts rows by how they are known,
    `basis` by the rule that made hours of them; `unpriced` rows have no rate, `replaced` ones stand back for what was entered; `is_measured` where changes with AI were held
    against like ones.
    """

    kind: str
    title: str
    cost: Decimal | None
    hours: float
    interval: Money | None = None
    how: Mapping[str, int] = field(default_factory=dict)
    basis: Mapping[str, int] = field(default_factory=dict)
    unpriced: int = 0
    replaced: int = 0
    is_measured: bool = False

    @property
    def is_empty(self) -> bool:
        """Nothing is known of this line at all."""
        return not self.how and not self.replaced


@dataclass(frozen=True, slots=True)
class Costing:
    """The cost of one part: `invoice` None where no bill is known; `full` invoice and lines together, None where nothing is;
    `duplicates` the part of the invoice that pays for second tools for the same purpose, None where the cut has none.
    """

    invoice: Decimal | None
    full: Decimal | None
    lines: tuple[Line, ...]
    currency: str
    duplicates: Decimal | None = None

    @property
    def beyond(self) -> Decimal:
        """What the lines add up to, exactly; below zero, hours were saved."""
        return sum((line.cost for line in self.lines if line.cost is not None), Decimal(0))

    @property
    def interval(self) -> Money | None:
        """The interval of full cost, as if all measured lines erred to the same side, the widest that it can be; None where a
        measured line has none.
        """
        if self.full is None or any(line.is_measured and line.interval is None for line in self.lines):
            return None
        told = [(line.cost, line.interval) for line in self.lines if line.interval and line.cost is not None]
        low = sum((ends[0] - cost for cost, ends in told), self.full)
        return low, sum((ends[1] - cost for cost, ends in told), self.full)


@dataclass(frozen=True, slots=True)
class Costings:
    """The whole, and its parts by the value of the cut (None: unattributed). Money in `other_currencies` is in it where it is
    `converted`; what has no rate of exchange is not.
    """

    whole: Costing
    parts: Mapping[str | None, Costing]
    other_currencies: tuple[str, ...] = ()
    converted: bool = False


def costing(
    asked: Asked,
    scope: Scope,
    period: Period,
    cut: str | None = None,
    where: Mapping[str, Sequence[str | None]] | None = None,
) -> Costings:
    """The costs of a period as the scope may see them, whole and by a cut that both invoice and hours know: team, tool,
    workflow, repo, person, pull_request. Money is in the organisation's currency, by the rate of each day where there are
    several; with `where={"currency": ["EUR"]}`, that currency's alone. UnanswerableError for another cut or filter.
    """
    query = Query(METRICS, period, by=(cut,) if cut else (), where=where or {})
    answer = asked.answer(query, scope)
    others = answer.coverage.other_currencies
    if others and "currency" not in query.where:
        query = Query(METRICS, period, by=query.by, where=query.where, converted=True)
        answer = asked.answer(query, scope)
    currency = next(iter(answer.coverage.currency.values()), asked.ground.currency)
    rows = effort_rows(asked, scope, query)
    by_part: dict[str | None, list[Row]] = defaultdict(list)
    for row in rows:
        by_part[row.get("part")].append(row)
    made = _Making(
        currency, converted=query.converted, is_billed=_money(answer.totals["invoice_cost"]) is not None
    )
    duplicates = _duplicates(asked, scope, query)
    parts: dict[str | None, Costing] = {}
    if cut:
        for line in answer.rows:
            key = line.keys[cut]
            parts[key] = made.costing(line.figures, by_part.pop(key, []), duplicates.get(key))
        for key, left in by_part.items():  # all of it stands back, or has no price in this currency
            parts[key] = made.costing({}, left, duplicates.get(key))
    whole = made.costing(answer.totals, rows, duplicates.get(_WHOLE))
    return Costings(whole, parts, tuple(others), query.converted)


_WHOLE = "\0whole"


def _duplicates(asked: Asked, scope: Scope, query: Query) -> dict[str | None, Decimal]:
    """The money of duplicate tools by part, and of the whole; nothing where seats do not know the cut or the filters."""
    if not {*query.by, *query.where} <= {"team", "tool", "person", "currency"}:
        return {}
    plain = Query((DUPLICATES,), query.period, by=query.by, where=query.where)
    answer = asked.answer(plain, scope)
    found: dict[str | None, Decimal] = {_WHOLE: _money(answer.totals[DUPLICATES]) or Decimal(0)}
    for row in answer.rows if query.by else ():
        found[row.keys[query.by[0]]] = _money(row.figures[DUPLICATES]) or Decimal(0)
    return found


def _money(figure: Figure) -> Decimal | None:
    """The amount of a figure; None where every row behind it is unknown."""
    if figure.value is None or (not figure.n and figure.excluded_n):
        return None
    return Decimal(figure.value)


def effort_rows(asked: Asked, scope: Scope, query: Query) -> list[Row]:
    """The rows of hours behind the lines, replaced ones among them, each with the part that it belongs to."""
    table = opened(asked.ground, EFFORT_COSTS.table, scope)
    kept = [
        table["day"] >= ibis.literal(query.period.since),
        table["day"] < ibis.literal(query.period.until),
    ]
    for name, values in query.where.items():
        column = table[EFFORT_COSTS.column(name) or name]
        known = [value for value in values if value is not None]
        kept.append(column.isin(known) | (column.isnull() if None in values else ibis.literal(False)))
    cut = {"part": table[EFFORT_COSTS.column(query.by[0]) or query.by[0]]} if query.by else {}
    rows: list[Row] = asked.ground.warehouse.read(table.filter(*kept).select(*READ, **cut)).to_pylist()
    return rows


@dataclass(frozen=True, slots=True)
class _Making:
    """In which currency costs are told, whether others are converted into it, and whether any bill is known."""

    currency: str
    converted: bool
    is_billed: bool

    def costing(
        self, figures: Mapping[str, Figure], rows: Sequence[Row], duplicates: Decimal | None
    ) -> Costing:
        by_kind: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            if self.converted or row["currency"] == self.currency:
                by_kind[row["kind"]].append(row)
        lines = tuple(
            self._line(kind, title, figures.get(f"{kind}_cost", NOTHING), by_kind[kind])
            for kind, title, *_ in LINES
        )
        full = figures.get("full_cost", NOTHING)
        return Costing(
            _money(figures.get("invoice_cost", NOTHING)) if self.is_billed else None,
            _money(full),
            lines,
            self.currency,
            duplicates,
        )

    def _line(self, kind: str, title: str, figure: Figure, rows: Sequence[Row]) -> Line:
        standing = [row for row in rows if not row["replaced"]]
        measured = [row for row in standing if row["took"] is not None]
        cost = _money(figure)
        return Line(
            kind,
            title,
            cost,
            sum(row["hours"] or 0.0 for row in standing),
            None if cost is None else self._interval(cost, measured),
            _counted(row["how"] for row in standing),
            _counted(row["basis"] for row in standing),
            sum(self._cost(row) is None for row in standing),
            len(rows) - len(standing),
            bool(measured),
        )

    def _cost(self, row: Row) -> Decimal | None:
        cost: Decimal | None = row["reporting_cost"] if self.converted else row["cost"]
        return cost

    def _interval(self, cost: Decimal, rows: Sequence[Row]) -> Money | None:
        """The interval of a line: that of its measured part laid around the whole, to the cent."""
        priced = [(row, own) for row in rows if (own := self._cost(row)) is not None]
        found = interval([_extra(row) for row, _ in priced], [self._weight(row) for row, _ in priced])
        if found is None:
            return None
        middle = sum((own for _, own in priced), Decimal(0))
        low, high = (
            (cost - middle + Decimal(repr(end))).quantize(CENT, rounding=ROUND_HALF_EVEN) for end in found
        )
        return low, high

    def _weight(self, row: Row) -> float:
        """What one of its hours costs in this currency."""
        if not self.converted or not row["cost"]:
            return float(row["rate"])
        return float(row["rate"] * row["reporting_cost"] / row["cost"])


def _extra(row: Row) -> Extra:
    return Extra(
        row["effort_cost_id"],
        f"{row['kind']} {row['matched_with']}",
        row["person"] or "",
        row["took"],
        row["expected"],
        row["expected_error"],
        row["matched"],
        row["matched_authors"],
    )


def _counted(words: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for word in words:
        found[word] += 1
    return dict(found)
