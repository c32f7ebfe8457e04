"""An explanation as lines for people: what the number is, where it comes from, what is known of its sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.cli.printing import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def lines(told: Mapping[str, Any]) -> Iterator[str]:
    """The explanation, section by section; nested values are indented."""
    for section, value in told.items():
        yield section.replace("_", " ").upper()
        yield from _indented(value, 1)
        yield ""


def _indented(value: Any, depth: int) -> Iterator[str]:
    margin = "  " * depth
    match value:
        case dict():
            for key, inner in value.items():
                if isinstance(inner, dict | list) and inner:
                    yield f"{margin}{key}"
                    yield from _indented(inner, depth + 1)
                else:
                    yield f"{margin}{key}: {_word(inner)}"
        case list() if value and all(isinstance(row, dict) for row in value):
            for row in value:
                yield margin + ", ".join(
                    f"{key} {_word(inner)}" for key, inner in row.items() if inner is not None
                )
        case list():
            for inner in value:
                yield f"{margin}{_word(inner)}"
        case str():
            yield from (f"{margin}{line}" for line in value.splitlines())
        case _:
            yield f"{margin}{_word(value)}"


def _word(value: Any) -> str:
    return value if isinstance(value, str) else shown(None if value in ({}, []) else value)
