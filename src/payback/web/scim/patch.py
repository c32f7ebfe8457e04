"""SCIM PATCH: add, replace and remove of attributes, of parts of lists, and of members. Pure (RFC 7644, section 3.5.2).

As identity providers send it: operations in any case, several attributes in one value.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from payback.web.scim.errors import ScimError
from payback.web.scim.filters import parsed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OPERATION = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
PATH = re.compile(
    r"^(?:(?P<schema>urn:[^\[\]]+):)?(?P<name>[A-Za-z$][\w$-]*)(?:\[(?P<filter>.+)\])?(?:\.(?P<sub>[A-Za-z$][\w$-]*))?$"
)
MOST = 1_000


def patched(resource: Mapping[str, Any], operations: Any) -> dict[str, Any]:
    """The resource after the operations, in their order; the given one is left as it is.

    ScimError says which operation cannot be done, and then none was.
    """
    if not isinstance(operations, list) or not operations or len(operations) > MOST:
        raise ScimError(400, f"Operations is a list of 1 to {MOST} operations", "invalidSyntax")
    found = deepcopy(dict(resource))
    for operation in operations:
        if not isinstance(operation, dict):
            raise ScimError(400, "an operation is an object with op, path and value", "invalidSyntax")
        _apply(found, operation)
    return found


def _apply(found: dict[str, Any], operation: Mapping[str, Any]) -> None:
    kind = str(operation.get("op", "")).casefold()
    path, value = operation.get("path"), operation.get("value")
    if kind not in {"add", "replace", "remove"}:
        raise ScimError(400, f"op is add, replace or remove, not {operation.get('op')!r}", "invalidSyntax")
    if path is None:
        if kind == "remove":
            raise ScimError(400, "remove needs a path", "noTarget")
        if not isinstance(value, dict):
            raise ScimError(400, f"{kind} without a path needs an object of attributes", "invalidValue")
        for name, told in value.items():
            _apply(found, {"op": kind, "path": name, "value": told})
        return
    _at(found, kind, str(path), value)


def _at(found: dict[str, Any], kind: str, path: str, value: Any) -> None:
    if path.casefold() in {key.casefold() for key in found if key.startswith("urn:")}:
        _extension(found, kind, path, value)
        return
    if path.startswith("urn:") and isinstance(value, dict):
        found[path] = value
        return
    read = PATH.match(path)
    if read is None:
        raise ScimError(400, f"the path {path!r} cannot be read", "invalidPath")
    holder = found
    if read["schema"] and not read["schema"].casefold().startswith("urn:ietf:params:scim:schemas:core"):
        holder = found.setdefault(read["schema"], {})
    name = next((key for key in holder if key.casefold() == read["name"].casefold()), read["name"])
    if read["filter"]:
        _parts(holder, name, kind, (read["filter"], read["sub"]), value)
    elif read["sub"]:
        _sub(holder, name, kind, read["sub"], value)
    elif kind == "remove":
        _remove(holder, name, value)
    else:
        holder[name] = _added(holder.get(name), value, kind)


def _extension(found: dict[str, Any], kind: str, path: str, value: Any) -> None:
    key = next(key for key in found if key.casefold() == path.casefold())
    if kind == "remove":
        del found[key]
    elif isinstance(value, dict):
        found[key] = {**found[key], **value} if kind == "add" else value


def _added(before: Any, value: Any, kind: str) -> Any:
    """The value of an attribute: a list grows by what is added, each part once; an object takes new attributes."""
    if isinstance(before, list) and kind == "add":
        many = value if isinstance(value, list) else [value]
        return [*before, *(one for one in many if not _holds(before, one))]
    if isinstance(before, dict) and isinstance(value, dict):
        return {**before, **value}
    if isinstance(before, list) and not isinstance(value, list):
        return [value]
    return value


def _holds(parts: Iterable[Any], one: Any) -> bool:
    """Whether a list has this part already: parts with a value are told apart by it."""
    if isinstance(one, dict) and "value" in one:
        return any(isinstance(part, dict) and part.get("value") == one["value"] for part in parts)
    return one in parts


def _remove(holder: dict[str, Any], name: str, value: Any) -> None:
    """Without a value the whole attribute goes; with one (as Entra sends it) the parts of the list that it names."""
    if not isinstance(value, list) or not isinstance(holder.get(name), list):
        holder.pop(name, None)
        return
    gone = {one.get("value") if isinstance(one, dict) else one for one in value}
    holder[name] = [
        part for part in holder[name] if (part.get("value") if isinstance(part, dict) else part) not in gone
    ]


def _sub(holder: dict[str, Any], name: str, kind: str, sub: str, value: Any) -> None:
    inner = holder.get(name)
    parts = inner if isinstance(inner, list) else [holder.setdefault(name, {})]
    for part in parts:
        if isinstance(part, dict):
            part.pop(sub, None) if kind == "remove" else part.update({sub: value})


def _parts(holder: dict[str, Any], name: str, kind: str, which: tuple[str, str | None], value: Any) -> None:
    """The parts of a list that a filter names."""
    text, sub = which
    matches = parsed(text)
    held = holder.get(name, [])
    if not isinstance(held, list):
        raise ScimError(400, f"{name} is not a list", "invalidPath")
    meant = [part for part in held if isinstance(part, dict) and matches(part)]
    if kind == "remove" and not sub:
        holder[name] = [part for part in held if part not in meant]
    elif kind == "remove":
        for part in meant:
            part.pop(sub, None)
    elif not meant:
        holder[name] = [*held, _begun(text, sub, value, name)]
    else:
        for part in meant:
            part.update({sub: value} if sub else value if isinstance(value, dict) else {})


def _begun(text: str, sub: str | None, value: Any, name: str) -> dict[str, Any]:
    """The part that a filter with one `eq` describes, where the list has none."""
    told = re.match(r'^\s*(\w+)\s+eq\s+"([^"]*)"\s*$', text, re.IGNORECASE)
    if told is None:
        raise ScimError(400, f"no part of {name} is {text}", "noTarget")
    return {told[1]: told[2], **({sub: value} if sub else value if isinstance(value, dict) else {})}
