"""Charges, contracts, seats and hours that a person enters: one function for the verb and the page.

The same words again change nothing. What is entered stands lowest: a bill that says the same takes its place. A file that
proves it is kept in <home>/attachments under the digest of its content.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from payback.app import files
from payback.errors import SettingsError, UnknownNameError, UnreadableFileError
from payback.ledger.batches import digest, table_of
from payback.ledger.owing import owed
from payback.ledger.tables import BY_NAME
from payback.sources.files import mapping
from payback.sources.files.entered import FORMS, SOURCE, FieldError
from payback.sources.files.fields import FileRows, Line
from payback.sources.files.layout import Sheet
from payback.sources.files.rows import convert
from payback.warehouse.contract import Delete, Upsert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from payback.app.application import App

FOLDER = "attachments"
LARGEST = 32 * 1024**2
LONGEST_ENDING = 10
KEYS = {"charges": "charge_id", "seats": "seat_id", "effort": "effort_id"}


ENTRY, FORM, PROOF = "x_Entry", "x_EnteredAs", "x_Attachment"
"""Details of entered charges: what holds those of one entry together, by which form, and the file that proves it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody enters: of which form, the words by field name, and a file that proves it."""

    form: str
    words: Mapping[str, str]
    attachment: Path | Upload | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as a browser sends it: what it was called there, and its content."""

    name: str
    content: bytes


def enter(app: App, entry: Entry) -> dict[str, Any]:
    """Take an entry in; says the ids it has, and where its attachment is kept. SettingsError with what is missing."""
    found = _understood(app, entry)
    kept = _kept(app, entry.attachment) if entry.attachment else None
    found.charges = [{**row, "details": _details(entry.form, found.charges, kept)} for row in found.charges]
    files.write(app, found)
    ids = {table: [row[KEYS[table]] for row in rows] for table, rows in _tables(found).items()}
    if kept:
        _linked(app, ids, kept)
    app.settle()
    count = sum(map(len, ids.values()))
    return {
        "form": entry.form,
        "entry": _entry_id(found, ids),
        "ids": [one for known in ids.values() for one in known],
        "attachment": kept,
        "sentence": f"{entry.form} entered{f' as {count} charges' if count > 1 else ''}"
        f"{f', its attachment kept as {kept}' if kept else ''}.",
    }


def withdraw(app: App, entry_id: str) -> str:
    """Take back what was entered under an id. UnknownNameError where nobody entered it."""
    for table, key in KEYS.items():
        rows = app.warehouse.table(table)
        own = app.warehouse.read(rows.filter(rows["source"] == SOURCE)).to_pylist()
        held = [row for row in own if entry_id in {row[key], dict(row.get("details") or ()).get(ENTRY)}]
        if held:
            ends = [
                row[name]
                for row in held
                for name in ("charge_period_start", "charge_period_end")
                if name in row
            ]
            changes = [Delete(table, key, [row[key] for row in held])]
            app.warehouse.apply([*changes, owed(ends)] if ends else changes)
            app.settle()
            return f"{entry_id} taken back."
    raise UnknownNameError("entry", entry_id, _known(app))


def _known(app: App) -> list[str]:
    found: list[str] = []
    for table, key in KEYS.items():
        rows = app.warehouse.table(table)
        found += app.warehouse.read(rows.filter(rows["source"] == SOURCE).select(key))[key].to_pylist()
    return found


def _understood(app: App, entry: Entry) -> FileRows:
    if entry.form not in FORMS:
        raise UnknownNameError("form", entry.form, FORMS)
    kind = FORMS[entry.form]
    columns = mapping.proposed(entry.words, kind)
    known = ", ".join(field.name for field in kind.fields)
    if strange := sorted(set(entry.words) - set(columns.columns.values())):
        raise SettingsError(f"a {kind.name} has no {strange[0]!r}; it has {known}")
    if missing := columns.missing(kind):
        raise SettingsError(f"a {kind.name} needs {', '.join(missing)}; it may have {known}")
    sheet = Sheet(tuple(entry.words), [(1, dict(entry.words))])
    found = convert(sheet, kind, columns, app.settings.zone, "by hand")
    if found.rejected:
        raise SettingsError(found.rejected[0].why)
    return found


def _tables(found: FileRows) -> dict[str, list[dict[str, Any]]]:
    return found.tables | ({"charges": found.charges} if found.charges else {})


def wrong(app: App, entry: Entry) -> dict[str, str]:
    """What is wrong with each field of an entry, by its canonical name; nothing where it can be entered."""
    kind, found, values = FORMS[entry.form], {}, {}
    for field in kind.fields:
        told = entry.words.get(field.name)
        try:
            values[field.name] = field.cell(told, app.settings.zone)
        except ValueError as error:
            found[field.name] = str(error)
        else:
            if field.required and values[field.name] is None:
                found[field.name] = "it is needed"
    if found:
        return found
    try:
        kind.put(FileRows(), values, Line("", SOURCE, app.settings.zone))
    except FieldError as error:
        return {error.field: str(error)}
    except ValueError as error:
        return {"": str(error)}
    return {}


def _entry_id(found: FileRows, ids: Mapping[str, list[str]]) -> str:
    """By what an entry is named: what its charges have in common, else the id of its row."""
    if found.charges:
        return str(dict(found.charges[0]["details"])[ENTRY])
    return next(one for known in ids.values() for one in known)


def _details(form: str, charges: Sequence[Mapping[str, Any]], kept: str | None) -> list[tuple[str, str]]:
    told = [(ENTRY, digest("entry", *(row["charge_id"] for row in charges))), (FORM, form)]
    return [(PROOF, kept), *told] if kept else told


def _read(file: Path) -> Upload:
    try:
        if file.stat().st_size > LARGEST:
            raise UnreadableFileError(f"{file.name} is larger than 32 MiB")
        return Upload(file.name, file.read_bytes())
    except OSError as error:
        raise UnreadableFileError(f"{file.name} cannot be read: {error.strerror}") from error


def _kept(app: App, told: Path | Upload) -> str:
    """The file's name among the attachments: the digest of its content and its ending."""
    file = told if isinstance(told, Upload) else _read(told)
    content, ending = file.content, PurePath(file.name).suffix.casefold()
    plain = ending[1:].isascii() and ending[1:].isalnum() and len(ending) <= LONGEST_ENDING
    name = f"{sha256(content).hexdigest()[:32]}{ending if plain else ''}"
    folder = app.settings.home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    target = folder / name
    if not target.exists():
        target.write_bytes(content)
        target.chmod(0o600)
    return name


def _linked(app: App, ids: Mapping[str, list[str]], kept: str) -> None:
    rows = [
        {
            "link_id": digest("attachment", table, one, kept),
            "from_kind": table,
            "from_id": one,
            "to_kind": "attachment",
            "to_id": kept,
            "how": "entered by hand",
        }
        for table, known in ids.items()
        for one in known
    ]
    app.warehouse.apply([Upsert("links", table_of(BY_NAME["links"], rows, SOURCE, app.now()))])
