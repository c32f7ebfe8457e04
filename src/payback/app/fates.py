"""What became of the lines of each repository, kept as `code_fates`: one row per commit and age.

[git]
survival = false                       # leaves it out of `payback sync`

A repository is gone on with from where the last reading left its lines, several at once where there is more to read. Rows
are made anew on the day on which commits come of age, or when commits, signs of AI or teams changed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from payback.app.changes import TO_LINK
from payback.delivery.delivered import FATES
from payback.delivery.fates.cohorts import AGES, fates, replacements
from payback.delivery.fates.history import PLAIN
from payback.delivery.fates.lines import LINES
from payback.delivery.markers import strongest
from payback.delivery.mending import FOLLOWS_WITHIN
from payback.errors import SettingsError, SourceError
from payback.ledger.batches import rejected_table, table_of
from payback.ledger.entries import Rejected
from payback.ledger.placing import fingerprint
from payback.ledger.tables import BY_NAME
from payback.sources.git import SOURCE, Git
from payback.sources.git.following import authors
from payback.sources.git.repository import look
from payback.sources.git.survival_report import FOLDER, histories, told
from payback.warehouse.contract import Cursor, Replace, Upsert

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from payback.app.application import App
    from payback.app.changes import Repositories
    from payback.delivery.fates.history import History, Mark, Survival
    from payback.sources.git.survival_report import Asked
    from payback.warehouse.contract import Change

TABLE, REPLACED = "code_fates", "line_replacements"
COUNTED_AS = "2"
"""The way in which rows are made; another makes them anew with the next sync."""


@dataclass(slots=True)
class Known:
    """What the warehouse knows of commits: their signs of AI, and who wrote them."""

    marks: Mapping[str, Mark] = field(default_factory=dict)
    authors: Mapping[str, str | None] = field(default_factory=dict)


def sync(app: App, known: Repositories) -> Iterator[dict[str, Any]]:
    """Brings `code_fates` of every repository that was read up to date. One that cannot be followed is told of."""
    if not is_wanted(app.settings.told) or not known.read:
        return
    places = sorted(known.read)
    app.around.progress(f"Lines of {len(places)} repositories")
    found = histories(known.git, places, LINES, app.settings.home / FOLDER, app.around.processes)
    row: dict[str, Any] = {
        "source": FATES, "title": "Lines that stay", "files": len(places), "read": 0, "rows": 0, "rejected": 0,
    }  # fmt: skip
    failed = [
        Rejected(SOURCE, str(one), str(place)) for place, one in zip(places, found, strict=True)
        if isinstance(one, SourceError)
    ]  # fmt: skip
    if failed:
        app.warehouse.apply([Upsert("rejected", rejected_table(failed, app.now()))])
        row["rejected"] = len(failed)
        row["message"] = f"{len(failed)} repositories could not be followed; see the refused rows"
    followed = _longest(known.read, places, found)
    stands, marks = _stands(app), app.warehouse.cursors(FATES)
    owed = {repo: one for repo, one in followed.items() if marks.get(repo) != f"{one.tip} {stands}"}
    if owed:
        held = _known(app)
        for repo, one in owed.items():
            rows = fate_rows(app, repo, one.history, held)
            mark = Cursor(FATES, repo, f"{one.tip} {stands}")
            changes: list[Change] = [
                Replace(TABLE, table_of(BY_NAME[TABLE], rows, SOURCE, app.now()), {"repo": repo}),
                *_replaced(app, repo, one.history),
                TO_LINK,
                mark,
            ]
            app.warehouse.apply(changes)
            row["rows"] += len(rows)
            row["read"] += 1
    yield row


def _replaced(app: App, repo: str, history: History) -> list[Change]:
    """Which commit took away lines of which; nothing where it stands."""
    rows = [
        {
            "commit_id": f"{repo}@{history.shas[by]}",
            "replaced_commit_id": f"{repo}@{history.shas[of]}",
            "repo": repo,
            "lines": lines,
        }
        for (by, of), lines in sorted(replacements(history, int(FOLLOWS_WITHIN.total_seconds())).items())
    ]
    made = table_of(BY_NAME[REPLACED], rows, SOURCE, app.now())
    stored = app.warehouse.table(REPLACED)
    names = ["commit_id", "replaced_commit_id", "lines"]
    before = app.warehouse.read(
        stored.filter(stored.repo == repo).select(*names).order_by("commit_id", "replaced_commit_id")
    )
    after = made.select(names).sort_by([(name, "ascending") for name in names[:2]])
    if before.to_pylist() == after.to_pylist():
        return []
    return [Replace(REPLACED, made, {"repo": repo})]


def is_wanted(settings: Mapping[str, Any]) -> bool:
    """Whether payback.toml leaves this on. SettingsError where it says neither true nor false."""
    wanted = settings.get("git", {}).get("survival", True)
    if not isinstance(wanted, bool):
        raise SettingsError("[git] survival is true or false")
    return wanted


def fate_rows(app: App, repo: str, history: History, known: Known) -> list[dict[str, Any]]:
    """Rows of `code_fates` of one repository, without `source` and `synced_at`."""
    directory, rows = app.books.directory, []
    named: dict[int, dict[str, Any]] = {}
    for fate in fates(history, AGES, int(app.now().timestamp())):
        commit = fate.commit
        if commit not in named:
            commit_id = f"{repo}@{history.shas[commit]}"
            instant = datetime.fromtimestamp(history.committed[commit], UTC)
            ai_class, tool = known.marks.get(commit_id) or history.mark_of(commit)
            author = directory.person_of(known.authors.get(commit_id), instant)
            team = directory.team_of(author, instant) or directory.team_of_repo(repo, instant)
            named[commit] = {
                "commit_id": commit_id, "repo": repo, "ai_class": ai_class, "tool": tool, "team": team,
                "committed_at": instant,
            }  # fmt: skip
        rows.append({**named[commit], "age_days": fate.age, "added": fate.added, "alive": fate.alive})
    return rows


def by_team(app: App, places: Sequence[Path], question: Asked) -> list[dict[str, Any]]:
    """Rows of `payback survive --by team`: the team of each commit's author on its day, else of the repository."""
    git, directory = Git(), app.books.directory
    found = histories(git, places, question.rule, app.settings.home / FOLDER, app.around.processes)
    teams: dict[int, list[str | None]] = {}
    for place, one in zip(places, found, strict=True):
        if isinstance(one, SourceError):
            raise one
        repo = look(git, place).name
        wrote = authors(git, place, one.tip) if one.tip else {}
        teams[id(one.history)] = held = []
        for sha, second in zip(one.history.shas, one.history.committed, strict=True):
            instant = datetime.fromtimestamp(second, UTC)
            team = directory.team_of(directory.person_of(wrote.get(sha), instant), instant)
            held.append(team or directory.team_of_repo(repo, instant))
    kept = [one.history for one in found if not isinstance(one, SourceError)]
    return told(kept, question, lambda history, commit: teams[id(history)][commit])


def _longest(
    names: Mapping[Path, str], places: Sequence[Path], found: Sequence[Survival | SourceError]
) -> dict[str, Survival]:
    """Of several clones of one repository, the one that got furthest."""
    best: dict[str, Survival] = {}
    for place, one in zip(places, found, strict=True):
        if isinstance(one, SourceError) or one.tip is None:
            continue
        held = best.get(names[place])
        if held is None or len(one.history.shas) > len(held.history.shas):
            best[names[place]] = one
    return best


def _stands(app: App) -> str:
    """What rows stand on besides the lines: the day, the organisation, and the signs of AI that are held."""
    evidence = app.warehouse.table("evidence")
    held = app.warehouse.read(evidence.aggregate(rows=evidence.count(), last=evidence.synced_at.max()))
    last = held["last"][0].as_py()
    books = app.books
    signs = f"{held['rows'][0].as_py()} {last.isoformat() if last else ''}"
    return f"{COUNTED_AS} {app.today()} {fingerprint(books.directory, books.rules)} {signs}"


def _known(app: App) -> Known:
    """Signs by commit, and authors. A squash has the signs of its pull request and of the commits it was made of."""
    evidence = app.warehouse.table("evidence")
    pulls = app.warehouse.table("pull_requests")
    squashes = app.warehouse.read(
        pulls.filter(pulls.merge_method == "squash").select("pull_request_id", "repo", "merge_commit")
    ).to_pylist()
    squash_of = {one["pull_request_id"]: f"{one['repo']}@{one['merge_commit']}" for one in squashes}
    commits = app.warehouse.read(
        app.warehouse.table("commits").select("commit_id", "author_email", "pull_request_id")
    ).to_pylist()
    change_of = {one["commit_id"]: one["pull_request_id"] for one in commits}
    signs: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    rows = app.warehouse.read(evidence.select("subject_id", "ai_class", "tool", "grade"))
    for subject, ai_class, tool, grade in zip(
        *(rows[name].to_pylist() for name in rows.column_names), strict=True
    ):
        for one in {subject, squash_of.get(subject), squash_of.get(change_of.get(subject))}:
            if one is not None:
                signs[one].append((grade, tool, ai_class))
    return Known(
        {subject: _mark(found) for subject, found in signs.items()},
        {one["commit_id"]: one["author_email"] for one in commits},
    )


def _mark(signs: Sequence[tuple[str, str, str]]) -> Mark:
    """The class that signs come to, and the tool of the best sign of that class."""
    found = strongest(ai_class for _, _, ai_class in signs)
    tools = [(grade, tool) for grade, tool, ai_class in signs if ai_class == found]
    return (found, min(tools)[1]) if tools else PLAIN
