"""Who uses AI, how often and how much of it they take, what they think of it, and what licences nobody uses cost."""

from __future__ import annotations

from payback.metrics.facts import SEAT_DAYS, SEATS, SPEND, SURVEYS, USE_DAYS, USE_WEEKS, USER_WEEKS
from payback.metrics.vocabulary import Better, Measure, Metric, Only, Reduce, Test, Unit

_IDLE = (Only("idle_30", Test.IS, (True,)),)
_EDITS = (Only("edits_accepted", Test.KNOWN), Only("edits_rejected", Test.KNOWN))
_TRUST = (Only("question", Test.IS, ("trust", "reliance")),)
_NON_USERS = (Only("licensed", Test.IS, (True,)), Only("uses_ai", Test.IS, (False,)))
_FAVOURABLE = (Only("value", Test.ABOVE, (3,)),)


def _seats(name: str, title: str, question: str, only: tuple[Only, ...], definition: str) -> Metric:
    return Metric(
        id=name,
        title=title,
        question=question,
        measure=Measure(SEATS, Reduce.COUNT, only=only),
        definition=f"{definition} Counted on the last day of the period, or on the last day known.",
        unit=Unit.COUNT,
        better=Better.LESS if only == _IDLE else Better.NEITHER,
    )


def _accepted(name: str, title: str, question: str, columns: tuple[str, str], definition: str) -> Metric:
    """Accepted ÷ shown, over days on which both are told."""
    both = tuple(Only(column, Test.KNOWN) for column in columns)
    return Metric(
        id=name,
        title=title,
        question=question,
        measure=Measure(USE_DAYS, Reduce.SUM, columns[:1], only=both),
        per=Measure(USE_DAYS, Reduce.SUM, columns[1:], only=both),
        definition=definition,
        unit=Unit.SHARE,
        better=Better.NEITHER,
        beside=("agent_lines",),
    )


def _trust(name: str, title: str, question: str, only: tuple[Only, ...], whose: str) -> Metric:
    return Metric(
        id=name,
        title=title,
        question=question,
        measure=Measure(SURVEYS, Reduce.COUNT, only=(*_TRUST, *only, *_FAVOURABLE)),
        per=Measure(SURVEYS, Reduce.COUNT, only=(*_TRUST, *only)),
        definition=(
            f"Answers of 4 or 5 on a scale of 1 to 5 to the questions trust and reliance ÷ all answers to them, {whose}. "
            "Cut it by question to see each apart. Never turned into money."
        ),
        unit=Unit.SHARE,
        better=Better.NEITHER,
    )


METRICS = (
    Metric(
        id="active_users",
        title="Active users",
        question="How many people use it?",
        measure=Measure(USE_DAYS, Reduce.DISTINCT, ("who",), only=(Only("active", Test.IS, (True,)),)),
        definition=(
            "Distinct people with any use in the window: an answered request, or a day on which a tool's own report says "
            "that they used it. An identity nobody has matched to a person counts as one."
        ),
        unit=Unit.COUNT,
        better=Better.MORE,
        version=2,
    ),
    Metric(
        id="habitual_users",
        title="Habitual users",
        question="For how many people has it become a habit?",
        measure=Measure(USER_WEEKS, Reduce.DISTINCT, ("person",), only=(Only("habitual", Test.IS, (True,)),)),
        definition=(
            "Distinct people who used one tool on at least 3 days in at least 3 of 4 ISO weeks in a row, and in the last of "
            "these weeks at all; that week's Monday lies in the period."
        ),
        unit=Unit.COUNT,
        better=Better.MORE,
    ),
    Metric(
        id="use_frequency",
        title="Days used per week",
        question="How many days a week do people use it?",
        measure=Measure(USE_WEEKS, Reduce.SUM, ("days",), unit=Unit.DAYS),
        per=Measure(USE_WEEKS, Reduce.COUNT),
        definition=(
            "Days with any use ÷ weeks with use, over people and ISO weeks. A week belongs to the period that holds its "
            "Monday and is counted whole; the week that is still running counts so far."
        ),
        unit=Unit.DAYS,
        better=Better.MORE,
        version=2,
    ),
    _accepted(
        "acceptance_rate",
        "Acceptance rate, events",
        "What share of suggestions is taken?",
        ("acceptances", "suggestions"),
        "Suggestions accepted ÷ suggestions shown, over days on which both are told. Edits that agents apply by themselves "
        "are in neither part; they stand beside as agent_lines.",
    ),
    _accepted(
        "acceptance_rate_lines",
        "Acceptance rate, lines",
        "What share of suggested lines is taken?",
        ("lines_accepted", "lines_suggested"),
        "Lines accepted ÷ lines shown, over days on which both are told. Lines of agents' own edits are in neither part; "
        "they stand beside as agent_lines.",
    ),
    Metric(
        id="agent_edit_acceptance",
        title="Agent edits kept",
        question="What share of agents' proposed edits is kept?",
        measure=Measure(USE_DAYS, Reduce.SUM, ("edits_accepted",), only=_EDITS),
        per=Measure(USE_DAYS, Reduce.SUM, ("edits_accepted", "edits_rejected"), only=_EDITS),
        definition="Agent edits that a person accepted ÷ those accepted or rejected, over days on which both are told.",
        unit=Unit.SHARE,
        better=Better.NEITHER,
    ),
    Metric(
        id="agent_lines",
        title="Lines added by agents",
        question="How many lines did agents add by themselves?",
        measure=Measure(USE_DAYS, Reduce.SUM, ("lines_added",), only=(Only("lines_added", Test.KNOWN),)),
        definition="Sum of lines that agents' own edits added; nobody was asked to accept them one by one.",
        unit=Unit.COUNT,
        better=Better.NEITHER,
    ),
    _seats(
        "seats_assigned",
        "Seats assigned",
        "How many licences are handed out?",
        (),
        "Seats held at the day's end.",
    ),
    _seats(
        "seats_active",
        "Seats in use",
        "How many of them are used?",
        (Only("active_28", Test.IS, (True,)),),
        "Seats whose holder used that tool on at least one of 28 days.",
    ),
    _seats(
        "seats_idle",
        "Seats idle",
        "How many are paid for and unused?",
        _IDLE,
        "Paid seats held for 30 days whose holder used that tool on none of them. Where no report could tell, a seat is not "
        "called idle.",
    ),
    Metric(
        id="idle_seat_spend",
        title="Money of idle seats",
        question="What do licences nobody uses cost?",
        measure=Measure(SEAT_DAYS, Reduce.SUM, ("amortised",), only=_IDLE, unit=Unit.MONEY),
        definition=(
            "Each day's share of the price of seats that were idle that day (30 days held, paid and unused). Seats without a "
            "price are counted as excluded. It can be got back from the next renewal on, not from the past."
        ),
        unit=Unit.MONEY,
        better=Better.LESS,
    ),
    Metric(
        id="duplicate_tool_spend",
        title="Money of duplicate tools",
        question="What do second tools for the same purpose cost?",
        measure=Measure(
            SEAT_DAYS, Reduce.SUM, ("amortised",), only=(Only("duplicate_of", Test.KNOWN),), unit=Unit.MONEY
        ),
        definition=(
            "Each day's share of the price of a person's further seats for a purpose: the tool they used on most of the last "
            "28 days serves it, of two alike the cheaper one. Purposes are those that tools are told to have; an idle seat "
            "may be in idle_seat_spend too."
        ),
        unit=Unit.MONEY,
        better=Better.LESS,
    ),
    Metric(
        id="license_spend",
        title="Licences, amortised",
        question="What do seats and commitments cost?",
        measure=Measure(
            SPEND,
            Reduce.SUM,
            ("amortised",),
            only=(Only("reconciled", Test.IS, ("fixed",)), Only("tool", Test.KNOWN)),
            unit=Unit.MONEY,
        ),
        definition=(
            "Sum of the amortised amounts of spend that pays for a tool whatever its use: seats and commitments, less credits "
            "on them. From bills, else from contracts and the prices of seats."
        ),
        unit=Unit.MONEY,
        better=Better.LESS,
        beside=("unattributed_share_amortised",),
    ),
    _trust("trust", "Trust", "How many trust and rely on it?", (), "of everybody asked"),
    _trust(
        "trust_of_non_users",
        "Trust of licensed non-users",
        "What do those think who have it and leave it?",
        _NON_USERS,
        "of people who hold a licence and say they do not use it",
    ),
)
