"""The one place where long-lived objects are built, and what faces hold: an `App`.

Clock, environment and operating system come in as `Surroundings`; nothing below reads them from anywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from payback import settings as installation
from payback.ledger.intake import Books
from payback.ledger.tables import TABLES
from payback.org.file import directory
from payback.period import day_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from payback.access.facts import Ground
    from payback.access.scope import Scope
    from payback.metrics.answer import Answer
    from payback.metrics.question import Query
    from payback.settings import Settings
    from payback.sources.agents.reader import System
    from payback.warehouse.contract import Warehouse


def _silent(_message: str) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the outside world is: environment, operating system, clock, and where progress is told."""

    environ: Mapping[str, str]
    system: System
    clock: Callable[[], datetime]
    progress: Callable[[str], None] = _silent


@dataclass(slots=True)
class App:
    """One open installation. Close it, or use it as a context, so that other processes get the warehouse."""

    settings: Settings
    around: Surroundings
    warehouse: Warehouse
    books: Books
    looked: dict[str, list[str]] = field(default_factory=dict)

    @property
    def ground(self) -> Ground:
        """What every question stands on."""
        from payback.access.facts import Ground

        told = self.settings
        return Ground(self.warehouse, told.zone, told.currency, told.fiscal_year_start)

    def now(self) -> datetime:
        return self.around.clock()

    def today(self) -> date:
        """Today in the organisation's zone."""
        return day_of(self.now(), self.settings.zone)

    def answer(self, query: Query, scope: Scope) -> Answer:
        """The numbers a query asks for, as far as the scope may see."""
        from payback.metrics.answer import answer

        return answer(query, scope, self.ground)

    def explain(self, query: Query, scope: Scope) -> dict[str, Any]:
        """The way from the numbers of a query to their rows."""
        from payback.metrics.explain import explain

        return explain(query, scope, self.ground)

    def close(self) -> None:
        self.warehouse.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_app(home: Path, around: Surroundings) -> App:
    """The installation in a home, its warehouse open. Raises SettingsError or WarehouseError with the way out."""
    from payback.prices.table import open_books, priced
    from payback.warehouse.opening import open_warehouse

    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    told = installation.load(home, around.environ)
    warehouse = open_warehouse(told.warehouse, TABLES, waiting=around.progress)
    price_books = open_books(home / "prices")
    books = Books(warehouse, lambda rows: priced(rows, price_books), directory(told.told, told.zone))
    return App(told, around, warehouse, books)
