"""Which version of payback invented a company: its files are of that version, and a later one may not read them.

The version is told by the code that invents, so that nobody has to remember to count it up.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from payback.errors import SourceError

FILE = "made-by"
UNREAD = (AttributeError, IndexError, KeyError, TypeError)
"""What comes of a file whose fields are others than those expected."""


def version() -> str:
    """The version of the code that invents."""
    told = hashlib.sha256()
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        told.update(file.read_bytes())
    return told.hexdigest()


def is_of_this_version(company: Path) -> bool:
    """Whether a company's folder was written by this very code; one that does not say was not."""
    file = company / FILE
    return file.exists() and file.read_text(encoding="utf-8") == version()


def earlier(home: Path, vendor: str) -> SourceError:
    """What is to be said of a company of another version."""
    return SourceError(
        f"{vendor}: the company in {home} was invented by another version of payback, and this one cannot read what {vendor} "
        "has on file there; what was taken in stays. payback demo --home NEW_FOLDER invents one anew"
    )
