"""The truth as a document: the keys of the command line's contract, and more beside them.

    seed, spend, delivery, effects, waste, events           as contracted
    lines                                                   lines that lasted, by age, month, team and AI class
    evidence                                                merged changes with AI, with marks of it, with both, by month and team
    planted                                                 what there is to be found, by kind and subject
    outcomes                                                what came back of each workflow's output, with the hours after it
    adoption                                                active people, seats and idle seats by month and tool
    tokens, requests, errors, retries, unpriced_tokens      by month and tool (or model), as the logs determine them
    pull_requests                                           each with the list price of the conversations on its branch

A conversation counts for a pull request as far as its requests came before the merge, if there was one. Gemini CLI's logs name no branch,
so its conversations count for none.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from payback.demo import counterfactual, delivery, marks, survival
from payback.demo.bills import DISCOUNT_AFTER, DISCOUNT_PERCENT, restated
from payback.demo.choosing import CODEX_NEXT_AFTER, OPUS_AFTER
from payback.demo.people import GEMINI
from payback.demo.planted import outcomes, planted
from payback.demo.prices import GPT_CODEX_NEXT, LUNA, OPUS
from payback.demo.repositories import full_name
from payback.demo.span import day_in
from payback.demo.truth import Truth, plain
from payback.demo.use import list_nano
from payback.period import add_months

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from payback.demo.books import Books
    from payback.demo.people import Company
    from payback.demo.plan import Story
    from payback.demo.records import Change
    from payback.demo.span import Span

Row = dict[str, Any]


def statement(span: Span, company: Company, story: Story, truth: Truth, told: Books) -> Row:
    """Everything known about the company, ready to be written as JSON. Money is text."""
    return {
        "seed": span.seed,
        "months": span.months,
        "people": span.people,
        "today": span.today.isoformat(),
        "spend": _spend(truth),
        "delivery": delivery.rows(told, span.until),
        "lines": survival.rows(told.brought, span.today),
        "evidence": marks.rows(story.changes),
        "effects": counterfactual.rows(span, company, story),
        "planted": planted(span),
        "outcomes": outcomes(span, company),
        "waste": _waste(truth),
        "adoption": _adoption(truth),
        "events": sorted(_events(span, company, truth), key=lambda event: (event["day"], event["kind"])),
        "tokens": [
            {"month": month, "tool": tool, "kind": kind, "tokens": count}
            for (month, tool, kind), count in sorted(truth.tokens.items())
        ],
        "requests": _by_tool(truth.requests, "requests"),
        "errors": _by_tool(truth.errors, "errors"),
        "retries": _by_tool(truth.retries, "retries"),
        "unpriced_tokens": [
            {"month": month, "model": model, "tokens": count}
            for (month, model), count in sorted(truth.unpriced.items())
        ],
        "pull_requests": [_pull_request(change) for change in story.changes],
    }


def _spend(truth: Truth) -> list[Row]:
    rows = [cell.row(plain(nano)) for cell, nano in truth.spend.items() if nano]
    keys = ("basis", "month", "team", "tool", "workflow", "environment", "currency")
    return sorted(rows, key=lambda row: tuple(row[key] or "" for key in keys))


def _adoption(truth: Truth) -> list[Row]:
    """Active people and seats by month and tool; a seat is idle in a month in which its holder did not use the tool."""
    keys = sorted({(month, tool) for month, tool, _ in (*truth.users, *truth.seats)})
    found = []
    for month, tool in keys:
        users = {who for when, what, who in truth.users if (when, what) == (month, tool)}
        seats = {who for when, what, who in truth.seats if (when, what) == (month, tool)}
        counts = {"active_users": len(users), "seats": len(seats), "idle_seats": len(seats - users)}
        found.append({"month": month, "tool": tool, **counts})
    return found


def _waste(truth: Truth) -> list[Row]:
    ranked = sorted(truth.waste.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    return [{"kind": kind, "owner": owner, "usd": plain(nano)} for (kind, owner), nano in ranked]


def _by_tool(counts: Counter[tuple[str, str]], name: str) -> list[Row]:
    return [{"month": month, "tool": tool, name: count} for (month, tool), count in sorted(counts.items())]


def _pull_request(change: Change) -> Row:
    linked = [
        (session, request)
        for session in change.sessions
        if session.tool != GEMINI
        for request in session.requests()
        if change.merged_at is None or request.occurred_at <= change.merged_at
    ]
    amounts = [list_nano(request) for _, request in linked]
    return {
        "repo": full_name(change.repo),
        "number": change.number,
        "branch": change.branch,
        "author": change.author.id,
        "kind": change.kind,
        "merged_at": change.merged_at.isoformat() if change.merged_at else None,
        "squashed": change.squashed,
        "commits": len(change.commits),
        "mark": change.mark,
        "tracked": change.tracked,
        "closes": change.closes,
        "ai_class": marks.of_change(change),
        "with_ai": marks.with_ai(change),
        "sessions": len({session.id for session, _ in linked}),
        "requests": len(linked),
        "unpriced_tokens": sum(
            sum(request.tokens) for (_, request), nano in zip(linked, amounts, strict=True) if nano is None
        ),
        "usd": plain(sum(nano for nano in amounts if nano is not None)),
    }


def _events(span: Span, company: Company, truth: Truth) -> Iterator[Row]:
    """What a chart should be able to mark. Days beyond the span are left out."""
    discount = f"Anthropic bills {DISCOUNT_PERCENT} % less than list from now on"
    yield from _event(span, span.month_after(DISCOUNT_AFTER), "price_change", discount)
    for model, after in ((OPUS, OPUS_AFTER), (GPT_CODEX_NEXT, CODEX_NEXT_AFTER)):
        yield from _event(span, span.month_after(after), "model_switch", f"{model} comes into use")
    for team in company.teams:
        if team.adopts is not None:
            day = span.month_after(team.adopts)
            yield from _event(span, day, "adoption", f"{team.name} takes up AI")
    if company.reorganised_on is not None:
        said = "Parts of Search and Storefront form the team Shopping assistant"
        yield from _event(span, company.reorganised_on, "reorganisation", said)
    if (month := restated(span)) is not None:
        said = f"Anthropic restated its invoice of {month:%Y-%m}"
        yield from _event(span, add_months(month, 2), "restated_bill", said)
    yield from _event(span, date(2026, 7, 30), "price_change", f"{LUNA} costs a fifth from now on")
    for person in company.people:
        if person.until is not None:
            yield from _event(span, person.until, "left", f"{person.name} has left")
    if truth.first_unknown is not None:
        day = day_in(truth.first_unknown.occurred_at)
        yield from _event(
            span, day, "unknown_model", f"{truth.first_unknown.model} is seen for the first time"
        )


def _event(span: Span, day: date, kind: str, said: str) -> Iterator[Row]:
    if span.first <= day < span.today:
        yield {"day": day.isoformat(), "kind": kind, "what": said}
