"""Every vendor that payback can be connected to. A new one is a new module and one line here."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from payback.errors import UnknownNameError

if TYPE_CHECKING:
    from payback.sources.source import Source


VENDORS = (
    "anthropic", "azure", "azure_devops", "bedrock", "bitbucket", "copilot", "cursor", "github", "gitlab", "helicone",
    "incident_io", "jira", "langfuse", "linear", "litellm", "openai", "opencost", "openrouter", "opsgenie", "pagerduty",
    "vertex", "vllm",
)  # fmt: skip


def sources() -> tuple[Source, ...]:
    """The sources, in the order of their kinds; each module is read when it is first asked for."""
    found: list[Source] = [import_module(f"payback.sources.{name}").SOURCE for name in VENDORS]
    return tuple(sorted(found, key=lambda source: source.kind))


def source(kind: str) -> Source:
    """The source of that kind. UnknownNameError with the nearest ones."""
    known = {one.kind: one for one in sources()}
    if kind not in known:
        raise UnknownNameError("kind of source", kind, known)
    return known[kind]
