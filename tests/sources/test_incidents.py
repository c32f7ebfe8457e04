"""PagerDuty, Opsgenie and incident.io: incidents as rows, read to the end whatever comes in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from payback.ledger.work_entries import Census, Incident, Output
from payback.sources import incident_io, opsgenie, pagerduty
from payback.sources.http import Http, Wire
from payback.sources.source import Ask, Context, Page, Slice
from payback.sources.vendors import source
from tests.sources.installation import FAULTS, KEY, NOW, Recorder, opened, rows, synced

PAGERDUTY = '[sources.pagerduty]\nkey = "env:VENDOR_KEY"\nsince = 2026-10-01\n'
OPSGENIE = '[sources.opsgenie]\nkey = "env:VENDOR_KEY"\nsince = 2026-10-01\n'
INCIDENT_IO = '[sources.incident_io]\nkey = "env:VENDOR_KEY"\nsince = 2026-10-01\n'
TOLD = {"pagerduty": PAGERDUTY, "opsgenie": OPSGENIE, "incident_io": INCIDENT_IO}


def at(day, hour=0, minute=0, month=11):
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def written(moment):
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def alarm(number, opened, status="resolved", **more):
    return {
        "id": f"Q{number}", "incident_number": number, "title": f"Down {number}", "status": status, "urgency": "high",
        "service": {"id": "S1", "summary": "checkout"}, "teams": [{"id": "T", "summary": "Payments"}],
        "created_at": written(opened), "html_url": f"https://acme.pagerduty.com/incidents/Q{number}",
    } | more  # fmt: skip


def entry(kind, moment, agent="user_reference"):
    return {"type": f"{kind}_log_entry", "created_at": written(moment), "agent": {"type": agent}}


class Pager:
    """PagerDuty, as far as it is asked for."""

    def __init__(self):
        self.incidents = [alarm(n, at(6) + timedelta(hours=3 * n)) for n in range(150)]
        self.log = {}

    def __call__(self, request):
        told, parts = request.url.params, request.url.path.split("/")
        if parts[-1] == "log_entries":
            return httpx2.Response(200, json={"log_entries": self.log.get(parts[2], []), "more": False})
        if len(parts) == 3:
            [one] = [one for one in self.incidents if one["id"] == parts[2]]
            return httpx2.Response(200, json={"incident": one})
        found = sorted(self.incidents, key=lambda one: one["created_at"])
        if told.get("date_range") == "all":
            found = [one for one in found if one["status"] in told.get_list("statuses[]")]
        else:
            found = [one for one in found if told["since"] <= one["created_at"] < told["until"]]
        start, limit = int(told["offset"]), int(told["limit"])
        more = start + limit < len(found)
        return httpx2.Response(200, json={"incidents": found[start : start + limit], "more": more})


def entries(kind, body, **told):
    one = source(kind)
    settings = {setting.name: setting.default for setting in one.settings if setting.default} | told
    context = Context(f"{kind}:incidents", kind, settings, NOW)
    return list(one.stream("incidents").parse(Page(body, "page"), context))


def test_an_incident_of_pagerduty_is_taken_up_with_its_first_acknowledgement_and_ends_with_its_last_resolution():
    told = alarm(1, at(2, 1), last_status_change_at=written(at(2, 9)), priority={"summary": "P1"})
    log = [
        entry("trigger", at(2, 1), "service_reference"),
        entry("acknowledge", at(2, 1, 5)),
        entry("resolve", at(2, 2)),
        entry("acknowledge", at(2, 3)),
        entry("resolve", at(2, 4)),
    ]
    assert entries("pagerduty", {"incidents": [told], "log": {"Q1": log}}) == [
        Incident(
            incident_id="Q1",
            opened_at=at(2, 1),
            source="pagerduty:incidents",
            title="Down 1",
            service="checkout",
            severity="P1",
            team="Payments",
            url="https://acme.pagerduty.com/incidents/Q1",
            acknowledged_at=at(2, 1, 5),
            resolved_at=at(2, 4),
        )
    ]


@pytest.mark.parametrize(
    ("log", "rerouted", "accepted"),
    [
        ([entry("assign", at(2, 1)), entry("acknowledge", at(2, 2))], False, at(2, 2)),
        ([entry("assign", at(2, 1, 20)), entry("acknowledge", at(2, 2))], True, None),
        ([entry("assign", at(2, 1, 20), "service_reference"), entry("escalate", at(2, 1, 30))], False, None),
    ],
)
def test_an_incident_that_a_person_handed_on_is_a_rerouted_output_of_the_triage(log, rerouted, accepted):
    told = alarm(1, at(2, 1), resolved_at=written(at(2, 5)))
    _, output = entries("pagerduty", {"incidents": [told], "log": {"Q1": log}}, triage_workflow="triage")
    assert output == Output(
        output_id="pagerduty:Q1",
        workflow="triage",
        kind="triage",
        produced_at=at(2, 1),
        source="pagerduty:incidents",
        accepted_at=accepted,
        rerouted=rerouted,
        link=told["html_url"],
    )


@pytest.mark.parametrize("how", ["reason", "log"])
def test_an_incident_merged_into_another_is_none(how):
    told = alarm(1, at(2, 1))
    log = []
    if how == "reason":
        told["resolve_reason"] = {"type": "merge_resolve_reason"}
    else:
        log = [entry("merge", at(2, 2)), entry("resolve", at(2, 2))]
    found = entries("pagerduty", {"incidents": [told], "log": {"Q1": log}})
    assert [type(one) for one in found] == [Census, Census]


def test_pagerduty_is_read_to_the_end_and_a_second_sync_changes_nothing(tmp_path):
    with opened(tmp_path / "home", PAGERDUTY, Pager()) as app:
        synced(app, "pagerduty")
        before = rows(app, "incidents")
        assert len(before) == 150
        synced(app, "pagerduty")
        assert rows(app, "incidents") == before


def test_an_incident_that_stayed_open_beyond_the_window_is_closed_when_it_ends(tmp_path):
    pager = Pager()
    pager.incidents = [alarm(1, at(2, month=10), "acknowledged")]
    with opened(tmp_path / "home", PAGERDUTY, pager) as app:
        synced(app, "pagerduty")
        assert rows(app, "incidents", "resolved_at") == [(None,)]
        pager.incidents[0] |= {"status": "resolved", "resolved_at": written(at(24))}
        synced(app, "pagerduty")
        assert rows(app, "incidents", "resolved_at") == [(at(24),)]


def test_a_merged_incident_goes_where_it_was_counted_before(tmp_path):
    pager = Pager()
    pager.incidents = [alarm(1, at(24)), alarm(2, at(24))]
    with opened(tmp_path / "home", PAGERDUTY + 'triage_workflow = "t"\n', pager) as app:
        synced(app, "pagerduty")
        assert (len(rows(app, "incidents")), len(rows(app, "outputs"))) == (2, 2)
        pager.incidents[0]["resolve_reason"] = {"type": "merge_resolve_reason"}
        synced(app, "pagerduty")
        assert rows(app, "incidents", "incident_id") == [("Q2",)]
        assert rows(app, "outputs", "output_id") == [("pagerduty:Q2",)]


def test_a_window_too_full_to_page_through_is_read_in_halves():
    pager, asked = Pager(), []
    pager.incidents = [alarm(n, at(2) + timedelta(minutes=n)) for n in range(10_050)]

    def vendor(request):
        told = request.url.params
        asked.append(int(told["offset"]) + int(told["limit"]))
        if request.url.path.endswith("log_entries"):
            return httpx2.Response(200, json={"log_entries": [], "more": False})
        return pager(request)

    wire = Wire(httpx2.MockTransport(vendor), lambda: NOW, lambda _seconds: None)
    http = Http("pagerduty", "https://api.pagerduty.com", wire, pagerduty.headers({"key": KEY}, {}))
    ask = Ask(http, {}, Slice(at(1), at(20), ""), NOW, "pagerduty:incidents", "pagerduty")
    found = {one["id"] for page in pagerduty.fetch(ask) for one in page.body["incidents"]}
    assert len(found) == 10_050
    assert max(asked) <= 10_000


def opsgenie_incident(number, status="closed", **more):
    return {
        "id": f"og-{number}", "tinyId": str(number), "message": f"Down {number}", "status": status, "priority": "P2",
        "createdAt": written(at(2) + timedelta(hours=number)), "updatedAt": written(at(9)), "impactedServices": ["svc"],
        "responders": [{"type": "user", "id": "u"}, {"type": "team", "id": "team-1"}],
    } | more  # fmt: skip


class Opsgenie:
    def __init__(self):
        self.incidents = [opsgenie_incident(n) for n in range(120)]

    def __call__(self, request):
        told = request.url.params
        start, limit = int(told["offset"]), int(told["limit"])
        return httpx2.Response(200, json={"data": self.incidents[start : start + limit]})


def test_an_incident_of_opsgenie_ends_with_its_impact_else_with_its_last_change():
    first, second, third = entries(
        "opsgenie",
        [
            opsgenie_incident(1, impactEndDate=written(at(3))),
            opsgenie_incident(2),
            opsgenie_incident(3, "open"),
        ],
    )
    assert first == Incident(
        incident_id="og-1",
        opened_at=at(2, 1),
        source="opsgenie:incidents",
        title="Down 1",
        service="svc",
        severity="P2",
        team="team-1",
        resolved_at=at(3),
    )
    assert (second.resolved_at, third.resolved_at) == (at(9), None)


def test_opsgenie_is_taken_over_once(tmp_path):
    vendor = Recorder(Opsgenie())
    with opened(tmp_path / "home", OPSGENIE, vendor) as app:
        synced(app, "opsgenie")
        assert (len(rows(app, "incidents")), len(vendor.asked)) == (120, 2)
        synced(app, "opsgenie")
        assert len(vendor.asked) == 2


def happened(number, category="closed", mode="standard", **more):
    return {
        "id": f"io-{number}", "reference": f"INC-{number}", "name": f"Down {number}", "mode": mode,
        "incident_status": {"category": category}, "severity": {"name": "Major", "rank": 2},
        "created_at": written(at(2)), "updated_at": written(at(4)), "permalink": f"https://app.incident.io/{number}",
        "incident_timestamp_values": [
            {"incident_timestamp": {"id": "1", "name": "Reported at"}, "value": {"value": written(at(2, 1))}},
            {"incident_timestamp": {"id": "2", "name": "Fixed at"}, "value": {"value": written(at(2, 6))}},
            {"incident_timestamp": {"id": "3", "name": "Resolved at"}, "value": None},
        ],
        "custom_field_entries": [
            {"custom_field": {"id": "9", "name": "Affected service"}, "values": [{"value_catalog_entry": {"name": "checkout"}}]}
        ],
    } | more  # fmt: skip


class IncidentIo:
    def __init__(self):
        self.incidents = [happened(n) for n in range(5)]

    def __call__(self, request):
        start = int(request.url.params.get("after", "0"))
        after = str(start + 2) if start + 2 < len(self.incidents) else None
        return httpx2.Response(
            200,
            json={"incidents": self.incidents[start : start + 2], "pagination_meta": {"after": after}},
        )


def test_an_incident_of_incident_io_is_timed_by_the_timestamps_that_settings_name():
    [one] = entries("incident_io", [happened(1)])
    assert one == Incident(
        incident_id="io-1",
        opened_at=at(2, 1),
        source="incident_io:incidents",
        title="Down 1",
        service="checkout",
        severity="Major",
        url="https://app.incident.io/1",
        resolved_at=at(2, 6),
    )
    [other] = entries(
        "incident_io", [happened(1)], detected_timestamp="Impact began", resolved_timestamp=["X"]
    )
    assert (other.opened_at, other.resolved_at) == (at(2), None)
    [live] = entries("incident_io", [happened(1, "live")])
    assert live.resolved_at is None


def test_tests_tutorials_and_what_was_declined_or_merged_are_no_incidents_and_go_where_they_were(tmp_path):
    vendor = IncidentIo()
    with opened(tmp_path / "home", INCIDENT_IO, vendor) as app:
        synced(app, "incident_io")
        assert len(rows(app, "incidents")) == 5
        vendor.incidents = [
            happened(0, "merged"),
            happened(1, "declined"),
            happened(2, mode="test"),
            happened(3, mode="tutorial"),
            happened(4, mode="retrospective"),
        ]
        synced(app, "incident_io")
        assert rows(app, "incidents", "incident_id") == [("io-4",)]


@pytest.mark.parametrize(
    ("kind", "said"),
    [("pagerduty", f"Token token={KEY}"), ("opsgenie", f"GenieKey {KEY}"), ("incident_io", f"Bearer {KEY}")],
)
def test_each_request_carries_the_key_as_its_vendor_wants_it(tmp_path, kind, said):
    vendor = Recorder(VENDORS[kind]())
    with opened(tmp_path / "home", TOLD[kind], vendor) as app:
        synced(app, kind)
    assert {request.headers["authorization"] for request in vendor.asked} == {said}


VENDORS = {"pagerduty": Pager, "opsgenie": Opsgenie, "incident_io": IncidentIo}


@pytest.mark.parametrize("kind", VENDORS)
def test_faults_on_the_way_leave_what_none_would_have_left(tmp_path, kind):
    found = []
    for name, faults in (("calm", ()), ("stormy", (*FAULTS, None, *FAULTS))):
        with opened(tmp_path / name, TOLD[kind], Recorder(VENDORS[kind](), faults)) as app:
            assert [row["message"] for row in synced(app, kind)] == [""]
            found.append((rows(app, "incidents"), rows(app, "rejected")))
    assert found[0] == found[1]


@pytest.mark.parametrize(("status", "words"), [(401, "the key is wrong"), (403, "the key may not read this")])
@pytest.mark.parametrize("kind", VENDORS)
def test_a_refusal_is_one_sentence_that_says_what_is_needed_and_no_key(tmp_path, kind, status, words):
    with opened(tmp_path / "home", TOLD[kind], lambda _r: httpx2.Response(status, text=f"no {KEY}")) as app:
        [row] = synced(app, kind)
    assert words in row["message"]
    assert "these stay empty: Delivery" in row["message"]
    assert KEY not in row["message"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("pagerduty", {"incidents": [{"id": "Q1"}, alarm(2, at(2))], "log": {}}),
        ("opsgenie", [opsgenie_incident(1, createdAt="soon"), opsgenie_incident(2)]),
        ("incident_io", [{"name": "no id"}, happened(2)]),
    ],
)
def test_an_incident_that_does_not_read_is_refused_with_its_place_and_the_others_are_kept(kind, body):
    first, second = entries(kind, body)
    assert (first.line, first.file) == (1, "page")
    assert isinstance(second, Incident)


def test_a_page_token_told_twice_is_an_error_and_no_endless_loop(tmp_path):
    def vendor(_request):
        return httpx2.Response(200, json={"incidents": [happened(1)], "pagination_meta": {"after": "x"}})

    with opened(tmp_path / "home", INCIDENT_IO, vendor) as app:
        [row] = synced(app, "incident_io")
    assert "the same page twice" in row["message"]


def test_the_sources_are_registered():
    assert [source(kind) for kind in VENDORS] == [pagerduty.SOURCE, opsgenie.SOURCE, incident_io.SOURCE]
