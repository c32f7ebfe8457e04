"""The validator of the FOCUS project, in an environment of its own under build/, and its verdict on a file.

It needs Python 3.12. Where PAYBACK_FOCUS_VALIDATOR names its command, that is used; else it is installed where a Python
of that age and a package index are; else the test skips and says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

VERSION = "2.2.1"
BUILD = Path(__file__).resolve().parents[1] / "build" / f"focus-validator-{VERSION}"
CRITERIA = (
    "ACCOUNT_NAMING_SUPPORTED", "MULTIPLE_BILLING_ACCOUNT_TYPES_SUPPORTED", "MULTIPLE_PRICING_CATEGORIES_SUPPORTED",
    "MULTIPLE_SUB_ACCOUNT_TYPES_SUPPORTED", "NEGOTIATED_PRICING_SUPPORTED", "PRICING_BILLING_CURRENCY_DIFFERENCES_SUPPORTED",
    "PUBLIC_PRICE_LIST_SUPPORTED", "SUB_ACCOUNT_SUPPORTED", "TAGGING_SUPPORTED", "UNIT_PRICING_SUPPORTED",
    "USAGE_MEASUREMENT_SUPPORTED", "VIRTUAL_CURRENCY_SUPPORTED",
)  # fmt: skip
# Two leaves under one OR, each without its condition: in a file one of them always fails (docs/connect/focus.md).
ALLOWED = {"InvoiceId-C-004-C", "InvoiceId-C-005-C"}


def command() -> str:
    """The validator's command; skips where it cannot be had."""
    told = os.environ.get("PAYBACK_FOCUS_VALIDATOR")
    if told:
        return told
    found = BUILD / "bin" / "focus-validator"
    if not found.exists():
        _install()
    return str(found)


def _install() -> None:
    python = next(filter(_is_new_enough, _pythons()), None)
    if python is None:
        pytest.skip("focus-validator needs Python 3.12 or newer, and this machine has none")
    subprocess.run([python, "-m", "venv", BUILD], check=True)
    pip = [
        str(BUILD / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        f"focus-validator=={VERSION}",
        "pyarrow<22",
    ]
    if subprocess.run(pip, check=False).returncode:
        shutil.rmtree(BUILD)
        pytest.skip("focus-validator could not be installed: no package index in reach")


def _pythons() -> Iterator[str]:
    yield sys.executable
    yield from filter(None, (shutil.which(f"python3.{minor}") for minor in (12, 13, 14)))
    yield from map(str, sorted(Path.home().glob(".pyenv/versions/3.1[2-9]*/bin/python")))


def _is_new_enough(python: str) -> bool:
    asked = [python, "-c", "import sys; sys.exit(sys.version_info < (3, 12))"]
    return subprocess.run(asked, check=False, capture_output=True).returncode == 0


def verdict(file: Path) -> tuple[int, list[str]]:
    """How many rules passed, and which failed beyond those that always do. The exit code says nothing, so its report is read."""
    tool = Path(command())
    here = file.parent / f"{file.name}.validated"
    here.mkdir()
    [rules] = tool.parent.parent.glob("lib/python3.*/site-packages/focus_validator")
    (here / "focus_validator").symlink_to(rules)  # it looks for its currencies below the working directory
    report = here / "report.xml"
    words = [str(tool), "--data-file", str(file), "--validate-version", "1.2", "--block-download"]
    words += ["--output-type", "unittest", "--output-destination", str(report)]
    words += ["--applicability-criteria", ",".join(CRITERIA)]
    subprocess.run(words, cwd=here, check=False, capture_output=True)
    cases = list(ET.parse(report).getroot().iter("testcase"))  # noqa: S314 - written a moment ago
    failed = [str(case.get("name")).partition(" ::")[0] for case in cases if case.find("failure") is not None]
    passed = [case for case in cases if case.find("failure") is None and case.find("skipped") is None]
    return len(passed), [rule for rule in failed if rule not in ALLOWED]
