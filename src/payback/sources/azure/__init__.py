"""Azure OpenAI and AI Foundry: FocusCost exports from blobs or a folder, and token metrics from Azure Monitor.

Money is the export's. Metrics name deployments and no callers; they split the money and never add to it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from payback.sources.azure import exports, monitor
from payback.sources.cloud.naming import MODELS
from payback.sources.source import Every, Setting, Source, Stream
from payback.sources.stores import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

EXPORTS = Stream(
    name="exports",
    title="Cost export",
    tables=("charges",),
    needs="Storage Blob Data Reader on the container of the export",
    pages=("Spend", "Reconciliation"),
    plan=exports.plan,
    fetch=exports.fetch,
    parse=exports.parse,
)
METRICS = Stream(
    name="metrics",
    title="Token metrics",
    tables=("usage",),
    needs="Monitoring Reader on the AI resources",
    pages=("Tokens", "Spend by deployment"),
    plan=monitor.plan_of(Every(timedelta(days=7), timedelta(days=2), timedelta(days=92))),
    fetch=monitor.fetch,
    parse=monitor.parse,
)


def _headers(secrets: Mapping[str, str], _told: Mapping[str, object]) -> Mapping[str, str]:
    return {"authorization": f"Bearer {secrets['token']}"} if "token" in secrets else {}


SOURCE = Source(
    kind="azure",
    title="Azure OpenAI",
    vendor="azure",
    base="https://management.azure.com",
    settings=(
        Setting("exports", "Where one FocusCost export lies: abfss://container@account… or a folder"),
        Setting("resources", "Resource ids whose token metrics are read"),
        Setting("token", "An Entra access token for management.azure.com, for the metrics", secret=True),
        Setting("account", "The billing account's id, put on metrics, which name none"),
        MODELS,
        *SETTINGS,
    ),
    streams=(EXPORTS, METRICS),
    headers=_headers,
    note="Make a daily FocusCost export in Cost Management and give payback Storage Blob Data Reader on its container; "
    "Monitoring Reader on the AI resources opens the metrics.",
)
