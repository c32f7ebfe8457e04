"""Usage and Cost Analytics, and the older reports per user of Claude Enterprise: rows per group, amounts as text in cents.

Both say the same; the newer puts the group and its figures into objects of their own. Never cut by `rbac_group_id`: a
person in two groups would count twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from payback.ledger.batches import digest
from payback.ledger.entries import Charge, Usage
from payback.sources.amounts import cents, count, instant
from payback.sources.anthropic.reply import NOTHING, each, part, rfc3339, word
from payback.sources.anthropic.tokens import API, VENDOR, tokens, tool_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from payback.ledger.entries import Entry, Rejected
    from payback.sources.anthropic.reply import Params, Row
    from payback.sources.source import Context, Page, Slice

CUTS = ("product", "workspace_id", "api_key_id", "model", "actor")
SEAT_CUTS = ("product", "model", "context_window", "inference_geo", "actor")
USER_CUTS = ("product", "model", "context_window", "inference_geo", "speed")
LINE = ("product", "workspace_id", "api_key_id", "model", "context_window", "inference_geo", "speed")
MOST = "1000"


class Who(NamedTuple):
    """Whom a row names: the vendor's id, the actor as the ledger wants it, the key where it is one."""

    id: str | None
    actor: str | None = None
    api_key: str | None = None


class Line(NamedTuple):
    """One row: its group, its figures, and the stretch it tells of, as written."""

    group: Row
    figures: Row
    row: Row


def asked(
    cuts: tuple[str, ...], width: str, order: tuple[tuple[str, str], ...] = ()
) -> Callable[[Slice], Params]:
    """How a slice is asked for with these cuts, by days; `width` is what this generation calls the length of a bucket."""

    def params(slice_: Slice) -> Params:
        return [
            ("starting_at", rfc3339(slice_.since)),
            ("ending_at", rfc3339(slice_.until)),
            (width, "1d"),
            *(("group_by[]", cut) for cut in cuts),
            *order,
            ("limit", MOST),
        ]

    return params


def costs(page: Page, context: Context) -> Iterator[Entry | Rejected]:
    """A charge per group and day of the analytics report."""
    return _rows(page, context, lambda row: _charge(_grouped(row, "cost"), page, context))


def usages(page: Page, context: Context) -> Iterator[Entry | Rejected]:
    """Use per group and day of the analytics report."""
    return _rows(page, context, lambda row: _usage(_grouped(row, "usage"), page, context))


def user_costs(page: Page, context: Context) -> Iterator[Entry | Rejected]:
    """A charge per user, product and day of the Enterprise report."""
    return _rows(page, context, lambda row: _charge(Line(row, row, row), page, context))


def user_usages(page: Page, context: Context) -> Iterator[Entry | Rejected]:
    """Use per user, product and day of the Enterprise report."""
    return _rows(page, context, lambda row: _usage(Line(row, row, row), page, context))


def who(told: Any) -> Who:
    """Whom an actor object names: a person by e-mail where there is one, a service account, or a key."""
    actor = part(told, "actor")
    match actor.get("type"):
        case "user_actor":
            identity = word(actor.get("user_id"))
            address = word(actor.get("email_address")) or word(actor.get("email"))
            return Who(identity or address, address or identity)
        case "service_account_actor":
            identity = word(actor.get("service_account_id"))
            return Who(identity, identity)
        case "federated_actor":
            identity = f"{actor.get('provider')}:{actor.get('subject')}"
            return Who(identity, identity)
        case "api_actor":
            key = word(actor.get("api_key_id")) or word(actor.get("api_key_name"))
            return Who(key, None, key)
    return Who(orjson.dumps(dict(actor), option=orjson.OPT_SORT_KEYS).decode() if actor else None)


def _rows(page: Page, context: Context, read: Callable[[Row], Entry]) -> Iterator[Entry | Rejected]:
    return each(page, context, lambda row: [read(row)])


def _grouped(row: Row, figures: str) -> Line:
    return Line(part(row.get("group"), "group"), part(row.get(figures), figures), row)


def _account(page: Page) -> str | None:
    """The organisation that was asked for, else the one the reply names."""
    body: Mapping[str, Any] = page.body if isinstance(page.body, dict) else NOTHING
    return page.about.get("account") or word(body.get("organization_id"))


def _id(line: Line, context: Context, person: Who) -> str:
    start = instant(line.row.get("starting_at"))
    return digest(context.source, start, person.id, *(line.group.get(name) for name in LINE))


def _charge(line: Line, page: Page, context: Context) -> Charge:
    amount = cents(line.figures.get("amount"))
    if amount is None:
        raise ValueError("the row has no amount")
    group, person = line.group, who(line.group.get("actor"))
    requests = line.figures.get("requests")
    product = word(group.get("product"))
    return Charge(
        charge_id=_id(line, context, person),
        vendor=VENDOR,
        charge_period_start=instant(line.row.get("starting_at")),
        charge_period_end=instant(line.row.get("ending_at")),
        source=context.source,
        precedence="billing_api",
        currency=str(line.figures.get("currency") or "USD"),
        account=_account(page),
        sub_account=word(group.get("workspace_id")),
        service=product,
        tool=tool_of(product),
        model=word(group.get("model")),
        billed_cost=amount,
        effective_cost=amount,
        list_cost=cents(line.figures.get("list_amount")),
        quantity=None if requests is None else float(count(requests)),
        unit=None if requests is None else "requests",
        actor=person.actor,
        api_key=word(group.get("api_key_id")) or person.api_key,
        details={
            f"x_{name}": str(group[name])
            for name in ("context_window", "inference_geo", "speed")
            if word(group.get(name))
        },
    )


def _usage(line: Line, page: Page, context: Context) -> Usage:
    group, figures, person = line.group, line.figures, who(line.group.get("actor"))
    start, end = instant(line.row.get("starting_at")), instant(line.row.get("ending_at"))
    product = word(group.get("product"))
    total = figures.get("total_tokens")
    return Usage(
        usage_id=_id(line, context, person),
        occurred_at=start,
        bucket_seconds=int((end - start).total_seconds()),
        vendor=VENDOR,
        tool=tool_of(product) or API,
        source=context.source,
        precedence="usage_api",
        account=_account(page),
        project=word(group.get("workspace_id")),
        api_key=word(group.get("api_key_id")) or person.api_key,
        actor=person.actor,
        model=word(group.get("model")),
        payment="metered" if product and tool_of(product) is None else None,
        service_tier="batch" if product == "message_batches_api" else None,
        speed=word(group.get("speed")),
        region=word(group.get("inference_geo")),
        context_window=word(group.get("context_window")),
        requests=count(figures.get("requests")),
        reported_tokens=None if total is None else count(total),
        **tokens(figures),
    )
