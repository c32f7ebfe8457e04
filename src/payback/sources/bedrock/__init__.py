"""Amazon Bedrock (and GPU machines) in AWS: bill exports (CUR 2.0 or FOCUS) and model-invocation logs, from S3 or a folder.

Money is the export's; logs bring use without money, by which the ledger splits it. CloudWatch knows no caller and is not
read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.sources.bedrock import exports, invocations
from payback.sources.cloud.naming import MODELS
from payback.sources.source import Setting, Source, Stream
from payback.sources.stores import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

EXPORTS = Stream(
    name="exports",
    title="Bill export",
    tables=("charges",),
    needs="s3:ListBucket and s3:GetObject on the bucket of the data export",
    pages=("Spend", "Reconciliation"),
    plan=exports.plan,
    fetch=exports.fetch,
    parse=exports.parse,
)
INVOCATIONS = Stream(
    name="invocations",
    title="Model-invocation logs",
    tables=("usage",),
    needs="s3:ListBucket and s3:GetObject on the bucket of the invocation logs",
    pages=("Spend by person", "Spend by workflow", "Tokens"),
    plan=invocations.plan,
    fetch=invocations.fetch,
    parse=invocations.parse,
)


def _headers(_secrets: Mapping[str, str], _told: Mapping[str, object]) -> Mapping[str, str]:
    return {}


SOURCE = Source(
    kind="bedrock",
    title="Amazon Bedrock",
    vendor="aws",
    base="",
    settings=(
        Setting(
            "exports", "Where one CUR 2.0 or FOCUS data export lies: s3://bucket/prefix/export or a folder"
        ),
        Setting("logs", "Where model-invocation logs lie: s3://bucket/prefix or a folder"),
        Setting(
            "account", "The payer account's id, put on invocation logs, which name their own account only"
        ),
        MODELS,
        *SETTINGS,
    ),
    streams=(EXPORTS, INVOCATIONS),
    headers=_headers,
    note="Make a data export (CUR 2.0 with resources and IAM principal data) and give payback's role read access to its "
    "bucket; turn on model-invocation logging to S3 for use by request.",
)
