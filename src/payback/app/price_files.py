"""Price files taken in: a price book as it is, or a table of rates by model and day made into one, kept in <home>/prices.

A book is refused whole when it says what cannot be a price. One that stands is never overwritten with another.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from payback.errors import UnreadableFileError
from payback.prices.book_file import read
from payback.sources.files import layout, mapping
from payback.sources.files.fields import DAY, NUMBER, TEXT, Field, Kind
from payback.sources.files.rows import convert

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.app.application import App
    from payback.app.files import Import
    from payback.sources.files.fields import FileRows, Line

KIND = "prices"
RATES = (
    "input",
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "output",
    "reasoning",
    "web_search",
    "request",
)
WORDS = ("vendor", "model", "service", "region")
BOOK = ".toml"


def _put(found: FileRows, values: Mapping[str, Any], _line: Line) -> None:
    found.add("prices", dict(values))


TABLE = Kind(
    KIND,
    "Prices of models, US dollars per million tokens",
    (
        Field("vendor", TEXT, ("provider", "supplier"), required=True),
        Field("model", TEXT, ("modelid", "modelname"), required=True),
        Field("from", DAY, ("validfrom", "since", "effectivefrom", "effectivedate", "date", "day"), required=True),
        Field("service", TEXT, ("servicetier", "tier")),
        Field("region", TEXT, ()),
        Field("input", NUMBER, ("inputprice", "inputpermillion", "inputtokens", "prompt"), required=True),
        Field("cache_read", NUMBER, ("cachedinput", "cachereadprice", "cacheread")),
        Field("cache_write_5m", NUMBER, ("cachewrite", "cachewriteprice")),
        Field("cache_write_1h", NUMBER, ()),
        Field("output", NUMBER, ("outputprice", "outputpermillion", "outputtokens", "completion"), required=True),
        Field("reasoning", NUMBER, ()),
        Field("web_search", NUMBER, ("websearch", "search")),
        Field("request", NUMBER, ("perrequest",)),
    ),
    _put,
)  # fmt: skip


def take(app: App, asked: Import) -> dict[str, Any]:
    """Keep a price file; says how many prices it holds. SettingsError or UnreadableFileError with what to mend."""
    text, columns, found = _text(app, asked)
    book = read(text, asked.file.name)
    target = app.settings.home / "prices" / f"{asked.file.stem}{BOOK}"
    if target.exists() and target.read_text(encoding="utf-8") != text:
        raise UnreadableFileError(
            f"{target.name} is kept already and says something else; prices that were used stand, so give the new file "
            "a name of its own, with a later date in it"
        )
    if not asked.dry_run:
        target.parent.mkdir(mode=0o700, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    verb = "would be kept" if asked.dry_run else "kept"
    refused = [] if found is None else found.rejected
    return {
        "file": asked.file.name,
        "as": KIND,
        "mapping": columns,
        "rows": len(book.blocks),
        "rejected": [{"line": one.line, "why": one.why} for one in refused],
        "dry_run": asked.dry_run,
        "sentence": f"{len(book.blocks)} prices {verb} as {target.name}; the next sync prices by them.",
    }


def _text(app: App, asked: Import) -> tuple[str, str, FileRows | None]:
    """The book as TOML, the mapping used, and the rows of a table."""
    if asked.file.suffix == BOOK:
        try:
            return asked.file.read_text(encoding="utf-8"), "", None
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableFileError(f"{asked.file.name} cannot be read: {error}") from error
    sheet = layout.read(asked.file)
    told = mapping.read(asked.map, TABLE, sheet.names) if asked.map else mapping.proposed(sheet.names, TABLE)
    constants = dict(one.partition("=")[::2] for one in asked.constants)
    columns = mapping.Columns({k: v for k, v in told.columns.items() if k not in constants}, constants)
    if missing := columns.missing(TABLE):
        raise UnreadableFileError(
            f"{asked.file.name}: no column tells {', '.join(missing)}; name it with --set or --map"
        )
    found = convert(sheet, TABLE, columns, app.settings.zone, asked.file.name)
    return _toml(asked.file.stem, asked.file.name, found), columns.text(), found


def _toml(name: str, file: str, found: FileRows) -> str:
    lines = [f"book = {json.dumps(name)}", f"source = {json.dumps(file)}"]
    for row in found.tables.get("prices", ()):
        lines += ["", "[[price]]", f"from = {row['from'].isoformat()}"]
        lines += [f"{key} = {json.dumps(row[key])}" for key in WORDS if row[key] is not None]
        lines += [f'{key} = "{row[key]:f}"' for key in RATES if row[key] is not None]
    return "\n".join(lines) + "\n"
