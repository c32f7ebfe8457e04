"""How a forge writes down what it merges: the message, who committed it, and the ref that keeps the head of a change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payback.demo.people import TEAMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payback.demo.records import Change

OWNER = "acme"
WEB = "GitHub <noreply@github.com>"


@dataclass(frozen=True, slots=True)
class Merging:
    """Forms with `number`, `title`, `branch`, `repo` and `owner` of a change; `head` is None where no ref keeps one. Who merges
    commits there, None is the person. Numbers are counted by repository from where `first` says.
    """

    head: str | None
    merge: str
    squash: str
    revert: str
    committer: str | None = None
    first: Mapping[str, int] = field(default_factory=dict)

    def number(self, change: Change) -> int:
        """What the host calls a change."""
        return self.first.get(change.repo, 0) + change.number

    def told(self, form: str, change: Change) -> str:
        """One of the forms, filled in."""
        return form.format(
            number=self.number(change),
            title=change.title,
            branch=change.branch,
            repo=change.repo,
            owner=OWNER,
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
AZURE_DEVOPS = Merging(
    head=None,
    merge="Merged PR {number}: {title}\n",
    squash="Merged PR {number}: {title}",
    revert="Reverts !{number}",
    first={
        name: 10_000 * place for place, name in enumerate(sorted({team.repo for team in TEAMS if team.repo}))
    },
)
