"""Sources: what payback reads, how fresh and how complete it is, what could not be read, what has no price."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.errors import SettingsError
from payback.web import words
from payback.web.asking import number
from payback.web.blocks import Button, Column, Table
from payback.web.emptiness import ladder
from payback.web.page import Page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payback.web.asking import Ask

MOST_REJECTED = 50
TONES = {"fresh": "good", "late": "attention", "never": "attention", "absent": "plain", "fails": "bad"}
SAID = {"never": "never read", "absent": "not found", "closed": "not open to this key"}
COLUMNS = (
    Column("title", "Source"),
    Column("state", "State", "badge"),
    Column("last_synced_at", "Last read", "instant"),
    Column("rows", "Rows", "count"),
    Column("coverage", "Coverage", "share", help="The share of its rows that could be read and placed"),
    Column("rejected", "Rejected rows", "count"),
    Column("message", "Where it looked, what it lacks"),
)
STREAMS = (
    *(column for column in COLUMNS if column.key not in {"coverage", "message"}),
    Column("message", "What it said last"),
)
WANTING = (
    Column("title", "What cannot be read"),
    Column("needs", "The right it needs"),
    Column("pages", "Stays empty"),
    Column("next", "Next step, for who may grant it"),
)


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """All sources, unpriced models and rejected rows, whatever the days."""
    sources = ask.desk.sources()
    vendors = [source for source in sources if source.get("connection")]
    found = [source for source in sources if source not in vendors and source["freshness"] != "absent"]
    absent = [source for source in sources if source["freshness"] == "absent"]
    return {
        "empty": None,
        "found": Table(
            "What payback reads",
            COLUMNS,
            tuple(_row(source) for source in found),
            empty="Nothing was found yet.",
        ),
        "vendors": tuple(_connection(name, vendors) for name in dict.fromkeys(_connections(vendors))),
        "wanting": Table(
            "What a key does not open",
            WANTING,
            tuple(source for source in vendors if source["freshness"] in {"fails", "closed"}),
        ),
        "absent": Table(
            "Looked for and not found",
            (Column("message", "What was looked for"), Column("titles", "Whose", "names")),
            _by_message(absent),
        ),
        "unpriced": _unpriced(ask),
        "rejected": tuple(_rejected(ask, source) for source in (*found, *vendors) if source["rejected"]),
        "ladder": ladder(ask),
    }


def _connections(vendors: Sequence[Mapping[str, Any]]) -> list[str]:
    return sorted(source["connection"] for source in vendors)


def _connection(name: str, vendors: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The streams of one connection, and the button that tests it."""
    rows = tuple(_row(source) for source in vendors if source["connection"] == name)
    button = Button("Test connection", {"act": "test", "connection": name}, f"Test the connection {name}")
    return {"table": Table(f"Connection {name}", STREAMS, rows), "test": button}


def act(ask: Ask, _path: Mapping[str, str], form: Mapping[str, str]) -> str:
    """Ask a vendor what its key opens; says what answers and what does not."""
    if form.get("act") != "test" or not form.get("connection"):
        raise SettingsError("the form names no connection to test")
    name = form["connection"]
    told = ask.desk.tested(name, ask.scope)
    bad = [row for row in told if row["state"] != "good"]
    words = f"{name}: {len(told) - len(bad)} of {len(told)} streams answer"
    return ". ".join([words, *(row["missing"] for row in bad)])


def _row(source: Mapping[str, Any]) -> dict[str, Any]:
    state = source["freshness"]
    return {**source, "state": SAID.get(state, state), "state_tone": TONES.get(state, "plain")}


def _by_message(sources: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Absent sources that lack the same thing, together."""
    messages = dict.fromkeys(source["message"] for source in sources)
    return tuple(
        {
            "message": message,
            "titles": [source["title"] for source in sources if source["message"] == message],
        }
        for message in messages
    )


def _unpriced(ask: Ask) -> Table:
    columns = (
        Column("model", "Model", "code"),
        Column("unpriced_tokens", "Tokens without a price", "tokens"),
        Column("requests", "Requests", "count"),
    )
    rows: list[dict[str, Any]] = []
    if ask.span:
        answer = ask.answer("unpriced_tokens", "requests", by=("model",), period=ask.span)
        rows = [
            {
                "model": row.keys["model"] or words.title(""),
                "unpriced_tokens": row.figures["unpriced_tokens"].value,
                "requests": row.figures["requests"].value,
            }
            for row in answer.rows
            if number(row.figures["unpriced_tokens"])
        ]
    note = (
        "Their money is unknown, not zero: totals with them read ≥. A dated price file gives them a price."
        if rows
        else ""
    )
    return Table(
        "Models without a price", columns, tuple(rows), empty="Every model in use has a price.", note=note
    )


def _rejected(ask: Ask, source: Mapping[str, Any]) -> Table:
    columns = (
        Column("file", "File or page", "code"),
        Column("line", "Line", "count"),
        Column("why", "What is wrong"),
        Column("synced_at", "Seen", "instant"),
    )
    rows = tuple(ask.desk.rejected(source["name"], MOST_REJECTED))
    note = (
        f"The first {len(rows)} of {words.grouped(source['rejected'])}."
        if source["rejected"] > len(rows)
        else ""
    )
    return Table(f"{source['title']}: rows that could not be read", columns, rows, note=note)


PAGE = Page(
    "sources",
    "/sources",
    "Sources",
    "Data",
    "Is it fresh, is it complete, and what is missing?",
    view,
    controls=(),
    act=act,
)
