"""Who ran a model, from the provider and model names that agents write down. Knows names, not prices."""

from __future__ import annotations

PROVIDERS = {
    "anthropic": "anthropic",
    "claude": "anthropic",
    "claude-code": "anthropic",
    "openai": "openai",
    "openai-native": "openai",
    "openai-codex": "openai",
    "openai_codex": "openai",
    "chatgpt": "openai",
    "codex": "openai",
    "google": "google",
    "gemini": "google",
    "gemini-cli": "google",
    "google-gemini-cli": "google",
    "google-vertex": "google",
    "google-vertex-anthropic": "google",
    "gcp_vertex_ai": "google",
    "vertex": "google",
    "vertex_ai": "google",
    "amazon-bedrock": "aws",
    "aws_bedrock": "aws",
    "bedrock": "aws",
    "azure": "azure",
    "azure-openai": "azure",
    "azure_openai": "azure",
    "azure-cognitive-services": "azure",
    "copilot": "github",
    "copilot_chat": "github",
    "github-copilot": "github",
    "github_copilot": "github",
    "vscode-lm": "github",
    "alibaba": "alibaba",
    "dashscope": "alibaba",
    "qwen": "alibaba",
    "qwen-code": "alibaba",
    "moonshot": "moonshot",
    "moonshotai": "moonshot",
    "kimi": "moonshot",
    "kimi-code": "moonshot",
    "kimi-for-coding": "moonshot",
    "deepseek": "deepseek",
    "mistral": "mistral",
    "xai": "xai",
    "x-ai": "xai",
    "groq": "groq",
    "openrouter": "openrouter",
    "zai": "zai",
    "z-ai": "zai",
    "zai-coding-plan": "zai",
    "cerebras": "cerebras",
    "fireworks": "fireworks",
    "togetherai": "together",
    "together": "together",
    "minimax": "minimax",
    "ollama": "local",
    "lmstudio": "local",
    "llama.cpp": "local",
}
MODELS = (
    ("claude", "anthropic"),
    ("gpt-", "openai"),
    ("chatgpt", "openai"),
    ("codex-", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4-", "openai"),
    ("gemini", "google"),
    ("qwen", "alibaba"),
    ("kimi", "moonshot"),
    ("moonshot", "moonshot"),
    ("deepseek", "deepseek"),
    ("grok", "xai"),
    ("glm-", "zai"),
    ("mistral", "mistral"),
    ("devstral", "mistral"),
    ("codestral", "mistral"),
    ("minimax", "minimax"),
)


def vendor_of(provider: str | None, model: str | None) -> str | None:
    """The vendor by the provider's name; where none is named, by the model's; None where neither is known."""
    if provider:
        return PROVIDERS.get(provider.strip().lower())
    name = (model or "").strip().lower()
    if "anthropic." in name or name.startswith("arn:aws"):
        return "aws"
    gateway, _, rest = name.partition("/")
    if rest:
        return PROVIDERS.get(gateway) or vendor_of(None, rest)
    return next((vendor for prefix, vendor in MODELS if name.startswith(prefix)), None)
