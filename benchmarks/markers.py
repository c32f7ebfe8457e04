"""How far signs of AI can be trusted, on real histories: recall and precision of markers against git-ai notes.

    PAYBACK_HISTORIES=/path/one:/path/two python -m benchmarks.markers

Repositories come from that variable, besides this project's own. Nothing of them is kept.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from payback.delivery.recall import Recall, marker_recall
from payback.sources.git.reading import read_repository

OWN = Path(__file__).resolve().parent.parent


def measured(path: Path) -> tuple[int, int, Recall]:
    """Commits read, commits marked, and recall and precision against notes."""
    reading = read_repository(path, None, datetime.now(UTC))
    subjects = set(reading.evidence["subject_id"].to_pylist())
    return reading.commits.num_rows, len(subjects), marker_recall(reading.evidence, noted(path, reading.repo))


def noted(path: Path, repo: str) -> set[str]:
    """The commits that have a note."""
    listed = subprocess.run(
        ["git", "-C", str(path), "notes", "--ref=ai", "list"], check=False, capture_output=True, text=True
    )
    return {f"{repo}@{line.split()[1]}" for line in listed.stdout.splitlines()}


def main() -> None:
    """Print one line per figure and repository."""
    told = [Path(one) for one in os.environ.get("PAYBACK_HISTORIES", "").split(os.pathsep) if one]
    if not told:
        print("PAYBACK_HISTORIES names no repository: only this project's own is read", file=sys.stderr)
    for path in [OWN, *told]:
        commits, marked, recall = measured(path)
        name = path.resolve().parent.name if path.name == "repo" else path.resolve().name
        print(f"{name} commits {commits} count")
        print(f"{name} marked {marked} count")
        print(f"{name} attested {recall.attested} count")
        for word, share in (("recall", recall.share), ("precision", recall.precision)):
            print(f"{name} {word} {'unknown' if share is None else f'{share:.3f}'} share")


if __name__ == "__main__":
    main()
