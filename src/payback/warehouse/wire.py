"""What two payback processes of one machine say to each other: JSON headers and Arrow streams, each with its length.

A message is a header (four bytes of length, then JSON) followed by as many Arrow IPC streams as the header announces in
`bodies`. A stream travels in chunks and ends with an empty one, or with `BROKEN` and a header that says what happened,
so a reader never takes half an answer for a whole one. Nothing on the wire is code: no pickle.
"""

from __future__ import annotations

import io
import json
import struct
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa

from payback.errors import WarehouseError

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable

PROTOCOL = 1
CHUNK = 1 << 20
BROKEN = 0xFFFF_FFFF
LARGEST_HEADER = 64 << 20
LARGEST_GREETING = 4096
_LENGTH = struct.Struct(">I")


class LineLostError(WarehouseError):
    """The other process went away, or refuses new work because it is about to."""


class Line:
    """One connection: headers and Arrow streams in both directions. LineLostError when the other side is gone."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._in = connection.makefile("rb", buffering=CHUNK)

    def send(self, header: dict[str, Any], bodies: Iterable[pa.Table] = ()) -> None:
        """A header and whole tables."""
        tables = list(bodies)
        self._write(_framed({**header, "bodies": len(tables)}))
        for table in tables:
            self.send_stream(table.schema, table.to_batches(max_chunksize=65_536))

    def send_stream(self, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
        """One Arrow stream. Where making the batches fails with a WarehouseError, the other side is told instead."""
        chunks = _Chunks(self)
        try:
            with pa.ipc.new_stream(chunks, schema) as writer:
                for batch in batches:
                    writer.write_batch(batch)
        except LineLostError:
            raise
        except WarehouseError as error:
            self._write(_LENGTH.pack(BROKEN) + _framed({"refused": str(error)}))
        else:
            chunks.end()

    def receive(self, largest: int = LARGEST_HEADER) -> dict[str, Any]:
        """The next header."""
        length = self._length()
        if length > largest:
            raise LineLostError(f"a header of {length} bytes is not payback's")
        try:
            header = json.loads(self._read(length))
        except ValueError as error:
            raise LineLostError("the other side does not speak payback's protocol") from error
        if not isinstance(header, dict):
            raise LineLostError("the other side does not speak payback's protocol")
        return header

    def receive_table(self) -> pa.Table:
        """The next Arrow stream, whole. WarehouseError when the sender broke it off."""
        incoming = _Incoming(self)
        try:
            with pa.ipc.open_stream(incoming) as reader:
                table = reader.read_all()
        except pa.ArrowInvalid as error:
            raise LineLostError("an answer was cut off") from error
        incoming.finish()
        return table

    def spool(self, sink: IO[bytes]) -> None:
        """Write the bytes of the next Arrow stream to a file, once all of them have come."""
        incoming = _Incoming(self)
        while piece := incoming.read(CHUNK):
            sink.write(piece)

    def close(self) -> None:
        self._in.close()
        self._socket.close()

    def next_chunk(self) -> int:
        """The length of the next chunk of a stream, 0 at its end."""
        length = self._length()
        if length == BROKEN:
            raise WarehouseError(str(self.receive().get("refused", "the answer was broken off")))
        if length > CHUNK:
            raise LineLostError(f"a chunk of {length} bytes is not payback's")
        return length

    def read_some(self, length: int) -> bytes:
        """Between one and `length` bytes."""
        return self._read(length)

    def write_chunk(self, piece: bytes | bytearray | memoryview) -> None:
        """One chunk of a stream."""
        view = memoryview(piece).cast("B")
        for start in range(0, len(view), CHUNK):
            part = view[start : start + CHUNK]
            self._write(_LENGTH.pack(len(part)))
            self._write(part)

    def end_stream(self) -> None:
        self._write(_LENGTH.pack(0))

    def _length(self) -> int:
        return int(_LENGTH.unpack(self._read(_LENGTH.size))[0])

    def _read(self, length: int) -> bytes:
        try:
            found: bytes = self._in.read(length)
        except (OSError, ValueError) as error:
            raise LineLostError("the other payback process is gone") from error
        if len(found) != length:
            raise LineLostError("the other payback process is gone")
        return found

    def _write(self, data: bytes | bytearray | memoryview) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise LineLostError("the other payback process is gone") from error


class _Chunks(io.RawIOBase):
    """A file that Arrow writes a stream to; small writes are gathered into chunks."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._gathered = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        if len(view) + len(self._gathered) > CHUNK:
            self._flush()
        if len(view) >= CHUNK:
            self._line.write_chunk(view)
        else:
            self._gathered += view
        return len(view)

    def end(self) -> None:
        self._flush()
        self._line.end_stream()

    def _flush(self) -> None:
        if self._gathered:
            self._line.write_chunk(self._gathered)
            self._gathered = bytearray()


class _Incoming(io.RawIOBase):
    """A file that Arrow reads a stream from."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._left = 0
        self._ended = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        parts: list[bytes] = []
        wanted = size
        while (size < 0 or wanted > 0) and self._more():
            part = self._line.read_some(self._left if size < 0 else min(wanted, self._left))
            self._left -= len(part)
            wanted -= len(part)
            parts.append(part)
        return b"".join(parts)

    def finish(self) -> None:
        """Read up to the end mark, which Arrow leaves unread."""
        while self._more():
            self._left -= len(self._line.read_some(self._left))

    def _more(self) -> bool:
        if self._left == 0 and not self._ended:
            self._left = self._line.next_chunk()
            self._ended = self._left == 0
        return self._left > 0


def _framed(header: dict[str, Any]) -> bytes:
    text = json.dumps(header, separators=(",", ":")).encode()
    return _LENGTH.pack(len(text)) + text
