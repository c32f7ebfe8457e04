"""Work items as the company's Azure DevOps Server tells them: the feed of revisions, whole items, their updates, their types."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from payback.demo.vendors.replies import Asked, Told

Row = dict[str, Any]
MOST, PER_FEED = 200, 50
CATEGORIES = (
    ("New", "Proposed"),
    ("Active", "InProgress"),
    ("Resolved", "Resolved"),
    ("Closed", "Completed"),
)
STATES = [{"name": name, "category": category} for name, category in CATEGORIES]
TYPES = [
    {"name": "Bug", "states": STATES},
    {"name": "Task", "states": [*STATES[:2], STATES[3], {"name": "Removed", "category": "Removed"}]},
]
NOTHING = Told(
    404, {"message": "TF401232: Work item does not exist, or you do not have permissions to read it."}
)
WRONG = Told(400, {"message": "VS402881: The request is not valid."})


def of_boards(asked: Asked, project: Row, rest: list[str]) -> Told:
    """The reply to a request of the area `wit`."""
    match rest:
        case ["workitemtypes"]:
            return _listed(TYPES)
        case ["classificationnodes"]:
            root = {"id": 1, "identifier": project["id"], "name": project["name"], "hasChildren": False}
            return _listed(
                [{**root, "structureType": "area"}, {**root, "id": 2, "structureType": "iteration"}]
            )
        case ["reporting", "workitemrevisions"]:
            return _feed(asked, project)
        case ["workitemsbatch"] if asked.method == "POST":
            return _batch(asked, project)
        case ["workitems", number, "updates"] if number in project["updates"]:
            start, most = asked.one("$skip", "0"), asked.number("$top", MOST, MOST, WRONG)
            return (
                _listed(project["updates"][number][int(start) : int(start) + most])
                if start.isdigit()
                else WRONG
            )
    return NOTHING


def _batch(asked: Asked, project: Row) -> Told:
    """Items by their numbers with the fields asked for; none where an item is not there and that is not forgiven."""
    body = asked.body if isinstance(asked.body, dict) else {}
    wanted, fields = [str(one) for one in body.get("ids") or ()], set(body.get("fields") or ())
    if not 1 <= len(wanted) <= MOST:
        return WRONG
    held = project["items"]
    if any(one not in held for one in wanted) and body.get("errorPolicy") != "omit":
        return NOTHING
    found = [held[one] for one in wanted if one in held]
    return _listed([
        {**one, "fields": {name: value for name, value in one["fields"].items() if not fields or name in fields}}
        for one in found
    ])  # fmt: skip


def _feed(asked: Asked, project: Row) -> Told:
    """The newest revision of each item, in order of change. The token is that of the last one told, and is good for ever."""
    if asked.one("includeLatestOnly") != "true":
        return WRONG
    rows = sorted(
        project["items"].values(), key=lambda one: (one["fields"]["System.ChangedDate"], int(one["id"]))
    )
    token, since = asked.one("continuationToken"), asked.one("startDateTime")
    try:
        start = f"{datetime.fromisoformat(since).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ};0" if since else ""
    except ValueError:
        return WRONG
    after = [one for one in rows if _token(one) > (token or start)]
    told, fields = after[:PER_FEED], set(asked.one("fields").split(","))
    values = [
        {
            "id": one["id"],
            "rev": one["rev"],
            "fields": {key: one["fields"][key] for key in fields & one["fields"].keys()},
        }
        for one in told
    ]
    is_last = len(after) <= PER_FEED
    return Told(200, {
        "values": values, "isLastBatch": is_last, "continuationToken": _token(told[-1]) if told else token or start,
    })  # fmt: skip


def _token(item: Row) -> str:
    return f"{item['fields']['System.ChangedDate']};{item['id']}"


def _listed(rows: list[Row]) -> Told:
    return Told(200, {"count": len(rows), "value": rows})
