"""What a file can be taken in as: the canonical columns, how each cell becomes a value, and the names people use.

A kind is a value; `proposed` finds a mapping by names, `payback import` shows and saves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payback.sources.files import cells

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from zoneinfo import ZoneInfo

    Cell = Callable[[object, ZoneInfo], object]


@dataclass(frozen=True, slots=True)
class Field:
    """One canonical column: how a cell is read, and the names it goes by in files (folded: letters and digits only)."""

    name: str
    cell: Cell
    known_as: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One `--as`."""

    name: str
    title: str
    fields: tuple[Field, ...]

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields if field.required)


def _plain(read: Callable[[object], object]) -> Cell:
    return lambda cell, _zone: read(cell)


TEXT, MONEY, COUNT, REAL, TAGS = (
    _plain(read) for read in (cells.text, cells.money, cells.count, cells.real, cells.tags)
)
INSTANT: Cell = cells.instant


CHARGES = Kind(
    "charges",
    "Lines of money as billed or contracted",
    (
        Field("charge_id", TEXT, ("lineitemid", "id", "xchargeid")),
        Field("vendor", TEXT, ("serviceprovidername", "providername", "provider", "supplier", "publishername", "merchant")),
        Field("account", TEXT, ("billingaccountid", "accountid", "organization", "organisation", "customer")),
        Field("sub_account", TEXT, ("subaccountid", "project", "projectid", "workspace", "workspaceid", "subscription")),
        Field("service", TEXT, ("servicename", "product", "productname")),
        Field("sku", TEXT, ("skuid", "chargedescription", "description", "item", "lineitem", "details")),
        Field("tool", TEXT, ("xtool",)),
        Field("model", TEXT, ("xmodel", "modelname")),
        Field("charge_category", TEXT, ("category", "chargetype", "type")),
        Field("charge_class", TEXT, ()),
        Field("charge_period_start", INSTANT, (
            "periodstart", "start", "startdate", "from", "date", "day", "usagedate", "invoicedate", "servicestart",
            "billingperiodstart", "month",
        ), required=True),
        Field("charge_period_end", INSTANT, ("periodend", "end", "enddate", "to", "until", "serviceend", "billingperiodend")),
        Field("billed_cost", MONEY, ("amount", "cost", "total", "billed", "amountusd", "costusd", "price", "net", "totalcost", "charge"), required=True),
        Field("effective_cost", MONEY, ("amortised", "amortized", "amortisedcost", "amortizedcost")),
        Field("list_cost", MONEY, ("list", "listprice", "publiccost")),
        Field("currency", TEXT, ("billingcurrency", "currencycode", "curr")),
        Field("quantity", REAL, ("consumedquantity", "qty", "units", "usagequantity")),
        Field("unit", TEXT, ("consumedunit", "uom", "pricingunit")),
        Field("invoice_id", TEXT, ("invoice", "invoicenumber", "invoiceno", "number")),
        Field("actor", TEXT, ("user", "useremail", "email", "member", "login", "username")),
        Field("precedence", TEXT, ()),
        Field("tags", TAGS, ("labels",)),
    ),
)  # fmt: skip

USAGE = Kind(
    "usage",
    "Model requests or a vendor's buckets of them",
    (
        Field("usage_id", TEXT, ("id", "requestid")),
        Field("occurred_at", INSTANT, ("timestamp", "time", "date", "day", "createdat", "starttime", "datetime", "usagedate"), required=True),
        Field("vendor", TEXT, ("provider", "modelprovider", "customllmprovider", "providername")),
        Field("tool", TEXT, ("app", "application", "client", "product", "source")),
        Field("model", TEXT, ("modelname", "modelid", "snapshot", "modelversion"), required=True),
        Field("account", TEXT, ("organization", "organisation", "org", "orgid")),
        Field("project", TEXT, ("projectid", "projectname", "workspace", "workspaceid", "workspacename", "apikeyname")),
        Field("actor", TEXT, ("user", "useremail", "email", "userid", "member", "login", "username")),
        Field("session_id", TEXT, ("session", "conversation", "conversationid")),
        Field("run_id", TEXT, ("run", "traceid")),
        Field("repo", TEXT, ("repository",)),
        Field("branch", TEXT, ("gitbranch",)),
        Field("team", TEXT, ("teamid", "teamname", "squad", "department")),
        Field("cost_center", TEXT, ("costcentre",)),
        Field("workflow", TEXT, ("workflowname", "feature", "usecase")),
        Field("environment", TEXT, ("env", "stage")),
        Field("task_type", TEXT, ("task",)),
        Field("bucket_seconds", COUNT, ("bucketwidthseconds",)),
        Field("input_tokens", COUNT, ("uncachedinputtokens", "inputnocache", "prompttokensuncached", "inputwithoutcachewrite")),
        Field("cache_read_tokens", COUNT, ("cacheread", "cachereadinputtokens", "cachedinputtokens", "inputcachedtokens", "cachedtokens")),
        Field("cache_write_5m_tokens", COUNT, ("cachewrite", "cachewritetokens", "cachecreationinputtokens", "ephemeral5minputtokens")),
        Field("cache_write_1h_tokens", COUNT, ("ephemeral1hinputtokens",)),
        Field("output_tokens", COUNT, ("output", "completiontokens", "outputs")),
        Field("reasoning_tokens", COUNT, ("reasoning", "reasoningoutputtokens")),
        Field("web_searches", COUNT, ("websearchrequests", "numwebsearchrequests")),
        Field("requests", COUNT, ("numrequests", "nummodelrequests", "calls", "count", "numcalls")),
        Field("errors", COUNT, ("failedrequests",)),
        Field("error", TEXT, ("errortype", "failurereason")),
        Field("attempt", COUNT, ()),
        Field("duration_seconds", REAL, ("duration", "latencyseconds", "latency")),
        Field("service_tier", TEXT, ("tier",)),
        Field("region", TEXT, ("inferencegeo", "location")),
        Field("reported_usd", MONEY, ("cost", "costusd", "spend", "price", "totalcost", "responsecost")),
        Field("total_input_tokens", COUNT, ("prompttokens", "inputtokensincludingcache", "totalinputtokens", "inputtokenstotal")),
        Field("reported_tokens", COUNT, ("totaltokens", "tokens", "totaltoken")),
    ),
)  # fmt: skip

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (CHARGES, USAGE)}
