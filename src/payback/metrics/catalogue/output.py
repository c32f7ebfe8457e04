"""What came out, and what it cost per piece."""

from __future__ import annotations

from payback.metrics.facts import (
    COMMITMENTS,
    DEPLOYMENTS,
    DEVELOPER_DAYS,
    OUTPUTS,
    SPEND,
    TICKETS,
    WORK,
)
from payback.metrics.vocabulary import Better, Measure, Metric, Only, Reduce, Test, Unit

_YES = (True,)
_STORY = Only("is_story", Test.IS, _YES)
_WITH_AI = Only("ai_class", Test.IS, ("agent_authored", "agent_assisted"))

METRICS = (
    Metric(
        id="merged_prs",
        title="Merged pull requests",
        question="How many changes went in?",
        measure=Measure(WORK, Reduce.COUNT),
        definition="Pull requests by the day of their merge.",
        unit=Unit.COUNT,
        better=Better.NEITHER,
    ),
    Metric(
        id="cost_per_merged_pr",
        title="List price per merged pull request with AI",
        question="What does a change made with AI cost?",
        measure=Measure(WORK, Reduce.SUM, ("cost_list",), only=(_WITH_AI,), unit=Unit.MONEY),
        per=Measure(WORK, Reduce.COUNT, ("cost_list",), only=(_WITH_AI,)),
        definition=(
            "List money of the sessions linked to merged pull requests with evidence of AI ÷ those pull requests. "
            "Pull requests with evidence but without a linked session have no known cost and are counted as excluded."
        ),
        unit=Unit.MONEY,
        better=Better.LESS,
        beside=("evidence_coverage",),
    ),
    Metric(
        id="cost_per_merged_pr_all_in",
        title="All AI spend per merged pull request",
        question="What does all AI cost per change?",
        measure=Measure(SPEND, Reduce.SUM, ("list",), unit=Unit.MONEY),
        per=Measure(WORK, Reduce.COUNT),
        definition="All list money of the period ÷ all pull requests merged in it, whether made with AI or not.",
        unit=Unit.MONEY,
        better=Better.LESS,
        beside=("unattributed_share", "unpriced_tokens"),
    ),
    Metric(
        id="merged_prs_per_dev_week",
        title="Merged pull requests per developer and week",
        question="How many changes does a developer bring in a week?",
        measure=Measure(WORK, Reduce.COUNT),
        per=Measure(DEVELOPER_DAYS, Reduce.COUNT),
        scale=7,
        definition=(
            "Merged pull requests ÷ weeks of developers: people of whom one was merged in the 28 days up to a day, "
            "counted day by day."
        ),
        unit=Unit.NUMBER,
        better=Better.NEITHER,
    ),
    *(
        Metric(
            id=name,
            title=title,
            question=question,
            measure=Measure(TICKETS, Reduce.COUNT, only=only),
            definition=definition,
            unit=Unit.COUNT,
            better=Better.NEITHER,
        )
        for name, title, question, only, definition in (
            (
                "tickets_resolved",
                "Tickets resolved",
                "How many tickets were done?",
                (),
                "Tickets by the day they were done for good.",
            ),
            (
                "stories_completed",
                "Stories completed",
                "How many stories were done?",
                (_STORY,),
                "Stories by the day they were done for good.",
            ),
            (
                "would_not_have_been_done",
                "Work that would not have been done",
                "What was done that nobody would have got to?",
                (Only("would_not_have_been_done", Test.IS, _YES),),
                (
                    "Tickets done that a person tagged so, or that were done with evidence of AI and were over 180 days old "
                    "or of low priority when they were picked up."
                ),
            ),
        )
    ),
    Metric(
        id="commitment_met",
        title="Commitment met",
        question="What share of what was committed was done?",
        measure=Measure(
            COMMITMENTS,
            Reduce.COUNT,
            only=(Only("committed", Test.IS, _YES), Only("completed", Test.IS, _YES)),
        ),
        per=Measure(COMMITMENTS, Reduce.COUNT, only=(Only("committed", Test.IS, _YES),)),
        definition="Tickets in a sprint at its start that were done by its end ÷ tickets in it at its start.",
        unit=Unit.SHARE,
        better=Better.MORE,
    ),
    Metric(
        id="unplanned_completed",
        title="Unplanned tickets completed",
        question="What was done besides what was committed?",
        measure=Measure(
            COMMITMENTS,
            Reduce.COUNT,
            only=(Only("committed", Test.IS, (False,)), Only("completed", Test.IS, _YES)),
        ),
        definition="Tickets added to a sprint after its start that were done by its end.",
        unit=Unit.COUNT,
        better=Better.NEITHER,
    ),
    *(
        Metric(
            id=name,
            title=title,
            question=question,
            measure=Measure(WORK, Reduce.COUNT, only=(Only("work_type", Test.IS, (kind,)),)),
            definition=f"Merged pull requests that the rules for kinds of work call {kind}.",
            unit=Unit.COUNT,
            better=Better.NEITHER,
        )
        for name, title, question, kind in (
            ("debt_tasks", "Debt tasks", "How much was cleaned up and kept up to date?", "debt"),
            (
                "docs_qa_tasks",
                "Documentation and test tasks",
                "How much was documented and tested?",
                "docs_qa",
            ),
        )
    ),
    Metric(
        id="outputs",
        title="Outputs of workflows",
        question="How much did workflows bring besides changes and tickets?",
        measure=Measure(OUTPUTS, Reduce.COUNT),
        definition="Pieces of useful output that are neither a pull request nor a ticket, by the day they were produced.",
        unit=Unit.COUNT,
        better=Better.NEITHER,
    ),
    *(
        Metric(
            id=name,
            title=title,
            question=question,
            measure=Measure(OUTPUTS, Reduce.COUNT, only=(Only(column, Test.IS, _YES),)),
            per=Measure(OUTPUTS, Reduce.COUNT, (column,)),
            definition=f"Pieces of output that were {word} ÷ those of which it is known.",
            unit=Unit.SHARE,
            better=Better.LESS,
        )
        for name, title, question, column, word in (
            (
                "correction_rate",
                "Correction rate",
                "How much output had to be corrected?",
                "corrected",
                "corrected",
            ),
            (
                "reopened_output_rate",
                "Reopened outputs",
                "How much output was reopened?",
                "reopened",
                "reopened",
            ),
            (
                "reroute_rate",
                "Re-route rate",
                "How much output went to somebody else?",
                "rerouted",
                "sent to someone else",
            ),
        )
    ),
    *(
        Metric(
            id=name,
            title=title,
            question=question,
            measure=Measure(fact, Reduce.SUM, ("cost_list",), only=only, unit=Unit.MONEY),
            per=Measure(fact, Reduce.COUNT, ("cost_list",), only=only),
            definition=(
                f"List money of the sessions linked to {what} ÷ those. What has evidence but no linked session has no "
                "known cost and is counted as excluded."
            ),
            unit=Unit.MONEY,
            better=Better.LESS,
        )
        for name, title, question, fact, only, what in (
            (
                "cost_per_ticket",
                "List price per ticket with AI",
                "What does a ticket done with AI cost?",
                TICKETS,
                (_WITH_AI,),
                "tickets done with evidence of AI",
            ),
            (
                "cost_per_story",
                "List price per story with AI",
                "What does a story done with AI cost?",
                TICKETS,
                (_WITH_AI, _STORY),
                "stories done with evidence of AI",
            ),
            (
                "cost_per_qa_task",
                "List price per documentation or test task with AI",
                "What does a documentation or test task made with AI cost?",
                WORK,
                (_WITH_AI, Only("work_type", Test.IS, ("docs_qa",))),
                "merged documentation and test changes with evidence of AI",
            ),
            (
                "cost_per_deploy",
                "List price per deployment with AI",
                "What does a deployment with AI in it cost?",
                DEPLOYMENTS,
                (_WITH_AI,),
                "the changes of production deployments with evidence of AI",
            ),
        )
    ),
    *(
        Metric(
            id=f"{name}_all_in",
            title=f"All AI spend per {what}",
            question=f"What does all AI cost per {what}?",
            measure=Measure(SPEND, Reduce.SUM, ("list",), unit=Unit.MONEY),
            per=Measure(fact, Reduce.COUNT, only=only),
            definition=f"All list money of the period ÷ every {what} of the period, whether made with AI or not.",
            unit=Unit.MONEY,
            better=Better.LESS,
            beside=("unattributed_share", "unpriced_tokens"),
        )
        for name, what, fact, only in (
            ("cost_per_ticket", "ticket done", TICKETS, ()),
            ("cost_per_story", "story done", TICKETS, (_STORY,)),
            (
                "cost_per_qa_task",
                "documentation or test task",
                WORK,
                (Only("work_type", Test.IS, ("docs_qa",)),),
            ),
            ("cost_per_deploy", "production deployment", DEPLOYMENTS, ()),
        )
    ),
)
