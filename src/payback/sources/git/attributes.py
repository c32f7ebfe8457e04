"""The .gitattributes files of a commit, by folder, as texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payback.sources.git.blobs import blobs
from payback.sources.git.command import run

if TYPE_CHECKING:
    from pathlib import Path

    from payback.sources.git.command import Git

NAME = ".gitattributes"


def attributes(git: Git, path: Path, tip: str) -> dict[str, str]:
    """The texts of the commit's .gitattributes files by folder ("" for the root)."""
    listed = (
        run(git, path, ["ls-tree", "-r", "-z", "--full-tree", tip]).decode("utf-8", "replace").split("\0")
    )
    found = {}
    for entry in listed:
        meta, _, name = entry.partition("\t")
        if name == NAME or name.endswith(f"/{NAME}"):
            found[name.removesuffix(NAME).rstrip("/")] = meta.split(" ")[-1]
    texts = dict(blobs(git, path, set(found.values())))
    return {folder: texts[blob] for folder, blob in found.items() if blob in texts}
