"""What was entered by hand, as it stands now: each entry once, with its proof, and whether a bill has taken its place."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.access.facts import open as opened
from payback.app.entering import ENTRY, FOLDER, FORM, PROOF, enter, withdraw
from payback.errors import UnknownNameError
from payback.ledger import seat_charges
from payback.ledger.batches import row_of
from payback.ledger.reconcile import replaced
from payback.period import day_of
from payback.sources.files.entered import ONCE, SOURCE, TAGGED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from payback.access.scope import Scope
    from payback.app.application import App
    from payback.app.entering import Entry

    Row = dict[str, Any]

SAID = (
    "vendor", "account", "tool", "charge_category", "precedence", "charge_period_start", "charge_period_end",
)  # fmt: skip
LONGEST_MONTH = 31


def entries(app: App, scope: Scope) -> list[Row]:
    """One row per entry, latest first: id, form, what, since, until (the day after the last), amount and currency or hours,
    whose (team, owner or person), parts (how many charges it is), replaced (how many of them), by (the word that stands in
    their place), attachment, entered_at, and `words`, by which it would be entered again.
    """
    proofs = {
        row["from_id"]: row["to_id"]
        for row in app.warehouse.read(opened(app.ground, "links", scope)).to_pylist()
        if row["to_kind"] == "attachment"
    }
    found = [*_money(app, scope), *_seats(app, scope), *_hours(app, scope)]
    for row in found:
        row["attachment"] = row["attachment"] or proofs.get(row["id"])
    return sorted(found, key=lambda row: (row["entered_at"], row["since"], row["id"]), reverse=True)


def change(app: App, entry: Entry, instead_of: str, scope: Scope) -> Row:
    """Enter something in place of an entry, whose proof is kept where no other comes. UnknownNameError where there is none."""
    known = {row["id"]: row for row in entries(app, scope)}
    if instead_of not in known:
        raise UnknownNameError("entry", instead_of, known)
    proof = known[instead_of]["attachment"]
    if entry.attachment is None and proof:
        entry = replace(entry, attachment=app.settings.home / FOLDER / proof)
    told = enter(app, entry)
    if told["entry"] != instead_of:
        withdraw(app, instead_of)
    return told


def _money(app: App, scope: Scope) -> list[Row]:
    """Charges and contracts; the charges of one contract are one entry."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for charge in _own(app, "charges", scope):
        grouped[str(dict(charge["details"] or ()).get(ENTRY, charge["charge_id"]))].append(charge)
    standing = _replaced(app, [charge for parts in grouped.values() for charge in parts])
    return [
        _told(app, key, sorted(parts, key=lambda one: one["charge_period_start"])) | _by(parts, standing)
        for key, parts in grouped.items()
    ]


def _told(app: App, key: str, parts: list[Row]) -> Row:
    first, zone = parts[0], app.settings.zone
    details, tags = dict(first["details"] or ()), dict(first["tags"] or ())
    form = details.get(FORM, "charge")
    since, until = day_of(first["charge_period_start"], zone), day_of(parts[-1]["charge_period_end"], zone)
    amounts = [part["billed_cost"] for part in parts if part["billed_cost"] is not None]
    words = {name: first[name] for name in ("vendor", "tool", "account", "sku", "currency", "invoice_id")}
    words |= {"charge_period_start": since, "charge_period_end": until, "billed_cost": first["billed_cost"]}
    words |= {name: tags.get(name) for name in TAGGED}
    if form == "contract":
        words |= {"seats": first["quantity"], "interval": _interval(parts)}
    else:
        words["charge_category"] = first["charge_category"]
    return {
        "id": key,
        "form": form,
        "what": first["vendor"],
        "about": first["tool"] or first["sku"] or first["invoice_id"],
        "since": since,
        "until": until,
        "amount": sum(amounts, Decimal(0)) if amounts else None,
        "currency": first["currency"],
        "hours": None,
        "team": tags.get("team"),
        "owner": tags.get("owner"),
        "person": None,
        "attachment": details.get(PROOF),
        "entered_at": max(part["synced_at"] for part in parts),
        "words": _texts(words),
    }


def _interval(parts: list[Row]) -> str:
    if len(parts) == 1:
        return ONCE
    length = parts[0]["charge_period_end"] - parts[0]["charge_period_start"]
    return "month" if length.days <= LONGEST_MONTH else "year"


def _seats(app: App, scope: Scope) -> list[Row]:
    zone = app.settings.zone
    seats = _own(app, "seats", scope)
    charged = {
        seat["seat_id"]: [row_of(one) for one in seat_charges.charges(seat, zone, app.now())]
        for seat in seats
    }
    standing = _replaced(app, [charge for parts in charged.values() for charge in parts])
    names = ("tool", "vendor", "person", "plan", "price", "currency", "interval", "renews_on")
    return [
        {
            "id": seat["seat_id"],
            "form": "seat",
            "what": seat["tool"],
            "about": seat["plan"],
            "since": (since := day_of(seat["valid_from"], zone)),
            "until": (until := seat["valid_until"] and day_of(seat["valid_until"], zone)),
            "amount": seat["price"],
            "currency": seat["currency"],
            "hours": None,
            "team": None,
            "owner": None,
            "person": seat["person"],
            "attachment": None,
            "entered_at": seat["synced_at"],
            "words": _texts(
                {name: seat[name] for name in names} | {"valid_from": since, "valid_until": until}
            ),
            **_by(charged[seat["seat_id"]], standing),
        }
        for seat in seats
    ]


def _hours(app: App, scope: Scope) -> list[Row]:
    names = ("kind", "hours", "day", "person", "team", "workflow", "output_id", "rate", "currency")
    return [
        {
            "id": row["effort_id"],
            "form": "hours",
            "what": row["kind"],
            "about": row["workflow"],
            "since": row["day"],
            "until": None,
            "amount": None,
            "currency": row["currency"],
            "hours": row["hours"],
            "team": row["team"],
            "owner": None,
            "person": row["person"],
            "attachment": None,
            "entered_at": row["synced_at"],
            "words": _texts({name: row[name] for name in names}),
            **_by([], {}),
        }
        for row in _own(app, "effort", scope)
    ]


def _own(app: App, table: str, scope: Scope) -> list[Row]:
    rows = opened(app.ground, table, scope)
    found: list[Row] = app.warehouse.read(rows.filter(rows["source"] == SOURCE)).to_pylist()
    return found


def _replaced(app: App, charges: list[Row]) -> dict[str, str]:
    """Those in whose place a bill stands, with whose word it is. Who sees the entry may know that a bill has come."""
    if not charges:
        return {}
    rows = app.warehouse.table("charges")
    others = (
        rows.filter(rows["vendor"].isin(sorted({one["vendor"] for one in charges}))).select(*SAID).distinct()
    )
    return replaced(charges, app.warehouse.read(others).to_pylist(), app.settings.zone)


def _by(parts: Iterable[Row], standing: dict[str, str]) -> Row:
    held = [part["charge_id"] for part in parts]
    words = sorted({standing[one] for one in held if one in standing})
    return {"parts": len(held), "replaced": sum(one in standing for one in held), "by": ", ".join(words)}


def _texts(words: Row) -> dict[str, str]:
    """The values of fields as they are written in a form."""
    return {name: _text(value) for name, value in words.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, Decimal | float):
        return f"{Decimal(str(value)).normalize():f}"
    return str(value)
