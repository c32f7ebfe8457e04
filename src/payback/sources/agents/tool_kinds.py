"""What kind of step a tool call is, from the name an agent gives the tool. Knows names only; where a shell command
runs tests cannot be seen without its text, which is never read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payback.ledger.entries import StepKind

EXACT: dict[str, StepKind] = {
    "task": "subagent",
    "agent": "subagent",
    "bash": "shell",
    "sh": "shell",
    "cat": "read",
    "view": "read",
    "ls": "search",
    "glob": "search",
    "grep": "search",
    "rg": "search",
    "write": "edit",
    "create": "edit",
    "patch": "edit",
}
# The first word that is found decides, so "run_tests" is a test and "search_files" a search.
WORDS: tuple[tuple[str, StepKind], ...] = (
    ("subagent", "subagent"),
    ("spawn", "subagent"),
    ("delegate", "subagent"),
    ("newtask", "subagent"),
    ("invokeagent", "subagent"),
    ("test", "test"),
    ("search", "search"),
    ("grep", "search"),
    ("glob", "search"),
    ("find", "search"),
    ("list", "search"),
    ("fetch", "search"),
    ("edit", "edit"),
    ("write", "edit"),
    ("replace", "edit"),
    ("patch", "edit"),
    ("diff", "edit"),
    ("insert", "edit"),
    ("createfile", "edit"),
    ("newfile", "edit"),
    ("deletefile", "edit"),
    ("appliedfile", "edit"),
    ("read", "read"),
    ("view", "read"),
    ("open", "read"),
    ("shell", "shell"),
    ("command", "shell"),
    ("terminal", "shell"),
    ("execute", "shell"),
    ("bash", "shell"),
    ("powershell", "shell"),
    ("process", "shell"),
)
_SIGNS = re.compile(r"[^a-z0-9]+")


def kind_of(name: str) -> StepKind:
    """The kind of step behind a tool's name; `other` where the name says nothing or belongs to an MCP server."""
    lower = name.lower()
    if lower.startswith(("mcp__", "mcp_", "mcp-")):
        return "other"
    plain = _SIGNS.sub("", lower)
    if plain in EXACT:
        return EXACT[plain]
    return next((kind for word, kind in WORDS if word in plain), "other")
