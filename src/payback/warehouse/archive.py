"""One backup file: a zstd-compressed tar whose first member, the manifest, gives size and digest of all others.

Reading is bounded: only names that a payback writes, only regular files, no more bytes than the manifest announces, no
more than the disk has room for; nothing counts before every digest has been seen to be right.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import tarfile
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING

import pyarrow as pa

from payback.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT = 1
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 1 << 20
MOST_FILES = 1_000
LARGEST_BACKUP = 1 << 40
_PIECE = 1 << 20
_NAME = re.compile(r"payback\.toml|state\.db|warehouse/(shape\.json|_?[a-z][a-z0-9_]{0,62}\.parquet)")


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a backup."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: files by name, rows by table, who made it and when (UTC, ISO 8601)."""

    payback: str
    made_at: str
    files: Mapping[str, Member]
    rows: Mapping[str, int]


def digest_of(file: Path) -> Member:
    """Size and digest of a file."""
    with file.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256")
    return Member(file.stat().st_size, found.hexdigest())


def pack(manifest: Manifest, folder: Path, file: Path) -> None:
    """Write the members of a folder that the manifest names to one file."""
    text = json.dumps({"format": FORMAT, **asdict(manifest)}, indent=1).encode()
    head = tarfile.TarInfo(MANIFEST)
    head.size = len(text)
    with (
        pa.OSFile(str(file), "wb") as raw,
        pa.CompressedOutputStream(raw, "zstd") as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        tar.addfile(head, io.BytesIO(text))
        for name in sorted(manifest.files):
            tar.add(folder / name, arcname=name, recursive=False, filter=_plain)


def unpack(file: Path, folder: Path) -> Manifest:
    """Put the members of a backup into an empty folder, each with the digest that the manifest gives.

    UnreadableFileError when it is no backup, is damaged, or holds anything that payback does not write.
    """
    try:
        with (
            pa.OSFile(str(file), "rb") as raw,
            pa.CompressedInputStream(raw, "zstd") as packed,
            tarfile.open(fileobj=packed, mode="r|") as tar,
        ):
            return _unpack(tar, folder)
    except (tarfile.TarError, OSError, EOFError, pa.ArrowException) as error:
        raise UnreadableFileError(f"{file} is not a whole backup of payback: {error}") from error


def _unpack(tar: tarfile.TarFile, folder: Path) -> Manifest:
    manifest = _read_manifest(tar)
    announced = sum(member.bytes for member in manifest.files.values())
    if announced > min(LARGEST_BACKUP, shutil.disk_usage(folder).free):
        raise UnreadableFileError(f"the backup unpacks to {announced:,} bytes, and there is no room for that")
    left = dict(manifest.files)
    while (info := tar.next()) is not None:
        expected = left.pop(info.name, None)
        if expected is None or not info.isreg() or info.size != expected.bytes:
            raise UnreadableFileError(f"the backup holds {info.name!r} against its manifest")
        target = folder / info.name
        target.parent.mkdir(exist_ok=True)
        source = tar.extractfile(info)
        if source is None or _copied(source, target) != expected:
            raise UnreadableFileError(
                f"{info.name} in the backup is damaged: its digest is not the manifest's"
            )
    if left:
        raise UnreadableFileError(f"the backup lacks {', '.join(sorted(left))}")
    return manifest


def _copied(source: IO[bytes], target: Path) -> Member:
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as out:
        while piece := source.read(_PIECE):
            digest.update(piece)
            size += len(piece)
            out.write(piece)
    return Member(size, digest.hexdigest())


def _read_manifest(tar: tarfile.TarFile) -> Manifest:
    info = tar.next()
    source = tar.extractfile(info) if info is not None and info.isreg() else None
    if info is None or source is None or info.name != MANIFEST or info.size > LARGEST_MANIFEST:
        raise UnreadableFileError("the file does not begin with the manifest of a payback backup")
    try:
        told = json.loads(source.read())
        if told["format"] != FORMAT:
            raise UnreadableFileError(
                f"the backup has format {told['format']}; this payback reads format {FORMAT}"
            )
        files = {
            str(name): Member(int(one["bytes"]), str(one["sha256"])) for name, one in told["files"].items()
        }
        manifest = Manifest(str(told["payback"]), str(told["made_at"]), files, dict(told["rows"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableFileError(f"the backup's manifest cannot be read: {error!r}") from error
    strange = [name for name, one in files.items() if not _NAME.fullmatch(name) or one.bytes < 0]
    if strange or len(files) > MOST_FILES:
        raise UnreadableFileError(
            f"the backup's manifest names files that payback never writes: {strange[:3]}"
        )
    return manifest


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """The member without owner, rights or time: equal content gives equal bytes."""
    plain = tarfile.TarInfo(info.name)
    plain.size = info.size
    return plain
