"""What reviews found, what broke, and how large changes are."""

from __future__ import annotations

from payback.metrics.catalogue.delivery import share
from payback.metrics.facts import DEPLOYMENTS, SURVEYS, WORK
from payback.metrics.vocabulary import Better, Measure, Metric, Only, Reduce, Test, Unit

_HEALTH = (Only("question", Test.IS, ("team_health",)),)

METRICS = (
    share(
        "review_rejection_rate",
        "Review rejection rate",
        "What share of reviewed changes was sent back?",
        (WORK, "rejected"),
        "Merged changes of which a review by another person asked for changes, dismissed ones included ÷ merged changes "
        "with at least one review by another person.",
    ),
    Metric(
        id="review_rounds",
        title="Review rounds, mean",
        question="How often does a change go back and forth?",
        measure=Measure(WORK, Reduce.SUM, ("review_rounds",)),
        per=Measure(WORK, Reduce.COUNT, ("review_rounds",)),
        definition="Switches from a review that did not approve to new commits before the first approval ÷ merged changes.",
        unit=Unit.NUMBER,
        better=Better.LESS,
    ),
    Metric(
        id="review_rounds_p90",
        title="Review rounds, p90",
        question="How often does a laborious change go back and forth?",
        measure=Measure(WORK, Reduce.P90, ("review_rounds",)),
        definition="90th percentile of the review rounds of merged changes.",
        unit=Unit.COUNT,
        better=Better.LESS,
    ),
    Metric(
        id="bug_rate",
        title="Bugs per change",
        question="How many bugs come with a change?",
        measure=Measure(WORK, Reduce.SUM, ("bugs",)),
        per=Measure(WORK, Reduce.COUNT, ("bugs",)),
        definition=(
            "Bugs whose fix mended a change within 14 days ÷ merged changes of the period of which that is known."
        ),
        unit=Unit.NUMBER,
        better=Better.LESS,
    ),
    Metric(
        id="incident_after_change_rate",
        title="Changes followed by an incident",
        question="What share of changes went to production with something that broke it?",
        measure=Measure(WORK, Reduce.COUNT, only=(Only("incidents", Test.ABOVE, (0,)),)),
        per=Measure(WORK, Reduce.COUNT, ("incidents",)),
        definition=(
            "Merged changes whose first production deployment has an incident linked to it ÷ merged changes that reached production. "
            "A deployment of several changes counts for each of them."
        ),
        unit=Unit.SHARE,
        better=Better.LESS,
    ),
    Metric(
        id="incident_rate",
        title="Incidents per deployment",
        question="How many incidents come with a deployment?",
        measure=Measure(DEPLOYMENTS, Reduce.SUM, ("incidents",)),
        per=Measure(DEPLOYMENTS, Reduce.COUNT),
        definition="Incidents linked to production deployments ÷ production deployments.",
        unit=Unit.NUMBER,
        better=Better.LESS,
    ),
    Metric(
        id="pr_size",
        title="Size of a change, median",
        question="How large is a change?",
        measure=Measure(WORK, Reduce.MEDIAN, ("additions", "deletions")),
        definition=(
            "Median of lines added and removed, without generated, lock and vendored paths where Git was read, of merged "
            "changes."
        ),
        unit=Unit.COUNT,
        better=Better.LESS,
    ),
    Metric(
        id="pr_size_p90",
        title="Size of a change, p90",
        question="How large is a large change?",
        measure=Measure(WORK, Reduce.P90, ("additions", "deletions")),
        definition="90th percentile of lines added and removed, of merged changes.",
        unit=Unit.COUNT,
        better=Better.LESS,
    ),
    Metric(
        id="pr_files",
        title="Files of a change, median",
        question="How many files does a change touch?",
        measure=Measure(WORK, Reduce.MEDIAN, ("files",)),
        definition="Median of files touched, likewise, of merged changes.",
        unit=Unit.COUNT,
        better=Better.LESS,
    ),
    Metric(
        id="review_comments",
        title="Review comments per change",
        question="How much is said in review?",
        measure=Measure(WORK, Reduce.SUM, ("comments",)),
        per=Measure(WORK, Reduce.COUNT, ("comments",)),
        definition="Review comments ÷ merged changes of which they are known.",
        unit=Unit.NUMBER,
        better=Better.NEITHER,
    ),
    Metric(
        id="reported_health",
        title="Reported health of teams",
        question="How do people say their team is doing?",
        measure=Measure(SURVEYS, Reduce.COUNT, only=(*_HEALTH, Only("value", Test.ABOVE, (3,)))),
        per=Measure(SURVEYS, Reduce.COUNT, only=_HEALTH),
        definition="Answers of 4 and 5 to questions on the health of the team ÷ all answers to them.",
        unit=Unit.SHARE,
        better=Better.MORE,
    ),
)
