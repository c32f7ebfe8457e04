"""Where a GitHub is: what its repositories are called in payback, and where its two interfaces lie under one address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from payback.delivery.repositories import name_of_remote
from payback.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

BASE = "https://api.github.com"


def host(told: Mapping[str, Any]) -> str:
    """The host that addresses of repositories name: github.com, TENANT.ghe.com, or the company's own."""
    return (urlsplit(_base(told)).hostname or "").removeprefix("api.")


def rest(told: Mapping[str, Any], path: str) -> str:
    """A path of the REST interface, under the connection's address."""
    return f"v3/{path}" if urlsplit(_base(told)).path.rstrip("/").endswith("/api") else path


def repo_name(told: Mapping[str, Any], full_name: str) -> str:
    """`host/owner/name`, as Git's remotes name it too."""
    return name_of_remote(f"https://{host(told)}/{full_name}") or full_name


def _base(told: Mapping[str, Any]) -> str:
    """SettingsError where only one of the two interfaces lies under the address."""
    base = str(told.get("base_url") or BASE).rstrip("/")
    if urlsplit(base).path.endswith(("/v3", "/graphql")):
        raise SettingsError(f"base_url = {base!r} holds one interface alone; write https://HOST/api")
    return base
