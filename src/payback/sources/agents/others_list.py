"""Every reader but those of Claude Code and Codex."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.sources.agents.aider import AIDER
from payback.sources.agents.amp import AMP
from payback.sources.agents.cline import CLINE_FAMILY
from payback.sources.agents.codebuff import CODEBUFF
from payback.sources.agents.copilot import COPILOT
from payback.sources.agents.crush import CRUSH
from payback.sources.agents.cursor import CURSOR
from payback.sources.agents.droid import DROID
from payback.sources.agents.gemini import GEMINI
from payback.sources.agents.goose import GOOSE
from payback.sources.agents.hermes import HERMES
from payback.sources.agents.kimi import KIMI_FAMILY
from payback.sources.agents.opencode import OPENCODE_FAMILY
from payback.sources.agents.pi import PI_FAMILY
from payback.sources.agents.qwen import QWEN
from payback.sources.agents.zed import ZED

if TYPE_CHECKING:
    from payback.sources.agents.reader import AgentLog

OTHERS: tuple[AgentLog, ...] = (
    GEMINI,
    QWEN,
    COPILOT,
    *OPENCODE_FAMILY,
    *CLINE_FAMILY,
    *KIMI_FAMILY,
    *PI_FAMILY,
    GOOSE,
    DROID,
    AMP,
    CRUSH,
    ZED,
    HERMES,
    AIDER,
    CODEBUFF,
    CURSOR,
)
