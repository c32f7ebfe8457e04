"""Vendored files are what their packages hold: pinned, with digests and licences."""

from __future__ import annotations

import base64
import hashlib
import tomllib
from importlib.resources import files

import pytest

VENDOR = files("payback.web") / "static" / "vendor"
ASSETS = tomllib.loads((VENDOR / "assets.toml").read_text())["asset"]


@pytest.mark.parametrize("asset", ASSETS, ids=lambda asset: asset["file"])
def test_a_vendored_file_has_the_digest_that_was_written_down(asset):
    found = hashlib.sha384((VENDOR / asset["file"]).read_bytes()).digest()
    assert asset["digest"] == "sha384-" + base64.b64encode(found).decode()


@pytest.mark.parametrize("asset", ASSETS, ids=lambda asset: asset["file"])
def test_a_vendored_file_says_its_package_version_and_licence(asset):
    assert all(asset[name] for name in ("package", "version", "path", "licence"))
    assert asset["package"] in (VENDOR / "LICENSES.md").read_text()


def test_no_file_is_vendored_without_being_written_down():
    known = {asset["file"] for asset in ASSETS} | {"assets.toml", "LICENSES.md"}
    assert {path.name for path in VENDOR.iterdir()} == known


def test_our_own_script_is_short():
    assert len((VENDOR.parent / "payback.js").read_text().splitlines()) <= 200


def test_a_file_asked_for_by_its_digest_may_be_kept_for_good(site):
    import re

    for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', site.get("/").text):
        answer = site.get(path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
    assert site.get("/").headers["Cache-Control"] == "no-store"
