"""Anthropic as a `Source`: its settings, its streams, and for each of them the ways to ask, best first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from payback.sources.anthropic import analytics, claude_code, console, directory, engagement
from payback.sources.anthropic.ways import (
    ANALYTICS,
    AUTO,
    CONSOLE,
    ENTERPRISE,
    ORGANISATION,
    Choice,
    Listed,
    Way,
)
from payback.sources.source import DAY, Every, Setting, Source, Stream

BETA = {"anthropic-beta": "analytics-usage-cost-2026-08-24"}
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
REVISED = timedelta(days=30)
MONTHLY = Every(most=timedelta(days=31), restated=timedelta(days=3), history=timedelta(days=730))
REVISED_MONTHLY = Every(most=timedelta(days=31), restated=REVISED, history=timedelta(days=364))
DAILY = Every(most=DAY, restated=timedelta(days=3), history=timedelta(days=364))
FINISHED_DAILY = Every(most=DAY, restated=timedelta(days=3), history=timedelta(days=364), until_today=True)
BY_TIME = (("order_by", "time"), ("order", "asc"))


WIDTH, OLD_WIDTH = "time_bucket_width", "bucket_width"
REPORTS = f"{ORGANISATION}/analytics"


def _under(*generations: str) -> frozenset[str]:
    return frozenset({AUTO, *generations})


IN_ANALYTICS, IN_CONSOLE, IN_ENTERPRISE = _under(ANALYTICS), _under(CONSOLE), _under(ENTERPRISE)

COST = Choice(
    (
        Way(
            "analytics",
            ANALYTICS,
            IN_ANALYTICS,
            f"{REPORTS}/cost",
            REVISED_MONTHLY,
            analytics.asked(analytics.CUTS, WIDTH, BY_TIME),
            analytics.costs,
            BETA,
            FIRST,
        ),
        Way(
            "analytics without workspaces and keys",
            ANALYTICS,
            IN_ANALYTICS,
            f"{REPORTS}/cost",
            REVISED_MONTHLY,
            analytics.asked(analytics.SEAT_CUTS, WIDTH, BY_TIME),
            analytics.costs,
            BETA,
            FIRST,
        ),
        Way(
            "console",
            CONSOLE,
            IN_CONSOLE,
            f"{ORGANISATION}/cost_report",
            MONTHLY,
            console.asked(console.COST_CUTS),
            console.costs,
        ),
        Way(
            "enterprise",
            ENTERPRISE,
            IN_ENTERPRISE,
            f"{REPORTS}/user_cost_report",
            REVISED_MONTHLY,
            analytics.asked(analytics.USER_CUTS, OLD_WIDTH),
            analytics.user_costs,
            earliest=FIRST,
        ),
    )
)
USAGE = Choice(
    (
        Way(
            "analytics",
            ANALYTICS,
            IN_ANALYTICS,
            f"{REPORTS}/usage",
            REVISED_MONTHLY,
            analytics.asked(analytics.CUTS, WIDTH),
            analytics.usages,
            BETA,
            FIRST,
        ),
        Way(
            "analytics without workspaces and keys",
            ANALYTICS,
            IN_ANALYTICS,
            f"{REPORTS}/usage",
            REVISED_MONTHLY,
            analytics.asked(analytics.SEAT_CUTS, WIDTH),
            analytics.usages,
            BETA,
            FIRST,
        ),
        Way(
            "console",
            CONSOLE,
            IN_CONSOLE,
            f"{ORGANISATION}/usage_report/messages",
            MONTHLY,
            console.asked(console.USAGE_CUTS),
            console.usages,
        ),
        Way(
            "enterprise",
            ENTERPRISE,
            IN_ENTERPRISE,
            f"{REPORTS}/user_usage_report",
            REVISED_MONTHLY,
            analytics.asked(analytics.USER_CUTS, OLD_WIDTH),
            analytics.user_usages,
            earliest=FIRST,
        ),
    )
)
CLAUDE_CODE = Choice(
    (
        Way(
            "console",
            CONSOLE,
            _under(ANALYTICS, CONSOLE),
            f"{ORGANISATION}/usage_report/claude_code",
            DAILY,
            claude_code.asked,
            claude_code.day,
            is_one_page=True,
        ),
        Way(
            "enterprise",
            ENTERPRISE,
            _under(ANALYTICS, ENTERPRISE),
            f"{REPORTS}/users",
            FINISHED_DAILY,
            engagement.asked,
            engagement.users,
            earliest=FIRST,
            lag=timedelta(hours=10),
            is_one_page=True,
        ),
    )
)
RIGHT = "an admin key, or a key with read:analytics"
SOURCE = Source(
    kind="anthropic",
    title="Anthropic",
    vendor="anthropic",
    base="https://api.anthropic.com",
    settings=(
        Setting(
            "key", "An admin key of the Console, or a key with read:analytics", secret=True, required=True
        ),
        Setting(
            "generation",
            "auto, analytics, console or enterprise: which reports tell the money; auto takes the best that answers",
            default=AUTO,
        ),
        Setting("account", "The organisation's id, where the key may not ask for it"),
    ),
    streams=(
        Stream(
            "cost",
            "Costs",
            ("charges",),
            RIGHT,
            ("Spend", "Reconciliation"),
            COST.plan,
            COST.fetch,
            COST.parse,
        ),
        Stream(
            "usage", "Usage", ("usage",), RIGHT, ("Spend", "Models"), USAGE.plan, USAGE.fetch, USAGE.parse
        ),
        Stream(
            "claude_code",
            "Claude Code",
            ("activity", "usage"),
            RIGHT,
            ("Tools and seats", "People"),
            CLAUDE_CODE.plan,
            CLAUDE_CODE.fetch,
            CLAUDE_CODE.parse,
            optional=True,
        ),
        Stream(
            "seats",
            "Assigned seats",
            ("seats",),
            "a key with read:analytics of Claude Enterprise",
            ("Tools and seats",),
            Listed(_under(ANALYTICS, ENTERPRISE)),
            engagement.summaries,
            engagement.seats,
            optional=True,
        ),
        directory.stream(directory.WORKSPACES, "Workspaces", ("Spend by project", "Owners")),
        directory.stream(directory.KEYS, "API keys", ("Spend by key", "Owners")),
        directory.stream(directory.USERS, "Users", ("People",)),
        directory.stream(directory.SERVICES, "Service accounts", ("People", "Owners")),
    ),
    headers=lambda secrets, _told: {"x-api-key": secrets["key"], "anthropic-version": "2023-06-01"},
    note=(
        "Console: an organisation admin makes an admin key under Settings, Admin keys. Claude Enterprise: the primary "
        "owner makes a key with read:analytics under Organization settings, API."
    ),
    per_minute=60,
)
