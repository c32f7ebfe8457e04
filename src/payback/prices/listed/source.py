"""Where the list prices come from: the data module of the installed `genai-prices`, and its version.

Reads the installed package only; never the network.
"""

from __future__ import annotations

from functools import cache
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from payback.prices.listed.types import Provider

PACKAGE = "genai_prices"


@cache
def providers() -> tuple[Provider, ...]:
    """Every provider with its models and dated prices, in the package's order.

    Takes about 20 ms. A newer package may describe its data with more classes than `types` knows; then the package's
    own classes are loaded, which takes half a second.
    """
    given: dict[str, Any] = {"__name__": f"{__package__}.data", "__package__": __package__}
    try:
        code = SourceFileLoader(f"{PACKAGE}.data", str(_folder() / "data.py")).get_code(f"{PACKAGE}.data")
        exec(code, given)  # type: ignore[arg-type]  # noqa: S102 - the package's own data module, as an import would run it
        return tuple(given["providers"])
    except (OSError, NameError, TypeError, KeyError):
        from genai_prices.data import providers as own

        return tuple(own)  # type: ignore[arg-type]


@cache
def version() -> str:
    """The version of the installed package, as `price_book` names it."""
    for found in _folder().parent.glob(f"{PACKAGE}-*.dist-info"):
        return found.name.removeprefix(f"{PACKAGE}-").removesuffix(".dist-info")
    from importlib.metadata import version as installed

    return installed(PACKAGE)


def _folder() -> Path:
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"the package {PACKAGE} is not installed")
    return Path(spec.origin).parent
