"""What pages need from the app, as a protocol. `payback.app.App` is one; tests have another.

Every method that reads facts takes the scope of the reader. Rows are mappings with the keys named here; money is
Decimal USD at list price unless the key says otherwise, instants are UTC, unknown is None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from payback.access.scope import Scope
    from payback.app.arrivals import Arrivals
    from payback.app.bookkeeping import Bookkeeping
    from payback.app.findings import Findings
    from payback.app.holdings import View
    from payback.app.impacts import Impacts
    from payback.app.paying_back import PayingBack
    from payback.app.provisioning import Provisioning
    from payback.app.receiving import Receiving
    from payback.app.reclaim import Reclaimable
    from payback.app.register import Register
    from payback.app.shipping import Shipping
    from payback.app.unmatched import Unmatched
    from payback.delivery.receipt import Receipt
    from payback.metrics.question import Answer, Query
    from payback.org.directory import Directory
    from payback.period import Period
    from payback.settings import Settings

    Rows = Sequence[Mapping[str, Any]]
    Where = Mapping[str, Sequence[str | None]]


class Desk(Protocol):
    """The app as pages see it. Raises PaybackError with a sentence where a request cannot be answered."""

    @property
    def settings(self) -> Settings:
        """Organisation, zone, currency, and whether the data are invented."""

    @property
    def provisioning(self) -> Provisioning | None:
        """Where an identity provider pushes people and teams; None where there is no such door."""

    @property
    def arrivals(self) -> Arrivals | None:
        """Where programs send outputs and survey answers; None where there is no such door."""

    @property
    def receiving(self) -> Receiving | None:
        """Where servers push their counters; None where there is no such door."""

    @property
    def bookkeeping(self) -> Bookkeeping:
        """The ledger held against the bills, money without a team, and the rules that place money."""

    @property
    def shipping(self) -> Shipping:
        """What counts as a deployment, per repository; raises ForbiddenError for who may not choose."""

    @property
    def impacts(self) -> Impacts:
        """What adoption did, on own facts."""

    @property
    def payback(self) -> PayingBack:
        """What the money bought: cost, effect, worth and signal of the organisation, its teams and its workflows."""

    @property
    def register(self) -> Register:
        """Where decisions about the organisation are written; raises ForbiddenError for who may not decide."""

    @property
    def findings(self) -> Findings:
        """What wants a decision, and what was decided."""

    def settle(self) -> None:
        """Let money be placed by what was decided."""

    def directory(self) -> Directory:
        """The organisation as it is told now."""

    def view(self, period: Period, scope: Scope) -> View:
        """The organisation and its money in some days, as the scope may see them."""

    def unmatched(self, scope: Scope) -> Unmatched:
        """Accounts that nobody stands behind yet, dearest first, with proposals; rows only with the right to people."""

    def people(self, scope: Scope) -> Rows:
        """People by name: person_id, name, kind, email, team, accounts, list_usd; none without the right to people."""

    def person(self, person_id: str, scope: Scope) -> Mapping[str, Any]:
        """One person: their row, `memberships`, `identities`, `told`, `merged`; raises UnknownNameError."""

    def today(self) -> date:
        """The day it is in the organisation's zone."""

    def first_day(self) -> date | None:
        """The first day that holds a fact; None when there are none."""

    def last_day(self) -> date | None:
        """The last day that holds a fact; None when there are none."""

    def answer(self, query: Query, scope: Scope) -> Answer:
        """Figures of metrics; raises UnanswerableError for a cut or filter that a metric does not know."""

    def sessions(  # noqa: PLR0913 -- a list has days, filters, a reader, a place and an order
        self,
        period: Period,
        where: Where,
        scope: Scope,
        limit: int,
        offset: int,
        *,
        sort: str = "-started_at",
    ) -> Rows:
        """Sessions with use in the period, one row each.

        session_id, tool, models (list), repo, branch, started_at, ended_at, requests, errors, retries, input_tokens,
        cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens,
        unpriced_tokens, list_usd, pull_request. `sort` is a key, with a leading "-" for the greatest first.
        """

    def session(self, session_id: str, scope: Scope) -> Mapping[str, Any]:
        """One session: the keys of its row, `runs` and `requests_list`; raises UnknownNameError.

        A run: run_id, started_at, requests, list_usd, steps = list of {kind, steps, errors, list_usd}.
        A request: occurred_at, run_id, model, the token counts, error, attempt, duration_seconds, list_usd, quality.
        """

    def changes(  # noqa: PLR0913 -- as above
        self, period: Period, where: Where, scope: Scope, limit: int, offset: int, *, sort: str = "-merged_at"
    ) -> Rows:
        """Rows of `work` merged in the period, or opened in it and not merged yet."""

    def receipt(self, reference: str, scope: Scope) -> Receipt:
        """What one change cost; raises UnknownNameError."""

    def reclaimable(self, scope: Scope) -> Sequence[Reclaimable]:
        """Idle seats that can be given back, the next renewal first; holders only with the right to people."""

    def sources(self) -> Rows:
        """Every source: name, title, kind, last_synced_at, rows, rejected, freshness, coverage, message.

        `kind` is agent logs, repositories, charges, files, vendor or vendor bills; `freshness` fresh, late, never, absent,
        fails or closed; `coverage` a share or None; `message` says where it looked or what it lacks. A vendor's stream has
        `connection` and, where it cannot be read, `needs`, `pages` and `next` besides.
        """

    def tested(self, connection: str, scope: Scope) -> Rows:
        """The connection test of one vendor: check, state, found, missing, pages for each stream."""

    def rejected(self, source: str, limit: int) -> Rows:
        """Rows that could not be read: file, line, why, source, synced_at; of every source for an empty name."""

    def progress(self) -> Mapping[str, Any] | None:
        """Work under way: title, done, total, message; None when there is none."""

    def explain(self, query: Query, scope: Scope) -> Mapping[str, Any]:
        """The way from the numbers of a query to their rows, in plain values."""

    def export(self, query: Query, scope: Scope, format: str) -> bytes:  # noqa: A002 -- the word on the page
        """The answer as a csv, xlsx or parquet file."""
