"""Workflows whose calls are cheap and whose output is dear afterwards: what people do to it costs a multiple of the model,
and more of it comes back than of other workflows' output. Pure.

What people do costs more than a model almost everywhere, so money alone says nothing; the share that was corrected, reopened
or sent to someone else must lie above that of the others, beyond chance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from payback.insight.effect import WORKFLOW
from payback.insight.finding import ACCEPT, CHANGE_MODEL, REDUCE, RESTRICT, Evidence, Finding
from payback.insight.waste.worked import SAID, times
from payback.metrics.premium import FEWEST, Again, difference

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from payback.insight.waste.worked import Worked

KIND = "downstream-costly"
DEARER = 3
APART, AT_LEAST = 0.05, 0.25
OPTIONS = (CHANGE_MODEL, RESTRICT, REDUCE, ACCEPT)


def downstream_costly(workflows: Sequence[Worked]) -> tuple[Finding, ...]:
    """One finding per workflow whose downstream money is at least three times that of its model, while a quarter or more of
    its output came back in some way: beyond chance 5 points more than of the other workflows, or, where those tell too
    little, a quarter at the lower end of its interval. Silent under 20 pieces of which it is known, and without money told.
    """
    return tuple(found for one in workflows for found in _one(one, workflows))


def _one(one: Worked, workflows: Sequence[Worked]) -> Iterator[Finding]:
    model, after = one.now.model_cost, one.downstream
    if not model or after is None or after < DEARER * model or one.now.pieces < FEWEST:
        return
    others = [other for other in workflows if other.workflow != one.workflow]
    back = [metric for metric in SAID if _comes_back(one, others, metric)]
    if not back:
        return
    said = " and ".join(f"{one.came_back[metric].share:.0%} of it was {SAID[metric]}" for metric in back)
    month = one.now.a_month(after)
    yield Finding(
        KIND,
        WORKFLOW,
        one.workflow,
        f"{one.name} is cheap to call and costly afterwards: what follows costs {times(after / model)} the model, and {said}.",
        f"Try a better model or prompt on {one.name} for two weeks and watch what comes back, before anything else is cut.",
        one.owner,
        month,
        evidence=(
            Evidence(
                f"{one.say(after)} of hours after it, {one.say(model)} of model",
                "downstream_cost",
                _page(one),
            ),
            *(
                Evidence(
                    f"{one.came_back[metric].bad} of {one.came_back[metric].n} {SAID[metric]}",
                    metric,
                    f"/metrics/{metric}?workflow={quote(one.workflow, safe='')}",
                )
                for metric in back
            ),
        ),
        currency=one.currency,
        options=OPTIONS,
        metric="workflow_full_unit_cost",
    )


def _comes_back(one: Worked, others: Sequence[Worked], metric: str) -> bool:
    own = one.came_back.get(metric)
    if own is None or own.n < FEWEST or own.share < AT_LEAST:
        return False
    told = [again for other in others if (again := other.came_back.get(metric)) is not None]
    rest = Again(sum(again.bad for again in told), sum(again.n for again in told))
    if rest.n < FEWEST:
        return own.wilson()[0] >= AT_LEAST
    return difference(own, rest)[0] >= APART


def _page(one: Worked) -> str:
    return f"/workflows/{quote(one.workflow, safe='')}"
