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
_AZURE, _AZURE_SSH = "dev.azure.com", re.compile(r"^(?:vs-)?ssh\.(?:dev\.azure\.com|visualstudio\.com)$")
_AZURE_OLD, _AZURE_USUAL = ".visualstudio.com", "defaultcollection"
_GIT = "_git"


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
    host, parts = _of_azure(host, parts)
    parts = [part for part in parts if part != _GIT]  # of Azure DevOps, a server of one's own included
    return "/".join([host, *parts]) if parts else None


def _of_azure(host: str, parts: list[str]) -> tuple[str, list[str]]:
    """Every address of Azure DevOps Services as `dev.azure.com` with organisation, project and name: the older one has the
    organisation in its host, and the project is left out where the repository has its name.
    """
    if _AZURE_SSH.match(host):
        return _AZURE, parts[1:] if parts[:1] == ["v3"] else parts
    if host.endswith(_AZURE_OLD):
        below = parts[1:] if parts and parts[0].lower() == _AZURE_USUAL else parts
        host, parts = _AZURE, [host.removesuffix(_AZURE_OLD), *below]
    if host == _AZURE and parts[1:2] == [_GIT] and len(parts) == 3:
        parts = [parts[0], parts[2], parts[2]]
    return host, parts


def _is_windows_path(text: str) -> bool:
    return len(text) > 1 and text[1] == ":" and text[0].isalpha()
