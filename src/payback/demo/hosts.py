"""Where the invented company keeps its code and its tickets. Whatever is chosen, the company and what happened there are the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from payback.demo import merging
from payback.demo.merging import OWNER
from payback.demo.repositories import HOST
from payback.demo.seats import login
from payback.demo.tickets import sprints
from payback.demo.vendors import (
    azure_devops,
    azure_devops_api,
    forge,
    gitlab,
    gitlab_api,
    jira,
    linear,
    linear_api,
)
from payback.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from payback.demo.books import Books
    from payback.demo.merging import Merging
    from payback.demo.people import Company, Person
    from payback.demo.span import Span
    from payback.demo.vendors.replies import Asked, Told


@dataclass(frozen=True, slots=True)
class Vendor:
    """One that can be chosen. `name` is that of its file and its key, `key` how the key begins and what it opens, `source` its
    section in payback.toml, `account` the name of a person there; `counts` says of what kind a shipment is there, where it is
    of another. `faults` are its own words for what goes wrong on the wire; those it has none for are HTTP's.
    """

    name: str
    site: str
    key: tuple[str, list[str]]
    source: str
    on_file: Callable[[Span, Company, Books], Any]
    answer: Callable[[Asked, Mapping[str, Any]], Told]
    merging: Merging = merging.GITHUB
    faults: Mapping[str, Told] = field(default_factory=dict)
    account: Callable[[Person], str] = login
    counts: Mapping[str, str] = field(default_factory=dict)


FORGES = {
    "github": Vendor(
        "forge",
        HOST,
        ("ghp", ["repo", "read:org"]),
        f'[sources.github]\nkey = "file:company/keys/forge"\nbase_url = "{forge.BASE}"\norganisation = "{OWNER}"\n',
        lambda _span, company, told: forge.on_file(company, told.changes, told.shipped, told.issues),
        forge.answer,
        faults=forge.FAULTS,
    ),
    "gitlab": Vendor(
        "gitlab",
        HOST,
        ("glpat", ["read_api"]),
        f'[sources.gitlab]\nkey = "file:company/keys/gitlab"\nbase_url = "https://{HOST}"\ngroups = ["{OWNER}"]\n',
        lambda _span, company, told: gitlab.on_file(company, told.changes, told.shipped, told.issues),
        gitlab_api.answer,
        merging.GITLAB,
    ),
    "azure_devops": Vendor(
        "azure_devops",
        HOST,
        ("azd", sorted(azure_devops_api.SCOPES.values())),
        (
            f'[sources.azure_devops]\nkey = "file:company/keys/azure_devops"\nbase_url = "{azure_devops.BASE}"\n'
            f'organisation = "{OWNER}"\n'
        ),
        lambda _span, company, told: azure_devops.on_file(company, told.changes, told.shipped, told.issues),
        azure_devops_api.answer,
        merging.AZURE_DEVOPS,
        account=azure_devops.account,
        counts={"release": "deployment"},
    ),
}
TRACKERS = {
    "jira": Vendor(
        "jira",
        jira.SITE,
        ("ATATT", ["read:jira-work", "read:jira-user"]),
        f'[sources.jira]\nkey = "file:company/keys/jira"\nbase_url = "{jira.BASE}"\n',
        lambda span, company, told: jira.on_file(span, company, told.tickets, sprints(span, company)),
        jira.answer,
    ),
    "linear": Vendor(
        "linear",
        linear.SITE,
        ("lin_api", ["read"]),
        '[sources.linear]\nkey = "file:company/keys/linear"\n',
        lambda span, company, told: linear.on_file(span, company, told.tickets, sprints(span, company)),
        linear_api.answer,
        faults=linear_api.FAULTS,
    ),
}


@dataclass(frozen=True, slots=True)
class Hosts:
    """The names of the forge and the tracker. SettingsError where the company cannot be there."""

    forge: str = "github"
    tracker: str = "jira"

    def __post_init__(self) -> None:
        for name, known in ((self.forge, FORGES), (self.tracker, TRACKERS)):
            if name not in known:
                raise SettingsError(f"the invented company is not at {name}; choose of {', '.join(known)}")

    @property
    def at(self) -> tuple[Vendor, Vendor]:
        """The forge and the tracker."""
        return FORGES[self.forge], TRACKERS[self.tracker]


USUAL = Hosts()
