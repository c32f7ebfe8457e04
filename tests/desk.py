"""Third-party data that some tests read; they skip with a sentence where it is absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def desk(relative: str) -> Path:
    """The path of a file or folder among the reference data."""
    root = Path(os.environ.get("PAYBACK_DESK") or Path(__file__).resolve().parents[2] / "shared")
    found = root / relative
    if not found.exists():
        pytest.skip(f"reference data {relative} is not on this machine")
    return found
