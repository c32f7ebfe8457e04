"""Which column of a file is which canonical column: proposed by names, shown, saved, and written as TOML by people."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

from payback.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from payback.sources.files.kinds import Kind


@dataclass(frozen=True, slots=True)
class Columns:
    """`columns`: canonical name → the file's column. `constants`: canonical name → the same text in each row."""

    columns: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)

    def missing(self, kind: Kind) -> list[str]:
        """Required columns that neither a column nor a constant gives."""
        return [name for name in kind.required if name not in self.columns and name not in self.constants]

    def text(self) -> str:
        """As TOML, the form `--map` reads."""
        lines = [
            "[columns]",
            *(f"{name} = {_quoted(column)}" for name, column in sorted(self.columns.items())),
        ]
        if self.constants:
            lines += [
                "",
                "[constants]",
                *(f"{name} = {_quoted(told)}" for name, told in sorted(self.constants.items())),
            ]
        return "\n".join(lines) + "\n"


def proposed(names: Iterable[str], kind: Kind) -> Columns:
    """The mapping that the names suggest: the canonical name first, then the names it goes by, in their order."""
    folded = {fold(name): name for name in names}
    taken: set[str] = set()
    columns: dict[str, str] = {}
    for known in (lambda field: (fold(field.name),), lambda field: field.known_as):
        for wanted in kind.fields:
            found = next(
                (folded[name] for name in known(wanted) if name in folded and folded[name] not in taken), None
            )
            if found is not None and wanted.name not in columns:
                columns[wanted.name] = found
                taken.add(found)
    return Columns(columns)


def read(path: Path, kind: Kind, names: Iterable[str]) -> Columns:
    """A mapping that a person wrote. UnreadableFileError names what does not fit the file or the kind."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnreadableFileError(f"{path.name} cannot be read as a mapping: {error}") from error
    return parsed(told, kind, names, path.name)


def from_text(text: str, kind: Kind, names: Iterable[str]) -> Columns:
    """A mapping saved before."""
    return parsed(tomllib.loads(text), kind, names, "the saved mapping")


def parsed(told: Mapping[str, object], kind: Kind, names: Iterable[str], where: str) -> Columns:
    """The mapping that a parsed TOML holds, checked against the file's columns and the kind's fields."""
    columns, constants = told.get("columns", {}), told.get("constants", {})
    if not isinstance(columns, dict) or not isinstance(constants, dict):
        raise UnreadableFileError(f"{where} holds [columns] and [constants], each a table of names")
    known = {one.name for one in kind.fields}
    if strange := sorted((set(columns) | set(constants)) - known):
        raise UnreadableFileError(
            f"{where}: {kind.name} have no column {strange[0]!r}; they have {', '.join(sorted(known))}"
        )
    if absent := sorted(str(column) for column in columns.values() if column not in set(names)):
        raise UnreadableFileError(f"{where}: the file has no column {absent[0]!r}; it has {', '.join(names)}")
    return Columns({k: str(v) for k, v in columns.items()}, {k: str(v) for k, v in constants.items()})


def signature(names: Iterable[str], kind: Kind) -> str:
    """By which a saved mapping is found again: the kind and the file's columns, in whatever order."""
    return blake2b("\x1f".join([kind.name, *sorted(map(fold, names))]).encode(), digest_size=12).hexdigest()


def fold(name: str) -> str:
    """A column's name without case, spaces and signs."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
