"""What counts as a deployment of each repository: what was found, what is proposed and why, what counts now, and who chose it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.access.scope import Sight
from payback.app.shipping import why
from payback.delivery.shipping import KINDS, Choice
from payback.errors import SettingsError
from payback.web import words
from payback.web.blocks import Button, Column, Empty, Link, Table
from payback.web.page import Page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.web.asking import Ask

    Row = Mapping[str, Any]

MOST = 3
ONE = {"deployment": "deployment", "release": "release", "workflow_run": "run", "merge": "merge"}
MANY = {
    "deployment": "deployments",
    "release": "releases",
    "workflow_run": "workflow runs",
    "merge": "merges to the default branch",
}
COLUMNS = (
    Column("repo", "Repository", "code"),
    Column("found", "What was found"),
    Column("proposed", "What is proposed, and why"),
    Column("counts", "What counts now"),
    Column("made", "Chosen by"),
    Column("chosen_at", "On", "instant"),
)
ACTS = Column("acts", "Choose", "acts")
NOTE = (
    "Deployments, releases and runs that succeeded, on all days. A choice holds at once: deployments, and every time that ends "
    "with one, are derived anew. Choices for many repositories at once stand under [[deployments]] in payback.toml."
)


def view(ask: Ask, _path: Mapping[str, str]) -> dict[str, Any]:
    """Every repository that has deployments or merged changes."""
    if ask.scope.sight is not Sight.EVERYTHING:
        why_not = "What counts moves the figures of everybody, so it is shown to who may see all of them."
        return {"empty": Empty("Not yours to see", why_not, (Link("Go to Delivery", "/delivery"),))}
    rows = ask.desk.shipping.rows(ask.scope)
    if not rows:
        told = "No host has told of a deployment or a merged change yet."
        return {"empty": Empty("Nothing is delivered yet", told, (Link("See the sources", "/sources"),))}
    return {
        "empty": None,
        "table": Table(
            "What counts as a deployment to production",
            (*COLUMNS, ACTS),
            tuple(_row(row) for row in rows),
            note=NOTE,
        ),
        "repositories": tuple(row["repo"] for row in rows),
        "kinds": tuple((kind, MANY[kind]) for kind in KINDS),
    }


def _row(row: Row) -> dict[str, Any]:
    by = row["by"] or row["made"] or "nobody"
    return {
        "repo": row["repo"],
        "found": _found(row),
        "proposed": f"{said(row['proposed'])}: {why(row)}",
        "counts": said(row["counts"]) + (" (proposed)" if row["counts"].proposed else ""),
        "made": by,
        "chosen_at": row["chosen_at"],
        "acts": tuple(_acts(row)),
    }


def _acts(row: Row) -> list[Button]:
    repo = {"repository": row["repo"]}
    if row["made"] == "page":
        return [Button("Take back", {"act": "take_back", **repo}, f"Take back the choice for {row['repo']}")]
    if row["made"] is None:
        told = {
            "act": "choose",
            **repo,
            "kind": row["proposed"].kind,
            "environment": row["proposed"].environment or "",
            "name": row["proposed"].name or "",
        }
        return [Button("Accept", told, f"Accept the proposal for {row['repo']}")]
    return []


def _found(row: Row) -> str:
    """How many of each kind, with the environments or names of most of them."""
    parts = []
    for kind in KINDS:
        own = [one for one in row["found"] if one["kind"] == kind]
        number = sum(one["number"] for one in own) if kind != "merge" else row["merges"]
        if not number:
            continue
        sums: dict[str, int] = {}
        for one in own if kind in {"deployment", "workflow_run"} else ():
            label = one["environment"] if kind == "deployment" else one["name"]
            sums[label or "unnamed"] = sums.get(label or "unnamed", 0) + one["number"]
        named = ", ".join(f"{label} {words.grouped(count)}" for label, count in list(sums.items())[:MOST])
        more = ", …" if len(sums) > MOST else ""
        parts.append(
            f"{words.grouped(number)} {MANY[kind].split(' to ')[0] if number != 1 else ONE[kind]}"
            + (f" ({named}{more})" if named else "")
        )
    return "; ".join(parts) or "nothing that succeeded"


def said(choice: Choice) -> str:
    """A choice in words."""
    where = {"environment": choice.environment, "name": None if choice.proposed else choice.name}
    told = ", ".join(f"{key} {pattern}" for key, pattern in where.items() if pattern)
    plain = (
        "deployments to production"
        if choice.kind == "deployment" and not choice.environment
        else MANY[choice.kind]
    )
    return f"{plain} ({told})" if told else plain


def act(ask: Ask, _path: Mapping[str, str], form: Mapping[str, str]) -> str:
    """Choose, or take a choice back."""
    shipping, repo = ask.desk.shipping, form.get("repository", "")
    match form.get("act"):
        case "choose":
            environment, name = ((form.get(key) or "").strip() or None for key in ("environment", "name"))
            return shipping.choose(Choice(repo, form.get("kind", ""), environment, name), ask.scope)
        case "take_back":
            return shipping.take_back(repo, ask.scope)
    raise SettingsError("the form does not say what to do")


PAGE = Page(
    "deployments",
    "/deployments",
    "Deployments",
    "Delivery",
    "What counts as a deployment to production?",
    view,
    controls=(),
    dimensions=(),
    act=act,
)
