"""Every setting and source tested: what is found, what is missing, which pages that leaves empty."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from payback.app import agents, arrivals, connections
from payback.errors import PaybackError
from payback.sources.agents import readers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payback.app.application import App

GOOD, BARE, FAILS = "good", "nothing yet", "fails"


def checks(app: App) -> list[dict[str, Any]]:
    """One row per check: state good, `nothing yet` (fine, but a page stays empty) or `fails`."""
    return [
        *_settings(app),
        *_connections(app),
        *_hooks(app),
        *_logs(app),
        *_git(app),
        *_bills(app),
        *_prices(app),
        *_people(app),
    ]


def _row(check: str, state: str, found: str, missing: str = "", pages: str = "") -> dict[str, Any]:
    return {"check": check, "state": state, "found": found, "missing": missing, "pages": pages}


def _settings(app: App) -> Iterator[dict[str, Any]]:
    told = app.settings
    file = "payback.toml" if told.told else "no payback.toml, defaults hold"
    yield _row("settings", GOOD, f"{file}; {told.organisation}, {told.zone.key}, {told.currency}")
    free = shutil.disk_usage(told.home).free
    state = GOOD if free > 1024**3 else FAILS
    yield _row(
        "disk", state, f"{free / 1024**3:,.1f} GiB free", "" if state == GOOD else "free at least 1 GiB"
    )


def _connections(app: App) -> Iterator[dict[str, Any]]:
    for name in connections.names(app):
        try:
            yield from connections.tested(app, name)
        except PaybackError as error:
            yield _row(f"source {name}", FAILS, "", str(error), "everything this vendor would bring")


def _hooks(app: App) -> Iterator[dict[str, Any]]:
    for kind, wrong in arrivals.hooks_told(app):
        found = "" if wrong else f"signed {kind} are taken in at /hooks/{kind}"
        yield _row(
            f"hook {kind}", FAILS if wrong else GOOD, found, wrong, f"what rests on {kind}" if wrong else ""
        )


def _logs(app: App) -> Iterator[dict[str, Any]]:
    for home in agents.homes(app):
        if not home.path.is_dir():
            yield _row(f"home {home.path.name}", FAILS, "", f"{home.path} is not a folder", "Spend, Sessions")
    found = {
        reader.title: sum(1 for home in agents.homes(app) for _ in reader.discover(agents.places(app, home)))
        for reader in readers()
    }
    told = ", ".join(f"{title} {files}" for title, files in found.items() if files)
    if told:
        yield _row("agent logs", GOOD, f"files: {told}")
    else:
        yield _row(
            "agent logs", BARE, "", "no coding agent has written logs in these homes", "Home, Spend, Sessions"
        )


def _git(app: App) -> Iterator[dict[str, Any]]:
    if shutil.which("git", path=app.around.environ.get("PATH")) is None:
        yield _row("git", FAILS, "", "install git", "Changes")
        return
    commits = app.warehouse.table("commits")
    row = app.warehouse.read(
        commits.aggregate(rows=commits.count(), repos=commits["repo"].nunique())
    ).to_pylist()[0]
    if row["rows"]:
        yield _row("git", GOOD, f"{row['rows']:,} commits of {row['repos']} repositories")
    else:
        yield _row("git", BARE, "", "name folders under [git] roots, or run payback sync", "Changes")


def _bills(app: App) -> Iterator[dict[str, Any]]:
    charges = app.warehouse.table("charges")
    rows = app.warehouse.read(charges.aggregate(rows=charges.count()))["rows"][0].as_py()
    if rows:
        yield _row("bills", GOOD, f"{rows:,} charges")
    else:
        yield _row("bills", BARE, "", "payback import FILE --as charges", "billed and amortised money")


def _prices(app: App) -> Iterator[dict[str, Any]]:
    usage = app.warehouse.table("usage")
    told = usage.filter(usage["list_usd"].isnull(), usage["requests"] > 0)
    models = app.warehouse.read(told.select("model").distinct().order_by("model"))["model"].to_pylist()
    if models:
        named = ", ".join(model or "(no model)" for model in models[:8])
        yield _row(
            "prices",
            BARE,
            "",
            f"no price for: {named}; add a book under {app.settings.home / 'prices'}",
            "list money",
        )
    else:
        yield _row("prices", GOOD, "every request has a list price")


def _people(app: App) -> Iterator[dict[str, Any]]:
    directory = app.books.directory
    if directory:
        yield _row("people", GOOD, f"{len(directory.people)} people in {len(directory.teams)} teams")
    else:
        yield _row(
            "people", BARE, "", "add [[people]] and [[teams]] to payback.toml", "cuts by team and person"
        )
