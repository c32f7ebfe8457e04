"""What the name of an Azure meter says: the model, the direction, whether it is of cached tokens, where it runs, its scale.

Names are not spelled alike (`gpt 4.1 cached Inp glbl Tokens`, `GPT 5.1 cd inp Gl 1M Tokens`), so words are known by what
they can mean, and what is left over names the model. A model that no family begins is `unmapped`: its money stands.
"""

from __future__ import annotations

import re
from typing import NamedTuple

UNMAPPED = "unmapped"
_TOKENS = re.compile(r"\btokens?\b", re.IGNORECASE)
_MILLION = re.compile(r"\b1M\b", re.IGNORECASE)
_SPACES = re.compile(r"[\s\-_]+")
_DATE = re.compile(r"^(?:0[1-9]|1[0-2])[0-3]\d$")
_FAMILY = re.compile(
    r"^(?:gpt|o\d|text-embedding|embedding|claude|grok|llama|meta|deepseek|mistral|ministral|codestral|phi|dall|whisper|sora"
    r"|kimi|cohere|command|davinci|babbage|computer-use|jamba|qwen|tts)(?:[\d.-]|$)"
)
_OUTPUT = frozenset({"out", "outp", "outpt", "opt", "output"})
_CACHED = frozenset({"cached", "cchd", "cd", "cache"})
_INPUT = frozenset({"inp", "inpt", "in", "input"})
_SCOPE = {
    "glbl": "global", "gl": "global", "global": "global", "dz": "data zone", "dzone": "data zone", "datazone": "data zone",
    "regnl": "regional", "rgnl": "regional", "regional": "regional", "rg": "regional",
}  # fmt: skip
_TIER = {"batch": "batch", "btch": "batch", "pp": "priority", "priority": "priority", "flex": "flex"}
_OTHER = frozenset(
    {"1m", "1k", "tokens", "token", "std", "standard", "shortco", "longco", "data", "zone", "az"}
)
_MODALITY = frozenset({"aud", "audio", "txt", "text", "img", "image"})


class Meter(NamedTuple):
    """What a name says. `scale` is how many tokens its unit holds; None where it bills no tokens."""

    model: str | None
    kind: str | None
    scope: str | None
    tier: str | None
    scale: int | None


def meter(name: str) -> Meter:
    """The meter of a name; one that bills no tokens (provisioned units, images) says its scope only."""
    words = [word for word in _SPACES.split(name.strip().casefold().replace("data zone", "dz")) if word]
    scope = next((_SCOPE[word] for word in words if word in _SCOPE), None)
    if not _TOKENS.search(name):
        return Meter(None, None, scope, None, None)
    tier = next((_TIER[word] for word in words if word in _TIER), None)
    return Meter(_model(words), _kind(words), scope, tier, 1_000_000 if _MILLION.search(name) else 1000)


def _kind(words: list[str]) -> str | None:
    """Output, cached input or input, looked for in this order: `cached` stands beside `input`."""
    found = set(words)
    if found & _OUTPUT:
        return "output"
    if found & _CACHED:
        return "cache-read"
    return "input" if found & _INPUT else None


def _model(words: list[str]) -> str:
    known = _OUTPUT | _CACHED | _INPUT | _OTHER | set(_SCOPE) | set(_TIER)
    left = [word for word in words if word not in known and not _DATE.match(word)]
    name = "-".join(
        "audio" if word == "aud" else word
        for word in left
        if word not in {"txt", "text"} or not _is_side(left)
    )
    return name if _FAMILY.match(name) else UNMAPPED


def _is_side(words: list[str]) -> bool:
    """Whether `text` names a side of a model of several modalities, and not the model (text-embedding-3)."""
    return len(set(words) & _MODALITY) > 1
