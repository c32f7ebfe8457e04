"""Which signs of AI a commit, a branch or a description carries, each with its class and grade.

One resolver for all: numeric account id before login, whole addresses, never domains. Three classes and no fourth: no
sign found means `none_detected`, never that a person wrote it. Attribution can be switched off in every tool, so
counts that stand on these signs are lower bounds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from payback.delivery.messages import Trailer, person_of, subject_of, trailers_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from payback.delivery.registry import Known, Registry, TrailerRule

AiClass = Literal["agent_authored", "agent_assisted", "none_detected"]
Kind = Literal[
    "note", "account", "branch", "trailer", "pr_marker", "text", "session", "label", "vendor", "trace"
]  # fmt: skip

_NOREPLY = re.compile(r"^(?:(\d{1,12})\+)?([^@+]+)@users\.noreply\.(?:github\.com|[a-z0-9.-]+)$")
_PEOPLE_KEYS = ("co-authored-by", "signed-off-by", "co-developed-by", "assisted-by", "generated-by")
_MODEL_WORDS = re.compile(
    r"^(?:$|[:(\[/,-]|v?\d|(?:opus|sonnet|haiku|fable|pro|flash|code|cli|max|mini|agent|ai|gpt)\b)",
    re.IGNORECASE,
)
_DISPLAY_MODEL = re.compile(r"^(?:(Claude (?!Code\b)[^()]{2,60}?)(?:\s*\(.*)?|[^()]*\(([^()]{2,60})\))$")


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign. `seen_in` names the place (author, co-authored-by, head branch, ...), never its text."""

    kind: Kind
    ai_class: AiClass
    tool: str
    grade: str
    seen_in: str
    model: str | None = None
    session_id: str | None = None
    lines: int | None = None


@dataclass(frozen=True, slots=True)
class CommitText:
    """What of a commit can carry signs."""

    author_name: str
    author_email: str
    message: str


def signs_of_commit(commit: CommitText, known: Registry) -> tuple[Sign, ...]:
    """The distinct signs in a commit's author and message, strongest first."""
    automated = (
        is_automation(commit.author_email, known) or commit.author_name.lower() in known.automation_logins
    )
    found = [*_author_signs(commit, known), *_trailer_signs(commit.message, known, mid_body=not automated)]
    if not automated:
        found += _text_signs(commit.message, "commit", known)
    return _distinct(found)


def signs_of_description(text: str, known: Registry, *, by_automation: bool) -> tuple[Sign, ...]:
    """The signs in a pull request's description; none where an automation wrote it."""
    return () if by_automation else _distinct(_text_signs(text, "pull_request", known))


def sign_of_branch(branch: str | None, known: Registry) -> Sign | None:
    """The sign that a head branch's prefix gives."""
    for prefix, tool in known.branches.items():
        if branch and branch.lower().startswith(prefix) and len(branch) > len(prefix):
            return Sign("branch", "agent_assisted", tool.tool, tool.grade, "head branch")
    return None


def sign_of_account(login: str | None, number: int | None, known: Registry) -> Sign | None:
    """The sign that an account which opened a change gives; None for accounts that only review or co-author."""
    account = _account(login, number, known)
    if account is None or "author" not in account.acts:
        return None
    return Sign("account", "agent_authored", account.tool, account.grade, "author")


def ai_class(signs: Iterable[Sign]) -> AiClass:
    """The class of a change from its signs: authored wins over assisted; no sign is `none_detected`."""
    return strongest(sign.ai_class for sign in signs)


def strongest(classes: Iterable[str]) -> AiClass:
    """The class that a collection of classes comes to."""
    found = set(classes)
    if "agent_authored" in found:
        return "agent_authored"
    return "agent_assisted" if "agent_assisted" in found else "none_detected"


def is_automation(email: str, known: Registry) -> bool:
    """Whether an address belongs to automation that is not AI (dependency updates, releases, formatting)."""
    address = email.lower()
    found = _NOREPLY.match(address)
    return address in known.automation_emails or bool(
        found and found[2] in known.automation_logins and _by_id(found[1], known) is None
    )


def _author_signs(commit: CommitText, known: Registry) -> Iterator[Sign]:
    account = _by_address(commit.author_email, known)
    if account is not None and not _only_reviews(account):
        authored = not account.acts or "author" in account.acts
        model = _display_model(commit.author_name)
        ai: AiClass = "agent_authored" if authored else "agent_assisted"
        yield Sign("account", ai, account.tool, account.grade, "author", model)
    for suffix, tool in known.suffixes.items():
        if commit.author_name.lower().endswith(suffix):
            yield Sign("account", "agent_assisted", tool.tool, tool.grade, "author name")


def _trailer_signs(message: str, known: Registry, *, mid_body: bool) -> Iterator[Sign]:
    for trailer in trailers_of(message):
        if not (mid_body or trailer.in_last_paragraph):
            continue
        if trailer.key in _PEOPLE_KEYS and (person := person_of(trailer.value)):
            account = _by_address(person[1], known)
            if account is not None:
                grade = "C" if _only_reviews(account) else account.grade
                model = _display_model(person[0])
                yield Sign("trailer", "agent_assisted", account.tool, grade, trailer.key, model)
                continue
        if rule := known.trailers.get(trailer.key):
            yield from _ruled(trailer, rule, known)


def _ruled(trailer: Trailer, rule: TrailerRule, known: Registry) -> Iterator[Sign]:
    if rule.named:
        named = _named_tool(trailer.value, known) if trailer.in_last_paragraph else None
        if named is not None:
            yield Sign("trailer", "agent_assisted", named[0], rule.grade, trailer.key, named[1])
        return
    found = rule.value.search(trailer.value) if rule.value else None
    if found is None or rule.tool is None or not (rule.names_session or trailer.in_last_paragraph):
        return
    session = found[1] if rule.names_session else None
    kind: Kind = "session" if session else "trailer"
    yield Sign(kind, "agent_assisted", rule.tool, rule.grade, trailer.key, session_id=session)


def _text_signs(text: str, scope: str, known: Registry) -> Iterator[Sign]:
    kind: Kind = "pr_marker" if scope == "pull_request" else "text"
    places = {scope: text.replace("\r\n", "\n")}
    if scope == "commit":
        places["subject"] = subject_of(text)
    for name, place in places.items():
        for rule in known.texts.get(name, ()):
            for found in rule.line.finditer(place):
                session = found[1] if rule.names_session else None
                yield Sign(kind, "agent_assisted", rule.tool, rule.grade, scope, session_id=session)


def _named_tool(value: str, known: Registry) -> tuple[str, str | None] | None:
    """Tool and model of `Claude Code (opus)`, `Codex:gpt-5`, ...; None for people and `none`."""
    plain = value.split("<", 1)[0].strip()
    lowered = plain.lower()
    for name in sorted(known.names, key=len, reverse=True):
        rest = plain[len(name) :]
        if not lowered.startswith(name) or (rest and rest[0].isalnum()):
            continue
        entry = known.names[name]
        if entry.also_a_person and ("<" in value or not _MODEL_WORDS.match(rest.strip())):
            return None
        model = rest.strip().strip(":()[]/, ").split(" [", 1)[0].strip()
        return entry.tool, model or None
    return None


def _by_address(email: str, known: Registry) -> Known | None:
    address = email.strip().lower()
    if found := _NOREPLY.match(address):
        return _account(found[2], int(found[1]) if found[1] else None, known)
    return known.emails.get(address)


def _account(login: str | None, number: int | None, known: Registry) -> Known | None:
    if number is not None and (account := known.account_ids.get(number)):
        return account
    return known.logins.get(login.lower()) if login else None


def _by_id(text: str | None, known: Registry) -> Known | None:
    return known.account_ids.get(int(text)) if text else None


def _only_reviews(account: Known) -> bool:
    return account.acts == frozenset({"reviewer"})


def _display_model(name: str) -> str | None:
    found = _DISPLAY_MODEL.match(name.strip())
    if not found:
        return None
    model = (found[1] or found[2]).strip()
    return model if any(letter.isdigit() for letter in model) else None


def _distinct(signs: Iterable[Sign]) -> tuple[Sign, ...]:
    return tuple(dict.fromkeys(signs))
