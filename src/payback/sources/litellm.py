"""LiteLLM, the gateway: its spend log as use (never as money: providers bill that), its keys, users and teams as identities.

The log is read from the database where the setting `database` gives one, else page by page from the proxy.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.errors import SettingsError
from payback.sources import litellm_proxy, litellm_table
from payback.sources.litellm_directory import DIRECTORY
from payback.sources.litellm_rows import parse_logs
from payback.sources.source import Every, Setting, Source, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from payback.sources.source import Ask, Page, Plan, Slice

WINDOWS = Every(most=timedelta(days=1), restated=timedelta(days=2))


def plan_logs(plan: Plan) -> Iterator[Slice]:
    """Days of the log: all of the last two again, or, from the database, those in which a row changed."""
    if "database" in plan.secrets:
        yield from litellm_table.plan(plan, WINDOWS)
    else:
        yield from WINDOWS(plan)


def fetch_logs(ask: Ask) -> Iterator[Page]:
    """One day of the log, the latest request first, so that a failure is known to have been tried again."""
    yield from litellm_table.fetch(ask) if "database" in ask.secrets else litellm_proxy.fetch(ask)


def _headers(secrets: Mapping[str, str], _told: Mapping[str, Any]) -> Mapping[str, str]:
    if not {"key", "database"} & set(secrets):
        raise SettingsError(
            "a LiteLLM source needs key (an admin key of the proxy) or database (its PostgreSQL)"
        )
    return {"authorization": f"Bearer {secrets['key']}"} if "key" in secrets else {}


LOGS = Stream(
    name="logs",
    title="requests",
    tables=("usage",),
    needs="a key of a proxy admin or proxy admin viewer, or SELECT on LiteLLM_SpendLogs",
    pages=("Spend by tool, model, team and workflow", "Runs"),
    plan=plan_logs,
    fetch=fetch_logs,
    parse=parse_logs,
)


def _streams() -> Iterable[Stream]:
    yield LOGS
    yield from DIRECTORY


SOURCE = Source(
    kind="litellm",
    title="LiteLLM",
    vendor="litellm",
    base="http://localhost:4000",
    settings=(
        Setting("key", "An admin key of the proxy (proxy_admin_viewer is enough)", secret=True),
        Setting("database", "The proxy's PostgreSQL, as postgresql://user:password@host/name", secret=True),
        Setting("account", "The account at the vendors that this proxy's requests are billed to"),
        Setting("teams", "A table: LiteLLM's team id or alias to the team's id in payback"),
        Setting(
            "self_hosted_vendor",
            "The vendor of models that run on the organisation's own GPUs",
            default="gpu_cluster",
        ),
    ),
    streams=tuple(_streams()),
    headers=_headers,
    note="Make a key for a user with the role proxy_admin_viewer, or a database user with SELECT on the columns listed in the docs.",
)
