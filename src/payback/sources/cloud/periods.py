"""Billing periods of an export that lies in folders: which files tell of which month, and which run is the newest.

A cloud rewrites a month until it is closed, so a month is replaced whole when its files change. Where each run is kept
beside the ones before (CREATE_NEW_REPORT, Azure's runs), only the newest counts: runs repeat each other's money.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from payback.errors import SourceError
from payback.sources.source import Slice, since_told
from payback.sources.stores import ENDINGS, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from payback.sources.source import Plan
    from payback.sources.stores import Found

EVER = datetime(2000, 1, 1, tzinfo=UTC)
_MONTH = re.compile(r"^(?:billing_period=)?(\d{4})-(\d{2})$", re.IGNORECASE)
_RANGE = re.compile(r"^(\d{4})(\d{2})01-(\d{8})$")
_STAMPED = re.compile(r"^\d{8}T?\d{4,6}")


@dataclass(frozen=True, slots=True)
class Run:
    """One delivery of one month: the folder its files lie in, and the files."""

    export: str
    month: str
    folder: str
    files: tuple[Found, ...]

    @property
    def age(self) -> tuple[str, datetime]:
        """Orders runs of one month: by the time in the folder's name where it has one, else by its newest file."""
        below = self.folder.split("/")
        stamp = next((part for part in below if _STAMPED.match(part) and not _RANGE.match(part)), "")
        return stamp, max(file.changed for file in self.files)


def runs(files: Iterable[Found]) -> list[Run]:
    """The deliveries that a listing holds. Files that no billing period is named for are left out."""
    found: dict[tuple[str, str, str], list[Found]] = defaultdict(list)
    for file in files:
        parts = file.path.split("/")
        if (
            "metadata" in parts
            or not ENDINGS.search(parts[-1])
            or parts[-1].lower().endswith("manifest.json")
        ):
            continue
        at = next((index for index, part in enumerate(parts[:-1]) if month_of(part)), None)
        if at is not None:
            export = "/".join(part for part in parts[:at] if part != "data")
            found[export, month_of(parts[at]), "/".join(parts[:-1])].append(file)
    return [Run(*key, tuple(sorted(held, key=lambda one: one.path))) for key, held in found.items()]


def month_of(folder: str) -> str:
    """2026-11 of `BILLING_PERIOD=2026-11` or `20261101-20261130`; empty for other names."""
    match = _MONTH.match(folder) or _RANGE.match(folder)
    return f"{match[1]}-{match[2]}" if match and 1 <= int(match[2]) <= 12 else ""


def newest(found: Sequence[Run], place: str) -> dict[str, Run]:
    """The newest run of each month. SourceError where two exports lie there, which would tell the same money twice."""
    if not found:
        raise SourceError(
            f"{place} holds no billing period with csv, parquet or json files; "
            "its folders are called BILLING_PERIOD=2026-11 or 20261101-20261130"
        )
    if len(exports := sorted({run.export for run in found})) > 1:
        raise SourceError(
            f"{place} holds {len(exports)} exports ({', '.join(exports)}), which may tell the same money twice; "
            "point the setting at one of them"
        )
    best: dict[str, Run] = {}
    for run in sorted(found, key=lambda run: run.age):
        best[run.month] = run
    return best


def slices(best: Mapping[str, Run], plan: Plan) -> Iterator[Slice]:
    """The months whose files are not the ones that are in, oldest first; with a window, the months it touches."""
    for month, run in sorted(best.items()):
        since, until = bounds(month)
        mark = fingerprint(run.files)
        if plan.window:
            wanted = since < plan.window[1] and until > plan.window[0]
        else:
            wanted = plan.marks.get(month) != mark and until > since_told(plan.told, EVER)
        if wanted:
            yield Slice(since, until, mark, month, run.files)


def bounds(month: str) -> tuple[datetime, datetime]:
    """The first instant of a month and of the next."""
    since = datetime.fromisoformat(f"{month}-01").replace(tzinfo=UTC)
    return since, (since + timedelta(days=31)).replace(day=1)
