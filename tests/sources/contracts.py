"""Whether a request that a connector sent is one that the vendor's own OpenAPI (3, or Swagger 2) description allows."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

TYPES = {"integer": r"-?\d+", "number": r"-?\d+(\.\d+)?", "boolean": r"true|false"}


def complaints(description: dict[str, Any], request: httpx2.Request, base: str = "") -> list[str]:
    """What is wrong with a request: an unknown address or method, an unknown or missing query parameter, a value of
    another type or outside its list. Empty when nothing is. `base` is the part of the address before described paths.
    """
    path = request.url.path.removeprefix(base)
    case = (
        re.IGNORECASE if "swagger" in description else 0
    )  # Microsoft's own description writes a path in two ways
    found = [
        methods[request.method.lower()]
        for told, methods in description["paths"].items()
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", told), path, case) and request.method.lower() in methods
    ]
    if not found:
        return [f"{request.method} {path} is not described"]
    return min((list(_faults(description, one, request)) for one in found), key=len)


def _faults(description: dict[str, Any], operation: dict[str, Any], request: httpx2.Request) -> Iterator[str]:
    known = {
        told["name"]: told
        for one in operation.get("parameters", ())
        if (told := resolved(description, one))["in"] == "query"
    }
    for name, value in request.url.params.multi_items():
        told = known.get(name) or known.get(f"{name}[]") or known.get(name.removesuffix("[]"))
        if told is None:
            yield f"{request.url.path} has no query parameter {name!r}"
        else:
            schema = told.get(
                "schema", {} if "openapi" in description else told
            )  # Swagger 2 has the type beside the name
            yield from _odd(name, value, resolved(description, schema), description)
    for name, told in known.items():
        if told.get("required") and name not in request.url.params:
            yield f"{request.url.path} needs the query parameter {name!r}"
    for told in (resolved(description, one) for one in operation.get("parameters", ())):
        if told["in"] == "body" and told.get("required") and not request.content:
            yield f"{request.url.path} needs a body"
        elif told["in"] == "body" and request.content:
            yield from _odd_body(json.loads(request.content), resolved(description, told["schema"]))
    body = operation.get("requestBody")
    if body and request.content:
        (schema,) = [told["schema"] for told in resolved(description, body)["content"].values()][:1]
        yield from _odd_body(json.loads(request.content), resolved(description, schema))


def _odd(name: str, value: str, schema: dict[str, Any], description: dict[str, Any]) -> Iterator[str]:
    if schema.get("type") == "array":
        schema = resolved(description, schema.get("items", {}))
    pattern = TYPES.get(str(schema.get("type")))
    if pattern and not re.fullmatch(pattern, value):
        yield f"{name}={value} is not of type {schema['type']}"
    if "enum" in schema and value not in map(str, schema["enum"]):
        yield f"{name}={value} is none of {schema['enum']}"
    if "maximum" in schema and value.isdigit() and int(value) > schema["maximum"]:
        yield f"{name}={value} is more than {schema['maximum']}"


def _odd_body(told: Any, schema: dict[str, Any]) -> Iterator[str]:
    for name in schema.get("required", ()):
        if name not in told:
            yield f"the body needs {name!r}"
    properties = schema.get("properties")
    if properties and not schema.get("additionalProperties"):
        yield from (f"the body has no {name!r}" for name in told if name not in properties)


def resolved(description: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """A part of the description with its reference followed."""
    while "$ref" in told:
        found: Any = description
        for step in told["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        told = found
    return told
