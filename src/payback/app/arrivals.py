"""Outputs and survey answers as programs send them: with a token, or signed with a shared secret. The same words as in files.

A row that does not read is refused alone, with its place in what was sent. The same rows again change nothing: an output is
known by its id, an answer by its id or by what it says.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from payback.app import files
from payback.app.hearing import Hearing
from payback.errors import SettingsError, UnreadableFileError
from payback.ledger.batches import rejected_table
from payback.ledger.entries import Rejected
from payback.sources.files import mapping
from payback.sources.files.kinds import KINDS
from payback.sources.secrets import secret
from payback.state.watched import Audited, Token, record_audit, token_for
from payback.warehouse.contract import Upsert

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from payback.app.application import App

    Row = Mapping[str, Any]

TAKEN = ("outputs", "surveys")
SCOPE = "import"
SETTING = "hooks"
SIGNED = "sha256="
MOST = 10_000
LONGEST = 500
SHORTEST_SECRET = 16
FRESH_SECONDS, LONGEST_TIME = 300, 12


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Who may send rows, and what becomes of them."""

    app: App

    @property
    def hearing(self) -> Hearing:
        """What vendors say by webhook."""
        return Hearing(self.app)

    def admits(self, told: str) -> Token | None:
        """The token of that secret, if it is valid now; whether it may send rows says its scope."""
        return token_for(self.app.state, told, self.app.now())

    def is_open(self, kind: str) -> bool:
        """Whether payback.toml names a secret for signed rows of a kind."""
        return kind in _hooks(self.app)

    def is_signed(self, kind: str, body: bytes, signature: str, sent_at: str | None = None) -> bool:
        """Whether the body was signed with the kind's secret; with the time it was sent at (Unix seconds) before it and a dot,
        where one is told. SettingsError where there is no secret to check with.
        """
        signed = body if sent_at is None else sent_at.encode() + b"." + body
        wanted = SIGNED + hmac.new(shared_secret(self.app, kind).encode(), signed, sha256).hexdigest()
        return hmac.compare_digest(wanted.encode(), signature.strip().encode())

    def is_fresh(self, sent_at: str | None) -> bool:
        """Whether it was sent just now. One that says nothing of its time may be sent again at any time."""
        if sent_at is None:
            return True
        if not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) <= LONGEST_TIME):
            return False
        return abs(self.app.now().timestamp() - int(sent_at)) <= FRESH_SECONDS

    def take(self, kind: str, sent: object, by: str) -> dict[str, Any]:
        """Take rows in. Says how many were, and which were not: `index` in what was sent, and why."""
        rows = sent if isinstance(sent, list) else [sent]
        if len(rows) > MOST:
            raise UnreadableFileError(f"at most {MOST} rows are taken in at once; send them in parts")
        where = f"{kind} sent by {by}"
        good, refused = _sorted(kind, rows, where)
        told = files.take_rows(self.app, kind, list(good.values()), where, list(good)) if good else _NOTHING
        now = self.app.now()
        if refused:
            self.app.warehouse.apply([Upsert("rejected", rejected_table(refused, now))])
        found = [{"index": (one.line or 1) - 1, "why": one.why} for one in refused]
        found += [{"index": one["line"] - 1, "why": one["why"]} for one in told["rejected"]]
        counts = {"rows": told["rows"], "rejected": len(found)}
        record_audit(self.app.state, Audited(now, by, f"import.{kind}", kind, counts))
        return {"kind": kind, **counts, "refused": sorted(found, key=lambda one: one["index"])}


_NOTHING: dict[str, Any] = {"rows": 0, "rejected": []}


def hooks_told(app: App) -> Iterator[tuple[str, str]]:
    """Each hook that payback.toml names, and what is wrong with its secret; nothing where it can be checked with."""
    for kind in _hooks(app):
        try:
            shared_secret(app, kind)
        except SettingsError as error:
            yield kind, str(error)
        else:
            known = " and ".join(TAKEN)
            yield kind, "" if kind in TAKEN else f"{SETTING}.{kind}: rows are taken in of {known} alone"


def shared_secret(app: App, kind: str) -> str:
    """The secret that senders of a kind sign with. SettingsError says what is missing, never what it is."""
    where = f"{SETTING}.{kind}"
    found = secret(str(_hooks(app).get(kind, "")), where, app.settings.home, app.around.environ)
    if len(found) < SHORTEST_SECRET:
        raise SettingsError(
            f"the secret of {where} has less than {SHORTEST_SECRET} characters; make a longer one"
        )
    return found


def _hooks(app: App) -> Mapping[str, Any]:
    told = app.settings.told.get(SETTING, {})
    return told if isinstance(told, dict) else {}


def _sorted(kind_name: str, rows: Sequence[Any], where: str) -> tuple[dict[int, Row], list[Rejected]]:
    """The rows by place (from 1 on) and by their canonical names; and those that are no rows at all."""
    kind = KINDS[kind_name]
    good: dict[int, Row] = {}
    refused: list[Rejected] = []
    for place, row in enumerate(rows, 1):
        if wrong := _wrong(row):
            refused.append(Rejected(f"file:{kind_name}", wrong, where, place))
            continue
        columns = mapping.proposed(row, kind).columns
        good[place] = {field.name: row.get(columns.get(field.name, "")) for field in kind.fields}
    return good, refused


def _wrong(row: object) -> str:
    """Why something is no row: rows are objects of plain values. Long texts are turned away: an output is pointed at, never
    kept.
    """
    if not isinstance(row, dict):
        return "a row is an object of names and values"
    for name, value in row.items():
        if isinstance(value, dict | list):
            return f"{name[:40]} is no plain value"
        if isinstance(value, str) and len(value) > LONGEST:
            return f"{name[:40]} is longer than {LONGEST} characters; send a link to it"
    return ""
