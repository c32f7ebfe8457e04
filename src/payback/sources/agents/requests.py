"""A copy of a response, as the lines of Claude Code and Codex give it, as one request of the ledger."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payback.sources.agents.claude_lines import EPOCH

if TYPE_CHECKING:
    from datetime import datetime

    from payback.ledger.entries import Usage
    from payback.sources.agents.copies import Copy
    from payback.sources.agents.intake import Intake


def request(intake: Intake, key: str, copy: Copy, **told: Any) -> Usage | None:
    """Add a copy to what the file gives, under its format's key; `told` is what the line says besides."""
    (out, final, speed, minus_time, given, read, five, hour, reasoning, searches, *outcome, kind), place = (
        copy
    )
    _tool, vendor, model, tier, _speed, region = kind
    side, session, project, branch = place
    requests, errors, retries = outcome
    return intake.usage(
        key,
        instant(-minus_time),
        vendor=vendor,
        model=model or None,
        session_id=session,
        project=project or None,
        branch=branch or None,
        is_subagent=side,
        is_final=final,
        input_tokens=given,
        output_tokens=out,
        cache_read_tokens=read,
        cache_write_5m_tokens=five,
        cache_write_1h_tokens=hour,
        reasoning_tokens=reasoning,
        web_searches=searches,
        requests=requests,
        errors=errors,
        retries=retries,
        service_tier=tier or None,
        speed=speed or None,
        region=region or None,
        **told,
    )


def instant(milliseconds: int) -> datetime:
    """The instant that many milliseconds after 1970, in UTC."""
    return EPOCH + timedelta(milliseconds=milliseconds)
