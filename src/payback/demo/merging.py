"""How a forge writes down what it merges: the message, who committed it, and the ref that keeps the head of a change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payback.demo.records import Change

OWNER = "acme"
WEB = "GitHub <noreply@github.com>"


@dataclass(frozen=True, slots=True)
class Merging:
    """Forms with `number`, `title`, `branch`, `repo` and `owner` of a change; who merges commits there, None is the person."""

    head: str
    merge: str
    squash: str
    revert: str
    committer: str | None = None

    def told(self, form: str, change: Change) -> str:
        """One of the forms, filled in."""
        return form.format(
            number=change.number, title=change.title, branch=change.branch, repo=change.repo, owner=OWNER
        )


GITHUB = Merging(
    head="refs/pull/{number}/head",
    merge="Merge pull request #{number} from {owner}/{branch}\n\n{title}\n",
    squash="{title} (#{number})",
    revert="Reverts {owner}/{repo}#{number}",
    committer=WEB,
)
GITLAB = Merging(
    head="refs/merge-requests/{number}/head",
    merge="Merge branch '{branch}' into 'main'\n\n{title}\n\nSee merge request {owner}/{repo}!{number}\n",
    squash="{title}",
    revert="This reverts merge request !{number}",
)
