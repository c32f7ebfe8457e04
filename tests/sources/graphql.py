"""GraphQL in tests: whether a request is one that the vendor's own schema allows, and a vendor that answers from plain values.

An answering field is a value, or a function of its arguments. An object says its `__typename` where fragments ask for it.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    build_schema,
    parse,
    validate,
    value_from_ast_untyped,
)
from graphql.execution.values import get_variable_values

from tests.desk import desk

if TYPE_CHECKING:
    import httpx2


def described(vendor: str) -> GraphQLSchema:
    """The schema that a vendor publishes; the test is skipped where it is absent."""
    return _built(desk(f"data/delivery/graphql-schemas/{vendor}.schema.graphql").read_text(encoding="utf-8"))


@cache
def _built(text: str) -> GraphQLSchema:
    return build_schema(text, assume_valid=True, no_location=True)


def complaints(schema: GraphQLSchema, request: httpx2.Request) -> list[str]:
    """What the schema has against a request: unknown fields or arguments, values of another type, variables left out or
    never declared, lists without or beyond their limit of 100. Empty when nothing.
    """
    told = json.loads(request.content)
    document = parse(told["query"])
    if found := [error.message for error in validate(schema, document)]:
        return found
    operation = _operation(document)
    variables, given = operation.variable_definitions, told.get("variables") or {}
    held = get_variable_values(schema, variables, given)
    errors = held if isinstance(held, list) else getattr(held, "errors", None) or ()
    declared = {one.variable.name.value for one in variables}
    extra = [f"${name} is not declared" for name in given if name not in declared]
    sizes = [
        f"{name}={value} is no size of a page" for name, value in _sizes(document, _given(operation, given))
    ]
    return [*(error.message for error in errors), *extra, *sizes]


def _sizes(node: Any, given: dict[str, Any]) -> list[tuple[str, Any]]:
    """The sizes of pages asked for that are not 1 to 100."""
    found = []
    for name in node.keys:
        told = getattr(node, name, None)
        for inner in told if isinstance(told, list | tuple) else [told]:
            if not hasattr(inner, "keys"):
                continue
            if inner.kind == "argument" and inner.name.value in {"first", "last"}:
                size = value_from_ast_untyped(inner.value, given)
                found += [] if isinstance(size, int) and 1 <= size <= 100 else [(inner.name.value, size)]
            found += _sizes(inner, given)
    return found


def answer(request: httpx2.Request, root: dict[str, Any]) -> dict[str, Any]:
    """The `data` that a vendor with these values gives for a request. What a value does not hold is null."""
    told = json.loads(request.content)
    document = parse(told["query"])
    fragments = {
        one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
    }
    operation = _operation(document)
    return _selected(operation, root, (fragments, _given(operation, told.get("variables") or {})))


def _given(operation: OperationDefinitionNode, told: dict[str, Any]) -> dict[str, Any]:
    """The variables, with their defaults."""
    defaults = {
        one.variable.name.value: value_from_ast_untyped(one.default_value)
        for one in operation.variable_definitions
        if one.default_value
    }
    return {**defaults, **told}


def _operation(document: Any) -> OperationDefinitionNode:
    return next(one for one in document.definitions if isinstance(one, OperationDefinitionNode))


def _selected(node: Any, value: Any, known: tuple[dict[str, Any], dict[str, Any]]) -> Any:
    if isinstance(value, list | tuple):
        return [_selected(node, one, known) for one in value]
    if node.selection_set is None or value is None:
        return value
    found: dict[str, Any] = {}
    for one in node.selection_set.selections:
        if isinstance(one, FieldNode):
            name = (one.alias or one.name).value
            inner = _selected(one, _resolved(one, value, known[1]), known)
            found[name] = {**found[name], **inner} if isinstance(found.get(name), dict) and inner else inner
        else:
            held = one if isinstance(one, InlineFragmentNode) else known[0][one.name.value]
            wanted = held.type_condition.name.value if held.type_condition else None
            if wanted in {None, value.get("__typename"), *value.get("__kinds", ())}:
                found.update(_selected(held, value, known))
    return found


def _resolved(field: FieldNode, value: dict[str, Any], variables: dict[str, Any]) -> Any:
    told = value.get(field.name.value)
    if not callable(told):
        return told
    return told(**{one.name.value: value_from_ast_untyped(one.value, variables) for one in field.arguments})


def connection(nodes: list[Any], **more: Any) -> Any:
    """A list of a vendor that is asked for page by page, forward or from its end; cursors are places in the list."""

    def page(first: int | None = None, last: int | None = None, after: str | None = None, **_: Any) -> Any:
        start = int(after) if after else 0
        if last is not None:
            start = max(0, len(nodes) - last)
        end = len(nodes) if first is None else start + first
        ends = {"hasNextPage": end < len(nodes), "endCursor": str(min(end, len(nodes)))}
        ends |= {"hasPreviousPage": start > 0, "startCursor": str(start)}
        return {"nodes": nodes[start:end], "pageInfo": ends, "totalCount": len(nodes), **more}

    return page
