"""Templates and what they can call: how values are said, where files lie, how JSON is written into a page."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from payback.web import words
from payback.web.definitions import definition
from payback.web.drawing import bar, segments, sparkline

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def environment(zone: ZoneInfo) -> Environment:
    """The templates of this installation. An undefined name is an error; every value is escaped."""
    env = Environment(
        loader=PackageLoader("payback.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals |= {
        "asset": partial(_asset, _stamps()),
        "bar": bar,
        "segments": segments,
        "sparkline": sparkline,
        "definition": definition,
        "money": words.money,
    }
    env.filters |= {
        "exact": words.exact,
        "short": words.short,
        "days": words.days,
        "day": words.day,
        "grouped": words.grouped,
        "titled": words.title,
        "plural": words.plural,
        "instant": partial(_instant, zone),
        "data": data,
    }
    return env


def written(value: Any) -> bytes:
    """A page's answer as JSON: money and other exact numbers as strings, days and instants in ISO 8601."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS)


def data(value: Any) -> Markup:
    """JSON that is safe between the tags of a data block."""
    text = written(value).decode()
    escaped = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return Markup(escaped)  # noqa: S704 -- the three signs that could end the block are escaped


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no plain form")


def _instant(zone: ZoneInfo, value: Any) -> str:
    return words.instant(value, zone)


def _stamps() -> dict[str, str]:
    """A short digest per own file, so that a browser may keep each version for good."""
    folder = files("payback.web") / "static"
    found = {path.name: path for path in folder.iterdir() if path.is_file()}
    found |= {f"vendor/{path.name}": path for path in (folder / "vendor").iterdir() if path.is_file()}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest()[:12] for name, path in found.items()}


def _asset(stamps: dict[str, str], name: str) -> str:
    return f"/static/{name}?v={stamps[name]}"
