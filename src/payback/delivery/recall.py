"""How far signs of AI can be trusted where no line-level notes are: held against those commits that have notes.

Recall is what the weaker signs (trailers, accounts, lines of text) find of the commits whose notes attest AI lines.
Precision is what of their marks, on commits that have notes at all, such a note bears out; a mark that it does not bear
out is not always wrong (a change of deletions alone has no line to attest), so it is a lower bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Recall:
    """Commits whose notes attest AI lines; those of them that another sign marks too; commits with notes that another sign
    marks (None: it is not known which commits have notes).
    """

    attested: int
    also_marked: int
    noted_and_marked: int | None = None

    @property
    def share(self) -> float | None:
        """Recall: found by other signs ÷ attested; None where nothing is attested."""
        return self.also_marked / self.attested if self.attested else None

    @property
    def precision(self) -> float | None:
        """Borne out by a note ÷ marked among commits with notes; None where none is marked."""
        return self.also_marked / self.noted_and_marked if self.noted_and_marked else None


def marker_recall(evidence: pa.Table, with_notes: AbstractSet[str] | None = None) -> Recall:
    """Recall and precision of all signs but notes, from the `evidence` table. `with_notes` are the commits that have any
    note, also one that attests no AI line.
    """
    noted: set[str] = set()
    marked: set[str] = set()
    columns = (evidence[name].to_pylist() for name in ("subject_kind", "subject_id", "kind"))
    for subject_kind, subject, kind in zip(*columns, strict=True):
        if subject_kind == "commit":
            (noted if kind == "note" else marked).add(subject)
    borne = None if with_notes is None else len((set(with_notes) | noted) & marked)
    return Recall(len(noted), len(noted & marked), borne)
