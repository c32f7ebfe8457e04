"""Adoption, derived: who used which tool on which day, and what each seat was worth on each day."""

from __future__ import annotations

from payback.ledger.columns import PROVENANCE, count, day, flag, money, text
from payback.warehouse.contract import Table

COUNTERS = (
    "sessions", "suggestions", "acceptances", "lines_suggested", "lines_accepted", "chats", "edits_accepted",
    "edits_rejected", "lines_added", "lines_removed",
)  # fmt: skip

USE_DAYS = Table(
    "use_days",
    "One person × tool × day with use or told activity, from requests and from vendors' reports.",
    (
        day("day", "day of the organisation's zone", required=True),
        text("who", "the person, or the identity that nobody matched", required=True),
        text("person", "the person, where matched"),
        text("tool", "the tool", required=True),
        text("team", "the team: tagged on the requests, else the person's team that day"),
        text("cost_center", "the cost centre of the requests, else of the person or team"),
        flag("active", "used it that day"),
        count("requests", "answered requests", required=True),
        count("sessions", "conversations"),
        count("suggestions", "suggestions shown"),
        count("acceptances", "suggestions accepted"),
        count("lines_suggested", "lines shown"),
        count("lines_accepted", "lines accepted"),
        count("chats", "chat turns"),
        count("edits_accepted", "agent edits accepted"),
        count("edits_rejected", "agent edits rejected"),
        count("lines_added", "lines that an agent's own edits added"),
        count("lines_removed", "lines that an agent's own edits removed"),
        *PROVENANCE,
    ),
    key=("day", "who", "tool", "team", "source"),
    time="day",
    derived=True,
)

SEAT_DAYS = Table(
    "seat_days",
    "One seat × day on which it stood at the day's end, with its share of its price and whether it was used.",
    (
        day("day", "day of the organisation's zone", required=True),
        text("seat_id", "the seat", required=True),
        text("tool", "the tool", required=True),
        text("vendor", "the vendor"),
        text("plan", "the plan's name"),
        text("holder", "the identity it is assigned to"),
        text("person", "the person behind it that day, where matched"),
        text("team", "the team of that person that day"),
        text("cost_center", "the cost centre of that person or team"),
        day("last_used", "the last day of use known on that day"),
        flag("active_28", "used on that day or one of the 27 before; NULL where no report could tell"),
        flag(
            "idle_30", "paid, held and unused on that day and the 29 before; NULL where no report could tell"
        ),
        text("duplicate_of", "the tool for the same purpose that serves this person more"),
        money("amortised", "the day's share of its price; NULL where no price is known"),
        text("priced_by", "seat (its own price) or charges (the tool's seat charges, shared alike)"),
        text("currency", "the currency of the amounts", required=True),
        money("price", "price of one billing interval"),
        text("interval", "month or year"),
        day("renews_on", "the next renewal, as told"),
        day("ends_on", "its last day, where it is cancelled and runs out"),
        flag("is_latest", "the last day that has been derived"),
        *PROVENANCE,
    ),
    key=("day", "seat_id"),
    time="day",
    derived=True,
)

TABLES = (USE_DAYS, SEAT_DAYS)
