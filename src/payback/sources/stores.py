"""Folders and buckets that bills and logs are delivered to: s3://, gs://, abfs(s):// and file paths, listed and read.

What lies there is read row by row (CSV, Parquet, JSON, JSON lines; each may be gzipped), bounded in size. Credentials are
the cloud's own, as its tools find them in the environment, or the secret settings below. No key is in any message.
"""

from __future__ import annotations

import csv
import io
import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from payback.errors import SettingsError, SourceError
from payback.ledger.batches import digest
from payback.sources.secrets import without_secrets
from payback.sources.source import Setting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

LARGEST = 4 * 1024**3
LARGEST_CELL = 1024**2
LARGEST_DOCUMENT = 256 * 1024**2
BATCH = 4096
ENDINGS = re.compile(r"\.(csv|parquet|json|jsonl|ndjson)(?:\.gz)?$")
GZIP = re.compile(r"\.gz$")
_SIGNED = re.compile(r"(sig|signature|token)=[^&\s]+", re.IGNORECASE)

SETTINGS = (
    Setting("store_key", "S3: an access key's id; Azure: the storage account's key", secret=True),
    Setting("store_secret", "S3: the secret of the access key", secret=True),
    Setting("store_token", "S3: a session token; Azure: a SAS token; Google: an access token", secret=True),
    Setting("store_region", "S3: the bucket's region"),
    Setting("store_endpoint", "S3: the address of a store that speaks S3"),
    Setting("store_role", "S3: a role to assume for reading"),
)

Row = tuple[int, "Mapping[str, Any] | None"]
Verdict = Literal["skip", "open", "whole"]


@dataclass(frozen=True, slots=True)
class Found:
    """One file: its path below the place, its size, and when it was written."""

    path: str
    size: int
    changed: datetime


@dataclass(frozen=True, slots=True)
class Store:
    """A place that can be listed and read. `secrets` are cut out of what its errors say."""

    place: str
    system: Any
    root: str
    secrets: tuple[str, ...] = ()

    def files(self, verdict: Callable[[str], Verdict] = lambda _: "whole") -> list[Found]:
        """Files below the place by path. `verdict` says of a folder whether it is left out, looked into, or taken whole."""
        with self._faults(self.place):
            return sorted(self._listed("", verdict), key=lambda found: found.path)

    def rows(self, path: str) -> Iterator[Row]:
        """Rows of a file with their number (a CSV's header is line 1); None for a row that does not read."""
        kind = ENDINGS.search(path)
        if kind is None:
            raise SourceError(f"{path}: payback reads csv, parquet, json and jsonl, plain or .gz")
        reader = {"csv": _delimited, "parquet": _parquet}.get(kind[1], _json)
        with self._faults(path):
            yield from reader(self._stream(path, seekable=kind[1] == "parquet"))

    def document(self, path: str) -> Any:
        """What a JSON file holds."""
        with self._faults(path), self._stream(path) as stream:
            return orjson.loads(stream.read(LARGEST_DOCUMENT))

    def _listed(self, folder: str, verdict: Callable[[str], Verdict]) -> Iterator[Found]:
        from pyarrow import fs

        whole = verdict(folder) == "whole"
        base = f"{self.root}/{folder}".rstrip("/")
        for info in self.system.get_file_info(fs.FileSelector(base, recursive=whole)):
            path = info.path[len(self.root) :].lstrip("/")
            if info.type == fs.FileType.File and not info.base_name.startswith((".", "_")):
                changed = info.mtime or datetime(1970, 1, 1, tzinfo=UTC)
                yield Found(path, info.size, changed.astimezone(UTC))
            elif info.type == fs.FileType.Directory and not whole and verdict(path) != "skip":
                yield from self._listed(path, verdict)

    def _stream(self, path: str, *, seekable: bool = False) -> Any:
        address = f"{self.root}/{path}"
        if seekable and not GZIP.search(path):
            return self.system.open_input_file(address)
        compression = "gzip" if GZIP.search(path) else None
        stream = io.BufferedReader(
            _Bounded(self.system.open_input_stream(address, compression=compression), path)
        )
        return pa.BufferReader(stream.read()) if seekable else stream

    @contextmanager
    def _faults(self, what: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise SourceError(f"there is nothing at {what}") from None
        except (
            OSError,
            EOFError,
            csv.Error,
            UnicodeDecodeError,
            orjson.JSONDecodeError,
            pa.ArrowException,
        ) as error:
            raise SourceError(f"{what} cannot be read: {_clean(error, self.secrets)}") from None


def opened(place: str, told: Mapping[str, Any], secrets: Mapping[str, str]) -> Store:
    """The store that a setting names. SettingsError where it is no place payback can read."""
    scheme, sign, rest = place.partition("://")
    held = tuple(sorted(secrets.values(), key=len, reverse=True))
    kinds = {"s3": _s3, "gs": _gs, "abfs": _azure, "abfss": _azure, "file": _folder}
    if sign and scheme not in kinds:
        raise SettingsError(f"{place} is none of s3://, gs://, abfs://, abfss:// or a folder")
    try:
        system, root = kinds[scheme](rest, told, secrets) if sign else _folder(place, told, secrets)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise SourceError(f"{place} cannot be opened: {_clean(error, held)}") from None
    return Store(place, system, root.rstrip("/"), held)


def _clean(error: Exception, secrets: tuple[str, ...]) -> str:
    """What an error says, without keys and signatures."""
    told = without_secrets(" ".join(str(error).split()), secrets)
    return _SIGNED.sub(r"\1=[secret]", told)[:300]


def fingerprint(files: Iterable[Found]) -> str:
    """Another text when a file came, went, grew or was written anew."""
    return digest(*(f"{one.path} {one.size} {one.changed.isoformat()}" for one in files))


def _folder(rest: str, _told: Mapping[str, Any], _secrets: Mapping[str, str]) -> tuple[Any, str]:
    from pyarrow import fs

    return fs.LocalFileSystem(), Path(rest).expanduser().as_posix()


def _s3(rest: str, told: Mapping[str, Any], secrets: Mapping[str, str]) -> tuple[Any, str]:
    from pyarrow import fs

    endpoint = told.get("store_endpoint")
    region = told.get("store_region") or (None if endpoint else fs.resolve_s3_region(rest.partition("/")[0]))
    system = fs.S3FileSystem(
        access_key=secrets.get("store_key"),
        secret_key=secrets.get("store_secret"),
        session_token=secrets.get("store_token"),
        region=region,
        endpoint_override=endpoint,
        role_arn=told.get("store_role"),
        connect_timeout=10,
        request_timeout=60,
    )
    return system, rest


def _gs(rest: str, _told: Mapping[str, Any], secrets: Mapping[str, str]) -> tuple[Any, str]:
    from pyarrow import fs

    token = secrets.get("store_token")
    if token is None:
        return fs.GcsFileSystem(retry_time_limit=timedelta(seconds=60)), rest
    far = datetime(2100, 1, 1, tzinfo=UTC)
    return fs.GcsFileSystem(access_token=token, credential_token_expiration=far), rest


def _azure(rest: str, _told: Mapping[str, Any], secrets: Mapping[str, str]) -> tuple[Any, str]:
    """abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH."""
    from pyarrow import fs

    container, at, address = rest.partition("@")
    host, _, path = address.partition("/")
    if not at or not host:
        raise SettingsError("an Azure place is abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH")
    system = fs.AzureFileSystem(
        host.partition(".")[0], account_key=secrets.get("store_key"), sas_token=secrets.get("store_token")
    )
    return system, f"{container}/{path}"


class _Bounded(io.RawIOBase):
    """An unpacked stream that ends in an error past the largest size, so that a small file cannot fill the memory."""

    def __init__(self, stream: Any, path: str) -> None:
        self._stream, self._path, self._left = stream, path, LARGEST

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise OSError(f"it unpacks to more than {LARGEST // 1024**3} GiB")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


def _delimited(stream: Any) -> Iterator[Row]:
    csv.field_size_limit(LARGEST_CELL)
    with io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text)
        names = [name.strip() for name in next(reader, [])]
        for row in reader:
            if row:
                yield reader.line_num, dict(zip(names, row, strict=True)) if len(row) == len(names) else None


def _parquet(stream: Any) -> Iterator[Row]:
    line = 0
    for batch in pq.ParquetFile(stream).iter_batches(batch_size=BATCH):
        for row in batch.to_pylist():
            line += 1
            yield line, row


def _json(stream: Any) -> Iterator[Row]:
    """JSON lines, one object, or a list of objects (or an object that holds the list)."""
    with stream:
        first = stream.readline(LARGEST_DOCUMENT)
        if first.lstrip()[:1] == b"{" and _loaded(first) is not None:
            yield 1, _loaded(first)
            for line, text in enumerate(stream, 2):
                if text.strip():
                    yield line, _loaded(text)
            return
        whole = orjson.loads(first + stream.read(LARGEST_DOCUMENT)) if first.strip() else []
    if isinstance(whole, dict):
        records = whole.get("Records")
        whole = records if isinstance(records, list) else [whole]
    for line, row in enumerate(whole, 1):
        yield line, row if isinstance(row, dict) else None


def _loaded(text: bytes) -> Mapping[str, Any] | None:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
