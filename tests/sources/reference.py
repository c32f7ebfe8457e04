"""Samples that the vendors' reference pages hold, as they stand there; tests skip where the pages are absent."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.desk import desk


def samples(page: str) -> list[Any]:
    """The fenced JSON blocks of a reference page, in their order."""
    text = desk(f"reference/vendors/{page}.md").read_text(encoding="utf-8")
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]


def blocks(page: str, kind: str) -> list[str]:
    """The fenced blocks of one kind of a reference page, as text."""
    text = desk(f"reference/vendors/{page}.md").read_text(encoding="utf-8")
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)
