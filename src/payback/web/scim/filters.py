"""SCIM filters: `userName eq "ana"`, `emails[type eq "work"].value co "@example.com" and active eq true`. Pure.

Comparisons joined by `and`, `or` and `not`, with brackets; attribute names and texts are compared without case, as
RFC 7643 says of every attribute that payback keeps but `id` and `externalId`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from payback.web.scim.errors import ScimError

Match = Callable[[Mapping[str, Any]], bool]
TOKEN = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|\(|\)|\[|\]\.?|[^\s()\[\]"]+)""")
LONGEST = 2_000
EXACT = frozenset({"id", "externalid"})
CORE = "urn:ietf:params:scim:schemas:core:2.0:"
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda held, told: bool(held == told),
    "ne": lambda held, told: bool(held != told),
    "co": lambda held, told: isinstance(held, str) and str(told) in held,
    "sw": lambda held, told: isinstance(held, str) and held.startswith(str(told)),
    "ew": lambda held, told: isinstance(held, str) and held.endswith(str(told)),
    "gt": lambda held, told: type(held) is type(told) and held > told,
    "ge": lambda held, told: type(held) is type(told) and held >= told,
    "lt": lambda held, told: type(held) is type(told) and held < told,
    "le": lambda held, told: type(held) is type(told) and held <= told,
}


def parsed(text: str) -> Match:
    """The filter as a function of a resource. ScimError (invalidFilter) where it cannot be read."""
    if len(text) > LONGEST:
        raise _refused(text[:40])
    reading = _Reading(text)
    found = reading.either()
    if reading.tokens:
        raise _refused(text)
    return found


def values_at(resource: Mapping[str, Any], path: str) -> list[Any]:
    """What a resource holds at an attribute path; each value of a list for itself."""
    if path.casefold().startswith(CORE.casefold()):
        return values_at(resource, path.rpartition(":")[2])
    name, _, rest = _split(path)
    held = next((value for key, value in resource.items() if key.casefold() == name.casefold()), None)
    many = held if isinstance(held, list) else [held] if held is not None else []
    if not rest:
        return [one.get("value", one) if isinstance(one, Mapping) else one for one in many]
    return [value for one in many if isinstance(one, Mapping) for value in values_at(one, rest)]


def _split(path: str) -> tuple[str, str, str]:
    """The first name of a path and the rest; an extension's address before the last colon is one name."""
    return path.rpartition(":") if path.casefold().startswith("urn:") else path.partition(".")


class _Reading:
    """The words of a filter, read from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = TOKEN.findall(text)
        if TOKEN.sub("", text).strip():
            raise _refused(text)

    def take(self) -> str:
        """The next word."""
        if not self.tokens:
            raise _refused(self.text)
        return str(self.tokens.pop(0))

    def next_is(self, word: str) -> bool:
        """Whether the next word is this one, which is then read."""
        if self.tokens and self.tokens[0].casefold() == word:
            self.tokens.pop(0)
            return True
        return False

    def either(self) -> Match:
        """Comparisons of which one has to hold."""
        parts = [self.both()]
        while self.next_is("or"):
            parts.append(self.both())
        return lambda resource: any(part(resource) for part in parts)

    def both(self) -> Match:
        """Comparisons that all have to hold."""
        parts = [self.one()]
        while self.next_is("and"):
            parts.append(self.one())
        return lambda resource: all(part(resource) for part in parts)

    def one(self) -> Match:
        """One comparison, or a filter in brackets."""
        if self.next_is("not"):
            inner = self.one()
            return lambda resource: not inner(resource)
        if self.next_is("("):
            found = self.either()
            self._close(")")
            return found
        path = self.take()
        if self.next_is("["):
            inner = self.either()
            close = self.take()
            if close not in {"]", "]."}:
                raise _refused(self.text)
            return self._within(path, inner, self.take() if close == "]." else "")
        return self.comparison(path)

    def _close(self, sign: str) -> None:
        if not self.next_is(sign):
            raise _refused(self.text)

    def _within(self, path: str, inner: Match, rest: str) -> Match:
        """A filter on the parts of a list, such as emails[type eq "work"]."""
        compare = self.comparison(rest) if rest else None

        def holds(resource: Mapping[str, Any]) -> bool:
            held = next((value for key, value in resource.items() if key.casefold() == path.casefold()), None)
            parts = [one for one in held if isinstance(one, Mapping)] if isinstance(held, list) else []
            return any(inner(one) and (compare is None or compare(one)) for one in parts)

        return holds

    def comparison(self, path: str) -> Match:
        """`path op value`, or `path pr`."""
        sign = self.take().casefold()
        if sign == "pr":
            return lambda resource: any(value not in (None, "") for value in values_at(resource, path))
        if sign not in COMPARE:
            raise _refused(self.text)
        told, compare = _value(self.take(), self.text), COMPARE[sign]
        exact = path.rpartition(".")[2].rpartition(":")[2].casefold() in EXACT
        wanted = told if exact else _folded(told)

        def holds(resource: Mapping[str, Any]) -> bool:
            held = values_at(resource, path)
            if sign == "ne":
                return all(compare(one if exact else _folded(one), wanted) for one in held)
            return any(compare(one if exact else _folded(one), wanted) for one in held)

        return holds


def _value(word: str, text: str) -> Any:
    try:
        return json.loads(word if word.startswith('"') else word.casefold())
    except ValueError:
        raise _refused(text) from None


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _refused(text: str) -> ScimError:
    return ScimError(400, f"the filter {text!r} cannot be read", "invalidFilter")
