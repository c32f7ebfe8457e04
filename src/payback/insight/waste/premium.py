"""Premium models on tasks of low risk: the dearest model of a kind of work, where a gain that would matter can be ruled out. Pure."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from payback.insight.finding import ACCEPT, CHANGE_MODEL, RESTRICT, Evidence, Finding
from payback.insight.waste.worked import MONTH, amount
from payback.metrics.premium import NOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from payback.metrics.comparing import Comparison, Side, Yardstick

KIND = "premium-on-low-stakes"
SUBJECT = "task_type"
LOW = "low"
DEARER = Decimal("1.5")
OPTIONS = (CHANGE_MODEL, RESTRICT, ACCEPT)


def premium_on_low_stakes(
    compared: Iterable[Comparison], days: int, owners: Mapping[str, str] | None = None
) -> tuple[Finding, ...]:
    """One finding per kind of work of low risk on which the dearest model costs half as much again a piece, or more, and the
    verdict is `not`.
    `days` is how many the comparison looks at; `owners` who answers for a kind of work.
    """
    found: dict[str, Finding] = {}
    for one in compared:
        for told in _one(one, days, owners or {}):
            before = found.get(told.id)
            if before is None or (before.stake or 0) < (told.stake or 0):
                found[told.id] = told
    return tuple(found.values())


def _one(one: Comparison, days: int, owners: Mapping[str, str]) -> Iterator[Finding]:
    premium, others = one.premium.cost, one.others.cost
    if one.work is None or one.risk != LOW or one.verdict.word != NOT or premium is None or others is None:
        return
    if premium < DEARER * others:
        return
    over = (premium - others) * one.premium.pieces
    model, rest = one.premium.models[0], ", ".join(one.others.models)
    yield Finding(
        KIND,
        SUBJECT,
        one.work,
        f"{model} on {one.work}, a task of low risk, costs {amount(premium)} a piece where others cost {amount(others)}, "
        f"and {one.verdict.why}.",
        f"Make {rest} the model of {one.work}, and keep {model} for what is of higher risk.",
        owners.get(one.work),
        (over * MONTH / days).quantize(Decimal("0.01"), ROUND_HALF_EVEN),
        evidence=(
            _side(one.premium, one.by),
            _side(one.others, one.by),
            Evidence("the verdict with its interval", one.by.again, "/unit-costs#premium"),
        ),
        options=OPTIONS,
    )


def _side(side: Side, by: Yardstick) -> Evidence:
    told = f"{', '.join(side.models)}: {side.again.bad} of {side.again.n} done again, {amount(side.cost or Decimal(0))} a piece"
    return Evidence(
        told, by.cost, f"/metrics/{by.cost}?{urlencode([('model', model) for model in side.models])}"
    )
