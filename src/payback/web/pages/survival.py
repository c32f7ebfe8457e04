"""Code survival: what share of added lines is still there after 14, 30, 60 and 90 days, with AI beside none detected."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.app.delivery_views import survival
from payback.web import words
from payback.web.blocks import Chart, Column, Empty, Link, Sentence, Swatch, Table
from payback.web.charts.curves import curves
from payback.web.page import Page
from payback.web.palette import hues
from payback.web.scorecards import period_words
from payback.web.series import spoken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payback.web.asking import Ask

AGES = (14, 30, 60, 90)
NOTE = (
    "Of lines added by commits of these days that are old enough for an age; younger ones are locked and counted apart. Blank "
    "lines and lines of up to three characters do not count, moved lines stay. Lines that go are no fault by themselves: "
    "what is tried out is meant to go. A difference between classes is no effect of AI."
)


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """Curves by AI class, and the same by tool, team and repository."""
    looked = ask.desk.view(ask.filters.period, ask.scope)
    classes = survival(looked, "ai_class", ask.where)
    if not classes:
        return {
            "empty": Empty(
                f"No lines of {period_words(ask)} are followed yet",
                "Repositories that Git reads are followed by themselves: payback sync git.",
                (
                    Link("Show all days", ask.filters.url(range="all", since=None, through=None)),
                    Link("See the sources", "/sources"),
                ),
            )
        }
    return {
        "empty": None,
        "sentence": _sentence(classes),
        "chart": _chart(ask, classes),
        "tables": tuple(
            _table(by, survival(looked, by, ask.where), title, ask.names(by))
            for by, title in (("tool", "By tool"), ("team", "By team"), ("repo", "By repository"))
        ),
    }


def _sentence(classes: Sequence[Mapping[str, Any]]) -> Sentence:
    """How much of what AI had a hand in is left after 30 days, of the class that brought most, beside the rest."""
    told = {row["name"]: row["share"] for row in classes if row["age_days"] == 30}
    lines = {row["name"]: row["all_added"] for row in classes if row["age_days"] == 30}
    known = [(name, share) for name, share in told.items() if share is not None and name != "none_detected"]
    if not known:
        return Sentence("", "No line with signs of AI", "is 30 days old yet.")
    name, share = max(known, key=lambda one: lines[one[0]])
    rest = told.get("none_detected")
    beside = f", beside {words.short(_decimal(rest), 'share')} without a sign" if rest is not None else ""
    said = words.title(name)
    return Sentence(
        f"{said}: after 30 days", words.short(_decimal(share), "share"), f"of the lines are left{beside}."
    )


def _chart(ask: Ask, rows: Sequence[Mapping[str, Any]]) -> Chart:
    names = list(dict.fromkeys(row["name"] or "none_detected" for row in rows))
    hue = {name: given for name, given in hues(names).items() if name}
    points = [
        (row["name"] or "none_detected", row["age_days"], _decimal(row["share"]))
        for row in rows
        if row["share"] is not None
    ]
    said = {name: words.title(name) for name in names}
    legend = tuple(Swatch(said[name], hue[name]) for name in names)
    behind = _table("ai_class", rows, "The figures behind the chart", {})
    title = f"Share of added lines alive by age, lines of {period_words(ask)}"
    return Chart("survival", title, curves(title, points, hue, said), behind, legend, NOTE)


def _table(by: str, rows: Sequence[Mapping[str, Any]], caption: str, called: Mapping[str, str]) -> Table:
    """One line per name: lines added, and the share alive at each age."""
    names = list(dict.fromkeys(row["name"] for row in rows))
    held = {(row["name"], row["age_days"]): row for row in rows}
    ages = sorted({row["age_days"] for row in rows} | set(AGES))
    columns = (
        Column("name", "Name"),
        Column("added", "Lines added", "count", bar=True),
        *(Column(f"age_{age}", f"{age} days", "share") for age in ages),
        Column("locked", "Too young", "count", help="Lines added that are not 90 days old yet"),
    )
    made = tuple(
        {
            "name": spoken(by, name, called),
            "quiet": name is None,
            "added": max((row["all_added"] for (one, _), row in held.items() if one == name), default=0),
            "locked": held[name, ages[-1]]["locked"] if (name, ages[-1]) in held else None,
            **{
                f"age_{age}": _decimal(held[name, age]["share"]) if (name, age) in held else None
                for age in ages
            },
        }
        for name in names
    )
    return Table(caption, columns, tuple(sorted(made, key=lambda row: -row["added"])))


def _decimal(share: float | None) -> Decimal | None:
    return None if share is None else Decimal(str(round(share, 6)))


PAGE = Page(
    "survival",
    "/survival",
    "Code survival",
    "Delivery",
    "Does the code stay?",
    view,
    controls=("days",),
    days="180d",
    dimensions=("team", "repo"),
)
