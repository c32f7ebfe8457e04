"""What a comparison says of one metric of one unit, before it is judged: percent with interval, what it stands on, what was
checked. Pure: cells and dates in, a value out.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import expm1
from typing import TYPE_CHECKING

import numpy as np

from payback.errors import PaybackError
from payback.insight.effect import ASSOCIATION, CONTROLLED, DESCRIPTIVE, WEAK, Check, Effect
from payback.insight.impact.comparison import series
from payback.insight.impact.dealt import LEAST_BEFORE, SETTLED, Dealt, dealt
from payback.insight.impact.panel import NEVER
from payback.insight.impact.quantiles import around
from payback.insight.impact.verdict import Guardrail, needed, verdict
from payback.insight.outcome import WEEKS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from payback.insight.impact.dealt import Point
    from payback.insight.impact.quantiles import Interval
    from payback.insight.outcome import Cells

ADOPTION = "adoption"
METHOD, SERIES, BEFORE_AFTER = "difference_in_differences", "interrupted_series", "before_after"
MATCHED = "matched"
FEWEST_UNITS = 5
NOBODY = "nobody is left to compare with"
SUSPECT = 0.05
FEW = 30
LEAST_LEVEL = 0.01
PLAUSIBLE = (-20.0, 30.0)
THROUGHPUT = ("merged_prs", "merged_prs_per_dev_week", "tickets_resolved")
MARGIN = 10.0


@dataclass(frozen=True, slots=True)
class Subject:
    """Which metric of which unit is studied; `more` says whether more of it is better; `since` when the unit adopted."""

    metric: str
    unit_kind: str
    unit: str | None
    more: bool
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Study:
    """An estimate in percent. `att`, `se` and `terms` (its interval) are in the terms compared; all are None where nothing could
    be compared, and then `missing` says why.
    """

    subject: Subject
    method: str
    label: str
    att: float | None = None
    se: float | None = None
    percent: float | None = None
    interval: Interval | None = None
    n: int = 0
    units: int = 0
    weeks: int = 0
    pretrend_p: float | None = None
    checks: tuple[Check, ...] = ()
    missing: str = ""
    cells: Cells | None = None
    groups: tuple[int, ...] = ()
    found: Dealt | None = None
    terms: Interval | None = None
    fixed: Study | None = None

    @property
    def mix(self) -> float | None:
        """What of the effect, in the terms compared, is a shift between kinds of work: it and the effect at fixed mix add up."""
        if self.fixed is None or self.att is None or self.fixed.att is None:
            return None
        return self.att - self.fixed.att

    def said(self, point: Point) -> tuple[float | None, Interval | None]:
        """A point of it in percent, with its interval."""
        if self.cells is None or self.found is None:
            return None, None
        inside = point.interval and _percents(point.interval, self.found, is_log=self.cells.is_log)
        return _percent(point.att, self.found, is_log=self.cells.is_log), inside


def nothing(subject: Subject, why: str, checks: Sequence[Check] = ()) -> Study:
    """A study of what cannot be compared, with why."""
    return Study(subject, METHOD, DESCRIPTIVE, checks=tuple(checks), missing=why)


def studied(subject: Subject, cells: Cells, groups: Mapping[str, int], checks: Sequence[Check]) -> Study:
    """The comparison of these cells; `groups` is the first treated period of each unit, or NEVER. Units that are treated too
    early to show eight weeks before are left out, and told.
    """
    group = np.array([groups[unit] for unit in cells.units], dtype=np.int64)
    kept = (group == NEVER) | (group >= LEAST_BEFORE)
    early = Check(
        "before",
        bool(kept.all()),
        f"{(~kept).sum()} of {len(group)} units left out: fewer than {LEAST_BEFORE * WEEKS} weeks before",
    )
    if not cells.rows.any():
        return nothing(subject, "nothing of the kind is known in these weeks", checks)
    outcome, group = cells.outcome[kept], group[kept]
    checks = (*checks, early)
    if not (group != NEVER).any():
        return nothing(
            subject, f"needs {LEAST_BEFORE * WEEKS} weeks before adoption and some after it", checks
        )
    if (group == NEVER).sum() + len(np.unique(group[group != NEVER])) < 2:
        return nothing(subject, NOBODY, checks)
    found = dealt(outcome, group)
    if found is None:
        return nothing(subject, _lacking(outcome, group), checks)
    head = found.headline
    percent = _percent(head.att, found, is_log=cells.is_log)
    inside = head.interval and _percents(head.interval, found, is_log=cells.is_log)
    return Study(
        subject, METHOD, CONTROLLED, head.att, head.se, percent, inside, int(cells.rows[kept].sum()), len(group),
        WEEKS * cells.periods.count, found.pretrend_p, (*checks, *_checks(subject, found, group, percent)),
        "" if inside else "needs more units; about so few no interval is calibrated",
        cells, tuple(int(g) for g in groups.values()), found,
    )  # fmt: skip


def _lacking(outcome: NDArray[np.float64], group: NDArray[np.int64]) -> str:
    """Why nothing could be compared."""
    own = [(outcome[i], g) for i, g in enumerate(group) if g != NEVER]
    if not any(np.isfinite(course[:g]).sum() >= LEAST_BEFORE for course, g in own):
        return f"nothing is known of the {LEAST_BEFORE * WEEKS} weeks before adoption"
    if not any(np.isfinite(course[g:]).any() for course, g in own):
        return "no period of four weeks since adoption is over and old enough"
    return NOBODY


def interrupted(subject: Subject, cells: Cells, start: int, checks: Sequence[Check]) -> Study:
    """One unit without anybody to compare it with: a step in its own course, which is weak."""
    course = cells.outcome[0]
    try:
        step = series(course, start, np.zeros((len(course), 0)))
    except PaybackError as error:
        return nothing(subject, str(error), checks)
    scale = (step.percent or 0) / step.effect if step.effect else 0.0

    def percent(end: float) -> float:
        return 100 * expm1(end) if cells.is_log else end * scale

    alone = Check("controls", False, "nobody to compare with: whatever else changed then is in it")
    inside = step.interval and (percent(step.interval[0]), percent(step.interval[1]))
    return Study(
        subject, SERIES, WEAK, step.effect, step.se, percent(step.effect), inside, int(cells.rows.sum()), 1,
        cells.periods.weeks * cells.periods.count, None, (*checks, alone), "", cells, (start,), None, step.interval,
    )  # fmt: skip


def described(subject: Subject, cells: Cells, groups: Mapping[str, int], checks: Sequence[Check]) -> Study:
    """The treated units before and after, with nobody beside them: what happened, not what did it. Interval by unit."""
    change, level, n = [], [], 0
    for i, unit in enumerate(cells.units):
        g = groups[unit]
        before, after = cells.outcome[i, : max(g, 0)], cells.outcome[i, g + SETTLED[0] : g + SETTLED[1] + 1]
        if g >= LEAST_BEFORE and np.isfinite(before).any() and np.isfinite(after).any():
            change.append(float(np.nanmean(after) - np.nanmean(before)))
            level.append(float(np.nanmean(before)))
            n += int(cells.rows[i].sum())
    if not change:
        return nothing(
            subject, f"needs {LEAST_BEFORE * WEEKS} weeks before adoption and some after it", checks
        )
    att, base = float(np.mean(change)), max(float(np.mean(level)), LEAST_LEVEL)
    se = float(np.std(change, ddof=1) / np.sqrt(len(change))) if len(change) > 1 else None
    terms = around(att, se, len(change) - 1) if se is not None and len(change) >= FEWEST_UNITS else None

    def percent(end: float) -> float:
        return max(100 * expm1(end) if cells.is_log else 100 * end / base, -100.0)

    alone = Check("controls", False, "before and after alone: it says what happened, not what did it")
    return Study(
        subject, BEFORE_AFTER, DESCRIPTIVE, att, se, percent(att), terms and (percent(terms[0]), percent(terms[1])), n,
        len(change), WEEKS * cells.periods.count, None, (*checks, alone),
        "no control: descriptive", cells, tuple(groups[unit] for unit in cells.units), None, terms,
    )  # fmt: skip


def agreement(found: Sequence[tuple[float, Study]]) -> Check:
    """Whether the effect hangs on the share of contributors from which a unit counts as having adopted."""
    known = [(threshold, one) for threshold, one in found if one.percent is not None]
    if len(known) < 2:
        return Check("threshold", None, "one threshold of adoption only gives an effect")
    sure = [one for _, one in known if one.interval and not one.interval[0] <= 0 <= one.interval[1]]
    turned = len({one.percent > 0 for one in sure if one.percent is not None}) > 1
    words = ", ".join(f"{one.percent:+.0f} % from {threshold * 100:.0f} % on" for threshold, one in known)
    return Check("threshold", not turned, f"by the share of contributors with the habit: {words}")


def _percent(att: float, found: Dealt, *, is_log: bool) -> float:
    """Of the level without treatment: the mean of the treated less the effect; where that is next to nothing, of 0.01."""
    if is_log:
        return 100 * expm1(att)
    return 100 * att / max(found.level - found.headline.att, LEAST_LEVEL)


def _percents(interval: Interval, found: Dealt, *, is_log: bool) -> Interval:
    """No figure can fall by more than all of it."""
    low, high = (_percent(end, found, is_log=is_log) for end in interval)
    return max(low, -100.0), max(high, -100.0)


def _checks(
    subject: Subject, found: Dealt, group: NDArray[np.int64], percent: float | None
) -> tuple[Check, ...]:
    never, before = int((group == NEVER).sum()), found.pretrend_p
    checks = [
        Check(
            "pretrend", None if before is None else before >= SUSPECT,
            "nothing to look at before adoption" if before is None
            else f"before adoption they moved like the others: p = {before:.2f}" if before >= SUSPECT
            else f"they moved differently before adoption already: p = {before:.3f}",
        ),
        Check("controls", never > 1, f"{never} of {len(group)} units never adopted in these weeks"),
        Check(
            "interval", found.headline.interval is not None,
            f"interval by placebo adopters: {found.deals} other ways to deal the dates" if found.headline.interval
            else "too few units to deal the dates anew: no interval",
        ),
    ]  # fmt: skip
    if subject.metric in THROUGHPUT and percent is not None:
        low, high = PLAUSIBLE
        checks.append(
            Check(
                "plausible", low <= percent <= high,
                f"field experiments found −{-low:.0f} to {high:+.0f} % on throughput; beyond that look for another cause",
            )
        )  # fmt: skip
    return tuple(checks)


def judged(study: Study, guards: Sequence[Effect] = (), margins: Mapping[str, float] | None = None) -> Effect:
    """The effect with its verdict. A guardrail is broken where its interval says worse and its figure is worse by more than
    its margin (percent).
    """
    told, subject = study, study.subject
    return Effect(
        subject.metric, subject.unit_kind, subject.unit, ADOPTION, told.method, told.label,
        told.percent if told.interval else None, told.interval, told.n, told.units,
        _word(study, [_guard(guard, margins or {}) for guard in guards]), subject.since, told.checks, tuple(guards), subject.more,
    )  # fmt: skip


def _word(study: Study, guards: Sequence[Guardrail]) -> str:
    if (
        study.label in {DESCRIPTIVE, ASSOCIATION}
        or study.interval is None
        or study.att is None
        or study.se is None
    ):
        return verdict(None, study.missing)
    if study.pretrend_p is not None and study.pretrend_p < SUSPECT:
        return verdict(None, "they moved differently before adoption already")
    if study.fixed is not None and not any(one.id == "mix" and one.passed for one in study.checks):
        return verdict(None, "at the mix of work before adoption it is not the same")
    low, high = study.interval
    signed = (low, high) if study.subject.more else (-high, -low)
    return verdict(signed, needed(study.att, study.se, study.weeks), guards)


def _guard(effect: Effect, margins: Mapping[str, float]) -> Guardrail:
    margin = margins.get(effect.metric, MARGIN)
    if effect.interval is None or effect.percent is None:
        return Guardrail(effect.metric, None, margin)
    sign = 1 if effect.more else -1
    low, high = sorted(sign * end for end in effect.interval)
    return Guardrail(effect.metric, (low, high), margin, sign * effect.percent)
