"""What a usage type of AWS says of a line: the model, and which kind of token it bills. Spelling differs by model."""

from __future__ import annotations

import re
from typing import NamedTuple

_REGION = re.compile(r"^(?:[A-Z]{2,5}\d|EU)-(?=.)")
_HOW = r"(?:mantle|cross-?region|global|batch|flex|priority|latency-optimized|text|on-demand)"
_TOKENS = re.compile(
    rf"^(?P<model>.+?)-(?:{_HOW}-)*(?P<kind>cache-?read-input|cache-?write-input|cache-?read|cache-?write|input|output)"
    r"(?=[-_ ].*token|-token)",
    re.IGNORECASE,
)
_EDITION = re.compile(r"\s*\((?:Amazon )?Bedrock Edition\)\s*$", re.IGNORECASE)
_INSTANCE = re.compile(r":((?:ml\.)?[a-z]+\d[a-z0-9-]*\.[a-z0-9-]+)$")


class Line(NamedTuple):
    """The model and the kind of token, as far as the text says them."""

    model: str | None
    kind: str | None


def line(usage_type: str | None) -> Line:
    """`USE1-ModelQ-output-tokens` is output of ModelQ. Nothing for text of another shape."""
    match = _TOKENS.match(_REGION.sub("", usage_type or ""))
    if match is None:
        return Line(None, None)
    kind = match["kind"].lower().replace("cacheread", "cache-read").replace("cachewrite", "cache-write")
    return Line(match["model"], kind.removesuffix("-input") if kind != "input" else kind)


def edition(product: str | None) -> str | None:
    """The model a marketplace product is: `Claude Sonnet 4.5 (Amazon Bedrock Edition)`; None for other products."""
    return _EDITION.sub("", product) if product and _EDITION.search(product) else None


def instance(usage_type: str | None) -> str:
    """The instance type that a usage type names, as `USE1-BoxUsage:p5.48xlarge` does; empty where it names none."""
    match = _INSTANCE.search(usage_type or "")
    return match[1] if match else ""
