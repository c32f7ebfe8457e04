"""What a page says when it has nothing to show: why, who can change it, and the ladder of the first run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.web import words
from payback.web.blocks import Empty, Link, Rung

if TYPE_CHECKING:
    from payback.web.asking import Ask
LATER = "Not in this version yet"


def nothing_yet(ask: Ask) -> Empty:
    """The page of an installation without a single fact: the ladder, and what was looked for where."""
    progress = ask.desk.progress()
    if progress is not None:
        return Empty(
            "Reading what is on this machine", "The first figures appear here as soon as they are in."
        )
    return Empty(
        "Nothing has been taken in yet",
        "payback found no agent logs and no bill. Any one of these steps brings the first true numbers.",
        (Link("See where payback looked", "/sources"),),
        ladder(ask),
    )


def nothing_in_range(ask: Ask, what: str = "use of AI") -> Empty:
    """The page of days that hold nothing, with the days that do."""
    known = f"Data are at hand for {words.days(ask.span)}." if ask.span else ""
    filtered = " under these filters" if ask.filters.where else ""
    links = [Link("Show all days", ask.filters.url(range="all", since=None, through=None))]
    if ask.filters.where:
        links.append(Link("Drop the filters", ask.filters.url(**dict.fromkeys(ask.filters.where))))
    return Empty(
        f"No {what} in {words.days(ask.filters.period)}{filtered}",
        known or "No data at all are known yet.",
        tuple(links),
    )


def ladder(ask: Ask) -> tuple[Rung, ...]:
    """The first run as a ladder, with the rungs that the sources already climbed."""
    held = ask.desk.directory()
    kinds = {source["kind"] for source in ask.desk.sources() if source["rows"]}
    return (
        Rung(
            "Local agent logs or any invoice as CSV",
            "Run a coding agent on this machine, or: payback import FILE --as charges",
            "Home, Spend, Sessions",
            bool(kinds & {"agent logs", "charges", "vendor", "vendor bills"}),
        ),
        Rung(
            "One vendor's bills",
            "payback init --vendor KIND --key env:NAME, or payback import FILE --as charges",
            "Billed and amortised money",
            bool(kinds & {"charges", "vendor bills"}),
        ),
        Rung(
            "People and teams",
            "[[people]] and [[teams]] in payback.toml, or SCIM from an identity provider",
            "Spend by team and person",
            bool(held),
        ),
        Rung(
            "Git",
            "Repositories of the logs are read by themselves; more under [git] roots in payback.toml",
            "Changes with receipts",
            "repositories" in kinds,
        ),
        Rung(
            "Owners",
            "Name them on the page Owners missing, or under [[owners]] in payback.toml",
            "Who answers for which money",
            bool(held.catalogue.owners or any(tool.owner for tool in held.tools.values())),
        ),
        Rung(
            "Tickets and deployments",
            "payback init --vendor github --key env:NAME (or gitlab, jira, linear, …), or payback import FILE --as tickets",
            "Delivery, Reviews, Quality, cost per ticket",
            False,
        ),
        Rung("First effect", LATER, "Whether AI made delivery better", False),
    )
