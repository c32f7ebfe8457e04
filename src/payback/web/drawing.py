"""Small pictures drawn by the server: share bars, parts of a whole, sparklines. SVG without a style, so that no script
and no exception to the content policy is needed.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from payback.web import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payback.web.blocks import Swatch

WIDTH, HEIGHT = 96, 24


def bar(value: Any, greatest: Any, hue: str = "accent") -> Markup:
    """A bar as long as a value's part of the greatest; nothing where either is unknown or zero."""
    if value is None or not greatest:
        return Markup()
    percent = min(Decimal(100), abs(Decimal(str(value))) * 100 / Decimal(str(greatest)))
    return Markup(
        '<svg class="pb-bar" aria-hidden="true" focusable="false"><rect class="pb-fill-{hue}" width="{width}%" height="100%" rx="1"/></svg>'
    ).format(hue=hue, width=f"{percent:.2f}")


def segments(parts: Sequence[Swatch], label: str = "") -> Markup:
    """One bar cut into parts, each with its words as a tooltip; nothing where no part is known."""
    known = [part for part in parts if part.value]
    whole = sum((part.value for part in known), Decimal(0))
    if not whole:
        return Markup()
    drawn, reached = Markup(), Decimal(0)
    for part in known:
        width = part.value * 100 / whole
        said = f"{part.name}: {words.exact(part.value, part.kind)}"
        drawn += Markup(
            '<rect class="pb-fill-{hue}" x="{x}%" width="{width}%" height="100%"><title>{said}</title></rect>'
        ).format(hue=part.hue, x=f"{reached:.3f}", width=f"{width:.3f}", said=said)
        reached += width
    spoken = label or ", ".join(f"{part.name} {words.exact(part.value, part.kind)}" for part in known)
    return Markup('<svg class="pb-segments" role="img" aria-label="{label}">{drawn}</svg>').format(
        label=escape(spoken), drawn=drawn
    )


def sparkline(values: Sequence[Any]) -> Markup:
    """The course of a value as a line from left to right on a zero base; nothing for fewer than two known points."""
    known = [(index, Decimal(str(value))) for index, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return Markup()
    top = max(abs(value) for _, value in known) or Decimal(1)
    step = Decimal(WIDTH - 4) / (len(values) - 1)
    points = " ".join(
        f"{2 + index * step:.1f},{HEIGHT - 3 - value / top * (HEIGHT - 6):.1f}" for index, value in known
    )
    return Markup(
        '<svg class="pb-spark" viewBox="0 0 {width} {height}" aria-hidden="true" focusable="false"><polyline points="{points}"/></svg>'
    ).format(width=WIDTH, height=HEIGHT, points=points)
