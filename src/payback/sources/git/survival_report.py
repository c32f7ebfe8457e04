"""`payback survive` as a value: which repositories, which lines and ages, and the rows of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from payback.delivery.fates import cohorts, theseus
from payback.delivery.fates.cohorts import fates, grouped, rows
from payback.delivery.fates.lines import RULES, THESEUS
from payback.errors import SourceError, UnknownNameError
from payback.sources.git.survival import followed, standing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from payback.delivery.fates.history import History, Survival
    from payback.delivery.fates.lines import Rule
    from payback.sources.git.command import Git

    KindOf = Callable[[History, int], str | None]

CUTS: Mapping[str, KindOf] = {
    "ai_class": lambda history, commit: history.mark_of(commit)[0],
    "tool": lambda history, commit: history.mark_of(commit)[1],
}
BY = (*CUTS, "team")
FOLDER = "survival"
COLUMNS = ("age_days", "added", "alive", "share")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines, at which ages in days, of commits since when (Unix seconds), as seen now, cut by what."""

    rule: Rule
    ages: tuple[int, ...]
    now: int
    since: int | None = None
    by: str = "ai_class"


def asked(rule: str, ages: str, by: str, moment: tuple[int, int | None]) -> Asked:
    """The question as typed; `moment` is now and the second from which commits are told. UnknownNameError for a rule, an
    age or a cut that there is not.
    """
    if rule not in RULES:
        raise UnknownNameError("rule", rule, tuple(RULES))
    if by not in BY:
        raise UnknownNameError("cut of survival", by, BY)
    usual = theseus.AGES if RULES[rule] is THESEUS else cohorts.AGES
    return Asked(RULES[rule], parsed_ages(ages) if ages else usual, *moment, by)


def parsed_ages(text: str) -> tuple[int, ...]:
    """Ages in days, comma-separated, each once and in order. UnknownNameError for what is no number of days."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if not (word.isascii() and word.isdigit() and 0 < int(word) < 100_000):
            raise UnknownNameError("age in days", word, tuple(map(str, cohorts.AGES)))
    return tuple(sorted({int(word) for word in words}))


def histories(
    git: Git, places: Sequence[Path], rule: Rule, folder: Path | None, jobs: int
) -> list[Survival | SourceError]:
    """The history of each repository's lines, or why there is none; by several processes where several have news."""
    read = partial(_followed, git, rule, folder)
    if jobs < 2 or len(places) < 2:
        return [read(place) for place in places]
    found = [_safely(standing, git, place, rule, folder) for place in places]
    owed = [number for number, one in enumerate(found) if one is None]
    for number, one in zip(owed, _abreast(read, [places[number] for number in owed], jobs), strict=True):
        found[number] = one
    return [one for one in found if one is not None]


def _abreast(
    read: Callable[[Path], Survival | SourceError], places: Sequence[Path], jobs: int
) -> list[Survival | SourceError]:
    if len(places) < 2:
        return [read(place) for place in places]
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(min(jobs, len(places)), mp_context=get_context("spawn")) as pool:
        return list(pool.map(read, places))


def _followed(git: Git, rule: Rule, folder: Path | None, place: Path) -> Survival | SourceError:
    found = _safely(followed, git, place, rule, folder)
    return found if found is not None else SourceError(f"{place} has no history")


def _safely(
    read: Callable[[Git, Path, Rule, Path | None], Survival | None],
    git: Git,
    place: Path,
    rule: Rule,
    folder: Path | None,
) -> Survival | SourceError | None:
    """What a reading gives; an error that another process could not hand over becomes one that it can."""
    try:
        return read(git, place, rule, folder)
    except SourceError as error:
        return SourceError(str(error))


def all_of(found: Sequence[Survival | SourceError]) -> list[History]:
    """The histories; the first refusal is raised."""
    kept = []
    for one in found:
        if isinstance(one, SourceError):
            raise one
        kept.append(one.history)
    return kept


def told(found: Sequence[History], question: Asked, kind_of: KindOf) -> list[dict[str, Any]]:
    """Rows over all histories together: one per kind of commit and age."""
    if question.rule is THESEUS:
        return theseus.rows(found, question.ages, question.by, kind_of)
    groups: dict[tuple[str | None, int], cohorts.Group] = {}
    for history in found:
        lines = fates(history, question.ages, question.now, question.since)
        for key, group in grouped(lines, partial(kind_of, history)).items():
            groups[key] = groups[key] + group if key in groups else group
    return rows(groups, question.by)


def columns(question: Asked) -> tuple[str, ...]:
    """The columns of the rows."""
    return (question.by, *COLUMNS)
