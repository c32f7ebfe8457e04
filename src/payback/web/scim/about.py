"""What the server says of itself: what it supports, its kinds of resources, and their schemas (RFC 7643, sections 5 to 7)."""

from __future__ import annotations

from typing import Any

from payback.web.scim.shapes import ENTERPRISE, EXTENDED, GROUP, KINDS, NAME_PARTS, SCHEMA, USER

MOST = 200


def provider(base: str) -> dict[str, Any]:
    """The service provider's configuration."""
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": True, "maxResults": MOST},
        "changePassword": {"supported": False},
        "sort": {"supported": False},
        "etag": {"supported": False},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "A token made by: payback token create NAME --scope scim",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base}/ServiceProviderConfig"},
    }


def types(base: str) -> list[dict[str, Any]]:
    """The kinds of resources."""
    return [_type(base, plural, *KINDS[plural]) for plural in KINDS]


def _type(base: str, plural: str, title: str, schema: str) -> dict[str, Any]:
    extension = [{"schema": ENTERPRISE, "required": False}] if title == "User" else []
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
        "id": title,
        "name": title,
        "endpoint": f"/{plural}",
        "schema": schema,
        "schemaExtensions": extension,
        "meta": {"resourceType": "ResourceType", "location": f"{base}/ResourceTypes/{title}"},
    }


def schemas(base: str) -> list[dict[str, Any]]:
    """The schemas: the attributes that payback keeps, and no others."""
    return [
        _schema(base, USER, "User", _user()),
        _schema(base, GROUP, "Group", _group()),
        _schema(base, ENTERPRISE, "EnterpriseUser", [_attribute(name) for name in EXTENDED]),
    ]


def _schema(base: str, address: str, name: str, attributes: list[dict[str, Any]]) -> dict[str, Any]:
    meta = {"resourceType": "Schema", "location": f"{base}/Schemas/{address}"}
    return {
        "schemas": [SCHEMA],
        "id": address,
        "name": name,
        "description": f"{name}, as far as payback keeps it",
        "attributes": attributes,
        "meta": meta,
    }


def _user() -> list[dict[str, Any]]:
    return [
        _attribute("userName", required=True, uniqueness="server"),
        _attribute("externalId", caseExact=True),
        _attribute("name", type="complex", subAttributes=[_attribute(part) for part in NAME_PARTS]),
        *(_attribute(name) for name in ("displayName", "userType", "title")),
        _attribute(
            "emails",
            type="complex",
            multiValued=True,
            subAttributes=[_attribute("value"), _attribute("type"), _attribute("primary", type="boolean")],
        ),
        _attribute("active", type="boolean"),
    ]


def _group() -> list[dict[str, Any]]:
    member = [_attribute("value", mutability="immutable"), _attribute("display", mutability="readOnly")]
    return [
        _attribute("displayName", required=True, uniqueness="server"),
        _attribute("externalId", caseExact=True),
        _attribute("members", type="complex", multiValued=True, subAttributes=member),
    ]


def _attribute(name: str, **told: Any) -> dict[str, Any]:
    plain = {
        "type": "string",
        "multiValued": False,
        "required": False,
        "caseExact": False,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
    }
    return {"name": name, **plain, **told}
