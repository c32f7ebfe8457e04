"""How fast and how surely a change reaches production: phases, tickets, DORA's five, and what had to be done again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.metrics.facts import (
    DEPLOYMENTS,
    DEVELOPER_DAYS,
    TICKETS,
    TICKETS_STARTED,
    USE_DAYS,
    WORK,
    WORK_IN_PRODUCTION,
    WORK_OPEN,
    WORK_READY,
)
from payback.metrics.vocabulary import Answered, Better, Measure, Metric, Only, Reduce, Test, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.metrics.vocabulary import Fact

QUANTILES = (
    ("", Reduce.MEDIAN, "median", "Median"),
    ("_p75", Reduce.P75, "p75", "75th percentile"),
    ("_p90", Reduce.P90, "p90", "90th percentile"),
)
_YES = (True,)
_CHANGES = ("team", "repo", "tool", "workflow", "ai_class", "size_band", "work_type")
_SINCE_REBASES = frozenset({"rework_rate", "rewrite_rate"})


def durations(
    name: str, title: str, question: str, measured: tuple[Fact, str, tuple[Only, ...]], definition: str
) -> Iterator[Metric]:
    """The median, p75 and p90 of hours in a column; unknown ones are excluded and counted."""
    fact, column, only = measured
    for suffix, reduce, word, told in QUANTILES:
        yield Metric(
            id=f"{name}{suffix}",
            title=f"{title}, {word}",
            question=question,
            measure=Measure(fact, reduce, (column,), only=only, unit=Unit.HOURS),
            definition=f"{told} of the hours {definition}",
            unit=Unit.HOURS,
            better=Better.LESS,
            beside=("evidence_coverage",) if fact is WORK else (),
        )


def share(name: str, title: str, question: str, counted: tuple[Fact, str], definition: str) -> Metric:
    """Rows where a flag is true ÷ rows where it is known."""
    fact, column = counted
    return Metric(
        id=name,
        title=title,
        question=question,
        measure=Measure(fact, Reduce.COUNT, only=(Only(column, Test.IS, _YES),)),
        per=Measure(fact, Reduce.COUNT, (column,)),
        definition=definition,
        unit=Unit.SHARE,
        better=Better.LESS,
        version=2 if name in _SINCE_REBASES else 1,
    )


_DURATIONS = (
    ("coding_time", "Coding time", "How long is a change worked on before it is ready for review?",
     (WORK, "coding_hours", ()),
     "from the first commit authored to ready for review, of changes merged in the period."),
    ("draft_time", "Time as a draft", "How long does a change stand open as a draft?",
     (WORK, "draft_hours", ()), "from opening to ready for review, of changes merged in the period."),
    ("pickup_time", "Pickup time", "How long does a change wait for its first review?",
     (WORK, "pickup_hours", ()),
     "from ready for review to the first review by another person, of changes merged in the period."),
    ("review_time", "Review time", "How long does it take from the first review to an approval?",
     (WORK, "review_hours", ()), "from the first review to the first approval, of changes merged in the period."),
    ("merge_wait", "Merge wait", "How long does an approved change wait for its merge?",
     (WORK, "merge_wait_hours", ()), "from the first approval to the merge, of changes merged in the period."),
    ("deploy_wait", "Deploy wait", "How long does a merged change wait for production?",
     (WORK_IN_PRODUCTION, "deploy_wait_hours", ()),
     ("from the merge to the first successful production deployment that holds it, of changes that reached "
     "production in the period.")),
    ("cycle_time", "Cycle time", "How long does a change take from its first commit to its merge?",
     (WORK, "cycle_hours", ()), "from the first commit authored to the merge, of changes merged in the period."),
    ("lead_time_for_changes", "Lead time for changes", "How long does a change take to reach production?",
     (WORK_IN_PRODUCTION, "lead_hours", ()),
     ("from the first commit authored to the first successful production deployment that holds it (DORA), of changes "
     "that reached production in the period.")),
    ("ticket_active_time", "Ticket active time", "How long is a ticket worked on?",
     (TICKETS, "active_hours", ()), "in progress, of tickets done in the period."),
    ("ticket_queue_time", "Ticket queue time", "How long does a ticket wait?",
     (TICKETS, "queue_hours", ()), "to do, from creation to the end, of tickets done in the period."),
    ("ticket_resolution_time", "Ticket resolution time", "How long does a ticket take from its creation to its end?",
     (TICKETS, "resolution_hours", ()), "from creation to done, of tickets done in the period."),
    ("failed_deployment_recovery_time", "Failed deployment recovery time",
     "How long does it take to recover from a failed deployment?",
     (DEPLOYMENTS, "recovery_hours", (Only("failed", Test.IS, _YES),)),
     ("from a failed production deployment to the end of its last incident (DORA). Deployments with an incident that "
     "is still open are counted as excluded.")),
)  # fmt: skip
_REWORK = (
    ("rework_rate", "Rework rate", "What share of changes had to be mended?", (WORK, "reworked"),
     ("Merged changes that were reverted, followed by a fix within 14 days, rewritten by over 30 % after the first "
     "review, or whose ticket was reopened ÷ merged changes of which all of it is known.")),
    ("revert_rate", "Revert rate", "What share of changes was reverted?", (WORK, "reverted"),
     "Merged changes that a later one reverted ÷ merged changes."),
    ("follow_up_fix_rate", "Follow-up fix rate", "What share of changes needed a fix within 14 days?",
     (WORK, "followed_by_fix"),
     ("Merged changes that a fix followed within 14 days, on the same lines or the same ticket ÷ merged changes of "
     "which that is known.")),
    ("rewrite_rate", "Rewrite rate", "What share of changes was rewritten in review?", (WORK, "major_rework"),
     ("Merged changes of which over 30 % of the changed lines came after the first review ÷ merged changes of which "
     "that is known. A rebase brings no lines.")),
    ("reopen_rate", "Reopen rate", "What share of changes had their ticket reopened?", (WORK, "ticket_reopened"),
     "Merged changes whose ticket was done and then not done ÷ merged changes."),
    ("change_fail_rate", "Change fail rate", "What share of deployments failed?", (DEPLOYMENTS, "failed"),
     "Production deployments that an incident is linked to ÷ production deployments (DORA)."),
    ("deployment_rework_rate", "Deployment rework rate", "What share of deployments mends another?",
     (DEPLOYMENTS, "is_rework"),
     "Production deployments that were unplanned and made because of an incident ÷ production deployments (DORA)."),
)  # fmt: skip

METRICS: tuple[Metric | Answered, ...] = (
    Metric(
        id="deployment_frequency",
        title="Production deployments",
        question="How often does work reach production?",
        measure=Measure(DEPLOYMENTS, Reduce.COUNT),
        definition=(
            "Successful deployments to production in the period, as the choice of each repository counts them (DORA)."
        ),
        unit=Unit.COUNT,
        better=Better.MORE,
    ),
    Metric(
        id="deploys_per_dev_week",
        title="Deployments per developer and week",
        question="How often does a developer's work reach production?",
        measure=Measure(DEPLOYMENTS, Reduce.COUNT),
        per=Measure(DEVELOPER_DAYS, Reduce.COUNT),
        scale=7,
        definition=(
            "Production deployments ÷ weeks of developers: people of whom a change was merged in the 28 days up to a "
            "day, counted day by day."
        ),
        unit=Unit.NUMBER,
        better=Better.MORE,
    ),
    *(metric for told in _DURATIONS for metric in durations(*told)),
    *(share(*told) for told in _REWORK),
    Metric(
        id="lead_time_as_devlake",
        title="Change lead time as DevLake counts it, median",
        question="What would DevLake say?",
        measure=Measure(WORK_IN_PRODUCTION, Reduce.MEDIAN, ("devlake_hours",), unit=Unit.HOURS),
        definition=(
            "Median of coding + open + deploy in whole minutes, rounded up, a phase that is missing or runs backwards as "
            "zero, of changes that reached production in the period. To reconcile with; not our definition."
        ),
        unit=Unit.HOURS,
        better=Better.LESS,
    ),
    Metric(
        id="lead_time_as_middleware",
        title="Lead time as Middleware counts it, mean",
        question="What would Middleware say?",
        measure=Measure(WORK, Reduce.SUM, ("middleware_hours",), unit=Unit.HOURS),
        per=Measure(WORK, Reduce.COUNT, ("middleware_hours",)),
        definition=(
            "Mean of first commit to opening + first response + rework + merge + deploy, what is missing as zero, of "
            "changes merged in the period. To reconcile with; not our definition."
        ),
        unit=Unit.HOURS,
        better=Better.LESS,
    ),
    Metric(
        id="partial_share",
        title="Changes with an unknown phase",
        question="For what share of changes is a phase unknown?",
        measure=Measure(WORK, Reduce.COUNT, only=(Only("partial", Test.IS, _YES),)),
        per=Measure(WORK, Reduce.COUNT),
        definition="Merged changes of which an end point between the first commit and the merge is unknown ÷ merged changes.",
        unit=Unit.SHARE,
        better=Better.LESS,
    ),
    Answered(
        id="prs_waiting_review",
        title="Changes waiting for review",
        question="How many changes wait for their first review?",
        function="waiting",
        definition=(
            "Changes that were ready for review at the end of the period (or when they were last read) and that nobody "
            "else had looked at."
        ),
        unit=Unit.COUNT,
        better=Better.LESS,
        facts=(WORK_READY,),
        dimensions=_CHANGES,
    ),
    Answered(
        id="open_prs",
        title="Changes in progress",
        question="How many changes are open?",
        function="changes_open",
        definition="Changes that were open, drafts too, at the end of the period (or when they were last read).",
        unit=Unit.COUNT,
        better=Better.NEITHER,
        facts=(WORK_OPEN,),
        dimensions=_CHANGES,
    ),
    Answered(
        id="tickets_in_progress",
        title="Tickets in progress",
        question="How many tickets are worked on?",
        function="tickets_started",
        definition=(
            "Tickets that had been started and were not done at the end of the period (or when they were last read). Those that "
            "have gone back to the queue or were cancelled since are left out of every day."
        ),
        unit=Unit.COUNT,
        better=Better.NEITHER,
        facts=(TICKETS_STARTED,),
        dimensions=("team", "project", "workflow", "ai_class", "work_type"),
    ),
    Answered(
        id="review_queue_age",
        title="Age of the review queue, median",
        question="How long have the changes in the queue been waiting?",
        function="queue_age",
        definition="Median of the hours since ready for review, of the changes that wait at the end of the period.",
        unit=Unit.HOURS,
        better=Better.LESS,
        facts=(WORK_READY,),
        dimensions=_CHANGES,
    ),
    Answered(
        id="time_to_first_review",
        title="Time to first review",
        question="How long does a change wait for its first review, those still waiting included?",
        function="first_review",
        definition=(
            "Kaplan-Meier median of the hours from ready for review to the first review by another person, of changes "
            "that became ready in the period; a change that still waits, or ended without a review, counts as waiting "
            "at least as long."
        ),
        unit=Unit.HOURS,
        better=Better.LESS,
        facts=(WORK_READY,),
        dimensions=_CHANGES,
    ),
    Answered(
        id="effect",
        title="Effect of adoption",
        question="What did AI do to a figure of delivery or quality?",
        function="effect",
        definition=(
            "By how much a metric of delivery or quality moved because a team adopted AI: the change of adopting teams (or of a "
            "team's people) from their own mean before, less that of those that had not adopted at the same times, over the second "
            "to the seventh period of four weeks; a share of the level without AI. Of the metric that it is asked about "
            "(`--where metric=merged_prs`); without one there is none. Unknown where no interval is calibrated. Looks back three "
            "years from the end of the period."
        ),
        unit=Unit.SHARE,
        better=Better.NEITHER,
        facts=(USE_DAYS,),
        dimensions=("metric", "team"),
        grains=(),
        looks_back=1092,
    ),
)
