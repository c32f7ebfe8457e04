"""What a page is made of: tiles, tables, charts, sentences. Values that the template draws and the `.json` twin writes.

They hold raw values (Decimal, date, None); `words` says them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal


SENTENCE = 40


@dataclass(frozen=True, slots=True)
class Link:
    """Somewhere to go."""

    words: str
    href: str


@dataclass(frozen=True, slots=True)
class Change:
    """A difference from the period before, in words, with its tone: good, bad or plain."""

    words: str
    tone: str
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Tile:
    """A number with unit, change, sparkline, coverage, its definition and a way to its rows.

    `metric` is empty where no metric stands behind it. `value` None is unknown and `unknown` says why; `at_least` puts ≥ before it.
    """

    metric: str
    title: str
    value: Any
    kind: str
    unknown: str = "not known yet"
    at_least: bool = False
    change: Change | None = None
    spark: tuple[Any, ...] = ()
    href: str = ""
    coverage: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table. `bar` draws each cell's share of the greatest; `sort` is the key it is ordered by; columns that follow
    each other in one `group` stand under its title.
    """

    key: str
    title: str
    kind: str = "text"
    sort: str = ""
    bar: bool = False
    help: str = ""
    group: str = ""

    def is_sentence(self, row: Mapping[str, Any]) -> bool:
        """Whether a cell holds more words than a narrow column should break into lines."""
        told = row.get(self.key)
        return self.kind == "text" and isinstance(told, str) and len(told) > SENTENCE

    @property
    def is_number(self) -> bool:
        return self.kind not in {"text", "code", "names", "day", "instant", "badge", "parts", "acts", "pick"}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows are mappings by column key; `href`, `hue` and `quiet` in a row lead on, colour it, or set it back. `currency` in a
    row is that of its money, where it is not the page's.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Any], ...]
    total: Mapping[str, Any] | None = None
    sort: str = ""
    empty: str = "Nothing here in these days."
    note: str = ""

    @property
    def groups(self) -> tuple[tuple[str, int], ...]:
        """The titles that columns stand under, each with how many; none where no column has one."""
        if not any(column.group for column in self.columns):
            return ()
        return tuple(
            (title, len(list(held))) for title, held in groupby(self.columns, lambda column: column.group)
        )

    def greatest(self, key: str) -> Decimal | int:
        """The greatest known size in a column, for share bars; 0 when none is known."""
        return max((abs(row[key]) for row in self.rows if row.get(key) is not None), default=0)


@dataclass(frozen=True, slots=True)
class Button:
    """One thing to do, sent as a form with these fields. `label` says it whole for those who hear it; `asks` names a field
    for the reader to fill in, with its words and what is proposed.
    """

    words: str
    fields: Mapping[str, str]
    label: str = ""
    main: bool = False
    asks: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Pick:
    """A list to choose from that leads on to a page: `name` is the parameter, `options` pairs values with words, `kept` what
    goes along. Nothing is changed by it.
    """

    href: str
    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    words: str
    kept: tuple[tuple[str, str], ...] = ()
    chosen: str = ""


@dataclass(frozen=True, slots=True)
class Swatch:
    """One entry of a legend: a name, its hue, what it adds up to, and where it leads."""

    name: str
    hue: str
    value: Any = None
    kind: str = "text"
    href: str = ""
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A Vega-Lite value with the sentence it shows as title, its legend, and the table behind it."""

    id: str
    title: str
    spec: Mapping[str, Any]
    table: Table
    legend: tuple[Swatch, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing said: words, the number that carries it, words."""

    before: str
    figure: str
    after: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.before, self.figure, self.after) if part)


@dataclass(frozen=True, slots=True)
class Action:
    """One next thing to do, with what it is worth and where to begin."""

    title: str
    why: str
    link: Link
    at_stake: Decimal | None = None
    unit: str = "money"


@dataclass(frozen=True, slots=True)
class Question:
    """One of Home's four questions: a sentence with its number, a picture, a way in."""

    id: str
    question: str
    sentence: Sentence
    link: Link
    tile: Tile | None = None
    chart: Chart | None = None
    actions: tuple[Action, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the ladder of the first run: what, what it takes, what it opens, and whether it is done."""

    title: str
    needs: str
    opens: str
    done: bool


@dataclass(frozen=True, slots=True)
class Empty:
    """Why there is nothing to see, and the way on."""

    title: str
    why: str
    links: tuple[Link, ...] = ()
    ladder: tuple[Rung, ...] = field(default=())
