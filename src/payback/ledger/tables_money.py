"""Money: charges as billed or contracted, seats, hours of people, and the attributed spend derived from them."""

from __future__ import annotations

from payback.ledger.columns import PROVENANCE, count, day, flag, instant, key, money, real, tags, text
from payback.warehouse.contract import Table

CHARGES = Table(
    "charges",
    "One line of money as billed or contracted, in FOCUS terms.",
    (
        key("charge_id", "deterministic"),
        text("vendor", "ServiceProviderName", required=True),
        text("account", "BillingAccountId"),
        text("sub_account", "SubAccountId: project, workspace, subscription"),
        text("service", "ServiceName"),
        text("sku", "SkuId or the line's description"),
        text("tool", "the tool it pays for, where the line says so"),
        text("model", "the model it pays for, where the line says so"),
        text("charge_category", "Usage, Purchase, Tax, Credit, Adjustment", required=True),
        text("charge_class", "Correction, or NULL"),
        instant("charge_period_start", "ChargePeriodStart", required=True),
        instant("charge_period_end", "ChargePeriodEnd, exclusive", required=True),
        money("billed_cost", "BilledCost: cash asked for"),
        money("effective_cost", "EffectiveCost: amortised over what it covers"),
        money("list_cost", "ListCost: at public price"),
        text("currency", "BillingCurrency", required=True),
        real("quantity", "ConsumedQuantity"),
        text("unit", "ConsumedUnit"),
        text("invoice_id", "InvoiceId"),
        text("actor", "the identity the line names"),
        text("api_key", "the id of the key the line names, never the key"),
        text(
            "precedence",
            "invoice, billing_api, cloud_export, usage_api, gateway, telemetry, local_log, entered",
        ),
        tags("tags", "Tags"),
        tags("details", "further columns of the bill as text, by FOCUS name (x_ where FOCUS has none)"),
        *PROVENANCE,
    ),
    key=("charge_id",),
    time="charge_period_start",
)

SEATS = Table(
    "seats",
    "One licence of one person for one tool over one interval.",
    (
        key("seat_id", "deterministic"),
        text("tool", "the tool", required=True),
        text("vendor", "the vendor"),
        text("person", "the person or identity it is assigned to"),
        text("plan", "the plan's name"),
        instant("valid_from", "assigned", required=True),
        instant("valid_until", "taken back, exclusive; NULL while assigned"),
        money("price", "price of one billing interval"),
        text("currency", "its currency"),
        text("interval", "month or year"),
        day("renews_on", "the next renewal"),
        day("ends_on", "its last day, where it is cancelled and runs out"),
        instant("last_active_at", "last use as the vendor reports it"),
        *PROVENANCE,
    ),
    key=("seat_id",),
    time="valid_from",
)

EFFORT = Table(
    "effort",
    "Hours of people that AI use takes or saves.",
    (
        key("effort_id", "deterministic"),
        day("day", "the day", required=True),
        text(
            "kind", "enablement, review, qa, defect_triage, correction, rework, incident, ...", required=True
        ),
        text("person", "whose hours"),
        text("team", "whose team"),
        text("workflow", "for which workflow"),
        text("output_id", "for which output"),
        real("hours", "hours"),
        money("rate", "price of one hour"),
        text("currency", "its currency"),
        flag("measured", "measured from events; else entered by a person"),
        *PROVENANCE,
    ),
    key=("effort_id",),
)

EFFORT_COSTS = Table(
    "effort_costs",
    "Hours that AI use took or saved, with their price: as entered, or of one change beside like changes without AI.",
    (
        key("effort_cost_id", "deterministic"),
        day("day", "the day of the hours, or of the merge", required=True),
        text(
            "kind",
            "enablement, review, qa, defect_triage, correction, rework, incident, security_review, support, other",
            required=True,
        ),
        text("about", "the kind as it was told"),
        text("how", "entered, measured (from events, or by a time tracker), assumed", required=True),
        text("basis", "the rule that made hours of what is known", required=True),
        text("person", "whose hours; of a change, its author"),
        text("team", "the team"),
        text("workflow", "the workflow; of a change, the one that it is the output of"),
        text("tool", "the tool that took most of the change's money"),
        text("repo", "the repository"),
        text("work_type", "the kind of work"),
        text("pull_request", "the change"),
        text("output_id", "the piece of output"),
        real("hours", "what is counted; of a change, `took` less `expected`, which may be below zero"),
        real("took", "hours of the change"),
        real("expected", "mean hours of the changes without AI that it is held against"),
        real("expected_error", "standard error of that mean, by author"),
        text("matched_with", "which those are: repository, kind of work, quarter"),
        count("matched", "how many they are"),
        count("matched_authors", "of how many authors"),
        money("rate", "price of one hour; NULL where no rate card says"),
        text("currency", "its currency", required=True),
        money("cost", "hours × rate"),
        money("reporting_cost", "in the organisation's currency, by the rate of the day; NULL without one"),
        flag("replaced", "hours were entered for the same, and count in its place"),
        *PROVENANCE,
    ),
    key=("effort_cost_id",),
    time="day",
    derived=True,
)

SURVEYS = Table(
    "surveys",
    "One answer.",
    (
        key("answer_id", "deterministic"),
        day("day", "the day", required=True),
        text("team", "the team"),
        text("person", "the person or a pseudonym"),
        text("question", "trust, reliance, team_health, ...", required=True),
        real("value", "the answer"),
        flag("licensed", "has a licence"),
        flag("uses_ai", "uses AI"),
        *PROVENANCE,
    ),
    key=("answer_id",),
)

SPEND = Table(
    "spend",
    "Attributed money: one row per charge × share, or per group of requests at list price.",
    (
        key("spend_id", "deterministic"),
        day("day", "day of the organisation's zone", required=True),
        text("vendor", "who is paid"),
        text("account", "the vendor's account"),
        text("project", "the vendor's project or workspace"),
        text("api_key", "the id of the vendor's key"),
        text("tool", "the tool"),
        text("model", "the model"),
        text("team", "the team; NULL is unattributed"),
        text("person", "the person"),
        text("cost_center", "the cost centre"),
        text("workflow", "the workflow"),
        text("task_type", "the type of task"),
        text("environment", "experiment or production"),
        text("owner", "who answers for it"),
        text("agent", "the agent"),
        text("run_id", "the instruction"),
        text("session_id", "the conversation"),
        text("repo", "the repository"),
        text("branch", "the branch"),
        text("pull_request", "the pull request, as repo#number"),
        text("ticket", "the ticket"),
        text("deployment", "the deployment"),
        text("output_id", "the piece of output"),
        text("ai_class", "agent_authored, agent_assisted, none_detected"),
        text("source", "the source of the charge or the requests", required=True),
        money("billed", "cash asked for"),
        money("amortised", "spread over the days it covers"),
        money("list", "units × public price; NULL is unpriced"),
        text("currency", "the currency of the three amounts", required=True),
        money(
            "reporting_billed",
            "billed in the organisation's currency, by the rate of the day; NULL without a rate",
        ),
        money("reporting_amortised", "amortised in the organisation's currency"),
        money("reporting_list", "list in the organisation's currency"),
        count("unpriced_tokens", "tokens without a price behind this row", required=True),
        count("tokens", "tokens behind this row", required=True),
        count("requests", "answered requests behind this row", required=True),
        text("basis", "the rule that placed this row here", required=True),
        text("allocation", "the rule that split shared money onto this row's team; NULL where none did"),
        text(
            "reconciled",
            "of a share: explained (by known use), unexplained, fixed (seats, credits, tax); of use: invoiced, "
            "not_invoiced, seat (a flat fee covers it), own_key",
        ),
        text("charge_id", "the charge it is a share of; NULL for list-price rows of requests"),
        instant("synced_at", "when it was derived", required=True),
    ),
    key=("spend_id",),
    time="day",
    derived=True,
)

EXCHANGE_RATES = Table(
    "exchange_rates",
    "What one unit of a currency was worth in another on a day.",
    (
        day("day", "the day", required=True),
        text("currency", "from", required=True),
        text("into", "to", required=True),
        real("rate", "units of `into` for one unit of `currency`"),
        *PROVENANCE,
    ),
    key=("day", "currency", "into"),
)

TABLES = (CHARGES, SEATS, EFFORT, EFFORT_COSTS, SURVEYS, SPEND, EXCHANGE_RATES)
