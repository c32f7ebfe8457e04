"""How long a day's batch takes into a warehouse of some size: upserts, a replaced window, reads, the socket's toll.

`python -m benchmarks.warehouse [ROWS...]` fills a fresh `usage` table of each size (default 5, 10 and 20 million rows),
measures a batch of 300,000 rows against it, prints `name value unit` lines and writes `benchmarks/results/warehouse.json`.
What can be repeated is measured three times, with the best shown; the slope is taken from the smallest to the largest size.
"""

from __future__ import annotations

import json
import math
import platform
import resource
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from payback.ledger.tables import BY_NAME, TABLES
from payback.warehouse.contract import COUNT, Append, Cursor, Replace, Upsert, Window
from payback.warehouse.shared import open_warehouse

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from payback.warehouse.contract import Change, Column, Warehouse

RESULTS = Path(__file__).parent / "results" / "warehouse.json"
SIZES = (5_000_000, 10_000_000, 20_000_000)
BATCH = 300_000
PIECE = 1_000_000
MARGIN = timedelta(days=1)
START = datetime(2025, 1, 1, tzinfo=UTC)
USAGE = BY_NAME["usage"]
INVENTED = {
    "usage_id": "md5(i::VARCHAR)",
    "occurred_at": "TIMESTAMPTZ '2025-01-01 00:00:00Z' + to_seconds(i)",
    "bucket_seconds": "0",
    "vendor": "['anthropic', 'openai', 'google'][1 + i % 3]",
    "project": "'project-' || (i // 5000) % 40",
    "tool": "['claude_code', 'codex'][1 + i % 2]",
    "model": "'model-' || i % 17",
    "actor": "'dev' || (i // 200) % 300 || '@example.com'",
    "session_id": "md5((i // 200)::VARCHAR)",
    "run_id": "md5((i // 20)::VARCHAR)",
    "repo": "'git.example.com/acme/r' || (i // 5000) % 40",
    "response_id": "'msg_' || md5((i + 7)::VARCHAR)",
    "working_directory": "'/home/dev/r' || (i // 5000) % 40",
    "list_usd": "((hash(i) % 1000000) / 1000000000.0)::DECIMAL(18,9)",
    "quality": "'exact'",
    "source": "'agent_logs'",
    "synced_at": "TIMESTAMPTZ '2026-01-01 00:00:00Z'",
}


def invented(start: int, rows: int) -> pa.Table:
    """Rows of `usage` by number: the same number is always the same row."""
    columns = ", ".join(f'{_expression(column)} AS "{column.name}"' for column in USAGE.columns)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        text = f"SELECT {columns} FROM range({start}, {start + rows}) AS r(i)"  # noqa: S608 - written above
        return connection.sql(text).to_arrow_table().cast(USAGE.schema)


def _expression(column: Column) -> str:
    if column.name in INVENTED:
        return INVENTED[column.name]
    if column.name.endswith("tokens"):
        return f"(hash(i + {len(column.name)}) % 5000)::BIGINT"
    if not column.required:
        return "NULL"
    return "1" if column.type == COUNT else "'x'"


def _seconds(work: Callable[[], object], times: int = 3) -> float:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def measure(warehouse: Warehouse, rows: int) -> dict[str, float]:
    """Seconds of each kind of write and read against a table of `rows`."""
    new, half, old = invented(rows, BATCH), invented(rows - BATCH // 2, BATCH), invented(rows // 2, BATCH)
    since = START + timedelta(seconds=rows // 2)
    window = Replace("usage", old, {"source": "agent_logs"}, since, since + timedelta(seconds=BATCH))
    table = warehouse.table("usage")
    by_model = table.group_by("model").agg(usd=table.list_usd.sum(), requests=table.requests.sum())
    found = {"upsert_new": _seconds(lambda: _write(warehouse, Upsert("usage", new)), 1)}
    for name, change in (("half_old", Upsert("usage", half)), ("old", Upsert("usage", old))):
        found[f"upsert_{name}"] = _seconds(partial(_write, warehouse, change))
    within = Window(since - MARGIN, since + timedelta(seconds=BATCH) + MARGIN)
    found["upsert_old_within"] = _seconds(lambda: _write(warehouse, Upsert("usage", old, within)))
    found["replace_window"] = _seconds(lambda: _write(warehouse, window))
    ids = invented(rows // 3, 10_000).column("usage_id").combine_chunks()
    found["lookup_10000"] = _seconds(lambda: warehouse.lookup("usage", "usage_id", ids))
    third = START + timedelta(seconds=rows // 3)
    near = Window(third - MARGIN, third + MARGIN)
    found["lookup_10000_within"] = _seconds(lambda: warehouse.lookup("usage", "usage_id", ids, near))
    found["sum_by_model"] = _seconds(lambda: warehouse.read(by_model))
    return found


def _write(warehouse: Warehouse, change: Change) -> None:
    warehouse.apply([change, Cursor("bench", "all", "1")])


def of_size(folder: Path, rows: int) -> dict[str, float]:
    """The figures of one size, in seconds, with the file's size in MB and the fill in rows per second."""
    file = folder / str(rows) / "warehouse.duckdb"
    with closing(open_warehouse(file, TABLES, print)) as warehouse:
        begun = time.perf_counter()
        for start in range(0, rows, PIECE):
            warehouse.apply([Append("usage", invented(start, min(PIECE, rows - start)))])
        filled = time.perf_counter() - begun
        found = measure(warehouse, rows)
        with closing(open_warehouse(file, TABLES, print)) as remote:
            more = invented(rows // 4, BATCH)
            found["remote_upsert_old"] = _seconds(lambda: remote.apply([Upsert("usage", more)]))
    found["open"] = _seconds(lambda: open_warehouse(file, TABLES, print).close())
    return {**found, "fill_rows_per_second": rows / filled, "file_mb": file.stat().st_size / 1e6}


def main() -> None:
    """Prints and writes every figure."""
    sizes = tuple(int(told) for told in sys.argv[1:]) or SIZES
    figures: dict[int, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="payback-bench-") as folder:
        for rows in sizes:
            figures[rows] = of_size(Path(folder), rows)
            for name, value in figures[rows].items():
                unit = {"fill_rows_per_second": "rows/s", "file_mb": "MB"}.get(name, "s")
                print(f"warehouse_{rows // 1_000_000}m_{name} {value:,.3f} {unit}", flush=True)
    small, large = min(sizes), max(sizes)
    slopes = {
        name: math.log(figures[large][name] / figures[small][name]) / math.log(large / small)
        for name in figures[large]
        if large > small
    }
    for name in ("upsert_new", "upsert_old", "upsert_old_within", "lookup_10000", "replace_window"):
        if name in slopes:
            print(f"warehouse_{name}_slope {slopes[name]:.2f} log/log")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"warehouse_peak_memory {peak:,.0f} MB")
    told = {
        "batch_rows": BATCH,
        "by_size": {str(rows): each for rows, each in figures.items()},
        "slopes": slopes,
        "peak_memory_mb": peak,
        "duckdb": duckdb.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(told, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
