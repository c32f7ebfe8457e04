"""How much of what line-level notes attest the weaker signs would have found: the bound of every count without notes.

Where an organisation keeps git-ai notes for some of its commits, this says how far trailers, accounts and lines of text
can be trusted for the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Recall:
    """Commits whose notes attest AI lines, and those of them that another sign marks too."""

    attested: int
    also_marked: int

    @property
    def share(self) -> float | None:
        """Found by other signs ÷ attested; None where nothing is attested."""
        return self.also_marked / self.attested if self.attested else None


def marker_recall(evidence: pa.Table) -> Recall:
    """The recall of all signs but notes on the commits that have notes, from the `evidence` table."""
    noted: set[str] = set()
    marked: set[str] = set()
    columns = (evidence[name].to_pylist() for name in ("subject_kind", "subject_id", "kind"))
    for subject_kind, subject, kind in zip(*columns, strict=True):
        if subject_kind == "commit":
            (noted if kind == "note" else marked).add(subject)
    return Recall(len(noted), len(noted & marked))
