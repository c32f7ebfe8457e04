"""Token counts and products as Anthropic's reports write them. The four input parts are disjoint as told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.sources.amounts import count
from payback.sources.anthropic.reply import part

if TYPE_CHECKING:
    from collections.abc import Mapping

VENDOR = "anthropic"
API = "anthropic_api"
API_PRODUCTS = frozenset({"claude_console", "managed_agents_api", "message_batches_api", "messages_api"})
TOOLS = {"chat": "claude", "chat_cowork_unified": "claude", "claude-in-slack": "claude_tag"}


def tokens(row: Mapping[str, Any]) -> dict[str, Any]:
    """The five counts and the web searches, by the names of `Usage`. ValueError where one is no count."""
    written = part(row.get("cache_creation"), "cache_creation")
    tools = part(row.get("server_tool_use"), "server_tool_use")
    return {
        "input_tokens": count(row.get("uncached_input_tokens")),
        "cache_read_tokens": count(row.get("cache_read_input_tokens")),
        "cache_write_5m_tokens": count(written.get("ephemeral_5m_input_tokens")),
        "cache_write_1h_tokens": count(written.get("ephemeral_1h_input_tokens")),
        "output_tokens": count(row.get("output_tokens")),
        "web_searches": count(tools.get("web_search_requests")),
    }


def tool_of(product: str | None) -> str | None:
    """The tool that a product is; None for plain API use."""
    if product is None or product in API_PRODUCTS:
        return None
    return TOOLS.get(product, product.replace("-", "_"))
