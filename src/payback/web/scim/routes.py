"""The addresses of SCIM: users and groups created, read, replaced, patched and deleted; what the server says of itself.

Nothing is answered without a token. Every refusal has the protocol's shape.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from payback.errors import PaybackError
from payback.web.scim import about
from payback.web.scim.errors import ScimError
from payback.web.scim.filters import parsed
from payback.web.scim.patch import OPERATION, patched
from payback.web.scim.shapes import KINDS, NAMES, chosen, kept, listed, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from payback.app.provisioning import Provisioning
    from payback.state.provisioned import Provisioned

    Answer = tuple[int, Any]

JSON = "application/scim+json"
LARGEST = 16 * 1024 * 1024
MOST = about.MOST


def scim(place: Provisioning) -> Starlette:
    """The application to mount at /scim/v2."""
    door = Door(place)
    resources = [
        Route(f"/{kind}{path}", door.endpoint(kind, act), methods=[method])
        for kind in KINDS
        for path, method, act in (
            ("", "GET", door.list),
            ("", "POST", door.create),
            ("/{id}", "GET", door.read),
            ("/{id}", "PUT", door.replace),
            ("/{id}", "PATCH", door.patch),
            ("/{id}", "DELETE", door.delete),
        )
    ]
    told = [
        Route(path, door.endpoint("", act), methods=["GET"])
        for path, act in (
            ("/ServiceProviderConfig", lambda call: (200, about.provider(call.base))),
            ("/ResourceTypes", lambda call: _all(about.types(call.base))),
            ("/ResourceTypes/{id}", lambda call: _one(about.types(call.base), call.id)),
            ("/Schemas", lambda call: _all(about.schemas(call.base))),
            ("/Schemas/{id}", lambda call: _one(about.schemas(call.base), call.id)),
        )
    ]
    return Starlette(
        routes=[*resources, *told],
        exception_handlers={HTTPException: _missing, PaybackError: _refused},
    )


class Call:
    """One request with a token: its kind of resource, what it sent, and who sent it."""

    def __init__(self, request: Request, kind: str, body: bytes, token: str) -> None:
        self.kind, self.token = kind, token
        self.query: Mapping[str, str] = request.query_params
        self.id = str(request.path_params.get("id", ""))
        self.base = str(request.url.replace(path=request.scope["root_path"], query="", fragment=""))
        self._body = body

    def sent(self) -> Any:
        """The body; ScimError (invalidSyntax) where it is no JSON."""
        try:
            return json.loads(self._body)
        except ValueError:
            raise ScimError(400, "the body is not JSON", "invalidSyntax") from None

    def number(self, name: str, default: int) -> int:
        """A whole number of the query."""
        told = self.query.get(name, "")
        if not told:
            return default
        if not told.lstrip("-").isdigit() or len(told) > 9:
            raise ScimError(400, f"{name} is a whole number", "invalidValue")
        return int(told)


class Door:
    """Where requests are met: token, then act, then the answer in the protocol's shape."""

    def __init__(self, place: Provisioning) -> None:
        self.place = place

    def endpoint(self, kind: str, act: Callable[[Call], Answer]) -> Callable[[Request], Any]:
        """An address that does one thing, for whoever has a token."""

        async def met(request: Request) -> Response:
            try:
                body = await _body(request)
                status, told = await run_in_threadpool(self._done, request, kind, body, act)
            except ScimError as error:
                return _written(error.status, error.body())
            return _written(status, told)

        return met

    def _done(self, request: Request, kind: str, body: bytes, act: Callable[[Call], Answer]) -> Answer:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        token = self.place.admits(secret.strip()) if scheme.casefold() == "bearer" else None
        if token is None:
            raise ScimError(401, "a valid bearer token is needed: payback token create NAME --scope scim")
        return act(Call(request, kind, body, token))

    def list(self, call: Call) -> Answer:
        """The resources that a filter names, a page of them."""
        holds = parsed(call.query["filter"]) if call.query.get("filter") else None
        names = self._names() if call.kind == "Groups" else {}
        found = [shown(call.kind, _plain(one), call.base, names) for one in self.place.all(call.kind)]
        found = [one for one in found if holds is None or holds(one)]
        start, count = max(call.number("startIndex", 1), 1), min(max(call.number("count", MOST), 0), MOST)
        page = [_chosen(call, one) for one in found[start - 1 : start - 1 + count]]
        return 200, listed(page, len(found), start)

    def create(self, call: Call) -> Answer:
        """A new resource; 409 where its name is taken."""
        resource = kept(call.kind, call.sent())
        self._refuse_taken(call.kind, resource, "")
        return 201, self._shown(call, self.place.create(call.kind, resource, call.token))

    def read(self, call: Call) -> Answer:
        """One resource."""
        return 200, self._shown(call, self._held(call))

    def replace(self, call: Call) -> Answer:
        """One resource replaced whole."""
        one = self._held(call)
        return self._changed(call, one, kept(call.kind, call.sent()))

    def patch(self, call: Call) -> Answer:
        """One resource changed in parts."""
        one, sent = self._held(call), call.sent()
        schemas = sent.get("schemas", [OPERATION]) if isinstance(sent, dict) else []
        if OPERATION not in schemas:
            raise ScimError(400, f"a patch has the schema {OPERATION}", "invalidSyntax")
        operations = next((value for key, value in sent.items() if key.casefold() == "operations"), None)
        return self._changed(call, one, kept(call.kind, patched(one.resource, operations)))

    def delete(self, call: Call) -> Answer:
        """One resource gone; the person or team keeps its past."""
        self.place.remove(self._held(call), call.token)
        return 204, None

    def _changed(self, call: Call, one: Provisioned, resource: Mapping[str, Any]) -> Answer:
        self._refuse_taken(call.kind, resource, one.id)
        return 200, self._shown(call, self.place.replace(one, resource, call.token))

    def _held(self, call: Call) -> Provisioned:
        one = self.place.one(call.kind, call.id)
        if one is None:
            raise ScimError(404, f"there is no {KINDS[call.kind][0]} {call.id}")
        return one

    def _refuse_taken(self, kind: str, resource: Mapping[str, Any], own: str) -> None:
        name = resource[NAMES[kind]]
        taken = self.place.named(kind, name)
        if taken is not None and taken.id != own:
            raise ScimError(409, f"{NAMES[kind]} {name} is taken", "uniqueness")

    def _shown(self, call: Call, one: Provisioned) -> dict[str, Any]:
        names = self._names() if call.kind == "Groups" else {}
        return _chosen(call, shown(call.kind, _plain(one), call.base, names))

    def _names(self) -> dict[str, str]:
        return {
            one.id: str(one.resource.get("displayName") or one.name)
            for kind in KINDS
            for one in self.place.all(kind)
        }


def _plain(one: Provisioned) -> dict[str, Any]:
    return {
        "id": one.id,
        "resource": one.resource,
        "version": one.version,
        "created": one.created_at,
        "changed": one.changed_at,
    }


def _chosen(call: Call, resource: dict[str, Any]) -> dict[str, Any]:
    return chosen(resource, call.query.get("attributes"), call.query.get("excludedAttributes"))


def _all(resources: list[dict[str, Any]]) -> Answer:
    return 200, listed(resources, len(resources), 1)


def _one(resources: list[dict[str, Any]], id_: str) -> Answer:
    found = next((one for one in resources if one["id"] == id_), None)
    if found is None:
        raise ScimError(404, f"there is no {id_}")
    return 200, found


async def _body(request: Request) -> bytes:
    """The body, as far as it may be large."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST:
            raise ScimError(413, f"a request has at most {LARGEST} bytes")
        parts.append(part)
    return b"".join(parts)


def _written(status: int, told: Any) -> Response:
    if status == 204:
        return Response(status_code=204)
    headers = {"Location": told["meta"]["location"]} if status == 201 else {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="payback"'
    return Response(json.dumps(told), status, headers, media_type=JSON)


def _missing(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    detail = "there is nothing at this address" if status == 404 else "this address does not take that method"
    return _written(status, ScimError(status, detail).body())


def _refused(_request: Request, error: Exception) -> Response:
    return _written(400, ScimError(400, str(error), "invalidValue").body())
