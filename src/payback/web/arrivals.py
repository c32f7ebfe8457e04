"""Where programs send outputs and survey answers: /api/import with a token, /hooks with a signature. JSON in, JSON out.
At /hooks vendors also say that something happened, signed in their own way.

Who sent it is found out before anything is read from it. A refusal says what to do, and never repeats a secret.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from payback.app.arrivals import SCOPE, TAKEN
from payback.errors import PaybackError, SettingsError, WarehouseError

if TYPE_CHECKING:
    from starlette.requests import Request

    from payback.app.arrivals import Arrivals
    from payback.app.hearing import Hearing
    from payback.sources.source import Hook

LARGEST, LARGEST_HEARD = 4 * 1024 * 1024, 25 * 1024 * 1024
HEADER, SENT_AT = "X-Payback-Signature", "X-Payback-Timestamp"
MAKE_ONE = f"payback token create NAME --scope {SCOPE}"


class RefusedError(Exception):
    """What was sent is turned away: HTTP status and a sentence."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def api(place: Arrivals) -> Starlette:
    """The application to mount at /api/import: rows from whoever has a token."""

    async def met(request: Request) -> Response:
        kind = _kind(request)
        by = await run_in_threadpool(_token, place, request.headers.get("authorization", ""))
        return await run_in_threadpool(_taken, place, kind, await _body(request), by)

    return _application(met)


def hooks(place: Arrivals) -> Starlette:
    """The application to mount at /hooks: rows from whoever signs them."""

    async def met(request: Request) -> Response:
        name = str(request.path_params["kind"])
        hook = None if name in TAKEN else place.hearing.hook(name)
        if hook is not None:
            return await _heard(place.hearing, name, hook, request)
        kind = _kind(request)
        if not place.is_open(kind):
            raise RefusedError(
                404, f"this hook is closed; name its secret in payback.toml: [hooks] {kind} = ..."
            )
        body = await _body(request)
        signature, sent_at = request.headers.get(HEADER, ""), request.headers.get(SENT_AT)
        if not await run_in_threadpool(_is_signed, place, kind, body, (signature, sent_at)):
            what = "the body" if sent_at is None else f"{SENT_AT}, a dot and the body"
            raise RefusedError(
                401, f"{HEADER} is sha256= and the HMAC-SHA256 of {what} with the shared secret"
            )
        if not place.is_fresh(sent_at):
            raise RefusedError(
                401, f"{SENT_AT} is the time of sending in Unix seconds, 5 minutes ago at most"
            )
        return await run_in_threadpool(_taken, place, kind, body, f"hook {kind}")

    return _application(met)


async def _heard(hearing: Hearing, name: str, hook: Hook, request: Request) -> Response:
    """What a vendor says about a connection."""
    body = await _body(request, LARGEST_HEARD)
    signature = request.headers.get(hook.signature, "")
    try:
        signed = await run_in_threadpool(hearing.is_signed, name, hook, body, signature)
    except SettingsError as error:
        raise RefusedError(503, "the secret of this hook cannot be read; payback check says why") from error
    if not signed:
        raise RefusedError(
            401, f"{hook.signature} is sha256= and the HMAC-SHA256 of the body with {hook.secret}"
        )
    try:
        told = await run_in_threadpool(hearing.take, name, hook, dict(request.headers), body)
    except ValueError as error:
        raise RefusedError(400, str(error)) from error
    return _written(200, told)


def _application(met: Any) -> Starlette:
    return Starlette(
        routes=[Route("/{kind}", met, methods=["POST"])],
        exception_handlers={RefusedError: _refused, HTTPException: _missing, PaybackError: _not_taken},
    )


def _kind(request: Request) -> str:
    kind = str(request.path_params["kind"])
    if kind not in TAKEN:
        raise RefusedError(404, f"rows are taken in of {' and '.join(TAKEN)} here")
    return kind


def _token(place: Arrivals, header: str) -> str:
    """Who the bearer of a token is."""
    scheme, _, told = header.partition(" ")
    token = place.admits(told.strip()) if scheme.casefold() == "bearer" else None
    if token is None:
        raise RefusedError(401, f"a valid bearer token is needed: {MAKE_ONE}")
    if token.scope != SCOPE:
        raise RefusedError(403, f"this token opens {token.scope} and takes nothing in: {MAKE_ONE}")
    return f"token {token.name}"


def _is_signed(place: Arrivals, kind: str, body: bytes, told: tuple[str, str | None]) -> bool:
    try:
        return place.is_signed(kind, body, *told)
    except SettingsError as error:
        raise RefusedError(503, "the secret of this hook cannot be read; payback check says why") from error


async def _body(request: Request, most: int = LARGEST) -> bytes:
    """The body, as far as it may be large."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise RefusedError(413, f"at most {most} bytes are taken in at once; send rows in parts")
        parts.append(part)
    return b"".join(parts)


def _taken(place: Arrivals, kind: str, body: bytes, by: str) -> Response:
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RefusedError(400, "the body is not JSON: an object, or a list of objects") from error
    told = place.take(kind, sent, by)
    return _written(422 if told["rejected"] and not told["rows"] else 200, told)


def _written(status: int, told: dict[str, Any]) -> Response:
    headers = {"WWW-Authenticate": 'Bearer realm="payback"'} if status == 401 else {}
    return Response(json.dumps(told), status, headers, media_type="application/json")


def _refused(_request: Request, error: Exception) -> Response:
    return _written(error.status if isinstance(error, RefusedError) else 400, {"error": f"{error}."})


def _missing(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    sentence = "Rows are sent with POST." if status == 405 else "There is nothing at this address."
    return _written(status, {"error": sentence})


def _not_taken(_request: Request, error: Exception) -> Response:
    return _written(503 if isinstance(error, WarehouseError) else 400, {"error": f"{error}."})
