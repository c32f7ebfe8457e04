from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from payback.delivery.notes import Attested, parse_note, parse_trace, signs_of_note
from payback.delivery.registry import registry
from tests.desk import desk

KNOWN = registry()


def text(head: str, **sections) -> str:
    return f"{head}---\n{json.dumps({'schema_version': 'authorship/3.0.0', **sections})}"


def agent(tool: str, session: str, model: str = "m") -> dict:
    return {"agent_id": {"tool": tool, "id": session, "model": model}, "messages": [{"text": "secret"}]}


def test_lines_are_added_up_by_agent_session_over_files_and_tool_calls():
    head = (
        "src/a.py\n  s_0000000000000a::t_00000000000001 1-4,9\n  s_0000000000000a::t_00000000000002 20\n"
        '"with space.py"\n  s_0000000000000a::t_00000000000003 1-10\n  h_00000000000009 11-12\n'
    )
    note = parse_note(text(head, sessions={"s_0000000000000a": agent("claude", "S1")}, humans={}), KNOWN)
    assert note.attested == (Attested("claude_code", "m", "S1", 16),)
    assert (note.human_lines, note.problems) == (2, ())


def test_older_notes_name_prompts_by_a_bare_key():
    note = parse_note(
        text(
            "a.py\n  f4f2b364dfcacebb 1,3-4\n  human 7\n", prompts={"f4f2b364dfcacebb": agent("cursor", "C1")}
        ),
        KNOWN,
    )
    assert note.attested == (Attested("cursor", "m", "C1", 3),)
    assert note.human_lines == 1


def test_two_sessions_of_one_commit_stay_apart():
    head = "a.py\n  s_1 1\n  s_2 2-3\n"
    note = parse_note(text(head, sessions={"s_1": agent("codex", "A"), "s_2": agent("claude", "B")}), KNOWN)
    assert {(sign.tool, sign.session_id, sign.lines) for sign in signs_of_note(note)} == {
        ("codex", "A", 1),
        ("claude_code", "B", 2),
    }


def test_a_note_that_attests_no_line_is_no_sign():
    assert signs_of_note(parse_note(text("", sessions={"s_1": agent("codex", "A")}), KNOWN)) == ()


def test_lines_of_an_agents_key_that_is_not_described_are_an_unknown_agents_and_a_problem():
    note = parse_note(text("a.py\n  s_9 1-3\n  somebody 4\n", sessions={}), KNOWN)
    assert note.attested == (Attested("unknown_agent", None, None, 3),)
    assert note.problems == ("lines are attested to a key that the note does not describe",)


def test_nothing_of_a_transcript_is_kept():
    note = parse_note(text("a.py\n  s_1 1\n", sessions={"s_1": agent("codex", "A")}), KNOWN)
    assert "secret" not in repr(note)


@given(st.text(max_size=300))
def test_no_text_makes_the_reader_of_notes_fail(anything):
    for shape in (anything, f"a\n  k {anything}\n---\n{{}}", f"a\n  s_1 1\n---\n{anything}"):
        assert all(one.lines >= 0 for one in parse_note(shape, KNOWN).attested)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["prompts", "sessions", "agent_id", "s_1", "tool", "id", "files", "conversations", "ranges", "vcs", "contributor", "start_line"]), inner, max_size=4
    ),
    max_leaves=25,
)  # fmt: skip


@given(JSON)
def test_no_json_makes_the_readers_of_notes_and_traces_fail(anything):
    parse_note(f"a\n  s_1 1-3\n---\n{json.dumps(anything)}", KNOWN)
    assert isinstance(parse_trace(anything, KNOWN)[1], tuple)


def test_traces_of_the_reference_give_lines_by_model():
    examples = json.loads(desk("data/delivery/agent-trace/examples.json").read_text())
    records = (
        examples
        if isinstance(examples, list)
        else examples.get("examples", examples.get("records", [examples]))
    )
    read = [parse_trace(record, KNOWN) for record in records]
    assert any(rows for _, rows in read)
    assert all(one.lines > 0 for _, rows in read for one in rows)
