"""Prometheus' text format: samples of the series that are asked for, and what counters grew by between two readings. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_LINE = re.compile(r"^(?P<name>[A-Za-z_:][\w:]*)(?:\{(?P<labels>.*)\})?\s+(?P<value>\S+)(?:\s+-?\d+)?\s*$")
_LABEL = re.compile(r'(?P<name>\w+)="(?P<value>(?:[^"\\]|\\.)*)"')
_ESCAPED = re.compile(r"\\(.)")


class Sample(NamedTuple):
    """One series at one instant."""

    name: str
    labels: Mapping[str, str]
    value: float

    @property
    def series(self) -> str:
        """The name of the series with its labels in order."""
        return f"{self.name}{{{','.join(f'{key}={value}' for key, value in sorted(self.labels.items()))}}}"


def samples(text: str, wanted: Collection[str]) -> Iterator[Sample | str]:
    """Samples of the wanted names; a line of theirs that does not read is given back as why."""
    for number, line in enumerate(text.splitlines(), 1):
        name = re.split(r"[{\s]", line, maxsplit=1)[0]
        if name not in wanted:
            continue
        found = _LINE.match(line)
        value = _number(found["value"]) if found else None
        if found is None or value is None:
            yield f"line {number} of {name} does not read as a sample"
            continue
        labels = {
            one["name"]: _ESCAPED.sub(lambda sign: "\n" if sign[1] == "n" else sign[1], one["value"])
            for one in _LABEL.finditer(found["labels"] or "")
        }
        yield Sample(name, labels, value)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < 2**53 else None


def growth(before: float | None, after: float) -> float:
    """What a counter grew by. It begins at 0 with its process: unseen before, or smaller than before, it grew by all it shows."""
    return after if before is None or after < before else after - before
