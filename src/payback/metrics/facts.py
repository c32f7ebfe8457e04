"""The facts that metrics measure: which table, which time, which cuts. Values only."""

from __future__ import annotations

from payback.metrics.vocabulary import Fact, Only, RollUp, Test
from payback.period import Grain

CONTEXT = ("input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens")
ALL_TOKENS = (*CONTEXT, "output_tokens")

_USED_BY = (
    ("team", "team"),
    ("person", "person"),
    ("tool", "tool"),
    ("vendor", "vendor"),
    ("model", "model"),
    ("workflow", "workflow"),
    ("environment", "environment"),
    ("task_type", "task_type"),
    ("repo", "repo"),
    ("branch", "branch"),
    ("agent", "agent"),
    ("account", "account"),
    ("project", "project"),
    ("cost_center", "cost_center"),
    ("source", "source"),
    ("session", "session_id"),
    ("run", "run_id"),
)
_REQUESTS = (*_USED_BY, ("error", "error"), ("quality", "quality"))
_COUNTED = (Only("told_elsewhere", Test.UNKNOWN),)
_WHO = (("who", ("person", "actor")),)

SPEND = Fact(
    name="spend",
    table="spend",
    time="day",
    currency="currency",
    reporting=tuple((name, f"reporting_{name}") for name in ("billed", "amortised", "list")),
    cuts=(
        *_USED_BY,
        ("api_key", "api_key"),
        ("owner", "owner"),
        ("ai_class", "ai_class"),
        ("pull_request", "pull_request"),
        ("ticket", "ticket"),
        ("basis", "basis"),
        ("allocation", "allocation"),
        ("reconciled", "reconciled"),
        ("currency", "currency"),
    ),
)
EFFORT_COSTS = Fact(
    name="effort_costs",
    table="effort_costs",
    time="day",
    currency="currency",
    reporting=(("cost", "reporting_cost"),),
    cuts=(
        ("team", "team"),
        ("person", "person"),
        ("tool", "tool"),
        ("workflow", "workflow"),
        ("repo", "repo"),
        ("work_type", "work_type"),
        ("pull_request", "pull_request"),
        ("line", "kind"),
        ("how", "how"),
        ("source", "source"),
        ("currency", "currency"),
    ),
    always=(Only("replaced", Test.IS, (False,)),),
)
USAGE_HOURLY = Fact(
    name="usage_hourly",
    table="usage_hourly",
    time="hour",
    weight="rows",
    finer="usage",
    cuts=_REQUESTS,
    first_known=_WHO,
    always=_COUNTED,
)
USAGE = Fact(
    name="usage",
    table="usage",
    time="occurred_at",
    cuts=_REQUESTS,
    first_known=_WHO,
    always=_COUNTED,
)
RUNS = Fact(
    name="runs",
    table="usage_hourly",
    time="hour",
    finer="usage",
    cuts=_USED_BY,
    always=(Only("run_id", Test.KNOWN),),
    roll_up=RollUp(
        keys=("tool", "session_id", "run_id"),
        sums=("list_usd",),
        void="unpriced_tokens",
        before=7,
        after=7,
    ),
)
_PEOPLES = (
    ("team", "team"),
    ("person", "person"),
    ("tool", "tool"),
    ("cost_center", "cost_center"),
    ("source", "source"),
)
_USED = (Only("active", Test.IS, (True,)),)
_SEATS = (*_PEOPLES, ("vendor", "vendor"), ("currency", "currency"))

USE_DAYS = Fact(name="use_days", table="use_days", time="day", cuts=_PEOPLES)
USE_WEEKS = Fact(
    name="use_weeks",
    table="use_days",
    time="day",
    cuts=_PEOPLES,
    always=_USED,
    roll_up=RollUp(keys=("who",), by_week=True, after=6),
    grains=(Grain.WEEK, Grain.MONTH, Grain.FISCAL_QUARTER),
)
USER_WEEKS = Fact(
    name="user_weeks",
    table="user_weeks",
    time="week",
    cuts=(("team", "team"), ("person", "person"), ("tool", "tool")),
    always=_USED,
    grains=(Grain.WEEK, Grain.MONTH, Grain.FISCAL_QUARTER),
)
SEAT_DAYS = Fact(name="seat_days", table="seat_days", time="day", currency="currency", cuts=_SEATS)
SEATS = Fact(
    name="seats", table="seat_days", time="day", currency="currency", cuts=_SEATS, standing="is_latest"
)
SURVEYS = Fact(
    name="surveys",
    table="surveys",
    time="day",
    cuts=(("team", "team"), ("person", "person"), ("question", "question"), ("source", "source")),
)
STEP_SPEND = Fact(
    name="step_spend",
    table="step_spend",
    time="hour",
    cuts=(
        ("team", "team"),
        ("tool", "tool"),
        ("vendor", "vendor"),
        ("model", "model"),
        ("repo", "repo"),
        ("branch", "branch"),
        ("project", "project"),
        ("source", "source"),
        ("session", "session_id"),
        ("run", "run_id"),
        ("kind", "kind"),
    ),
)
CODE_FATES = Fact(
    name="code_fates",
    table="code_fates",
    time="committed_at",
    cuts=(
        ("team", "team"),
        ("tool", "tool"),
        ("repo", "repo"),
        ("ai_class", "ai_class"),
        ("source", "source"),
    ),
)
_CHANGES = (
    ("team", "team"),
    ("person", "person"),
    ("repo", "repo"),
    ("branch", "head_branch"),
    ("tool", "main_tool"),
    ("model", "main_model"),
    ("workflow", "workflow"),
    ("work_type", "work_type"),
    ("size_band", "size_band"),
    ("ai_class", "ai_class"),
    ("exposure", "exposure"),
    ("pull_request", "pull_request_id"),
    ("source", "source"),
)
_MERGED = (Only("state", Test.IS, ("merged",)),)

WORK = Fact(name="work", table="work", time="merged_day", cuts=_CHANGES, always=_MERGED)
WORK_READY = Fact(name="work_ready", table="work", time="ready_at", cuts=_CHANGES)
WORK_OPEN = Fact(name="work_open", table="work", time="created_at", cuts=_CHANGES)
WORK_IN_PRODUCTION = Fact(
    name="work_in_production", table="work", time="deployed_day", cuts=_CHANGES, always=_MERGED
)
DEVELOPER_DAYS = Fact(
    name="developer_days",
    table="developer_days",
    time="day",
    cuts=(("team", "team"), ("person", "person")),
)
DEPLOYMENTS = Fact(
    name="production_deployments",
    table="production_deployments",
    time="finished_day",
    cuts=(
        ("team", "team"),
        ("repo", "repo"),
        ("ai_class", "ai_class"),
        ("ai_share", "ai_share"),
        ("workflow", "workflow"),
        ("source", "source"),
    ),
)
_TICKETS = (
    ("team", "team"),
    ("person", "person"),
    ("project", "project"),
    ("workflow", "workflow"),
    ("work_type", "work_type"),
    ("ai_class", "ai_class"),
    ("ticket", "ticket_id"),
    ("source", "source"),
)
TICKETS = Fact(name="work_items", table="work_items", time="resolved_day", cuts=_TICKETS)
TICKETS_STARTED = Fact(
    name="work_items_started",
    table="work_items",
    time="started_at",
    cuts=_TICKETS,
    always=(Only("status_category", Test.IS, ("in_progress", "done")),),
)
COMMITMENTS = Fact(
    name="sprint_items",
    table="sprint_items",
    time="ended_day",
    cuts=(
        ("team", "team"),
        ("work_type", "work_type"),
        ("ai_class", "ai_class"),
        ("sprint", "sprint"),
        ("ticket", "ticket_id"),
        ("source", "source"),
    ),
)
PIECES = Fact(
    name="pieces",
    table="pieces",
    time="day",
    cuts=(
        ("workflow", "workflow"),
        ("team", "team"),
        ("tool", "tool"),
        ("model", "model"),
        ("task_type", "task_type"),
        ("repo", "repo"),
        ("output", "kind"),
        ("source", "source"),
    ),
)
OUTPUTS = Fact(
    name="outputs",
    table="outputs",
    time="produced_at",
    cuts=(("workflow", "workflow"), ("output", "kind"), ("run", "run_id"), ("source", "source")),
)
