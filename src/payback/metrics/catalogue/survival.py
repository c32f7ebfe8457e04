"""Whether lines that were added last."""

from __future__ import annotations

from payback.metrics.facts import CODE_FATES, WORK
from payback.metrics.vocabulary import Better, Measure, Metric, Only, Reduce, Test, Unit


def _at(age: int, *more: Only) -> tuple[Only, ...]:
    return (Only("age_days", Test.IS, (age,)), *more)


_OLD_ENOUGH = Only("alive", Test.KNOWN)
_TOO_YOUNG = Only("alive", Test.UNKNOWN)


METRICS = (
    Metric(
        id="churned_spend",
        title="Money of lines that did not stay",
        question="What did code cost that was gone after 30 days?",
        measure=Measure(WORK, Reduce.SUM, ("churned_list",), unit=Unit.MONEY),
        definition=(
            "List money of the sessions linked to merged changes × the part of their lines that was gone after 30 days. "
            "Changes without a linked session, or younger than that, are counted as excluded."
        ),
        unit=Unit.MONEY,
        better=Better.LESS,
        beside=("survival_30",),
    ),
    *(
        Metric(
            id=f"survival_{age}",
            title=f"Lines alive after {age} days",
            question=f"What share of added lines is still there after {age} days?",
            measure=Measure(CODE_FATES, Reduce.SUM, ("alive",), only=_at(age)),
            per=Measure(CODE_FATES, Reduce.SUM, ("added",), only=_at(age, _OLD_ENOUGH)),
            definition=(
                f"Lines of the period's commits still on the default branch {age} days after the commit ÷ lines they added. "
                "Lines of over 3 characters in paths that are not generated or vendored; moved lines survive. Commits younger "
                "than that are left out and counted apart."
            ),
            unit=Unit.SHARE,
            better=Better.MORE,
            beside=(f"lines_locked_{age}",),
        )
        for age in (30, 60)
    ),
    *(
        Metric(
            id=f"lines_locked_{age}",
            title=f"Lines younger than {age} days",
            question=f"How many added lines are too young to be judged at {age} days?",
            measure=Measure(CODE_FATES, Reduce.SUM, ("added",), only=_at(age, _TOO_YOUNG)),
            definition=f"Lines added by commits of the period that are not {age} days old yet.",
            unit=Unit.COUNT,
            better=Better.NEITHER,
        )
        for age in (30, 60)
    ),
)
