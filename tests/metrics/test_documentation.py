from __future__ import annotations

from pathlib import Path

from payback.metrics.catalogue import CATALOGUE
from payback.metrics.documentation import page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "understand" / "metrics.md"


def test_the_page_on_metrics_is_what_the_catalogue_says():
    assert PAGE.read_text(encoding="utf-8") == page(), "write it again: payback.metrics.documentation.page()"


def test_the_page_names_every_metric_once():
    headings = [line for line in page().splitlines() if line.startswith("### ")]
    assert headings == [f"### `{name}`" for name in CATALOGUE]
