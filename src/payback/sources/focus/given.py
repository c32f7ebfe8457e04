"""What a FOCUS file does not tell about itself and its reader must: where it is from, how high it stands, whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from payback.ledger.entries import Precedence


@dataclass(frozen=True, slots=True)
class Given:
    """Said for all rows of a file. `source` and `precedence` are put on each row; `vendor`, `account`, `tool` and
    `currency` where the row tells none.

    `part` names one of several files that tell of one period, so that equal rows of two files stay two charges. `what`
    is the file's name, shown with refused rows.
    """

    source: str
    precedence: Precedence = "cloud_export"
    vendor: str | None = None
    account: str | None = None
    tool: str | None = None
    currency: str = "USD"
    part: str = ""
    what: str | None = None
