"""What a repository is called wherever payback speaks of it: `host/owner/name` from its remote, else its folder name.

Credentials, ports and the ways of writing a remote (https, ssh, scp, git, file) fall away, so the same repository has
one name on every machine. A remote that is a local path names nothing.
"""

from __future__ import annotations

import re

_URL = re.compile(
    r"^(?:https?|ssh|git|git\+ssh|ssh\+git)://(?:[^/@]*@)?(\[[^\]/]*\]|[^/:]+)(?::\d*)?/+(.+)$", re.IGNORECASE
)
_SCP = re.compile(r"^(?:[^@/\s]+@)?([A-Za-z0-9][\w.-]*\.[\w.-]+|[A-Za-z0-9][\w-]+):(?!//|\\)(?!\d+/)?(.+)$")
_AZURE_SSH = re.compile(r"^(?:vs-)?ssh\.(dev\.azure\.com|visualstudio\.com)$")


def repository_name(remote: str | None, folder: str) -> str:
    """`host/owner/name` in lower-case host for a remote address, else the folder's name without `.git`."""
    return name_of_remote(remote) or folder.removesuffix(".git") or "repository"


def name_of_remote(remote: str | None) -> str | None:
    """`host/owner/name`, or None for a local path or no remote."""
    text = (remote or "").strip()
    found = _URL.match(text) or (None if "://" in text or _is_windows_path(text) else _SCP.match(text))
    if found is None:
        return None
    host, path = found[1].lower(), found[2].split("?", 1)[0].split("#", 1)[0].strip("/")
    parts = [part for part in path.removesuffix(".git").split("/") if part not in {"", ".", "..", "~"}]
    if azure := _AZURE_SSH.match(host):
        host, parts = azure[1], parts[1:] if parts[:1] == ["v3"] else parts
    parts = [part for part in parts if part != "_git"]  # of Azure DevOps, a server of one's own included
    return "/".join([host, *parts]) if parts else None


def _is_windows_path(text: str) -> bool:
    return len(text) > 1 and text[1] == ":" and text[0].isalpha()
