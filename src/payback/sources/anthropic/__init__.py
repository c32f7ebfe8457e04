"""Anthropic: money, use, Claude Code, seats and the directory, by whichever of its three generations of reports the key opens.

`ways` chooses the generation, `console` and `analytics` read money and use, `claude_code` and `engagement` what people did,
`directory` who there is. `vendor` puts them together as the `Source`.
"""

from payback.sources.anthropic.vendor import SOURCE

__all__ = ["SOURCE"]
