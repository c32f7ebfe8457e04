"""A replay as it was left, in one file: what became of lines so far, and the files to go on from.

Holds hashes of commits, digests of paths and numbers; no path, line, message or address. Replaced as a whole, so a
reader sees the old one or the new one. A file that is damaged, foreign or made by other rules is as good as none.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import zlib
from array import array
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from payback.delivery.fates.history import History
from payback.delivery.fates.lines import Version
from payback.delivery.fates.replay import Superseded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FORM = f"payback lines 2 {sys.byteorder}\n".encode()
_HEAD = struct.Struct("<Q")
_DAMAGED = (OSError, ValueError, KeyError, TypeError, IndexError, struct.error, zlib.error)
_NUMBERS = {"committed": "q", "marked": "i", "moments": "i", "origins": "i", "changes": "i"}
_PIECE = 1 << 20
_NONE = b"\0" * 20


@dataclass(slots=True)
class Kept:
    """What was left: `key` by which rules and `signs` by which register it was made, the tip it reached, its history."""

    key: str
    tip: str
    signs: str
    history: History
    path: Path | None = None
    rest: int = 0
    sections: list[list[Any]] = field(default_factory=list)

    def files(self) -> tuple[dict[int, Version], dict[tuple[int, bytes | None], Superseded]] | None:
        """The files at the tip, and those replaced lately; None where they cannot be read any more."""
        try:
            if self.path is None:
                return None
            with self.path.open("rb") as file:
                file.seek(self.rest)
                return _versions(_sections(file.read(), self.sections))
        except _DAMAGED:
            return None


def kept(path: Path) -> Kept | None:
    """What was left in a file; None where there is nothing that can be used."""
    try:
        with path.open("rb") as file:
            if file.read(len(FORM)) != FORM:
                return None
            told = json.loads(file.read(_HEAD.unpack(file.read(_HEAD.size))[0]))
            held = _sections(file.read(sum(one[1] for one in told["history"])), told["history"])
            return Kept(
                told["key"],
                told["tip"],
                told["signs"],
                _history(held, told),
                path,
                file.tell(),
                told["files"],
            )
    except _DAMAGED:
        return None


def keep(
    path: Path,
    what: Kept,
    files: Iterable[tuple[int, Version]],
    older: Mapping[tuple[int, bytes | None], Superseded],
) -> None:
    """Leaves a replay in a file for the next time."""
    head, first = _packed(_history_sections(what.history))
    tail, second = _packed(_version_sections(files, older))
    told = json.dumps(
        {
            "key": what.key,
            "tip": what.tip,
            "signs": what.signs,
            "marks": what.history.marks,
            "history": head,
            "files": tail,
        }
    ).encode()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with fresh.open("wb") as file:
            fresh.chmod(0o600)
            file.write(b"".join([FORM, _HEAD.pack(len(told)), told, *first, *second]))
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _packed(sections: Mapping[str, bytes]) -> tuple[list[tuple[str, int]], list[bytes]]:
    """Sections made smaller in pieces, two at a time: zlib lets other threads run, and Git has done with the other core."""
    pieces = [
        (name, content[start : start + _PIECE])
        for name, content in sections.items()
        for start in range(0, len(content) or 1, _PIECE)
    ]
    with ThreadPoolExecutor(2) as pool:
        packed = list(pool.map(lambda piece: zlib.compress(piece[1], 1), pieces))
    return [(name, len(content)) for (name, _), content in zip(pieces, packed, strict=True)], packed


def _sections(held: bytes, told: Iterable[Any]) -> dict[str, bytes]:
    found: dict[str, list[bytes]] = defaultdict(list)
    start = 0
    for name, length in told:
        found[name].append(zlib.decompress(held[start : start + length]))
        start += length
    return {name: b"".join(pieces) for name, pieces in found.items()}


def _history_sections(history: History) -> dict[str, bytes]:
    numbers = {name: getattr(history, name).tobytes() for name in _NUMBERS}
    shas = "".join(history.shas)
    return {**numbers, "on_trunk": bytes(history.on_trunk), "shas": bytes.fromhex(shas)}


def _history(held: Mapping[str, bytes], told: Mapping[str, Any]) -> History:
    numbers = {name: array(kind, held[name]) for name, kind in _NUMBERS.items()}
    count = len(numbers["committed"])
    width = 2 * len(held["shas"]) // count if count else 40
    text = held["shas"].hex()
    shas = [text[start : start + width] for start in range(0, len(text), width)]
    if not (count == len(shas) == len(held["on_trunk"]) == len(numbers["marked"])):
        raise ValueError("a history of unequal parts")
    marks = [(str(ai_class), tool) for ai_class, tool in told["marks"]]
    return History(shas=shas, on_trunk=bytearray(held["on_trunk"]), marks=marks, **numbers)


def _version_sections(
    files: Iterable[tuple[int, Version]], older: Mapping[tuple[int, bytes | None], Superseded]
) -> dict[str, bytes]:
    paths, lengths, seconds = array("Q"), array("q"), array("q")
    blobs, origins = [], array("i")
    standing = ((path, version, -1) for path, version in files)
    gone = ((path, one.version, one.second) for (path, _), one in older.items())
    for path, version, second in (*standing, *gone):
        paths.append(path)
        lengths.append(len(version.origins))
        seconds.append(second)
        blobs.append(bytes.fromhex(version.blob.decode()) if version.blob else _NONE)
        origins.extend(version.origins)
    return {
        "paths": paths.tobytes(),
        "lengths": lengths.tobytes(),
        "seconds": seconds.tobytes(),
        "blobs": b"".join(blobs),
        "lines": origins.tobytes(),
    }


def _versions(
    held: Mapping[str, bytes],
) -> tuple[dict[int, Version], dict[tuple[int, bytes | None], Superseded]]:
    paths, lengths, seconds = (
        array("Q", held["paths"]),
        array("q", held["lengths"]),
        array("q", held["seconds"]),
    )
    origins, blobs = array("i", held["lines"]), held["blobs"]
    width = len(blobs) // len(paths) if paths else len(_NONE)
    files: dict[int, Version] = {}
    older: dict[tuple[int, bytes | None], Superseded] = {}
    start = 0
    for number, (path, length, second) in enumerate(zip(paths, lengths, seconds, strict=True)):
        blob = blobs[number * width : (number + 1) * width].hex().encode()
        version = Version(blob, origins[start : start + length])
        start += length
        if second < 0:
            files[path] = version
        else:
            older[path, blob] = Superseded(version, second)
    return files, older
