"""The one place where git is run: fixed words, no shell, a cleaned environment, nothing of the repository executed.

A repository may come from anyone, so its configuration must not start a program or reach a network: no external diff,
no textconv, no pager, no signature check, no lazy fetch, no transport, no hooks; and nothing is written into it.
Knows processes and time limits; knows nothing of what git prints.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payback.errors import SourceError

if sys.platform == "linux":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

_KEPT = ("PATH", "SYSTEMROOT", "SystemRoot", "PATHEXT", "TMPDIR", "TEMP", "TMP", "HOME", "USERPROFILE")
_USUAL_PATH = os.pathsep.join([os.defpath, "/usr/local/bin", "/opt/homebrew/bin", "/opt/local/bin"])
_SAFE = (
    "--no-pager", "--no-optional-locks", "--no-replace-objects", "--literal-pathspecs",
    "-c", "safe.directory=*", "-c", "core.quotepath=false", "-c", "core.fsmonitor=false",
    "-c", f"core.hooksPath={os.devnull}", "-c", "protocol.allow=never", "-c", "log.showSignature=false",
    "-c", "log.mailmap=false", "-c", "i18n.logOutputEncoding=UTF-8", "-c", "diff.renames=true",
    "-c", "log.follow=false", "-c", "diff.algorithm=myers",
    "-c", "log.showRoot=true",
)  # fmt: skip
_PIPE = 1 << 20
CHUNK = 1 << 16  # git writes 4 KiB at a time; so much is handed on together


class GitError(SourceError):
    """Git ended with a failure or ran out of time; `said` is its own last line."""

    def __init__(self, place: Path, verb: str, said: str) -> None:
        super().__init__(
            f"git {verb} failed in {place}: {said or 'no reason given'}; try `git fsck` there, the other repositories go on"
        )
        self.said = said


@dataclass(frozen=True, slots=True)
class Git:
    """How git is called: the program, the environment it sees, and the seconds a call may take."""

    program: str = "git"
    environ: Mapping[str, str] = field(default_factory=lambda: {"PATH": _USUAL_PATH})
    seconds: float = 1800.0
    reads_personal_settings: bool = False

    @classmethod
    def within(cls, environ: Mapping[str, str], seconds: float = 1800.0) -> Git:
        """Git as found on the PATH of a given environment, of which only what a process needs is passed on."""
        kept = {name: environ[name] for name in _KEPT if name in environ}
        return cls(environ={"PATH": _USUAL_PATH, **kept}, seconds=seconds)

    def isolated(self) -> dict[str, str]:
        """The environment of a call: no GIT_* of the caller, no system or personal configuration, plain English."""
        personal = {} if self.reads_personal_settings else {"GIT_CONFIG_GLOBAL": os.devnull}
        return {
            **self.environ,
            **personal,
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_COUNT": "0",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_ATTR_NOSYSTEM": "1",
        }


def run(git: Git, place: Path, words: Sequence[str], given: Iterable[bytes] = ()) -> bytes:
    """All that git prints. GitError if it fails, is missing or takes too long."""
    with stream(git, place, words, given) as chunks:
        return b"".join(chunks)


def attempt(git: Git, place: Path, words: Sequence[str]) -> bytes | None:
    """All that git prints, or None where it says no (a ref or a setting that does not exist)."""
    try:
        return run(git, place, words)
    except GitError:
        return None


@contextmanager
def stream(
    git: Git, place: Path, words: Sequence[str], given: Iterable[bytes] = ()
) -> Iterator[Iterator[bytes]]:
    """Git's output in chunks while it runs, `given` being its input. GitError at the end if it failed; leaving early
    ends the process.
    """
    with tempfile.TemporaryFile() as spoken, tempfile.TemporaryFile() as wanted:
        wanted.writelines(given)
        wanted.seek(0)
        command = [git.program, *_SAFE, "-C", str(place), *words]
        try:
            process = subprocess.Popen(
                command,
                stdin=wanted,
                stdout=subprocess.PIPE,
                stderr=spoken,
                env=git.isolated(),
                bufsize=CHUNK,
            )
        except OSError as error:
            raise GitError(place, words[0], f"git could not be started ({error.strerror})") from error
        _widen(process)
        expired = threading.Event()
        timer = threading.Timer(git.seconds, _expire, (process, expired))
        timer.daemon = True
        timer.start()
        try:
            yield _chunks(process)
            status = process.wait()
        finally:
            timer.cancel()
            _end(process)
        if expired.is_set():
            raise GitError(place, words[0], f"no end within {git.seconds:g} seconds")
        if status != 0:
            spoken.seek(0)
            raise GitError(place, words[0], _last_line(spoken.read(65536)))


@contextmanager
def ahead(chunks: Iterator[bytes], most: int = 64) -> Iterator[Iterator[bytes]]:
    """The same chunks, read by a thread while other things are done, so that git need not wait; at most so many wait."""
    held = queue.Queue[bytes](most)
    left = threading.Event()

    def put(chunk: bytes) -> None:
        while not left.is_set():
            with suppress(queue.Full):
                held.put(chunk, timeout=0.5)
                return

    def read() -> None:
        for chunk in chunks:
            put(chunk)
            if left.is_set():
                return
        put(b"")

    reader = threading.Thread(target=read, name="payback-git", daemon=True)
    reader.start()
    try:
        yield iter(held.get, b"")
    finally:
        left.set()
        reader.join()  # before the pipe is closed: its number may then be that of another pipe


def _chunks(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    out = process.stdout
    while out is not None and (chunk := out.read(CHUNK)):
        yield chunk


def _widen(process: subprocess.Popen[bytes]) -> None:
    """A pipe that holds many chunks where the system can, so that git rarely waits."""
    if sys.platform == "linux" and process.stdout is not None:
        with suppress(OSError):
            fcntl.fcntl(process.stdout.fileno(), fcntl.F_SETPIPE_SZ, _PIPE)


def _expire(process: subprocess.Popen[bytes], expired: threading.Event) -> None:
    expired.set()
    process.kill()


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    if process.stdout is not None:
        process.stdout.close()
    process.wait()


def _last_line(spoken: bytes) -> str:
    lines = spoken.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("fatal: ").removeprefix("error: ") if lines else ""
