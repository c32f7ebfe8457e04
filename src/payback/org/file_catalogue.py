"""What payback.toml tells besides people and teams.

[[tools]]
id = "cursor"
name = "Cursor"
vendor = "cursor"
purpose = "code"
owner = "ana"
team = "platform"

[[workflows]]
id = "ticket-triage"
name = "Ticket triage"
owner = "ana"
team = "support"
stages = [{ stage = "experiment", until = 2026-06-01 }, { stage = "production", from = 2026-06-01 }]   # or stage = "..."
useful_output = "output:triage"       # or merged_pr, ticket, story, qa_task, deploy
makes = [{ repository = "github.com/example/checkout", work_type = "debt" }]   # its changes and tickets, where requests do not say
task_type = "triage"
risk = "low"
data_class = "internal"
constraint = "review"
primary_metric = "lead_time"
guardrail_metrics = ["change_failure_rate"]

[[owners]]
kind = "key"
subject = "apikey_01"
owner = "ana"
from = 2026-02-01

[[repositories]]
name = "github.com/example/checkout"
team = "payments"

[[rate_cards]]
kind = "review"               # optional: without it the card is for all hours
team = "payments"             # optional
rate = "95.00"
currency = "EUR"
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from payback.errors import SettingsError
from payback.org.file_entries import entries, one_of, refuse_twice, span, texts
from payback.org.what import (
    MAKES,
    OWNED,
    STAGES,
    Catalogue,
    Makes,
    Ownership,
    RateCard,
    Stage,
    Tool,
    Workflow,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

RISKS = ("low", "medium", "high")


def catalogue(told: Mapping[str, Any], tz: ZoneInfo) -> Catalogue:
    """Tools, workflows, owners and rate cards. Raises SettingsError naming the entry that cannot be."""
    tools = tuple(_tool(entry, tz) for entry in entries(told, "tools"))
    workflows = tuple(_workflow(entry, tz) for entry in entries(told, "workflows"))
    refuse_twice("tools", [tool.tool_id for tool in tools])
    refuse_twice("workflows", [workflow.workflow_id for workflow in workflows])
    owners = [_ownership(entry, tz) for entry in entries(told, "owners", ("kind", "subject", "owner"))]
    owners += [
        Ownership("repository", str(entry["name"]), entry.get("owner"), str(entry["team"]), span(entry, tz))
        for entry in entries(told, "repositories", ("name", "team"))
    ]
    rates = tuple(_rate(entry, tz) for entry in entries(told, "rate_cards", ("rate", "currency")))
    return Catalogue((), tools, workflows, tuple(owners), rates)


def _tool(entry: dict[str, Any], tz: ZoneInfo) -> Tool:
    told = {
        name: entry.get(name) for name in ("vendor", "purpose", "owner", "team", "data_class", "approved")
    }
    return Tool(str(entry["id"]), str(entry.get("name", entry["id"])), **told, span=span(entry, tz))


def _workflow(entry: dict[str, Any], tz: ZoneInfo) -> Workflow:
    names = ("owner", "team", "task_type", "data_class", "useful_output", "constraint", "primary_metric")
    return Workflow(
        str(entry["id"]),
        str(entry.get("name", entry["id"])),
        **{name: entry.get(name) for name in names},
        risk=one_of(entry, "risk", RISKS),
        guardrail_metrics=texts(entry, "guardrail_metrics"),
        stages=_stages(entry, tz),
        makes=tuple(_makes(one, entry) for one in entry.get("makes", ())),
    )


def _makes(one: object, entry: Mapping[str, Any]) -> Makes:
    """One rule of the work that a workflow makes. SettingsError for one that is empty or asks for what is not known."""
    if not isinstance(one, dict) or not one or not all(isinstance(value, str) for value in one.values()):
        raise SettingsError(
            f'makes of workflow {entry["id"]!r} is a list of rules: [{{ repository = "...", work_type = "..." }}]'
        )
    if strange := sorted(set(one) - set(MAKES)):
        raise SettingsError(
            f"makes of workflow {entry['id']!r} cannot look at {strange[0]!r}; it can at {', '.join(MAKES)}"
        )
    return Makes(**one)


def _stages(entry: dict[str, Any], tz: ZoneInfo) -> tuple[Stage, ...]:
    if stage := one_of(entry, "stage", STAGES):
        return (Stage(stage),)
    return tuple(
        Stage(stage, span(one, tz))
        for one in entry.get("stages", ())
        if (stage := one_of(one, "stage", STAGES))
    )


def _ownership(entry: dict[str, Any], tz: ZoneInfo) -> Ownership:
    kind = one_of(entry, "kind", OWNED) or ""
    return Ownership(kind, str(entry["subject"]), str(entry["owner"]), entry.get("team"), span(entry, tz))


def _rate(entry: dict[str, Any], tz: ZoneInfo) -> RateCard:
    try:
        rate = Decimal(str(entry["rate"]))
    except InvalidOperation:
        raise SettingsError(f"[[rate_cards]] rate = {entry['rate']!r} is not an amount") from None
    return RateCard(rate, str(entry["currency"]), entry.get("kind"), entry.get("team"), span(entry, tz))
