"""A small GraphQL: a query's text read into fields, and fields looked up in plain values. Knows no vendor's schema.

Lists that are asked for with `first` are answered as connections, with pages, in the order asked for. What the language
has besides (fragments with a name, directives, mutations) no invented vendor is asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TOKEN = re.compile(r'\.\.\.|[{}()\[\]:!=]|\$?\w+|"[^"]*"')
CURSOR = "cursor:"
MOST = 100


class WrongError(Exception):
    """A question that does not read, or a page that is not there; `kind` is the error's type."""

    def __init__(self, message: str, kind: str = "") -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(slots=True)
class Field:
    """One field of a selection. `on` names the type that a value must have for it to be told."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    fields: list[Field] = field(default_factory=list)
    on: str | None = None

    def count(self, variables: Mapping[str, Any]) -> int:
        """How many entries are asked for at once; 1 where it is no list."""
        told = _bound(self.arguments.get("first", 1), variables)
        return told if isinstance(told, int) else 1


@dataclass(frozen=True, slots=True)
class Variable:
    name: str


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens = TOKEN.findall(text)
        self.place = 0

    def take(self, wanted: str | None = None) -> str:
        if self.place >= len(self.tokens):
            raise WrongError("the question ends too early")
        token: str = self.tokens[self.place]
        if wanted not in {None, token}:
            raise WrongError(f"expected {wanted} and found {token}")
        self.place += 1
        return token

    def next_is(self, token: str) -> bool:
        return self.place < len(self.tokens) and self.tokens[self.place] == token

    def query(self) -> list[Field]:
        if not self.next_is("{"):
            self.take("query")
            while not self.next_is("{"):
                self.take()
        return self.selection()

    def selection(self, on: str | None = None) -> list[Field]:
        self.take("{")
        found: list[Field] = []
        while not self.next_is("}"):
            name = self.take()
            if name == "...":
                self.take("on")
                found += self.selection(self.take())
                continue
            one = Field(name, self.arguments(), on=on)
            if self.next_is("{"):
                one.fields = self.selection()
            found.append(one)
        self.take("}")
        return found

    def arguments(self) -> dict[str, Any]:
        return self.named("(", ")") if self.next_is("(") else {}

    def named(self, begin: str, end: str) -> dict[str, Any]:
        self.take(begin)
        found = {}
        while not self.next_is(end):
            name = self.take()
            self.take(":")
            found[name] = self.value()
        self.take(end)
        return found

    def value(self) -> Any:
        if self.next_is("{"):
            return self.named("{", "}")
        if self.next_is("["):
            self.take("[")
            found = []
            while not self.next_is("]"):
                found.append(self.value())
            self.take("]")
            return found
        token = self.take()
        if token.startswith("$"):
            return Variable(token[1:])
        return int(token) if token.isdigit() else token.strip('"')


def selected(query: str) -> list[Field]:
    """What a question asks for. Raises WrongError."""
    return _Reader(query).query()


def answered(query: str, variables: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    """The `data` of an answer. What `root` holds under a field's name may be a function of the field's arguments.

    Raises WrongError.
    """
    return _told(root, selected(query), variables)


def _told(value: Mapping[str, Any], fields: list[Field], variables: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of one value; those of other types are left out, those it does not have are null."""
    found = {}
    for one in fields:
        if one.on is None or one.on == value.get("__typename", one.on):
            arguments = {name: _bound(told, variables) for name, told in one.arguments.items()}
            held = value.get(one.name)
            found[one.name] = _shown(held(arguments) if callable(held) else held, one, arguments, variables)
    return found


def _bound(value: Any, variables: Mapping[str, Any]) -> Any:
    if isinstance(value, Variable):
        return variables.get(value.name)
    if isinstance(value, dict):
        return {name: _bound(told, variables) for name, told in value.items()}
    return value


def _shown(value: Any, one: Field, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> Any:
    if isinstance(value, list) and "first" in arguments:
        return _told(_connection(value, arguments), one.fields, variables)
    if isinstance(value, list) and [each.name for each in one.fields] == ["totalCount"]:
        return {"totalCount": len(value)}
    if isinstance(value, list):
        return [_shown(each, one, {}, variables) for each in value]
    return _told(value, one.fields, variables) if isinstance(value, dict) and one.fields else value


def _connection(rows: list[Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """One page of a list."""
    first, after = arguments["first"], arguments.get("after")
    if not isinstance(first, int) or not 1 <= first <= MOST:
        raise WrongError(f"`first` is from 1 to {MOST}", "EXCESSIVE_PAGINATION")
    begin = (
        int(after.removeprefix(CURSOR)) if isinstance(after, str) and after[len(CURSOR) :].isdigit() else 0
    )
    if after and not (isinstance(after, str) and after.startswith(CURSOR)):
        raise WrongError("`after` is no cursor of this list", "INVALID_CURSOR_ARGUMENTS")
    held = _ordered(list(_wanted(rows, arguments.get("itemTypes"))), arguments.get("orderBy"))
    end = min(begin + first, len(held))
    ends = {"hasNextPage": end < len(held), "endCursor": f"{CURSOR}{end}" if end > begin else None}
    return {"totalCount": len(held), "pageInfo": ends, "nodes": held[begin:end]}


def _wanted(rows: list[Any], kinds: list[str] | None) -> Iterator[Any]:
    names = None if kinds is None else {kind.title().replace("_", "") for kind in kinds}
    yield from (row for row in rows if names is None or row["__typename"] in names)


def _ordered(rows: list[Any], order: Mapping[str, str] | str | None) -> list[Any]:
    """In the order asked for; where that is the bare name of a field, by it, the newest first."""
    if not order:
        return rows
    if isinstance(order, str):
        return sorted(rows, key=lambda row: str(row[order]), reverse=True)
    first, *rest = order["field"].lower().split("_")
    name = first + "".join(part.title() for part in rest)
    return sorted(rows, key=lambda row: str(row[name]), reverse=order.get("direction") == "DESC")
