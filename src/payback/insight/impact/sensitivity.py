"""Whether a verdict hangs on where the line of adoption was drawn. A unit counts as treated from the first week in which 30 %
of its people have the habit; with 10 or 50 % it is another week, or none. One panel per line, the same question of each.

    across({10: panel_at_10, 30: panel_at_30, 50: panel_at_50}, asked, headline=30)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payback.errors import PaybackError
from payback.insight.effect import Check
from payback.insight.impact.estimate import Asked, Estimate, estimate
from payback.insight.impact.verdict import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.insight.impact.panel import Panel


@dataclass(frozen=True)
class Sensitivity:
    """The estimate at each threshold in percent (None where nothing can be compared), and whether they agree."""

    estimates: dict[int, Estimate | None]
    check: Check


def across(panels: Mapping[int, Panel], asked: Asked, headline: int = 30) -> Sensitivity:
    """The estimates, and a check that passes where no threshold turns the sign or contradicts the verdict of the headline.
    A verdict that cannot be told at another threshold is no contradiction; it is told in words.
    """
    found = {threshold: _estimated(panels[threshold], asked) for threshold in sorted(panels)}
    return Sensitivity(found, _agreement(found, headline))


def _estimated(panel: Panel, asked: Asked) -> Estimate | None:
    try:
        return estimate(panel, asked)
    except PaybackError:
        return None


def _agreement(found: Mapping[int, Estimate | None], headline: int) -> Check:
    head = found.get(headline)
    others = {threshold: one for threshold, one in found.items() if one and threshold != headline}
    if head is None or not others:
        return Check("threshold", None, "nothing to look at: one threshold of adoption only gives an effect")
    turned = [threshold for threshold, one in others.items() if _contradicts(head, one)]
    words = ", ".join(
        f"{threshold} %: {one.att:+.3g}, {one.verdict}" for threshold, one in found.items() if one
    )
    return Check("threshold", not turned, f"at {words}")


def _contradicts(head: Estimate, other: Estimate) -> bool:
    """Another verdict, both told; or the other sign, unless both intervals hold 0."""
    words = {head.verdict, other.verdict}
    told = not any(word.startswith(UNKNOWN) for word in words)
    if told and len(words) > 1:
        return True
    return head.att * other.att < 0 and not (_holds_nothing(head) and _holds_nothing(other))


def _holds_nothing(found: Estimate) -> bool:
    return found.interval is None or found.interval[0] <= 0 <= found.interval[1]
