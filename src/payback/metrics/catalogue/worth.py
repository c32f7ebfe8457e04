"""What came back: the worth of an effect against full cost, and when it is earned back. Each with both ends of its interval."""

from __future__ import annotations

from payback.metrics.facts import DEVELOPER_DAYS, EFFORT_COSTS, SPEND, WORK
from payback.metrics.vocabulary import Answered, Better, Unit

_ENDS = (("", ""), ("_low", ", low end"), ("_high", ", high end"))
WORTH = tuple(f"{name}{end}" for name in ("net_value", "payback_months") for end, _ in _ENDS)
"""The functions that answer them; each goes by the id of its metric."""

_CREDIBLE = (
    "Known only where the effect on merged pull requests or tickets is told with an interval and against a comparison. The low "
    "end takes the low end of the effect and the high end of the cost."
)


_TOLD = (
    (
        "net_value",
        "Net value",
        "Does it bring more than it costs?",
        (
            "Hours returned × the price of an hour of coding − full cost. An effect of x returns x ÷ (1 + x) of the hours that "
            f"developers code in a week, for every week since their team took AI up. {_CREDIBLE}"
        ),
    ),
    (
        "payback_months",
        "Payback time in months",
        "When is what bringing it in cost earned back?",
        (
            "What enablement and security review cost so far ÷ what a month leaves over: value less all other cost, at the pace of "
            f"the period. Unknown where it is never earned back. {_CREDIBLE}"
        ),
    ),
)
METRICS = tuple(
    Answered(
        id=f"{name}{end}",
        title=f"{title}{words}",
        question=question,
        function=f"{name}{end}",
        definition=definition,
        unit=Unit.MONEY if name == "net_value" else Unit.NUMBER,
        better=Better.MORE if name == "net_value" else Better.LESS,
        facts=(SPEND, EFFORT_COSTS, DEVELOPER_DAYS, WORK),
        dimensions=("team", "workflow"),
        grains=(),
    )
    for name, title, question, definition in _TOLD
    for end, words in _ENDS
)
