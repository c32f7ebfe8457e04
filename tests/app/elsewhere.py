"""The invented company with its code or its tickets at another host: what its tests share."""

from __future__ import annotations

import shutil
from datetime import date

from payback.access.scope import Scope
from payback.app.delivery_views import review_load
from payback.demo.wire import Faults
from payback.period import Period
from tests.app.world import TODAY, invented, opened, rows

TABLES = (
    "pull_requests", "reviews", "pull_request_moves", "commits", "evidence", "tickets", "ticket_moves", "sprints", "deployments",
    "links", "identities", "work", "work_items", "sprint_items", "code_fates", "rejected",
)  # fmt: skip
KEPT = ("warehouse.duckdb", "state.db")


def taken_in(home, hosts):
    """The company at these hosts in a folder, taken in once."""
    invented(home, hosts=hosts)
    with opened(home) as app:
        app.sync()
    return home


def everything(app):
    """Every row of delivery."""
    return {table: rows(app, table) for table in TABLES}


def messages(report, *sources):
    """What a sync has to say of these sources."""
    return [row["message"] for row in report if row["source"].startswith(sources) and row.get("message")]


def told_the_same_over_a_bad_wire(home, hosts, sources, syncs=1):
    """The company once over a good wire, and once, in the same place, over one on which half of all goes wrong: after at most so
    many syncs nothing is left to say and the rows are the same; another sync changes nothing, over either.
    """
    invented(home, months=2, people=8, hosts=hosts)
    with opened(home) as app:
        told, good = app.sync(), everything(app)
        again = app.sync()
        assert everything(app) == good
        assert messages(told, *sources) == messages(again, *sources) == []
    for name in KEPT:
        (home / name).unlink()
    with opened(home, Faults(3, share=0.5)) as app:
        assert any(not messages(app.sync(), *sources) for _ in range(syncs))
        assert everything(app) == good
        app.sync()
        assert everything(app) == good


def load(home):
    """Reviews, reviewers and changes that they looked at, by the reviewers' team, on all days."""
    with opened(home) as app:
        view = app.view(Period(date(2025, 1, 1), TODAY), Scope.everything("test", may_see_people=True))
        return {
            row["team"]: (row["reviews"], row["reviewers"], row["changes"]) for row in review_load(view, {})
        }


def told_with_key(at, home, vendor, key):
    """What each stream of a vendor says with another key, in a copy of a home; no stream may show the key."""
    shutil.copytree(at, home)
    (home / "company" / "keys" / vendor).write_text(key)
    with opened(home) as app:
        report = [row for row in app.sync([vendor]) if row["source"].startswith(vendor)]
    said = [row["message"] for row in report]
    assert len(said) == len({row["source"] for row in report})
    assert not any(key in one for one in said)
    return said


def limited(home, vendor):
    """The key that opens nothing there."""
    return (home / "company" / "keys" / f"{vendor}-limited").read_text().strip()
