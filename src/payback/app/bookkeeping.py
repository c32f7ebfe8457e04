"""The ledger as finance keeps it: held against the bills, the money without a team, and the rules that place money.

What faces hold to ask for it and to change it; the work is done in `reconciling`, `unplaced`, `vendor_month`, `allocating`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from payback.access.scope import Sight
from payback.app import allocating, entered, entering, reconciling, unplaced, vendor_month
from payback.errors import ForbiddenError
from payback.state.watched import Audited, record_audit

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from datetime import date

    from payback.access.scope import Scope
    from payback.app.application import App
    from payback.period import Period

    Row = dict[str, Any]
    Rows = list[Row]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bookkeeping:
    """Every method that reads facts takes the scope of the reader; those that change rules take who decides."""

    app: App

    def currencies(self, scope: Scope) -> Sequence[str]:
        """The currencies that money was taken in with, by name."""
        return self._recalled(("currencies", scope), lambda: reconciling.currencies(self.app, scope))

    def reconciliation(self, period: Period, scope: Scope) -> Rows:
        """One row per vendor, month and currency; see `reconciling.reconciliation`."""
        return self._recalled(
            ("reconciliation", period, scope), lambda: reconciling.reconciliation(self.app, period, scope)
        )

    def vendor_month(self, vendor: str, month: date, scope: Scope) -> Row:
        """One vendor in one month: its rows, what each source said, and what the money went for. UnknownNameError."""
        return self._recalled(
            ("vendor_month", vendor, month, scope),
            lambda: vendor_month.vendor_month(self.app, vendor, month, scope),
        )

    def unattributed(self, period: Period, scope: Scope) -> Rows:
        """Money without a team, one row per thing that a rule could place, dearest first."""
        return self._recalled(
            ("unattributed", period, scope),
            lambda: unplaced.queue(
                reconciling.unattributed(self.app, period, scope), self.app.settings.currency
            ),
        )

    def rules(self) -> Rows:
        """Every rule that holds, with where it was made."""
        return allocating.rules(self.app)

    def coverage(self, period: Period, scope: Scope) -> Rows:
        """What each way of placing placed, dearest first."""
        return self._recalled(
            ("coverage", period, scope), lambda: allocating.coverage(self.app, period, scope)
        )

    def stability(self, period: Period, scope: Scope) -> Rows:
        """How alike the teams' shares are from month to month."""
        return self._recalled(
            ("stability", period, scope), lambda: allocating.stability(self.app, period, scope)
        )

    def trial(self, entry: Mapping[str, Any], period: Period, scope: Scope, currency: str = "") -> Row:
        """A rule tried on a period, in one currency; nothing is written. ForbiddenError without the right to all rows."""
        return allocating.trial(self.app, entry, period, scope, currency)

    def make_rule(self, entry: Mapping[str, Any], by: Scope) -> str:
        """Keep a rule and place all money by it; gives its id. SettingsError says what is wrong with it."""
        return allocating.make_rule(self.app, entry, by).rule_id

    def drop_rule(self, rule_id: str, by: Scope) -> None:
        """Take back a rule that was made on a page or by a verb."""
        allocating.drop_rule(self.app, rule_id, by)

    def entries(self, scope: Scope) -> Rows:
        """What was entered by hand, latest first; see `entered.entries`."""
        return self._recalled(("entries", scope), lambda: entered.entries(self.app, scope))

    def wrong(self, entry: entering.Entry) -> Mapping[str, str]:
        """What is wrong with each field of an entry; nothing where it can be entered."""
        return entering.wrong(self.app, entry)

    def enter(self, entry: entering.Entry, by: Scope, instead_of: str = "") -> str:
        """Take an entry in, in place of another where that is named; says so. ForbiddenError without the right to it."""
        _may_enter(by)
        told = (
            entered.change(self.app, entry, instead_of, by) if instead_of else entering.enter(self.app, entry)
        )
        self._note("entry.make", told["entry"], {"form": entry.form, "instead_of": instead_of}, by)
        return str(told["sentence"])

    def withdraw(self, entry_id: str, by: Scope) -> str:
        """Take an entry back; says so. UnknownNameError where nobody entered it."""
        _may_enter(by)
        said = entering.withdraw(self.app, entry_id)
        self._note("entry.withdraw", entry_id, {}, by)
        return said

    def _note(self, action: str, subject: str, details: Row, by: Scope) -> None:
        record_audit(self.app.state, Audited(self.app.now(), by.reason, action, subject, details))

    def _recalled(self, key: Hashable, make: Callable[[], T]) -> T:
        return self.app.memory.recall(self.app.warehouse.edition, key, make)


def _may_enter(by: Scope) -> None:
    if by.sight is not Sight.EVERYTHING or not by.may_see_people:
        raise ForbiddenError("enter money, seats or hours by hand", by.reason)
