"""Short ways to declare columns, and the columns that every table carries."""

from __future__ import annotations

from payback.warehouse.contract import COUNT, DAY, FLAG, INSTANT, MONEY, REAL, TAGS, TEXT, Column


def text(name: str, sentence: str, *, required: bool = False) -> Column:
    return Column(name, TEXT, sentence, required)


def key(name: str, sentence: str) -> Column:
    return Column(name, TEXT, sentence, required=True)


def count(name: str, sentence: str, *, required: bool = False) -> Column:
    return Column(name, COUNT, sentence, required)


def instant(name: str, sentence: str, *, required: bool = False) -> Column:
    return Column(name, INSTANT, sentence, required)


def day(name: str, sentence: str, *, required: bool = False) -> Column:
    return Column(name, DAY, sentence, required)


def money(name: str, sentence: str) -> Column:
    return Column(name, MONEY, sentence)


def flag(name: str, sentence: str) -> Column:
    return Column(name, FLAG, sentence)


def real(name: str, sentence: str) -> Column:
    return Column(name, REAL, sentence)


def tags(name: str, sentence: str) -> Column:
    return Column(name, TAGS, sentence)


PROVENANCE: tuple[Column, ...] = (
    text("source", "the source that brought the row", required=True),
    instant("synced_at", "when payback took the row in", required=True),
)
