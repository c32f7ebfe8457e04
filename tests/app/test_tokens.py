"""A token is told once, kept as a digest, opens what it was made for, and is shut out at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from payback.app import tokens
from payback.errors import SettingsError, UnknownNameError, WarehouseError
from tests.app.world import opened


def test_a_token_opens_its_door_until_it_is_revoked(tmp_path):
    with opened(tmp_path) as app:
        secret = tokens.create(app, "okta", "scim", 30, "random")
        assert app.provisioning.admits(secret) == "okta"
        assert secret not in str(tokens.listed(app))
        [row] = tokens.listed(app)
        assert (row["valid"], row["expires_at"]) == (True, app.now() + timedelta(days=30))
        tokens.revoke(app, "okta")
        assert app.provisioning.admits(secret) is None
        assert tokens.listed(app)[0]["valid"] is False


def test_a_token_that_cannot_be_is_refused(tmp_path):
    with opened(tmp_path) as app:
        tokens.create(app, "okta", "scim", 30, "random")
        with pytest.raises(WarehouseError, match="already a token"):
            tokens.create(app, "okta", "scim", 30, "other")
        with pytest.raises(UnknownNameError, match="scope"):
            tokens.create(app, "x", "everything", 30, "r")
        with pytest.raises(SettingsError, match="3660"):
            tokens.create(app, "x", "scim", 0, "r")
        with pytest.raises(UnknownNameError, match="token"):
            tokens.revoke(app, "none")
