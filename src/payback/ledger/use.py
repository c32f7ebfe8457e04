"""Use, counted once. Several sources tell of the same requests; the highest says how much there was, the lower ones say
whose it was. Rule 4 of the ledger, for what was used rather than for what was billed.

Of one vendor, day and model, the vendor's own count stands above a gateway's, that above telemetry, that above local logs.
The higher count is split over the lower rows it can be speaking of: those of the same person, else of the same team, else
what is left and does not contradict. What the lower rows do not explain stays where the vendor put it. A lower row that no
higher one speaks of stands for itself. Money, tokens and requests of the higher rows come out exactly.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from payback.ledger.portions import portion, portions
from payback.money import WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

LEVELS = {"usage_api": 3, "gateway": 2, "telemetry": 1}
VENDORS_OWN = LEVELS["usage_api"]
ANY_TOOL = frozenset({"openai_api", "anthropic_api", "bedrock", "azure_openai", "vertex_ai", "openrouter"})
API_TOOLS = {"aws": "bedrock", "azure": "azure_openai", "google": "vertex_ai", "openrouter": "openrouter"}
ENOUGH = WHOLE * 98 // 100  # below this the rest is shown apart; above, it is rounding and goes with the rest
_DATED = re.compile(r"[-@]20\d{2}-?\d{2}-?\d{2}$|-v\d+(:\d+)?$")


class Fill(NamedTuple):
    """What a higher row knows of the place of a lower one that does not know it itself."""

    account: str | None = None
    project: str | None = None
    api_key: str | None = None


NOTHING_KNOWN = Fill()


@dataclass(slots=True)
class Told:
    """Rows of use as columns: where each belongs, and who tells of it. `nano` is list money in billionths of a dollar,
    None where the model has no price. `is_open` says that the vendor's bucket had not ended when it was read.
    """

    vendor: list[str | None]
    utc_day: list[date]
    model: list[str]
    tool: list[str | None]
    person: list[str | None]
    team: list[str | None]
    fill: list[Fill]
    level: list[int]
    is_tagged: list[bool]
    is_apart: list[bool]
    is_open: list[bool]
    nano: list[int | None]
    unpriced: list[int]
    tokens: list[int]
    requests: list[int]


@dataclass(slots=True)
class Piece:
    """What became of one row: how much of it counts, and what a higher row adds to its place."""

    row: int
    nano: int | None
    unpriced: int
    tokens: int
    requests: int
    fill: Fill = NOTHING_KNOWN


@lru_cache(maxsize=4096)
def model_key(name: str | None) -> str:
    """A model's name without the date, region or platform that one teller gives and another leaves out."""
    told = (name or "").casefold().rpartition("/")[2]
    told = re.sub(r"^(?:[a-z]{2,6}\.)?(?:anthropic|openai|meta|amazon|mistral|google)\.", "", told)
    return _DATED.sub("", _DATED.sub("", told))


def counted_once(told: Told) -> list[Piece]:
    """The pieces that count, in the order of the rows they come from; each row gives at most one."""
    found: list[Piece] = []
    for place in _places(told):
        if len({told.level[row] for row in place}) == 1:
            found += [_whole(told, row) for row in place]
        else:
            found += _settled(told, place)
    return sorted(found, key=lambda piece: piece.row)


def _places(told: Told) -> Iterable[list[int]]:
    """Rows that can tell of the same requests. What a flat fee or a key of one's own paid stands apart."""
    by_place: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for row, vendor in enumerate(told.vendor):
        key = (row,) if told.is_apart[row] else (vendor, told.utc_day[row], told.model[row])
        by_place[key].append(row)
    return by_place.values()


def _whole(told: Told, row: int) -> Piece:
    return Piece(
        row, told.nano[row], told.unpriced[row], told.tokens[row], told.requests[row], told.fill[row]
    )


def _settled(told: Told, rows: list[int]) -> list[Piece]:
    """The rows of one place, level over level: tools apart below the vendor, since two tools are two uses."""
    by_tool: dict[str | None, list[int]] = defaultdict(list)
    above = [row for row in rows if told.level[row] == VENDORS_OWN]
    for row in rows:
        if told.level[row] < VENDORS_OWN:
            by_tool[told.tool[row]].append(row)
    low = {tool: _levels(told, of_tool) for tool, of_tool in by_tool.items()}
    named = {told.tool[row] for row in above} - ANY_TOOL
    found: list[Piece] = []
    for tool in sorted(named, key=str):
        own = [_whole(told, row) for row in above if told.tool[row] == tool]
        found += refined(told, own, low.pop(tool, []))
    rest = [_whole(told, row) for row in above if told.tool[row] in ANY_TOOL]
    return found + refined(told, rest, [piece for pieces in low.values() for piece in pieces])


def _levels(told: Told, rows: list[int]) -> list[Piece]:
    """Rows of one tool below the vendor's own count, each level over the one beneath it."""
    by_level: dict[int, list[Piece]] = defaultdict(list)
    for row in rows:
        by_level[told.level[row]].append(_whole(told, row))
    found: list[Piece] = []
    for level in sorted(by_level):
        found = refined(told, by_level[level], found)
    return found


def refined(told: Told, high: list[Piece], low: list[Piece]) -> list[Piece]:
    """The higher pieces split over the lower ones: by person where one is named, by team, then what is left of both and
    does not contradict.
    """
    found: list[Piece] = []
    for claim in (told.person, told.team):
        groups, high, low = _claimed(high, low, claim)
        for above, below in groups:
            explained, rest = split_over(told, above, below)
            found += explained
            high += rest
    for speaks, is_meant in ((_nobodys, _tagged), (_any, _unknown), (_unknown, _any)):
        above = [piece for piece in high if speaks(told, piece.row)]
        below = [piece for piece in low if is_meant(told, piece.row)]
        if above and below:
            explained, rest = split_over(told, above, below)
            found += explained
            high = [piece for piece in high if not speaks(told, piece.row)] + rest
            low = [piece for piece in low if not is_meant(told, piece.row)]
    return found + high + low


def _any(_told: Told, _row: int) -> bool:
    return True


def _tagged(told: Told, row: int) -> bool:
    return told.is_tagged[row]


def _nobodys(told: Told, row: int) -> bool:
    return told.person[row] is None


def _unknown(told: Told, row: int) -> bool:
    return told.person[row] is None and told.team[row] is None


def _claimed(
    high: list[Piece], low: list[Piece], claim: Sequence[str | None]
) -> tuple[list[tuple[list[Piece], list[Piece]]], list[Piece], list[Piece]]:
    """Pairs of higher and lower pieces with one claim, and the pieces of either side that pair with nothing."""
    above, below = _by(high, claim), _by(low, claim)
    shared = [key for key in above if key is not None and key in below]
    taken = set(shared)
    return (
        [(above[key], below[key]) for key in shared],
        [piece for key, pieces in above.items() if key not in taken for piece in pieces],
        [piece for key, pieces in below.items() if key not in taken for piece in pieces],
    )


def _by(pieces: list[Piece], claim: Sequence[str | None]) -> dict[str | None, list[Piece]]:
    found: dict[str | None, list[Piece]] = defaultdict(list)
    for piece in pieces:
        found[claim[piece.row]].append(piece)
    return found


def split_over(told: Told, high: list[Piece], low: list[Piece]) -> tuple[list[Piece], list[Piece]]:
    """The lower pieces with what the higher ones say they amount to, and what of the higher ones remains.

    A bucket that was still open when the vendor told of it does not contradict lower rows that know more. Telemetry that
    counts the same tokens as the logs knows no better what kinds they were. Of a gateway's request the vendor knows the
    account, project and key; the gateway's own keys are not the vendor's.
    """
    in_money = all(piece.nano is not None for piece in (*high, *low))
    weights = [_measure(piece, in_money=in_money) for piece in low]
    total, known = sum(_measure(piece, in_money=in_money) for piece in high), sum(weights)
    fill = common(piece.fill for piece in high)
    is_vendors = all(told.level[piece.row] == VENDORS_OWN for piece in high)
    if (known >= total and any(told.is_open[piece.row] for piece in high)) or (
        not is_vendors and _same_tokens(high, low)
    ):
        return [_filled(piece, fill) for piece in low], []
    part = WHOLE if total == 0 else min(WHOLE, known * WHOLE // total)
    part = WHOLE if part >= ENOUGH else part
    sums = [_sum(high, name) for name in AMOUNTS]
    told_of = [portion(amount, part) for amount in sums]
    split = [portions(amount, weights) for amount in told_of]
    explained = [
        Piece(
            piece.row,
            amounts[0],
            amounts[1] or 0,
            amounts[2] or 0,
            amounts[3] or 0,
            merged(fill, piece.fill) if is_vendors else merged(piece.fill, fill),
        )
        for piece, amounts in zip(low, zip(*split, strict=True), strict=True)
    ]
    return explained, [] if part == WHOLE else _remaining(high, sums, told_of)


def _same_tokens(high: list[Piece], low: list[Piece]) -> bool:
    tokens = sum(piece.tokens for piece in high)
    return tokens > 0 and tokens == sum(piece.tokens for piece in low)


AMOUNTS = ("nano", "unpriced", "tokens", "requests")


def _remaining(high: list[Piece], sums: list[int | None], told_of: list[int | None]) -> list[Piece]:
    """What the lower rows do not explain, over the higher rows in proportion to what each had."""
    left = [
        portions(
            None if whole is None else whole - (part or 0),
            [max(getattr(piece, name) or 0, 0) for piece in high],
        )
        for name, whole, part in zip(AMOUNTS, sums, told_of, strict=True)
    ]
    return [
        Piece(piece.row, amounts[0], amounts[1] or 0, amounts[2] or 0, amounts[3] or 0, piece.fill)
        for piece, amounts in zip(high, zip(*left, strict=True), strict=True)
    ]


def _sum(pieces: list[Piece], name: str) -> int | None:
    """The sum over pieces; unknown when it is unknown of all of them."""
    known = [value for piece in pieces if (value := getattr(piece, name)) is not None]
    return sum(known) if known else None


def _measure(piece: Piece, *, in_money: bool) -> int:
    return (piece.nano or 0) if in_money else piece.tokens or piece.requests


def common(fills: Iterable[Fill]) -> Fill:
    """What all of them say alike."""
    columns = [set(values) for values in zip(*fills, strict=True)]
    return Fill(*(values.pop() if len(values) == 1 else None for values in columns))


def merged(own: Fill, other: Fill) -> Fill:
    """One's own knowledge first."""
    return Fill(*(mine if mine is not None else theirs for mine, theirs in zip(own, other, strict=True)))


def _filled(piece: Piece, fill: Fill) -> Piece:
    return Piece(
        piece.row, piece.nano, piece.unpriced, piece.tokens, piece.requests, merged(piece.fill, fill)
    )


def levels(precedences: Sequence[str | None]) -> list[int]:
    """How high each teller stands; a local log is lowest."""
    return [LEVELS.get(told or "", 0) for told in precedences]
