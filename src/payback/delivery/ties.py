"""Links between changes, tickets, deployments and incidents, and how each was made. Pure.

Those between sessions and changes are in `delivery.slices`; with them, money can be walked from a session to an incident.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payback.delivery.evidence import digest
from payback.delivery.shipping import failures

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from payback.delivery.delivered import Delivered


def tie_rows(held: Delivered) -> pa.Table:
    """Rows of `links`: change to ticket, change to deployment, incident to deployment."""
    return held.stamped([*_tickets(held), *_deployments(held), *_incidents(held)], "links")


def _tickets(held: Delivered) -> Iterator[dict[str, Any]]:
    for change, tickets in held.tickets_of.items():
        for ticket in tickets:
            yield _tie(("pull_request", change), ("ticket", ticket), "named", 1 / len(tickets))


def _deployments(held: Delivered) -> Iterator[dict[str, Any]]:
    for change, shipment in held.shipped.of_change.items():
        kind = held.shipped.choices[shipment.repo].kind
        yield _tie(("pull_request", change), ("deployment", shipment.deployment_id), f"first_{kind}")


def _incidents(held: Delivered) -> Iterator[dict[str, Any]]:
    for failure in failures(held.rows("incidents"), held.shipped, held.reading.services):
        yield _tie(("incident", failure.incident_id), ("deployment", failure.deployment_id), failure.how)


def _tie(
    one: tuple[str, str], other: tuple[str, str], how: str, weight: float | None = None
) -> dict[str, Any]:
    return {
        "link_id": digest(*one, *other, how),
        "from_kind": one[0],
        "from_id": one[1],
        "to_kind": other[0],
        "to_id": other[1],
        "how": how,
        "weight": weight,
    }
