"""Every page, in the order of the menu. A page is one module here and one template of the same name."""

from __future__ import annotations

from payback.web.pages import (
    account,
    change,
    changes,
    home,
    metric,
    metrics,
    owners,
    people,
    person,
    session,
    sessions,
    sources,
    spend,
    team,
    teams,
    tools,
    workflows,
)

PAGES = (
    home.PAGE,
    spend.PAGE,
    sessions.PAGE,
    session.PAGE,
    changes.PAGE,
    change.PAGE,
    people.PAGE,
    account.PAGE,
    person.PAGE,
    teams.PAGE,
    team.PAGE,
    tools.PAGE,
    workflows.PAGE,
    owners.PAGE,
    sources.PAGE,
    metrics.PAGE,
    metric.PAGE,
)
