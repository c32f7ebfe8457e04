"""Money put on teams, people, tools and changes. Rules 3 to 6 and 9 of the ledger.

A charge for use is split over the use it paid for, in proportion to list price (by tokens where nothing is priced). What
the known use does not explain stays at the charge's own place, over its days; so do seats, credits, taxes. A charge that
a higher source set aside adds nothing: its shares are what the higher one is split over. Money is moved, never made.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.ledger.batches import digest
from payback.ledger.candidates import Candidate, Pool, Wanted
from payback.ledger.covering import days, first_day
from payback.ledger.licences import Licences
from payback.ledger.portions import nano, portion, portions
from payback.ledger.rates import USD, Rates
from payback.ledger.reconcile import family
from payback.ledger.shares import tool_of
from payback.ledger.use import ENOUGH, model_key
from payback.money import WHOLE
from payback.period import midnight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date, datetime
    from decimal import Decimal
    from zoneinfo import ZoneInfo

    from payback.ledger.placement import Place, Placement
    from payback.ledger.reconcile import Reconciled

    Row = dict[str, Any]

USAGE = "Usage"
AMOUNTS = ("list_cost", "billed_cost", "effective_cost")
NOON = timedelta(hours=12)
EXPLAINED, UNEXPLAINED, FIXED = "explained", "unexplained", "fixed"


@dataclass(frozen=True, slots=True)
class Ground:
    """What attribution needs to know besides use and charges. `currency` is the organisation's, `use_of_month` the list money of each team in a month, by which shared money may be split. On `trial` all use is placed
    anew by this placement, instead of by the one it was taken in with.
    """

    zone: ZoneInfo
    placement: Placement
    currency: str = "USD"
    rates: Rates = field(default_factory=Rates)
    seats: Licences = field(default_factory=Licences)
    use_of_month: Callable[[date], Mapping[str, int]] = lambda _month: {}
    trial: bool = False


@dataclass(slots=True)
class Share:
    """A part of a charge: at the place of a row of use (`row`), or at a place of its own (`own`, by column)."""

    charge: Row
    spend_id: str
    billed: int | None
    amortised: int | None
    listed: int | None
    reconciled: str
    row: int = -1
    own: Row | None = None
    basis: str = ""


def attributed(reconciled: Reconciled, use: Sequence[Candidate], ground: Ground) -> list[Share]:
    """The shares of all counted charges. They add up to the charges, exactly, in each basis."""
    pool = Pool(ground.zone)
    pool.add(use)
    lower = _lower_pools(reconciled, pool, ground)
    shares: list[Share] = []
    for key, charges in _families(reconciled.counted).items():
        for wanted, alike in _alike(charges, ground).items():
            shares += _shares(wanted, alike, (lower.get(key), pool), ground)
    return shares


def _families(charges: Iterable[Row]) -> dict[tuple[str, bool], list[Row]]:
    found: dict[tuple[str, bool], list[Row]] = defaultdict(list)
    for charge in charges:
        found[family(charge)].append(charge)
    return found


def _alike(charges: Iterable[Row], ground: Ground) -> dict[Wanted, list[Row]]:
    """Charges by what they say of themselves; lines of one model for input and output tokens are paid for by the same."""
    found: dict[Wanted, list[Row]] = defaultdict(list)
    for charge in charges:
        found[Wanted.of(charge, own_place(charge, charge["charge_period_start"], ground))].append(charge)
    return found


def _lower_pools(reconciled: Reconciled, pool: Pool, ground: Ground) -> dict[tuple[str, bool], Pool]:
    """Per family the shares of charges set aside, as candidates for the higher charge to be split over."""
    found: dict[tuple[str, bool], Pool] = {}
    known = {one.row: one for one in pool}
    for key, charges in _families(reconciled.set_aside).items():
        metered = [charge for charge in charges if charge["charge_category"] == USAGE]
        if not metered:
            continue
        below = Pool(ground.zone)
        for wanted, alike in _alike(metered, ground).items():
            below.add(_as_candidates(_shares(wanted, alike, (None, pool), ground), known, ground))
        found[key] = below
    return found


def _as_candidates(
    shares: Iterable[Share], known: dict[int, Candidate], ground: Ground
) -> Iterable[Candidate]:
    """Shares of a lower bill as what a higher one is split over, in proportion to what the lower one billed."""
    for share in shares:
        if not share.billed or share.billed < 0:
            continue
        charge, place, use = share.charge, share.own or {}, known.get(share.row)
        day = use.day if use else place["day"]
        yield Candidate(
            row=share.row,
            key=share.spend_id,
            vendor=charge["vendor"],
            account=charge["account"],
            project=charge["sub_account"] or (use.project if use else None),
            api_key=charge.get("api_key") or (use.api_key if use else None),
            model=model_key(charge["model"]) or (use.model if use else ""),
            tool=charge["tool"] or (use.tool if use else None),
            person=use.person if use else place.get("person"),
            team=use.team if use else place.get("team"),
            workflow=use.workflow if use else place.get("workflow"),
            day=day,
            slot=use.slot if use else midnight(day, ground.zone) + NOON,
            nano=share.billed,
            tokens=0,
            own=share.own,
            basis=share.basis,
        )


def _shares(
    wanted: Wanted, charges: list[Row], pools: tuple[Pool | None, Pool], ground: Ground
) -> Iterable[Share]:
    """Charges that say the same of themselves, split over what they paid for; the rest at their own place. Where use of
    that vendor and model is known on those days, list money is the use's own, wherever rules put the charge.
    """
    metered = [charge for charge in charges if charge["charge_category"] == USAGE]
    found: list[Candidate] = []
    if metered:
        below, use = pools
        found = (below.paid_for(wanted) if below else []) or use.paid_for(wanted)
    is_told = bool(found) or bool(metered and pools[1].at_time(wanted))
    part = _explained(metered, found, ground) if found else 0
    weights = _weights(found)
    shares: list[Share] = []
    for charge in charges:
        is_split = part and charge["charge_category"] == USAGE
        if is_split:
            shares += _split(charge, found, weights, part)
        if not is_split or part < WHOLE:
            told = {**charge, "list_cost": None} if is_told else charge
            shares += _at_home(told, WHOLE - part if is_split else WHOLE, ground)
    return shares


def _weights(found: Sequence[Candidate]) -> list[int]:
    """By list price; by tokens where nothing has a price; alike where there are none either."""
    priced = [one.nano or 0 for one in found]
    return priced if any(priced) else [one.tokens for one in found]


def _explained(charges: Sequence[Row], found: Sequence[Candidate], ground: Ground) -> int:
    """The part per 10^12 of the charges that known use accounts for: by tokens where the bill counts them, else by money.
    A little less than all is rounding. Use worth more than the bill (a discount) explains all of it.
    """
    known_tokens = sum(one.tokens for one in found)
    billed_tokens = _tokens(charges)
    if billed_tokens and known_tokens:
        total, known = billed_tokens, known_tokens
    else:
        total = sum(_worth(charge, ground) or 0 for charge in charges)
        known = sum(one.nano or 0 for one in found)
    if total <= 0 or not known:
        return WHOLE
    part = min(WHOLE, known * WHOLE // total)
    return WHOLE if part >= ENOUGH else part


def _tokens(charges: Sequence[Row]) -> int:
    """Tokens that the charges count; 0 unless all of them do."""
    if any(
        (charge.get("unit") or "").casefold() != "tokens" or not charge.get("quantity") for charge in charges
    ):
        return 0
    return int(sum(charge["quantity"] for charge in charges))


def _worth(charge: Row, ground: Ground) -> int | None:
    """What a charge is worth at list, in billionths of a US dollar; None where its currency has no rate."""
    told: Decimal | None = next((charge[name] for name in AMOUNTS if charge[name]), None)
    if told is None or told <= 0:
        return None
    day = first_day(charge, ground.zone)
    return nano(ground.rates.converted(told, charge["currency"], USD, day))


def _split(charge: Row, found: Sequence[Candidate], weights: list[int], part: int) -> Iterable[Share]:
    billed = portions(portion(nano(charge["billed_cost"]), part), weights)
    amortised = portions(portion(nano(charge["effective_cost"]), part), weights)
    for one, cash, cost in zip(found, billed, amortised, strict=True):
        key = f"{charge['charge_id']}:{one.key}"
        yield Share(charge, key, cash, cost, 0, EXPLAINED, one.row, one.own, one.basis)


def _at_home(charge: Row, rest: int, ground: Ground) -> Iterable[Share]:
    """What is left of a charge at its own place: cash on its first day, cost over the days it covers."""
    amounts = [nano(charge[name]) for name in ("billed_cost", "effective_cost", "list_cost")]
    left = [None if told is None else told - (portion(told, WHOLE - rest) or 0) for told in amounts]
    if charge["charge_category"] != USAGE:
        left[2] = None
    covered = days(charge, ground.zone)
    spread = portions(left[1], [1] * len(covered))
    state = UNEXPLAINED if charge["charge_category"] == USAGE else FIXED
    for index, (day, cost) in enumerate(zip(covered, spread, strict=True)):
        if index and cost is None:
            break
        own, basis = _place(charge, day, ground)
        cash, listed = (left[0], left[2]) if index == 0 else (None, None)
        key = digest(charge["charge_id"], day.isoformat())
        yield Share(charge, key, cash, cost, listed, state, own=own, basis=basis)


def _place(charge: Row, day: date, ground: Ground) -> tuple[Row, str]:
    place = own_place(charge, midnight(day, ground.zone), ground)
    own = {
        "day": day,
        "account": charge["account"],
        "project": charge["sub_account"],
        "api_key": charge.get("api_key"),
        "tool": charge["tool"],
        "model": charge["model"],
        **{name: getattr(place, name) for name in place._fields if name != "basis"},
    }
    return own, place.basis


def own_place(charge: Row, instant: datetime, ground: Ground) -> Place:
    """Where rules and directory put a charge by what it says of itself."""
    tags = dict(charge.get("tags") or {})
    asked = {
        "vendor": charge["vendor"], "account": charge["account"], "project": charge["sub_account"],
        "api_key": charge.get("api_key"), "actor": charge["actor"], "tool": tool_of(charge), "model": charge["model"],
        "source": charge["source"], "repo": tags.get("repo"), "tags": tags, "team_tag": tags.get("team"),
        "cost_center_tag": tags.get("cost_center"), "workflow_tag": tags.get("workflow"),
        "environment_tag": tags.get("environment"), "task_type_tag": tags.get("task_type"),
    }  # fmt: skip
    return ground.placement.remembered(asked, instant)
