"""Which hue stands for which tool or model, on every page. Eight colour-safe hues; what is not known is grey.

The hues are told apart with protan and deutan sight and stand out from both backgrounds (3 : 1); a test measures it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable

LIGHT = ("#4979e2", "#7b3202", "#3da290", "#563da2", "#662c55", "#b58a1b", "#2d7790", "#a15539")
DARK = ("#59a2fe", "#d9720c", "#8be3b8", "#7c65bb", "#c6879f", "#d5bf2b", "#79d3f4", "#a6595e")
QUIET = "quiet"
OTHER = "other"
_FIXED = {
    "claude_code": 1, "codex": 2, "gemini_cli": 0, "copilot_cli": 3, "opencode": 4, "cursor": 5, "qwen_code": 6,
    "cline": 7, "agent_authored": 0, "agent_assisted": 6, "read": 0, "edit": 1, "test": 2, "shell": 3,
    "search": 5, "subagent": 6, "fixed": 0, "explained": 2, "unexplained": 1,
}  # fmt: skip


def hues(names: Iterable[str | None]) -> dict[str | None, str]:
    """The hue of each name, `hue-1` to `hue-8`; `quiet` for what has no name, is folded or was not detected.

    A name keeps its hue wherever it is shown, save that two unlisted names shown together never share one.
    """
    given: dict[str | None, str] = {}
    free = set(range(8))
    for name in names:
        if name in {None, "", OTHER, "none_detected", "unpriced"}:
            given[name] = QUIET
            continue
        wanted = _FIXED.get(str(name), crc32(str(name).encode()) % 8)
        hue = next((step for step in ((wanted + i) % 8 for i in range(8)) if step in free), wanted)
        free.discard(hue)
        given[name] = f"hue-{hue + 1}"
    return given
