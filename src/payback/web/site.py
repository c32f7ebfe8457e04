"""The web application: routes, menu and `.json` twins derived from the pages, in front of one desk."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import RedirectResponse

from payback.access.scope import Scope
from payback.errors import PaybackError
from payback.web import arrivals
from payback.web.counter import Counter
from payback.web.forms import Forms
from payback.web.otlp import receiver
from payback.web.pages import PAGES
from payback.web.rendering import environment
from payback.web.scim import scim
from payback.web.security import LOOPBACK, SafeHeaders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Scope as Asgi

    from payback.web.counter import Whose
    from payback.web.desk import Desk
    from payback.web.page import Page


def single_user(_request: Request) -> Scope:
    """The scope of loopback without sign-in: the person at this machine."""
    return Scope.everything("single user on loopback")


def create_web(
    desk: Desk,
    *,
    hosts: Sequence[str] = (),
    whose: Whose = single_user,
    pages: Sequence[Page] = PAGES,
    forms: Forms | None = None,
) -> FastAPI:
    """The web application over a desk. `hosts` are names it answers to besides loopback's own."""
    web = FastAPI(title="payback", docs_url=None, redoc_url=None, openapi_url=None)
    web.add_middleware(GZipMiddleware, minimum_size=1024)
    web.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK, *hosts], www_redirect=False)
    web.add_middleware(SafeHeaders)
    web.mount("/static", KeptFiles(directory=str(files("payback.web") / "static")), name="static")
    if desk.provisioning is not None:
        web.mount("/scim/v2", scim(desk.provisioning), name="scim")
    if desk.arrivals is not None:
        web.mount("/api/import", arrivals.api(desk.arrivals), name="import")
        web.mount("/hooks", arrivals.hooks(desk.arrivals), name="hooks")
    if (receiving := desk.receiving) is not None:
        web.add_route("/v1/metrics", receiver(receiving), methods=["POST"])
    counter = Counter(desk, environment(desk.settings.zone), whose, tuple(pages), forms or Forms())
    for page in pages:
        web.add_route(page.twin, counter.twin(page), methods=["GET"])
    web.add_route("/export.{kind}", counter.export, methods=["GET"])
    web.add_route("/attachments/{name}", counter.attachment, methods=["GET"])
    web.add_route("/choices/{dimension}", counter.choices, methods=["GET"])
    web.add_route("/progress", counter.progress, methods=["GET"])
    web.add_route("/favicon.ico", _icon, methods=["GET"])
    for page in pages:
        web.add_route(page.path, counter.page(page), methods=["GET"])
        if page.act is not None:
            web.add_route(page.path, counter.act(page), methods=["POST"])
    web.add_exception_handler(HTTPException, counter.missing)
    web.add_exception_handler(PaybackError, counter.refused)
    web.add_exception_handler(Exception, counter.failed)
    return web


class KeptFiles(StaticFiles):
    """Files of the pages. One asked for by its digest may be kept for good."""

    def file_response(
        self, full_path: Any, stat_result: Any, scope: Asgi, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        kept = b"v=" in scope.get("query_string", b"")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if kept else "no-cache"
        return response


def _icon(_request: Request) -> Response:
    return RedirectResponse("/static/icon.svg")
