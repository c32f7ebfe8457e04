"""Where requests are met: filters read, scope found, the page's view asked, the answer written, refusals said.

A refused request is a 400 or 404 page with what, why and the way out; a failure inside is a 500 page without a trace.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response

from payback.app.entering import FOLDER
from payback.errors import ForbiddenError, PaybackError, UnknownNameError, WarehouseError
from payback.period import Period
from payback.web.asking import Ask
from payback.web.blocks import Empty, Link
from payback.web.choosing import choices
from payback.web.filters import DAYS, Offer, parse_filters
from payback.web.forms import Forms, Said, StaleFormError, WrongFieldsError
from payback.web.pages.spend import beside
from payback.web.rendering import written
from payback.web.security import HEADERS
from payback.web.shell import Shell, shell

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from jinja2 import Environment
    from starlette.requests import Request

    from payback.access.scope import Scope
    from payback.web.desk import Desk
    from payback.web.page import Page

    Whose = Callable[[Request], Scope]

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
JSON = "application/json"
FAILED = "payback failed at this page. Its log says why; the other pages go on."


class Counter:
    """Where requests are met: filters read, scope found, the page's view asked, the answer written."""

    def __init__(
        self, desk: Desk, templates: Environment, whose: Whose, pages: tuple[Page, ...], forms: Forms
    ) -> None:
        self.desk = desk
        self.forms = forms
        self.templates = templates
        self.whose = whose
        self.pages = pages

    def ask(self, request: Request, days: str = DAYS) -> Ask:
        """The request as a view sees it, which has these days unless it is asked for others; SettingsError where its parameters
        cannot be.
        """
        first, last = self.desk.first_day(), self.desk.last_day()
        span = Period(first, last.fromordinal(last.toordinal() + 1)) if first and last else None
        query = request.query_params
        told = {name: query.getlist(name) for name in query}
        scope, ours = self.whose(request), self.desk.settings.currency
        others = self.desk.bookkeeping.currencies(scope) if "currency" in told else ()
        return Ask(
            self.desk,
            scope,
            parse_filters(told, Offer(self.desk.today(), span, ours, others, days)),
            span,
            entry=query.get("entry", ""),
        )

    def page(self, page: Page) -> Callable[[Request], Response]:
        """The endpoint that draws a page."""

        def drawn(request: Request) -> Response:
            return self._drawn(page, request, self.ask(request, page.days))

        drawn.__name__ = f"page_{page.name}"
        return drawn

    def _drawn(self, page: Page, request: Request, ask: Ask, status: int = 200) -> Response:
        """A page, its forms with this browser's token; the one after a form says what became of it."""
        view = page.view(ask, request.path_params)
        frame = shell(ask, page, self.pages, request.url.path, view.get("title", ""))
        if page.act is None:
            return self.draw(f"{page.name}.html", frame, view, ask, status)
        cookie = self.forms.cookie(request)
        frame = replace(frame, form=self.forms.token(cookie), said=self.forms.said(request))
        response = self.draw(f"{page.name}.html", frame, view, ask, status)
        self.forms.give(response, cookie)
        if frame.said:
            response.delete_cookie("payback_said", path="/", httponly=True, samesite="strict")
        return response

    def act(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint of a page's forms: what is asked for is done, and the page is shown again and says so."""

        async def done(request: Request) -> Response:
            body = bytearray()
            async for part in request.stream():
                body += part
                if len(body) > page.largest:
                    raise StaleFormError(f"a form has at most {page.largest} bytes here")
            return await run_in_threadpool(self._acted, page, request, bytes(body))

        done.__name__ = f"act_{page.name}"
        return done

    def _acted(self, page: Page, request: Request, body: bytes) -> Response:
        fields, upload = self.forms.admit(request, body)
        ask = replace(self.ask(request, page.days), upload=upload)
        if page.act is None:
            raise HTTPException(405)
        try:
            said = Said(page.act(ask, request.path_params, fields) + ".")
        except ForbiddenError:
            raise
        except WrongFieldsError as error:
            return self._drawn(page, request, replace(ask, typed=error.typed), 422)
        except PaybackError as error:
            said = Said(f"Not done: {error}.", good=False)
        query = f"?{request.url.query}" if request.url.query else ""
        there = page.then if page.then and said.good else quote(request.scope["path"]) + query
        response = RedirectResponse(there, 303)
        self.forms.say(response, said)
        return response

    def twin(self, page: Page) -> Callable[[Request], Response]:
        """The endpoint that writes a page's answer as JSON."""

        def told(request: Request) -> Response:
            ask = self.ask(request, page.days)
            view = page.view(ask, request.path_params)
            days = {"since": ask.filters.period.since, "until": ask.filters.period.until}
            asked = {
                **days,
                "basis": ask.filters.basis,
                "where": ask.filters.where,
                "scope": ask.scope.reason,
            }
            invented = self.desk.settings.invented
            body = written({"page": page.name, "invented": invented, "asked": asked, **view})
            return Response(body, media_type=JSON)

        told.__name__ = f"twin_{page.name}"
        return told

    def export(self, request: Request) -> Response:
        """The table of the explorer as a file, every row of it."""
        kind = request.path_params["kind"]
        if kind not in KINDS:
            raise UnknownNameError("kind of file", kind, KINDS)
        ask = self.ask(request)
        query = ask.query(ask.money, *beside(ask.filters.by), by=(ask.filters.by,))
        body = self.desk.export(query, ask.scope, kind)
        name = f"payback-{ask.filters.period.since}-{ask.filters.last_day}.{kind}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(body, media_type=KINDS[kind], headers=headers)

    def attachment(self, request: Request) -> Response:
        """A file that proves an entry which the reader may see: to be kept, never shown in the place of a page."""
        name, scope = request.path_params["name"], self.whose(request)
        known = {row["attachment"] for row in self.desk.bookkeeping.entries(scope) if row["attachment"]}
        path = self.desk.settings.home / FOLDER / name
        if name not in known or not path.is_file():
            raise UnknownNameError("attachment", name, ())
        return FileResponse(path, media_type="application/octet-stream", filename=name)

    def choices(self, request: Request) -> Response:
        """The values of a filter: a part of a page for htmx, a page of its own without."""
        known = {page.path: page.days for page in self.pages if page.in_menu and page.controls}
        path = request.query_params.get("path", "/")
        path = path if path in known else "/"
        ask = self.ask(request, known[path])
        found = choices(ask, request.path_params["dimension"], path)
        if request.headers.get("HX-Request") == "true":
            return HTMLResponse(self.templates.get_template("parts/choices.html").render(view=found))
        frame = self.home(ask, f"Choose a {found['dimension']}")
        return self.draw("choices.html", frame, {"empty": None, **found}, ask)

    def progress(self, _request: Request) -> Response:
        """The part of a page that says what is being read; asks the page to come anew once it is done."""
        found = self.desk.progress()
        headers = {} if found else {"HX-Refresh": "true"}
        body = self.templates.get_template("parts/progress.html").render(progress=found)
        return HTMLResponse(body, headers=headers)

    def draw(self, name: str, frame: Shell, view: Mapping[str, Any], ask: Ask, status: int = 200) -> Response:
        """A template inside its frame."""
        return HTMLResponse(self.templates.get_template(name).render(shell=frame, view=view, ask=ask), status)

    def home(self, ask: Ask, title: str) -> Shell:
        """The frame of something that is no page of its own, at Home."""
        return shell(ask, next(page for page in self.pages if page.path == "/"), self.pages, "/", title)

    def refuse(self, request: Request, status: int, title: str, sentence: str) -> Response:
        """The page, or for a twin the JSON, that says why a request was not answered."""
        if request.url.path.endswith(".json"):
            return Response(written({"error": sentence}), status, media_type=JSON)
        filters = parse_filters({}, Offer(self.desk.today(), None, self.desk.settings.currency))
        ask = Ask(self.desk, self.whose(request), filters)
        empty = Empty(title, sentence, (Link("Go to Home", "/"),))
        return self.draw("refused.html", self.home(ask, title), {"empty": empty}, ask, status)

    def missing(self, request: Request, error: Exception) -> Response:
        """A path that is no page, or a way of asking that is none."""
        status = error.status_code if isinstance(error, HTTPException) else 404
        sentence = (
            f"There is no page at {request.url.path}." if status == 404 else "Pages are only read, with GET."
        )
        return self.refuse(request, status, "Not found" if status == 404 else "Not possible", sentence)

    def refused(self, request: Request, error: Exception) -> Response:
        """A request that payback refuses, in the sentence it comes with."""
        if isinstance(error, UnknownNameError) and request.path_params:
            return self.refuse(request, 404, "Not found", f"{error}.")
        if isinstance(error, (ForbiddenError, StaleFormError)):
            return self.refuse(request, 403, "Not allowed", f"{error}.")
        if isinstance(error, WarehouseError):
            return self.refuse(request, 503, "This cannot be answered now", f"{error}.")
        return self.refuse(request, 400, "This cannot be asked", f"{error}.")

    def failed(self, _request: Request, _error: Exception) -> Response:
        """A failure of payback itself, shown without its trace, which the server logs."""
        return PlainTextResponse(FAILED, 500, headers=HEADERS)
