"""An invented company, complete: agent logs, repositories, vendors, bills, settings, and the truth about all of it.

`invent` writes into a home folder:

    company/homes/<person>/.claude|.codex|.gemini   agent logs, exactly as the tools write them
    company/repos/<name>                            git repositories, `origin` on git.example.com
    company/vendors/<vendor>.json                   what `wire.transport` answers from, and access.json: keys and rights
    company/keys/<vendor>                           the keys that payback.toml names
    company/made-by                                 the version of payback that wrote all this
    company/clouds/aws|azure|google                 bill exports, laid out as the clouds lay them
    company/bills/<vendor>-<month>.csv              invoices; company/bills/earlier holds one as it was before it was restated
    company/papers/<kind>.csv                       seats and renewals, hours, survey answers, outputs, exchange rates
    payback.toml                                    the organisation and where all this lies
    truth.json                                      the known figures; written last, so it marks a finished company

The shape of payback.toml (paths are relative to the home; days have no time of day, `from` and `valid_from` are the
first day, `until` and `valid_until` the first day after) is payback's own, as docs/understand/demo.md says.

This module knows no rule of payback: what it claims follows from the records alone.
"""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import orjson

from payback.demo import claude_code, codex, declaration, gemini, papers, repositories
from payback.demo.books import Books, books, written
from payback.demo.claude_code import Place
from payback.demo.hosts import USUAL
from payback.demo.people import CLAUDE, CODEX, found
from payback.demo.plan import imagine
from payback.demo.span import Span
from payback.demo.statement import statement
from payback.demo.truth import Truth
from payback.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from pathlib import Path

    from payback.demo.hosts import Hosts
    from payback.demo.lines import Brought
    from payback.demo.people import Company
    from payback.demo.plan import Story
    from payback.demo.records import Session

MONTHS, PEOPLE, SEED = 14, 60, 7
SMALL_MONTHS, SMALL_PEOPLE = 6, 24
"""A smaller company for a first look: ready in a few seconds."""


def invent(  # noqa: PLR0913  the values that determine a company
    home: Path,
    *,
    seed: int = SEED,
    months: int = MONTHS,
    people: int = PEOPLE,
    today: date,
    progress: Callable[[str], None],
    hosts: Hosts = USUAL,
) -> None:
    """Writes an invented company into `home`; `progress` gets a sentence per step. Facts end where `today` begins.

    The same seed, months, people, day, hosts and home give the same bytes. Raises SettingsError where a company is there
    already or the numbers are too small, SourceError where git is missing.
    """
    span = Span(seed, months, people, today)
    target, draft = home / "company", home / "company.unfinished"
    if target.exists():
        raise SettingsError(f"{target} is there already; remove it or choose another --home")
    shutil.rmtree(draft, ignore_errors=True)
    company = found(span)
    progress(f"{people} people, {len(company.teams)} teams, {months} months from {span.first}")
    story = imagine(span, company)
    truth = Truth(today)
    for session in story.sessions:
        truth.add_session(session)
    progress(f"{len(story.changes)} changes and {len(story.sessions)} conversations with agents")
    homes = _write_logs(draft, target, story)
    progress(f"agent logs of {len(homes)} people written")
    story.lines = _write_repositories(draft, span, company, story, hosts)
    progress("repositories written")
    told = books(span, company, story, truth)
    _write_vendors(draft, span, company, told, hosts)
    progress("vendors, bills and sheets written")
    draft.rename(target)
    (home / "payback.toml").write_bytes(declaration.toml(span, company, homes, target, hosts).encode())
    known = statement(span, company, story, truth, told)
    (home / "truth.json").write_bytes(
        orjson.dumps(known, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    )
    progress("the truth about it written")


def _write_logs(draft: Path, target: Path, story: Story) -> list[str]:
    """Every session's files; the ids of the people who have any."""
    people = set()
    made: set[Path] = set()
    for session in story.sessions:
        people.add(session.person.id)
        for path, text in _files(session, target):
            file = draft / "homes" / session.person.id / path
            if file.parent not in made:
                file.parent.mkdir(parents=True, exist_ok=True)
                made.add(file.parent)
            file.write_bytes(text)
    return sorted(people)


def _files(session: Session, target: Path) -> Iterator[tuple[str, bytes]]:
    """The session's files by the tool that wrote them, naming the folders where the company will stand."""
    if session.repo:
        folder = target / "repos" / session.repo
        place = Place(str(folder / session.folder if session.folder else folder))
    else:
        place = Place(str(target / "homes" / session.person.id / "notes"))
    if session.tool == CLAUDE:
        return claude_code.files(session, place)
    if session.tool == CODEX:
        return codex.files(session, place, repositories.remote(session.repo) if session.repo else "")
    return gemini.files(session, place)


def _write_repositories(
    draft: Path, span: Span, company: Company, story: Story, hosts: Hosts
) -> list[Brought]:
    """Two at a time, so that one is compressed while the other is thought up. The lines that came to their main branches."""
    forge, _ = hosts.at
    with ThreadPoolExecutor(max_workers=2) as pool:
        running = [
            pool.submit(
                repositories.write,
                draft / "repos" / name,
                span,
                company.people[0],
                [change for change in story.changes if change.repo == name],
                forge.merging,
            )
            for name in sorted({team.repo for team in company.teams})
        ]
        return [brought for repository in running for brought in repository.result()]


def _write_vendors(draft: Path, span: Span, company: Company, told: Books, hosts: Hosts) -> None:
    """What the vendors have on file, keys, bill exports, invoices and sheets."""
    for path, text in (
        *written(span, company, told, hosts),
        *((f"papers/{name}", text) for name, text in papers.sheets(span, company, told.held)),
    ):
        file = draft / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)
