"""The fast way through Claude Code and Codex logs: bytes are searched first, and only lines that count are parsed.

A line is passed over unparsed when its first keys show, at the depth of the line itself, that it is of a kind that adds
nothing, or when it holds none of the words without which nothing can be counted. Every other line is parsed whole, so
layout, spacing and order of keys change the speed and never the result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orjson import JSONDecodeError, loads

from payback.sources.agents.claude_lines import Session
from payback.sources.agents.copies import merged
from payback.sources.agents.fields import BadFieldError
from payback.sources.agents.lines import LONGEST, Log, UnreadableLineError, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from io import FileIO

    from payback.sources.agents.codex_lines import Thread
    from payback.sources.agents.copies import Copy

HEAD, TAIL = 1200, 240
OPEN, CLOSE = b"{}"
TYPE = b'"type":"'
# The types of lines that never hold usage. What follows "message" is the inside of an assistant line.
BULKY = (b'file-history-snapshot"', b'attachment"', b'summary"', b'queue-operation"', b'ai-title"')
DULL = (b'user"', *BULKY)
ANSWER = b'"type":"assistant"'
USAGE, API_ERROR = b'"usage"', b'"api_error"'
# An answer's place, model and id stand from PLACE to the type of its message; its usage after its content.
PLACE, OUTPUT, FAR = b',"isSidechain":', b'"output_tokens":', 1000
STREAMING = b'],"stop_reason":null,"stop_sequence":null,"usage":{'

# In every rollout so far: {"timestamp":"2026-10-05T10:00:00.000Z","type":"event_msg","payload":{"type":"...
STAMP = 38
ITEM = b'","type":"response_item","payload":{'
EVENT = b'","type":"event_msg","payload":{"type":"'
NAME = STAMP + len(EVENT)
COUNT = b'token_count","info":{'
INFO = NAME + len(COUNT) - 1
NO_COUNT = b'token_count","info":null'
DULL_EVENTS = (
    NO_COUNT,
    b"agent_",
    b'user_message"',
    b"task_",
    b"exec_command_",
    b"turn_",
    b'context_compacted"',
)
LIMITS = b'"rate_limits":'
CODEX_WORDS = (b"token_count", b"turn_context", b"session_meta", b'"stream_error"', b'"error"')


class Scan:
    """What one log gave: copies of responses by key; where lines begin that could not be read, and why; how far it was
    read and what to remember there.
    """

    __slots__ = ("bad", "copies", "offset", "state")

    def __init__(self) -> None:
        self.copies: dict[Any, Copy] = {}
        self.bad: list[tuple[int, str]] = []
        self.offset = 0
        self.state: dict[str, Any] = {}

    def add(self, key: Any, copy: Copy) -> None:
        """One more copy of a response."""
        known = self.copies.get(key)
        self.copies[key] = copy if known is None else merged(known, copy)

    def line(self, raw: bytes | memoryview, offset: int, take: Callable[[dict[str, Any]], None]) -> None:
        """Parse a line and hand it on; what cannot be read is noted."""
        try:
            found = parse(raw)
            if found is not None:
                take(found)
        except (UnreadableLineError, BadFieldError) as why:
            self.bad.append((offset, str(why)))

    def finish(self, log: Log, take: Callable[[dict[str, Any]], None]) -> None:
        """What is left at the end: a last line without newline counts if it is whole, and waits for the rest if not."""
        torn = log.torn()
        self.offset = log.offset
        self.bad.extend((offset, f"the line is longer than {LONGEST >> 20} MiB") for offset in log.too_long)
        if torn.strip():
            try:
                parse(torn)
            except UnreadableLineError:
                return
            self.line(torn, log.offset, take)
        self.offset += len(torn)


def scan_claude(file: FileIO, name: str, offset: int, buffer: bytearray) -> Scan:
    """Everything countable in a session log from an offset on. `name`: the session where a line names none."""
    answers = Answers(Scan(), Session(name))
    log = Log(file, offset, buffer, is_dull_claude)
    for end in log.windows():
        _claude_window(log, end, answers)
    answers.scan.finish(log, answers.take)
    return answers.scan


def _claude_window(log: Log, end: int, answers: Answers) -> None:
    """Whole lines from the last to the first, so that the final line of a response is met before those it supersedes."""
    buffer, stop, scan = log.buffer, end - 1, answers.scan
    find, starts = buffer.find, buffer.startswith
    with memoryview(buffer) as view:
        while stop >= 0:
            start = buffer.rfind(b"\n", 0, stop) + 1
            type_ = find(TYPE, start, start + HEAD)
            if 0 < type_ < stop and starts(b"message", type_ + 8):
                is_dull = answers.is_superseded(buffer, start, type_, stop)
            elif buffer[start] == OPEN and buffer[stop - 1] == CLOSE:
                is_dull = (
                    start < type_ < stop
                    and starts(DULL, type_ + 8)
                    and find(b"{", start + 1, type_) < 0
                    and find(ANSWER, max(start, stop - TAIL), stop) < 0
                ) or (find(USAGE, start, stop) < 0 and find(API_ERROR, start, stop) < 0)
            else:
                is_dull = False
            if not is_dull:
                scan.line(view[start:stop], log.offset + start, answers.take)
            stop = start - 1


class Answers:
    """Reads the lines of one session, the last of them first, and adds what they say."""

    __slots__ = ("_final", "_head", "_output", "_request", "scan", "session")

    def __init__(self, scan: Scan, session: Session) -> None:
        self.scan, self.session = scan, session
        self._head = self._request = b""
        self._output, self._final = -1, False

    def take(self, line: dict[str, Any]) -> None:
        """Add what a line says."""
        found = self.session.copies(line)
        for key, copy in found:
            self.scan.add(key, copy)
        if found:
            (_, request), ((self._output, self._final, *_), _) = found[0]
            self._request = b'"requestId":"%b"' % request.encode()

    def is_superseded(self, buffer: bytearray, start: int, type_: int, stop: int) -> bool:
        """Whether a line only repeats, with less output, the response that was taken last: the same place, model and ids
        by their bytes, no reason to stop yet, and its usage after its content.
        """
        begin = buffer.find(PLACE, start, type_)
        if not self._head or not buffer.startswith(self._head, begin):
            self._head, self._output = bytes(buffer[begin:type_]), -1
            return False
        usage = buffer.rfind(STREAMING, max(type_, stop - FAR), stop)
        output = buffer.find(OUTPUT, usage, stop) + len(OUTPUT)
        if usage < 0 or output < usage or buffer.find(self._request, output, stop) < 0:
            return False
        digits = bytes(buffer[output : output + 12]).partition(b",")[0]
        return digits.isdigit() and (int(digits), False) < (self._output, self._final)


def is_dull_claude(head: bytearray, kinds: tuple[bytes, ...] = DULL) -> bool:
    """Whether a line that begins so adds nothing, however it goes on: it is of one of these types."""
    type_ = head.find(TYPE, 0, HEAD)
    return type_ > 0 and head.startswith(kinds, type_ + 8) and head.find(b"{", 1, type_) < 0


def scan_codex(file: FileIO, thread: Thread, offset: int, buffer: bytearray) -> Scan:
    """Everything countable in a rollout from an offset on, where the thread stands as it did there."""
    counts = Counts(Scan(), thread)
    log = Log(file, offset, buffer, is_dull_codex)
    for end in log.windows():
        _codex_window(log, end, counts)
    counts.scan.finish(log, counts.take)
    counts.scan.state = thread.state()
    return counts.scan


class Counts:
    """Reads the lines of one rollout and adds what they say."""

    __slots__ = ("scan", "thread")

    def __init__(self, scan: Scan, thread: Thread) -> None:
        self.scan, self.thread = scan, thread

    def take(self, line: Mapping[str, Any]) -> None:
        """Add what a line says."""
        if (found := self.thread.take(line)) is not None:
            self.scan.add(*found)

    def take_cut(self, log: Log, start: int, end: int) -> bool:
        """The same for a token count of the usual frame, of which only the info up to `end` is parsed."""
        try:
            info = loads(log.buffer[start + INFO : end])
        except JSONDecodeError:
            return False
        try:
            found = self.thread.call(log.buffer[start + 14 : start + STAMP].decode("ascii", "replace"), info)
        except BadFieldError as why:
            self.scan.bad.append((log.offset + start, str(why)))
        else:
            if found is not None:
                self.scan.add(*found)
        return True


def _codex_window(log: Log, end: int, counts: Counts) -> None:
    buffer, start = log.buffer, 0
    find, starts = buffer.find, buffer.startswith
    with memoryview(buffer) as view:
        while start < end:
            stop = find(b"\n", start, end)
            if starts(COUNT, start + NAME) and starts(EVENT, start + STAMP) and buffer[stop - 1] == CLOSE:
                limits = find(LIMITS, start, stop)
                if limits > 0 and counts.take_cut(log, start, limits - 1):
                    start = stop + 1
                    continue
            elif buffer[start] == OPEN and buffer[stop - 1] == CLOSE:
                known = starts(ITEM, start + STAMP) or (
                    starts(EVENT, start + STAMP) and starts(DULL_EVENTS, start + NAME)
                )
                if known:
                    is_dull = find(LIMITS, max(start, stop - TAIL), stop) < 0 or starts(
                        NO_COUNT, start + NAME
                    )
                else:
                    is_dull = all(find(word, start, stop) < 0 for word in CODEX_WORDS)
                if is_dull:
                    start = stop + 1
                    continue
            counts.scan.line(view[start:stop], log.offset + start, counts.take)
            start = stop + 1


def is_dull_codex(head: bytearray) -> bool:
    """Whether a line that begins so adds nothing, however it goes on."""
    return head.startswith(ITEM, STAMP) or (
        head.startswith(EVENT, STAMP) and head.startswith(DULL_EVENTS, NAME)
    )
