"""The register of AI signs as values, read once from the data file that ships with payback.

Answers: what is known of each tool's accounts, addresses, branches, trailers, labels and lines of text. Does not decide what a
commit is; `markers` does.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Known:
    """What one sign stands for. `acts` holds what an account does: author, reviewer, coauthor."""

    tool: str
    grade: str
    acts: frozenset[str] = frozenset()
    also_a_person: bool = False


@dataclass(frozen=True, slots=True)
class TrailerRule:
    """A trailer key that stands for a tool, or (`named`) one whose value must name a known tool."""

    key: str
    grade: str
    tool: str | None
    value: re.Pattern[str] | None
    names_session: bool
    named: bool


@dataclass(frozen=True, slots=True)
class TextRule:
    """A line that stands for a tool within its scopes: subject, commit, pull_request."""

    tool: str
    grade: str
    scopes: frozenset[str]
    line: re.Pattern[str]
    names_session: bool


@dataclass(frozen=True, slots=True)
class Registry:
    """Everything known of AI signs. All keys of logins, addresses and trailers are lower case; `texts` are by scope."""

    version: str
    account_ids: Mapping[int, Known]
    logins: Mapping[str, Known]
    emails: Mapping[str, Known]
    branches: Mapping[str, Known]
    trailers: Mapping[str, TrailerRule]
    names: Mapping[str, Known]
    texts: Mapping[str, tuple[TextRule, ...]]
    suffixes: Mapping[str, Known]
    labels: Mapping[str, Known]
    aliases: Mapping[str, str]
    automation_logins: frozenset[str]
    automation_emails: frozenset[str]
    reviewers: frozenset[str]

    def tool(self, name: str) -> str:
        """The name payback uses for a tool that a note or trace calls otherwise."""
        return self.aliases.get(name.lower(), name.lower().replace("-", "_").replace(" ", "_"))


@cache
def registry() -> Registry:
    """The register that ships with payback."""
    return parse_registry(tomllib.loads(_text_of_file()))


@cache
def edition() -> str:
    """A digest of the register that ships, without reading what it says: it changes with every word of it."""
    return blake2b(_text_of_file().encode(), digest_size=8).hexdigest()


@cache
def _text_of_file() -> str:
    return Path(__file__).with_name("ai_markers.toml").read_text(encoding="utf-8")


def parse_registry(data: Mapping[str, Any]) -> Registry:
    """A register from its parsed data file. KeyError or re.error where the file itself is wrong."""
    accounts = [(block, _known(block)) for block in data["account"]]
    return Registry(
        version=data["version"],
        account_ids={number: known for block, known in accounts for number in block.get("ids", ())},
        logins={login.lower(): known for block, known in accounts for login in block.get("logins", ())},
        emails=_named(data["emails"]),
        branches=_named(data["branches"]),
        trailers={block["key"]: _trailer(block) for block in data["trailer"]},
        names=_named(data["names"]),
        texts=_by_scope(tuple(map(_text, data["text"]))),
        suffixes=_named(data["suffixes"]),
        labels=_named(data["labels"]),
        aliases=data["aliases"],
        automation_logins=frozenset(login.lower() for login in data["automation"]["logins"]),
        automation_emails=frozenset(data["automation"]["emails"]),
        reviewers=frozenset(login.lower() for login in data["reviewers"]["logins"]),
    )


def _known(block: Mapping[str, Any]) -> Known:
    return Known(
        block["tool"],
        block.get("grade", "A"),
        frozenset(block.get("acts", ())),
        block.get("also_a_person", False),
    )


def _named(table: Mapping[str, Mapping[str, Any]]) -> dict[str, Known]:
    return {name.lower(): _known(block) for name, block in table.items()}


def _trailer(block: Mapping[str, Any]) -> TrailerRule:
    return TrailerRule(
        key=block["key"],
        grade=block["grade"],
        tool=block.get("tool"),
        value=re.compile(block["value"]) if "value" in block else None,
        names_session=block.get("session", False),
        named=block.get("named", False),
    )


def _by_scope(rules: tuple[TextRule, ...]) -> dict[str, tuple[TextRule, ...]]:
    scopes = {scope for rule in rules for scope in rule.scopes}
    return {scope: tuple(rule for rule in rules if scope in rule.scopes) for scope in scopes}


def _text(block: Mapping[str, Any]) -> TextRule:
    return TextRule(
        tool=block["tool"],
        grade=block["grade"],
        scopes=frozenset(block["scope"]),
        line=re.compile(block["line"], re.MULTILINE),
        names_session=block.get("session", False),
    )
