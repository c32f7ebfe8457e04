"""Every page, in the order of the menu. A page is one module here and one template of the same name."""

from __future__ import annotations

from payback.web.pages import change, changes, home, metric, metrics, session, sessions, sources, spend

PAGES = (
    home.PAGE,
    spend.PAGE,
    sessions.PAGE,
    session.PAGE,
    changes.PAGE,
    change.PAGE,
    sources.PAGE,
    metrics.PAGE,
    metric.PAGE,
)
