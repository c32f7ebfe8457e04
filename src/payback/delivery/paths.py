"""Which paths are not a person's or an agent's own lines: lock files, vendored, built and generated files, snapshots.

Answers whether a path counts in the size of a change. Rules are declared values; a repository's own .gitattributes
(`linguist-generated`, `linguist-vendored`, as its tip has them) wins over them. Does not look into files, so a
generated file under an ordinary name counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

Why = Literal["lock", "vendored", "built", "generated", "snapshot", "attribute"]

LOCK_FILES = frozenset({
    "bun.lock", "bun.lockb", "cargo.lock", "composer.lock", "conan.lock", "flake.lock", "gemfile.lock", "go.sum",
    "go.work.sum", "gradle.lockfile", "mix.lock", "npm-shrinkwrap.json", "package-lock.json", "packages.lock.json",
    "package.resolved", "paket.lock", "pdm.lock", "pipfile.lock", "pixi.lock", "pnpm-lock.yaml", "podfile.lock",
    "poetry.lock", "pubspec.lock", "pylock.toml", "requirements.lock", "uv.lock", "yarn.lock",
})  # fmt: skip
FOLDERS: dict[str, Why] = {
    "vendor": "vendored",
    "third_party": "vendored",
    "third-party": "vendored",
    "node_modules": "vendored",
    "bower_components": "vendored",
    "pods": "vendored",
    "dist": "built",
    ".next": "built",
    "__snapshots__": "snapshot",
    "__generated__": "generated",
    ".yarn": "vendored",
}
ENDINGS: dict[str, Why] = {
    ".min.js": "built",
    ".min.css": "built",
    ".bundle.js": "built",
    ".js.map": "built",
    ".css.map": "built",
    ".snap": "snapshot",
    ".pb.go": "generated",
    ".pb.gw.go": "generated",
    ".pb.cc": "generated",
    ".pb.h": "generated",
    "_pb2.py": "generated",
    "_pb2.pyi": "generated",
    "_pb2_grpc.py": "generated",
    "_pb.js": "generated",
    "_pb.ts": "generated",
    "_pb.d.ts": "generated",
    ".g.dart": "generated",
    ".freezed.dart": "generated",
    ".designer.cs": "generated",
    ".generated.ts": "generated",
    ".generated.go": "generated",
    "_generated.go": "generated",
    ".g.cs": "generated",
}
_MOST_STARS = 6
_ON = {"linguist-generated", "linguist-vendored"}


@dataclass(frozen=True, slots=True)
class PathRules:
    """The rules of one repository: the declared ones and those of its .gitattributes, later lines winning."""

    attributes: tuple[tuple[re.Pattern[str], bool], ...] = ()
    _seen: dict[str, Why | None] = field(default_factory=dict, compare=False)

    def why_excluded(self, path: str) -> Why | None:
        """Why the lines of a path (with `/`, from the root) do not count, or None if they do."""
        if path not in self._seen:
            self._seen[path] = self._judge(path)
        return self._seen[path]

    def _judge(self, path: str) -> Why | None:
        said: bool | None = None
        for pattern, excluded in self.attributes:
            if pattern.match(path):
                said = excluded
        if said is not None:
            return "attribute" if said else None
        return declared(path)


def declared(path: str) -> Why | None:
    """Why a path is excluded by the declared rules alone."""
    *folders, name = path.lower().split("/")
    if name in LOCK_FILES:
        return "lock"
    for folder in folders:
        if folder in FOLDERS:
            return FOLDERS[folder]
    return next((why for ending, why in ENDINGS.items() if name.endswith(ending)), None)


def path_rules(gitattributes: dict[str, str]) -> PathRules:
    """Rules from the texts of .gitattributes files by their folder ("" for the root)."""
    found: list[tuple[re.Pattern[str], bool]] = []
    for folder in sorted(gitattributes, key=lambda name: (name.count("/") + bool(name), name)):
        for line in gitattributes[folder].splitlines():
            found += _attribute_line(line, folder)
    return PathRules(tuple(found))


def _attribute_line(line: str, folder: str) -> list[tuple[re.Pattern[str], bool]]:
    words = line.split()
    if len(words) < 2 or words[0].startswith(("#", "[", '"', "!")) or words[0].count("*") > _MOST_STARS:
        return []
    states = [state for word in words[1:] if (state := _state(word)) is not None]
    return [(_glob(words[0], folder), any(states))] if states else []


def _state(word: str) -> bool | None:
    name, equals, value = word.lstrip("-!").partition("=")
    if name not in _ON:
        return None
    return not word.startswith(("-", "!")) and (not equals or value.lower() in {"true", "1", "yes"})


@lru_cache(maxsize=4096)
def _glob(pattern: str, folder: str) -> re.Pattern[str]:
    """A .gitattributes pattern as an expression over whole paths: `/` anchors, `**` crosses folders, `*` does not."""
    anchored = "/" in pattern.rstrip("/")
    base = re.escape(f"{folder}/") if folder else ""
    free = "" if anchored else "(?:.*/)?"
    return re.compile(f"{base}{free}{_translate(pattern.lstrip('/'))}\\Z", re.DOTALL)


def _translate(pattern: str) -> str:
    out, at = [], 0
    while at < len(pattern):
        if pattern.startswith("**/", at):
            out.append("(?:.*/)?")
            at += 3
        elif pattern.startswith("**", at):
            out.append(".*")
            at += 2
        else:
            out.append({"*": "[^/]*", "?": "[^/]"}.get(pattern[at], re.escape(pattern[at])))
            at += 1
    return "".join(out)
