"""Which rows of a Google bill are of AI, and what the description of a SKU says: the model and the kind of token."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from payback.sources.cloud import gpu

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICES = frozenset(
    {
        "vertex ai", "gemini api", "generative language api", "cloud ai companion", "gemini code assist",
        "gemini for google cloud", "vertex ai search", "cloud tpu",
    }
)  # fmt: skip
_FAMILY = re.compile(
    r"\b(gemini|claude|llama|mistral|codestral|jamba|deepseek|qwen|kimi|imagen|veo|lyria|gemma|grok|gpt-oss)\b",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"\s*(?:\(|,|/| - |\b(?:text|input|output|image|audio|video|cach(?:ed|ing|e)|batch|priority|flex|thinking|reasoning|"
    r"long|short|online|embedding|tokens?|characters?|predictions?|generation|grounding|live|native|requests?|global|"
    r"regional)\b)",
    re.IGNORECASE,
)
_KINDS = (("cache-write", r"\bcache (?:write|creation|storage)"), ("cache-read", r"\bcach"), ("output", r"\boutput\b"),
          ("input", r"\binput\b"))  # fmt: skip


def is_ai(row: Mapping[str, Any]) -> bool:
    """Whether a row (of the export or of its FOCUS view) is of AI: by service, by a partner's model, or of GPUs."""
    service, sku = _texts(row)
    if service.casefold() in SERVICES:
        return True
    if is_gpu(service, sku):
        return True
    seller = str(row.get("seller_name") or row.get("PublisherName") or "Google")
    return "google" not in seller.casefold() and bool(_FAMILY.search(f"{service} {sku}"))


def _texts(row: Mapping[str, Any]) -> tuple[str, str]:
    service, sku = row.get("service"), row.get("sku")
    return (
        str((service.get("description") if isinstance(service, dict) else row.get("ServiceName")) or ""),
        str((sku.get("description") if isinstance(sku, dict) else row.get("ChargeDescription")) or ""),
    )


def is_gpu(service: str, sku: str) -> bool:
    """Whether a SKU is of accelerators, which Google bills apart from the machine."""
    return service.casefold() in {"compute engine", "cloud tpu", "kubernetes engine"} and gpu.is_google_sku(
        sku
    )


def model(description: str) -> str | None:
    """`gemini-2.5-flash` of "Gemini 2.5 Flash Text Output"; None where no family of models is named."""
    match = _FAMILY.search(description)
    if match is None:
        return None
    rest = description[match.start() :]
    end = _ENDS.search(rest)
    name = rest[: end.start()] if end else rest
    return "-".join(name.casefold().split()) or None


def kind(description: str) -> str | None:
    """Which tokens a SKU bills; None where it does not say."""
    return next((name for name, pattern in _KINDS if re.search(pattern, description, re.IGNORECASE)), None)
