"""Where a GitLab is and what its projects are called in payback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from payback.delivery.repositories import name_of_remote

if TYPE_CHECKING:
    from collections.abc import Mapping

BASE = "https://gitlab.com/api/v4"


def repo_name(told: Mapping[str, Any], path: str) -> str:
    """`host/group/project` with all groups of the path, as Git's remotes name it too."""
    host = urlsplit(str(told.get("base_url") or BASE)).hostname or ""
    return name_of_remote(f"https://{host}/{path}") or path
