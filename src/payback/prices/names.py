"""What a model's name says: which platform served it, and under which names a price book may know it.

Text in, text out; knows the shapes of names (Bedrock, Vertex, Azure, LiteLLM, OpenRouter), not which models exist.
Shapes: `eu.anthropic.claude-x-v1:0` and ARNs (Bedrock), `claude-x@20250929` and `publishers/…/models/…` (Vertex),
`provider/model` (LiteLLM, OpenRouter), `…[1m]` (Claude Code's long context).
"""

from __future__ import annotations

import re
from typing import NamedTuple

PLATFORMS = {
    "azure": "azure",
    "azure_ai": "azure",
    "bedrock": "aws",
    "bedrock_converse": "aws",
    "bedrock_mantle": "aws",
    "cerebras": "cerebras",
    "databricks": "databricks",
    "fireworks_ai": "fireworks",
    "gemini": "google",
    "github_copilot": "github-copilot",
    "github-copilot": "github-copilot",
    "groq": "groq",
    "novita": "novita",
    "openrouter": "openrouter",
    "sagemaker": "aws",
    "together_ai": "together",
    "vertex_ai": "google",
    "vertex_ai_beta": "google",
    "xai": "x-ai",
}
VENDORS = {
    "amazon_bedrock": "aws",
    "aws_bedrock": "aws",
    "azure-openai": "azure",
    "azure_ai": "azure",
    "azure_foundry": "azure",
    "azure_openai": "azure",
    "claude": "anthropic",
    "fireworks_ai": "fireworks",
    "github": "github-copilot",
    "github_copilot": "github-copilot",
    "kimi": "moonshotai",
    "microsoft": "azure",
    "together_ai": "together",
}
SELF_RUN = frozenset({"llama.cpp", "lmstudio", "local", "ollama", "vllm"})
MAKERS = {"meta-llama": "meta", "mistralai": "mistral", "moonshot": "moonshotai", "z-ai": "zai"}
_SUFFIX = re.compile(r"\[[^\]]*\]$")
_DOTTED = re.compile(r"^(?:(?P<geo>[a-z]{2,6}(?:-[a-z]+)?)\.)?(?P<maker>[a-z0-9]+)\.(?P<name>[a-z][\w.:-]*)$")
_MAKERS_ON_BEDROCK = frozenset(
    {
        "ai21",
        "amazon",
        "anthropic",
        "cohere",
        "deepseek",
        "google",
        "luma",
        "meta",
        "minimax",
        "mistral",
        "moonshot",
        "moonshotai",
        "nvidia",
        "openai",
        "qwen",
        "stability",
        "twelvelabs",
        "writer",
        "xai",
        "zai",
    }
)
_REGION = re.compile(r"^[a-z]{2}(?:-[a-z]+)+-\d$")
_ROUTES = frozenset({"converse", "converse_like", "invoke", "responses", "chat", "messages"})
_DATED = re.compile(r"(?:[-@]20\d{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01]))$")
_PUBLISHED = re.compile(r"(?:^|/)publishers/(?P<maker>[^/]+)/models/(?P<name>[^/:]+)")
_PROFILE = re.compile(r"/(?:foundation-model|inference-profile)/|:(?:foundation-model|inference-profile)/")


class Reference(NamedTuple):
    """One name to look for. `platform` limits the search to that provider; None leaves it to the row's vendor."""

    platform: str | None
    name: str


def provider_of(vendor: str | None) -> str | None:
    """The ledger's word for a vendor as the price list spells it."""
    if not vendor:
        return None
    word = vendor.strip().lower()
    return VENDORS.get(word, word)


def references(model: str) -> tuple[Reference, ...]:
    """Names under which the model may be listed, most telling first; empty when the name hides the model.

    An application inference profile, a provisioned or an imported model hides it: only its owner's alias can say.
    """
    text = _SUFFIX.sub("", model.strip().lower()).strip()
    if not text:
        return ()
    if text.startswith("arn:"):
        found = _PROFILE.search(text)
        return () if found is None else _on(text[found.end() :], "aws")
    if stated := _stated(text):
        return _on(*stated)
    return _unique([Reference(None, text), *_headed(text), *_cleaned(text)])


def _stated(text: str) -> tuple[str, str] | None:
    """The name on its platform and the platform, where the text states one."""
    if published := _PUBLISHED.search(text):
        return published["name"], "google"
    head, _, rest = text.partition("/")
    if rest and head in PLATFORMS:
        return _without_route(rest), PLATFORMS[head]
    if rest and head == "models":
        return rest, "google"
    platform = _shape(text)
    return None if platform is None else (text, platform)


def _on(name: str, platform: str) -> tuple[Reference, ...]:
    """On the platform that the name states, and on no other: elsewhere the same model may cost something else."""
    return _unique([Reference(platform, name), *_cleaned(name, platform)])


def _shape(name: str) -> str | None:
    """The platform that the shape alone gives away: Bedrock's dotted ids, Vertex's `@date`."""
    dotted = _DOTTED.match(name)
    if dotted and dotted["maker"] in _MAKERS_ON_BEDROCK:
        return "aws"
    return "google" if "@" in name and not name.startswith("@") else None


def _headed(name: str) -> list[Reference]:
    """`maker/model`: the maker's own list, then OpenRouter's under the whole name."""
    head, _, rest = name.partition("/")
    if not rest or head.startswith("@"):
        return []
    return [Reference(MAKERS.get(head, head), rest), Reference("openrouter", name)]


def _cleaned(name: str, platform: str | None = None) -> list[Reference]:
    """The name without its path, then without its snapshot date."""
    bare = name.rpartition("/")[2].replace("@default", "").replace("@", "-")
    return [Reference(platform, bare), Reference(platform, _DATED.sub("", bare))]


def _without_route(name: str) -> str:
    head, _, rest = name.partition("/")
    while rest and (head in _ROUTES or _REGION.match(head)):
        name = rest
        head, _, rest = name.partition("/")
    return name


def _unique(found: list[Reference]) -> tuple[Reference, ...]:
    return tuple(dict.fromkeys(reference for reference in found if reference.name))
