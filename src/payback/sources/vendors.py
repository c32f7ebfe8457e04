"""Every vendor that payback can be connected to. A new one is a new module and one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.errors import UnknownNameError

if TYPE_CHECKING:
    from payback.sources.source import Source


def sources() -> tuple[Source, ...]:
    """The sources, in the order of their names."""
    from payback.sources import (
        anthropic,
        azure,
        azure_devops,
        bedrock,
        copilot,
        cursor,
        github,
        gitlab,
        helicone,
        incident_io,
        jira,
        langfuse,
        linear,
        litellm,
        openai,
        opencost,
        openrouter,
        opsgenie,
        pagerduty,
        vertex,
        vllm,
    )

    found: tuple[Source, ...] = (
        anthropic.SOURCE,
        azure.SOURCE,
        azure_devops.SOURCE,
        bedrock.SOURCE,
        copilot.SOURCE,
        cursor.SOURCE,
        github.SOURCE,
        gitlab.SOURCE,
        helicone.SOURCE,
        incident_io.SOURCE,
        jira.SOURCE,
        langfuse.SOURCE,
        linear.SOURCE,
        litellm.SOURCE,
        openai.SOURCE,
        opencost.SOURCE,
        openrouter.SOURCE,
        opsgenie.SOURCE,
        pagerduty.SOURCE,
        vertex.SOURCE,
        vllm.SOURCE,
    )
    return tuple(sorted(found, key=lambda source: source.kind))


def source(kind: str) -> Source:
    """The source of that kind. UnknownNameError with the nearest ones."""
    known = {one.kind: one for one in sources()}
    if kind not in known:
        raise UnknownNameError("kind of source", kind, known)
    return known[kind]
