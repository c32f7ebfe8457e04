"""What faces hold: an `App`. It is built in `payback.app.opening`.

Clock, environment and operating system come in as `Surroundings`; nothing below reads them from anywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from payback.app.memory import Memory
from payback.errors import SettingsError
from payback.ledger.intake import Books
from payback.org import rows as organisation_rows
from payback.org.organisation import merged
from payback.period import day_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from datetime import date, datetime
    from types import TracebackType
    from typing import Self

    import ibis.expr.types as ir
    import pyarrow as pa

    from payback.access.facts import Ground
    from payback.access.scope import Scope
    from payback.app.arrivals import Arrivals
    from payback.app.background import Watch
    from payback.app.bookkeeping import Bookkeeping
    from payback.app.files import Import
    from payback.app.findings import Findings
    from payback.app.holdings import View
    from payback.app.impacts import Impacts
    from payback.app.paying_back import PayingBack
    from payback.app.provisioning import Provisioning
    from payback.app.receiving import Receiving
    from payback.app.reclaim import Reclaimable
    from payback.app.register import Register
    from payback.app.shipping import Shipping
    from payback.app.surroundings import Surroundings
    from payback.app.unmatched import Unmatched
    from payback.app.window import Window
    from payback.delivery.receipt import Receipt
    from payback.metrics.question import Answer, Query
    from payback.org.directory import Directory
    from payback.org.organisation import Organisation
    from payback.period import Period
    from payback.prices.shelf import Books as PriceBooks
    from payback.settings import Settings
    from payback.sources.http import Wire
    from payback.state import State
    from payback.warehouse.contract import Warehouse

    Rows = list[dict[str, Any]]
    Where = Mapping[str, Sequence[str | None]]

T = TypeVar("T")


@dataclass(slots=True)
class App:
    """One open installation. Close it, or use it as a context, so that other processes get the warehouse."""

    settings: Settings
    around: Surroundings
    warehouse: Warehouse
    price: Callable[[pa.Table], pa.Table]
    declared: Organisation
    prices: PriceBooks
    state: State
    wire: Wire
    watch: Watch | None = None
    memory: Memory = field(default_factory=Memory)
    placed_by: Books | None = None

    @property
    def books(self) -> Books:
        """Where facts are written, and the organisation by which they are placed: as it was read last."""
        return self.placed_by or self.organise()

    def organise(self) -> Books:
        """The books with the organisation read anew; what is written from now on is placed by it."""
        from payback.app.allocating import rules_of

        told = self.settings
        rules = rules_of(told.told, self.state, told.zone)
        self.placed_by = Books(self.warehouse, self.price, self.directory(), rules)
        return self.placed_by

    def directory(self) -> Directory:
        """The organisation as payback.toml and the warehouse tell it now; the file is believed first."""
        return self._recalled(
            ("directory",),
            lambda: merged(self.declared, organisation_rows.stored(self.warehouse)).directory(),
        )

    @property
    def ground(self) -> Ground:
        """What every question stands on."""
        from payback.access.facts import Ground

        told = self.settings
        return Ground(self.warehouse, told.zone, told.currency, told.fiscal_year_start)

    @property
    def register(self) -> Register:
        """Where decisions about the organisation are written."""
        from payback.app.register import Register

        return Register(self.warehouse, self.state, self.directory, self.around.clock)

    @property
    def bookkeeping(self) -> Bookkeeping:
        """The ledger held against the bills, money without a team, and the rules that place money."""
        from payback.app.bookkeeping import Bookkeeping

        return Bookkeeping(self)

    @property
    def shipping(self) -> Shipping:
        """What counts as a deployment, per repository."""
        from payback.app.shipping import Shipping

        return Shipping(self)

    @property
    def findings(self) -> Findings:
        """What wants a decision, and what was decided."""
        from payback.app.findings import Findings

        return Findings(self)

    @property
    def impacts(self) -> Impacts:
        """What adoption did, on own facts."""
        from payback.app.impacts import Impacts

        return Impacts(self)

    @property
    def payback(self) -> PayingBack:
        """What the money bought: cost, effect, worth and signal."""
        from payback.app.paying_back import PayingBack

        return PayingBack(self)

    @property
    def provisioning(self) -> Provisioning:
        """Where an identity provider pushes people and teams."""
        from payback.app.provisioning import Provisioning

        return Provisioning(self.warehouse, self.state, self.directory, self.around.clock, self.settle)

    @property
    def arrivals(self) -> Arrivals:
        """Where programs send outputs and survey answers."""
        from payback.app.arrivals import Arrivals

        return Arrivals(self)

    @property
    def receiving(self) -> Receiving:
        """Where servers push their counters."""
        from payback.app.receiving import Receiving

        return Receiving(lambda: self.books, self.state, self.around.clock)

    def unmatched(self, scope: Scope) -> Unmatched:
        """Accounts that nobody stands behind yet, dearest first, with who they may be."""
        from payback.app.unmatched import unmatched

        return unmatched(self.ground, self.directory(), scope, self.now(), self.register.refusals())

    def people(self, scope: Scope) -> Rows:
        """Everybody the scope may see, with team, accounts and money."""
        from payback.app.people import people

        self._looked(scope, "people.view", "all people")
        return people(self.ground, self.directory(), scope, self.now())

    def person(self, person_id: str, scope: Scope) -> dict[str, Any]:
        """One person with memberships and accounts."""
        from payback.app.people import person

        found = person(self.ground, self.directory(), scope, self.now(), person_id)
        self._looked(scope, "person.view", person_id)
        return found

    def _looked(self, scope: Scope, action: str, subject: str) -> None:
        """Looks at people are recorded; nobody's look at themselves is."""
        from payback.app.people import record_look

        record_look(self.state, scope, action, subject, self.now())

    def view(self, period: Period, scope: Scope) -> View:
        """The organisation and its money in some days, as the scope may see them."""
        from payback.app.holdings import View

        return View(self.ground, self.directory(), scope, period, self.now())

    def settle(self) -> None:
        """Money placed by what was decided; while sources are kept up to date, that is done beside the answer."""
        if self.watch is not None:
            self.watch.wanted.set()
            return
        from payback.app.sync import settle

        settle(self)

    def now(self) -> datetime:
        return self.around.clock()

    def today(self) -> date:
        """Today in the organisation's zone."""
        return day_of(self.now(), self.settings.zone)

    def scope(self, token: str | None) -> Scope:
        """What the asker may see: everything for the person on this machine, else what their token grants."""
        from payback.access.scope import Scope

        if token is None:
            return Scope.everything("single user on this machine", may_see_people=True)
        none = "tokens are granted by `payback token create`, and this installation has granted none"
        raise SettingsError(none)

    def first_day(self) -> date | None:
        return self._span()[0]

    def last_day(self) -> date | None:
        return self._span()[1]

    def _span(self) -> tuple[date | None, date | None]:
        from payback.app.drill import span

        today = self.today()
        return self._recalled(("span", today), lambda: span(self.ground, self.scope(None), today))

    def _recalled(self, key: Hashable, make: Callable[[], T]) -> T:
        return self.memory.recall(self.warehouse.edition, key, make)

    def answer(self, query: Query, scope: Scope) -> Answer:
        """The numbers a query asks for, as far as the scope may see."""
        from payback.app.worth_answers import functions
        from payback.metrics.answer import answer

        ways = functions(self.payback)
        return self._recalled(
            ("answer", repr(query), scope), lambda: answer(query, scope, self.ground, answered=ways)
        )

    def explain(self, query: Query, scope: Scope) -> dict[str, Any]:
        """The way from the numbers of a query to their rows."""
        from payback.app.worth_answers import functions
        from payback.metrics.explain import explain

        return explain(query, scope, self.ground, answered=functions(self.payback))

    def export(self, query: Query, scope: Scope, form: str) -> bytes:
        """The answer as a csv, xlsx or parquet file."""
        from payback.metrics.sheets import rendered

        return rendered(form, self.answer(query, scope))

    def sessions(  # noqa: PLR0913  a list has days, filters, a reader, a place and an order
        self,
        period: Period,
        where: Where,
        scope: Scope,
        limit: int,
        offset: int,
        *,
        sort: str = "-started_at",
    ) -> Rows:
        """Sessions with use in the period, one page of them."""
        from payback.app import drill

        rows = drill.sessions(self.ground, period, where, scope)
        return self._rows(drill.page(rows, sort, limit, offset))

    def session(self, session_id: str, scope: Scope) -> dict[str, Any]:
        """One session with its runs and requests."""
        from payback.app import drill

        return drill.session(self.ground, session_id, scope)

    def changes(  # noqa: PLR0913  as above
        self, period: Period, where: Where, scope: Scope, limit: int, offset: int, *, sort: str = "-merged_at"
    ) -> Rows:
        """Changes merged in the period, or opened in it and not merged yet."""
        from payback.app import drill

        rows = drill.changes(self.ground, period, where, scope)
        return self._rows(drill.page(rows, sort, limit, offset))

    def receipt(self, reference: str, scope: Scope) -> Receipt:
        """What one change cost."""
        from payback.app.receipts import receipt_of

        return receipt_of(self.ground, reference, scope, self.now())

    def reclaimable(self, scope: Scope) -> Sequence[Reclaimable]:
        """Idle seats that can be given back, in the order of their renewals."""
        from payback.app.reclaim import reclaimable

        return reclaimable(self.ground, scope, self.today())

    def sources(self) -> Rows:
        """How each source stands."""
        from payback.app.standing import standing

        minute = self.now().replace(second=0, microsecond=0)
        return self._recalled(("sources", minute), lambda: standing(self))

    def tested(self, connection: str, scope: Scope) -> Rows:
        """The connection test of one vendor: what each stream says about the right to read it."""
        from payback.app.connections import tested_for

        return tested_for(self, connection, scope)

    def rejected(self, source: str, limit: int) -> Rows:
        """Rows of a source that could not be read."""
        from payback.app.standing import refused

        return refused(self, source, limit)

    def progress(self) -> dict[str, Any] | None:
        """Work under way; None when there is none."""
        return self.watch.now() if self.watch else None

    def sync(self, names: Sequence[str] = (), window: Window | None = None) -> Rows:
        """Bring sources up to date; with a window, read what lies in it anew."""
        from payback.app.sync import sync

        return sync(self, names, window)

    def take_file(self, asked: Import) -> dict[str, Any]:
        """Take in a file; says the mapping used and what became of its rows."""
        from payback.app import sync

        return sync.take_file(self, asked)

    def check(self) -> Rows:
        """Every setting and source tested."""
        from payback.app.checks import checks

        return checks(self)

    def _rows(self, expression: ir.Table) -> Rows:
        found: Rows = self.warehouse.read(expression).to_pylist()
        return found

    def close(self) -> None:
        self.warehouse.close()
        self.state.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
