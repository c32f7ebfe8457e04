"""Light stand-ins for the classes in which `genai-prices` writes its data down.

The package's own classes pull in a validation library and an HTTP client (0.6 s); its data module only calls their
constructors. `listed.source` runs that data module against these classes instead. Names and attributes are those of
the package, so its own classes can stand in for these. The module is called `types` because the data module asks for
`.types`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from datetime import date, time
    from decimal import Decimal

__all__ = (
    "ArrayMatch",
    "ClauseAnd",
    "ClauseContains",
    "ClauseEndsWith",
    "ClauseEquals",
    "ClauseOr",
    "ClauseRegex",
    "ClauseStartsWith",
    "ConditionalPrice",
    "ModelInfo",
    "ModelPrice",
    "PriceVariant",
    "Provider",
    "StartDateConstraint",
    "Tier",
    "TieredPrices",
    "TimeOfDateConstraint",
    "UsageExtractor",
    "UsageExtractorMapping",
)


class Clause(Protocol):
    """A condition on a lower-case name."""

    def is_match(self, text: str) -> bool:
        """Whether the name meets it."""
        ...


class Given:
    """An object that holds what it was given."""

    def __init__(self, **given: Any) -> None:
        self.__dict__ = given


class Ignored:
    """A part of the data that prices do not need: how to find token counts in a reply."""

    def __init__(self, **_given: Any) -> None:
        return


class UsageExtractor(Ignored):
    pass


class UsageExtractorMapping(Ignored):
    pass


class ArrayMatch(Ignored):
    pass


class Tier(Given):
    start: int
    price: Decimal


class TieredPrices(Given):
    base: Decimal
    tiers: list[Tier]


class ModelPrice(Given):
    """Its attributes are price keys such as `input_mtok`."""


class StartDateConstraint(Given):
    start_date: date


class TimeOfDateConstraint(Given):
    start_time: time
    end_time: time


class ConditionalPrice(Given):
    prices: ModelPrice
    constraint: StartDateConstraint | TimeOfDateConstraint | None = None


class PriceVariant(Given):
    when: dict[str, str]
    prices: ModelPrice
    constraint: StartDateConstraint | TimeOfDateConstraint | None = None


class ModelInfo(Given):
    id: str
    match: Clause
    prices: ModelPrice | list[ConditionalPrice]
    price_variants: list[PriceVariant] | None = None


class Provider(Given):
    id: str
    models: list[ModelInfo]
    model_match: Clause | None = None
    provider_match: Clause | None = None
    fallback_model_providers: list[str] | None = None


class ClauseStartsWith(Given):
    starts_with: str

    def is_match(self, text: str) -> bool:
        return text.lower().startswith(self.starts_with.lower())


class ClauseEndsWith(Given):
    ends_with: str

    def is_match(self, text: str) -> bool:
        return text.lower().endswith(self.ends_with.lower())


class ClauseContains(Given):
    contains: str

    def is_match(self, text: str) -> bool:
        return self.contains.lower() in text.lower()


class ClauseEquals(Given):
    equals: str

    def is_match(self, text: str) -> bool:
        return text.lower() == self.equals.lower()


class ClauseRegex(Given):
    regex: str

    def is_match(self, text: str) -> bool:
        return re.search(self.regex, text) is not None


class ClauseOr(Given):
    or_: list[Clause]

    def is_match(self, text: str) -> bool:
        return any(clause.is_match(text) for clause in self.or_)


class ClauseAnd(Given):
    and_: list[Clause]

    def is_match(self, text: str) -> bool:
        return all(clause.is_match(text) for clause in self.and_)
