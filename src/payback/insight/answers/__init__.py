"""Before you answer: questions as saved analyses. To add one, write its module and name it here."""

from __future__ import annotations

from payback.insight.answers import cheapest_tool, cut_seats, flat_cycle, review

SAVED = (flat_cycle.SAVED, cheapest_tool.SAVED, review.SAVED, cut_seats.SAVED)
