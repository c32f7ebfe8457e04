"""Google Vertex AI and Gemini: the billing export to BigQuery, as files or through BigQuery itself, and its FOCUS view.

One of the two tells of the same money, so one is set. The bill names projects and labels, and no callers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.sources.cloud.naming import MODELS
from payback.sources.source import Setting, Source, Stream
from payback.sources.stores import SETTINGS
from payback.sources.vertex import billing

if TYPE_CHECKING:
    from collections.abc import Mapping

BILLING = Stream(
    name="billing",
    title="Billing export",
    tables=("charges",),
    needs="Storage Object Viewer on the bucket, or BigQuery Data Viewer on the dataset and BigQuery Job User",
    pages=("Spend", "Reconciliation"),
    plan=billing.plan,
    fetch=billing.fetch,
    parse=billing.parse,
)


def _headers(secrets: Mapping[str, str], _told: Mapping[str, object]) -> Mapping[str, str]:
    return {"authorization": f"Bearer {secrets['token']}"} if "token" in secrets else {}


SOURCE = Source(
    kind="vertex",
    title="Google Vertex AI",
    vendor="google",
    base="https://bigquery.googleapis.com",
    settings=(
        Setting("exports", "Where files of the billing export lie: gs://bucket/path or a folder"),
        Setting("table", "The billing export in BigQuery: project.dataset.table"),
        Setting("project", "The project that pays for queries; else the table's own"),
        Setting("token", "A Google access token, for BigQuery", secret=True),
        Setting("account", "The billing account's id, where rows name none"),
        MODELS,
        *SETTINGS,
    ),
    streams=(BILLING,),
    headers=_headers,
    note="Turn on the detailed billing export to BigQuery; give payback's account BigQuery Data Viewer on that dataset and "
    "BigQuery Job User on a project.",
)
