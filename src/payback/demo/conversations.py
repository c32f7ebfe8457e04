"""How one conversation with an agent goes: instructions, requests with token counts that make sense, calls, failures.

The context grows with what calls bring back; a vendor's cache serves it again until it has gone cold; compaction cuts
it. Knows models by family only, and no log format.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, get_args

from payback.demo.prices import OPUS
from payback.demo.records import Call, Kind, Request, Turn
from payback.demo.words import NOUNS, prose

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

KINDS: tuple[Kind, ...] = get_args(Kind)
KIND_WEIGHTS = (30, 24, 14, 12, 17, 3)
BRINGS = {
    "read": (2500, 22000),
    "edit": (200, 900),
    "test": (1000, 14000),
    "shell": (100, 3000),
    "search": (300, 6000),
    "subagent": (700, 3500),
}
FAILS = {"read": 0.01, "edit": 0.04, "test": 0.3, "shell": 0.06, "search": 0.01, "subagent": 0.02}
SHELL = ("git status --short", "git diff --stat", "ls src", "make lint")
FULL = 150_000
LARGEST = 185_000  # prompts stay in the first price tier
WARM_5M, WARM_1H, WARM_GPT = 300, 3600, 600
LONGEST = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Brief:
    """What determines a conversation: when, with which models, how long, how prone to going round in circles.

    Without a `side_model` there are no subagents. `context` is what it takes over from another conversation; `calls` are the
    fewest and the most that an instruction leads to.
    """

    started_at: datetime
    until: datetime
    model: str
    side_model: str
    turns: int
    loops: float
    context: int = 0
    calls: tuple[int, int] = (1, 8)


def converse(chance: Random, brief: Brief) -> list[Turn]:
    """The turns of a conversation in order of time; empty if it would begin at or after `until`."""
    return _Talk(chance, brief).turns()


class _Talk:
    def __init__(self, chance: Random, brief: Brief) -> None:
        self.chance, self.brief = chance, brief
        self.clock = brief.started_at
        self.context = brief.context or chance.randint(30_000, 75_000)
        self.cached = 0
        self.last_at = brief.started_at
        self.last_call: Call | None = None
        self.ends = min(brief.until, brief.started_at + LONGEST)

    def turns(self) -> list[Turn]:
        told: list[Turn] = []
        for _ in range(self.brief.turns):
            turn = self.turn(compacted=self.context > FULL)
            if turn.ended_at >= self.ends:
                break
            told.append(turn)
            self.clock = turn.ended_at + timedelta(seconds=self.chance.randint(20, 900))
        return told

    def turn(self, *, compacted: bool) -> Turn:
        chance = self.chance
        if compacted:
            self.context, self.cached = chance.randint(25_000, 40_000), 0
        turn = Turn(self.clock, prose(chance, chance.randint(4, 14)), compacted=compacted)
        self.context += chance.randint(60, 2500)
        self.last_call = None
        weights = KIND_WEIGHTS if self.brief.side_model else KIND_WEIGHTS[:-1]
        kinds = chance.choices(KINDS[: len(weights)], weights, k=chance.randint(*self.brief.calls))
        calls = [self.call(kind) for kind in kinds]
        if chance.random() < self.brief.loops:
            calls += self.circles()
        for call in (*calls, None):
            turn.requests.append(self.request(call))
        if chance.random() < 0.01:
            self.clock += timedelta(seconds=chance.randint(30, 90))
            turn.gave_up_at = self.clock
            turn.gave_up_after = 2 if self.counts_attempts else 0
        return turn

    @property
    def counts_attempts(self) -> bool:
        """Gemini CLI writes down that a request failed, but not how often it tried."""
        return not self.brief.model.startswith("gemini")

    def circles(self) -> list[Call]:
        """The same failing check again and again, nothing changed in between."""
        times = self.chance.randint(3, 7)
        argument = f"pytest -q tests/test_{self.chance.choice(NOUNS)}.py"
        return [Call("test", argument, prose(self.chance, 8), failed=True) for _ in range(times)]

    def call(self, kind: Kind) -> Call:
        chance = self.chance
        if kind == "test":
            argument = f"pytest -q tests/test_{chance.choice(NOUNS)}.py"
        elif kind == "shell":
            argument = chance.choice(SHELL)
        else:
            argument = f"src/harbour/{chance.choice(NOUNS)}.py"
        return Call(kind, argument, prose(chance, chance.randint(2, 12)), chance.random() < FAILS[kind])

    def request(self, call: Call | None) -> Request:
        chance = self.chance
        failed = chance.choice((1, 1, 2, 4)) if chance.random() < 0.012 and self.counts_attempts else 0
        self.clock += timedelta(milliseconds=chance.randint(7_000, 40_000) + failed * 9_000)
        output = chance.randint(60, 500) if call else chance.randint(200, 1800)
        if call and call.kind == "edit":
            output += chance.randint(200, 2200)
        request = self.answered(output)
        request.call, request.failed_attempts = call, failed
        request.repeats = _repeats(self.last_call, call)
        if call and call.kind == "subagent":
            call.side = self.side()
        brought = chance.randint(*BRINGS[call.kind]) if call else 0
        self.context = min(self.context + output + brought, LARGEST)
        self.last_at, self.last_call = self.clock, call
        return request

    def answered(self, output: int) -> Request:
        """The request with its token counts by the vendor's own way of caching."""
        idle = (self.clock - self.last_at).total_seconds()
        if self.brief.model.startswith("gpt"):
            return self.answered_from_blocks(output, warm=idle < WARM_GPT)
        if self.brief.model.startswith("gemini"):
            return self.answered_from_part(output)
        long_lived = self.brief.model == OPUS
        read = self.cached if idle < (WARM_1H if long_lived else WARM_5M) else 0
        fresh = self.chance.randint(1, 12)
        written = self.context - read
        self.cached = self.context
        return Request(
            self.clock,
            self.brief.model,
            fresh,
            read,
            0 if long_lived else written,
            written if long_lived else 0,
            output,
        )

    def answered_from_blocks(self, output: int, *, warm: bool) -> Request:
        """Whole blocks of 128 tokens are served again."""
        read = self.cached // 128 * 128 if warm else 0
        self.cached = self.context
        thought = self.chance.randint(0, output // 2)
        return Request(self.clock, self.brief.model, self.context - read, read, 0, 0, output, thought)

    def answered_from_part(self, output: int) -> Request:
        """Some part is served again, most of the time; thoughts come on top of the answer."""
        read = self.cached * 3 // 4 if self.chance.random() < 0.7 else 0
        self.cached = self.context
        thought = self.chance.randint(0, output // 2)
        total = output + thought
        return Request(self.clock, self.brief.model, self.context - read, read, 0, 0, total, thought)

    def side(self) -> tuple[Request, ...]:
        """A subagent's own requests; they end before the conversation goes on."""
        brief = Brief(self.clock, self.ends, self.brief.side_model, self.brief.side_model, 1, 0.0)
        talk = _Talk(self.chance, brief)
        talk.context = self.chance.randint(6_000, 12_000)
        kinds: list[Kind] = self.chance.choices(("read", "search", "shell"), k=self.chance.randint(1, 4))
        requests = [talk.request(talk.call(kind)) for kind in kinds]
        requests.append(talk.request(None))
        self.clock = requests[-1].occurred_at
        return tuple(requests)


def _repeats(before: Call | None, now: Call | None) -> bool:
    """The call does once more, word for word, what had just failed."""
    if before is None or now is None:
        return False
    return before.failed and (before.kind, before.argument) == (now.kind, now.argument)
