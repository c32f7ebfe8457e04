"""Which entry of the list a (vendor, model) means, by the list's own matching rules.

A vendor limits the search to its own list only where that list knows the model; a platform that the name itself
states (see `names`) always does.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from payback.prices.names import Reference, provider_of, references

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payback.prices.listed.types import ModelInfo, Provider

_COMPACT_DATE = re.compile(r"-(20\d{2})(\d{2})(\d{2})(?=-|:|$)")


class Found(NamedTuple):
    """An entry of the list. `is_own` is false where the provider resells an entry of another provider."""

    provider: Provider
    model: ModelInfo
    is_own: bool


def find(listed: Sequence[Provider], vendor: str | None, model: str) -> Found | None:
    """The entry that prices this model of this vendor, or None."""
    seller = provider_named(listed, provider_of(vendor))
    if seller is not None and (entry := entry_of(listed, seller, model.strip().lower())):
        return entry
    for reference in references(model):
        for provider in _sellers(listed, seller, reference):
            if entry := entry_of(listed, provider, reference.name):
                return entry
    return None


def provider_named(listed: Sequence[Provider], name: str | None) -> Provider | None:
    """The provider with that id, else the first whose rule accepts the name."""
    if name is None:
        return None
    for provider in listed:
        if provider.id == name:
            return provider
    for provider in listed:
        if provider.provider_match is not None and provider.provider_match.is_match(name):
            return provider
    return None


def entry_of(listed: Sequence[Provider], provider: Provider, name: str) -> Found | None:
    """The provider's entry for a name, its own first, then what it resells; compact dates are tried dashed as well."""
    dashed = _dashed(name)
    for text in (name,) if dashed == name else (name, dashed):
        if own := _own(provider, text):
            return Found(provider, own, is_own=True)
        for other in provider.fallback_model_providers or ():
            maker = next((each for each in listed if each.id == other), None)
            if maker is not None and (sold := _own(maker, text)):
                return Found(provider, sold, is_own=False)
    return None


def _sellers(listed: Sequence[Provider], seller: Provider | None, reference: Reference) -> list[Provider]:
    """Providers to ask for one reference, in order."""
    if reference.platform is not None:
        named = provider_named(listed, reference.platform)
        resold = reference.platform == "openrouter" and seller is not None and seller.id != "openrouter"
        return [] if named is None or resold else [named]
    guessed = next(
        (each for each in listed if each.model_match and each.model_match.is_match(reference.name)), None
    )
    return [each for each in (seller, guessed) if each is not None]


def _own(provider: Provider, name: str) -> ModelInfo | None:
    return next((model for model in provider.models if model.match.is_match(name)), None)


def _dashed(name: str) -> str:
    """`x-20251211` as `x-2025-12-11`, where that is a day."""

    def dashed(match: re.Match[str]) -> str:
        year, month, day = match.groups()
        try:
            date(int(year), int(month), int(day))
        except ValueError:
            return match[0]
        return f"-{year}-{month}-{day}"

    return _COMPACT_DATE.sub(dashed, name)
