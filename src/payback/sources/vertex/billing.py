"""The billing export as slices of whole days: from files of a folder or bucket, or by queries to BigQuery.

Files say nothing about the days they hold, so when any file changes all are read and months are taken in whole. BigQuery
is asked which days have rows newer than the last export time seen, and those days are taken in whole.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from payback.errors import SettingsError, SourceError
from payback.ledger.entries import Charge, Rejected
from payback.sources.cloud import gpu, pages, periods
from payback.sources.cloud.naming import known_as
from payback.sources.focus import Given, cells, read_rows
from payback.sources.source import Page, Slice, since_told
from payback.sources.stores import ENDINGS, fingerprint, opened
from payback.sources.vertex import bigquery, skus, totals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from payback.sources.source import Ask, Context, Plan

Lines = list[tuple[str, int, "Mapping[str, Any] | None"]]
END = "end"


def plan(plan: Plan) -> Iterator[Slice]:
    """The stretches whose rows are not in yet. SettingsError where both ways of reading one bill are set."""
    place, table = plan.told.get("exports"), plan.told.get("table")
    if place and table:
        raise SettingsError("exports and table tell of the same money; set one of them")
    if table:
        yield from bigquery.plan(plan, str(table))
    elif place:
        yield from _months(plan, str(place))


def _months(plan: Plan, place: str) -> Iterator[Slice]:
    """Months of the files, oldest first; nothing is read while no file changed."""
    store = opened(place, plan.told, plan.secrets)
    files = [file for file in store.files() if ENDINGS.search(file.path)]
    if not files:
        raise SourceError(f"{place} holds no csv, parquet or json files")
    mark = fingerprint(files)
    if plan.marks.get(END) == mark and not plan.window:
        return
    held: dict[str, Lines] = defaultdict(list)
    for file in files:
        for line, row in store.rows(file.path):
            if row is None or skus.is_ai(_opened(row)):
                held[_month(row)].append((file.path, line, row))
    if len({_is_focus(row) for lines in held.values() for _, _, row in lines if row is not None}) > 1:
        raise SourceError(
            f"{place} holds files of the billing export and of its FOCUS view, which tell of the same money; keep one of them"
        )
    astray = held.pop("", [])
    known = sorted(held) or [f"{plan.now:%Y-%m}"]
    for month in known:
        since, until = periods.bounds(month)
        last = month == known[-1]
        wanted = (plan.marks.get(month) != mark or last) and until > since_told(plan.told, periods.EVER)
        if plan.window:
            wanted = since < plan.window[1] and until > plan.window[0]
        if wanted:
            rows = [*held[month], *(astray if last else [])]
            yield Slice(since, until, mark, END if last and not plan.window else month, rows)


def _opened(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row whose service and SKU are records, also where a CSV file holds them as text."""
    return {
        **row,
        **{
            name: cells.loaded(row[name])
            for name in ("service", "sku")
            if isinstance(row.get(name), str) and row[name].startswith("{")
        },
    }


def _month(row: Mapping[str, Any] | None) -> str:
    """The month a row is of; empty where it cannot be told, so that it is refused with the rest."""
    if row is None:
        return ""
    try:
        if "usage_start_time" in row:
            return f"{totals.day_of(row):%Y-%m}"
        return f"{cells.instant(cells.text(row.get('ChargePeriodStart')) or ''):%Y-%m}"
    except ValueError:
        return ""


def _is_focus(row: Mapping[str, Any]) -> bool:
    """Whether a row is of the FOCUS view."""
    return "BilledCost" in row or "ChargePeriodStart" in row


def fetch(ask: Ask) -> Iterator[Page]:
    """One page a slice: its rows have to be added up together."""
    about = {"since": ask.part.since.isoformat(), "until": ask.part.until.isoformat(), "part": ""}
    table = ask.told.get("table")
    if table:
        rows = bigquery.rows(ask, str(table))
        yield Page([(str(table), line, row) for line, row in enumerate(rows, 1)], str(table), about)
    else:
        yield Page(ask.part.what, str(ask.told["exports"]), about)


def parse(page: Page, context: Context) -> Iterator[Charge | Rejected]:
    """The days' charges: rows of the export added up, rows of its FOCUS view one by one."""
    summed: dict[totals.Cut, totals.Total] = {}
    focus: dict[str, list[tuple[int, Mapping[str, Any]]]] = defaultdict(list)
    for file, line, row in page.body:
        if row is None:
            yield Rejected(context.source, "the row is cut or is no record", file, line)
        elif _is_focus(row):
            focus[file].append((line, row))
        else:
            try:
                totals.add(summed, row)
            except ValueError as error:
                yield Rejected(context.source, str(error), file, line)
    yield from totals.charges(summed, context)
    for number, (file, rows) in enumerate(sorted(focus.items())):
        yield from _focus(rows, (file, number), page, context)


def _focus(
    rows: Iterable[tuple[int, Mapping[str, Any]]], file: tuple[str, int], page: Page, context: Context
) -> Iterator[Charge | Rejected]:
    given = Given(
        context.source, vendor="google", account=context.told.get("account"), part=str(file[1]), what=file[0]
    )
    for one in read_rows(rows, given):
        if isinstance(one, Charge):
            told = one.details.get("ChargeDescription", "")
            one.vendor = "google"
            one.model = one.model or known_as(told, context.told) or skus.model(told)
            if skus.is_gpu(one.service or "", told) and (one.unit or "").casefold() in {"hour", "hours", "h"}:
                one.unit = gpu.UNIT
            yield pages.within(one, page)
        else:
            yield one
