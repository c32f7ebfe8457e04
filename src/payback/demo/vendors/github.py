"""GitHub Copilot for one organization: seats, reports of what each person did on a day, and what is asked for.

Reports are files behind signed links on another host, which want no token. Bills tell seats by the day and meters by the
month, of everybody or of one person.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from payback.demo.assistants import CREDIT, Metered
from payback.demo.seats import COPILOT, COPILOT_SEAT, login
from payback.demo.vendors.replies import Asked, Told
from payback.period import add_months

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from payback.demo.assistants import Day
    from payback.demo.seats import Holding
    from payback.demo.span import Span

Row = dict[str, Any]
ORGANIZATION = "lumen-harbour"
LINKS = "copilot-reports.lumen-harbour.example"
SIGNATURE = "sig=3a1f"
PER_PAGE, MOST_PER_PAGE = 50, 100


def seat_days(span: Span, held: Iterable[Holding]) -> Iterator[tuple[date, int, int]]:
    """Each day with seats: how many, and what they cost that day in billionths of a dollar (a month in equal parts)."""
    mine = [one for one in held if one.tool == COPILOT]
    day = min((one.since for one in mine), default=span.today)
    while day < span.today:
        count = sum(one.holds(day) for one in mine)
        month = day.replace(day=1)
        length = (add_months(month, 1) - month).days
        if count:
            yield day, count, COPILOT_SEAT * count // length
        day += timedelta(days=1)


def seats_by_team(span: Span, held: Iterable[Holding], day: date) -> Counter[str | None]:
    """Seats that began before a day, by the team that their holder was in. GitHub forgets those that were given back."""
    return Counter(one.person.team_on(day) for one in _listed(span, held) if one.since < day)


def _listed(span: Span, held: Iterable[Holding]) -> list[Holding]:
    return [one for one in held if one.tool == COPILOT and one.holds(span.today)]


def on_file(span: Span, held: list[Holding], days: list[Day], meter: list[Metered]) -> Row:
    """Everything that GitHub can be asked for, as JSON."""
    last: dict[str, date] = {}
    for one in days:
        last[one.person.id] = max(one.day, last.get(one.person.id, one.day))
    mine = _listed(span, held)
    return {
        "seats": [_seat(one, last.get(one.person.id), number) for number, one in enumerate(mine, 1)],
        "days": [{"day": one.day.isoformat(), "record": _record(one)} for one in days],
        "seat_items": [_seat_item(*told) for told in seat_days(span, held)],
        "meter": [_metered(one) for one in meter],
    }


def _seat(holding: Holding, last: date | None, number: int) -> Row:
    person = holding.person
    return {
        "created_at": f"{holding.since}T09:00:00Z", "updated_at": f"{holding.since}T09:00:00Z",
        "pending_cancellation_date": None, "last_activity_at": f"{last}T15:20:00Z" if last else None,
        "last_activity_editor": "vscode/1.110/copilot-chat/0.40" if last else None,
        "last_authenticated_at": f"{last}T08:00:00Z" if last else None, "plan_type": "business",
        "assignee": {"login": login(person), "id": 1000 + number, "type": "User"},
        "assigning_team": {"slug": person.memberships[0].team, "name": person.memberships[0].team.capitalize()},
    }  # fmt: skip


def _record(one: Day) -> Row:
    agent = {"feature": "agent_edit", "user_initiated_interaction_count": 0, "code_generation_activity_count": 2,
             "code_acceptance_activity_count": 0, "loc_suggested_to_add_sum": 0, "loc_suggested_to_delete_sum": 0,
             "loc_added_sum": one.agent_lines, "loc_deleted_sum": one.agent_lines // 6}  # fmt: skip
    return {
        "day": one.day.isoformat(), "organization_id": "77", "user_login": login(one.person),
        "ai_credits_used": float(one.credits), "user_initiated_interaction_count": one.chats,
        "code_generation_activity_count": one.offered + (2 if one.agent_lines else 0),
        "code_acceptance_activity_count": one.accepted, "loc_suggested_to_add_sum": 4 * one.offered,
        "loc_suggested_to_delete_sum": 0, "loc_added_sum": 4 * one.accepted + one.agent_lines,
        "loc_deleted_sum": one.agent_lines // 6, "used_agent": one.agent_lines > 0, "used_chat": one.chats > 0,
        "used_cli": False, "totals_by_feature": [agent] if one.agent_lines else [], "totals_by_ide": [],
        "totals_by_language_feature": [], "totals_by_language_model": [], "totals_by_model_feature": [],
    }  # fmt: skip


def _seat_item(day: date, count: int, nano: int) -> Row:
    return {
        "date": f"{day}T00:00:00Z", "product": "Copilot", "sku": "Copilot Business", "quantity": round(count / 30, 4),
        "unitType": "user-months", "pricePerUnit": 19.0, "grossAmount": nano / 10**9, "discountAmount": 0.0,
        "netAmount": nano / 10**9, "organizationName": ORGANIZATION, "repositoryName": "",
    }  # fmt: skip


def _metered(one: Metered) -> Row:
    return {
        "month": one.month.isoformat(), "login": login(one.person), "unit": one.unit, "used": one.used,
        "included": one.included,
    }  # fmt: skip


# What is answered


def answer(asked: Asked, held: Mapping[str, Any]) -> Told:
    """The reply to a request."""
    if asked.rights is None:
        return _error(401, "Bad credentials")
    people, money = f"/orgs/{ORGANIZATION}/copilot/", f"/organizations/{ORGANIZATION}/settings/billing/"
    if asked.path.startswith(people):
        if not {"read:org", "manage_billing:copilot"} & set(asked.rights):
            return _error(403, "Resource not accessible by personal access token")
        return _people(asked, held, asked.path.removeprefix(people))
    if asked.path.startswith(money):
        if "manage_billing:copilot" not in asked.rights:
            return _error(403, "You need to be an owner or billing manager of this organization")
        return _money(asked, held, asked.path.removeprefix(money))
    return _error(404, "Not Found")


def _error(status: int, message: str) -> Told:
    return Told(
        status,
        {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)},
    )


def _people(asked: Asked, held: Mapping[str, Any], name: str) -> Told:
    if name == "billing/seats":
        return _seats(asked, held)
    if name == "metrics/reports/users-1-day":
        day = asked.one("day")
        if not any(row["day"] == day for row in held["days"]):
            return Told(204, None)
        link = f"https://{LINKS}/users-1-day/{day}.ndjson?{SIGNATURE}"
        return Told(200, {"download_links": [link], "report_day": day})
    return _error(404, "Not Found")


def _seats(asked: Asked, held: Mapping[str, Any]) -> Told:
    refusal = _error(422, "Validation Failed")
    page = asked.number("page", 1, 10_000, refusal)
    size = asked.number("per_page", PER_PAGE, 10**6, refusal)
    size = min(size, MOST_PER_PAGE)
    rows = held["seats"]
    begin = (page - 1) * size
    headers = {}
    if begin + size < len(rows):
        following = f"https://{asked.host}{asked.path}?page={page + 1}&per_page={size}"
        headers["link"] = f'<{following}>; rel="next"'
    return Told(200, {"total_seats": len(rows), "seats": rows[begin : begin + size]}, headers)


def _money(asked: Asked, held: Mapping[str, Any], name: str) -> Told:
    since, until = _period(asked)
    told: Row = {"timePeriod": {"year": since.year, "month": since.month}, "organization": ORGANIZATION}
    if name == "usage":
        rows = [
            row for row in held["seat_items"] if since.isoformat() <= row["date"][:10] < until.isoformat()
        ]
        return Told(200, {"usageItems": rows})
    if name in {"ai_credit/usage", "premium_request/usage"}:
        is_credits = name.startswith("ai")
        rows = [
            row
            for row in held["meter"]
            if row["month"] == since.isoformat()
            and (row["unit"] == CREDIT) == is_credits
            and asked.one("user", row["login"]) == row["login"]
        ]
        return Told(200, told | {"usageItems": _items(rows, is_credits=is_credits)})
    return _error(404, "Not Found")


def _period(asked: Asked) -> tuple[date, date]:
    year, month = int(asked.one("year", "2026")), int(asked.one("month", "1"))
    if asked.one("day"):
        day = date(year, month, int(asked.one("day")))
        return day, day + timedelta(days=1)
    return date(year, month, 1), add_months(date(year, month, 1), 1)


def _items(rows: list[Row], *, is_credits: bool) -> list[Row]:
    """One line for all of them: what was used, what seats include, what is left to pay."""
    if not rows:
        return []
    unit = rows[0]["unit"] / 10**9
    used, included = sum(row["used"] for row in rows), sum(row["included"] for row in rows)
    return [
        {
            "product": "Copilot", "sku": "Copilot AI Credits" if is_credits else "Copilot Premium Request",
            "model": "Auto", "unitType": "credits" if is_credits else "requests", "pricePerUnit": unit,
            "grossQuantity": used, "grossAmount": _dollars(used, rows), "discountQuantity": included,
            "discountAmount": _dollars(included, rows), "netQuantity": used - included,
            "netAmount": _dollars(used - included, rows),
        }
    ]  # fmt: skip


def _dollars(count: int, rows: list[Row]) -> float:
    nano: int = count * rows[0]["unit"]
    return nano / 10**9


def download(asked: Asked, held: Mapping[str, Any]) -> Told:
    """A report file, to whoever has its signed link; a request that carries a token is refused."""
    if "authorization" in asked.headers or asked.one("sig") != SIGNATURE.removeprefix("sig="):
        return Told(403, b"the signature does not match")
    day = asked.path.rpartition("/")[2].removesuffix(".ndjson")
    lines = [
        orjson.dumps(row["record"], option=orjson.OPT_APPEND_NEWLINE)
        for row in held["days"]
        if row["day"] == day
    ]
    return Told(200, b"".join(lines))
