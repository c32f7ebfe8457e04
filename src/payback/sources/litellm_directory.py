"""LiteLLM's users, keys and teams as identities, from the proxy's lists or from its tables; both name fields alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.ledger.entries import Identity, Rejected
from payback.sources.amounts import instant
from payback.sources.database import Database
from payback.sources.source import Page, Snapshot, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payback.ledger.entries import Entry
    from payback.sources.source import Ask, Context

PAGE = 100
NEEDS = "a key of a proxy admin or proxy admin viewer, or SELECT on the table"


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: its address and table, where its rows stand in an answer, and which column says what of an identity."""

    name: str
    path: str
    table: str
    inside: str
    params: Mapping[str, object]
    kind: str
    id: str
    alias: str
    belongs_to: str | None = None
    email: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        named = (self.id, self.alias, self.belongs_to, self.email, "created_at")
        return tuple(name for name in named if name)

    def fetch(self, ask: Ask) -> Iterator[Page]:
        """The whole list, page by page."""
        if "database" in ask.secrets:
            database = Database(ask.connection, ask.secrets["database"])
            for part in database.rows(database.table(self.table, self.columns)):
                yield Page(part, self.table)
            return
        page, last = 1, 1
        while page <= last:
            body = ask.http.get(self.path, {**self.params, **({"page": page} if self.params else {})}).body
            yield Page(body, f"{self.path} page {page}")
            last = int(body.get("total_pages") or 1) if isinstance(body, dict) else 1
            page += 1

    def parse(self, page: Page, context: Context) -> Iterator[Entry | Rejected]:
        """Identities of one page."""
        body = page.body
        rows = body.get(self.inside) if isinstance(body, dict) else body
        for line, row in enumerate(rows if isinstance(rows, list) else [], 1):
            if not isinstance(row, dict) or not row.get(self.id):
                yield Rejected(context.source, f"the row has no {self.id}", page.what, line)
                continue
            try:
                yield self._identity(row, context)
            except ValueError as error:
                yield Rejected(context.source, f"{row[self.id]}: {error}", page.what, line)

    def _identity(self, row: Mapping[str, Any], context: Context) -> Identity:
        return Identity(
            system=context.connection,
            identity=str(row[self.id]),
            source=context.source,
            kind=self.kind,
            name=row.get(self.alias) or None,
            email=(row.get(self.email) or None) if self.email else None,
            belongs_to=(row.get(self.belongs_to) or None) if self.belongs_to else None,
            account=context.told.get("account"),
            valid_from=instant(row["created_at"]) if row.get("created_at") else None,
        )


LISTINGS = (
    Listing(
        "users", "/user/list", "LiteLLM_UserTable", "users", {"page_size": PAGE},
        "user", "user_id", "user_alias", email="user_email",
    ),
    Listing(
        "keys", "/key/list", "LiteLLM_VerificationToken", "keys", {"size": PAGE, "return_full_object": "true"},
        "key", "token", "key_alias", belongs_to="user_id",
    ),
    Listing("teams", "/team/list", "LiteLLM_TeamTable", "teams", {}, "group", "team_id", "team_alias"),
)  # fmt: skip
DIRECTORY = tuple(
    Stream(
        name=listing.name,
        title=listing.name,
        tables=("identities",),
        needs=NEEDS,
        pages=("People", "Owners"),
        plan=Snapshot(),
        fetch=listing.fetch,
        parse=listing.parse,
    )
    for listing in LISTINGS
)
