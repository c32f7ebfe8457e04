"""Line-level AI records: git-ai authorship notes (refs/notes/ai) and agent-trace records.

Answers: which sessions of which tools wrote how many lines of a commit, and what of a note could not be read. A line
in no range is untracked, not a person's. File names are counted through, never kept; prompts are never looked at.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from payback.delivery.markers import Sign

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from payback.delivery.registry import Registry

NOTES_REF = "refs/notes/ai"
_RANGES = re.compile(r"^\d{1,9}(?:-\d{1,9})?(?:,\d{1,9}(?:-\d{1,9})?)*$")
_HUMAN = re.compile(r"^(?:h_[0-9a-f]+|human)$")
_AGENT = re.compile(r"^(?:s_[0-9a-f]+(?:::t_[0-9a-f]+)?|[0-9a-f]{5,36})$")
_MOST_LINES = 10_000_000


@dataclass(frozen=True, slots=True)
class Attested:
    """Lines of one commit that one agent session wrote. `session_id` is the tool's own id: it joins to cost."""

    tool: str
    model: str | None
    session_id: str | None
    lines: int


@dataclass(frozen=True, slots=True)
class Note:
    """One note: lines by agent session, lines attested to people, and what could not be read."""

    attested: tuple[Attested, ...] = ()
    human_lines: int = 0
    problems: tuple[str, ...] = ()


@dataclass(slots=True)
class _Tally:
    lines: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    problems: list[str] = field(default_factory=list)


def parse_note(text: str, known: Registry) -> Note:
    """A git-ai note as counts. Never fails: what is not understood is named in `problems`. A key of an agent's form that
    the note does not describe is an agent's all the same, of an unknown tool.
    """
    head, divider, tail = _halves(text)
    tally = _tally(head)
    if not divider:
        tally.problems.append("the note has no '---' line")
    agents = _agents(_object(tail, tally) if divider else {}, known)
    attested: dict[tuple[str, str | None, str | None], int] = defaultdict(int)
    human = 0
    for key, lines in tally.lines.items():
        if _HUMAN.match(key):
            human += lines
            continue
        agent = agents.get(key.split("::", 1)[0])
        if agent is None:
            tally.problems.append("lines are attested to a key that the note does not describe")
        if agent or _AGENT.match(key):
            attested[agent or ("unknown_agent", None, None)] += lines
    rows = (Attested(*agent, lines) for agent, lines in attested.items())
    return Note(tuple(rows), human, tuple(dict.fromkeys(tally.problems)))


def signs_of_note(note: Note) -> tuple[Sign, ...]:
    """One sign per agent session with attested lines."""
    return tuple(
        Sign("note", "agent_assisted", one.tool, "A", NOTES_REF, one.model, one.session_id, one.lines)
        for one in note.attested
        if one.lines > 0
    )


def parse_trace(record: object, known: Registry) -> tuple[str | None, tuple[Attested, ...]]:
    """The git revision of an agent-trace record and its AI lines by tool, model and conversation; empty if unreadable."""
    if not isinstance(record, dict):
        return None, ()
    vcs, named = _dict(record.get("vcs")), _dict(record.get("tool"))
    revision = vcs.get("revision") if vcs.get("type", "git") == "git" else None
    tool = known.tool(name) if isinstance(name := named.get("name"), str) and name else "unknown_agent"
    lines: dict[tuple[str, str | None, str | None], int] = defaultdict(int)
    for conversation in _conversations(record):
        owner = _dict(conversation.get("contributor"))
        url = _text(conversation.get("url"))
        for span in _dicts(conversation.get("ranges")):
            who = _dict(span.get("contributor")) or owner
            if who.get("type") in {"ai", "mixed"}:
                lines[tool, _text(who.get("model_id")), url] += _span(
                    span.get("start_line"), span.get("end_line")
                )
    rows = tuple(Attested(*owner_key, count) for owner_key, count in lines.items() if count)
    return (revision if isinstance(revision, str) else None), rows


def _halves(text: str) -> tuple[str, bool, str]:
    if text.startswith("---\n"):
        return "", True, text[4:]
    head, divider, tail = text.replace("\r\n", "\n").partition("\n---\n")
    return head, bool(divider), tail


def _tally(head: str) -> _Tally:
    tally = _Tally()
    for line in head.split("\n"):
        if not line.startswith("  "):
            continue
        key, _, ranges = line.strip().partition(" ")
        if _RANGES.match(ranges):
            tally.lines[key] += _count(ranges)
        else:
            tally.problems.append("line ranges of another form")
    return tally


def _count(ranges: str) -> int:
    total = 0
    for part in ranges.split(","):
        first, dash, last = part.partition("-")
        total += _span(int(first), int(last if dash else first))
    return total


def _span(first: object, last: object) -> int:
    if not (isinstance(first, int) and isinstance(last, int)):
        return 0
    return min(max(0, last - first + 1), _MOST_LINES)


def _object(text: str, tally: _Tally) -> Mapping[str, Any]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        tally.problems.append("the note's JSON is broken")
        return {}
    if isinstance(parsed, dict):
        return parsed
    tally.problems.append("the note's JSON is not an object")
    return {}


def _agents(data: Mapping[str, Any], known: Registry) -> dict[str, tuple[str, str | None, str | None]]:
    found: dict[str, tuple[str, str | None, str | None]] = {}
    for section in ("prompts", "sessions"):
        for key, entry in _dict(data.get(section)).items():
            agent = _dict(_dict(entry).get("agent_id"))
            tool = agent.get("tool")
            name = known.tool(tool) if isinstance(tool, str) and tool else "unknown_agent"
            found[key] = (name, _text(agent.get("model")), _text(agent.get("id")))
    return found


def _conversations(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for one in _dicts(record.get("files")):
        yield from _dicts(one.get("conversations"))


def _dicts(value: object) -> Iterable[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value and value != "unknown" else None
