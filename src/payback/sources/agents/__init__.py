"""Local logs of coding agents: where each tool writes them, and how they become usage and steps.

One tool, one `AgentLog`; `readers()` is the list of all. Nothing here opens a network connection or keeps a prompt,
an answer, code or tool output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payback.sources.agents.reader import AgentLog


def readers() -> tuple[AgentLog, ...]:
    """Every known tool's reader, Claude Code and Codex first; imported only when asked for."""
    from payback.sources.agents.claude import CLAUDE
    from payback.sources.agents.codex import CODEX
    from payback.sources.agents.others_list import OTHERS

    return (CLAUDE, CODEX, *OTHERS)
