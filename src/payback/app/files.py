"""Files taken in: the mapping proposed, shown and saved; charges and requests written; the days they touch remembered."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from payback.app import dated_files, focus_files, price_files
from payback.app.changes import TO_LINK
from payback.errors import PaybackError, SettingsError, UnknownNameError, UnreadableFileError
from payback.ledger.batches import rejected_table, table_of
from payback.ledger.bulk import take_in_table
from payback.ledger.intake import Batch, Taken, take_in
from payback.ledger.kept import TABLE_OF, take_kept
from payback.ledger.owing import owed
from payback.ledger.placing import place_anew
from payback.ledger.tables import BY_NAME
from payback.ledger.tables_money import CHARGES
from payback.period import midnight
from payback.sources.files import columnar, layout, mapping
from payback.sources.files.kinds import KINDS
from payback.sources.files.rows import FileRows, convert
from payback.state.remembered import mapping_for, save_mapping
from payback.warehouse.contract import Change, Cursor, Replace, Upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from payback.app.application import App
    from payback.app.window import Window
    from payback.sources.files.kinds import Kind
    from payback.sources.files.layout import Sheet
    from payback.sources.files.mapping import Columns

SOURCE = "files"
PART = "part"
DELIVERY = {table: entry for entry, table in TABLE_OF.items() if table in KINDS and table != "outputs"}


@dataclass(frozen=True, slots=True)
class Import:
    """What a person asked for: a file, what it holds, how its columns are called, what each row says besides."""

    file: Path
    kind: str
    map: Path | None = None
    constants: Sequence[str] = ()
    dry_run: bool = False


def take_file(app: App, asked: Import) -> dict[str, Any]:
    """Take a file in; returns the mapping used, what became of the rows, and a sentence for people."""
    if asked.kind in OTHERWISE:
        return OTHERWISE[asked.kind](app, asked)
    if asked.kind not in KINDS:
        raise UnknownNameError("kind of file", asked.kind, [*KINDS, *OTHERWISE])
    wide = columnar.opened(asked.file, asked.kind)
    sheet = wide or layout.read(asked.file)
    kind = KINDS[asked.kind].of(sheet.names)
    columns, part = _columns(app, asked, kind, sheet)
    _refuse_missing(asked.file, kind, columns, sheet.names)
    told = (kind, columns, app.settings.zone, asked.file.name)
    found = sheet.convert(*told) if isinstance(sheet, columnar.Columnar) else convert(sheet, *told)
    if not asked.dry_run:
        signature = mapping.signature(sheet.names, kind)
        save_mapping(app.state, signature, kind.name, columns.text(), app.now())
        _take(app, kind, found, part)
    return _told(asked, columns.text(), found)


def take_rows(
    app: App,
    kind_name: str,
    rows: Sequence[Mapping[str, Any]],
    where: str,
    places: Sequence[int] | None = None,
) -> dict[str, Any]:
    """Take in rows that came as objects (API, webhook), by the same words as a file; `where` and the row's place (from 1 on,
    unless told) are shown with refused ones.
    """
    if kind_name not in KINDS:
        raise UnknownNameError("kind of row", kind_name, KINDS)
    names = tuple(dict.fromkeys(name for row in rows for name in row))
    kind = KINDS[kind_name].of(names)
    columns = mapping.proposed(names, kind)
    if missing := columns.missing(kind):
        raise UnreadableFileError(f"{kind_name} need {', '.join(missing)}")
    found = convert(
        layout.Sheet(names, list(zip(places or range(1, len(rows) + 1), rows, strict=True))),
        kind,
        columns,
        app.settings.zone,
        where,
    )
    _take(app, kind, found, None)
    return {"rows": found.count, "rejected": [{"line": one.line, "why": one.why} for one in found.rejected]}


def _refuse_missing(file: Path, kind: Kind, columns: Columns, names: Sequence[str]) -> None:
    if missing := columns.missing(kind):
        raise UnreadableFileError(
            f"{file.name}: no column tells {', '.join(missing)}; its columns are {', '.join(names)}. "
            f"Name them with --map FILE.toml or give one value for all rows with --set {missing[0]}=VALUE"
        )


def _take(app: App, kind: Kind, found: FileRows, part: str | None) -> None:
    """Write what a file gave, the way its kind asks: a list with dates in place of the same list, other rows by their keys."""
    if kind.name in dated_files.TOLD_BY or set(found.tables) & set(dated_files.LISTS):
        dated_files.write(app, kind.name, found, part)
        place_anew(app.organise())
    else:
        write(app, found)


def _focus(app: App, asked: Import) -> dict[str, Any]:
    if asked.map:
        raise SettingsError("a FOCUS file needs no --map: its columns are known by name")
    found, sums = focus_files.read(asked.file, asked.constants)
    if not asked.dry_run:
        write(app, found)
    return {**_told(asked, "", found), "sums": sums}


def _columns(
    app: App, asked: Import, kind: Kind, sheet: Sheet | columnar.Columnar
) -> tuple[Columns, str | None]:
    """The mapping, and which part of a list the file is where that is said."""
    if asked.map:
        columns = mapping.read(asked.map, kind, sheet.names)
    else:
        saved = mapping_for(app.state, mapping.signature(sheet.names, kind))
        columns = (
            mapping.from_text(saved, kind, sheet.names) if saved else mapping.proposed(sheet.names, kind)
        )
    constants = dict(columns.constants)
    known = {one.name for one in kind.fields} | ({PART} if kind.name in dated_files.TOLD_BY else set())
    for told in asked.constants:
        name, sign, value = told.partition("=")
        if not sign or name not in known:
            raise SettingsError(f"--set {told!r} is not COLUMN=VALUE with one of {', '.join(sorted(known))}")
        constants[name] = value
    part = constants.pop(PART, None)
    return mapping.Columns({k: v for k, v in columns.columns.items() if k not in constants}, constants), part


def write(app: App, found: FileRows, cursors: Sequence[Cursor] = (), whole: str | None = None) -> Taken:
    """Write a file's rows; what is derived from them is owed from then on. `whole` names a source whose earlier
    charges these replace.
    """
    now = app.now()
    changes: list[Change] = []
    instants: list[datetime] = []
    if len(charges := _charges(found, now)):
        last = pc.max(charges["charge_period_end"]).as_py() - timedelta(microseconds=1)
        instants += [pc.min(charges["charge_period_start"]).as_py(), last]
        equals = {"source": whole}
        changes.append(
            Replace(CHARGES.name, charges, equals=equals) if whole else Upsert(CHARGES.name, charges)
        )
    changes += [
        Upsert(name, table_of(BY_NAME[name], told, None, now))
        for name, told in found.tables.items()
        if name not in DELIVERY
    ]
    delivery = [DELIVERY[name](**row) for name in DELIVERY for row in found.tables.get(name, ())]
    if delivery:
        take_kept(delivery, app.warehouse, now, [], TO_LINK)
    if days := [row["day"] for row in found.tables.get("activity", ())]:
        instants += [midnight(day, app.settings.zone) for day in (min(days), max(days))]
    if instants:
        changes.append(owed(instants))
    if found.rejected:
        changes.append(Upsert("rejected", rejected_table(found.rejected, now)))
    if changes or cursors:
        app.warehouse.apply([*changes, *cursors])
    taken = Taken(found.count - len(found.usages), 0, len(found.rejected))
    if len(batch := found.batches.get("usage", ())):
        take_in_table(batch, app.books, now)
    if found.usages:
        taken += take_in(Batch(usages=found.usages), app.books, now)
    return taken


def _charges(found: FileRows, now: datetime) -> pa.Table:
    """The charges of a file, each id once: the last that was told."""
    distinct = {charge["charge_id"]: charge for charge in found.charges}
    rows = table_of(CHARGES, distinct.values(), None, now)
    batch = found.batches.get(CHARGES.name)
    if batch is None:
        return rows
    stamps = pa.array([now] * len(batch), CHARGES.schema.field("synced_at").type)
    at = CHARGES.schema.get_field_index("synced_at")
    return pa.concat_tables([rows, batch.set_column(at, CHARGES.schema.field(at), stamps)])


def sync(app: App, window: Window | None = None) -> Iterator[dict[str, Any]]:
    """The files that payback.toml names, each read again when it changes. Charges of a file are replaced whole; the rows of
    others by their keys, as `payback import` does.
    """
    marks = {} if window else app.warehouse.cursors(SOURCE)
    if app.settings.charge_files:
        yield _charge_files(app, marks)
    for kind, patterns in app.settings.other_files.items():
        yield _other_files(app, kind, patterns, marks)


def _found(patterns: Iterable[str]) -> Iterator[tuple[Path, str]]:
    """Each file that the patterns name, once, and a text that changes when it does."""
    for path in sorted({Path(name) for pattern in patterns for name in glob.glob(pattern)}):  # noqa: PTH207  patterns are absolute
        stat = path.stat()
        yield path, f"{stat.st_size}:{stat.st_mtime_ns}"


def _other_files(app: App, kind: str, patterns: Iterable[str], marks: Mapping[str, str]) -> dict[str, Any]:
    """The files of one kind. One that cannot be taken in says why, and the others go on."""
    files, read, rows, rejected, messages = 0, 0, 0, 0, []
    for path, mark in _found(patterns):
        files += 1
        if marks.get(str(path)) == mark:
            continue
        try:
            told = take_file(app, Import(path, kind))
        except PaybackError as error:
            messages.append(str(error))
            continue
        app.warehouse.apply([Cursor(SOURCE, str(path), mark)])
        read += 1
        rows += told["rows"]
        rejected += len(told["rejected"])
    return {
        "source": SOURCE, "title": f"Files of {kind}", "files": files, "read": read, "rows": rows, "rejected": rejected,
        "message": "; ".join(messages),
    }  # fmt: skip


def _charge_files(app: App, marks: Mapping[str, str]) -> dict[str, Any]:
    """The files of charges, FOCUS or of any layout. One that cannot be taken in says why, and the others go on."""
    files, read, taken = 0, 0, Taken()
    messages: list[str] = []
    for path, mark in _found(app.settings.charge_files):
        files += 1
        if marks.get(str(path)) == mark:
            continue
        try:
            taken += _one(app, path, Cursor(SOURCE, str(path), mark))
            read += 1
        except PaybackError as error:
            messages.append(str(error))
    return {
        "source": SOURCE,
        "title": "Charge files",
        "files": files,
        "read": read,
        "rows": taken.usages,
        "rejected": taken.rejected,
        "message": "; ".join(messages),
    }


def _one(app: App, path: Path, cursor: Cursor) -> Taken:
    sheet = layout.read(path)
    if focus_files.is_focus(sheet.names):
        found, _ = focus_files.read(path, ())
    else:
        kind = KINDS["charges"]
        columns = mapping.proposed(sheet.names, kind)
        _refuse_missing(path, kind, columns, sheet.names)
        found = convert(sheet, kind, columns, app.settings.zone, path.name)
    source = f"file:{path.name}"
    for charge in found.charges:
        charge["source"] = source
    return write(app, found, [cursor], source)


def _told(asked: Import, columns: str, found: FileRows) -> dict[str, Any]:
    rows = len(found.tables.get(asked.kind, ())) or found.count
    verb = "would be taken in" if asked.dry_run else "taken in"
    refused = f", {len(found.rejected)} refused" if found.rejected else ""
    return {
        "file": asked.file.name,
        "as": asked.kind,
        "mapping": columns,
        "rows": rows,
        "rejected": [{"line": one.line, "why": one.why} for one in found.rejected],
        "dry_run": asked.dry_run,
        "sentence": f"{rows} {'charges' if asked.kind == focus_files.KIND else asked.kind} {verb} from {asked.file.name}{refused}.",
    }


OTHERWISE = {focus_files.KIND: _focus, price_files.KIND: price_files.take}
"""Kinds of files that have no mapping of columns."""
