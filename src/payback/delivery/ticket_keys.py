"""Which tickets a change names by their keys (PAY-17), in its title, its branch or its description. Pure.

A key that no tracker has, such as UTF-8, does no harm: only tickets that are known count later.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_KEY = re.compile(r"(?<![A-Za-z0-9_-])([A-Z][A-Z0-9_]{1,9}-[1-9]\d{0,6})(?![\w-])")
_IN_BRANCH = re.compile(r"(?:^|[/_-])([a-z][a-z0-9]{1,9}-[1-9]\d{0,6})(?=$|[/_-])", re.IGNORECASE)


def keys_named(texts: Iterable[str | None], branch: str | None = None) -> tuple[str, ...]:
    """The keys in texts, where they are written in capitals, and in a branch, where they often are not; each once."""
    found = [key for text in texts for key in _KEY.findall(text or "")]
    found += [key.upper() for key in _IN_BRANCH.findall(branch or "")]
    return tuple(dict.fromkeys(found))
