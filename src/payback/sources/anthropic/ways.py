"""Three generations of reports tell of the same money and use; one of them is asked, never two.

A `Choice` holds the ways to ask for one thing, best first, and is a stream's plan, fetch and parse. The plan asks each
allowed way for its least until one answers; the slices carry that answer to `fetch` and `parse`. All ways of a choice
write under one stream, so their rows replace one another, and each generation remembers its own progress: a better one
that opens later reads its whole past anew in place of the old rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from payback.errors import SettingsError
from payback.sources.anthropic.reply import pages
from payback.sources.http import RefusedError
from payback.sources.source import DAY, Page, Slice, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from payback.ledger.entries import Entry, Rejected
    from payback.sources.anthropic.reply import Params
    from payback.sources.http import Http
    from payback.sources.source import Ask, Context, Every, Plan

AUTO, ANALYTICS, CONSOLE, ENTERPRISE = "auto", "analytics", "console", "enterprise"
GENERATIONS = (AUTO, ANALYTICS, CONSOLE, ENTERPRISE)
ORGANISATION = "/v1/organizations"
MOST_TELLING = (401, 403, 404, 400)
NOT_THIS_ONE = frozenset(MOST_TELLING)


@dataclass(frozen=True, slots=True)
class Way:
    """One report that answers: where it is, how a slice is asked for, how its pages read, and under which settings of
    `generation` it may be asked. `lag` is how long a day takes to be published after it ended; `is_one_page` joins all
    pages of a slice, for rows that are added up.
    """

    name: str
    generation: str
    under: frozenset[str]
    path: str
    every: Every
    params: Callable[[Slice], Params]
    parse: Callable[[Page, Context], Iterable[Entry | Rejected]]
    headers: Mapping[str, str] = field(default_factory=dict)
    earliest: datetime | None = None
    lag: timedelta = timedelta()
    is_one_page: bool = False

    def slices(self, plan: Plan) -> Iterator[Slice]:
        """The stretches still to be read, by this generation's own progress."""
        begun = plan.marks.get(self.generation)
        own = replace(plan, marks={} if begun is None else {"": begun}, now=plan.now - self.lag)
        for one in self.every(own):
            since = max(one.since, self.earliest or one.since)
            if since < one.until:
                yield replace(one, since=since, key=self.generation if one.mark else "")

    def is_open(self, plan: Plan) -> RefusedError | None:
        """Nothing when the key may ask this way, else the refusal."""
        midnight = plan.now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        least = self.params(Slice(midnight - 2 * DAY, midnight - DAY, ""))
        try:
            plan.http.get(
                self.path, [(key, "1" if key == "limit" else value) for key, value in least], self.headers
            )
        except RefusedError as error:
            if error.status not in NOT_THIS_ONE:
                raise
            return error
        return None


@dataclass(frozen=True, slots=True)
class Choice:
    """The ways to ask for one thing, best first."""

    ways: tuple[Way, ...]

    def plan(self, plan: Plan) -> Iterator[Slice]:
        """The slices of the way that answers; none where the setting `generation` allows no way."""
        way = self._chosen(plan)
        if way is None:
            return
        account = organisation(plan.http, plan.told)
        for one in way.slices(plan):
            yield replace(one, what={"way": way.name, "account": account})

    def _chosen(self, plan: Plan) -> Way | None:
        told = generation(plan.told)
        allowed = [way for way in self.ways if told in way.under]
        if len(allowed) < 2:
            return next(iter(allowed), None)
        refused: list[RefusedError] = []
        for way in allowed:
            error = way.is_open(plan)
            if error is None:
                return way
            refused.append(error)
        raise min(refused, key=lambda error: MOST_TELLING.index(error.status))

    def fetch(self, ask: Ask) -> Iterator[Page]:
        """The pages of a slice, which remember the way and the organisation."""
        about = {key: value for key, value in ask.part.what.items() if value is not None}
        about["day"] = f"{ask.part.since:%Y-%m-%d}"
        way = self._named(about["way"])
        what = f"{way.path} from {ask.part.since:%Y-%m-%d}"
        bodies = pages(ask.http, way.path, way.params(ask.part), way.headers)
        if way.is_one_page:
            yield Page({"pages": list(bodies)}, what, about)
            return
        for number, body in enumerate(bodies, 1):
            yield Page(body, f"{what}, page {number}", about)

    def parse(self, page: Page, context: Context) -> Iterable[Entry | Rejected]:
        """What a page says, read as the way it came by."""
        return self._named(page.about["way"]).parse(page, context)

    def _named(self, name: str) -> Way:
        return next(way for way in self.ways if way.name == name)


@dataclass(frozen=True, slots=True)
class Listed(Snapshot):
    """A list that only some generations have: read whole each time, and not at all under another setting."""

    under: frozenset[str] = frozenset()

    def __call__(self, plan: Plan) -> Iterator[Slice]:
        """Now, with the organisation's id; or nothing."""
        if generation(plan.told) in self.under:
            account = organisation(plan.http, plan.told)
            yield Slice(plan.now, plan.now, plan.now.isoformat(), what={"account": account})


def generation(told: Mapping[str, Any]) -> str:
    """The setting `generation`. SettingsError when it is none of the four."""
    word = str(told.get("generation", AUTO))
    if word not in GENERATIONS:
        raise SettingsError(f'generation = "{word}" is not known; write one of {", ".join(GENERATIONS)}')
    return word


def organisation(http: Http, told: Mapping[str, Any]) -> str | None:
    """The organisation's id: the setting `account`, else what an admin key is told; None for other keys."""
    if told.get("account"):
        return str(told["account"])
    try:
        body = http.get(f"{ORGANISATION}/me").body
    except RefusedError:
        return None
    return str(body["id"]) if isinstance(body, dict) and body.get("id") else None
