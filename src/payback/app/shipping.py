"""What counts as a deployment, per repository: what was found, what is proposed and why, what counts now, who chose it and when.

A choice holds at once: deployments, and every time that ends with one, are derived anew. It moves the figures of everybody,
so only who may see every row may make it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payback.access.facts import open as open_facts
from payback.access.scope import Sight
from payback.app.changes import AT_ONCE
from payback.app.delivering import pattern, reading_of
from payback.app.shipping_choices import Chosen, choices, chosen, keep
from payback.delivery.shipping import DEPLOYING, KINDS, choice_for, is_production, proposal
from payback.errors import ForbiddenError, SettingsError, UnknownNameError
from payback.state.watched import Audited, record_audit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.access.scope import Scope
    from payback.app.application import App
    from payback.delivery.shipping import Choice

    Row = dict[str, Any]

TOLD = ("kind", "environment", "name", "status")


@dataclass(frozen=True, slots=True)
class Shipping:
    """The door of pages to what counts as a deployment."""

    app: App

    def rows(self, scope: Scope) -> list[Row]:
        """Each repository with a deployment or a merged change: repo, found (rows by kind, environment and name, most first),
        merges, proposed and counts (a `Choice`), made (page, payback.toml, or None where nobody chose), by, chosen_at.
        """
        found, merges = self._found(scope), self._merges(scope)
        by_page = chosen(self.app.state)
        typed, made = reading_of(self.app.settings.told).deployments, choices(self.app.state)
        rows = []
        for repo in sorted(found.keys() | merges.keys()):
            own, one = found.get(repo, []), by_page.get(repo)
            counts = choice_for(repo, (*made, *typed), own)
            rows.append({
                "repo": repo,
                "found": own,
                "merges": merges.get(repo, 0),
                "proposed": proposal(repo, own),
                "counts": counts,
                "made": None if counts.proposed else "page" if one else "payback.toml",
                "by": one.by if one else None,
                "chosen_at": one.chosen_at if one else None,
            })  # fmt: skip
        return rows

    def _found(self, scope: Scope) -> dict[str, list[Row]]:
        rows = open_facts(self.app.ground, "deployments", scope)
        rows = rows.filter(rows.status == "success")
        told = rows.group_by("repo", *TOLD).aggregate(number=rows.count())
        found: dict[str, list[Row]] = defaultdict(list)
        read = self.app.warehouse.read(told).to_pylist()
        for row in sorted(read, key=lambda row: (-row["number"], str(row["environment"]), str(row["name"]))):
            found[row["repo"]].append(row)
        return found

    def _merges(self, scope: Scope) -> dict[str, int]:
        rows = open_facts(self.app.ground, "work", scope)
        rows = rows.filter(rows.merged_at.notnull())
        told = rows.group_by("repo").aggregate(number=rows.count())
        return {row["repo"]: row["number"] for row in self.app.warehouse.read(told).to_pylist()}

    def choose(self, choice: Choice, by: Scope) -> str:
        """Keep a choice for one repository and count by it; says so. SettingsError says what is wrong with it."""
        _may_choose(by)
        repo = choice.repository
        if choice.kind not in KINDS:
            raise UnknownNameError("kind of deployment", choice.kind, KINDS)
        if repo not in {row["repo"] for row in self.rows(by)}:
            raise UnknownNameError("repository", repo, [row["repo"] for row in self.rows(by)])
        if any(
            one.repository.lower() == repo.lower() for one in reading_of(self.app.settings.told).deployments
        ):
            raise SettingsError(f"payback.toml says what counts for {repo}; change it there")
        environment, name = (
            pattern(text, "deployments") if text else None for text in (choice.environment, choice.name)
        )
        one = Chosen(choice.kind, environment, name, by.reason, self.app.now())
        self._kept(repo, one, "deployments.choose", by)
        return f"What counts for {repo} is chosen"

    def take_back(self, repo: str, by: Scope) -> str:
        """Forget a choice made on a page; says so. UnknownNameError for another."""
        _may_choose(by)
        made = chosen(self.app.state)
        if repo not in made:
            raise UnknownNameError("repository with a choice made here", repo, made)
        self._kept(repo, None, "deployments.take_back", by)
        return f"The choice for {repo} is taken back"

    def _kept(self, repo: str, one: Chosen | None, action: str, by: Scope) -> None:
        now = self.app.now()
        keep(self.app.state, repo, one, now)
        told = {"kind": one.kind, "environment": one.environment, "name": one.name} if one else {}
        record_audit(self.app.state, Audited(now, by.reason, action, repo, told))
        self.app.warehouse.apply([AT_ONCE])
        self.app.settle()


def why(row: Mapping[str, Any]) -> str:
    """Why this is proposed for a repository; `row` is one of `rows`."""
    own: list[Row] = row["found"]
    sums = {kind: sum(one["number"] for one in own if one["kind"] == kind) for kind in KINDS}
    match row["proposed"].kind:
        case "deployment":
            names = [one["environment"] for one in own if one["kind"] == "deployment" and is_production(one)]
            return f"environments that read like production: {', '.join(dict.fromkeys(names))}"
        case "release":
            return f"no environment reads like production, and releases are told: {sums['release']}"
        case "workflow_run":
            runs = (one["name"] for one in own if one["kind"] == "workflow_run")
            names = [name for name in runs if DEPLOYING.search(name or "")]
            return f"neither deployments nor releases; runs that read like one: {', '.join(dict.fromkeys(names))}"
    return "nothing that the host tells reads like a deployment to production"


def _may_choose(by: Scope) -> None:
    if by.sight is not Sight.EVERYTHING:
        raise ForbiddenError("choose what counts as a deployment, which moves everybody's figures", by.reason)
