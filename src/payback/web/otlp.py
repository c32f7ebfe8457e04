"""The address where telemetry is pushed: OTLP over HTTP as protobuf or JSON, metrics only.

On this machine nobody needs a token; from elsewhere, or through a proxy, a token of scope otlp. Answers have the protocol's
shape: what is refused for good is a 4xx that a sender does not repeat.
"""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.responses import Response as PlainResponse

from payback.web.security import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from payback.app.receiving import Received, Receiving

LARGEST = 20 * 1024 * 1024
JSON, PROTOBUF = "application/json", "application/x-protobuf"
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
INVALID, DENIED = 3, 16  # google.rpc.Code


class TooLargeError(Exception):
    """A body is larger than is read."""


def receiver(place: Receiving) -> Callable[[Request], Any]:
    """The endpoint of POST /v1/metrics."""

    async def met(request: Request) -> Response:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not await run_in_threadpool(_admitted, place, request):
            return _refused(
                401, DENIED, "a valid bearer token is needed: payback token create NAME --scope otlp"
            )
        read = READ.get(kind)
        if read is None:
            return _refused(415, INVALID, f"metrics are taken as {' or '.join(READ)}")
        try:
            body = read(_plain(await _body(request), request.headers.get("content-encoding", "")))
            received = await run_in_threadpool(place.take, body)
        except TooLargeError:
            return _refused(413, INVALID, f"a request has at most {LARGEST} bytes")
        except (ValueError, OSError, EOFError, zlib.error, RecursionError):
            return _refused(400, INVALID, f"the body is no ExportMetricsServiceRequest in {kind}")
        return _told(_answer(received), kind)

    return met


def _from_protobuf(body: bytes) -> Any:
    """The request as the protocol's JSON has it."""
    from google.protobuf.json_format import MessageToDict
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

    try:
        return MessageToDict(ExportMetricsServiceRequest.FromString(body), use_integers_for_enums=True)
    except DecodeError as error:
        raise ValueError("no protobuf of the protocol") from error


def _told(answer: dict[str, Any], kind: str) -> Response:
    """The reply in the form of the request."""
    if kind == JSON:
        return JSONResponse(answer)
    from google.protobuf.json_format import ParseDict
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse

    told = ParseDict(answer, ExportMetricsServiceResponse())
    return PlainResponse(told.SerializeToString(), media_type=kind)


def _admitted(place: Receiving, request: Request) -> bool:
    """A token that is told must be good; without one, only a program on this machine that speaks to it directly."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme:
        return scheme.casefold() == "bearer" and place.admits(secret.strip())
    direct = not any(name in request.headers for name in FORWARDED)
    return direct and request.client is not None and request.client.host in LOOPBACK


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST:
            raise TooLargeError
        parts.append(part)
    return b"".join(parts)


def _plain(body: bytes, encoding: str) -> bytes:
    """The body unpacked, as far as it may be large."""
    if encoding.strip().lower() in {"", "identity"}:
        return body
    if encoding.strip().lower() != "gzip":
        raise ValueError(encoding)
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    plain = unpacking.decompress(body, LARGEST + 1)
    if len(plain) > LARGEST:
        raise TooLargeError
    if not unpacking.eof:
        raise gzip.BadGzipFile("cut short")
    return plain


def _answer(received: Received) -> dict[str, Any]:
    """The protocol's reply: empty where all was taken in; what nobody here reads is told as a warning."""
    if not received.refused and not received.ignored:
        return {}
    sentence = f"{received.ignored} points of metrics that payback does not read were ignored"
    if received.refused:
        sentence = f"{received.refused} points or metrics do not read; {sentence}"
    told: dict[str, Any] = {"errorMessage": sentence}
    if received.refused:
        told["rejectedDataPoints"] = str(received.refused)
    return {"partialSuccess": told}


def _refused(status: int, code: int, message: str) -> Response:
    headers = {"WWW-Authenticate": 'Bearer realm="payback"'} if status == 401 else None
    return JSONResponse({"code": code, "message": message}, status, headers)


READ: dict[str, Callable[[bytes], Any]] = {PROTOBUF: _from_protobuf, JSON: json.loads}
