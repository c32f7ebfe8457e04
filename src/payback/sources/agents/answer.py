"""The answer of `payback agents`: totals and rows by any cut, what has no price, what could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.sources.agents.table import AMOUNT, DIMENSIONS, EMPTY, PRICED, SUMS, UNPRICED, day_text
from payback.sources.agents.tariff import dollars

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from payback.sources.agents.table import Cut

Refusal = tuple[str, "int | None", str]


class Tally:
    """Sums by (tool, model, day, project, branch, session), and refusals as (file, line, why)."""

    def __init__(self, sums: Mapping[Cut, Sequence[int]], rejected: list[Refusal]) -> None:
        self.sums = sums
        self.rejected = [{"file": file, "line": line, "why": why} for file, line, why in rejected]

    @classmethod
    def restored(cls, sums: list[list[Any]], rejected: list[Refusal]) -> Tally:
        """What `kept` wrote."""
        cut, amount = len(DIMENSIONS), len(DIMENSIONS) + AMOUNT
        for row in sums:
            row[amount] = int(row[amount])
        return cls({tuple(row[:cut]): row[cut:] for row in sums}, rejected)

    def kept(self) -> dict[str, Any]:
        """As plain values for `restored`; amounts as text, for they are larger than 64 bits."""
        sums = [[*cut, *row[:AMOUNT], str(row[AMOUNT]), *row[AMOUNT + 1 :]] for cut, row in self.sums.items()]
        return {"sums": sums, "rejected": [list(each.values()) for each in self.rejected]}

    def totals(self) -> dict[str, Any]:
        """Requests, tokens by kind, errors, retries and `list_usd`, which covers what has a price."""
        return _told(_added(self.sums.values()))

    def rows(self, by: Sequence[str] = ("tool",)) -> list[dict[str, Any]]:
        """The same by cuts, largest amount first, then by the cuts. Unknown is None; raises KeyError for an unknown cut."""
        places = [_PLACE[dimension] for dimension in by]
        groups: dict[tuple[Any, ...], list[Sequence[int]]] = {}
        for cut, sums in self.sums.items():
            groups.setdefault(tuple([cut[place] for place in places]), []).append(sums)
        added = {group: _added(sums) for group, sums in groups.items()}
        ordered = sorted(added, key=lambda group: (-added[group][AMOUNT], group))
        return [
            {
                **{dimension: _word(dimension, value) for dimension, value in zip(by, group, strict=True)},
                **_told(added[group]),
            }
            for group in ordered
        ]

    def unpriced(self) -> list[dict[str, Any]]:
        """Models whose tokens no amount covers, most tokens first."""
        tokens: dict[str, int] = {}
        for cut, sums in self.sums.items():
            if sums[UNPRICED]:
                tokens[cut[1]] = tokens.get(cut[1], 0) + sums[UNPRICED]
        return [
            {"model": model or None, "tokens": tokens[model]}
            for model in sorted(tokens, key=lambda name: (-tokens[name], name))
        ]

    def json(self, by: Sequence[str] = ("tool",)) -> dict[str, Any]:
        """What the verb prints."""
        return {
            "totals": self.totals(),
            "rows": self.rows(by),
            "unpriced": self.unpriced(),
            "rejected": self.rejected,
        }


def together(tallies: Sequence[Tally]) -> Tally:
    """Several tallies as one; they are of different homes, so nothing in them is a copy of the same response."""
    if len(tallies) == 1:
        return tallies[0]
    sums: dict[Cut, list[int]] = {}
    for each in tallies:
        for cut, row in each.sums.items():
            sums[cut] = [one + other for one, other in zip(sums.get(cut, EMPTY), row, strict=True)]
    whole = Tally(sums, [])
    whole.rejected = [row for each in tallies for row in each.rejected]
    return whole


_PLACE = {dimension: place for place, dimension in enumerate(DIMENSIONS)}


def _added(rows: Iterable[Sequence[int]]) -> list[int]:
    return [sum(column) for column in zip(*rows, strict=True)] or EMPTY


def _told(sums: Sequence[int]) -> dict[str, Any]:
    is_unpriced = sums[UNPRICED] and not sums[PRICED]
    return {
        **dict(zip(SUMS, sums, strict=False)),
        "list_usd": None if is_unpriced else f"{dollars(sums[AMOUNT]):f}",
    }


def _word(dimension: str, value: Any) -> str | None:
    return day_text(value) if dimension == "day" else value or None
