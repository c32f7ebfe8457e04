"""Rules 14 and 15 over any damage: a broken line costs itself and nothing else, and no text of a log is ever stored."""

from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payback.ledger.identity import merge
from payback.sources.agents.claude import CLAUDE
from payback.sources.agents.codex import CODEX
from payback.sources.agents.listed_prices import ListedPrices
from payback.sources.agents.reader import Places
from payback.sources.agents.tally import tally

NEEDLE = "PLANTED-TEXT"


def claude(number: int) -> bytes:
    usage = {"input_tokens": number, "output_tokens": 7}
    block = {"type": "text", "text": f"{NEEDLE} {number}"}
    message = {
        "id": f"m{number}",
        "model": "claude-sonnet-4-5",
        "role": "assistant",
        "content": [block],
        "stop_reason": "end_turn",
        "usage": usage,
    }
    line = {
        "type": "assistant",
        "requestId": f"r{number}",
        "sessionId": "s1",
        "uuid": f"u{number}",
        "timestamp": "2026-10-05T10:00:00.000Z",
        "message": message,
    }
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


def codex(number: int) -> bytes:
    counts = {
        "input_tokens": number,
        "cached_input_tokens": 0,
        "output_tokens": 7,
        "reasoning_output_tokens": 0,
        "total_tokens": number + 7,
    }
    total = {name: value * 1000 + number for name, value in counts.items()}
    info = {"last_token_usage": counts, "total_token_usage": total}
    line = {
        "timestamp": "2026-10-05T10:00:00.000Z",
        "type": "event_msg",
        "payload": {"type": "token_count", "info": info},
    }
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


FOLDERS = {CLAUDE: ".claude/projects/-app", CODEX: ".codex/sessions/2026/10/05"}
damage = st.one_of(
    st.binary(max_size=60).map(lambda data: data.replace(b"\n", b" ") + b"\n"),
    st.text(max_size=40).map(
        lambda text: (
            json.dumps({"type": "assistant", "message": {"usage": text}, "note": NEEDLE}).encode() + b"\n"
        )
    ),
    st.sampled_from(
        [
            b"{}\n",
            b"[]\n",
            b"null\n",
            b'{"type":"assistant","message":null}\n',
            b'{"type":"assistant","message":{"usage":{"output_tokens":-5}},"timestamp":"x"}\n',
            b"\x00\x00\n",
            b'{"type":"assistant"\n',
        ]
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    good=st.sets(st.integers(1, 50), max_size=5),
    bad=st.lists(damage, max_size=5),
    random=st.randoms(use_true_random=False),
)
def test_whatever_stands_between_them_the_good_lines_count(tmp_path_factory, good, bad, random):
    home: Path = tmp_path_factory.mktemp("home")
    for reader, line in ((CLAUDE, claude), (CODEX, codex)):
        lines = [*(line(number) for number in sorted(good)), *bad]
        random.shuffle(lines)
        path = home / FOLDERS[reader] / "rollout-log.jsonl"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"".join(lines))
        reading = reader.read(path, None, None)
        assert {usage.input_tokens for usage in merge(reading.usages)} == good
        assert NEEDLE not in repr(reading)
    told = tally(Places(home, {}, "linux"), ZoneInfo("UTC"), ListedPrices()).totals()
    assert (told["requests"], told["input_tokens"], told["output_tokens"]) == (
        2 * len(good),
        2 * sum(good),
        14 * len(good),
    )
