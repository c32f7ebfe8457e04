"""SCIM 2.0 (RFC 7643, RFC 7644): an identity provider pushes users and groups, which become people and teams with their dates."""

from payback.web.scim.routes import scim

__all__ = ["scim"]
