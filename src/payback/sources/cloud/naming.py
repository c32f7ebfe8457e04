"""What a line calls a model, as the organisation's own table of names (setting `models`) says it should be called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.sources.source import Setting

if TYPE_CHECKING:
    from collections.abc import Mapping

MODELS = Setting(
    "models", "A table: what a bill or log calls a model (meter, profile) = the model it stands for"
)


def known_as(name: str | None, told: Mapping[str, Any]) -> str | None:
    """The model that the table gives for a name; None where it gives none."""
    table = told.get("models")
    if name is None or not isinstance(table, dict):
        return None
    found = {str(key).casefold(): str(value) for key, value in table.items()}.get(name.casefold())
    return found or None
