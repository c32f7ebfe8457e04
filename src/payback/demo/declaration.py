"""The invented company's payback.toml: its teams and people with their dates, workflows, rules, sources and bills."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from payback.demo.afterwards import RATES
from payback.demo.bills import ACCOUNTS
from payback.demo.papers import KINDS
from payback.demo.people import CODEX, GROUPS
from payback.demo.repositories import full_name
from payback.demo.seats import login
from payback.demo.shipments import DEPLOY
from payback.demo.shipments import KINDS as KINDS_OF_SHIPMENT
from payback.demo.use import ANTHROPIC, ENVIRONMENT, OPENAI, ROBOT_PAYER, WORKFLOW, workspace
from payback.demo.vendors import litellm, opencost
from payback.demo.vendors.anthropic import ROBOT_ACCOUNT
from payback.demo.vendors.github import ORGANIZATION
from payback.demo.workloads import CATALOGUE, GATEWAY_TEAM, SUMMARIES, WORKLOADS

if TYPE_CHECKING:
    from pathlib import Path

    from payback.demo.hosts import Hosts
    from payback.demo.people import Company, Membership, Person, Team
    from payback.demo.span import Span

ORGANISATION = """[organisation]
name = "Lumen Harbour (invented)"
invented = true
time_zone = "Europe/Paris"
currency = "USD"
"""

JUDGED = """[effects]
primary_metric = "merged_prs"
guardrail_metrics = ["review_rejection_rate", "rework_rate"]
"""


PRIVACY = """[privacy]
keep_digests = true
"""


def toml(span: Span, company: Company, homes: list[str], target: Path, hosts: Hosts) -> str:
    """The file's text. `homes` are the ids of the people who have agent logs, `target` the company's folder."""
    parts = [
        "# Written by payback: a company that does not exist.\n",
        ORGANISATION,
        JUDGED,
        PRIVACY,
        _homes(company, homes),
        '[git]\nroots = ["company/repos"]\n',
        '[imports]\ncharges = ["company/bills/*.csv"]\n'
        + "".join(f'{kind} = ["company/papers/{kind}.csv"]\n' for kind in KINDS),
        *_sources(span, target, hosts),
        *(_team(team, None) for team in GROUPS),
        *(_team(team, span) for team in company.teams),
        *(_person(person, hosts) for person in (*company.people, company.robot)),
        *_mappings(company),
        *_workflows(span, company),
        *TOOLS,
        *CARDS,
        *_deployments(company, hosts),
        *_rules(),
    ]
    return "\n".join(parts)


def _homes(company: Company, homes: list[str]) -> str:
    lines = []
    for person in homes:
        extra = ""
        if person == company.robot.id:
            extra = f', workflow = "{WORKFLOW}", environment = "{ENVIRONMENT}"'
        lines.append(f'    {{ path = "company/homes/{person}", person = "{person}"{extra} }},')
    return "[agents]\nhomes = [\n" + "\n".join(lines) + "\n]\n"


def _team(team: Team, span: Span | None) -> str:
    lines = ["[[teams]]", f'id = "{team.id}"', f'name = "{team.name}"']
    if team.parent:
        lines.append(f'parent = "{team.parent}"')
    if span is not None and team.founded:
        lines.append(f"valid_from = {span.month_after(team.founded)}")
    return "\n".join(lines) + "\n"


def _person(person: Person, hosts: Hosts) -> str:
    lines = ["[[people]]", f'id = "{person.id}"', f"name = {json.dumps(person.name, ensure_ascii=False)}"]
    lines.append(f'email = "{person.email}"')
    if person.kind == "service":
        lines.append('kind = "service"')
    if person.git_emails:
        lines.append(f"git_emails = {json.dumps(list(person.git_emails))}")
    if person.kind == "service":
        lines.append(f'accounts = ["{ROBOT_ACCOUNT}"]')
    else:
        names = dict.fromkeys((login(person), *(vendor.account(person) for vendor in hosts.at)))
        lines.append(f"accounts = {json.dumps(list(names))}")
    lines.append(f"valid_from = {person.since}")
    if person.until is not None:
        lines.append(f"valid_until = {person.until}")
    members = ", ".join(_membership(membership) for membership in person.memberships)
    lines.append(f"memberships = [{members}]")
    return "\n".join(lines) + "\n"


def _membership(membership: Membership) -> str:
    until = f", until = {membership.until}" if membership.until else ""
    return f'{{ team = "{membership.team}", from = {membership.since}{until} }}'


def _mappings(company: Company) -> list[str]:
    """Which part of a vendor's account belongs to which team."""
    users = [team for team in company.teams if team.adopts is not None]
    found = [_mapping(ANTHROPIC, workspace(ANTHROPIC, team.id), team.id) for team in users]
    found += [
        _mapping(OPENAI, workspace(OPENAI, team.id), team.id)
        for team in users
        if any(tool == CODEX for tool, _ in team.tools)
    ]
    robot = company.robot.memberships[0].team
    return [*found, _mapping(ANTHROPIC, workspace(ANTHROPIC, ROBOT_PAYER), robot)]


def _mapping(vendor: str, sub_account: str, team: str) -> str:
    return (
        f'[[accounts]]\nvendor = "{vendor}"\naccount = "{ACCOUNTS[vendor]}"\n'
        f'sub_account = "{sub_account}"\nteam = "{team}"\n'
    )


def _sources(span: Span, target: Path, hosts: Hosts) -> list[str]:
    """The connected vendors, each with its key and how far back it goes."""
    gateway = min(work.starts(span) for work in WORKLOADS if work.is_tagged)
    since = f"since = {span.first}\n"
    account = {vendor: f'account = "{told}"\n' for vendor, told in ACCOUNTS.items()}
    return [
        f'[sources.anthropic]\nkey = "file:company/keys/anthropic"\n{since}',
        f'[sources.openai]\nkey = "file:company/keys/openai"\n{account[OPENAI]}{since}',
        (
            f'[sources.copilot]\nkey = "file:company/keys/github"\norganization = "{ORGANIZATION}"\n'
            f'seat_price = "19"\n{since}'
        ),
        *(f"{vendor.source}{since}" for vendor in hosts.at),
        f'[sources.pagerduty]\nkey = "file:company/keys/pagerduty"\n{since}',
        (
            f'[sources.cursor]\nkey = "file:company/keys/cursor"\n{account["cursor"]}seat_price = "32"\n'
            f'plan = "teams"\n{since}'
        ),
        f'[sources.litellm]\nkey = "file:company/keys/litellm"\nbase_url = "{litellm.BASE}"\nsince = {gateway}\n',
        f'[sources.opencost]\nbase_url = "{opencost.BASE}"\n',
        *(
            f"[sources.{kind}]\nexports = {json.dumps(str(target / 'clouds' / folder))}\n"
            for kind, folder in (("bedrock", "aws/bedrock"), ("azure", "azure/focus"), ("vertex", "google"))
        ),
    ]


TOOLS = tuple(
    f'[[tools]]\nid = "{key}"\nname = "{name}"\nvendor = "{vendor}"\npurpose = "code"\n'
    for key, name, vendor in (
        ("claude_code", "Claude Code", "anthropic"),
        ("codex", "Codex", "openai"),
        ("gemini_cli", "Gemini CLI", "google"),
        ("cursor", "Cursor", "cursor"),
        ("copilot", "GitHub Copilot", "github"),
    )
)


CARDS = tuple(
    f'[[rate_cards]]\nrate = "{rate}"\ncurrency = "USD"\n' + (f'kind = "{kind}"\n' if kind else "")
    for kind, rate in RATES.items()
)


def _deployments(company: Company, hosts: Hosts) -> list[str]:
    """What counts as a deployment, repository by repository."""
    narrowed = {
        "deployment": 'environment = "^production$"\n',
        "workflow_run": f'name = "^{DEPLOY}$"\n',
    }
    found = []
    for name in sorted({team.repo for team in company.teams}):
        shipped = KINDS_OF_SHIPMENT.get(name, "deployment")
        kind = hosts.at[0].counts.get(shipped, shipped)
        found.append(
            f'[[deployments]]\nrepository = "{full_name(name)}"\nkind = "{kind}"\n{narrowed.get(kind, "")}'
        )
    return found


def _workflows(span: Span, company: Company) -> list[str]:
    """The workflows, each with its owner and the days it was an experiment and in production."""
    nightly = (
        f'[[workflows]]\nid = "{WORKFLOW}"\nname = "Nightly triage"\nteam = "infrastructure"\n'
        f'stage = "{ENVIRONMENT}"\ntask_type = "triage"\nrisk = "low"\n'
    )
    found = [nightly]
    for work in WORKLOADS:
        owner = next((one.id for one in company.people if one.memberships[0].team == work.team), "")
        turn = span.month_after(work.production)
        stages = f'[{{ stage = "experiment", until = {turn} }}, {{ stage = "production", from = {turn} }}]'
        found.append(
            f'[[workflows]]\nid = "{work.id}"\nname = "{work.name}"\nowner = "{owner}"\nteam = "{work.team}"\n'
            f'stages = {stages}\nuseful_output = "output:{work.output}"\ntask_type = "{work.task_type}"\n'
            f'risk = "{work.risk}"\ndata_class = "internal"\n'
        )
    upkeep = "medium" if span.is_quiet else "low"
    for key, name, kind, risk in (
        ("upkeep", "Upkeep", "debt", upkeep),
        ("bug-fixing", "Fixing of bugs", "fix", "high"),
    ):
        found.append(
            f'[[workflows]]\nid = "{key}"\nname = "{name}"\nstage = "{ENVIRONMENT}"\ntask_type = "{kind}"\nrisk = "{risk}"\n'
        )
    return found


COPILOT_SEATS = """[[rules]]
id = "copilot-seats"
when = { source = "copilot:seat_charges" }
split_by = "seats"
"""


def _rules() -> list[str]:
    """What a project of a vendor is for, where it is a workflow's own or the gateway's; who shares Copilot's seats."""
    found = [
        _rule(work.id, (work.vendor, work.project), f'team = "{work.team}", workflow = "{work.id}"')
        for work in WORKLOADS
        if not work.is_tagged
    ]
    for work in (SUMMARIES, CATALOGUE):
        named = f"gateway-{work.vendor}"
        found.append(_rule(named, (work.vendor, work.project), f'team = "{GATEWAY_TEAM}"'))
    found.append(COPILOT_SEATS)
    return found


def _rule(name: str, where: tuple[str, str], gives: str) -> str:
    vendor, project = where
    return (
        f'[[rules]]\nid = "{name}"\nwhen = {{ vendor = "{vendor}", project = "{project}" }}\n'
        f"give = {{ {gives} }}\n"
    )
