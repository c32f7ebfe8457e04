"""Samples of the vendors' replies as the reference pages hold them, and pages parsed without anything around them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from payback.ledger.entries import Rejected
from payback.sources.source import Context, Page, Source
from tests.desk import desk

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def sample(page: str, holding: str) -> Any:
    """The fenced JSON block of a reference page that holds these words."""
    text = desk(f"reference/vendors/{page}").read_text(encoding="utf-8")
    return next(
        json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL) if holding in block
    )


def context(source: Source, **told: object) -> Context:
    stream = source.streams[0]
    defaults = {one.name: one.default for one in source.settings if one.default is not None}
    return Context(f"{source.kind}:{stream.name}", source.kind, defaults | told, NOW)


def parsed(source: Source, body: Any, **told: object) -> list[Any]:
    return list(source.streams[0].parse(Page(body, "a page"), context(source, **told)))


def only(source: Source, body: Any, **told: object) -> Any:
    (found,) = parsed(source, body, **told)
    return found


def refused(source: Source, body: Any, **told: object) -> str:
    found = only(source, body, **told)
    assert isinstance(found, Rejected), found
    return found.why
