"""What kind of work a change or a ticket is: feature, fix, debt, docs_qa, by rules on its title, branch, labels and kind.

The organisation's rules ([[work_types]] in payback.toml) come first, in their order; then the ones below, which read the
prefixes of Conventional Commits, the usual branch prefixes and the usual labels. What no rule fits is None, not "other".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FIELDS = ("title", "branch", "label", "kind")


@dataclass(frozen=True, slots=True)
class Rule:
    """`work_type` where the text in `field` (title, branch, label, kind of ticket) holds `pattern`, capitals aside."""

    work_type: str
    field: str
    pattern: str

    def fits(self, texts: Iterable[str]) -> bool:
        return any(re.search(self.pattern, text, re.IGNORECASE) for text in texts)


def _words(*words: str) -> str:
    return rf"(^|[^a-z])({'|'.join(words)})([^a-z]|$)"


DEFAULT = (
    Rule("revert", "title", r"^revert[ :(\"]"),
    Rule("revert", "branch", r"^revert-"),
    Rule("fix", "title", r"^(fix|bugfix|hotfix)(\(|:|!| )"),
    Rule("fix", "branch", r"(^|/)(fix|bugfix|hotfix)[/-]"),
    Rule("fix", "kind", r"^(bug|defect|incident)$"),
    Rule("fix", "label", _words("bug", "hotfix", "regression")),
    Rule("debt", "title", r"^(refactor|chore|build|perf|style|deps)(\(|:|!)"),
    Rule("debt", "title", r"^(bump|update dependency|upgrade) "),
    Rule("debt", "branch", r"^(dependabot|renovate)/|(^|/)(refactor|chore)[/-]"),
    Rule("debt", "label", _words("dependencies", "tech[- ]?debt", "refactor", "cleanup")),
    Rule("docs_qa", "title", r"^(docs|test|tests|qa)(\(|:|!)"),
    Rule("docs_qa", "branch", r"(^|/)(docs|tests?|qa)[/-]"),
    Rule("docs_qa", "label", _words("documentation", "docs", "tests?", "qa", "runbook", "release notes")),
    Rule("docs_qa", "kind", r"^(test|test case|documentation|qa)"),
    Rule("feature", "title", r"^feat(\(|:|!)"),
    Rule("feature", "branch", r"(^|/)(feat|feature)[/-]"),
    Rule("feature", "kind", r"^(story|user story|feature)$"),
    Rule("feature", "label", _words("feature", "enhancement")),
)


def kind_of_work(texts: Mapping[str, Any], told: Iterable[Rule] = ()) -> str | None:
    """The work type of something with a title, a branch, labels (comma-separated) and a ticket's kind; None where no rule fits."""
    found = {
        "title": [texts.get("title") or ""],
        "branch": [texts.get("branch") or ""],
        "label": [label.strip() for label in (texts.get("labels") or "").split(",") if label.strip()],
        "kind": [texts.get("kind") or ""],
    }
    return next((rule.work_type for rule in (*told, *DEFAULT) if rule.fits(found[rule.field])), None)
