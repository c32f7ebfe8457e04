"""Net value and payback time as answers of metrics, from what is judged of the organisation, its teams and its workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.app.answering import ANSWERED
from payback.errors import PaybackError
from payback.insight.effect import ORGANISATION
from payback.metrics.answer import Found
from payback.metrics.question import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    from payback.access.facts import Ground
    from payback.access.scope import Scope
    from payback.app.paying_back import Judged, PayingBack
    from payback.metrics.answer import Answering
    from payback.metrics.question import Query

    Told = Callable[[Judged], "Decimal | None"]


def _net(end: str) -> Told:
    return lambda one: None if one.worth.net is None else getattr(one.worth.net, end)


def _months(place: int) -> Told:
    return lambda one: None if one.worth.payback is None else one.worth.payback[place]


FIGURES: Mapping[str, Told] = {
    "net_value": _net("point"),
    "net_value_low": _net("low"),
    "net_value_high": _net("high"),
    "payback_months": _months(1),
    "payback_months_low": _months(0),
    "payback_months_high": _months(2),
}


def functions(known: PayingBack) -> dict[str, Answering]:
    """The functions behind all answered metrics by name, these among them."""
    return {**ANSWERED, **{name: _answering(known, told) for name, told in FIGURES.items()}}


def _answering(known: PayingBack, told: Told) -> Answering:
    def answer(query: Query, scope: Scope, ground: Ground) -> Found:
        """One row for each team or workflow; the organisation as a whole, or the one team or workflow filtered by."""
        if query.currency not in {None, ground.currency}:
            raise PaybackError(
                f"what came back is told in {ground.currency} only; ask for it without a currency"
            )
        cut = (*query.by, *query.where)
        if len(set(cut)) > 1:
            raise PaybackError("what came back is told by team or by workflow, not by both at once")
        judged = known.judged(scope, query.period)
        kept = [
            one
            for one in judged
            if cut and one.kind == cut[0] and one.unit in query.where.get(cut[0], (one.unit,))
        ]
        whole = [one for one in judged if one.kind == ORGANISATION] if not query.where else kept
        rows = [({cut[0]: one.unit}, None, _figure(told(one))) for one in kept] if query.by else []
        total = told(whole[0]) if len(whole) == 1 else None
        return Found([row for row in rows if row[2].n], _figure(total))

    return answer


def _figure(value: Decimal | None) -> Figure:
    return Figure(value, value, None, int(value is not None), 0)
