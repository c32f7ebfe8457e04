"""What gateways and tracing tools tell of a call, in the ledger's words: whose money by tags, who was paid by the provider's
name, which tool asked by its user agent, and five disjoint token counts from counts that overlap. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from payback.sources.agents.providers import vendor_of
from payback.sources.amounts import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PLACES = {
    "team": "team",
    "workflow": "workflow",
    "wf": "workflow",
    "environment": "environment",
    "env": "environment",
    "task_type": "task_type",
    "task": "task_type",
    "cost_center": "cost_center",
    "cost_centre": "cost_center",
    "repo": "repo",
    "repository": "repo",
    "branch": "branch",
}
PROVIDERS = {
    "anthropic_text": "anthropic",
    "text-completion-openai": "openai",
    "bedrock_converse": "aws",
    "bedrock_mantle": "aws",
    "sagemaker": "aws",
    "sagemaker_chat": "aws",
    "azure_ai": "azure",
    "azure_text": "azure",
    "vertex_ai_beta": "google",
    "palm": "google",
    "fireworks_ai": "fireworks",
    "together_ai": "together",
}
SELF_HOSTED = frozenset(
    {
        "hosted_vllm", "vllm", "ollama", "ollama_chat", "lm_studio", "llamafile", "xinference", "triton",
        "openai_like", "custom_openai", "docker_model_runner", "llamacpp", "lemonade",
    }
)  # fmt: skip
API_TOOLS = {"aws": "bedrock", "azure": "azure_openai", "google": "vertex_ai", "openrouter": "openrouter"}
AGENTS = (
    ("claude-cli", "claude_code"),
    ("claude-code", "claude_code"),
    ("codex_", "codex"),
    ("codex-", "codex"),
    ("codex/", "codex"),
    ("geminicli", "gemini_cli"),
    ("gemini-cli", "gemini_cli"),
    ("cursor", "cursor"),
    ("githubcopilot", "copilot"),
    ("opencode", "opencode"),
    ("qwencode", "qwen"),
    ("cline", "cline"),
    ("roo-code", "roo"),
    ("aider", "aider"),
    ("zed/", "zed"),
    ("goose", "goose"),
)
_STARTS = tuple(start for start, _ in AGENTS)


def places(tags: Iterable[Any], told: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Team, workflow, environment, ... by tags such as `team:search` or `wf:triage`, and by plain keys; tags win."""
    found: dict[str, Any] = {}
    for key, value in (told or {}).items():
        name = PLACES.get(str(key).strip().lower())
        if name and isinstance(value, str | int) and str(value).strip():
            found[name] = str(value).strip()
    for tag in tags:
        key, colon, value = str(tag).partition(":")
        name = PLACES.get(key.strip().lower())
        if name and colon and value.strip():
            found[name] = value.strip()
    return found


def paid(provider: str | None, model: str | None, self_hosted: str) -> str | None:
    """The vendor who is paid, by the provider's name as LiteLLM and tracing tools write it, else by the model's."""
    name = (provider or "").strip().lower()
    if not name:
        return vendor_of(None, model)
    if name in SELF_HOSTED:
        return self_hosted
    return PROVIDERS.get(name) or vendor_of(name, None) or name


def agent_of(*hints: Any) -> str | None:
    """The coding agent that a user agent names; None where it is no agent payback knows."""
    for hint in hints:
        said = str(hint or "").lower().removeprefix("user-agent:").strip()
        if said.startswith(_STARTS):
            return next(tool for start, tool in AGENTS if said.startswith(start))
    return None


def api_tool(vendor: str | None, otherwise: str) -> str:
    """The tool id of plain use of a vendor's API."""
    return otherwise if vendor is None else API_TOOLS.get(vendor, f"{vendor}_api")


@dataclass(frozen=True, slots=True)
class Counts:
    """Token counts as told: whether `input` holds the cached ones and `output` the reasoning is what is to be found out."""

    input: int = 0
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    output: int = 0
    reasoning: int = 0

    @property
    def cached(self) -> int:
        return self.cache_read + self.cache_write_5m + self.cache_write_1h


def disjoint(
    told: Counts, total: int | None, holds_cached: tuple[bool, ...], holds_reasoning: tuple[bool, ...]
) -> dict[str, int]:
    """The five disjoint counts and the reasoning, by the first reading whose sum is the total told.

    The readings are tried in the order given; where no total is told the first one holds. ValueError where none adds up.
    """
    for cached_inside, reasoning_inside in product(holds_cached, holds_reasoning):
        fresh = told.input - told.cached if cached_inside else told.input
        output = told.output if reasoning_inside else told.output + told.reasoning
        if fresh >= 0 and (total is None or fresh + told.cached + output == total):
            return {
                "input_tokens": fresh,
                "cache_read_tokens": told.cache_read,
                "cache_write_5m_tokens": told.cache_write_5m,
                "cache_write_1h_tokens": told.cache_write_1h,
                "output_tokens": output,
                "reasoning_tokens": told.reasoning,
            }
    raise ValueError(
        f"input {told.input}, cached {told.cached}, output {told.output} and reasoning {told.reasoning} "
        f"do not add up to the total {total}"
    )


def first_count(told: Iterable[Mapping[str, Any]], *names: str) -> int:
    """The first of these names that any of the mappings gives a count for; 0 where none does."""
    for one in told:
        for name in names:
            if one.get(name):
                return count(one[name])
    return 0


def mapping(told: Any) -> Mapping[str, Any]:
    """A mapping as it is, and nothing where something else stands."""
    return told if isinstance(told, dict) else {}
