"""What Cursor's AI code tracking says of each commit made with it: how many of its lines the agent and completions wrote.

A commit becomes signs of AI and nothing else: its message, its files and its author stay with Cursor. The list of single
changes is not read, for its lines are those that the by-user reports add up by person and day.
"""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from payback.delivery.evidence import evidence_rows
from payback.delivery.markers import Sign
from payback.delivery.repositories import name_of_remote
from payback.ledger.entries import Rejected
from payback.ledger.work_entries import Evidence
from payback.sources.amounts import count, instant
from payback.sources.cursor.asking import TOOL, TRIES, listed
from payback.sources.http import UnreachableError
from payback.sources.source import Every, Page, Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.delivery.markers import AiClass
    from payback.sources.source import Ask, Context

PATH = "/analytics/ai-code/commits"
PER_PAGE = 1000
CLOUD = "cloud"
AGENT, COMPLETIONS = "AI code tracking, agent", "AI code tracking, completions"
_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def fetch(ask: Ask) -> Iterator[Page]:
    """All commits of the stretch as one page: as many as Cursor says there are, however its pages came."""
    until = min(ask.part.until, ask.now).astimezone(UTC)
    told = {
        "startDate": f"{ask.part.since:%Y-%m-%dT%H:%M:%SZ}",
        "endDate": f"{until:%Y-%m-%dT%H:%M:%SZ}",
        "pageSize": PER_PAGE,
    }
    for _ in range(TRIES):
        commits: list[Any] = []
        total = None
        for page in listed(ask, PATH, told):
            commits += page.get("items") or []
            total = page.get("totalCount", total)
        if total is None or total == len(commits):
            yield Page(commits, f"commits of {ask.part.since:%Y-%m-%d}")
            return
    raise UnreachableError(
        f"{ask.connection}: commits of {ask.part.since:%Y-%m-%d} did not add up to the count that Cursor gives in {TRIES} "
        f"attempts; they are tried again with the next sync"
    )


def parse(page: Page, context: Context) -> Iterable[Evidence | Rejected]:
    """A sign for the agent's lines of a commit and one for accepted completions; none where AI wrote nothing."""
    host = str(context.told.get("git_host") or "github.com")
    for number, told in enumerate(page.body, start=1):
        try:
            found = evidence_rows("commit", _commit(told, host), _signs(told), instant(told["commitTs"]))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            yield Rejected(context.source, f"commit is not read: {error}", page.what, number)
            continue
        yield from (Evidence(source=context.source, **row) for row in found)


def _commit(told: dict[str, Any], host: str) -> str:
    """`repo@hash` as Git names them. ValueError where the hash is not whole or no repository is told."""
    sha, repo = str(told.get("commitHash") or "").lower(), str(told.get("repoName") or "").strip()
    if not _HASH.fullmatch(sha):
        raise ValueError("its hash is not whole")
    if not repo:
        raise ValueError("it names no repository")
    return f"{repository(repo, host)}@{sha}"


def repository(told: str, host: str) -> str:
    """The repository by its address, by `host/owner/name`, by `owner/name` at the host told, or by its bare name."""
    if found := name_of_remote(told):
        return found
    parts = [part for part in told.removesuffix(".git").split("/") if part]
    if len(parts) > 1 and "." in parts[0]:
        return "/".join([parts[0].lower(), *parts[1:]])
    return "/".join([host.lower(), *parts]) if len(parts) > 1 else parts[0]


def _signs(told: dict[str, Any]) -> Iterator[Sign]:
    """One accepted completion is a weak sign; a commit that the cloud agent made is the agent's own."""
    by_agent = str(told.get("commitSource") or "").casefold() == CLOUD
    written, removed = count(told.get("composerLinesAdded")), count(told.get("composerLinesDeleted"))
    if by_agent or written or removed:
        ai_class: AiClass = "agent_authored" if by_agent else "agent_assisted"
        yield Sign("vendor", ai_class, TOOL, "A", AGENT, lines=written)
    if completed := count(told.get("tabLinesAdded")):
        yield Sign("vendor", "agent_assisted", TOOL, "C", COMPLETIONS, lines=completed)


COMMITS = Stream(
    name="commits",
    title="lines of commits written by AI",
    tables=("evidence",),
    needs="an analytics key of an Enterprise team with AI code tracking",
    pages=("Changes",),
    plan=Every(most=timedelta(days=30), restated=timedelta(days=7), history=timedelta(days=360)),
    fetch=fetch,
    parse=parse,
    optional=True,
    by_id=True,
)
