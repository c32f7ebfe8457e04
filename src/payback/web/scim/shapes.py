"""Users and groups as payback keeps and shows them, and what the server says of itself (RFC 7643, sections 4 to 8).

Only attributes that the organisation needs are kept; what else a provider sends is left out, as the protocol allows.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from payback.web.scim.errors import ScimError

if TYPE_CHECKING:
    from collections.abc import Mapping

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"
KINDS = {"Users": ("User", USER), "Groups": ("Group", GROUP)}
KEPT: Mapping[str, tuple[str, ...]] = {
    "Users": ("userName", "externalId", "name", "displayName", "userType", "title", "emails", "active"),
    "Groups": ("displayName", "externalId", "members"),
}
NAMES = {"Users": "userName", "Groups": "displayName"}
NAME_PARTS = ("formatted", "givenName", "familyName")
EXTENDED = ("employeeNumber", "costCenter", "department", "division")
LONGEST = 500
BOOLEANS = {"true": True, "false": False}
MOST_MEMBERS = 50_000


def kept(kind: str, sent: Any) -> dict[str, Any]:
    """What of a sent resource is kept, its attributes by their own names. ScimError (invalidValue) where it cannot be."""
    if not isinstance(sent, dict):
        raise ScimError(400, "a resource is an object", "invalidSyntax")
    by_name = {key.casefold(): value for key, value in sent.items()}
    found: dict[str, Any] = {}
    for name in KEPT[kind]:
        if (value := by_name.get(name.casefold())) is not None:
            found[name] = _value(name, value)
    if kind == "Users":
        found.setdefault("active", True)
        extended = by_name.get(ENTERPRISE.casefold())
        if isinstance(extended, dict) and (told := _texts(extended, EXTENDED)):
            found[ENTERPRISE] = told
    if not found.get(NAMES[kind]):
        raise ScimError(400, f"{NAMES[kind]} is required", "invalidValue")
    return found


def _value(name: str, value: Any) -> Any:
    match name:
        case "active":
            return _flag(name, value)
        case "name":
            return _texts(value, NAME_PARTS) if isinstance(value, dict) else {}
        case "emails":
            return [_email(one) for one in value if one] if isinstance(value, list) else [_email(value)]
        case "members":
            return _members(value)
        case _:
            return _text(name, value)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, (str, int)) or isinstance(value, bool) or len(str(value)) > LONGEST:
        raise ScimError(400, f"{name} is a text of at most {LONGEST} characters", "invalidValue")
    return str(value)


def _texts(told: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    by_name = {key.casefold(): value for key, value in told.items()}
    return {name: _text(name, by_name[name.casefold()]) for name in names if by_name.get(name.casefold())}


def _flag(name: str, value: Any) -> bool:
    found = BOOLEANS.get(value.casefold()) if isinstance(value, str) else value
    if not isinstance(found, bool):
        raise ScimError(400, f"{name} is true or false", "invalidValue")
    return found


def _email(told: Any) -> dict[str, Any]:
    one = {"value": told} if isinstance(told, str) else told
    if not isinstance(one, dict):
        raise ScimError(400, "an e-mail is an object with a value", "invalidValue")
    found: dict[str, Any] = _texts(one, ("value", "type"))
    return found | ({"primary": _flag("primary", one["primary"])} if one.get("primary") is not None else {})


def _members(told: Any) -> list[dict[str, str]]:
    many = told if isinstance(told, list) else [told]
    if len(many) > MOST_MEMBERS:
        raise ScimError(413, f"a group has at most {MOST_MEMBERS} members")
    found = [_texts(one, ("value", "type")) for one in many if isinstance(one, dict)]
    if len(found) != len(many) or not all("value" in one for one in found):
        raise ScimError(400, "a member is an object with a value, the id of a user", "invalidValue")
    return list({one["value"]: one for one in found}.values())


def shown(kind: str, held: Mapping[str, Any], base: str, names: Mapping[str, str]) -> dict[str, Any]:
    """A resource as it is sent: with its schemas, its place, and the members' names (by id)."""
    title, schema = KINDS[kind]
    place = f"{base}/{kind}/{held['id']}"
    meta = {
        "resourceType": title,
        "created": instant(held["created"]),
        "lastModified": instant(held["changed"]),
        "location": place,
        "version": f'W/"{held["version"]}"',
    }
    resource = dict(held["resource"])
    if kind == "Groups":
        resource["members"] = [
            {
                **one,
                "display": names.get(one["value"], one["value"]),
                "$ref": f"{base}/Users/{one['value']}",
            }
            for one in resource.get("members", [])
        ]
    schemas = [schema, *([ENTERPRISE] if ENTERPRISE in resource else [])]
    return {"schemas": schemas, "id": held["id"], **resource, "meta": meta}


def chosen(resource: Mapping[str, Any], only: str | None, without: str | None) -> dict[str, Any]:
    """The attributes asked for (`attributes`, `excludedAttributes`); id and schemas are always there."""
    if only:
        names = {name.strip().partition(".")[0].casefold() for name in only.split(",")}
        return {
            key: value
            for key, value in resource.items()
            if key in {"id", "schemas"} or key.casefold() in names
        }
    names = {name.strip().casefold() for name in (without or "").split(",")}
    return {
        key: value
        for key, value in resource.items()
        if key in {"id", "schemas"} or key.casefold() not in names
    }


def instant(at: datetime) -> str:
    """An instant as the protocol writes it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def listed(resources: list[Any], total: int, start: int) -> dict[str, Any]:
    """A list as the protocol writes it."""
    told = {"totalResults": total, "startIndex": start, "itemsPerPage": len(resources)}
    return {"schemas": [LIST], **told, "Resources": resources}
