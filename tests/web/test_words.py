from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payback.period import Period
from payback.web import words
from payback.web.blocks import Swatch
from payback.web.drawing import bar, segments, sparkline
from payback.web.palette import DARK, LIGHT, hues

T = words.THIN


@pytest.mark.parametrize(
    ("amount", "tile", "table"),
    [
        ("0", "$0", "$0.00"),
        ("1234567.891", "$1.23M", f"$1{T}234{T}567.89"),
        ("12345", "$12.3k", f"$12{T}345.00"),
        ("1234.5", f"$1{T}230", f"$1{T}234.50"),
        ("129.9", "$130", "$129.90"),
        ("95.94", "$95.9", "$95.94"),
        ("6.954", "$6.95", "$6.95"),
        ("16", "$16.0", "$16.00"),
        ("0.0894", "$0.0894", "$0.0894"),
        ("0.000012", "$0.0000120", "$0.000012"),
        ("-3.78", "−$3.78", "−$3.78"),
    ],
)
def test_money_has_three_digits_in_a_tile_and_all_in_a_table(amount, tile, table):
    assert words.short(Decimal(amount), "money") == tile
    assert words.exact(Decimal(amount), "money") == table


def test_unknown_is_a_dash_and_never_zero():
    kinds = ("money", "count", "share", "hours", "day", "text")
    assert {words.exact(None, kind) for kind in kinds} == {words.UNKNOWN}
    assert {words.short(None, kind) for kind in kinds} == {words.UNKNOWN}


def test_another_currency_is_named():
    assert words.money(Decimal(5), "CHF") == f"CHF{T}5.00"


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        ("2026-11-23", "2026-11-24", "23 Nov 2026"),
        ("2026-11-01", "2026-11-24", "1–23 Nov 2026"),
        ("2026-10-25", "2026-11-24", "25 Oct – 23 Nov 2026"),
        ("2025-12-30", "2026-01-02", "30 Dec 2025 – 1 Jan 2026"),
    ],
)
def test_days_are_said_with_the_last_one_included(since, until, said):
    assert words.days(Period(date.fromisoformat(since), date.fromisoformat(until))) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [("4", "4.0 s"), ("42", "42 s"), ("90", "1.5 min"), ("5400", "1.5 h"), ("200000", "2.3 d")],
)
def test_a_duration_is_said_in_the_unit_of_people(seconds, said):
    assert words.span(Decimal(seconds)).replace(T, " ") == said


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=9))
def test_a_rounded_amount_is_within_half_a_percent(amount):
    said = words.short(amount, "money").replace("$", "").replace("−", "-").replace(T, "")
    unit = {"T": 12, "B": 9, "M": 6, "k": 3}.get(said[-1], 0)
    value = Decimal(said.rstrip("TBMk")).scaleb(unit)
    assert abs(value - amount) <= abs(amount) * Decimal("0.00501")


def test_a_tool_keeps_its_hue_whatever_stands_beside_it():
    alone = hues(["codex"])["codex"]
    assert alone == hues(["claude_code", "gemini_cli", "codex"])["codex"]


@given(st.lists(st.text(min_size=1), unique=True, min_size=1, max_size=8))
def test_names_shown_together_never_share_a_hue(names):
    given_hues = [hue for hue in hues(names).values() if hue != "quiet"]
    assert len(given_hues) == len(set(given_hues))


def test_what_has_no_name_is_quiet():
    assert hues([None, "other", "none_detected"]) == {
        None: "quiet",
        "other": "quiet",
        "none_detected": "quiet",
    }


def _linear(hexed: str) -> list[float]:
    parts = [int(hexed[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def _light(hexed: str) -> float:
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), _linear(hexed), strict=True))


@pytest.mark.parametrize(("palette", "ground"), [(LIGHT, "#ffffff"), (DARK, "#182231")])
def test_every_hue_stands_out_from_the_ground(palette, ground):
    for hue in palette:
        high, low = sorted((_light(hue), _light(ground)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 3, hue


# Machado, Oliveira and Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision Deficiency"
SIGHTS = (
    ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
)


def _oklab(rgb: list[float]) -> tuple[float, ...]:
    mixed = (
        (0.4122214708, 0.5363325363, 0.0514459929),
        (0.2119034982, 0.6806995451, 0.1073969566),
        (0.0883024619, 0.2817188376, 0.6299787005),
    )
    cones = [max(0.0, sum(a * b for a, b in zip(row, rgb, strict=True))) ** (1 / 3) for row in mixed]
    axes = (
        (0.2104542553, 0.793617785, -0.0040720468),
        (1.9779984951, -2.428592205, 0.4505937099),
        (0.0259040371, 0.7827717662, -0.808675766),
    )
    return tuple(sum(a * b for a, b in zip(row, cones, strict=True)) for row in axes)


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_hues_are_told_apart_with_protan_and_deutan_sight(palette):
    for sight in SIGHTS:
        seen = [
            _oklab([max(0.0, sum(a * b for a, b in zip(row, _linear(hue), strict=True))) for row in sight])
            for hue in palette
        ]
        nearest = min(
            sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5
            for index, one in enumerate(seen)
            for other in seen[:index]
        )
        assert nearest >= 0.1


def test_the_page_and_the_palette_agree():
    from importlib.resources import files

    css = (files("payback.web") / "static" / "payback.css").read_text()
    light, dark = css.split("[data-bs-theme=dark]", 1)
    for palette, part in ((LIGHT, light), (DARK, dark)):
        assert all(f"--pb-hue-{index}: {hue}" in part for index, hue in enumerate(palette, 1))


def test_a_bar_of_something_unknown_is_not_drawn():
    assert bar(None, 5) == ""
    assert bar(3, 0) == ""
    assert 'width="60.00%"' in bar(Decimal(3), Decimal(5))


def test_parts_of_a_bar_fill_it():
    drawn = segments((Swatch("a", "hue-1", Decimal(1), "money"), Swatch("b", "hue-2", Decimal(3), "money")))
    assert 'x="25.000%" width="75.000%"' in drawn


def test_a_sparkline_needs_two_points():
    assert sparkline([None, 3, None]) == ""
    assert sparkline([0, 0]).count(",") == 2
