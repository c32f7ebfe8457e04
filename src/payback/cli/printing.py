"""Rows on a terminal: a table for people, JSON for programs, CSV for spreadsheets. Money stays text, unknown stays empty."""

from __future__ import annotations

import csv
import json
import sys
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from payback.cli.edge import Format

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FILE_WIDTH = 250
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def emit(told: Any) -> None:
    """A value as JSON on stdout: money as text, days and instants in ISO form."""
    sys.stdout.write(json.dumps(told, default=_plain, ensure_ascii=False, indent=2) + "\n")


def rows(form: Format, names: Sequence[str], found: Sequence[Mapping[str, Any]], title: str = "") -> None:
    """Rows by column name in the format asked for."""
    if form is Format.JSON:
        emit([{name: row.get(name) for name in names} for row in found])
    elif form is Format.CSV:
        write_csv(names, found)
    else:
        _table(names, found, title)


def write_csv(names: Sequence[str], found: Sequence[Mapping[str, Any]]) -> None:
    """Rows as CSV on stdout; a text that a spreadsheet would take for a formula is quoted."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([[safe(row.get(name)) for name in names] for row in found])


def safe(value: Any) -> Any:
    """A cell that no spreadsheet runs: texts that begin like a formula get an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(FORMULA) and not _is_number(value):
        return "'" + value
    return _plain(value) if isinstance(value, (Decimal, date, datetime)) else value


def _is_number(text: str) -> bool:
    return text[1:].replace(".", "", 1).isdigit() and text[0] in "+-"


def _table(names: Sequence[str], found: Sequence[Mapping[str, Any]], title: str) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for name in names:
        numeric = any(isinstance(row.get(name), (int, float, Decimal)) for row in found)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold", no_wrap=numeric)
    for row in found:
        table.add_row(*(Text(shown(row.get(name))) for name in names))
    console = Console() if sys.stdout.isatty() else Console(width=FILE_WIDTH)
    console.print(table)


def shown(value: Any) -> str:
    """A value for people: thousands apart, money with cents (more below a dollar), a dash where it is unknown."""
    match value:
        case None:
            text = "–"
        case bool():
            text = "yes" if value else "no"
        case int():
            text = f"{value:,}"
        case Decimal():
            text = f"{value:,.2f}" if abs(value) >= 1 or value == 0 else f"{value:.4g}"
        case float():
            text = f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
        case datetime():
            text = f"{value:%Y-%m-%d %H:%M}"
        case _:
            text = str(value)
    return text


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return format(value, "f")
        case datetime() | date():
            return value.isoformat()
        case set() | frozenset() | tuple():
            return list(value)
    raise TypeError(f"{type(value).__name__} cannot be printed")
