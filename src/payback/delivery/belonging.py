"""Which workflow a change, a ticket or a deployment is the output of. Pure. The first of these that says one:

1. `requests`: of the workflows that the linked requests name and whose useful output is a change, a ticket or a deployment,
   the one that took most of the linked money.
2. `declared`: the first workflow that says in payback.toml that it makes such work; of several, the one that says it
   with the most conditions.
3. `requests` again: of the workflows that linked requests name and that do not say what their useful output is, likewise.

A workflow whose useful output is counted in pieces (`output:...`) claims no change, however many requests it makes on its
branch. A ticket belongs to the workflow of most of its changes, else to the one that declares it; a deployment to that of
most of its changes.
"""

from __future__ import annotations

from collections import Counter
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from payback.org.what import Makes, Workflow

    Row = Mapping[str, Any]
    Part = tuple[Decimal, int]
    Claim = tuple[str | None, str | None]

REQUESTS, DECLARED, CHANGES = "requests", "declared", "changes"
PIECES = "output:"
NOBODY: Claim = (None, None)


class Belonging:
    """The workflows as they are declared, asked what belongs to them."""

    def __init__(self, workflows: Iterable[Workflow] = ()) -> None:
        self._output = {one.workflow_id: one.useful_output or "" for one in workflows}
        claims = ((makes, one.workflow_id) for one in workflows for makes in one.makes)
        self._claims: Sequence[tuple[Makes, str]] = sorted(claims, key=lambda claim: -len(claim[0].told))

    def of_change(self, change: Row, parts: Mapping[str, Part]) -> Claim:
        """The workflow of a change and how that is known. `change` has repo, branch, author, labels, work_type; `parts` the
        linked money and requests of each workflow that requests name.
        """
        said = {name: part for name, part in parts.items() if self._output.get(name, "")}
        silent = {name: part for name, part in parts.items() if not self._output.get(name, "")}
        if found := _most({name: said[name] for name in said if not self._output[name].startswith(PIECES)}):
            return found, REQUESTS
        if found := self._declared(change, ("repository", "branch", "author"), ("project",)):
            return found, DECLARED
        found = _most(silent)
        return (found, REQUESTS) if found else NOBODY

    def of_ticket(self, ticket: Row, changes: Iterable[str | None]) -> Claim:
        """The workflow of a ticket and how that is known. `ticket` has project, labels, work_type."""
        if found := most_of(changes):
            return found, CHANGES
        found = self._declared(ticket, ("project",), ("repository", "branch", "author"))
        return (found, DECLARED) if found else NOBODY

    def _declared(self, row: Row, own: Sequence[str], others: Sequence[str]) -> str | None:
        for makes, workflow in self._claims:
            told = makes.told
            if not any(name in told for name in others) and _fits(told, row, own):
                return workflow
        return None


def most_of(workflows: Iterable[str | None]) -> str | None:
    """The workflow that most name, of equals the first by name; None where none names one."""
    counts = Counter(workflow for workflow in workflows if workflow)
    return min(counts, key=lambda name: (-counts[name], name)) if counts else None


def _most(parts: Mapping[str, Part]) -> str | None:
    return max(parts, key=lambda name: (parts[name], name)) if parts else None


def _fits(told: Mapping[str, str], row: Row, own: Sequence[str]) -> bool:
    """Whether all that a rule asks for holds: patterns for names, one of the labels, the kind of work."""
    labels = {label.strip().casefold() for label in (row.get("labels") or "").split(",")}
    return all(
        value.casefold() in labels
        if name == "label"
        else fnmatchcase((row.get(name) or "").casefold(), value.casefold())
        if name in own
        else row.get(name) == value
        for name, value in told.items()
    )
