"""The files of a commit by path, cheap to fork: branches share what they have in common.

Paths are held as digests; a name is needed only while a change is read.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payback.delivery.fates.lines import Version

_FEW = 64


class PathKeys(dict[bytes, int]):
    """The digest of each path asked for."""

    def __missing__(self, path: bytes) -> int:
        found = self[path] = int.from_bytes(blake2b(path, digest_size=8).digest(), "big")
        return found


class Tree:
    """Files by the digest of their path: a ground that may be shared, and what differs from it (None: not there)."""

    __slots__ = ("above", "ground")

    def __init__(self, ground: dict[int, Version], above: dict[int, Version | None] | None = None) -> None:
        self.ground = ground
        self.above: dict[int, Version | None] = above if above is not None else {}

    def get(self, path: int) -> Version | None:
        """The file at a path; None where there is none."""
        above = self.above
        return above[path] if path in above else self.ground.get(path)

    def put(self, path: int, version: Version | None) -> None:
        """The file at a path from now on."""
        self.above[path] = version

    def fork(self) -> Tree:
        """Another tree that stands as this one does now; either may then change."""
        if len(self.above) * 4 > len(self.ground) + _FEW:
            self.ground, self.above = dict(self.items()), {}
        return Tree(self.ground, dict(self.above))

    def items(self) -> Iterator[tuple[int, Version]]:
        """Every file that is there."""
        above = self.above
        yield from ((path, version) for path, version in self.ground.items() if path not in above)
        yield from ((path, version) for path, version in above.items() if version is not None)


def tree_of(files: Mapping[int, Version]) -> Tree:
    """A tree of these files."""
    return Tree(dict(files))
