"""Every tool's sample, as its own test states it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.agents_others import (
    test_cline,
    test_copilot,
    test_gemini,
    test_kimi,
    test_opencode,
    test_pi,
    test_qwen,
    test_session_sums,
    test_smaller_tools,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.agents_others.disk import Files

FORKS = {
    "kilo_cli": (test_opencode.SAMPLE, "opencode", "kilo"),
    "mimocode": (test_opencode.SAMPLE, "opencode", "mimocode"),
    "roo_code": (test_cline.SAMPLE, "saoudrizwan.claude-dev", "rooveterinaryinc.roo-cline"),
    "kilo_code": (test_cline.SAMPLE, "saoudrizwan.claude-dev", "kilocode.kilo-code"),
    "zoo_code": (test_cline.SAMPLE, "saoudrizwan.claude-dev", "zoocodeorganization.zoo-code"),
    "ibm_bob": (test_cline.SAMPLE, "saoudrizwan.claude-dev", "ibm.bob-code"),
    "omp": (test_pi.SAMPLE, ".pi", ".omp"),
    "openclaw": (test_pi.SAMPLE, ".pi/agent/sessions", ".openclaw/agents/main/sessions"),
}
OWN = {
    "gemini_cli": test_gemini.SAMPLE,
    "qwen_code": test_qwen.SAMPLE,
    "copilot_cli": {**test_copilot.SAMPLE, ".copilot/otel/spans.jsonl": [test_copilot.SPAN]},
    "opencode": test_opencode.SAMPLE,
    "cline": test_cline.SAMPLE,
    "kimi_cli": test_kimi.OLD_SAMPLE,
    "kimi_code": test_kimi.NEW_SAMPLE,
    "pi": test_pi.SAMPLE,
    "goose": test_session_sums.GOOSE,
    "droid": test_session_sums.DROID,
    "zed": test_session_sums.ZED,
    "hermes": test_session_sums.HERMES,
    "amp": test_smaller_tools.AMP,
    "aider": test_smaller_tools.AIDER,
    "codebuff": test_smaller_tools.CODEBUFF,
    "cursor": test_smaller_tools.CURSOR,
}


def sample(tool: str, home: Path) -> Files:
    """The files of one tool below a home folder."""
    if tool == "crush":
        return test_session_sums.crush(home)
    if tool in FORKS:
        files, theirs, ours = FORKS[tool]
        return {name.replace(theirs, ours): content for name, content in files.items()}
    return dict(OWN[tool])
