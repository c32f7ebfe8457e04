"""The streams of OpenAI, and the `Source` they make."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from payback.sources.openai import directory, reports
from payback.sources.source import Every, Setting, Snapshot, Source, Stream

NEEDS = "an organisation admin key (an organisation owner makes it)"
MONEY = ("Spend", "Reconciliation", "Unattributed")
TWO_YEARS = timedelta(days=730)
PEOPLE = ("People", "Owners", "Unattributed")


def _costs() -> Stream:
    plan = Every(most=timedelta(days=180), history=TWO_YEARS)
    return Stream(
        "costs",
        "Costs",
        ("charges",),
        NEEDS,
        MONEY,
        plan,
        partial(reports.fetch, reports.COSTS),
        reports.costs,
    )


def _usage(name: str, title: str, report: reports.Report) -> Stream:
    return Stream(
        name,
        f"Use: {title}",
        ("usage",),
        NEEDS,
        ("Spend", "Reconciliation"),
        Every(history=TWO_YEARS),
        partial(reports.fetch, report),
        reports.usages,
    )


def _list(name: str, title: str, of: directory.List) -> Stream:
    return Stream(
        name,
        title,
        ("identities",),
        NEEDS,
        PEOPLE,
        Snapshot(),
        partial(directory.fetch, of),
        partial(directory.parse, of),
    )


SOURCE = Source(
    kind="openai",
    title="OpenAI",
    vendor="openai",
    base="https://api.openai.com/v1",
    settings=(
        Setting(
            "key",
            "An organisation admin key; project keys are refused by the vendor",
            secret=True,
            required=True,
        ),
        Setting("account", "The organisation's id, which the reports do not tell"),
    ),
    streams=(
        _costs(),
        _usage("completions", "responses and completions", reports.COMPLETIONS),
        _usage("embeddings", "embeddings", reports.EMBEDDINGS),
        _usage("moderations", "moderations", reports.MODERATIONS),
        _usage("images", "images", reports.IMAGES),
        _usage("audio_speeches", "speech", reports.SPEECHES),
        _usage("audio_transcriptions", "transcriptions", reports.TRANSCRIPTIONS),
        _usage("web_search_calls", "web searches", reports.SEARCHES),
        _list("projects", "Projects", directory.PROJECTS),
        _list("users", "Users", directory.USERS),
        _list("service_accounts", "Service accounts", directory.SERVICES),
        _list("keys", "API keys", directory.KEYS),
        _list("admin_keys", "Admin keys", directory.ADMIN_KEYS),
    ),
    headers=lambda secrets, _told: {"authorization": f"Bearer {secrets['key']}"},
    note="An organisation owner makes an admin key under Settings, Organization, Admin keys.",
)
